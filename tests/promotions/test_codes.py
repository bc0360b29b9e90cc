"""Codes: found however they are typed, each answered with why it opens nothing; made by the million, exactly as many as asked for."""

import asyncio
import csv
import io
from time import perf_counter
from uuid import UUID

import asyncpg
import pytest

from commerce import promotions
from commerce.kernel.clock import HeldClock, now
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.ids import READABLE
from commerce.platform import events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.price_engine import code_key
from commerce.promotions import CouponCodeTaken, PromotionUsedUp
from commerce.promotions.audit import CHECKS
from commerce.promotions.code_batches import (
    PIECE,
    BatchDue,
    batch,
    batch_row,
    csv_of,
    finished_batch,
    make_codes,
    start_batch,
    withdraw_batch,
)
from commerce.promotions.code_keys import LENGTH, random_keys, shown
from commerce.promotions.code_schemas import CodeBatchIn
from commerce.promotions.codes import code, shared_codes_page, take_back_code
from commerce.promotions.errors import BatchUnfinished, NeedsCodes
from commerce.promotions.jobs import JOBS
from tests.given import promotions as given
from tests.given.promotions import ACTOR, use


async def sound(db: Database) -> None:
    assert {finding.name: finding.shown for finding in await run_checks(db.reading, CHECKS) if finding.rows} == {}


async def why(db: Database, clock: HeldClock, *typed: str) -> list[str | None]:
    return [each.why for each in await promotions.resolve_codes(db.reading, typed, at=clock.at)]


async def started(db: Database, promotion: UUID, count: int, prefix: str = "") -> UUID:
    data = CodeBatchIn(count=count, prefix=prefix)
    return (await db.transact(start_batch, promotion, data, actor=ACTOR, at=now())).id


async def exported(db: Database, promotion: UUID, batch_id: UUID) -> list[dict[str, str]]:
    row = await finished_batch(db.reading, promotion, batch_id)
    pieces = [piece async for piece in csv_of(db.reading, row)]
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode())))


# --- keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["SUMMER-20", "summer20", " Summer 2O ", "summer_20", "SUMMER.20", "ＳＵＭＭＥＲ２０"]
)
def test_a_code_is_one_however_it_is_typed(typed: str) -> None:
    assert code_key(typed) == "SUMMER20"


def test_letters_that_are_misread_are_one() -> None:
    assert code_key("IOL") == code_key("101") == "101"
    assert code_key("-- --") == ""


def test_random_keys_are_of_the_readable_letters_alone_and_all_of_them() -> None:
    keys = random_keys(20_000)
    assert {len(key) for key in keys} == {LENGTH}
    assert set("".join(keys)) == set(READABLE)
    assert len(set(keys)) == 20_000
    assert len(READABLE) ** LENGTH > 2**50
    counts = [sum(key.count(letter) for key in keys) for letter in READABLE]
    assert max(counts) < 1.1 * min(counts)


def test_a_code_of_a_batch_reads_back_as_its_key_whatever_its_prefix() -> None:
    for prefix in ("", "XMAS", "HELLO"):
        key = code_key(prefix) + "7KQ2M9XW4TD"
        text = shown(prefix, key)
        assert text == ("" if not prefix else f"{prefix}-") + "7KQ2-M9XW-4TD"
        assert code_key(text.lower()) == key


# --- what a code stands for ----------------------------------------------------------------------------------------


async def test_each_code_is_answered_with_what_it_opens_or_why_not(db: Database, clock: HeldClock) -> None:
    live = await given.published(db, opened_by="LIVE")
    await given.code(db, live, "SECOND")
    await given.published(db, opened_by="LATER", window={"starts_at": "2026-04-01T00:00:00Z"})
    await given.published(db, opened_by="OVER", window={"ends_at": "2026-03-10T10:00:01Z"})
    gone = await given.published(db, opened_by="GONE")
    await given.withdrawn(db, gone)
    taken = await given.published(db, opened_by="TAKEN")
    await db.transact(take_back_code, taken, "taken", at=clock.at)
    single = await given.published(db, conditions={"code": True})
    await given.code(db, single, "KEPT", uses_most=1)
    await given.code(db, single, "USED", uses_most=1)
    await given.reserve(db, use(single, code="KEPT"))
    await given.commit(db, await given.reserve(db, use(single, code="used")))
    unpublished = await given.draft(db, conditions={"code": True})
    await given.code(db, unpublished, "DRAFT")
    clock.move(minutes=1)
    typed = ["live", "second", "later", "over", "gone"]
    assert await why(db, clock, *typed) == [None, "second", "not_yet", "over", "withdrawn"]
    assert await why(db, clock, "TAKEN", "KEPT", "USED", "DRAFT", "-") == [
        "withdrawn",
        "reserved",
        "used_up",
        "unknown",
        "unknown",
    ]
    found = await promotions.resolve_codes(db.reading, typed, at=clock.at)
    assert promotions.opened(found) == (("live", live),)


