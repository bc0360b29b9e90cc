"""Cancellations and returns on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.aftersale.facts import Destination, Kind, ReturnReason, ReturnState
from commerce.kernel.ids import OrderId, OrderLineId, ReturnId, ReturnLineId
from commerce.kernel.money import Money
from commerce.kernel.wire import Quantity, WireIn, WireOut
from commerce.traceability import TraceCode

LINES_MOST = 100
Units = Annotated[int, Meta(ge=0, le=9_999, description="Units of sale, 0 to 9,999")]
Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
CancelReason = Literal[
    "changed_mind",
    "ordered_by_mistake",
    "takes_too_long",
    "found_elsewhere",
    "not_collected",
    "out_of_stock",
    "suspected_fraud",
    "other",
]


class CancelOrderIn(WireIn, frozen=True, kw_only=True):
    """Why the order is cancelled."""

    reason: CancelReason


class ReturnUnitsIn(WireIn, frozen=True, kw_only=True):
    """Units of an order line that come back."""

    order_line_id: OrderLineId
    quantity: Quantity


class ReturnIn(WireIn, frozen=True, kw_only=True):
    """What is to come back of an order, and why.

    `kind` is `withdrawal` where the customer uses the right of withdrawal: no reason is needed then, and the delivery charge comes back
    too when everything of a delivery does. Only staff and terminals send `location_id`, where they have the goods in their hands, and
    `override_reason`, why the goods are taken although it is too late.
    """

    order_id: UUID
    kind: Kind = "return"
    reason: ReturnReason | None = None
    lines: Annotated[list[ReturnUnitsIn], Meta(min_length=1, max_length=LINES_MOST)]
    location_id: UUID | None = None
    override_reason: Words | None = None


class DeclineReturnIn(WireIn, frozen=True, kw_only=True):
    """Why not; the customer reads it."""

    reason: Words


class ReceivedLineIn(WireIn, frozen=True, kw_only=True):
    """Units of a line that arrived."""

    line_id: UUID
    quantity: Units


class ReceiveReturnIn(WireIn, frozen=True, kw_only=True):
    """Where the goods arrived, and which; without lines, all that were announced."""

    location_id: UUID
    lines: Annotated[list[ReceivedLineIn], Meta(min_length=1, max_length=LINES_MOST)] | None = None


class LabelledIn(WireIn, frozen=True, kw_only=True):
    """Which units went onto the shelf or aside: `quantity` of one `lot`, or their `serials`, one for each."""

    to: Destination
    lot: TraceCode | None = None
    expires_on: Annotated[date, Meta(description="The last day of sale, for a lot that nobody knows yet")] | None = None
    quantity: Quantity | None = None
    serials: Annotated[tuple[TraceCode, ...], Meta(max_length=9_999)] = ()


class InspectedLineIn(WireIn, frozen=True, kw_only=True):
    """What becomes of the received units of a line; together they are as many as were received.

    `restock`: onto the shelf here. `quarantine`: aside, to be looked at. `destroy`: thrown away. `reject`: not accepted, back to the
    customer; no money is given for them. `labels` for an article with serial numbers names each unit that goes onto the shelf or aside;
    for one with lots, units whose lot is not named are of those that left with the order line.
    """

    line_id: UUID
    restock: Units = 0
    quarantine: Units = 0
    destroy: Units = 0
    reject: Units = 0
    labels: Annotated[tuple[LabelledIn, ...], Meta(max_length=LINES_MOST)] = ()


class InspectReturnIn(WireIn, frozen=True, kw_only=True):
    """What was found; each line of which units were received is named once."""

    lines: Annotated[list[InspectedLineIn], Meta(min_length=1, max_length=LINES_MOST)]


class ReturnLineOut(WireOut, frozen=True, kw_only=True):
    """Units of one order line; `total` and `tax` are what they are given back with, of the accepted ones once they were inspected.

    A fee has a line of its own, with the counts of the line `of_line_id` that it comes with; it is named by no request.
    """

    id: ReturnLineId
    order_line_id: OrderLineId
    variant_id: UUID
    sku: str
    title: str
    option_text: str
    quantity: int
    received: int
    accepted: int
    restocked: int
    quarantined: int
    destroyed: int
    rejected: int
    total: Money
    tax: Money
    kind: Literal["article", "eco_fee", "deposit", "gift", "difference"]
    of_line_id: ReturnLineId | None


class ReturnDeliveryOut(WireOut, frozen=True, kw_only=True):
    """A delivery charge that is given back too."""

    group_id: UUID
    total: Money
    tax: Money


class ReturnOut(WireOut, frozen=True, kw_only=True):
    """A return. `amount` = the lines' totals + the deliveries'; `refund_amount` is what was asked to go back, `refunded` what has gone."""

    id: ReturnId
    number: str
    order_id: OrderId
    order_number: str
    kind: Kind
    state: ReturnState
    reason: ReturnReason | None
    lines: list[ReturnLineOut]
    deliveries: list[ReturnDeliveryOut]
    amount: Money
    refund_amount: Money | None
    refunded: Money
    location_id: UUID | None
    decline_reason: str | None
    override_reason: str | None
    requested_at: datetime
    received_at: datetime | None
    closed_at: datetime | None
    version: int


class ReturnableLineOut(WireOut, frozen=True, kw_only=True):
    """Units of an order line that the customer has; `until` null: the days have not begun to run.

    `total` is for all of them, with their fees.
    """

    order_line_id: OrderLineId
    variant_id: UUID
    sku: str
    title: str
    option_text: str
    quantity: int
    until: datetime | None
    can_return: bool
    total: Money


class ReturnableOut(WireOut, frozen=True, kw_only=True):
    """What of an order can come back now. `withdrawal_until` null: the days of the law have not begun to run."""

    order_id: OrderId
    order_number: str
    withdrawal_until: datetime | None
    can_withdraw: bool
    lines: list[ReturnableLineOut]
