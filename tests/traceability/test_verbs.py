"""What comes, leaves, goes elsewhere, comes back and is counted: the books of lots and numbers beside those of stock."""

from datetime import date

import pytest

from commerce.inventory import Cause, EffectDiffers, Move, Spot, move
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.ids import OrderLineId, new_id
from commerce.platform.database import Database, Tx
from commerce.traceability import (
    Left,
    LotDiffers,
    LotExpired,
    LotNeeded,
    LotShort,
    NotSoldWithLine,
    Returned,
    SerialElsewhere,
    SerialNeeded,
    SerialUnknown,
    Standing,
    Tagged,
    Traced,
    came,
    expired,
    follow,
    left,
    pick_lots,
    tracking,
)
from tests.given import catalog
from tests.given.inventory import stock
from tests.traceability.seen import history, in_order, refused
from tests.traceability.world import (
    CAUSE,
    SALE,
    article,
    bring,
    carry,
    give_back,
    key,
    lot,
    lots,
    numbered,
    sell,
    serials,
    store,
)

MARCH_9, MARCH_10, MARCH_11, APRIL = date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 11), date(2026, 4, 1)


def taken(found: list[Traced]) -> dict[str | None, int]:
    return {each.lot or each.serial: each.quantity for each in found}


async def test_an_article_that_asks_for_nothing_costs_one_statement_and_leaves_nothing(
    db: Database, clock: HeldClock
) -> None:
    plain, here = await catalog.variant(db), await store(db)
    await stock(db, {(plain, here): 5})
    before = db.statements
    assert await db.transact(came, here, [lot(plain, 5, "A")], CAUSE, "k1") == []
    assert await db.transact(left, here, [Left(plain, 2, serials=["1", "2"])], SALE, "k2") == []
    assert db.statements - before == 2
    assert await lots(db) == []
    assert await tracking(db.reading, [plain]) == {plain: "none"}
    assert await in_order(db)


async def test_lots_leave_by_their_dates_and_never_after_their_last_day(db: Database, clock: HeldClock) -> None:
    milk, here = await article(db), await store(db)
    await bring(
        db,
        here,
        lot(milk, 2, "never"),
        lot(milk, 3, "old", MARCH_9),
        lot(milk, 2, "today", MARCH_10),
        lot(milk, 4, "late", APRIL),
    )
    assert [(each.lot, each.quantity) for each in await pick_lots(db.reading, here, [(milk, 5)])] == [
        ("today", 2),
        ("late", 3),
    ]
    assert taken(await sell(db, here, Left(milk, 3))) == {"today": 2, "late": 1}
    assert await refused(sell(db, here, Left(milk, 6))) is LotExpired
    assert await refused(sell(db, here, Left(milk, 1, lot="old"))) is LotExpired
    assert await expired(db.reading, [milk]) == {here: {milk: 3}}
    assert taken(await sell(db, here, Left(milk, 1), expired=True)) == {"old": 1}
    assert await lots(db) == [("shelf", "late", 3), ("shelf", "never", 2), ("shelf", "old", 2)]
    assert await in_order(db)


async def test_the_last_day_ends_at_midnight_of_the_place(db: Database, clock: HeldClock) -> None:
    milk, madrid, canary = await article(db), await store(db), await store(db, "arrecife", "Atlantic/Canary")
    for here in (madrid, canary):
        await bring(db, here, lot(milk, 2, "A", MARCH_10))
    clock.move(hours=12, minutes=59, seconds=59)
    assert taken(await sell(db, madrid, Left(milk, 1))) == {"A": 1}
    clock.move(seconds=1)
    assert await refused(sell(db, madrid, Left(milk, 1))) is LotExpired
    assert await pick_lots(db.reading, madrid, [(milk, 1)]) == []
    assert taken(await sell(db, canary, Left(milk, 1))) == {"A": 1}, "an hour of the day is left there"
    assert await expired(db.reading, [milk]) == {madrid: {milk: 1}}


async def test_a_lot_needs_its_name_its_date_where_asked_and_keeps_it(db: Database, clock: HeldClock) -> None:
    milk, here = await article(db, dated=True), await store(db)
    nameless = lot(milk, 1, "A", APRIL)._replace(lot=None)
    assert await refused(bring(db, here, nameless)) is LotNeeded
    assert await refused(bring(db, here, lot(milk, 1, "A"))) is LotNeeded
    await bring(db, here, lot(milk, 1, "A", APRIL))
    await bring(db, here, lot(milk, 1, "A"))
    assert await refused(bring(db, here, lot(milk, 1, "A", MARCH_11))) is LotDiffers
    assert await refused(bring(db, here, lot(milk, 1, "B", APRIL), lot(milk, 1, "B", MARCH_11))) is LotDiffers
    assert await lots(db) == [("shelf", "A", 2)]
    assert await in_order(db)


