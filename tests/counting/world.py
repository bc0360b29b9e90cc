"""Shelves, people who count and approve, and what a test asks of the ledger."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, func, select

from commerce.counting import finish_count
from commerce.counting.facts import Count
from commerce.counting.named import Name
from commerce.counting.open_count import Wish, open_count
from commerce.counting.scan import Answer, Scan, take_scans
from commerce.inventory import levels, spots
from commerce.inventory.facts import Place
from commerce.inventory.tables import stock_movements
from commerce.kernel.ids import LocationId, new_id
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

SCOPES = frozenset({"stock:count", "stock:approve", "stock:adjust", "stock:read"})
MOVED = Statement(
    select(func.coalesce(func.sum(stock_movements.c.quantity), 0, type_=Integer)).where(
        stock_movements.c.variant_id == given("variant_id", Uuid),
        stock_movements.c.location_id == given("location_id", Uuid),
        stock_movements.c.spot == "shelf",
        stock_movements.c.document_kind == given("kind", Text),
    )
)


def somebody(*locations: UUID, kind: str = "staff") -> Caller:
    """Somebody who counts and approves, everywhere unless places are given."""
    return Caller(kind=kind, id=new_id(), scopes=SCOPES, locations=frozenset(locations) or None)


async def opened(db: Database, who: Caller, shelves: Sequence[Place]) -> Count:
    """A count of these shelves, all at one location."""
    names = [Name(shelf.variant_id, None) for shelf in shelves]
    return await db.transact(open_count, who, Wish(location_id=shelves[0].location_id, articles=names))


def seen(shelf: Place, units: int, *, total: bool = True) -> Scan:
    """A scan of an article: so many in all."""
    return Scan(id=new_id(), name=Name(shelf.variant_id, None), units=units, total=total)


async def scanned(db: Database, who: Caller, count: Count, *scans: Scan) -> list[Answer]:
    """Takes scans in and gives what became of them."""
    return (await db.transact(take_scans, who, count.id, list(scans)))[1]


async def counted(db: Database, who: Caller, shelf: Place, units: int) -> Count:
    """A count of one shelf that was handed in."""
    count = await opened(db, who, [shelf])
    await scanned(db, who, count, seen(shelf, units))
    return await db.transact(finish_count.submit, who, count.id, "refuse")


async def shelf_of(db: Database, shelf: Place) -> tuple[int, int]:
    """On hand and reserved of a shelf."""
    [level] = await levels(db.reading, [shelf.variant_id], [shelf.location_id])
    return level.on_hand, level.reserved


async def short_of(db: Database, shelf: Place) -> int:
    """How many units a place is short of."""
    found = await spots(db.reading, [shelf.variant_id], [LocationId(shelf.location_id)])
    return -sum(balance.units for balance in found if balance.spot == "shortage")


async def moved_by(db: Database, shelf: Place, kind: str) -> int:
    """By how many units documents of a kind changed a shelf."""
    moved: int = await db.reading.fetch_value(
        MOVED, variant_id=shelf.variant_id, location_id=shelf.location_id, kind=kind
    )
    return moved
