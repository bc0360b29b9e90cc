"""Counts and corrections of articles with lots or serial numbers: the books of lots say what was scanned."""

from datetime import date

import pytest

from commerce.counting import corrections, finish_count
from commerce.counting.audit import CHECKS
from commerce.counting.corrections import Ask, AskedLine
from commerce.counting.facts import CountState as S
from commerce.counting.named import Name
from commerce.counting.scan import Scan, Taken
from commerce.counting.snapshots import Said
from commerce.counting.tracked import Label
from commerce.inventory import Cause, receive
from commerce.inventory.audit import CHECKS as OF_THE_LEDGER
from commerce.inventory.facts import Place
from commerce.kernel import clock as time
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.traceability import Came, LotNeeded, SerialElsewhere, Tracking, came, pick_lots
from commerce.traceability.audit import CHECKS as OF_LOTS
from tests.counting.test_snapshots import snapshot, take
from tests.counting.world import opened, scanned, shelf_of, somebody
from tests.inventory.world import places
from tests.traceability.world import ask

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)


async def arrived(db: Database, shelf: Place, *units: Came) -> None:
    """Units come with their lots or numbers."""
    cause, key = Cause("goods_receipt", new_id(), "staff:test"), f"test:{new_id()}"

    async def step(tx: Tx) -> None:
        await receive(tx, [(*shelf, sum(each.quantity for each in units))], cause, key)
        await came(tx, shelf.location_id, units, cause, key)

    await db.transact(step)


def labelled(shelf: Place, units: int, label: Label, *, total: bool = False) -> Scan:
    """A scan with what is printed on the units."""
    return Scan(id=new_id(), name=Name(shelf.variant_id, None), units=units, total=total, label=label)


async def in_order(db: Database) -> None:
    """Everything fits: shelves, lots, counts."""
    findings = await run_checks(db.reading, [*CHECKS, *OF_THE_LEDGER, *OF_LOTS])
    assert [finding for finding in findings if finding.rows] == []


async def lots_of(db: Database, shelf: Place) -> dict[str, int]:
    """What is left of each lot."""
    found = await pick_lots(db.reading, shelf.location_id, [(shelf.variant_id, (await shelf_of(db, shelf))[0])])
    return {lot.lot: lot.quantity for lot in found}


async def tracked(db: Database, kind: Tracking) -> Place:
    """A shelf of an article that asks for lots or serial numbers."""
    [shelf] = await places(db)
    await ask(db, shelf.variant_id, kind)
    return shelf


async def test_a_count_by_lot_brings_shelf_and_lots_to_what_was_scanned(db: Database, clock: HeldClock) -> None:
    shelf = await tracked(db, "lot")
    await arrived(db, shelf, Came(shelf.variant_id, 6, "A", MAY), Came(shelf.variant_id, 4, "B", JUNE))
    who = somebody()
    count = await opened(db, who, [shelf])
    answers = await scanned(
        db,
        who,
        count,
        labelled(shelf, 1, Label()),
        labelled(shelf, 3, Label("A", MAY)),
        labelled(shelf, 1, Label("A", MAY)),
        labelled(shelf, 5, Label("B", JUNE)),
    )
    assert [each.taken for each in answers] == [Taken.LOT_NEEDED, *[Taken.ACCEPTED] * 3]
    done = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert (done.state, done.units_off) == (S.BOOKED, 1)
    assert await shelf_of(db, shelf) == (9, 0)
    assert await lots_of(db, shelf) == {"A": 4, "B": 5}
    await in_order(db)


