"""A shelf that did not have what the books said is counted by somebody, once while nobody has."""

import asyncio

from sqlalchemy import select

from commerce import fulfilment
from commerce.counting import want_count
from commerce.counting.count_rows import read
from commerce.counting.facts import Count
from commerce.counting.finish_count import cancel
from commerce.counting.tables import stock_counts
from commerce.fulfilment import Fulfilment, Pick, ShortReason
from commerce.fulfilment.reactions import REACTIONS
from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.platform.work import Worker
from tests.given import fulfilment as given
from tests.given.fulfilment import Shelf, staff
from tests.given.orders import Want

OPENED = Statement(select(stock_counts.c.id).order_by(stock_counts.c.opened_at, stock_counts.c.id))


async def counts(db: Database) -> list[Count]:
    """Gives the counts there are."""
    return [await read(db.reading, Caller(kind="system"), row["id"]) for row in await db.reading.fetch(OPENED)]


async def short(db: Database, shelf: Shelf, reason: ShortReason) -> Fulfilment:
    """A cup is reported as short at the store."""
    clerk = staff(shelf.store)
    work = await given.picking(db, clerk, Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup))
    return await db.transact(fulfilment.pick, clerk, work.id, [Pick(work.lines[0].id, 1, 1, reason)])


async def drained(db: Database) -> None:
    """Does what is to be done after the facts."""
    await Worker(db, reactions=[each for each in REACTIONS if each.inside is None], kinds=[]).drain()


async def test_a_short_pick_opens_a_blind_count_of_the_article_once_while_it_is_open(
    db: Database, clock: HeldClock
) -> None:
    shelf = await Shelf.filled(db)
    works = [await short(db, shelf, ShortReason.MISMATCH) for _ in range(2)]
    await drained(db)
    (count,) = await counts(db)
    assert (count.location_id, count.opened_by) == (shelf.store, "system")
    assert count.note in {f"Short pick {work.number}" for work in works}
    assert [(line.variant_id, line.counted, line.expected) for line in count.lines] == [(shelf.cup, None, None)]
    await db.transact(cancel, staff(shelf.store), count.id)
    await short(db, shelf, ShortReason.MISMATCH)
    await drained(db)
    assert len(await counts(db)) == 2


async def test_a_place_without_time_or_a_damaged_unit_is_no_reason_to_count(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    await short(db, shelf, ShortReason.NO_CAPACITY)
    await short(db, shelf, ShortReason.DAMAGE)
    await drained(db)
    assert await counts(db) == []


async def test_many_who_miss_the_same_article_at_once_have_it_counted_once(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    wanted = [shelf.cup, shelf.bowl]
    opened = await asyncio.gather(*(db.transact(want_count, shelf.store, wanted[: 1 + n % 2], "x") for n in range(8)))
    found = await counts(db)
    assert len([each for each in opened if each is not None]) == len(found)
    assert sorted(line.variant_id for count in found for line in count.lines) == sorted(wanted)
