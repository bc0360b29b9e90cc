"""Write down what is to be paid, before anybody is asked for it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from commerce.kernel import clock
from commerce.kernel.currencies import Currency
from commerce.kernel.errors import Bug
from commerce.kernel.ids import OrderId, PaymentId, new_id
from commerce.kernel.money import Money
from commerce.payments import rules
from commerce.payments.book import keep_locked, lock_order, open_payments
from commerce.payments.change import Change
from commerce.payments.errors import AlreadyPaid, NoPaymentMethod
from commerce.payments.events import PaymentAuthorized
from commerce.payments.facts import (
    EntryKind,
    Part,
    PartId,
    PartIn,
    PartState,
    Payment,
    PaymentKind,
    PaymentState,
    Tender,
)
from commerce.payments.pauses import later
from commerce.payments.states import OPEN
from commerce.payments.steps import check_step
from commerce.platform.database import Tx

LONGEST_METHOD: Final = 255
CARD_NUMBER: Final = re.compile(r"(?:[0-9][ -]?){12,}")


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What an order is to be paid with, in one part for each of its groups; amounts are minor units of the currency."""

    payment_id: PaymentId
    order_id: OrderId
    shopper_id: UUID | None
    kind: PaymentKind
    currency: Currency
    payment_method: str | None
    return_url: str | None
    parts: Sequence[PartIn]


async def intend(
    tx: Tx,
    order_id: OrderId,
    currency: Currency,
    parts: Sequence[PartIn],
    kind: PaymentKind,
    payment_method: str | None,
    return_url: str | None,
    payment_id: PaymentId,
    shopper_id: UUID | None,
) -> Payment:
    """Open an attempt to pay an order, with one part for each fulfilment group; nobody is asked for money yet: `authorize` does.

    Amounts are minor units of the currency. With the id of a payment that is there already it gives that one back, unchanged. What is paid
    on collection, and what costs nothing, is authorised at once and emits PaymentAuthorized.
    An earlier attempt that is not authorised is superseded, and what it may still bring in is let go. Refuses with AlreadyPaid when one is
    authorised, with NoPaymentMethod, with NotChargeable for an amount that the provider cannot charge.
    """
    earlier = await lock_order(tx, order_id)
    for payment in earlier:
        if payment.id == payment_id:
            return payment
    if any(payment.state is PaymentState.AUTHORIZED for payment in earlier):
        raise AlreadyPaid("The order is paid for; nothing more is to be paid.")
    for payment in earlier:
        if payment.state in OPEN:
            await _supersede(tx, payment)
    attempt = Attempt(
        payment_id=payment_id,
        order_id=order_id,
        shopper_id=shopper_id,
        kind=kind,
        currency=currency,
        payment_method=payment_method,
        return_url=return_url,
        parts=parts,
    )
    customer_ref = next((each.customer_ref for each in reversed(earlier) if each.customer_ref), None)
    (opened,) = await open_payments(tx, [_opened(attempt, clock.now(), customer_ref)])
    return opened


async def intend_first(tx: Tx, attempts: Sequence[Attempt]) -> list[Payment]:
    """Open the first attempts to pay orders that are being opened in this very transaction, with one statement: nobody else can know of these
    orders, so there is nothing earlier to look for. Refuses with NoPaymentMethod and NotChargeable as `intend` does.
    """
    at = clock.now()
    return await open_payments(tx, [_opened(attempt, at) for attempt in attempts])


async def _supersede(tx: Tx, payment: Payment) -> None:
    change = Change(payment, clock.now())
    change.move(PaymentState.SUPERSEDED)
    rules.withdraw(change, f"superseded:{payment.id}")
    await keep_locked(tx, change)


def _check_method(payment_method: str | None) -> None:
    """A reference that the provider gave to the shopper's device; never the number of a card."""
    if not payment_method or len(payment_method) > LONGEST_METHOD or CARD_NUMBER.search(payment_method):
        raise NoPaymentMethod(
            "Send the payment method or confirmation token that the provider gave, never a card number."
        )


def _part(position: int, part: PartIn, kind: PaymentKind, at: datetime) -> Part:
    """The first part of a card payment counts as sent from now on: whoever opened the payment sends it next, or the sweeper does."""
    first = kind == "card" and position == 0
    return Part(
        id=PartId(new_id()),
        group_id=part.group_id,
        location_id=part.location_id,
        position=position,
        amount=part.amount,
        on_session=first,
        sent_at=at if first else None,
        due_at=later(at, 0) if first else None,
    )


def _opened(attempt: Attempt, at: datetime, customer_ref: str | None = None) -> Change:
    asked = [part for part in attempt.parts if part.amount]
    for part in asked:
        check_step(Money(part.amount, attempt.currency))
    if attempt.kind == "card" and asked:
        _check_method(attempt.payment_method)
    payment = Payment(
        id=attempt.payment_id,
        order_id=attempt.order_id,
        shopper_id=attempt.shopper_id,
        kind=attempt.kind,
        currency=attempt.currency,
        amount=sum(part.amount for part in asked),
        state=PaymentState.INTENDED,
        payment_method=attempt.payment_method,
        return_url=attempt.return_url,
        customer_ref=customer_ref,
        method_ref=None,
        created_at=at,
        updated_at=at,
        parts=tuple(_part(position, part, attempt.kind, at) for position, part in enumerate(asked)),
    )
    change = Change(payment, at)
    if payment.kind == "card" and payment.parts:
        return change
    if payment.kind not in {"card", "on_collection"}:
        raise Bug(f"{payment.kind} is no kind of payment")
    for each in payment.parts:
        change.put(each, state=PartState.AUTHORIZED, authorized=each.amount)
        change.book(EntryKind.AUTHORIZED, each, each.amount, f"authorized:{each.id}", tender=Tender.COUNTER)
    change.payment = replace(change.payment, state=PaymentState.AUTHORIZED)
    change.emit(PaymentAuthorized)
    return change
