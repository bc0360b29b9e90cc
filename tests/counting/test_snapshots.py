"""Snapshots of other systems: late, twice, out of order, while units move and are reserved."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from commerce.counting import finish_count, shortfalls
from commerce.counting.facts import Outcome
from commerce.counting.named import Name
from commerce.counting.snapshots import Applied, Said, Snapshot, apply_snapshot
from commerce.inventory import Cause, Move, Spot, bind, move
from commerce.inventory.facts import Place
from commerce.kernel import clock as time
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.ids import OrderId, new_id
from commerce.platform.database import Database
from tests.counting.world import opened, scanned, seen, shelf_of, short_of, somebody
from tests.given import catalog
from tests.given.inventory import hold, stock
from tests.inventory.world import places

ERP = somebody(kind="service")


def snapshot(taken_at: datetime, *lines: tuple[Place, int], sequence: int | None = None, **other: Any) -> Snapshot:
    """What the ERP says of the shelves of one location."""
    fields: dict[str, Any] = {
        "source": "erp",
        "location_id": lines[0][0].location_id,
        "lines": [(Name(shelf.variant_id, None), units) for shelf, units in lines],
        **other,
    }
    return Snapshot(taken_at=taken_at, sequence=sequence, **fields)


async def take(db: Database, said: Snapshot, *, dry_run: bool = False) -> Applied:
    """Takes a snapshot in."""
    return await db.transact(apply_snapshot, ERP, said, dry_run=dry_run)


async def sell(db: Database, shelf: Place, units: int) -> None:
    """Units leave the shelf now."""
    sold = [Move(shelf.variant_id, units, Spot.SHELF, shelf.location_id, Spot.CUSTOMER, None)]
    await db.transact(move, sold, Cause("sale", None, "terminal:test"), f"sale:{new_id()}")


async def test_a_late_snapshot_books_the_difference_of_its_instant_and_keeps_what_moved_since(
    db: Database, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    clock.move(minutes=1)
    taken_at = time.now()
    clock.move(minutes=1)
    await sell(db, shelf, 4)
    clock.move(minutes=1)
    await stock(db, {shelf: 6})
    clock.move(hours=2)
    applied = await take(db, snapshot(taken_at, (shelf, 9)))
    assert [(line.said, line.expected, line.difference, line.on_hand) for line in applied.lines] == [
        (Said.BOOKED, 10, -1, 11)
    ]
    assert await shelf_of(db, shelf) == (10 - 4 + 6 - 1, 0)


async def test_the_same_snapshot_again_changes_nothing_and_another_figure_in_it_is_told(
    db: Database, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    at = time.now()
    await take(db, snapshot(at, (shelf, 8), sequence=5))
    await sell(db, shelf, 1)
    for _ in range(3):
        [line] = (await take(db, snapshot(at, (shelf, 8), sequence=5))).lines
        assert (line.said, line.difference) == (Said.REPEATED, 0)
    [line] = (await take(db, snapshot(at, (shelf, 3), sequence=5))).lines
    assert (line.said, line.difference) == (Said.DIFFERS, 0)
    assert await shelf_of(db, shelf) == (7, 0)


@pytest.mark.parametrize("numbered", [True, False])
async def test_an_older_snapshot_than_the_last_one_of_its_source_is_ignored_with_a_word(
    db: Database, clock: HeldClock, numbered: bool
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    clock.move(minutes=1)
    old = snapshot(time.now(), (shelf, 7), sequence=1 if numbered else None)
    clock.move(minutes=1)
    new = snapshot(time.now(), (shelf, 9), sequence=2 if numbered else None)
    clock.move(minutes=1)
    await take(db, new)
    [line] = (await take(db, old)).lines
    assert (line.said, line.difference) == (Said.OLDER, 0)
    assert await shelf_of(db, shelf) == (9, 0)


async def test_two_sources_that_saw_the_same_loss_book_it_once(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    clock.move(minutes=1)
    first = snapshot(time.now(), (shelf, 8))
    clock.move(minutes=1)
    await sell(db, shelf, 1)
    clock.move(minutes=1)
    second = snapshot(time.now(), (shelf, 7), source="wms")
    clock.move(minutes=1)
    await take(db, first)
    [line] = (await take(db, second)).lines
    assert (line.said, line.expected, line.difference) == (Said.AGREED, 9, 0), "the loss was booked after that instant"
    [line] = (await take(db, snapshot(first.taken_at, (shelf, 2), source="wms-2"))).lines
    assert line.said is Said.SUPERSEDED
    assert await shelf_of(db, shelf) == (7, 0)


async def test_a_snapshot_from_before_a_count_changes_nothing_any_more(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    clock.move(minutes=1)
    early = snapshot(time.now(), (shelf, 8))
    clock.move(minutes=1)
    await sell(db, shelf, 1)
    who = somebody()
    count = await opened(db, who, [shelf])
    await scanned(db, who, count, seen(shelf, 7))
    clock.move(minutes=1)
    between = snapshot(time.now(), (shelf, 7), source="wms")
    clock.move(minutes=1)
    counted = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert [(line.outcome, line.booked) for line in counted.lines] == [(Outcome.BOOKED, -2)]
    [line] = (await take(db, early)).lines
    assert (line.said, line.difference) == (Said.SUPERSEDED, 0)
    [line] = (await take(db, between)).lines
    assert (line.said, line.difference) == (Said.AGREED, 0), "the count that was booked meanwhile said the same"
    assert await shelf_of(db, shelf) == (7, 0)


async def test_a_snapshot_below_what_is_reserved_leaves_the_shelf_at_that_and_names_the_orders(
    db: Database, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    order = OrderId(new_id())
    await db.transact(bind, await hold(db, [(*shelf, 6)]), order)
    [line] = (await take(db, snapshot(time.now(), (shelf, 4)))).lines
    assert (line.said, line.difference, line.on_hand, line.short) == (Said.BOOKED, -6, 6, 2)
    assert (await shelf_of(db, shelf), await short_of(db, shelf)) == ((6, 6), 2)
    [told] = await shortfalls.page(db.reading, somebody(), None, None, 10, resolved=False)
    assert (told.kind, told.units, [risk.id for risk in told.at_risk]) == ("snapshot", 2, [order])
    clock.move(minutes=1)
    [line] = (await take(db, snapshot(time.now(), (shelf, 4)))).lines
    assert (line.said, line.expected) == (Said.AGREED, 4), "the shortage is known, and not booked again"
    clock.move(minutes=1)
    [line] = (await take(db, snapshot(time.now(), (shelf, 9)))).lines
    assert (line.difference, line.on_hand) == (5, 9)
    assert (await shelf_of(db, shelf), await short_of(db, shelf)) == ((9, 6), 0)


async def test_a_dry_run_says_what_would_change_and_changes_nothing(db: Database, clock: HeldClock) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 10, b: 3})
    said = snapshot(time.now(), (a, 12), (b, 3))
    tried = await take(db, said, dry_run=True)
    assert tried.id is None
    assert [(line.said, line.difference) for line in tried.lines] == [(Said.BOOKED, 2), (Said.AGREED, 0)]
    assert await shelf_of(db, a) == (10, 0)
    assert (await take(db, said)).lines == tried.lines, "it left no trace: the same snapshot is still new"
    assert await shelf_of(db, a) == (12, 0)


async def test_lines_that_cannot_be_taken_are_told_while_the_others_go_in(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    coded = Place(await catalog.variant(db, sku="CUP-1", barcode="4006381333931"), shelf.location_id)
    said = Snapshot(
        source="erp",
        location_id=shelf.location_id,
        taken_at=time.now(),
        sequence=None,
        lines=[
            (Name(None, "nobody's"), 1),
            (Name(None, "cup-1"), 5),
            (Name(None, "4006381333931"), 6),
            (Name(new_id(), None), 7),
            (Name(shelf.variant_id, None), 0),
        ],
    )
    applied = await take(db, said)
    assert [(line.position, line.said, line.difference) for line in applied.lines] == [
        (0, Said.UNKNOWN_ARTICLE, 0),
        (1, Said.BOOKED, 5),
        (2, Said.NAMED_TWICE, 0),
        (3, Said.UNKNOWN_ARTICLE, 0),
        (4, Said.AGREED, 0),
    ]
    assert await shelf_of(db, coded) == (5, 0)


async def test_a_snapshot_of_no_location_of_theirs_or_of_another_age_is_refused(db: Database, clock: HeldClock) -> None:
    mine, other = await places(db, at=2)
    bound = somebody(mine.location_id, kind="service")
    with pytest.raises(InvalidInput, match="/location_id"):
        await db.transact(apply_snapshot, bound, snapshot(time.now(), (other, 1)), dry_run=False)
    for taken_at in (time.now() - timedelta(days=31, seconds=1), time.now() + timedelta(minutes=6)):
        with pytest.raises(InvalidInput, match="/taken_at"):
            await take(db, snapshot(taken_at, (mine, 1)))
    [line] = (await take(db, snapshot(time.now() + timedelta(minutes=4), (mine, 1)))).lines
    assert line.said is Said.BOOKED


async def test_a_thousand_lines_are_one_call(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    shelves = [Place(variant, shelf.location_id) for variant in await catalog.variants(db, 1_000)]
    before = db.statements
    applied = await take(db, snapshot(time.now(), *((each, 3) for each in shelves)))
    assert [line.difference for line in applied.lines] == [3] * 1_000
    assert db.statements - before < 30, "as many statements as for one line"