async def test_a_count_by_serial_number_loses_and_finds_units_by_name(db: Database, clock: HeldClock) -> None:
    shelf = await tracked(db, "serial")
    await arrived(db, shelf, Came(shelf.variant_id, 3, serials=["S1", "S2", "S3"]))
    who = somebody()
    count = await opened(db, who, [shelf])
    answers = await scanned(
        db,
        who,
        count,
        labelled(shelf, 1, Label(serial="S1")),
        labelled(shelf, 1, Label(serial="S1")),
        labelled(shelf, 2, Label(serial="S2")),
        labelled(shelf, 1, Label(serial="S9")),
    )
    assert [each.taken for each in answers] == [
        Taken.ACCEPTED,
        Taken.SERIAL_TWICE,
        Taken.SERIAL_NEEDED,
        Taken.ACCEPTED,
    ]
    await db.transact(finish_count.submit, who, count.id, "refuse")
    assert await shelf_of(db, shelf) == (2, 0)
    gone = await opened(db, who, [shelf])
    await scanned(
        db, who, gone, labelled(shelf, 1, Label(serial="S1"), total=True), labelled(shelf, 1, Label(serial="S2"))
    )
    await db.transact(finish_count.submit, who, gone.id, "refuse")
    assert await shelf_of(db, shelf) == (2, 0), "one that was lost is found, one that was found is lost"
    await in_order(db)


async def test_units_with_lots_that_moved_since_they_were_counted_are_counted_again(
    db: Database, clock: HeldClock
) -> None:
    shelf = await tracked(db, "lot")
    await arrived(db, shelf, Came(shelf.variant_id, 6, "A", MAY))
    who = somebody()
    count = await opened(db, who, [shelf])
    await scanned(db, who, count, labelled(shelf, 6, Label("A", MAY)))
    await arrived(db, shelf, Came(shelf.variant_id, 2, "B", JUNE))
    count = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert (count.state, count.round) == (S.RECOUNTING, 2)
    await scanned(db, who, count, labelled(shelf, 6, Label("A", MAY)), labelled(shelf, 2, Label("B", JUNE)))
    count = await db.transact(finish_count.submit, who, count.id, "refuse")
    assert count.state is S.BOOKED
    assert await lots_of(db, shelf) == {"A": 6, "B": 2}
    await in_order(db)


async def test_a_correction_takes_and_brings_units_with_their_lots_and_numbers(db: Database, clock: HeldClock) -> None:
    shelf = await tracked(db, "lot")
    numbered = Place((await tracked(db, "serial")).variant_id, shelf.location_id)
    await arrived(db, shelf, Came(shelf.variant_id, 6, "A", MAY), Came(shelf.variant_id, 4, "B", JUNE))
    await arrived(db, numbered, Came(numbered.variant_id, 2, serials=["S1", "S2"]))
    who = somebody()

    async def correct(reason: str, *lines: AskedLine) -> None:
        wish = Ask(location_id=shelf.location_id, reason=reason, note="", lines=lines)
        await db.transact(corrections.correct, who, wish)

    name, other = Name(shelf.variant_id, None), Name(numbered.variant_id, None)
    await correct("lost", AskedLine(name=name, units=1, lot="B"), AskedLine(name=other, units=1, serials=["S2"]))
    await correct("damaged", AskedLine(name=name, units=2, lot="A"), AskedLine(name=other, units=1, serials=["S1"]))
    await correct("repaired", AskedLine(name=name, units=1, lot="A"))
    await correct("found", AskedLine(name=name, units=3, lot="C", expires_on=JUNE))
    with pytest.raises(LotNeeded):
        await correct("found", AskedLine(name=name, units=3))
    with pytest.raises(SerialElsewhere):
        await correct("found", AskedLine(name=other, units=1, serials=["S1"]))
    assert await lots_of(db, shelf) == {"A": 5, "B": 3, "C": 3}
    assert await shelf_of(db, numbered) == (0, 0)
    await in_order(db)


async def test_a_snapshot_cannot_say_which_lots_are_left(db: Database, clock: HeldClock) -> None:
    shelf = await tracked(db, "lot")
    await arrived(db, shelf, Came(shelf.variant_id, 6, "A", MAY))
    [line] = (await take(db, snapshot(time.now(), (shelf, 4)))).lines
    assert (line.said, line.difference) == (Said.TRACKED, 0)
    assert await shelf_of(db, shelf) == (6, 0)
