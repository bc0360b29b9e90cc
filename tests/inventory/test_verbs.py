"""What the verbs do to levels, movements and reservations, one caller at a time."""

from datetime import timedelta

import pytest

from commerce.inventory import (
    Adjustment,
    AlreadyStocked,
    BelowReserved,
    Cause,
    EffectDiffers,
    HoldDiffers,
    HoldExpired,
    InsufficientStock,
    Level,
    NotReserved,
    StockMoved,
    adjust,
    bind,
    consume,
    free_all_expired,
    levels,
    receive,
    release,
    set_initial,
)
from commerce.inventory.facts import Place
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.ids import HoldId, LocationId, OrderId, VariantId, new_id
from commerce.platform.database import Database
from tests.given.inventory import hold, stock
from tests.inventory.world import places

STAFF = Cause("adjustment", None, "staff:test", "counted")
ORDER = Cause("order", None, "system")


async def level(db: Database, place: Place) -> tuple[int, int, int]:
    """On hand, reserved, available."""
    [found] = await levels(db.reading, [place.variant_id], [place.location_id])
    return found.on_hand, found.reserved, found.available


async def test_units_are_kept_bound_and_handed_over(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 5})
    order = OrderId(new_id())

    kept = await hold(db, [(*shelf, 2)])
    assert await level(db, shelf) == (5, 2, 3)
    await db.transact(bind, kept, order)
    clock.move(days=3)
    assert await level(db, shelf) == (5, 2, 3)
    await db.transact(consume, order, [(*shelf, 2)], ORDER, "hand-over:1")
    assert await level(db, shelf) == (3, 0, 3)


async def test_a_basket_is_kept_as_a_whole_or_not_at_all_and_is_told_what_is_short(
    db: Database, clock: HeldClock
) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 5, b: 1})
    with pytest.raises(InsufficientStock) as refused:
        await hold(db, [(*a, 1), (*b, 2)])
    [short] = refused.value.short
    assert (short.variant_id, short.requested, short.available) == (b.variant_id, 2, 1)
    assert await level(db, a) == (5, 0, 5)


async def test_lines_of_one_article_are_summed_before_they_are_judged(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 3})
    with pytest.raises(InsufficientStock) as refused:
        await hold(db, [(*shelf, 2), (*shelf, 2)])
    assert refused.value.short[0].requested == 4


async def test_what_has_no_level_cannot_be_kept(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    with pytest.raises(InsufficientStock) as refused:
        await hold(db, [(*shelf, 1)])
    assert refused.value.short[0].available == 0


async def test_the_same_hold_again_keeps_nothing_more(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 2})
    kept = await hold(db, [(*shelf, 2)])
    assert await hold(db, [(*shelf, 2)], hold_id=kept) == kept
    assert await level(db, shelf) == (2, 2, 0)
    with pytest.raises(HoldDiffers):
        await hold(db, [(*shelf, 1)], hold_id=kept)


async def test_an_expired_hold_is_counted_nowhere_and_freed_by_whoever_meets_it(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 1})
    kept = await hold(db, [(*shelf, 1)], minutes=15)
    clock.move(minutes=15)
    assert await level(db, shelf) == (1, 0, 1)
    await hold(db, [(*shelf, 1)])
    assert await level(db, shelf) == (1, 1, 0)
    with pytest.raises(HoldExpired):
        await db.transact(bind, kept, OrderId(new_id()))
    with pytest.raises(HoldExpired):
        await hold(db, [(*shelf, 1)], hold_id=kept)


async def test_a_hold_that_is_over_cannot_be_bound_even_if_nobody_freed_it(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 1})
    kept = await hold(db, [(*shelf, 1)], minutes=15)
    clock.move(minutes=15)
    with pytest.raises(HoldExpired):
        await db.transact(bind, kept, OrderId(new_id()))