async def test_more_than_the_lots_hold_does_not_leave(db: Database, clock: HeldClock) -> None:
    milk, here = await article(db), await store(db)
    await bring(db, here, lot(milk, 2, "A"), lot(milk, 1, "B"))
    assert await refused(sell(db, here, Left(milk, 3, lot="A"))) is LotShort
    assert await refused(sell(db, here, Left(milk, 1, lot="C"))) is LotShort
    assert await lots(db) == [("shelf", "A", 2), ("shelf", "B", 1)]
    assert await in_order(db)


async def test_the_same_effect_key_moves_once_and_says_the_same(db: Database, clock: HeldClock) -> None:
    milk, phone, here = await article(db), await article(db, "serial"), await store(db)
    goods = [lot(milk, 2, "A", MARCH_11), lot(milk, 2, "B"), numbered(phone, "1", "2")]
    first = await bring(db, here, *goods, effect_key="in")
    assert await bring(db, here, *goods, effect_key="in") == first
    line = OrderLineId(new_id())
    gone = [Left(milk, 3), Left(phone, 1, serials=["2"])]
    sold = await sell(db, here, *gone, effect_key="out", of=[line, line])
    assert taken(sold) == {"A": 2, "B": 1, "2": 1}
    assert await sell(db, here, *gone, effect_key="out", of=[line, line]) == sold
    assert await lots(db) == [("shelf", "B", 1)]
    other = db.transact(left, here, [Left(phone, 1, serials=["1"])], SALE, "out")
    assert await refused(other) is EffectDiffers
    assert await refused(db.transact(left, here, [Left(milk, 3, lot="B")], SALE, "out")) is EffectDiffers
    assert await refused(db.transact(came, here, [lot(milk, 4, "A")], CAUSE, "in")) is EffectDiffers
    assert await in_order(db)


async def test_serial_numbers_are_one_for_each_unit(db: Database, clock: HeldClock) -> None:
    phone, here = await article(db, "serial"), await store(db)
    assert await refused(bring(db, here, numbered(phone, "1")._replace(quantity=2))) is SerialNeeded
    assert await refused(bring(db, here, numbered(phone, "1", "1"))) is InvalidInput
    await bring(db, here, numbered(phone, "1", "2"))
    assert await refused(bring(db, here, numbered(phone, "2"))) is SerialElsewhere
    assert await refused(sell(db, here, Left(phone, 1))) is SerialNeeded
    assert await refused(sell(db, here, Left(phone, 1, serials=["3"]))) is SerialUnknown
    assert list(await serials(db)) == ["1", "2"], "what was refused left no number behind"
    assert await in_order(db)


async def test_a_number_is_sold_once_and_only_where_it_is(db: Database, clock: HeldClock) -> None:
    phone, here, there = await article(db, "serial"), await store(db), await store(db, "sants")
    await bring(db, here, numbered(phone, "1"))
    await bring(db, there, numbered(phone, "2"))
    line = OrderLineId(new_id())
    assert await refused(sell(db, here, Left(phone, 1, serials=["2"]))) is SerialElsewhere
    await sell(db, here, Left(phone, 1, serials=["1"]), of=[line])
    assert await refused(sell(db, there, Left(phone, 1, serials=["1"]))) is SerialElsewhere
    assert await refused(bring(db, here, numbered(phone, "1"))) is SerialElsewhere, "it has to be returned"
    assert await serials(db) == {"1": ("customer", here, line), "2": ("shelf", there, None)}
    assert await in_order(db)


