"""The proof finds what was changed past the program, page by page and at night; a repair books what makes the books agree, once."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from sqlalchemy import select

from commerce.inventory import (
    Adjustment,
    Cause,
    Move,
    Spot,
    adjust,
    bind,
    book_repairs,
    consume,
    levels,
    move,
    release,
    show_repairs,
)
from commerce.inventory.audit import CHECKS
from commerce.inventory.facts import Place
from commerce.inventory.jobs import JOBS
from commerce.inventory.prove import FIRST, LAST, prove_all, prove_next
from commerce.inventory.tables import stock_movements, stock_proofs, stock_repairs
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import OrderId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from tests.given.inventory import hold as keep, stock
from tests.inventory.world import places

STAFF = Cause("adjustment", None, "staff:test", "counted")
REPAIRS = Statement(select(stock_repairs))
BOOKED = Statement(select(stock_movements).where(stock_movements.c.document_kind == "repair"))
Tamper = Callable[[str], Awaitable[None]]


@pytest.fixture
async def tamper(dsn: str) -> Tamper:
    """Changes the database past the program."""

    async def change(sql: str) -> None:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    return change


async def broken(db: Database) -> set[str]:
    return {finding.name for finding in await run_checks(db.reading, CHECKS) if finding.rows}


async def walked(db: Database, limit: int) -> tuple[int, int]:
    """Pages of the proof, and the rows that they found."""
    pages, rows, after = 0, 0, FIRST
    while after != LAST:
        proven = await prove_next(db.reading, after, limit)
        pages, rows, after = pages + 1, rows + sum(finding.rows for finding in proven.findings), proven.until
    return pages, rows


async def shop(db: Database) -> list[Place]:
    """Five articles at two places, some of them held, sold, damaged and given back."""
    shelves = await places(db, variants=5, at=2)
    await stock(db, dict.fromkeys(shelves, 9))
    for shelf in shelves[:3]:
        order = OrderId(new_id())
        await db.transact(bind, await keep(db, [(*shelf, 4)]), order)
        await db.transact(consume, order, [(*shelf, 2)], STAFF, f"ship:{order}")
        await db.transact(release, order, [(*shelf, 1)], STAFF)
        moved = Move(shelf.variant_id, 1, Spot.SHELF, shelf.location_id, Spot.DAMAGED, shelf.location_id)
        await db.transact(move, [moved], STAFF, f"broken:{order}")
    return shelves


async def test_pages_of_the_proof_find_each_fault_once(db: Database, clock: HeldClock, tamper: Tamper) -> None:
    shelves = await shop(db)
    assert await walked(db, 2) == (3, 0)
    await tamper(
        f"UPDATE stock_levels SET on_hand = on_hand + 1 WHERE variant_id IN ('{shelves[0][0]}', '{shelves[8][0]}')"
    )
    # Two articles at two places each: four levels that their movements do not explain, two sums of the company that nothing brought in.
    for limit in (1, 2, 5, 100):
        assert (await walked(db, limit))[1] == 4 + 2


async def test_rows_of_an_article_without_a_level_are_proven_too(
    db: Database, clock: HeldClock, tamper: Tamper
) -> None:
    await shop(db)
    for variant in ("00000000-0000-0000-0000-000000000001", "ffffffff-ffff-ffff-ffff-fffffffffffe"):
        await tamper(f"INSERT INTO unrouted_demand VALUES (gen_random_uuid(), '{variant}', 3)")
    assert [await walked(db, limit) for limit in (2, 5, 100)] == [(3, 2), (2, 2), (1, 2)]


async def test_what_the_night_found_is_kept(db: Database, clock: HeldClock, tamper: Tamper) -> None:
    [_, nightly] = JOBS
    assert nightly.flow is not None
    await shop(db)
    await nightly.flow(db, None)
    await tamper("UPDATE stock_levels SET reserved = reserved + 1")
    clock.move(days=1)
    proof = await prove_all(db)
    assert (proof.articles, proof.broken) == (5, 10)
    assert [(finding.code, finding.rows) for finding in proof.findings] == [("G7", 10)]
    kept = await db.reading.fetch(Statement(select(stock_proofs).order_by(stock_proofs.c.began_at)))
    assert [(row["id"] == proof.id, row["broken"]) for row in kept] == [(False, 0), (True, 10)]


async def test_a_proof_beside_a_working_shop_finds_nothing(db: Database, clock: HeldClock) -> None:
    shelves = await shop(db)
    working = True

    async def work(number: int) -> None:
        while working:
            lines = [Adjustment(*shelf, delta=1) for shelf in shelves[number::3]]
            await db.transact(adjust, lines, STAFF, f"fix:{new_id()}")

    workers = [asyncio.create_task(work(number)) for number in range(3)]
    found = [await walked(db, 2) for _ in range(5)]
    working = False
    await asyncio.gather(*workers)
    assert found == [(3, 0)] * 5


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ("UPDATE stock_levels SET on_hand = on_hand + 3", 10),
        ("UPDATE stock_levels SET on_hand = on_hand - 1", 10),
        ("UPDATE stock_balances SET units = units + 2", 3),
        ("DELETE FROM stock_balances", 3),
        ("UPDATE stock_levels SET reserved = reserved + 1", 10),
        ("UPDATE stock_levels SET reserved = 0", 3),
        ("ALTER TABLE reservation_endings DISABLE TRIGGER USER; DELETE FROM reservation_endings", 6),
    ],
)
async def test_a_repair_shows_what_it_would_book_then_books_it_once(
    db: Database, clock: HeldClock, tamper: Tamper, fault: str, times: int
) -> None:
    shelves = await shop(db)
    await tamper(fault)
    before = await levels(db.reading, {shelf.variant_id for shelf in shelves})
    assert await broken(db)
    shown = await show_repairs(db)
    assert len(shown) == times
    assert all(each.possible for each in shown)
    assert await db.reading.fetch(REPAIRS) == []

    booked = await asyncio.gather(*(book_repairs(db, "staff:boss") for _ in range(3)))
    assert sum(len(each) for each in booked) == times, "however many repair at once"
    assert await broken(db) == set()
    assert await show_repairs(db) == await book_repairs(db, "staff:boss") == []
    kept = await db.reading.fetch(REPAIRS)
    assert len(kept) == times
    assert {(row["held"], row["told"]) for row in kept} == {(each.held, each.told) for each in shown}
    for row in await db.reading.fetch(BOOKED):
        assert (row["other_spot"], row["actor"]) == ("shrinkage", "staff:boss")
        assert row["document_id"] in {each["id"] for each in kept}
    after = await levels(db.reading, {shelf.variant_id for shelf in shelves})
    assert [each.on_hand for each in after] == [each.on_hand for each in before], "what stands on a shelf stays"


@pytest.mark.parametrize(
    "fault",
    [
        "ALTER TABLE reservation_endings DISABLE TRIGGER USER; UPDATE reservation_endings SET quantity = quantity + 1",
        "UPDATE stock_levels SET on_hand = 0, reserved = 0",
    ],
)
async def test_what_only_a_person_can_tell_is_left_and_shown(
    db: Database, clock: HeldClock, tamper: Tamper, fault: str
) -> None:
    await shop(db)
    await tamper(fault)
    left = [each for each in await book_repairs(db, "staff:boss") if not each.possible]
    assert left
    assert [(each.what, each.held, each.told) for each in await show_repairs(db)] == [
        (each.what, each.held, each.told) for each in left
    ]
