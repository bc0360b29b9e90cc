"""Lots and serial numbers as people tell them: what a count finds, and how an article begins to be tracked, or is tracked otherwise."""

from datetime import date

from commerce.inventory import Adjustment, Cause, Move, Spot, adjust, move
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Database, Tx
from commerce.traceability import (
    Counted,
    Left,
    LotNeeded,
    SerialElsewhere,
    Traced,
    UnitsUndeclared,
    counted,
    tracking,
)
from commerce.traceability.schemas import UnitsIn
from tests.given import catalog
from tests.given.inventory import stock
from tests.traceability.seen import history, in_order, refused
from tests.traceability.world import (
    SALE,
    article,
    ask,
    bring,
    key,
    lot,
    lots,
    numbered,
    sell,
    serials,
    store,
)

APRIL = date(2026, 4, 1)


async def count(db: Database, here: LocationId, level: tuple[VariantId, int], *lines: Counted) -> list[Traced]:
    cause = Cause("count", new_id(), "staff:test")

    async def step(tx: Tx, at: str) -> list[Traced]:
        if level[1]:
            await adjust(tx, [Adjustment(level[0], here, delta=level[1])], cause, at)
        return await counted(tx, here, lines, cause, at)

    return await db.transact(step, key())


async def test_a_count_makes_the_lots_what_was_found(db: Database, clock: HeldClock) -> None:
    milk, here = await article(db), await store(db)
    await bring(db, here, lot(milk, 3, "A"), lot(milk, 2, "B"))
    found = (Counted(milk, 1, "A"), Counted(milk, 3, "C", APRIL))
    assert await refused(count(db, here, (milk, 0), *found)) is UnitsUndeclared
    changed = await count(db, here, (milk, -1), *found)
    assert {each.lot: each.quantity for each in changed} == {"A": -2, "B": -2, "C": 3}
    assert await lots(db) == [("shelf", "A", 1), ("shelf", "C", 3)]
    await count(db, here, (milk, -4), Counted(milk, 0))
    assert await lots(db) == []
    assert await in_order(db)


async def test_a_count_loses_numbers_and_finds_them_again(db: Database, clock: HeldClock) -> None:
    phone, here, there = await article(db, "serial"), await store(db), await store(db, "sants")
    await bring(db, here, numbered(phone, "1", "2"))
    await bring(db, there, numbered(phone, "3"))
    assert await refused(count(db, here, (phone, 0), Counted(phone, 2, serials=["1", "3"]))) is SerialElsewhere
    await count(db, here, (phone, 0), Counted(phone, 2, serials=["1", "4"]))
    assert {serial: where[0] for serial, where in (await serials(db)).items()} == {
        "1": "shelf",
        "2": "shrinkage",
        "3": "shelf",
        "4": "shelf",
    }
    assert await refused(sell(db, here, Left(phone, 1, serials=["2"]))) is SerialElsewhere
    await count(db, there, (phone, 1), Counted(phone, 2, serials=["2", "3"]))
    assert (await serials(db))["2"] == ("shelf", there, None)
    assert await history(db, "2") == [(1, "shelf", "supplier"), (-1, "shelf", "shrinkage"), (1, "shelf", "shrinkage")]
    assert await in_order(db)


async def test_an_article_with_stock_is_tracked_once_all_its_units_are_told(db: Database, clock: HeldClock) -> None:
    phone, here, there = await catalog.variant(db), await store(db), await store(db, "sants")
    await stock(db, {(phone, here): 2, (phone, there): 1})

    async def hurt(tx: Tx) -> None:
        await move(tx, [Move(phone, 1, Spot.SHELF, here, Spot.DAMAGED, here)], SALE, "hurt")

    await db.transact(hurt)
    told = [
        UnitsIn(location_id=here, serials=("1",)),
        UnitsIn(location_id=here, spot="damaged", serials=("2",)),
        UnitsIn(location_id=there, serials=("3",)),
    ]
    for missing in ([], told[:2], told[1:], [*told, UnitsIn(location_id=there, serials=("4",))]):
        assert await refused(ask(db, phone, "serial", missing)) is UnitsUndeclared
    assert await tracking(db.reading, [phone]) == {phone: "none"}
    assert await serials(db) == {}
    await ask(db, phone, "serial", told)
    assert await tracking(db.reading, [phone]) == {phone: "serial"}
    assert {serial: where[:2] for serial, where in (await serials(db)).items()} == {
        "1": ("shelf", here),
        "2": ("damaged", here),
        "3": ("shelf", there),
    }
    assert await in_order(db)


async def test_an_article_that_asks_for_something_else_is_told_anew(db: Database, clock: HeldClock) -> None:
    cream, here = await article(db, "serial"), await store(db)
    await bring(db, here, numbered(cream, "1", "2"))
    assert await refused(ask(db, cream, "lot")) is UnitsUndeclared
    assert await refused(ask(db, cream, "lot", [UnitsIn(location_id=here, quantity=2)])) is LotNeeded
    await ask(db, cream, "lot", [UnitsIn(location_id=here, lot="A", quantity=2)])
    assert await lots(db) == [("shelf", "A", 2)]
    assert {where[0] for where in (await serials(db)).values()} == {"opening"}
    assert (
        await refused(ask(db, cream, "lot", [UnitsIn(location_id=here, lot="A", quantity=2)], dated=True)) is LotNeeded
    )
    await ask(db, cream, "lot", [UnitsIn(location_id=here, lot="A", quantity=2, expires_on=APRIL)], dated=True)
    await ask(db, cream, "none")
    assert await lots(db) == []
    assert await in_order(db)
    await ask(db, cream, "serial", [UnitsIn(location_id=here, serials=("1", "5"))])
    assert {serial for serial, where in (await serials(db)).items() if where[0] == "shelf"} == {"1", "5"}
    assert await in_order(db)
