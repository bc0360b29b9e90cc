"""What is told of another article: that it could be had, what it would cost, and that it comes."""

from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

import pytest

from commerce.care.reactions import reactions
from commerce.fulfilment.reactions import REACTIONS as FULFILMENT
from commerce.kernel.clock import HeldClock
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.mail import Mailer
from commerce.platform.work import Worker, within_reactions
from commerce.recourse.reactions import REACTIONS as RECOURSE
from tests.given import checkout, recourse as given


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A database of the test's own, where rejections open inside their transactions."""
    database = Database(dsn, before_commit=events.store, within=within_reactions([*FULFILMENT, *RECOURSE]))
    yield database
    await database.close()


@pytest.fixture
def worker(db: Database, mailer: Mailer, clock: HeldClock) -> Worker:
    """What tells customers."""
    after = [each for each in [*FULFILMENT, *RECOURSE] if each.inside is None]
    return Worker(db, reactions=[*after, *reactions(mailer)], kinds=[])


def told(mailer: Mailer) -> list[tuple[str, str]]:
    """Subject and text of each mail about another article."""
    found = []
    for path in mailer.sent():
        mail = message_from_bytes(path.read_bytes(), policy=modern)
        assert isinstance(mail, EmailMessage)
        found.append((str(mail["subject"]), mail.get_content()))
    return [(subject, text) for subject, text in found if "altre" in subject]


async def test_the_buyer_is_asked_with_the_price_and_told_what_comes(
    db: Database, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, work = await given.short(db, shop)
    await worker.drain()
    found = await given.proposed(db, work)
    await worker.drain()
    ((subject, text),) = told(mailer)
    assert subject == f"La teva comanda {order.number}: et va bé aquest altre?"
    assert "2 × Tassa" in text
    assert "2 × Plate" in text
    assert "Costarien 25,00" in text
    assert "abans del dijous 12 de març, 11:00" in text
    await given.answered(db, found)
    await worker.drain()
    _, (subject, text) = told(mailer)
    assert subject == f"La teva comanda {order.number}: un altre article"
    assert "Costen 25,00" in text


async def test_what_was_answered_before_the_letter_went_out_is_not_asked_any_more(
    db: Database, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    _, work = await given.short(db, shop)
    await given.answered(db, await given.proposed(db, work), accept=False)
    await given.short(db, shop, wish="similar", units=1, missing=1)
    await worker.drain()
    assert told(mailer) == []
