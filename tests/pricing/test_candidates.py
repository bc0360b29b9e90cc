"""What the engine chooses a price from: every candidate, from one snapshot, never split between two versions of a list."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count, product
from random import Random
from time import monotonic
from uuid import UUID

import pytest

from commerce import pricing
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database, Tx
from commerce.price_engine import Circumstances, PriceFact
from commerce.price_engine.choose_price import ListPrices
from commerce.pricing import Audience, PriceEntry, PriceLists
from commerce.pricing.schemas import PriceListPatch
from tests.given import customers, pricing as given, stores

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EUR = Audience(currency="EUR")


async def chosen(
    db: Database,
    variants: Sequence[UUID],
    audience: Audience,
    at: datetime,
    *,
    units: int = 1,
    lists: PriceLists | None = None,
) -> dict[UUID, PriceFact]:
    """What the engine takes for so many units of each, by a process that knows these lists."""
    facts, lists = await pricing.candidates(
        db.reading, variants, audience=audience, at=at, lists=lists or await pricing.price_lists(db.reading)
    )
    around = Circumstances(
        at=at,
        zone=audience.zone,
        channel_id=audience.channel_id,
        store_id=audience.store_id,
        customer_id=audience.customer_id,
        groups=audience.groups,
    )
    prices = ListPrices(lists.by_id, facts, audience.currency, around)
    found = {variant: prices.choose("line", variant, units, []) for variant in variants}
    return {variant: each[0] for variant, each in found.items() if each is not None}


async def unit(db: Database, variant: UUID, at: datetime, audience: Audience = EUR, *, units: int = 1) -> int | None:
    found = await chosen(db, [variant], audience, at, units=units)
    return found[variant].unit if variant in found else None


async def test_the_tier_that_is_reached_gives_the_price_whatever_the_path_to_the_quantity(
    db: Database, clock: HeldClock
) -> None:
    """CART-07."""
    pot, base = new_id(), await given.price_list(db)
    await given.prices(db, {pot: 1000}, list_id=base)
    await given.prices(db, {pot: 800}, list_id=base, min_quantity=4)
    await given.prices(db, {pot: 700}, list_id=base, min_quantity=10)
    assert [await unit(db, pot, clock.at, units=units) for units in (3, 4, 3, 9, 10)] == [1000, 800, 1000, 800, 700]


async def test_a_planned_price_holds_from_its_very_instant_on(db: Database, clock: HeldClock) -> None:
    pot, base, at = new_id(), await given.price_list(db), clock.at
    await given.prices(db, {pot: 1000}, list_id=base)
    await given.prices(db, {pot: 900}, list_id=base, starts_at=at + HOUR)
    await given.prices(db, {pot: None}, list_id=base, starts_at=at + 2 * HOUR)
    await given.prices(db, {pot: 700}, list_id=base, starts_at=at + 3 * HOUR)
    tick = timedelta(microseconds=1)
    instants = [
        at,
        at + HOUR - tick,
        at + HOUR,
        at + 2 * HOUR - tick,
        at + 2 * HOUR,
        at + 3 * HOUR - tick,
        at + 3 * HOUR,
    ]
    assert [await unit(db, pot, each) for each in instants] == [1000, 1000, 900, 900, None, None, 700]
    # What is set now holds up to the next change that is planned, and takes the place of what has begun.
    clock.move(hours=1, minutes=30)
    await given.prices(db, {pot: 950}, list_id=base)
    assert [await unit(db, pot, each) for each in (clock.at, at + 2 * HOUR, at + 3 * HOUR)] == [950, None, 700]
    await db.transact(
        pricing.call_off_price, base, pot, min_quantity=1, starts_at=at + 2 * HOUR, actor="t", at=clock.at
    )
    assert [await unit(db, pot, each) for each in (at + 2 * HOUR, at + 3 * HOUR)] == [950, 700]
    await db.transact(pricing.remove_prices, base, [pot], actor="t", at=clock.at)
    assert await unit(db, pot, at + 9 * HOUR) is None


@pytest.mark.parametrize(
    ("night", "begins"),
    [
        # Midnight of the Friday, in Madrid and an hour later in Las Palmas.
        (
            datetime(2026, 11, 27, tzinfo=UTC),
            (datetime(2026, 11, 26, 23, tzinfo=UTC), datetime(2026, 11, 27, tzinfo=UTC)),
        ),
        # 02:30 that does not exist: clocks go from 02:00 to 03:00 in Madrid, from 01:00 to 02:00 in Las Palmas.
        (
            datetime(2026, 3, 29, 2, 30, tzinfo=UTC),
            (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ),
    ],
)
async def test_a_window_in_store_time_begins_by_the_clock_on_each_stores_wall(
    db: Database, clock: HeldClock, night: datetime, begins: tuple[datetime, datetime]
) -> None:
    pot = new_id()
    await given.prices(db, {pot: 1000})
    friday = await given.price_list(db, priority=1, starts_at=night, store_time=True)
    await given.prices(db, {pot: 700}, list_id=friday)
    for zone, instant in zip(("Europe/Madrid", "Atlantic/Canary"), begins, strict=True):
        store = Audience(currency="EUR", zone=zone)
        before = instant - timedelta(microseconds=1)
        assert (await unit(db, pot, before, store), await unit(db, pot, instant, store)) == (1000, 700), zone
        shown = await pricing.prices(db.reading, [pot], channel_id=None, currency="EUR", at=instant, zone=zone)
        assert shown[pot].unit == 700


@pytest.mark.parametrize("seed", range(4))
async def test_the_public_price_is_what_the_engine_chooses_for_nobody_in_particular(
    db: Database, clock: HeldClock, seed: int
) -> None:
    random = Random(seed)
    variants = [new_id() for _ in range(6)]
    web, store = await stores.channel(db), await stores.location(db)
    group = await customers.group(db)
    for _ in range(12):
        starts = random.choice([None, clock.at + random.randrange(-3, 3) * HOUR])
        of = await given.price_list(
            db,
            channel_id=random.choice([None, web]),
            store_id=random.choice([None, store]),
            group_id=random.choice([None, None, group]),
            priority=random.randrange(2),
            starts_at=starts,
            ends_at=None if starts is None else starts + 2 * HOUR,
            store_time=random.random() < 0.3,
            active=random.random() < 0.8,
        )
        some = {each: random.randrange(100, 999) for each in random.sample(variants, 4)}
        await given.prices(db, some, list_id=of)
        await given.prices(db, dict.fromkeys(some, 1), list_id=of, min_quantity=2)
        await given.prices(db, dict.fromkeys(some), list_id=of, starts_at=clock.at + random.randrange(1, 4) * HOUR)
    told = 0
    for at, (channel, place) in product(
        [clock.at + nth * HOUR for nth in range(4)], product((None, web), (None, store))
    ):
        audience = Audience(currency="EUR", channel_id=channel, store_id=place, zone="Europe/Madrid")
        of_engine = await chosen(db, variants, audience, at)
        shown = await pricing.prices(
            db.reading, variants, channel_id=channel, store_id=place, currency="EUR", at=at, zone=audience.zone
        )
        assert shown == of_engine
        told += len(shown)
    assert told > 10


async def test_lists_of_groups_and_customers_are_for_them_alone(db: Database, clock: HeldClock) -> None:
    pot, group = new_id(), await customers.group(db)
    someone, other = await customers.customer(db), await customers.customer(db)
    await given.prices(db, {pot: 1000})
    await given.prices(db, {pot: 800}, list_id=await given.price_list(db, group_id=group))
    await given.prices(db, {pot: 600}, list_id=await given.price_list(db, customer_id=someone))
    assert await unit(db, pot, clock.at) == 1000
    assert await unit(db, pot, clock.at, Audience(currency="EUR", groups=(group,))) == 800
    assert await unit(db, pot, clock.at, Audience(currency="EUR", groups=(group,), customer_id=someone)) == 600
    assert await unit(db, pot, clock.at, Audience(currency="EUR", customer_id=other)) == 1000


async def test_of_thousands_of_lists_for_single_customers_only_ones_own_are_read(
    db: Database, clock: HeldClock
) -> None:
    pot, someone = new_id(), await customers.customer(db)
    await given.prices(db, {pot: 1000})
    await given.prices(db, {pot: 600}, list_id=await given.price_list(db, customer_id=someone))
    for _ in range(30):
        other = await given.price_list(db, customer_id=await customers.customer(db))
        await given.prices(db, {pot: 1}, list_id=other)
    lists = await pricing.price_lists(db.reading)
    before = db.statements
    facts, _ = await pricing.candidates(
        db.reading, [pot], audience=Audience(currency="EUR", customer_id=someone), at=clock.at, lists=lists
    )
    assert sorted(each.unit for each in facts[pot]) == [600, 1000]
    assert db.statements == before + 1


async def test_while_lists_change_no_basket_has_prices_of_two_versions(db: Database, clock: HeldClock) -> None:
    """In one transaction half of the prices change on their list, and the other half move to a new list while the old one goes to sleep."""
    stay, go = [new_id() for _ in range(4)], [new_id() for _ in range(4)]
    base, moving = await given.price_list(db), await given.price_list(db)
    await given.prices(db, dict.fromkeys(stay, 100), list_id=base)
    await given.prices(db, dict.fromkeys(go, 100), list_id=moving)
    done = asyncio.Event()

    async def change(tx: Tx, amount: int, old: UUID) -> UUID:
        made = await pricing.create_list(tx, given.new_list(), at=clock.at)
        for list_id, variants in ((base, stay), (made.id, go)):
            entries = [PriceEntry(variant_id=each, amount=amount) for each in variants]
            await pricing.set_prices(tx, list_id, entries, actor="t", at=clock.at)
        version = (await pricing.price_list(tx, old)).version
        await pricing.change_list(tx, old, version, PriceListPatch(active=False), at=clock.at)
        return made.id

    async def others() -> None:
        old = moving
        for nth in range(40):
            old = await db.transact(change, 101 + nth, old)
            await asyncio.sleep(0.005)
        done.set()

    async def baskets() -> set[int]:
        seen: set[int] = set()
        lists = await pricing.price_lists(db.reading)
        for nth in count():
            found = await chosen(db, [*stay, *go], EUR, clock.at, lists=lists)
            units = {each.unit for each in found.values()}
            assert (len(found), len(units)) == (8, 1), found
            seen |= units
            if done.is_set():
                break
            if nth % 7 == 0:  # in between, what is known is as old as another process's may be
                lists = await pricing.price_lists(db.reading)
        return seen

    _, *seen = await asyncio.gather(others(), *(baskets() for _ in range(4)))
    assert len(set().union(*(each for each in seen if each))) > 10


OTHER_PROCESS = """
import asyncio, sys, time
from commerce import pricing
from commerce.platform.database import Database

