"""Eco-fees and deposits: which hold for an article, and that no two of one code ever hold at once."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Text, Uuid, column, func, insert, select

from commerce import tax
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.events import events
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given, unnested
from commerce.price_engine import FeeFact
from commerce.tax.audit import CHECKS
from commerce.tax.fees import add_fee, change_fee, fee, fees_page
from commerce.tax.schemas import TaxCategoryIn
from commerce.tax.schemas_fees import FeeIn, FeeOut, FeePatch
from commerce.tax.tables import fees

BOTTLE = new_id()


async def add(db: Database, clock: HeldClock, code: str = "bottle", variant: UUID = BOTTLE, **more: Any) -> FeeOut:
    """A fee of 25 cents, without tax, for ever and everywhere."""
    wanted = {"amount": Money(25, "EUR"), "kind": "deposit", "tax_category": "zero", **more}
    return await db.transact(add_fee, FeeIn(code=code, variant_id=variant, **wanted), at=clock.at)


@pytest.fixture(autouse=True)
async def category(db: Database, clock: HeldClock) -> None:
    """What fees are taxed by."""
    await db.transact(tax.add_category, TaxCategoryIn(code="zero", name="No tax"), at=clock.at)


async def test_the_fees_that_hold_are_those_of_the_article_the_currency_and_the_instant(
    db: Database, clock: HeldClock
) -> None:
    change = clock.at
    await add(db, clock, ends_at=change)
    await add(db, clock, amount=Money(30, "EUR"), starts_at=change, zone="DE")
    await add(db, clock, amount=Money(10, "EUR"), starts_at=change, zone="FR")
    await add(db, clock, "weee", kind="eco_fee", includes_tax=False)
    await add(db, clock, amount=Money(250, "SEK"))
    await add(db, clock, variant=new_id())

    async def held(at: datetime) -> list[tuple[str, int, str | None]]:
        found = await tax.fees_of(db.reading, [BOTTLE, new_id()], currency="EUR", at=at)
        assert set(found) == {BOTTLE}
        return [(each.code, each.amount, each.zone) for each in found[BOTTLE]]

    assert await held(change - timedelta(microseconds=1)) == [("bottle", 25, None), ("weee", 25, None)]
    assert await held(change) == [("bottle", 30, "DE"), ("bottle", 10, "FR"), ("weee", 25, None)]


class Row(msgspec.Struct):
    variant_id: UUID
    fees: tuple[FeeFact, ...]


async def test_another_statement_can_take_fees_along_as_a_column(db: Database, clock: HeldClock) -> None:
    await add(db, clock)
    await add(db, clock, "weee", kind="eco_fee", includes_tax=False, zone="ES")
    wanted = unnested("wanted", variant=Uuid)
    joined = Statement(
        select(
            wanted.c.variant.label("variant_id"),
            tax.fees_json(wanted.c.variant, given("currency", Text), given("at", fees.c.created_at.type)).label("fees"),
        ),
        into=Row,
    )
    bare = new_id()
    rows = await db.reading.fetch(joined, variant=[BOTTLE, bare], currency="EUR", at=clock.at)
    same = await tax.fees_of(db.reading, [BOTTLE, bare], currency="EUR", at=clock.at)
    assert {row.variant_id: row.fees for row in rows} == {BOTTLE: same[BOTTLE], bare: ()}
    assert len(same[BOTTLE]) == 2


async def test_fees_that_share_an_instant_where_both_hold_are_refused(db: Database, clock: HeldClock) -> None:
    first = await add(db, clock, starts_at=clock.at, ends_at=clock.at + timedelta(days=10), zone="ES")
    await add(db, clock, zone="PT")
    for window in (
        {"zone": "ES"},
        {},
        {"zone": "ES", "starts_at": clock.at + timedelta(days=9)},
        {"zone": "ES", "ends_at": clock.at + timedelta(microseconds=1)},
    ):
        with pytest.raises(tax.FeesOverlap) as refused:
            await add(db, clock, **window)
        assert refused.value.errors[0].pointer == "/starts_at"
    await add(db, clock, zone="ES", starts_at=clock.at + timedelta(days=10))
    with pytest.raises(tax.FeesOverlap):
        await db.transact(change_fee, first.id, 1, FeePatch(ends_at=None), at=clock.at)
    ended = await db.transact(change_fee, first.id, 1, FeePatch(ends_at=clock.at + timedelta(days=1)), at=clock.at)
    assert (ended.version, ended.ends_at) == (2, clock.at + timedelta(days=1))
    with pytest.raises(StaleVersion):
        await db.transact(change_fee, first.id, 1, FeePatch(), at=clock.at)


async def test_a_fee_for_everywhere_and_one_for_a_zone_do_not_go_together_whichever_came_first(
    db: Database, clock: HeldClock
) -> None:
    await add(db, clock)
    with pytest.raises(tax.FeesOverlap):
        await add(db, clock, zone="ES")
    await add(db, clock, zone="ES", amount=Money(250, "SEK"))
    with pytest.raises(tax.FeesOverlap):
        await add(db, clock, amount=Money(250, "SEK"))


async def test_of_many_who_add_the_same_fee_at_once_one_succeeds(db: Database, clock: HeldClock) -> None:
    async def try_it() -> bool:
        try:
            await add(db, clock)
        except tax.FeesOverlap:
            return False
        return True

    assert sum(await asyncio.gather(*(try_it() for _ in range(10)))) == 1


async def test_a_fee_that_cannot_be_is_refused_at_the_field_at_fault(db: Database, clock: HeldClock) -> None:
    for wrong, pointer in (
        ({"amount": Money(-1, "EUR")}, "/amount/amount"),
        ({"zone": "ES-ZZ"}, "/zone"),
        ({"tax_category": "none"}, "/tax_category"),
        ({"starts_at": clock.at, "ends_at": clock.at}, "/ends_at"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await add(db, clock, **wrong)
        assert refused.value.errors[0].pointer == pointer
    made = await add(db, clock, starts_at=clock.at)
    with pytest.raises(InvalidInput):
        await db.transact(change_fee, made.id, 1, FeePatch(ends_at=clock.at), at=clock.at)
    with pytest.raises(NotFound):
        await fee(db.reading, new_id())


async def test_each_change_names_the_article_and_a_walk_gives_each_fee_once(db: Database, clock: HeldClock) -> None:
    made = await add(db, clock)
    await db.transact(change_fee, made.id, 1, FeePatch(ends_at=clock.at + timedelta(days=1)), at=clock.at)
    others = [(await add(db, clock, variant=new_id())).id for _ in range(4)]
    told = await db.reading.fetch(Statement(select(events.c.tag, events.c.payload)))
    assert [row["tag"] for row in told] == ["tax.fees_changed.v1"] * 6
    assert [str(BOTTLE) in row["payload"] for row in told].count(True) == 2
    seen: list[UUID] = []
    after = None
    while page := await fees_page(db.reading, variant_id=None, after=after, most=2):
        seen += [row.id for row in page]
        after = (page[-1].code, page[-1].id)
    assert seen == sorted([made.id, *others])
    assert [row.id for row in await fees_page(db.reading, variant_id=BOTTLE, after=None, most=9)] == [made.id]


async def test_overlapping_fees_that_slipped_in_are_found(db: Database, clock: HeldClock) -> None:
    await add(db, clock)
    assert not any(each.rows for each in await run_checks(db.reading, CHECKS))
    columns = [each.name for each in fees.c if each.name != "id"]

    async def fault(tx: Tx) -> None:
        again = select(func.gen_random_uuid(), *(column(name) for name in columns)).select_from(fees)
        await tx.execute(Statement(insert(fees).from_select(["id", *columns], again)))

    await db.transact(fault)
    (found,) = [each for each in await run_checks(db.reading, CHECKS) if each.rows]
    assert (found.name, found.rows) == ("one_fee_of_a_code_holds_at_a_time", 1)