async def test_a_hold_is_bound_once_and_to_one_order(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 1})
    kept, order = await hold(db, [(*shelf, 1)]), OrderId(new_id())
    await db.transact(bind, kept, order)
    clock.move(days=1)
    await db.transact(bind, kept, order)
    with pytest.raises(HoldExpired):
        await db.transact(bind, kept, OrderId(new_id()))
    with pytest.raises(HoldExpired):
        await db.transact(bind, HoldId(new_id()), order)
    assert await level(db, shelf) == (1, 1, 0)


async def test_a_hold_of_which_a_part_was_freed_cannot_be_bound(db: Database, clock: HeldClock) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 1, b: 1})
    kept = await hold(db, [(*a, 1), (*b, 1)], minutes=1)
    clock.move(minutes=1)
    await hold(db, [(*a, 1)])
    clock.move(minutes=-1)
    with pytest.raises(HoldExpired):
        await db.transact(bind, kept, OrderId(new_id()))
    clock.move(minutes=1)
    await free_all_expired(db)
    assert await level(db, b) == (1, 0, 1)


async def test_what_is_released_can_be_had_by_others_and_releasing_again_changes_nothing(
    db: Database, clock: HeldClock
) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 3, b: 3})
    order = OrderId(new_id())
    await db.transact(bind, await hold(db, [(*a, 2), (*b, 2)]), order)
    await db.transact(release, order, [(*a, 1)], ORDER)
    assert await level(db, a) == (3, 1, 2)
    for _ in range(2):
        await db.transact(release, order, None, ORDER)
        assert await level(db, a) == (3, 0, 3)
        assert await level(db, b) == (3, 0, 3)
    with pytest.raises(NotReserved):
        await db.transact(release, order, [(*a, 1)], ORDER)


async def test_a_hold_can_be_released_before_it_is_bound(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 1})
    kept = await hold(db, [(*shelf, 1)])
    await db.transact(release, kept, None, ORDER)
    assert await level(db, shelf) == (1, 0, 1)
    with pytest.raises(HoldExpired):
        await db.transact(bind, kept, OrderId(new_id()))


async def test_only_what_was_kept_for_an_order_leaves_the_shelf_for_it(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 9})
    order = OrderId(new_id())
    await db.transact(bind, await hold(db, [(*shelf, 2)]), order)
    await db.transact(bind, await hold(db, [(*shelf, 3)]), order)
    with pytest.raises(NotReserved):
        await db.transact(consume, order, [(*shelf, 6)], ORDER, "ship:1")
    await db.transact(consume, order, [(*shelf, 4)], ORDER, "ship:2")
    assert await level(db, shelf) == (5, 1, 4)


async def test_an_effect_key_moves_units_once(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    for _ in range(2):
        await db.transact(receive, [(*shelf, 4)], ORDER, "receipt:7")
    assert await level(db, shelf) == (4, 0, 4)
    order = OrderId(new_id())
    await db.transact(bind, await hold(db, [(*shelf, 2)]), order)
    for _ in range(2):
        await db.transact(consume, order, [(*shelf, 2)], ORDER, "ship:7")
    assert await level(db, shelf) == (2, 0, 2)
    with pytest.raises(EffectDiffers):
        await db.transact(receive, [(*shelf, 5)], ORDER, "receipt:7")
    assert await level(db, shelf) == (2, 0, 2)


async def test_initial_stock_is_booked_where_nothing_ever_moved(db: Database, clock: HeldClock) -> None:
    a, b = await places(db, variants=2)
    [first] = await db.transact(set_initial, [(*a, 4)], STAFF, "import:1")
    assert first == Level(*a, 4, 0, 4)
    with pytest.raises(AlreadyStocked):
        await db.transact(set_initial, [(*a, 4), (*b, 1)], STAFF, "import:2")
    assert await levels(db.reading, [b.variant_id]) == []


async def test_shelves_are_corrected_by_a_difference_or_to_what_was_counted(db: Database, clock: HeldClock) -> None:
    a, b, c = await places(db, variants=3)
    await stock(db, {a: 5, b: 5})
    lines = [
        Adjustment(*a, delta=-2),
        Adjustment(*b, counted=7, expected=5),
        Adjustment(*c, counted=0, expected=0),
    ]
    after = await db.transact(adjust, lines, STAFF, "count:1")
    assert after == [Level(*a, 3, 0, 3), Level(*b, 7, 0, 7), Level(*c, 0, 0, 0)]
    assert await db.transact(adjust, lines, STAFF, "count:1") == after


async def test_a_count_is_refused_when_units_moved_meanwhile(db: Database, clock: HeldClock) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 5, b: 5})
    lines = [Adjustment(*a, delta=1), Adjustment(*b, counted=3, expected=4)]
    with pytest.raises(StockMoved, match="5 units"):
        await db.transact(adjust, lines, STAFF, "count:1")
    assert await level(db, a) == (5, 0, 5)