async def test_the_same_code_twice_opens_once(db: Database, clock: HeldClock) -> None:
    await given.published(db, opened_by="ONE")
    assert await why(db, clock, "ONE", "o n e", "0NE") == [None, "second", "second"]


async def test_codes_are_looked_up_with_one_statement_and_no_more_than_ten(db: Database, clock: HeldClock) -> None:
    before = db.statements
    assert await why(db, clock, *(f"CODE{nth}" for nth in range(10))) == ["unknown"] * 10
    assert db.statements - before == 1
    assert await why(db, clock) == []
    assert db.statements - before == 1
    with pytest.raises(InvalidInput, match="/codes"):
        await why(db, clock, *(f"CODE{nth}" for nth in range(11)))


async def test_a_promotion_in_store_time_leaves_its_window_to_the_engine(db: Database, clock: HeldClock) -> None:
    window = {"starts_at": "2026-03-10T12:00:00Z", "ends_at": "2026-03-12T00:00:00Z", "store_time": True}
    await given.published(db, opened_by="LOCAL", window=window)
    assert await why(db, clock, "LOCAL") == [None]
    clock.move(days=-1)
    assert await why(db, clock, "LOCAL") == ["not_yet"]
    clock.move(days=4)
    assert await why(db, clock, "LOCAL") == ["over"]


# --- codes that many share -----------------------------------------------------------------------------------------


async def test_a_code_that_somebody_would_type_for_another_is_taken(db: Database, clock: HeldClock) -> None:
    one = await given.published(db, opened_by="SUMMER-20")
    other = await given.published(db, conditions={"code": True})
    for promotion in (one, other):
        with pytest.raises(CouponCodeTaken):
            await given.code(db, promotion, "summer 2o")
    with pytest.raises(InvalidInput, match="/code"):
        await given.code(db, one, "a--")
    with pytest.raises(NeedsCodes):
        await given.code(db, await given.published(db), "FREE")
    await given.withdrawn(db, other)
    with pytest.raises(IllegalMove):
        await given.code(db, other, "LATE")


async def test_of_two_who_add_one_code_at_once_one_does(dsn: str, clock: HeldClock) -> None:
    db = Database(dsn, before_commit=events.store)
    several = [await given.published(db, conditions={"code": True}) for _ in range(4)]

    async def add(promotion: UUID) -> bool:
        try:
            await given.code(db, promotion, "RACE")
        except CouponCodeTaken:
            return False
        return True

    assert sum(await asyncio.gather(*(add(each) for each in several))) == 1
    await db.close()


async def test_a_code_that_was_taken_back_can_be_made_anew_and_keeps_what_is_used(
    db: Database, clock: HeldClock
) -> None:
    first = await given.published(db, opened_by="AGAIN")
    order = await given.reserve(db, use(first, code="AGAIN"))
    await db.transact(take_back_code, first, "AGAIN", at=clock.at)
    await db.transact(take_back_code, first, "AGAIN", at=clock.at)
    second = await given.published(db, opened_by="again")
    assert (await code(db.reading, second, "AGA1N")).uses == 0
    await given.release(db, order)
    await sound(db)
    with pytest.raises(NotFound):
        await code(db.reading, first, "AGA1N")
    await given.reserve(db, use(second, code="AGAIN"))
    await db.transact(take_back_code, second, "AGAIN", at=clock.at)
    with pytest.raises(InvalidInput, match="/code"):
        await given.code(db, second, "A")
    await given.code(db, second, "AGAIN", uses_most=1)
    assert (await code(db.reading, second, "AGA1N")).uses == 1
    with pytest.raises(PromotionUsedUp):
        await given.reserve(db, use(second, code="AGAIN"))
    await sound(db)


async def test_a_withdrawn_promotion_frees_its_shared_codes(db: Database, clock: HeldClock) -> None:
    first = await given.published(db, opened_by="SPRING")
    await given.withdrawn(db, first)
    second = await given.published(db, opened_by="SPRING")
    (answer,) = await promotions.resolve_codes(db.reading, ["SPRING"], at=clock.at)
    assert answer.promotion_id == second
    assert [each.code for _, each in await shared_codes_page(db.reading, second, after=None, most=9)] == ["SPRING"]
    await sound(db)


async def test_a_code_counts_for_its_own_promotion_only(db: Database, clock: HeldClock) -> None:
    await given.published(db, opened_by="MINE")
    other = await given.published(db, opened_by="YOURS")
    with pytest.raises(PromotionUsedUp):
        await given.reserve(db, use(other, code="MINE"))
    assert await promotions.unavailable(db.reading, [use(other, code="MINE")]) == {other}
    assert await promotions.unavailable(db.reading, [use(other, code="yours")]) == frozenset()
    await sound(db)


# --- batches -------------------------------------------------------------------------------------------------------


