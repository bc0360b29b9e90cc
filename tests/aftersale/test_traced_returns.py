"""Units with lots and serial numbers come back: the number that was sold, to the shelf or aside, and the books of both agree at each step."""

from uuid import UUID

import pytest

from commerce import aftersale, fulfilment
from commerce.aftersale import Inspected, Labelled, WrongCount
from commerce.fulfilment import Proof
from commerce.inventory import Cause, receive
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.orders import Order, order
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.traceability import LotNeeded, NotSoldWithLine, SerialNeeded
from commerce.traceability.audit import CHECKS
from tests.aftersale.seen import shelf, sound
from tests.given import aftersale as given, catalog, stores
from tests.given.orders import Want
from tests.traceability.world import article, ask, bring, lot, lots, numbered, serials


async def agree(db: Database) -> None:
    """Stock, lots and numbers say the same, and so does everything else."""
    await sound(db)
    assert [finding for finding in await run_checks(db.reading, CHECKS) if finding.rows] == []


async def collected(db: Database, variant_id: VariantId, here: LocationId, units: int, *told: str) -> Order:
    """An order whose goods left the store, with the numbers that were told at the counter."""
    placed = await given.placed(db, Want(quantity=units, location_id=here, variant_id=variant_id))
    clerk = given.office()
    (work,) = await fulfilment.fulfilments_of(db.reading, placed.id)
    (line,) = work.lines
    await db.transact(fulfilment.accept, clerk, work.id)
    await db.transact(fulfilment.pick, clerk, work.id, [fulfilment.Pick(line.id, units)])
    await db.transact(fulfilment.ready, clerk, work.id, None)
    proof = Proof(identity_checked=True)
    await fulfilment.hand_over(db, new_id(), clerk, work.id, proof, None, serials={line.id: told} if told else {})
    return await order(db.reading, placed.id)


async def refused(db: Database, clerk: Caller, return_id: UUID, found: Inspected) -> type[Refusal]:
    with pytest.raises(Refusal) as no:
        await db.transact(aftersale.inspect, clerk, return_id, [found])
    return type(no.value)


async def test_the_unit_that_was_sold_comes_back_and_no_other(db: Database, clock: HeldClock) -> None:
    phone, here, there = await article(db, "serial"), await stores.location(db), await stores.location(db, "sants")
    await bring(db, here, numbered(phone, "1", "2", "3"))
    mine = await collected(db, phone, here, 2, "1", "2")
    await collected(db, phone, here, 1, "3")
    clerk = given.terminal(there)
    back = await given.asked(db, clerk, mine, 2, location_id=there)
    line = back.lines[0].id

    assert await refused(db, clerk, back.id, Inspected(line, restock=2)) is SerialNeeded
    taken = Labelled("restock", 1, serials=("1",))
    assert await refused(db, clerk, back.id, Inspected(line, restock=2, labels=(taken,))) is SerialNeeded
    others = Labelled("restock", 2, serials=("1", "3"))
    assert await refused(db, clerk, back.id, Inspected(line, restock=2, labels=(others,))) is NotSoldWithLine
    many = Labelled("restock", 2, serials=("1", "2"))
    assert await refused(db, clerk, back.id, Inspected(line, restock=1, quarantine=1, labels=(many,))) is WrongCount
    assert await shelf(db, phone, there) == (0, 0), "what was refused moved nothing"

    aside = Labelled("quarantine", 1, serials=("2",))
    found = Inspected(line, restock=1, quarantine=1, labels=(taken, aside))
    await db.transact(aftersale.inspect, clerk, back.id, [found])
    assert await shelf(db, phone, there) == (1, 0)
    stands = {serial: where[:2] for serial, where in (await serials(db)).items()}
    assert stands == {"1": ("shelf", there), "2": ("quarantine", there), "3": ("customer", here)}
    await agree(db)


async def test_lots_come_back_as_those_that_left_or_as_they_are_read(db: Database, clock: HeldClock) -> None:
    milk, here = await article(db), await stores.location(db)
    await bring(db, here, lot(milk, 2, "A"), lot(milk, 2, "B"))
    mine = await collected(db, milk, here, 4)
    clerk = given.terminal(here)
    back = await given.asked(db, clerk, mine, 3, location_id=here)
    line, read = back.lines[0].id, Labelled("quarantine", 1, lot="B")
    wrong = Labelled("quarantine", 1, lot="C")
    assert (
        await refused(db, clerk, back.id, Inspected(line, restock=2, quarantine=1, labels=(wrong,))) is NotSoldWithLine
    )
    await db.transact(aftersale.inspect, clerk, back.id, [Inspected(line, restock=2, quarantine=1, labels=(read,))])
    assert [each for each in await lots(db) if each[2]] == [("quarantine", "B", 1), ("shelf", "A", 2)]
    await agree(db)


async def test_what_was_sold_before_anybody_asked_comes_back_with_what_is_printed_on_it(
    db: Database, clock: HeldClock
) -> None:
    cup, here = await catalog.variant(db), await stores.location(db)

    async def come(tx: Tx) -> None:
        await receive(tx, [(cup, here, 2)], Cause("goods_receipt", None, "staff:test"), "came")

    await db.transact(come)
    mine = await collected(db, cup, here, 2)
    await ask(db, cup, "lot")
    clerk = given.terminal(here)
    back = await given.asked(db, clerk, mine, 2, location_id=here)
    line = back.lines[0].id
    assert await refused(db, clerk, back.id, Inspected(line, restock=2)) is LotNeeded
    read = Labelled("restock", 2, lot="OLD")
    await db.transact(aftersale.inspect, clerk, back.id, [Inspected(line, restock=2, labels=(read,))])
    assert await shelf(db, cup, here) == (2, 0)
    await agree(db)
