"""The process is killed between the provider's yes and our commit: the money moved once, and the books know it in the end."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from commerce import payments
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.payments import Payment, PaymentState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.sandbox import Server
from tests.given import payments as given
from tests.payments.bank import Bank, deliver
from tests.payments.seen import entries, sound

ROOT = Path(__file__).parent.parent.parent
PLENTY_SECONDS = 30.0
LOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@asynccontextmanager
async def unable_to_commit(dsn: str, payment: Payment) -> AsyncIterator[None]:
    """Keeps whoever wants to record something of a payment waiting."""
    holder: asyncpg.Connection = await asyncpg.connect(dsn)
    try:
        async with holder.transaction():
            await holder.execute("SELECT 1 FROM payments WHERE id = $1 FOR UPDATE", payment.id)
            yield
    finally:
        await holder.close()


async def killed_before_it_commits(dsn: str, sandbox: Server, payment: Payment) -> None:
    """Starts a process that goes on with the payment, and kills it when it has the provider's answer and is about to record it."""
    watch: asyncpg.Connection = await asyncpg.connect(dsn)
    async with unable_to_commit(dsn, payment):
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.payments.child"),
            *(dsn, sandbox.url, str(payment.id), kernel_clock.now().isoformat()),
            cwd=ROOT,
        )
        async with asyncio.timeout(PLENTY_SECONDS):
            while not await watch.fetchval(LOCKED):
                assert child.returncode is None
                await asyncio.sleep(0.02)
        child.kill()
        assert await child.wait() == -9
    await watch.close()


async def recovered(db: Database, worker: Worker, held: HeldClock, payment: Payment) -> Payment:
    """Lets the sweeper find what was left."""
    held.move(minutes=3)
    await worker._periodic()
    await worker.drain()
    return await payments.payment(db.reading, payment.id)


async def test_an_authorization_is_found_again(
    db: Database, dsn: str, sandbox: Server, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    waiting = await given.intended(db, 3000, 1000)
    await bank.fail("request_lost", "payment_intents.create")
    before = await payments.authorize(db, provider, waiting.id)
    await killed_before_it_commits(dsn, sandbox, before)
    left = await payments.payment(db.reading, waiting.id)
    moved = await bank.moved(before)
    payment = await recovered(db, worker, clock, waiting)

    assert (left, moved) == (before, {"authorised": 3000})
    assert payment.state is PaymentState.AUTHORIZED
    assert await bank.counted(payment) == {"authorised": 2}
    assert await entries(db, payment) == [("authorized", 3000), ("authorized", 1000)]
    await sound(db)


async def test_a_capture_is_found_again(
    db: Database, dsn: str, sandbox: Server, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    payment = await given.authorized(db, provider, 3000)
    await given.capture(db, payment, 2000)
    before = await payments.payment(db.reading, payment.id)
    await killed_before_it_commits(dsn, sandbox, before)
    left = await payments.payment(db.reading, payment.id)
    payment = await recovered(db, worker, clock, payment)

    assert (left, left.captured) == (before, 0)
    assert payment.captured == 2000
    assert await bank.moved(payment) == {"authorised": 3000, "captured": 2000, "released": 1000}
    assert await entries(db, payment) == [("authorized", 3000), ("captured", 2000), ("voided", 1000)]
    await sound(db)


async def test_a_refund_is_found_again(
    db: Database, dsn: str, sandbox: Server, provider: StripeProvider, bank: Bank, worker: Worker, clock: HeldClock
) -> None:
    payment = await given.captured(db, provider, 3000)
    await worker.drain()
    await given.refund(db, payment, 500)
    before = await payments.payment(db.reading, payment.id)
    await killed_before_it_commits(dsn, sandbox, before)
    left = await payments.payment(db.reading, payment.id)
    moved = await bank.moved(before)
    payment = await recovered(db, worker, clock, payment)

    assert (left, moved["refunded"]) == (before, 500)
    assert (payment.refunded, payment.refunding) == (500, 0)
    assert (await bank.counted(payment))["refunded"] == 1
    assert [entry for entry in await entries(db, payment) if entry[0] == "refunded"] == [("refunded", 500)]
    await sound(db)


@pytest.mark.usefixtures("clock")
async def test_the_webhook_alone_heals_what_a_killed_process_left(
    db: Database, dsn: str, sandbox: Server, provider: StripeProvider, bank: Bank
) -> None:
    payment = await given.authorized(db, provider, 3000)
    await given.capture(db, payment, 3000)
    await killed_before_it_commits(dsn, sandbox, await payments.payment(db.reading, payment.id))
    await deliver(db, provider, await bank.event(payment.parts[0].intent_ref, "payment_intent.succeeded"))
    payment = await payments.payment(db.reading, payment.id)

    assert (payment.captured, payment.captures[0].state.value) == (3000, "captured")
    await sound(db)