async def test_a_number_comes_back_with_its_order_line_wherever(db: Database, clock: HeldClock) -> None:
    phone, here, there = await article(db, "serial"), await store(db), await store(db, "sants")
    mine, others = OrderLineId(new_id()), OrderLineId(new_id())
    await bring(db, here, numbered(phone, "1", "2", "3"))
    await sell(db, here, Left(phone, 1, serials=["1"]), Left(phone, 1, serials=["2"]), of=[mine, others])
    assert await refused(give_back(db, there, Returned(phone, 1, mine, ["3"]))) is NotSoldWithLine
    assert await refused(give_back(db, there, Returned(phone, 1, mine, ["2"]))) is NotSoldWithLine
    assert await refused(give_back(db, there, Returned(phone, 1, mine, ["9"]))) is SerialUnknown
    assert await refused(give_back(db, there, Returned(phone, 1, mine))) is SerialNeeded
    [back] = await give_back(db, there, Returned(phone, 1, mine, ["1"]))
    assert (back.serial, back.order_line_id) == ("1", mine)
    [unknown] = await give_back(db, there, Returned(phone, 1, None, ["2"]))
    assert unknown.order_line_id == others, "the number knows its order line"
    assert await refused(give_back(db, there, Returned(phone, 1, mine, ["1"]))) is NotSoldWithLine
    assert (await serials(db))["1"] == ("shelf", there, None)
    assert await history(db, "1") == [(1, "shelf", "supplier"), (-1, "shelf", "customer"), (1, "shelf", "customer")]
    assert await in_order(db)


async def test_lots_come_back_as_they_left_with_their_order_line(db: Database, clock: HeldClock) -> None:
    milk, here = await article(db), await store(db)
    mine, others = OrderLineId(new_id()), OrderLineId(new_id())
    await bring(db, here, lot(milk, 2, "A", MARCH_11), lot(milk, 5, "B", APRIL))
    await sell(db, here, Left(milk, 3), Left(milk, 1), of=[mine, others])
    assert await refused(give_back(db, here, Returned(milk, 2, mine, lot="B"))) is NotSoldWithLine
    assert await refused(give_back(db, here, Returned(milk, 4, mine))) is NotSoldWithLine
    assert await refused(give_back(db, here, Returned(milk, 2, mine), Returned(milk, 2, mine))) is NotSoldWithLine
    assert await refused(give_back(db, here, Returned(milk, 1, None))) is LotNeeded
    assert await refused(give_back(db, here, Returned(milk, 1, None, lot="C"))) is NotSoldWithLine
    assert taken(await give_back(db, here, Returned(milk, 1, mine, lot="B"))) == {"B": 1}
    assert taken(await give_back(db, here, Returned(milk, 2, mine), effect_key="back")) == {"A": 2}
    assert taken(await give_back(db, here, Returned(milk, 2, mine), effect_key="back")) == {"A": 2}
    assert await refused(give_back(db, here, Returned(milk, 1, mine))) is NotSoldWithLine
    assert taken(await give_back(db, here, Returned(milk, 1, None, lot="B"))) == {"B": 1}
    assert await lots(db) == [("shelf", "A", 2), ("shelf", "B", 5)]
    assert await in_order(db)


async def test_a_transfer_keeps_lots_and_numbers(db: Database, clock: HeldClock) -> None:
    milk, phone = await article(db), await article(db, "serial")
    a, b = await store(db), await store(db, "sants")
    one, two = Cause("transfer", new_id(), "staff:test"), Cause("transfer", new_id(), "staff:test")
    await bring(db, a, lot(milk, 3, "A", MARCH_11), lot(milk, 5, "B", APRIL), numbered(phone, "1", "2", "3"))
    truck, shelf = Standing(b, Spot.IN_TRANSIT), Standing(b)
    sent = await carry(db, Standing(a), truck, Left(milk, 4, lot="B"), Left(phone, 2, ["1", "3"]), cause=one)
    assert taken(sent) == {"B": 4, "1": 1, "3": 1}
    assert taken(await carry(db, Standing(a), truck, Left(milk, 2), cause=two)) == {"A": 2}
    assert await refused(sell(db, a, Left(phone, 1, serials=["1"]))) is SerialElsewhere
    assert await refused(db.transact(left, b, [Left(phone, 1, serials=["1"])], SALE, key())) is SerialElsewhere
    arrived = await carry(db, truck, shelf, Left(milk, 3), cause=one, effect_key="arrives")
    assert taken(arrived) == {"B": 3}, "what this transfer sent, although another lot expires earlier"
    assert await carry(db, truck, shelf, Left(milk, 3), cause=one, effect_key="arrives") == arrived
    assert await refused(carry(db, truck, shelf, Left(phone, 1), cause=one)) is SerialNeeded
    numbers = await carry(db, truck, shelf, Left(phone, 2), cause=one, effect_key="all")
    assert taken(numbers) == {"1": 1, "3": 1}
    assert await carry(db, truck, shelf, Left(phone, 2), cause=one, effect_key="all") == numbers
    clock.move(days=30)
    assert taken(await carry(db, truck, shelf, Left(milk, 2), cause=two)) == {"A": 2}, "what expired on its way arrives"
    assert await lots(db, a) == [("shelf", "A", 1), ("shelf", "B", 1)]
    assert await lots(db, b) == [("in_transit", "B", 1), ("shelf", "A", 2), ("shelf", "B", 3)]
    assert await history(db, "1") == [
        (1, "shelf", "supplier"),
        (-1, "shelf", "in_transit"),
        (1, "in_transit", "shelf"),
        (-1, "in_transit", "shelf"),
        (1, "shelf", "in_transit"),
    ]
    assert await in_order(db)


