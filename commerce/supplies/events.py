"""What supplies report."""

from uuid import UUID

from commerce.kernel.events import Event
from commerce.kernel.ids import LocationId, OrderId, OrderLineId, VariantId
from commerce.supplies.facts import Terms


class SupplyLost(Event, frozen=True, kw_only=True, tag="supplies.supply_lost.v1"):
    """No supply is left for units that an order waits for at a location: its customer has to be asked."""

    claim_id: UUID
    order_id: OrderId
    order_line_id: OrderLineId
    wait_id: UUID
    variant_id: VariantId
    location_id: LocationId
    units: int

    def about(self) -> UUID:
        """Gives the order's id."""
        return self.order_id


class SupplyTermsChanged(Event, frozen=True, kw_only=True, tag="supplies.terms_changed.v1"):
    """An article is sold ahead at a location on other terms than before."""

    variant_id: VariantId
    location_id: LocationId
    terms: Terms

    def about(self) -> UUID:
        """Gives the article's id."""
        return self.variant_id