async def test_a_batch_has_exactly_as_many_codes_as_were_asked_for(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, conditions={"code": True})
    count = PIECE + 5_000
    batch_id = await started(db, promotion, count, "HELLO")
    assert (await batch(db.reading, promotion, batch_id)).made == 0
    with pytest.raises(BatchUnfinished):
        await finished_batch(db.reading, promotion, batch_id)
    await Worker(db, reactions=[], kinds=JOBS).drain()
    found = await batch(db.reading, promotion, batch_id)
    assert (found.made, found.count, found.finished_at) == (count, count, clock.at)
    rows = await exported(db, promotion, batch_id)
    assert len({row["code"] for row in rows}) == len(rows) == count
    assert {row["uses"] for row in rows} == {"0"}
    assert all(row["code"].startswith("HELLO-") for row in rows)
    await sound(db)


async def test_each_code_of_a_batch_is_for_one_order(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, conditions={"code": True})
    batch_id = await started(db, promotion, 3)
    await make_codes(db, BatchDue(batch_id))
    codes = [row["code"] for row in await exported(db, promotion, batch_id)]
    assert await why(db, clock, *codes) == [None, "second", "second"]

    async def buy() -> bool:
        try:
            await given.reserve(db, use(promotion, code=codes[0].lower()))
        except PromotionUsedUp:
            return False
        return True

    assert sum(await asyncio.gather(*(buy() for _ in range(6)))) == 1
    assert await why(db, clock, *codes) == ["reserved", None, "second"]
    assert [row["uses"] for row in await exported(db, promotion, batch_id)] == ["1", "0", "0"]
    await db.transact(take_back_code, promotion, codes[1], at=clock.at)
    assert await why(db, clock, codes[1], codes[2]) == ["withdrawn", None]
    await sound(db)


async def test_a_batch_that_was_cut_short_goes_on_and_several_workers_make_no_more(dsn: str, clock: HeldClock) -> None:
    db = Database(dsn, before_commit=events.store)
    promotion = await given.published(db, conditions={"code": True})
    batch_id = await started(db, promotion, 3 * PIECE)
    cut = asyncio.create_task(make_codes(db, BatchDue(batch_id)))
    made = 0
    for _ in range(2_000):
        made = (await batch(db.reading, promotion, batch_id)).made
        if made:
            break
        await asyncio.sleep(0.005)
    cut.cancel()
    await asyncio.wait([cut])
    made = (await batch(db.reading, promotion, batch_id)).made
    assert 0 < made < 3 * PIECE
    await asyncio.gather(*(make_codes(db, BatchDue(batch_id)) for _ in range(3)))
    assert len(await exported(db, promotion, batch_id)) == 3 * PIECE
    await sound(db)
    await db.close()


async def test_a_code_that_there_is_already_is_made_once_more_with_other_letters(
    db: Database, clock: HeldClock
) -> None:
    promotion = await given.published(db, opened_by="7KQ2M9XW4TD")
    batch_id = await started(db, promotion, 2)
    drawn = iter([["7KQ2M9XW4TD", "22222222222"], ["33333333333", "33333333333"], ["44444444444"]])
    await make_codes(db, BatchDue(batch_id), draw=lambda _count: next(drawn))
    codes = [row["code"] for row in await exported(db, promotion, batch_id)]
    assert codes == ["3333-3333-333", "4444-4444-444"]


async def test_a_withdrawn_batch_opens_nothing_and_grows_no_more(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, conditions={"code": True})
    whole = await started(db, promotion, 1)
    await make_codes(db, BatchDue(whole))
    (row,) = await exported(db, promotion, whole)
    unmade = await started(db, promotion, 5)
    for batch_id in (whole, unmade):
        await db.transact(withdraw_batch, promotion, batch_id, at=clock.at)
    await make_codes(db, BatchDue(unmade))
    assert (await batch(db.reading, promotion, unmade)).made == 0
    assert await why(db, clock, row["code"]) == ["withdrawn"]
    other = await given.published(db, conditions={"code": True})
    with pytest.raises(NotFound):
        await batch_row(db.reading, other, whole)


@pytest.mark.nightly
async def test_a_million_codes_are_made_in_under_a_minute(dsn: str, clock: HeldClock) -> None:
    db = Database(dsn, before_commit=events.store)
    promotion = await given.published(db, conditions={"code": True})
    batch_id = await started(db, promotion, 1_000_000, "XMAS")
    begun = perf_counter()
    await make_codes(db, BatchDue(batch_id))
    seconds = perf_counter() - begun
    connection = await asyncpg.connect(dsn)
    sizes = await connection.fetchrow(
        "SELECT count(*) AS codes, pg_table_size('promotion_codes') / 1000000 AS table_mb, "
        "pg_relation_size('pk_promotion_codes') / 1000000 AS key_mb, "
        "pg_relation_size('uq_promotion_codes_batch_number') / 1000000 AS batch_mb FROM promotion_codes"
    )
    await connection.close()
    print(f"1,000,000 codes in {seconds:.1f} s: {dict(sizes or {})}")
    begun = perf_counter()
    lines = 0
    async for piece in csv_of(db.reading, await finished_batch(db.reading, promotion, batch_id)):
        lines += piece.count(b"\n")
    print(f"exported in {perf_counter() - begun:.1f} s")
    assert lines == 1_000_001
    assert seconds < 60
    await db.close()
