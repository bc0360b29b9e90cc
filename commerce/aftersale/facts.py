"""Returns as values. Amounts are minor units of the order's currency."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.currencies import Currency
from commerce.kernel.ids import LocationId, OrderId, OrderLineId, ReturnId, ReturnLineId
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.orders import LineKind

Kind = Literal["return", "withdrawal"]
Destination = Literal["restock", "quarantine"]


class ReturnState(StrEnum):
    """Where a return is. `rejected`: it came in and nothing of it was accepted. A refund that failed can be asked for again."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    RECEIVED = "received"
    INSPECTED = "inspected"
    REJECTED = "rejected"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    CANCELLED = "cancelled"


class ReturnReason(StrEnum):
    """Why goods come back; a withdrawal needs none (Directive 2011/83/EU, article 9)."""

    CHANGED_MIND = "changed_mind"
    DOES_NOT_FIT = "does_not_fit"
    DEFECTIVE = "defective"
    DAMAGED_IN_TRANSIT = "damaged_in_transit"
    WRONG_ARTICLE = "wrong_article"
    NOT_AS_DESCRIBED = "not_as_described"
    OTHER = "other"


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one order line that come back.

    Until the inspection `total` and `tax` are the share of all `quantity` units, locked when the return was asked for; from then on that of
    the accepted ones. restocked + quarantined + destroyed = accepted, and accepted + rejected = received <= quantity once inspected.
    A fee has the counts of the line `of_line_id` that it comes with, and nothing of it goes onto a shelf.
    """

    id: ReturnLineId
    order_line_id: OrderLineId
    group_id: UUID
    position: int
    variant_id: UUID
    sku: str
    title: Text3
    option_text: str
    quantity: int
    kind: LineKind = "article"
    of_line_id: ReturnLineId | None = None
    received: int = 0
    restocked: int = 0
    quarantined: int = 0
    destroyed: int = 0
    rejected: int = 0
    total: int
    tax: int

    @property
    def is_fee(self) -> bool:
        """Whether it is a charge that comes with a line, and no goods."""
        return self.of_line_id is not None

    @property
    def accepted(self) -> int:
        """The units that the money is given back for."""
        return self.restocked + self.quarantined + self.destroyed


class ReturnDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery charge of a fulfilment group that comes back with a withdrawal of all of it."""

    group_id: UUID
    total: int
    tax: int


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """Goods on their way back, with what is given back for them; nothing personal.

    `amount` = the lines' shares + the deliveries. `refund_amount` is what is asked of payments: the same in the provider's steps; None
    before. `refunded` is what of it is known to have gone back. `location_id` is where it was received; None before.
    """

    id: ReturnId
    number: str
    order_id: OrderId
    order_number: str
    shopper_id: UUID | None
    kind: Kind
    state: ReturnState
    reason: ReturnReason | None
    currency: Currency
    amount: int
    refund_amount: int | None = None
    refunded: int = 0
    location_id: LocationId | None = None
    decline_reason: str | None = None
    override_reason: str | None = None
    requested_at: datetime
    received_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1
    lines: tuple[ReturnLine, ...]
    deliveries: tuple[ReturnDelivery, ...] = ()

    def money(self, amount: int) -> Money:
        """Gives an amount in the return's currency."""
        return Money(amount, self.currency)


class Labelled(msgspec.Struct, frozen=True):
    """Units for the shelf or for the quarantine with what is printed on them: their lot, or the serial number of each.

    `expires_on`, the last day of sale, is of use only for a lot that nobody knows yet.
    """

    to: Destination
    quantity: int
    lot: str | None = None
    serials: tuple[str, ...] = ()
    expires_on: date | None = None


class Inspected(msgspec.Struct, frozen=True):
    """What was found of one line: units for the shelf here, units to be looked at, units to be thrown away, units that are not accepted.

    `labels` says which units went onto the shelf and aside, where the article asks for that.
    """

    line_id: UUID
    restock: int = 0
    quarantine: int = 0
    destroy: int = 0
    reject: int = 0
    labels: tuple[Labelled, ...] = ()
