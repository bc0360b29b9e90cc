"""What is told of a pickup that waits: the deadline it was given, that it still waits, that it waits longer, that nobody came."""

from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from zoneinfo import ZoneInfo

import pytest

from commerce import uncollected
from commerce.care.reactions import reactions
from commerce.fulfilment.reactions import REACTIONS as FULFILMENT
from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from commerce.platform.mail import Mailer
from commerce.platform.work import Worker
from commerce.uncollected.reactions import REACTIONS
from commerce.uncollected.remind import remind_due
from tests.given import checkout, recourse, stores, uncollected as given
from tests.given.uncollected import OFFICE


def madrid(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of March 2026 by the wall clock of Madrid."""
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)


def told(mailer: Mailer) -> list[tuple[str, str]]:
    """Subject and text of each mail since it was ready, oldest first."""
    found = []
    for path in mailer.sent():
        mail = message_from_bytes(path.read_bytes(), policy=modern)
        assert isinstance(mail, EmailMessage)
        found.append((str(mail["subject"]), mail.get_content()))
    return [(subject, text) for subject, text in found if "T'escriurem quan estigui a punt" not in text]


@pytest.fixture
def worker(db: Database, mailer: Mailer, clock: HeldClock) -> Worker:
    """What tells customers, and moves deadlines."""
    after = [each for each in [*FULFILMENT, *REACTIONS] if each.inside is None]
    return Worker(db, reactions=[*after, *reactions(mailer)], kinds=[])


async def test_the_way_of_a_pickup_that_nobody_collects_as_its_customer_hears_of_it(
    db: Database, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    await given.policy(db, location_id=shop.gracia, wait_days=2, reminders=(50,), extension_days=1)
    order, wait = await given.ready(db, recourse.pickup(shop, 2))
    await worker.drain()
    assert "Te la guardem fins al dijous 12 de març, 20:00." in told(mailer)[-1][1], "the deadline of its terms"

    clock.at = madrid(11, 15, 30)
    await remind_due(db)
    await remind_due(db)
    await worker.drain()
    subject, text = told(mailer)[-1]
    assert subject == f"La teva comanda {order.number} encara t'espera"
    assert "a Gracia." in text
    assert "Te la guardem fins al dijous 12 de març, 20:00." in text
    assert len(told(mailer)) == 2

    await db.transact(uncollected.extend, OFFICE, order.id, wait.fulfilment_order_id)
    await worker.drain()
    subject, text = told(mailer)[-1]
    assert subject == f"La teva comanda {order.number} t'espera més temps"
    assert "Te la guardem fins al divendres 13 de març, 20:00." in text

    await stores.exception(db, shop.gracia, date(2026, 3, 13))
    await worker.drain()
    assert "Te la guardem fins al dissabte 14 de març, 20:00." in told(mailer)[-1][1]

    clock.at = madrid(14, 20, 30)
    await given.expired(db, wait)
    await worker.drain()
    subject, text = told(mailer)[-1]
    assert subject == f"No s'ha recollit la teva comanda {order.number}"
    assert "2 × Tassa, Blue" in text
    assert "No se'n cobra res." in text
    assert len(told(mailer)) == 5


async def test_nobody_is_reminded_of_what_was_collected_before_the_message_left(
    db: Database, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    _, wait = await given.ready(db, recourse.pickup(shop, 2))
    await worker.drain()
    clock.move(days=5)
    await remind_due(db)
    await given.handed(db, wait)
    await worker.drain()
    assert len(told(mailer)) == 1
