"""A process of its own that goes on with a payment, for tests that kill it: `python -m tests.payments.child DSN SANDBOX PAYMENT NOW`."""

import asyncio
import sys
from datetime import datetime
from uuid import UUID

from commerce import payments
from commerce.kernel import clock
from commerce.kernel.ids import PaymentId
from commerce.payments import PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.platform import events
from commerce.platform.database import Database
from commerce.sandbox import TEST_API_KEY, TEST_WEBHOOK_SECRET


async def main(dsn: str, sandbox: str, payment_id: str, now: str) -> None:
    """Does what is to be done for one payment, as a request or a job would."""
    db = Database(dsn, before_commit=events.store)
    provider = StripeProvider(key=TEST_API_KEY, webhook_secret=TEST_WEBHOOK_SECRET, api_base=sandbox, retries=0)
    payment = await payments.payment(db.reading, UUID(payment_id))
    unsettled = payment.state in {PaymentState.INTENDED, PaymentState.UNKNOWN}
    with clock.held(datetime.fromisoformat(now)):
        await payments.pursue(db, provider, PaymentId(payment.id), only_while_open=unsettled)
    await provider.close()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
