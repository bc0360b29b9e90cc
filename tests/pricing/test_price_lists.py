"""Prices on lists: which one holds, what is kept of each change, what is refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import distinct_on

from commerce import pricing
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.events import Event
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.database import Database, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement
from commerce.price_engine import PriceFact
from commerce.pricing.put_prices import put_prices, take_price_off
from commerce.pricing.queries import price_changes, price_lists_page, prices_on_list
from commerce.pricing.schemas import PriceIn, PriceListIn, PriceListPatch, PricesIn
from commerce.pricing.spans import ALWAYS
from commerce.pricing.tables import price_history
from commerce.stores import open_channel
from commerce.stores.schemas import NewChannel
from tests.given import catalog, pricing as given

HISTORY = Statement(
    select(price_history.c.amount, price_history.c.compare_at, price_history.c.since, price_history.c.actor).order_by(
        price_history.c.id
    )
)
FORGET = Statement(delete(price_history))
ONE_HOUR = timedelta(hours=1)


async def unit(db: Database, clock: HeldClock, variant: UUID, *, channel: UUID | None = None) -> int | None:
    found = await pricing.prices(db.reading, [variant], channel_id=channel, currency="EUR", at=clock.at)
    return found[variant].unit if variant in found else None


async def a_channel(db: Database, code: str) -> UUID:
    new = NewChannel(code=code, name=code, currency="EUR", country="ES", languages=["es"])
    return (await db.transact(open_channel, new)).id


async def history(db: Database) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await db.reading.fetch(HISTORY)]


# --- which list holds --------------------------------------------------------------------------------------------


async def test_a_price_carries_the_list_that_it_comes_from_and_its_version(db: Database, clock: HeldClock) -> None:
    pot, lamp = new_id(), new_id()
    base = await given.price_list(db)
    await given.prices(db, {pot: 1999}, list_id=base)
    found = await pricing.prices(db.reading, [pot, lamp], channel_id=None, currency="EUR", at=clock.at)
    assert found == {pot: PriceFact(variant_id=pot, list_id=base, unit=1999, version=2)}


async def test_the_highest_priority_wins_then_the_channels_own_then_the_oldest(db: Database, clock: HeldClock) -> None:
    pot, web = new_id(), await a_channel(db, "web")
    for amount, priority, channel in ((1000, 0, None), (900, 5, None), (950, 5, web), (940, 5, web), (800, 1, web)):
        of = await given.price_list(db, priority=priority, channel_id=channel)
        await given.prices(db, {pot: amount}, list_id=of)
    assert await unit(db, clock, pot) == 900
    assert await unit(db, clock, pot, channel=web) == 950
    assert await unit(db, clock, pot, channel=await a_channel(db, "app")) == 900


async def test_a_list_of_another_channel_or_currency_or_a_sleeping_one_has_no_say(
    db: Database, clock: HeldClock
) -> None:
    pot, app = new_id(), await a_channel(db, "app")
    await given.prices(db, {pot: 1}, list_id=await given.price_list(db, priority=9, channel_id=app))
    await given.prices(db, {pot: 2}, list_id=await given.price_list(db, priority=9, currency="USD"), currency="USD")
    await given.prices(db, {pot: 3}, list_id=await given.price_list(db, priority=9, active=False))
    assert await unit(db, clock, pot) is None
    await given.prices(db, {pot: 4})
    assert await unit(db, clock, pot) == 4


async def test_a_list_holds_from_its_start_up_to_but_not_at_its_end(db: Database, clock: HeldClock) -> None:
    pot = new_id()
    await given.prices(db, {pot: 1000})
    sale = await given.price_list(db, priority=1, starts_at=clock.at + ONE_HOUR, ends_at=clock.at + 2 * ONE_HOUR)
    await given.prices(db, {pot: 700}, list_id=sale)
    assert await unit(db, clock, pot) == 1000
    clock.move(hours=1)
    assert await unit(db, clock, pot) == 700
    clock.move(minutes=59, seconds=59.999999)
    assert await unit(db, clock, pot) == 700
    clock.move(microseconds=1)
    assert await unit(db, clock, pot) == 1000


# --- what is kept ------------------------------------------------------------------------------------------------


async def test_each_change_of_a_price_is_kept_and_a_repetition_changes_nothing(db: Database, clock: HeldClock) -> None:
    pot, start = new_id(), clock.at
    base = await given.price_list(db)

    async def put(amount: int, compare_at: int | None = None) -> pricing.PricesSet:
        entry = pricing.PriceEntry(variant_id=pot, amount=amount, compare_at=compare_at)
        return await db.transact(pricing.set_prices, base, [entry], actor="staff:1", at=clock.at)

    assert (await put(1999)).changed == (pot,)
    clock.move(hours=1)
    again = await put(1999)
    assert (again.changed, again.version) == ((), 2)
    assert (await put(1499, 1999)).version == 3
    await db.transact(take_price_off, base, pot, actor="staff:2", at=clock.at)
    assert await unit(db, clock, pot) is None
    assert await history(db) == [
        (1999, None, start, "staff:1"),
        (1499, 1999, start + ONE_HOUR, "staff:1"),
        (None, None, start + ONE_HOUR, "staff:2"),
    ]
    changes = await price_changes(db.reading, base, pot, before=None, most=2)
    older = await price_changes(db.reading, base, pot, before=changes[-1].id, most=2)
    assert [(row.price, row.compare_at, row.actor) for row in changes + older] == [
        (None, None, "staff:2"),
        (Money(1499, "EUR"), Money(1999, "EUR"), "staff:1"),
        (Money(1999, "EUR"), None, "staff:1"),
    ]
    with pytest.raises(NotFound):
        await price_changes(db.reading, new_id(), pot, before=None, most=2)


async def test_the_history_of_prices_can_not_be_rewritten(db: Database, clock: HeldClock) -> None:
    await given.prices(db, {new_id(): 1999})

    async def forget(tx: Tx) -> None:
        await tx.execute(FORGET)

    with pytest.raises(Exception, match="append-only") as refused:
        await db.transact(forget)
    assert isinstance(refused.value, asyncpg.PostgresError) or isinstance(
        refused.value.__cause__, asyncpg.PostgresError
    )
    assert len(await history(db)) == 1


async def test_prices_set_at_once_by_many_are_all_there_and_each_has_its_history(
    db: Database, clock: HeldClock
) -> None:
    variants = [new_id() for _ in range(40)]
    base = await given.price_list(db)

    async def put(nth: int) -> None:
        mine = variants[nth : nth + 10] if nth % 2 else list(reversed(variants[nth : nth + 10]))
        await given.prices(db, dict.fromkeys(mine, 1000 + nth), list_id=base)

    await asyncio.gather(*(put(nth) for nth in range(30)))
    facts = await pricing.prices(db.reading, variants, channel_id=None, currency="EUR", at=clock.at)
    assert len(facts) == 39  # the last of forty was in no batch
    assert {fact.version for fact in facts.values()} == {31}
    last = await db.reading.fetch(
        Statement(
            select(price_history.c.variant_id, price_history.c.amount)
            .ext(distinct_on(price_history.c.variant_id))
            .order_by(price_history.c.variant_id, price_history.c.id.desc())
        )
    )
    assert {row["variant_id"]: row["amount"] for row in last} == {fact.variant_id: fact.unit for fact in facts.values()}


async def test_the_default_list_of_a_currency_is_made_once_however_many_ask(db: Database, clock: HeldClock) -> None:
    await asyncio.gather(*(given.prices(db, {new_id(): 100 + nth}, currency="JPY") for nth in range(8)))
    lists = await price_lists_page(db.reading, after=None, most=10)
    assert [(each.code, each.currency, each.priority) for each in lists] == [("default-jpy", "JPY", 0)]
    assert len(await prices_on_list(db.reading, lists[0].id, after=None, most=10, at=clock.at)) == 8


async def test_a_compare_at_price_that_is_not_higher_is_not_kept_from_an_import(db: Database, clock: HeldClock) -> None:
    pot = new_id()
    entries = [pricing.PriceEntry(variant_id=pot, amount=500, compare_at=500)]
    await db.transact(pricing.set_prices, None, entries, actor="service:1", at=clock.at, currency="EUR")
    found = await pricing.prices(db.reading, [pot], channel_id=None, currency="EUR", at=clock.at)
    assert (found[pot].unit, found[pot].compare_at) == (500, None)


# --- the back office ---------------------------------------------------------------------------------------------


async def test_prices_that_make_no_sense_are_refused_field_by_field_and_none_is_set(
    db: Database, clock: HeldClock
) -> None:
    base, (pot, pan) = await given.price_list(db), await catalog.variants(db, 2)
    sent = PricesIn(
        prices=[
            PriceIn(variant_id=pot, price=Money(1999, "EUR")),
            PriceIn(variant_id=pot, price=Money(1999, "USD")),
            PriceIn(variant_id=pan, price=Money(-1, "EUR")),
            PriceIn(variant_id=pan, price=Money(5, "EUR"), compare_at=Money(5, "EUR"), min_quantity=2),
            PriceIn(variant_id=pan, price=Money(10**15 + 1, "EUR"), min_quantity=3),
            PriceIn(variant_id=pan, price=Money(5, "EUR"), starts_at=clock.at),
            PriceIn(variant_id=new_id(), price=Money(5, "EUR")),
        ]
    )
    with pytest.raises(InvalidInput) as refused:
        await db.transact(put_prices, base, sent, actor="staff:1", at=clock.at)
    assert [error.pointer for error in refused.value.errors] == [
        "/prices/1/price/currency",
        "/prices/1/variant_id",
        "/prices/2/price/amount",
        "/prices/3/compare_at/amount",
        "/prices/4/price/amount",
        "/prices/5/starts_at",
        "/prices/6/variant_id",
    ]
    assert await unit(db, clock, pot) is None


async def test_a_list_is_changed_only_on_the_version_that_was_read(db: Database, clock: HeldClock) -> None:
    made = await db.transact(pricing.create_list, PriceListIn(code="sale", name="Sale", currency="EUR"), at=clock.at)
    patch = PriceListPatch(priority=7, ends_at=clock.at)
    after = await db.transact(pricing.change_list, made.id, made.version, patch, at=clock.at)
    assert (after.priority, after.ends_at, after.name, after.version) == (7, clock.at, "Sale", 2)
    with pytest.raises(StaleVersion):
        await db.transact(pricing.change_list, made.id, made.version, PriceListPatch(priority=9), at=clock.at)
    cleared = await db.transact(pricing.change_list, made.id, 2, PriceListPatch(ends_at=None), at=clock.at)
    assert (cleared.ends_at, cleared.priority) == (None, 7)


async def test_a_list_with_a_taken_code_an_unknown_channel_or_no_time_to_hold_is_refused(
    db: Database, clock: HeldClock
) -> None:
    sale = PriceListIn(code="sale", name="Sale", currency="EUR")
    await db.transact(pricing.create_list, sale, at=clock.at)
    with pytest.raises(pricing.PriceListCodeTaken):
        await db.transact(pricing.create_list, sale, at=clock.at)
    for wrong, pointer in (
        (PriceListIn(code="b", name="B", currency="EUR", channel_id=new_id()), "/channel_id"),
        (PriceListIn(code="b", name="B", currency="XXX"), "/currency"),
        (PriceListIn(code="b", name="B", currency="EUR", starts_at=datetime.min.replace(tzinfo=UTC)), "/starts_at"),
        (PriceListIn(code="b", name="B", currency="EUR", starts_at=clock.at, ends_at=clock.at), "/ends_at"),
        (PriceListIn(code="b", name="B", currency="EUR", store_id=new_id()), "/store_id"),
        (PriceListIn(code="b", name="B", currency="EUR", group_id=new_id()), "/group_id"),
        (PriceListIn(code="b", name="B", currency="EUR", customer_id=new_id()), "/customer_id"),
        (PriceListIn(code="b", name="B", currency="EUR", reduction=True, includes_tax=False), "/reduction"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await db.transact(pricing.create_list, wrong, at=clock.at)
        assert [error.pointer for error in refused.value.errors] == [pointer]
    with pytest.raises(NotFound):
        await given.prices(db, {new_id(): 1}, list_id=new_id())


async def test_walking_the_prices_of_a_list_gives_each_once_in_order(db: Database, clock: HeldClock) -> None:
    base, variants = await given.price_list(db), sorted(new_id() for _ in range(7))
    await given.prices(db, dict.fromkeys(variants, 100), list_id=base)
    seen: list[UUID] = []
    while page := await prices_on_list(
        db.reading, base, after=(seen[-1], 1, ALWAYS) if seen else None, most=3, at=clock.at
    ):
        seen += [row.variant_id for row in page]
    assert seen == variants
    with pytest.raises(NotFound):
        await prices_on_list(db.reading, new_id(), after=None, most=3, at=clock.at)


async def test_the_fact_of_a_changed_price_names_the_list_and_the_variants(db: Database, clock: HeldClock) -> None:
    pot, base = new_id(), await given.price_list(db)
    facts: list[Event] = []

    async def setting(tx: Tx, amount: int) -> None:
        entries = [pricing.PriceEntry(variant_id=pot, amount=amount)]
        await pricing.set_prices(tx, base, entries, actor="staff:1", at=clock.at)
        facts.extend(tx.events)

    for amount in (5, 5, 6):
        await db.transact(setting, amount)
    assert facts == [
        pricing.PriceListChanged(
            price_list_id=base, price_list_version=version, currency="EUR", channel_id=None, variant_ids=(pot,)
        )
        for version in (2, 3)
    ]
