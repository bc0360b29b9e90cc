"""Work assigned to one location, as values."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.ids import FulfilmentLineId, FulfilmentOrderId, LocationId, OrderId, OrderLineId, VariantId
from commerce.kernel.wire import Text3


class FulfilmentState(StrEnum):
    """Where the work on a fulfilment order is. Payment has no place here."""

    WAITING_FOR_TRANSFER = "waiting_for_transfer"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    PICKING = "picking"
    PACKED = "packed"
    READY_FOR_PICKUP = "ready_for_pickup"
    HANDED_OVER = "handed_over"
    SHIPPED = "shipped"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ShortReason(StrEnum):
    """Why units cannot be had; it decides what happens to the stock.

    not_in_stock: the shelf is empty, so nothing that is free there counts as on hand any more. mismatch: these units are not there.
    damage: these units are there and cannot be sold, so they leave the stock that can be. no_capacity, closed: the place cannot do the work;
    its stock is as it was. not_arrived: a transfer did not bring them. not_accepted: nobody there took the work on in time. refused: the
    customer did not want them at the counter, or waited for them no longer.
    """

    NOT_IN_STOCK = "not_in_stock"
    MISMATCH = "mismatch"
    DAMAGE = "damage"
    NO_CAPACITY = "no_capacity"
    CLOSED = "closed"
    NOT_ARRIVED = "not_arrived"
    NOT_ACCEPTED = "not_accepted"
    REFUSED = "refused"


class FulfilmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one order line: quantity >= picked + short, and handed <= picked. `handed` left the house, by hand or by post.

    `minimum_age` is the age in years from which they may be handed over.
    """

    id: FulfilmentLineId
    order_line_id: OrderLineId
    position: int
    variant_id: VariantId
    sku: str
    title: Text3
    option_text: str
    quantity: int
    picked: int = 0
    short: int = 0
    short_reason: ShortReason | None = None
    handed: int = 0
    minimum_age: int | None = None

    @property
    def to_pick(self) -> int:
        """Units that nobody has looked for yet."""
        return self.quantity - self.picked - self.short

    @property
    def to_hand(self) -> int:
        """Picked units that are still in the house."""
        return self.picked - self.handed


class Fulfilment(msgspec.Struct, frozen=True, kw_only=True):
    """A fulfilment order: what one location does for one order.

    `promised_by` is the promise that the customer was given first, `ready_by` the one that holds now; both are instants in UTC. `attempt`
    counts the places that were asked for these units so far. `waiting_for` is the transfer that brings them.
    """

    id: FulfilmentOrderId
    number: str
    order_id: OrderId
    order_number: str
    group_id: UUID
    location_id: LocationId
    kind: Literal["pickup", "ship"]
    state: FulfilmentState
    ready_by: datetime | None = None
    promised_by: datetime | None = None
    attempt: int = 1
    waiting_for: UUID | None = None
    staging: str | None = None
    reject_reason: str | None = None
    offered_at: datetime
    accepted_at: datetime | None = None
    ready_at: datetime | None = None
    arrived_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1
    lines: tuple[FulfilmentLine, ...] = ()

    @property
    def minimum_age(self) -> int | None:
        """The age in years that whoever collects what is left of it must have; None where everybody may."""
        ages = [
            line.minimum_age for line in self.lines if line.minimum_age and line.short + line.handed < line.quantity
        ]
        return max(ages, default=None)

    def line(self, line_id: UUID) -> FulfilmentLine | None:
        """Gives a line by its id."""
        return next((line for line in self.lines if line.id == line_id), None)


class RejectedUnits(msgspec.Struct, frozen=True):
    """Units of an order line that a place could not give, and why."""

    order_line_id: OrderLineId
    variant_id: VariantId
    units: int
    reason: ShortReason


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """What physically left: which units, with which carrier."""

    id: UUID
    number: str
    fulfilment_order_id: FulfilmentOrderId
    order_id: OrderId
    location_id: LocationId
    carrier: str
    tracking_number: str | None
    tracking_url: str | None
    units: tuple[tuple[OrderLineId, int], ...]
    shipped_at: datetime
    delivered_at: datetime | None = None
    version: int = 1


class PickupCode(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer shows at the counter."""

    fulfilment_order_id: FulfilmentOrderId
    code: str
    failed_attempts: int
