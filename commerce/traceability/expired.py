"""What has expired on shelves: told to whoever promises, and put into quarantine by whoever meets it, so that nobody sells it.

Which articles have lots is resident, so that promising others costs nothing. A unit that is reserved stays on its shelf: nobody can say whose it is
until it is picked, and then it is not let out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import Date, Integer, Select, Uuid, column, select, table, tuple_

from commerce import inventory
from commerce.inventory import Cause, Move, Spot
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Database, Reading, Reads, Tx
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.traceability.follow import Tagged, follow
from commerce.traceability.rules import day_at, sellable
from commerce.traceability.tables import lot_levels, lots, tracked_articles
from commerce.traceability.tracked import locations

Place = tuple[VariantId, LocationId]
AT_ONCE = 200
FIRST = UUID(int=0)

_level = lot_levels.c
_levels = table("stock_levels", column("variant_id", Uuid), column("location_id", Uuid))
WITH_LOTS = Statement(select(tracked_articles.c.variant_id).where(tracked_articles.c.tracking == "lot"))


async def _with_lots(reading: Reading) -> frozenset[VariantId]:
    return frozenset(row["variant_id"] for row in await reading.fetch(WITH_LOTS))


LOT_ARTICLES: Resident[frozenset[VariantId]] = Resident("traceability.lot_articles", _with_lots)


class Dated(msgspec.Struct, frozen=True):
    """Units of a lot with a last day of sale on a shelf, and the zone of the place."""

    location_id: LocationId
    timezone: str
    variant_id: VariantId
    lot: str
    expires_on: date
    quantity: int


def _dated() -> Select[object]:
    return (
        select(
            _level.location_id, locations.c.timezone, _level.variant_id, _level.lot, lots.c.expires_on, _level.quantity
        )
        .select_from(
            lot_levels.join(lots, (lots.c.variant_id == _level.variant_id) & (lots.c.lot == _level.lot))
            .join(tracked_articles, tracked_articles.c.variant_id == _level.variant_id)
            .join(locations, locations.c.id == _level.location_id)
        )
        .where(
            tracked_articles.c.tracking == "lot",
            _level.spot == Spot.SHELF.value,
            _level.quantity > 0,
            lots.c.expires_on.is_not(None),
        )
        .order_by(_level.variant_id, _level.location_id, lots.c.expires_on, _level.lot)
    )


_asked = unnested("asked", variant_id=Uuid, location_id=Uuid)
OF_ARTICLES = Statement(_dated().where(any_of(_level.variant_id, "variant_ids")), into=Dated)
OF_PLACES = Statement(
    _dated().join(_asked, (_asked.c.variant_id == _level.variant_id) & (_asked.c.location_id == _level.location_id)),
    into=Dated,
)
# A day later than here it is nowhere; the zone of each place decides.
NEXT = Statement(
    select(_level.variant_id, _level.location_id)
    .join_from(lot_levels, lots, (lots.c.variant_id == _level.variant_id) & (lots.c.lot == _level.lot))
    .where(
        _level.spot == Spot.SHELF.value,
        _level.quantity > 0,
        lots.c.expires_on <= given("today", Date),
        tuple_(_level.variant_id, _level.location_id)
        > tuple_(given("after_variant_id", Uuid), given("after_location_id", Uuid)),
    )
    .distinct()
    .order_by(_level.variant_id, _level.location_id)
    .limit(given("most", Integer))
)
LOCK = Statement(
    select(_levels.c.variant_id)
    .join_from(
        _levels,
        _asked,
        (_asked.c.variant_id == _levels.c.variant_id) & (_asked.c.location_id == _levels.c.location_id),
    )
    .order_by(_levels.c.variant_id, _levels.c.location_id)
    .with_for_update(of=_levels, key_share=True)
)


async def expired(reads: Reads, variant_ids: Collection[VariantId]) -> Mapping[LocationId, Mapping[VariantId, int]]:
    """Gives the units on shelves that may be sold no longer today, by location and article: what can be promised to nobody.

    One statement when one of the articles has lots, else none; in a transaction always one.
    """
    asked = set(variant_ids)
    if isinstance(reads, Reading):
        asked &= await LOT_ARTICLES.get(reads)
    found: dict[LocationId, dict[VariantId, int]] = {}
    for each in _over(await reads.fetch(OF_ARTICLES, variant_ids=sorted(asked))) if asked else []:
        units = found.setdefault(each.location_id, {})
        units[each.variant_id] = units.get(each.variant_id, 0) + each.quantity
    return found


async def take_aside(db: Database, places: Iterable[Place]) -> None:
    """Puts what has expired at places into quarantine, before somebody reserves there. Costs nothing where no article has lots."""
    with_lots = await LOT_ARTICLES.get(db.reading)
    asked = [place for place in places if place[0] in with_lots]
    if asked and _over(await db.reading.fetch(OF_PLACES, **_arrays(asked))):
        await db.transact(put_aside, asked, "system:expiry")


async def put_aside(tx: Tx, places: Collection[Place], actor: str) -> int:
    """Moves what has expired at places, and nobody is promised, from the shelf into quarantine; gives how many units.

    Judged under the lock of each level. Units that are promised stay: they are short when they are picked.
    """
    asked = sorted(set(places))
    if not _over(await tx.fetch(OF_PLACES, **_arrays(asked))):
        return 0
    await tx.fetch(LOCK, **_arrays(asked))
    variants, shelves = sorted({each[0] for each in asked}), sorted({each[1] for each in asked})
    levels = await inventory.levels(tx, variants, shelves)
    free = {(level.variant_id, level.location_id): level.available for level in levels}
    moves: list[Tagged] = []
    for each in _over(await tx.fetch(OF_PLACES, **_arrays(asked))):
        place, here = (each.variant_id, each.location_id), each.location_id
        if (units := min(each.quantity, free.get(place, 0))) > 0:
            free[place] -= units
            moves.append(Tagged(Move(each.variant_id, units, Spot.SHELF, here, Spot.QUARANTINE, here), each.lot))
    if moves:
        cause = Cause("expiry", new_id(), actor, "expired")
        await inventory.move(tx, [each.move for each in moves], cause, f"expired:{cause.document_id}")
        await follow(tx, moves, cause, f"expired:{cause.document_id}")
    return sum(each.move.quantity for each in moves)


async def put_all_aside(db: Database) -> int:
    """Does so everywhere, some places at a time; gives how many units."""
    after, units = (VariantId(FIRST), LocationId(FIRST)), 0
    while True:
        rows = await db.reading.fetch(
            NEXT, today=clock.now().date(), after_variant_id=after[0], after_location_id=after[1], most=AT_ONCE
        )
        places: list[Place] = [(row["variant_id"], row["location_id"]) for row in rows]
        if places:
            units += await db.transact(put_aside, places, "system:expiry")
            after = places[-1]
        if len(places) < AT_ONCE:
            return units


def _over(rows: Sequence[Dated]) -> list[Dated]:
    at = clock.now()
    days = {row.timezone: day_at(at, row.timezone) for row in rows}
    return [row for row in rows if not sellable(row.expires_on, days[row.timezone])]


def _arrays(places: Iterable[Place]) -> dict[str, list[UUID]]:
    asked = sorted(set(places))
    return {"variant_id": [each[0] for each in asked], "location_id": [each[1] for each in asked]}
