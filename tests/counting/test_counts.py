"""Counts: blind, scan by scan, in rounds, approved by somebody else, and correct while units move."""

import pytest

from commerce.counting import finish_count
from commerce.counting.errors import NeedsAnother, NotAllCounted, NothingToCount
from commerce.counting.facts import CountState as S, Outcome
from commerce.counting.named import Name
from commerce.counting.open_count import Wish, open_count
from commerce.counting.scan import Scan, Taken, take_scans
from commerce.inventory import Adjustment, Cause, Move, Spot, adjust, bind, move, sell_beyond
from commerce.inventory.facts import Place
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.ids import OrderId, new_id
from commerce.platform.database import Database
from tests.counting.world import counted, moved_by, opened, scanned, seen, shelf_of, short_of, somebody
from tests.given import catalog
from tests.given.inventory import hold, stock
from tests.inventory.world import places

SALE = Cause("sale", None, "terminal:test")


async def sell(db: Database, shelf: Place, units: int) -> None:
    """Units go from the shelf to somebody, as a till books it."""
    sold = [Move(shelf.variant_id, units, Spot.SHELF, shelf.location_id, Spot.CUSTOMER, None)]
    await db.transact(move, sold, SALE, f"sale:{new_id()}")


async def test_a_small_difference_is_booked_when_the_count_is_handed_in(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    count = await counted(db, somebody(), shelf, 8)
    assert (count.state, count.units_off, count.round) == (S.BOOKED, 2, 1)
    assert [(line.outcome, line.booked, line.short) for line in count.lines] == [(Outcome.BOOKED, -2, 0)]
    assert await shelf_of(db, shelf) == (8, 0)
    assert await moved_by(db, shelf, "count") == -2


async def test_what_is_sold_between_counting_and_booking_is_neither_lost_nor_doubled(
    db: Database, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    who = somebody()
    count = await opened(db, who, [shelf])
    await scanned(db, who, count, seen(shelf, 9))
    await sell(db, shelf, 3)
    await stock(db, {shelf: 5})
    booked = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert [line.booked for line in booked.lines] == [-1]
    assert await shelf_of(db, shelf) == (10 - 3 + 5 - 1, 0)


async def test_units_that_move_between_two_scans_of_an_article_have_it_counted_again(
    db: Database, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    who = somebody()
    count = await opened(db, who, [shelf])
    await scanned(db, who, count, seen(shelf, 5, total=False))
    await sell(db, shelf, 1)
    await scanned(db, who, count, seen(shelf, 5, total=False))
    again = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert (again.state, again.round, again.lines[0].counted) == (S.RECOUNTING, 2, None)
    assert await shelf_of(db, shelf) == (9, 0), "nothing was booked of a sum that nobody can explain"
    await scanned(db, who, again, seen(shelf, 9))
    booked = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert (booked.state, booked.lines[0].outcome) == (S.BOOKED, Outcome.AGREED)
    assert await shelf_of(db, shelf) == (9, 0)


async def test_a_scan_counts_once_however_often_it_is_sent(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 3})
    who = somebody()
    count = await opened(db, who, [shelf])
    scan = seen(shelf, 1, total=False)
    first = await scanned(db, who, count, scan, seen(shelf, 2, total=False))
    again = await scanned(db, who, count, scan)
    other = await scanned(db, who, count, Scan(id=scan.id, name=scan.name, units=7, total=False))
    assert [(each.taken, each.counted) for each in first] == [(Taken.ACCEPTED, 1), (Taken.ACCEPTED, 3)]
    assert [(each.taken, each.counted) for each in again] == [(Taken.REPEATED, 3)]
    assert [(each.taken, each.counted) for each in other] == [(Taken.DIFFERS, 3)]
    twice = await scanned(db, who, count, same := seen(shelf, 3), same)
    assert [(each.taken, each.counted) for each in twice] == [(Taken.ACCEPTED, 3), (Taken.REPEATED, 3)]


async def test_barcodes_and_skus_are_scanned_and_wrong_ones_are_told_while_good_ones_count(
    db: Database, clock: HeldClock
) -> None:
    [shelf, other] = await places(db, variants=2)
    coded = Place(await catalog.variant(db, sku="CUP-1", barcode="4006381333931"), shelf.location_id)
    await stock(db, {coded: 4, shelf: 1, other: 1})
    who = somebody()
    count = await opened(db, who, [coded, shelf])

    def scan(code: str, units: int = 1) -> Scan:
        return Scan(id=new_id(), name=Name(None, code), units=units, total=False)

    answers = await scanned(
        db, who, count, scan("4006381333931", 2), scan("cup-1", 1), scan("nobody's"), seen(other, 1), seen(shelf, 1)
    )
    assert [(each.taken, each.counted) for each in answers] == [
        (Taken.ACCEPTED, 2),
        (Taken.ACCEPTED, 3),
        (Taken.UNKNOWN_ARTICLE, None),
        (Taken.NOT_IN_COUNT, None),
        (Taken.ACCEPTED, 1),
    ]


async def test_a_line_beyond_the_limit_is_counted_again_until_two_rounds_agree(db: Database, clock: HeldClock) -> None:
    shelf, fine = await places(db, variants=2)
    await stock(db, {shelf: 20, fine: 5})
    who = somebody()
    count = await opened(db, who, [shelf, fine])
    await scanned(db, who, count, seen(shelf, 12), seen(fine, 5))
    count = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert (count.state, count.round) == (S.RECOUNTING, 2)
    assert {line.variant_id for line in count.lines if line.round == 2} == {shelf.variant_id}
    [refused] = await scanned(db, who, count, seen(fine, 9))
    assert refused.taken is Taken.NOT_IN_ROUND
    await sell(db, shelf, 2)
    await scanned(db, who, count, seen(shelf, 10))
    count = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert (count.state, count.units_off) == (S.BOOKED, 8), "the second round said the same: eight are missing"
    assert await shelf_of(db, shelf) == (10, 0)


async def test_a_count_beyond_its_limit_is_approved_by_somebody_who_did_not_count(
    db: Database, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 50})
    opener, counter, approver = somebody(), somebody(), somebody()
    count = await opened(db, opener, [shelf])
    for figure in (30, 30):
        await scanned(db, counter, count, seen(shelf, figure))
        count = await db.transact(finish_count.submit, opener, count.id, "refuse")
    assert (count.state, count.units_off) == (S.AWAITING_APPROVAL, 20)
    assert await shelf_of(db, shelf) == (50, 0)
    for one_of_them in (opener, counter):
        with pytest.raises(NeedsAnother):
            await db.transact(finish_count.approve, one_of_them, count.id)
    with pytest.raises(IllegalMove):
        await scanned(db, counter, count, seen(shelf, 31))
    await sell(db, shelf, 7)
    approved = await db.transact(finish_count.approve, approver, count.id)
    assert (approved.state, approved.decided_by) == (S.BOOKED, approver.principal)
    assert await shelf_of(db, shelf) == (50 - 20 - 7, 0)
    with pytest.raises(IllegalMove):
        await db.transact(finish_count.approve, approver, count.id)
    assert await moved_by(db, shelf, "count") == -20


async def test_an_approver_can_have_lines_counted_again(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 50})
    who, approver = somebody(), somebody()
    count = await opened(db, who, [shelf])
    for _ in range(2):
        await scanned(db, who, count, seen(shelf, 30))
        count = await db.transact(finish_count.submit, who, count.id, "refuse")
    count = await db.transact(finish_count.ask_again, approver, count.id, None)
    assert (count.state, count.round, count.lines[0].counted) == (S.RECOUNTING, 3, None)
    await scanned(db, who, count, seen(shelf, 49))
    count = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert count.state is S.BOOKED
    assert await shelf_of(db, shelf) == (49, 0)


