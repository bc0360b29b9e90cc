"""Who lets pickups go again and again: counted by keys that say nothing, for as long as the terms say."""

from datetime import timedelta

import asyncpg

from commerce.kernel.clock import HeldClock
from commerce.orders import Order
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.uncollected.customer_keys import customer_of
from commerce.uncollected.queries import let_go, people
from tests.given import aftersale, checkout, recourse, uncollected as given
from tests.given.uncollected import OFFICE, SECRET


async def missed(db: Database, clock: HeldClock, shop: checkout.Shop, who: Caller) -> Order:
    """An order that somebody did not collect."""
    order, wait = await given.ready(db, recourse.pickup(shop, 1), who=who)
    clock.move(days=12)
    await given.expired(db, wait)
    return order


async def account(dsn: str) -> Caller:
    """A shopper with an account."""
    who = aftersale.shopper()
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "INSERT INTO accounts (id, email, email_key, name, language, password_hash, verified_at, created_at) "
            "VALUES ($1, 'a@example.com', 'a@example.com', 'A', 'en', 'none', now(), now())",
            who.id,
        )
    finally:
        await connection.close()
    return who


async def test_three_that_nobody_collected_within_the_days_of_the_terms_are_a_sign(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    guest = aftersale.shopper()
    order = await missed(db, clock, shop, guest)
    await missed(db, clock, shop, aftersale.shopper())  # another device, the same e-mail
    key = await customer_of(db.reading, order, SECRET)
    found = await let_go(db.reading, key, clock.at)
    assert found is not None
    assert (found.uncollected, found.signed) == (2, False)
    await missed(db, clock, shop, guest)
    found = await let_go(db.reading, key, clock.at)
    assert found is not None
    assert (found.uncollected, found.signed, found.last_at) == (3, True, clock.at)
    clock.at = clock.at + timedelta(days=157)
    found = await let_go(db.reading, key, clock.at)
    assert found is not None
    assert (found.uncollected, found.signed) == (2, False), "the first one counts no more after 180 days"
    clock.move(days=400)
    assert await let_go(db.reading, key, clock.at) is None


async def test_an_account_is_counted_by_its_id_and_staff_sees_whom_their_places_waited_for(
    db: Database, dsn: str, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    await given.policy(db, location_id=shop.gracia, wait_days=2, sign_count=1, sign_days=30)
    who = await account(dsn)
    await missed(db, clock, shop, who)
    everywhere = await people(db.reading, OFFICE, unsigned_too=False, at=clock.at, after="", most=10)
    assert [(each.customer, each.uncollected, each.signed) for each in everywhere] == [(f"account:{who.id}", 1, True)]
    for place, seen in ((shop.gracia, 1), (shop.sants, 0)):
        staff = aftersale.terminal(place)
        assert len(await people(db.reading, staff, unsigned_too=True, at=clock.at, after="", most=10)) == seen


async def test_a_guest_is_known_by_a_digest_that_another_secret_makes_differently(
    db: Database, dsn: str, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order = await missed(db, clock, shop, aftersale.shopper())
    key = await customer_of(db.reading, order, SECRET)
    assert key.startswith("guest:")
    assert key != await customer_of(db.reading, order, b"another" * 4)
    connection = await asyncpg.connect(dsn)
    try:
        for table in ("no_shows", "pickup_waits", "events", "jobs"):
            rows = [str(dict(row)) for row in await connection.fetch(f"SELECT * FROM {table}")]
            assert not [row for row in rows if order.email in row], table
    finally:
        await connection.close()
