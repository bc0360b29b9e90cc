"""Rejected units and what became of them, as values."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.ids import FulfilmentOrderId, LocationId, OrderId, OrderLineId, RejectionId, TransferId, VariantId

Kind = Literal["pickup", "ship"]
ExceptionKind = Literal["unroutable", "not_accepted", "not_arrived"]


class RejectionState(StrEnum):
    """Where a rejection is. `routing`: another place is looked for. `defaulted`: nobody chose in time. `closed`: the order ended first."""

    ROUTING = "routing"
    WAITING_FOR_CHOICE = "waiting_for_choice"
    ROUTED = "routed"
    CHOSEN = "chosen"
    DEFAULTED = "defaulted"
    CLOSED = "closed"


class Choice(StrEnum):
    """What the customer can have instead: from another store, sent home, later in the same store, another article, or the money."""

    STORE = "store"
    DELIVERY = "delivery"
    WAIT = "wait"
    SUBSTITUTE = "substitute"
    REFUND = "refund"


class RejectedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an order line that a place could not give, why, how many of them another place took on by a route, how many became units
    of another article, and how many were chosen about apart.
    """

    order_line_id: OrderLineId
    variant_id: VariantId
    units: int
    routed: int = 0
    substituted: int = 0
    apart: int = 0
    reason: str

    @property
    def open(self) -> int:
        """The units that still wait."""
        return self.units - self.routed - self.substituted - self.apart


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """Units that the work `fulfilment_order_id` at `location_id` did not give. Instants are in UTC.

    `attempt` counts the places that were asked for them so far. `choose_by` is until when the customer can choose; after it the money goes
    back. `amount` is what is not charged, in minor units, where that was chosen. `transfer_id` brings them where the customer waits.
    `part_of` names the rejection from which these units were taken, because something else was chosen for them than for the rest.
    """

    id: RejectionId
    order_id: OrderId
    group_id: UUID
    fulfilment_order_id: FulfilmentOrderId
    location_id: LocationId
    kind: Kind
    state: RejectionState
    attempt: int
    choose_by: datetime | None = None
    choice: Choice | None = None
    chosen_location_id: LocationId | None = None
    transfer_id: TransferId | None = None
    part_of: RejectionId | None = None
    amount: int | None = None
    command_id: UUID | None = None
    opened_at: datetime
    closed_at: datetime | None = None
    version: int = 1
    lines: tuple[RejectedLine, ...] = ()

    @property
    def units(self) -> list[tuple[OrderLineId, int]]:
        """The units that still wait, by order line."""
        return [(line.order_line_id, line.open) for line in self.lines if line.open]

    @property
    def wanted(self) -> list[tuple[VariantId, int]]:
        """The units that still wait, by article."""
        return [(line.variant_id, line.open) for line in self.lines if line.open]

    def overdue(self, at: datetime) -> bool:
        """Says whether the time to choose has ended without a choice, whether or not anybody acted on it."""
        return self.state is RejectionState.WAITING_FOR_CHOICE and self.choose_by is not None and self.choose_by <= at


class WaitingException(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for a person: units that nobody could be found for, work that nobody took on, goods that did not arrive."""

    id: UUID
    kind: ExceptionKind
    order_id: OrderId
    location_id: LocationId
    fulfilment_order_id: FulfilmentOrderId
    rejection_id: RejectionId
    opened_at: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    version: int = 1


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long is waited, in minutes; for one location, or for the whole shop.

    A place is late when it has not taken work on in `accept_minutes` of its opening time; after `pause_minutes` more of it, it is switched
    off for online work and the work goes elsewhere. Customers choose within `choose_minutes`. A transfer for a customer is reckoned to take
    `transfer_minutes`. Parcels are routed to `attempts` places at the most before the customer is asked.
    """

    accept_minutes: int = 30
    pause_minutes: int = 30
    choose_minutes: int = 2_880
    transfer_minutes: int = 4_320
    attempts: int = 3
    version: int = 0
