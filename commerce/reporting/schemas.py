"""Simulations and previews on the wire."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, field

from commerce.kernel.money import Money
from commerce.kernel.wire import Instant, WireIn, WireOut
from commerce.quotes import BasketIn, PricedOut
from commerce.reporting.states import SimulationState

MOST_DAYS: Final = 92
MOST_CHANNELS: Final = 50
TOP_ARTICLES: Final = 20
MOST_PROMOTIONS: Final = 100


class SimulationIn(WireIn, frozen=True, kw_only=True):
    """The time whose orders are looked at, from `from` up to, not at, `until`; 92 days at the most, all in the past."""

    since: Instant = field(name="from")
    until: Instant
    channels: Annotated[list[UUID], Meta(max_length=MOST_CHANNELS, description="Only of these; none named: of all")] = (
        field(default_factory=list)
    )


class SimulationProgressOut(WireOut, frozen=True, kw_only=True):
    """How many orders were looked at, of how many there were when the simulation was asked for."""

    done: int
    total: int


class SimulationFiguresOut(WireOut, frozen=True, kw_only=True):
    """What the rule would have changed, for the orders of one currency; `before` is without it, `after` with it.

    `changed` orders would have had another price, gift or points; `uses` would have used the rule. `net` is revenue before tax of goods and
    delivery, discounts taken off. Margin is net revenue less cost, of goods whose cost is known; `uncosted_lines` are those whose
    is not. Cost and margin are null for callers without `costs:read`.
    """

    currency: str
    orders: int
    changed: int
    uses: int
    discount_before: Money
    discount_after: Money
    discount_given: Annotated[Money, Meta(description="discount_after - discount_before")]
    net_before: Money
    net_after: Money
    cost_before: Money | None
    cost_after: Money | None
    margin_before: Money | None
    margin_after: Money | None
    uncosted_lines: int


class DisplacedOut(WireOut, frozen=True, kw_only=True):
    """What one promotion gave without and with the rule, and to how many orders: the rule itself, and those that it takes the place of."""

    promotion_id: UUID
    currency: str
    orders_before: int
    orders_after: int
    saved_before: Money
    saved_after: Money


class SimulatedArticleOut(WireOut, frozen=True, kw_only=True):
    """What the rule would have changed for one article; `sku` and `title` are null for one that is not in the catalogue any more."""

    variant_id: UUID
    sku: str | None
    title: str | None
    currency: str
    units: int
    discount_before: Money
    discount_after: Money
    net_before: Money
    net_after: Money


class SimulationOut(WireOut, frozen=True, kw_only=True):
    """A simulation: how far it is, and its figures so far; final once `state` is `done`.

    `left_out` orders could not be priced again. `promotions` are the hundred that would have given more or less than before, the largest
    difference first; `articles` the twenty likewise.
    """

    id: UUID
    promotion_id: UUID
    promotion_version: int
    state: SimulationState
    since: datetime = field(name="from")
    until: datetime
    channels: list[UUID]
    progress: SimulationProgressOut
    left_out: int
    figures: list[SimulationFiguresOut]
    promotions: list[DisplacedOut]
    articles: list[SimulatedArticleOut]
    detail: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class SimulationSummaryOut(WireOut, frozen=True, kw_only=True):
    """A simulation as a list shows it."""

    id: UUID
    promotion_id: UUID
    promotion_version: int
    state: SimulationState
    since: datetime = field(name="from")
    until: datetime
    progress: SimulationProgressOut
    created_at: datetime
    finished_at: datetime | None


class PreviewIn(WireIn, frozen=True, kw_only=True):
    """A basket to be priced without and with a promotion; `at` is the instant at which windows and prices are judged, now unless given."""

    basket: BasketIn
    at: Instant | None = None


class PreviewOut(WireOut, frozen=True, kw_only=True):
    """A basket as it is priced by what is live, and with the promotion as it is written now; `difference` is the one total less the other."""

    without: PricedOut
    with_promotion: PricedOut
    difference: Money
    applied: Annotated[bool, Meta(description="Whether the promotion gives anything to this basket")]
    detail: Annotated[
        str | None,
        Meta(description="Why it gives nothing to the basket or to a line, as the price engine's word for it"),
    ]
