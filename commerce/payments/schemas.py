"""Payments on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.kernel.ids import OrderId, PaymentId, RefundId
from commerce.kernel.money import Money
from commerce.kernel.wire import ShortText, WireIn, WireOut
from commerce.payments.facts import (
    AlertKind,
    Balance,
    EntryKind,
    PartId,
    PartState,
    Payment,
    PaymentKind,
    PaymentState,
    RefundState,
    Tender,
)
from commerce.payments.queries import AlertRow, EntryRow, RefundRow


class NextActionOut(WireOut):
    """What the shopper has to do next: open the address, which leads back to the return address of the payment."""

    type: Literal["redirect"]
    url: str


class PaymentPartOut(WireOut):
    """What of a payment is for one fulfilment group."""

    id: PartId
    group_id: UUID
    state: PartState
    amount: Money
    authorized: Money
    captured: Money
    voided: Money
    refunded: Money
    decline_code: str | None = None


class PaymentOut(WireOut):
    """One attempt to pay an order. `refunded` holds what is on its way back as well; `refunding` is what is asked for and not yet on its way."""

    id: PaymentId
    order_id: OrderId
    kind: PaymentKind
    state: PaymentState
    amount: Money
    authorized: Money
    captured: Money
    voided: Money
    refunding: Money
    refunded: Money
    next_action: NextActionOut | None
    decline_code: str | None
    parts: list[PaymentPartOut]
    created_at: datetime
    updated_at: datetime
    version: int


def payment_out(payment: Payment) -> PaymentOut:
    """Gives a payment as clients see it: nothing of the provider's but the address of a challenge and the code of a decline."""
    url = payment.next_action_url
    return PaymentOut(
        id=payment.id,
        order_id=payment.order_id,
        kind=payment.kind,
        state=payment.state,
        amount=payment.money(payment.amount),
        authorized=payment.money(payment.authorized),
        captured=payment.money(payment.captured),
        voided=payment.money(payment.voided),
        refunding=payment.money(payment.refunding),
        refunded=payment.money(payment.refunded),
        next_action=None if url is None else NextActionOut(type="redirect", url=url),
        decline_code=payment.decline_code,
        parts=[
            PaymentPartOut(
                id=part.id,
                group_id=part.group_id,
                state=part.state,
                amount=payment.money(part.amount),
                authorized=payment.money(part.authorized),
                captured=payment.money(part.captured),
                voided=payment.money(part.voided),
                refunded=payment.money(part.refunded),
                decline_code=part.decline_code,
            )
            for part in payment.parts
        ],
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        version=payment.version,
    )


class RefundIn(WireIn):
    """Money to be given back out of goodwill, whatever was returned; it is spread over what was captured."""

    order_id: OrderId
    amount: Money
    reason: Annotated[ShortText, Meta(min_length=1)]


class RefundCauseOut(WireOut):
    """Why money goes back: "return", "cancellation", "goodwill", "provider" (made at the provider itself) …, and its document."""

    kind: str
    document_id: UUID | None


class RefundOut(WireOut):
    """Money on its way back, by the tender that paid: `intended`, `pending` at the provider, `succeeded`, or `failed` (it is ours again)."""

    id: RefundId
    order_id: OrderId
    payment_id: PaymentId
    group_id: UUID
    amount: Money
    state: RefundState
    tender: Tender
    cause: RefundCauseOut
    failure_code: str | None
    created_at: datetime


class RefundsOut(WireOut):
    """The refunds that one request made, one for each part that gives back, and what they come to."""

    amount: Money
    items: list[RefundOut]


def refund_out(row: RefundRow) -> RefundOut:
    """Gives a refund as clients see it; who acted stands in the audit log."""
    return RefundOut(
        id=row.id,
        order_id=row.order_id,
        payment_id=row.payment_id,
        group_id=row.group_id,
        amount=Money(row.amount, row.currency),
        state=row.state,
        tender=row.tender,
        cause=RefundCauseOut(kind=row.cause.kind, document_id=row.cause.document_id),
        failure_code=row.failure_code,
        created_at=row.created_at,
    )


class MoneyEntryOut(WireOut):
    """One entry of an order's money ledger. Entries are never changed; a failed refund is an entry of its own."""

    id: UUID
    at: datetime
    kind: EntryKind
    tender: Tender
    amount: Money
    payment_id: PaymentId
    group_id: UUID
    capture_id: UUID | None
    refund_id: UUID | None


class MoneyOut(WireOut):
    """An order's money over all of its payments, and the ledger that it is the sum of. net_paid = captured - refunded."""

    order_id: OrderId
    authorized: Money
    captured: Money
    voided: Money
    refunding: Money
    refunded: Money
    net_paid: Money
    items: list[MoneyEntryOut]
    next_cursor: str | None


def money_out(balance: Balance, entries: list[EntryRow], next_cursor: str | None) -> MoneyOut:
    """Gives the balance and one page of the ledger."""

    def money(amount: int) -> Money:
        return Money(amount, balance.currency)

    return MoneyOut(
        order_id=balance.order_id,
        authorized=money(balance.authorized),
        captured=money(balance.captured),
        voided=money(balance.voided),
        refunding=money(balance.refunding),
        refunded=money(balance.refunded),
        net_paid=money(balance.net_paid),
        items=[
            MoneyEntryOut(
                id=row.id,
                at=row.at,
                kind=row.kind,
                tender=row.tender,
                amount=Money(row.amount, row.currency),
                payment_id=row.payment_id,
                group_id=row.group_id,
                capture_id=row.capture_id,
                refund_id=row.refund_id,
            )
            for row in entries
        ],
        next_cursor=next_cursor,
    )


class WebhookOut(WireOut):
    """The event was taken in, or had been before."""

    received: bool = True


class PaymentAlertOut(WireOut):
    """Something about money that waits for a person; `facts` says what was found."""

    id: UUID
    kind: AlertKind
    order_id: OrderId
    payment_id: PaymentId
    facts: dict[str, str | int | Money | None]
    raised_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    version: int


class ResolutionIn(WireIn):
    """What was done about it."""

    resolution: Annotated[ShortText, Meta(min_length=1)]


def alert_out(row: AlertRow) -> PaymentAlertOut:
    """Gives an alert as the back office sees it."""
    return PaymentAlertOut(**{name: getattr(row, name) for name in PaymentAlertOut.__struct_fields__})
