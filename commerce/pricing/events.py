"""What others hear from pricing."""

from uuid import NAMESPACE_URL, UUID, uuid5

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


class CostsChanged(Event, tag="pricing.costs_changed.v1"):
    """What some articles cost the shop changed, in one currency; the figures are for who may read costs."""

    currency: str
    variant_ids: tuple[UUID, ...]

    def about(self) -> UUID:
        """Gives an id for all costs in the currency."""
        return uuid5(NAMESPACE_URL, f"pricing/costs/{self.currency}")


class MarginGuardChanged(Event, tag="pricing.margin_guard_changed.v1"):
    """The margin that promotions must leave changed, in one currency."""

    currency: str

    def about(self) -> UUID:
        """Gives an id for the currency's guard."""
        return uuid5(NAMESPACE_URL, f"pricing/margin-guards/{self.currency}")
