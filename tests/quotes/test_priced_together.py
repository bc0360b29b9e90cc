"""Baskets that are priced at the same moment share a statement, and know nothing of each other."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from commerce import pricing, quotes
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import VariantId, new_id
from commerce.platform.database import Database, Tx
from commerce.quotes import CannotPrice, Want, WantLine
from tests.given import pricing as given, stores
from tests.quotes.shop import open_shop, quoted


async def total_at(db: Database, variant: UUID, at: datetime, *, channel: UUID | None = None) -> int:
    around = await quotes.surroundings(db.reading)
    line = WantLine(key="1", variant_id=variant, quantity=1)
    want = Want(channel_id=around.channels.get(channel).id, at=at, lines=(line,))
    return (await quotes.price_basket(db.reading, around, want)).priced.total


@pytest.mark.usefixtures("nothing_ages")
async def test_baskets_of_one_moment_take_two_statements_and_each_has_its_own_price(db: Database) -> None:
    shop = await open_shop(db)
    await quoted(db, (shop.pot, 1, None))  # what is resident is read
    before = db.statements
    baskets = [
        [(shop.pot, nth, None)] if nth % 2 else [(shop.pot, nth, None), (shop.book, 1, None)] for nth in range(1, 9)
    ]
    found = await asyncio.gather(*(quoted(db, *basket) for basket in baskets))
    assert [each.priced.total for each in found] == [1999 * nth + (0 if nth % 2 else 990) for nth in range(1, 9)]
    assert db.statements - before == 2  # the first one starts at once, the others go along with the next


async def test_each_is_priced_at_its_own_instant(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    later = clock.at + timedelta(hours=1)
    await given.prices(db, {shop.pot: 1500}, starts_at=later)
    instants = [clock.at, later, later - timedelta(microseconds=1), later, clock.at]
    found = await asyncio.gather(*(total_at(db, shop.pot, at) for at in instants))
    assert found == [1999, 1500, 1999, 1500, 1999]


async def test_each_is_priced_for_its_own_channel(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    other = await stores.channel(db, "other")
    dearer = await given.price_list(db, channel_id=other, priority=10)
    await given.prices(db, {shop.pot: 2500}, list_id=dearer)
    priced = {shop.channel: 1999, other: 2500}
    for first, second in ((shop.channel, other), (other, shop.channel)):
        channels = [first, second, first, second, first]
        found = await asyncio.gather(*(total_at(db, shop.pot, clock.at, channel=each) for each in channels))
        assert found == [priced[each] for each in channels]


async def test_one_that_cannot_be_priced_is_refused_alone(db: Database) -> None:
    shop = await open_shop(db)
    wanted = [shop.pot, new_id(), shop.book, new_id(), shop.pot]
    found = await asyncio.gather(*(quoted(db, (each, 1, None)) for each in wanted), return_exceptions=True)
    totals = [each if isinstance(each, BaseException) else each.priced.total for each in found]
    assert totals[::2] == [1999, 990, 1999]
    assert all(isinstance(each, CannotPrice) for each in totals[1::2])


async def test_within_a_transaction_its_own_changes_are_seen(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    around = await quotes.surroundings(db.reading)
    want = Want(
        channel_id=around.channels.get(None).id,
        at=clock.at,
        lines=(WantLine(key="1", variant_id=shop.pot, quantity=1),),
    )

    async def priced(tx: Tx) -> int:
        entry = pricing.PriceEntry(variant_id=VariantId(shop.pot), amount=1234)
        await pricing.set_prices(tx, None, [entry], actor=given.ACTOR, at=clock.at, currency="EUR")
        return (await quotes.price_basket(tx, around, want)).priced.total

    found = await asyncio.gather(db.transact(priced), *(quoted(db, (shop.book, 1, None)) for _ in range(3)))
    assert found[0] == 1234
