"""The shopper is back from the challenge: look, and go on."""

from uuid import UUID

from commerce.payments import queries
from commerce.payments.ports import PaymentProvider
from commerce.payments.pursue import pursue
from commerce.payments.queries import Sight
from commerce.payments.schemas import PaymentOut, payment_out
from commerce.platform.database import Database


async def refresh(db: Database, _: UUID, provider: PaymentProvider, sight: Sight, payment_id: UUID) -> PaymentOut:
    """Look up at the provider what a payment waits for, record it, and ask for its further parts; gives it as it is then.

    Refuses with NotFound what the caller may not see. Beside a webhook, or run twice at once, everything still happens once.
    """
    payment = await queries.seen(db.reading, sight, payment_id)
    return payment_out(await pursue(db, provider, payment.id, look=True, only_while_open=True))