async def test_a_shelf_that_was_corrected_since_it_was_counted_is_counted_again(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    who = somebody()
    count = await opened(db, who, [shelf])
    await scanned(db, who, count, seen(shelf, 8))
    await db.transact(adjust, [Adjustment(*shelf, delta=-2)], Cause("adjustment", new_id(), "staff:other"), "a:1")
    count = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert count.state is S.RECOUNTING
    assert await shelf_of(db, shelf) == (8, 0), "the two that are missing were not taken off twice"


async def test_what_is_counted_short_of_what_is_promised_becomes_a_shortage_that_names_the_orders(
    db: Database, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    order = OrderId(new_id())
    await db.transact(bind, await hold(db, [(*shelf, 6)]), order)
    who, approver = somebody(), somebody()
    count = await opened(db, who, [shelf])
    for _ in range(2):
        await scanned(db, who, count, seen(shelf, 4))
        count = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert (count.state, count.units_off) == (S.BOOKED, 6)
    assert [(line.booked, line.short) for line in count.lines] == [(-6, 2)]
    assert await shelf_of(db, shelf) == (6, 6)
    assert await short_of(db, shelf) == 2

    from commerce.counting import shortfalls

    [told] = await shortfalls.page(db.reading, approver, None, None, 10, resolved=False)
    assert (told.units, told.document_id) == (2, count.id)
    assert [(risk.kind, risk.id, risk.units) for risk in told.at_risk] == [("order", order, 6)]
    done = await db.transact(shortfalls.resolve_shortfall, approver, told.id, "asked the customer")
    assert done.resolved_by == approver.principal
    assert await shortfalls.page(db.reading, approver, None, None, 10, resolved=False) == []
    with pytest.raises(IllegalMove):
        await db.transact(shortfalls.resolve_shortfall, approver, told.id, "again")


async def test_a_hold_that_is_over_keeps_no_unit_from_being_counted_away(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 3})
    await hold(db, [(*shelf, 3)], minutes=5)
    clock.move(minutes=5)
    count = await counted(db, somebody(), shelf, 1)
    assert [(line.booked, line.short) for line in count.lines] == [(-2, 0)]
    assert await shelf_of(db, shelf) == (1, 0)
    assert await short_of(db, shelf) == 0


async def test_counting_after_a_sale_beyond_the_books_brings_shelf_and_shortage_to_what_is_there(
    db: Database, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 1})
    await db.transact(sell_beyond, [(*shelf, 3)], SALE, "offline:1")
    await stock(db, {shelf: 5})
    assert (await shelf_of(db, shelf), await short_of(db, shelf)) == ((5, 0), 2)
    count = await counted(db, somebody(), shelf, 4)
    assert [(line.expected, line.booked, line.short) for line in count.lines] == [(3, 1, 0)]
    assert (await shelf_of(db, shelf), await short_of(db, shelf)) == ((4, 0), 0)