async def test_what_is_damaged_keeps_its_number_and_is_sold_to_nobody(db: Database, clock: HeldClock) -> None:
    phone, here = await article(db, "serial"), await store(db)
    await bring(db, here, numbered(phone, "1"))
    await carry(db, Standing(here), Standing(here, Spot.DAMAGED), Left(phone, 1, ["1"]))
    with pytest.raises(SerialElsewhere):
        await db.transact(left, here, [Left(phone, 1, ["1"])], SALE, key())

    async def destroy(tx: Tx) -> None:
        await move(tx, [Move(phone, 1, Spot.DAMAGED, here, Spot.SHRINKAGE, None)], SALE, "gone")
        await left(tx, here, [Left(phone, 1, ["1"])], SALE, "gone", spot=Spot.DAMAGED, to_spot=Spot.SHRINKAGE)

    await db.transact(destroy)
    assert (await serials(db))["1"][0] == "shrinkage"
    assert await in_order(db)


async def test_whoever_moves_stock_says_once_what_its_units_are(db: Database, clock: HeldClock) -> None:
    milk, phone, plain = await article(db), await article(db, "serial"), await catalog.variant(db)
    here, there, line = await store(db), await store(db, "sants"), OrderLineId(new_id())
    await bring(db, here, lot(milk, 4, "A", MARCH_9), lot(milk, 5, "B", APRIL), numbered(phone, "1", "2", "3"))
    await stock(db, {(plain, here): 9})

    async def step(tx: Tx, effect_key: str) -> list[Traced]:
        sold = (Spot.SHELF, here, Spot.CUSTOMER, None)
        moved = [
            Tagged(Move(milk, 2, *sold), order_line_id=line),
            Tagged(Move(phone, 1, *sold), serials=["1"], order_line_id=line),
            Tagged(Move(plain, 2, *sold), order_line_id=line),
            Tagged(Move(milk, 3, Spot.SHELF, here, Spot.DAMAGED, here)),
            Tagged(Move(phone, 1, Spot.SHELF, here, Spot.IN_TRANSIT, there), serials=["2"]),
            Tagged(Move(milk, 6, Spot.SUPPLIER, None, Spot.QUARANTINE, there), "C", APRIL),
            Tagged(Move(milk, 1, Spot.SHORTAGE, here, Spot.CUSTOMER, None)),
        ]
        await move(tx, [tagged.move for tagged in moved], SALE, effect_key)
        return await follow(tx, moved, SALE, effect_key)

    first = await db.transact(step, "all")
    assert sorted((each.lot or each.serial or "", each.quantity) for each in first) == [
        ("1", 1),
        ("2", 1),
        ("A", 3),
        ("B", 2),
        ("C", 6),
    ]
    assert await db.transact(step, "all") == first
    assert await lots(db) == [
        ("damaged", "A", 3),
        ("quarantine", "C", 6),
        ("shelf", "A", 1),
        ("shelf", "B", 3),
    ]
    assert {serial: where[0] for serial, where in (await serials(db)).items()} == {
        "1": "customer",
        "2": "in_transit",
        "3": "shelf",
    }

    async def back(tx: Tx) -> list[Traced]:
        returns = [
            Tagged(Move(milk, 2, Spot.CUSTOMER, None, Spot.SHELF, here), order_line_id=line),
            Tagged(Move(phone, 1, Spot.CUSTOMER, None, Spot.SHELF, here), serials=["1"], order_line_id=line),
        ]
        await move(tx, [tagged.move for tagged in returns], SALE, "back")
        return await follow(tx, returns, SALE, "back")

    assert taken(await db.transact(back)) == {"B": 2, "1": 1}
    before = db.statements
    assert await db.transact(follow, [Tagged(Move(plain, 1, Spot.SHELF, here, Spot.CUSTOMER, None))], SALE, "n") == []
    assert db.statements - before == 1
    assert await in_order(db)
