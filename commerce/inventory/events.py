"""What inventory reports."""

from uuid import UUID

from commerce.kernel.events import Event
from commerce.kernel.ids import LocationId, VariantId


class ClaimedShelfChanged(Event, frozen=True, kw_only=True, tag="inventory.claimed_shelf_changed.v1"):
    """The free units of a shelf are others than before, and orders wait for `claimed` units there: what is free is theirs first."""

    variant_id: VariantId
    location_id: LocationId
    claimed: int

    def about(self) -> UUID:
        """Gives the article's id."""
        return self.variant_id