async def test_of_two_counts_of_a_shelf_the_one_that_saw_it_later_stands(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    who = somebody()
    early, late = await opened(db, who, [shelf]), await opened(db, who, [shelf])
    await scanned(db, who, early, seen(shelf, 8))
    await sell(db, shelf, 1)
    await scanned(db, who, late, seen(shelf, 8))
    await db.transact(finish_count.submit, who, late.id, "refuse")
    assert await shelf_of(db, shelf) == (8, 0)
    after = await db.transact(finish_count.submit, who, early.id, "refuse")
    assert [(line.outcome, line.booked) for line in after.lines] == [(Outcome.SUPERSEDED, 0)]
    assert await shelf_of(db, shelf) == (8, 0)


async def test_two_counts_that_saw_the_same_shelf_book_its_difference_once(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    who = somebody()
    counts = [await opened(db, who, [shelf]) for _ in range(2)]
    for count in counts:
        await scanned(db, who, count, seen(shelf, 8))
    for count in counts:
        await db.transact(finish_count.submit, who, count.id, "refuse")
    assert await shelf_of(db, shelf) == (8, 0)


async def test_articles_that_nobody_scanned_are_told_left_out_or_none(db: Database, clock: HeldClock) -> None:
    shelf, there, gone = await places(db, variants=3)
    await stock(db, {shelf: 1, there: 2, gone: 2})
    who = somebody()
    count = await opened(db, who, [shelf, there])
    await scanned(db, who, count, seen(shelf, 1))
    with pytest.raises(NotAllCounted) as refused:
        await db.transact(finish_count.submit, who, count.id, "refuse")
    assert refused.value.facts["variant_ids"] == [there.variant_id]
    await db.transact(finish_count.submit, who, count.id, "leave_out")
    assert await shelf_of(db, there) == (2, 0)
    count = await opened(db, who, [shelf, gone])
    await scanned(db, who, count, seen(shelf, 1))
    await db.transact(finish_count.submit, who, count.id, "zero")
    assert await shelf_of(db, gone) == (0, 0)


async def test_a_shelf_is_counted_in_parts_and_what_lies_there_unheard_of_is_found(
    db: Database, clock: HeldClock
) -> None:
    shelves = sorted(await places(db, variants=5))
    await stock(db, dict.fromkeys(shelves[:4], 1))
    who = somebody()
    where = shelves[0].location_id
    first = await db.transact(open_count, who, Wish(location_id=where, most=3))
    assert [line.variant_id for line in first.lines] == [shelf.variant_id for shelf in shelves[:3]]
    assert first.through_variant_id == shelves[2].variant_id
    rest = await db.transact(
        open_count, who, Wish(location_id=where, most=3, after_variant_id=first.through_variant_id)
    )
    assert ([line.variant_id for line in rest.lines], rest.through_variant_id) == ([shelves[3].variant_id], None)
    [elsewhere] = await scanned(db, who, first, seen(shelves[4], 2))
    [found] = await scanned(db, who, rest, seen(shelves[4], 2))
    assert (elsewhere.taken, found.taken) == (Taken.NOT_IN_COUNT, Taken.ACCEPTED)
    done = await db.transact(finish_count.submit, who, rest.id, "leave_out")
    assert done.state is S.BOOKED
    assert await shelf_of(db, shelves[4]) == (2, 0)


async def test_a_count_is_opened_of_what_there_is_at_the_callers_locations(db: Database, clock: HeldClock) -> None:
    mine, other = await places(db, at=2)
    await stock(db, {mine: 1})
    who = somebody(mine.location_id)
    unknown = [Name(new_id(), None)]
    with pytest.raises(InvalidInput, match="location_id"):
        await db.transact(open_count, who, Wish(location_id=other.location_id))
    with pytest.raises(InvalidInput, match="location_id"):
        await db.transact(open_count, who, Wish(location_id=new_id()))
    with pytest.raises(InvalidInput, match="/articles/0"):
        await db.transact(open_count, who, Wish(location_id=mine.location_id, articles=unknown))
    with pytest.raises(NothingToCount):
        await db.transact(open_count, somebody(), Wish(location_id=other.location_id))
    count = await db.transact(open_count, somebody(), Wish(location_id=mine.location_id))
    stranger = somebody(other.location_id)
    with pytest.raises(NotFound):
        await db.transact(take_scans, stranger, count.id, [seen(mine, 1)])
    with pytest.raises(NotFound):
        await db.transact(finish_count.submit, stranger, count.id, "zero")


async def test_a_cancelled_count_books_nothing(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 3})
    who = somebody()
    count = await opened(db, who, [shelf])
    await scanned(db, who, count, seen(shelf, 1))
    await db.transact(finish_count.cancel, who, count.id)
    with pytest.raises(IllegalMove):
        await db.transact(finish_count.submit, who, count.id, "zero")
    assert await shelf_of(db, shelf) == (3, 0)
