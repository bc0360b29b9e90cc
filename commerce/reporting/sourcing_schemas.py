"""Shadow runs of sourcing rules on the wire."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, field

from commerce.kernel.money import Money
from commerce.kernel.wire import WireOut
from commerce.reporting.schemas import SimulationProgressOut
from commerce.reporting.states import SimulationState

MOST_ORDERS: Final = 50_000
CHANGED_KEPT: Final = 1_000


class SourcingFiguresOut(WireOut, frozen=True, kw_only=True):
    """What the rule would have changed, for the orders of one currency that were sent; `before` is as they were, `after` by the rule.

    `short_units` of `short_orders` would not have been found. `split` orders went in more than one parcel. Costs are of `costed` orders,
    those of which the rule knows what each parcel costs, before and after; metres are of `located` orders, summed over parcels, each from
    its place to where the order went. `inexact` orders were too large for a proof that nothing better can be.
    """

    currency: str
    orders: int
    changed: Annotated[
        int, Meta(description="Orders that would have been sent otherwise: other places, or other units from them")
    ]
    units: int
    short_orders: int
    short_units: int
    parcels_before: int
    parcels_after: int
    split_before: int
    split_after: int
    costed: int
    cost_before: Money
    cost_after: Money
    located: int
    metres_before: int
    metres_after: int
    inexact: int


class SourcingSimulationOut(WireOut, frozen=True, kw_only=True):
    """A shadow run: how far it is, and its figures so far; final once `state` is `done`. It changes nothing and keeps nothing for anybody."""

    id: UUID
    rule_id: UUID
    rule_version: int
    state: SimulationState
    since: datetime = field(name="from")
    until: datetime
    channels: list[UUID]
    progress: SimulationProgressOut
    figures: list[SourcingFiguresOut]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ResourcedOrderOut(WireOut, frozen=True, kw_only=True):
    """An order that the rule would have sent otherwise; `short_units` it would not have found."""

    order_id: UUID
    places_before: list[UUID]
    places_after: list[UUID]
    short_units: int