async def test_a_shelf_is_never_corrected_below_what_is_promised_from_it(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 5})
    await hold(db, [(*shelf, 3)], minutes=15)
    with pytest.raises(BelowReserved, match="3 that are reserved"):
        await db.transact(adjust, [Adjustment(*shelf, delta=-3)], STAFF, "loss:1")
    clock.move(minutes=15)
    await db.transact(adjust, [Adjustment(*shelf, delta=-3)], STAFF, "loss:1")
    assert await level(db, shelf) == (2, 0, 2)
    with pytest.raises(BelowReserved):
        await db.transact(adjust, [Adjustment(*shelf, delta=-3)], STAFF, "loss:2")


async def test_an_adjustment_says_how_much(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    for vague in (Adjustment(*shelf), Adjustment(*shelf, counted=1), Adjustment(*shelf, expected=1)):
        with pytest.raises(InvalidInput):
            await db.transact(adjust, [vague], STAFF, "count:1")
    with pytest.raises(InvalidInput):
        await db.transact(adjust, [Adjustment(*shelf, delta=1), Adjustment(*shelf, delta=1)], STAFF, "count:2")


async def test_stock_of_what_does_not_exist_is_refused(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    with pytest.raises(InvalidInput, match="article"):
        await db.transact(receive, [(VariantId(new_id()), shelf.location_id, 1)], ORDER, "receipt:1")
    with pytest.raises(InvalidInput, match="location"):
        await db.transact(receive, [(shelf.variant_id, LocationId(new_id()), 1)], ORDER, "receipt:1")


async def test_the_job_frees_expired_holds_on_rows_that_nobody_asks_for(db: Database, clock: HeldClock) -> None:
    shelves = await places(db, variants=3, at=2)
    await stock(db, dict.fromkeys(shelves, 2))
    await hold(db, [(*shelf, 1) for shelf in shelves], minutes=5)
    await hold(db, [(*shelves[0], 1)], minutes=10)
    clock.at += timedelta(minutes=5)
    assert await free_all_expired(db) == 6
    assert await free_all_expired(db) == 0
    assert await level(db, shelves[0]) == (2, 1, 1)


async def test_a_hold_is_its_ids_wherever_its_units_are(db: Database, clock: HeldClock) -> None:
    a, b, c = await places(db, variants=3)
    await stock(db, {a: 5, b: 5, c: 5})
    kept = await hold(db, [(*a, 1), (*b, 1)])
    for other in ([(*c, 1)], [(*a, 1)], [(*a, 1), (*b, 1), (*c, 1)], [(*a, 2), (*c, 9)]):
        with pytest.raises(HoldDiffers):
            await hold(db, other, hold_id=kept)
    assert [await level(db, shelf) for shelf in (a, b, c)] == [(5, 1, 4), (5, 1, 4), (5, 0, 5)]
    await db.transact(bind, kept, OrderId(new_id()))
    assert await hold(db, [(*a, 1), (*b, 1)], hold_id=kept) == kept
    await stock(db, {c: 1})
    assert await level(db, a) == (5, 1, 4)