async def watch(dsn):
    db = Database(dsn)
    lists = await pricing.price_lists(db.reading)
    print("ready", max(each.priority for each in lists.by_id.values()), flush=True)
    old_asked = asked = 0.0
    while all(each.priority != 7 for each in lists.by_id.values()):
        await asyncio.sleep(0.01)
        old_asked, asked = asked, time.monotonic()
        lists = await pricing.price_lists(db.reading)
    print("the last old one was asked for at", old_asked, flush=True)
    await db.close()

asyncio.run(watch(sys.argv[1]))
"""


async def test_a_changed_list_reaches_another_process_within_a_second(db: Database, dsn: str, clock: HeldClock) -> None:
    made = await given.price_list(db)
    version = (await pricing.price_list(db.reading, made)).version
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OTHER_PROCESS, dsn, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout is not None
    assert await other.stdout.readline() == b"ready 0\n"
    await db.transact(pricing.change_list, made, version, PriceListPatch(priority=7), at=clock.at)
    changed = monotonic()
    said, _, asked = (await other.stdout.readline()).decode().rpartition(" ")
    assert said == "the last old one was asked for at"
    assert float(asked) - changed < 1
    assert await other.wait() == 0


async def test_who_knows_only_old_lists_reads_the_new_ones_with_their_prices(db: Database, clock: HeldClock) -> None:
    pot, base = new_id(), await given.price_list(db)
    known = await pricing.price_lists(db.reading)
    await given.prices(db, {pot: 500}, list_id=base)
    assert (await chosen(db, [pot], EUR, clock.at, lists=known))[pot].unit == 500
    # A list that nobody has told this process of is read with its prices.
    newer = await given.price_list(db, priority=9)
    await given.prices(db, {pot: 400}, list_id=newer)
    assert (await chosen(db, [pot], EUR, clock.at, lists=known))[pot].unit == 400
    # Nor does an article that was on no list that it knows go without a price.
    lid = new_id()
    await given.prices(db, {lid: 50}, list_id=newer)
    assert (await chosen(db, [lid], EUR, clock.at, lists=known))[lid].unit == 50
