"""A guest reaches an order with its number and e-mail, and learns nothing without them."""

import email
import email.policy
import re
from pathlib import Path

import pytest

from commerce.kernel.clock import HeldClock
from commerce.orders import look_up
from commerce.orders.errors import AccessExpired
from commerce.orders.jobs import jobs
from commerce.platform.database import Database
from commerce.platform.mail import Mailer
from commerce.platform.settings import Settings
from commerce.platform.work import Worker
from tests.given import orders as given


def _worker(db: Database, mailer: Mailer) -> Worker:
    return Worker(db, reactions=[], kinds=jobs(mailer, Settings(public_url="https://shop.example.com")))


def _text(mail: Path) -> str:
    return str(email.message_from_bytes(mail.read_bytes(), policy=email.policy.default).get_content())


async def test_a_link_comes_by_mail_when_number_and_mail_fit_and_opens_the_order_for_a_day(
    db: Database, clock: HeldClock, tmp_path: Path
) -> None:
    mailer = Mailer(sender="shop@example.com", folder=tmp_path)
    order = await given.placed(db)
    for _ in range(3):
        await db.transact(look_up.ask_for_link, order.number.lower(), "Shopper@Example.com")
    await _worker(db, mailer).drain()
    [mail] = mailer.sent()
    found = re.search(r"https://shop\.example\.com/orders/(\S+)#access=(\S+)", _text(mail))
    assert found is not None
    assert found[1] == order.number
    assert await look_up.order_by_token(db.reading, found[2]) == order
    clock.move(hours=24)
    with pytest.raises(AccessExpired):
        await look_up.order_by_token(db.reading, found[2])
    await db.transact(look_up.forget_links, None)
    clock.move(hours=-24)
    with pytest.raises(AccessExpired):
        await look_up.order_by_token(db.reading, found[2])


async def test_nothing_is_sent_when_they_do_not_fit(db: Database, clock: HeldClock, tmp_path: Path) -> None:
    mailer = Mailer(sender="shop@example.com", folder=tmp_path)
    order = await given.placed(db)
    await db.transact(look_up.ask_for_link, order.number, "other@example.com")
    await db.transact(look_up.ask_for_link, "O-2222222222", order.email)
    await _worker(db, mailer).drain()
    assert mailer.sent() == []


async def test_a_token_that_nobody_was_given_opens_nothing(db: Database, clock: HeldClock) -> None:
    await given.placed(db)
    with pytest.raises(AccessExpired):
        await look_up.order_by_token(db.reading, "x" * 32)
