"""Where the lots or the serial numbers of an article do not add up to its stock, after something changed one of them past the program."""

import msgspec
from sqlalchemy import FromClause, Integer, Select, Text, Uuid, and_, column, func, literal, select, table, union_all
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory import Spot
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement
from commerce.traceability.facts import STANDING, TraceKind, Tracking
from commerce.traceability.tables import lot_levels, serial_numbers, tracked_articles

_stock_levels = table(
    "stock_levels", column("variant_id", Uuid), column("location_id", Uuid), column("on_hand", Integer)
)
_stock_balances = table(
    "stock_balances",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("spot", Text),
    column("units", Integer),
)
_level, _serial, _set = lot_levels.c, serial_numbers.c, tracked_articles.c
_standing = _serial.spot.in_([spot.value for spot in STANDING])
_lots_at = (
    select(_level.variant_id, _level.location_id, _level.spot, func.sum(_level.quantity).label("units"))
    .group_by(_level.variant_id, _level.location_id, _level.spot)
    .subquery("traced")
)
_serials_at = (
    select(_serial.variant_id, _serial.location_id, _serial.spot, func.count().label("units"))
    .where(_standing)
    .group_by(_serial.variant_id, _serial.location_id, _serial.spot)
    .subquery("traced")
)
_traced = {TraceKind.LOT: _lots_at, TraceKind.SERIAL: _serials_at}


class Unmatched(msgspec.Struct, frozen=True):
    """A spot whose stock is `stock` units, of which `traced` are known by lot or serial number; no stock and nothing traced are 0."""

    variant_id: VariantId
    location_id: LocationId
    spot: Spot
    stock: int | None
    traced: int | None
    tracking: Tracking


def same_spot(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Says that rows of two things with an article, a location and a spot are of the same."""
    return and_(
        one.c.variant_id == other.c.variant_id, one.c.location_id == other.c.location_id, one.c.spot == other.c.spot
    )


def against_stock(kind: TraceKind) -> Select[object]:
    """Gives the spots of tracked articles where lots or serial numbers do not add up to the stock that is booked there."""
    traced = _traced[kind]
    stock = union_all(
        select(
            _stock_levels.c.variant_id,
            _stock_levels.c.location_id,
            literal(Spot.SHELF.value).label("spot"),
            _stock_levels.c.on_hand.label("units"),
        ),
        select(
            _stock_balances.c.variant_id,
            _stock_balances.c.location_id,
            _stock_balances.c.spot,
            _stock_balances.c.units,
        ).where(_stock_balances.c.spot.in_([spot.value for spot in STANDING])),
    ).subquery("stock")
    variant_id = func.coalesce(stock.c.variant_id, traced.c.variant_id)
    return (
        select(
            variant_id.label("variant_id"),
            func.coalesce(stock.c.location_id, traced.c.location_id).label("location_id"),
            func.coalesce(stock.c.spot, traced.c.spot).label("spot"),
            stock.c.units.label("stock"),
            traced.c.units.label("traced"),
            _set.tracking,
        )
        .select_from(
            stock.outerjoin(traced, same_spot(stock, traced), full=True).join(
                tracked_articles, _set.variant_id == variant_id
            )
        )
        .where(_set.tracking == kind.value, func.coalesce(stock.c.units, 0) != func.coalesce(traced.c.units, 0))
    )


UNMATCHED = [Statement(against_stock(kind), into=Unmatched) for kind in TraceKind]


async def unmatched(reads: Reads) -> list[Unmatched]:
    """Gives all spots where a count should say which units are there; what is missing or too many of several, nobody else can tell."""
    return [each for statement in UNMATCHED for each in await reads.fetch(statement)]
