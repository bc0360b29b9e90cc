"""Worlds of payments, built through the verbs that checkout, fulfilment and returns use. The card is play money at the sandbox."""

from collections.abc import Sequence
from uuid import UUID

from commerce import payments
from commerce.kernel.ids import OrderId, PaymentId, new_id
from commerce.kernel.money import Money
from commerce.payments import Payment, PaymentKind, PaymentProvider
from commerce.platform.database import Database

VISA = "pm_card_visa"
DECLINED = "pm_card_visa_chargeDeclined"
ASKS = "pm_card_authenticationRequired"
"""Asks the shopper each time, also for the parts that are charged after the first."""
ASKS_ONCE = "pm_card_authenticationRequiredOnSetup"
"""Asks the shopper when it is used first, and not again off session once it was set up."""
RETURN_URL = "https://shop.example.com/paid"


async def intended(
    db: Database,
    *amounts: int,
    order_id: UUID | None = None,
    currency: str = "EUR",
    kind: PaymentKind = "card",
    method: str | None = VISA,
    groups: Sequence[UUID] | None = None,
    shopper_id: UUID | None = None,
    location_id: UUID | None = None,
) -> Payment:
    """A payment that nobody was asked for yet, with one part for each amount; 20.00 in one part unless told."""
    amounts = amounts or (2000,)
    ids = groups or [new_id() for _ in amounts]
    parts = [
        payments.PartIn(group_id=group, amount=amount, location_id=location_id)
        for group, amount in zip(ids, amounts, strict=True)
    ]
    return await db.transact(
        payments.intend,
        OrderId(order_id or new_id()),
        currency,
        parts,
        kind,
        method if kind == "card" else None,
        RETURN_URL if kind == "card" else None,
        PaymentId(new_id()),
        shopper_id,
    )


async def authorized(db: Database, provider: PaymentProvider, *amounts: int, **more: object) -> Payment:
    """A payment by a good card, all parts authorised."""
    waiting = await intended(db, *amounts, **more)  # type: ignore[arg-type]
    return await payments.authorize(db, provider, waiting.id)


async def paid_on_collection(db: Database, *amounts: int, **more: object) -> Payment:
    """A payment that will be taken at the counter."""
    return await intended(db, *amounts, kind="on_collection", **more)  # type: ignore[arg-type]


async def captured(db: Database, provider: PaymentProvider, *amounts: int, **more: object) -> Payment:
    """A payment by a good card of which all parts were captured whole."""
    payment = await authorized(db, provider, *amounts, **more)
    for part in payment.parts:
        await capture(db, payment, part.amount, group_id=part.group_id)
    return await payments.pursue(db, provider, payment.id)


async def capture(
    db: Database, payment: Payment, amount: int, *, group_id: UUID | None = None, key: str | None = None
) -> None:
    """Asks for a capture, of the first group unless told."""
    group = group_id or payment.parts[0].group_id
    money = Money(amount, payment.currency)
    await db.transact(payments.intend_capture, payment.order_id, group, money, key or f"capture:{new_id()}")


async def refund(
    db: Database, payment: Payment, amount: int, *, key: str | None = None, cause: payments.Cause | None = None
) -> list[UUID]:
    """Asks for a refund."""
    money = Money(amount, payment.currency)
    because = cause or payments.Cause(kind="goodwill", actor="staff:test")
    made = await db.transact(payments.intend_refund, payment.order_id, money, because, key or f"refund:{new_id()}")
    return [UUID(str(each)) for each in made]
