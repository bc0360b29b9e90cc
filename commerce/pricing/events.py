"""What others hear from pricing."""

from uuid import UUID

from commerce.kernel.events import Event


class PriceListChanged(Event, tag="pricing.price_list_changed.v1"):
    """A price list, or the prices on it, changed; `price_list_version` is the list's version after the change.

    `variant_ids` are the variants whose price on this list changed; empty where the list itself did.
    """

    price_list_id: UUID
    price_list_version: int
    currency: str
    channel_id: UUID | None
    variant_ids: tuple[UUID, ...] = ()

    def about(self) -> UUID:
        """Gives the id of the price list."""
        return self.price_list_id
