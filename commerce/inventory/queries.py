"""Reads of levels; an expired hold is never counted, whether or not somebody freed it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from asyncpg import Record
from sqlalchemy import (
    DateTime,
    FromClause,
    Integer,
    Select,
    SmallInteger,
    Text,
    Uuid,
    case,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory.facts import Balance, Level
from commerce.inventory.rows import same_place
from commerce.inventory.tables import reservations, stock_balances, stock_levels, unrouted_demand
from commerce.kernel import clock
from commerce.kernel.ids import ChannelId, LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given, unnested

_units_over = cast(func.sum(reservations.c.open), Integer).label("units")


def over_by(at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Gives the condition that a reservation has open units although its hold is over at an instant."""
    return (reservations.c.open > 0) & (reservations.c.expires_at <= at)


def kept_back(channel: ColumnElement[str | None], at: ColumnElement[datetime]) -> ColumnElement[int]:
    """Gives the units of a level that are not for a channel, told by its id as text, null for any: safety stock, the channel's buffer, what orders
    wait for; everything until the shelf's release date.
    """
    buffer = cast(stock_levels.c.buffers.op("->>", return_type=Text())(channel), Integer)
    return case(
        (stock_levels.c.closed_until > at, stock_levels.c.on_hand),
        else_=stock_levels.c.safety + stock_levels.c.claimed + func.coalesce(buffer, 0),
    )


def _live(over: FromClause, joined: FromClause, at: ColumnElement[datetime]) -> Select[Any]:
    units = func.coalesce(over.c.units, 0)
    return select(
        stock_levels.c.variant_id,
        stock_levels.c.location_id,
        stock_levels.c.on_hand,
        (stock_levels.c.reserved - units).label("reserved"),
        (stock_levels.c.on_hand - stock_levels.c.reserved + units).label("available"),
        stock_levels.c.safety,
        stock_levels.c.claimed,
        func.coalesce(stock_levels.c.closed_until > at, false()).label("closed"),
    ).select_from(joined)


def live_levels(at: ColumnElement[datetime]) -> Select[Any]:
    """Gives a select of levels with live holds only, with the columns of `Level`: what other reads join with.

    Looks into the reservations once for each level that it is asked for.
    """
    over = select(_units_over).where(same_place(reservations, stock_levels), over_by(at)).lateral("over")
    return _live(over, stock_levels.outerjoin(over, true()), at)


_at = given("at", DateTime(timezone=True))
# For many levels of a few articles: what is over of these articles is gathered once, and is mostly nothing.
_over = (
    select(reservations.c.variant_id, reservations.c.location_id, _units_over)
    .where(any_of(reservations.c.variant_id, "variant_ids"), over_by(_at))
    .group_by(reservations.c.variant_id, reservations.c.location_id)
    .subquery("over")
)
LEVELS = Statement(
    _live(_over, stock_levels.outerjoin(_over, same_place(stock_levels, _over)), _at)
    .where(
        any_of(stock_levels.c.variant_id, "variant_ids"),
        or_(given("location_ids", ARRAY(Uuid)).is_(None), any_of(stock_levels.c.location_id, "location_ids")),
    )
    .order_by(stock_levels.c.variant_id, stock_levels.c.location_id),
    into=Level,
)

_wanted = unnested("wanted", variant_ids=Uuid, nth=SmallInteger)
_free = (
    stock_levels.c.on_hand
    - stock_levels.c.reserved
    + func.coalesce(_over.c.units, 0)
    - kept_back(given("channel", Text), _at)
)


def _available(shelves: FromClause) -> Statement[Record]:
    """One row for each location, so that a basket over hundreds of them costs hundreds of rows and not thousands."""
    return Statement(
        select(
            stock_levels.c.location_id,
            func.array_agg(_wanted.c.nth, type_=ARRAY(SmallInteger)).label("articles"),
            func.array_agg(_free, type_=ARRAY(Integer)).label("units"),
        )
        .select_from(shelves.outerjoin(_over, same_place(stock_levels, _over)))
        .where(_free > 0)
        .group_by(stock_levels.c.location_id)
    )


_shelves = _wanted.join(stock_levels, stock_levels.c.variant_id == _wanted.c.variant_ids)
_places = unnested("places", location_ids=Uuid)
AVAILABLE = _available(_shelves)
AVAILABLE_AT = _available(_shelves.join(_places, _places.c.location_ids == stock_levels.c.location_id))


async def available(
    reads: Reads,
    variant_ids: Collection[VariantId],
    channel_id: ChannelId | None = None,
    location_ids: Collection[LocationId] | None = None,
) -> Mapping[LocationId, Mapping[VariantId, int]]:
    """Gives what can be promised of articles by location: without live holds, safety stock and the channel's buffers. One statement.

    At some locations or at all. What is not there to be had is left out. Demand that has no place yet is not taken off: `unrouted` tells it.
    """
    asked = list(variant_ids)
    arguments = {
        "variant_ids": asked,
        "nth": list(range(len(asked))),
        "channel": channel_id and str(channel_id),
        "at": clock.now(),
    }
    if location_ids is None:
        rows = await reads.fetch(AVAILABLE, **arguments)
    else:
        rows = await reads.fetch(AVAILABLE_AT, **arguments, location_ids=list(location_ids))
    return {
        location_id: {asked[nth]: units for nth, units in zip(articles, free, strict=True)}
        for location_id, articles, free in rows
    }


async def levels(
    reads: Reads, variant_ids: Collection[VariantId], location_ids: Collection[LocationId] | None = None
) -> Sequence[Level]:
    """Gives the levels of articles, at some locations or at all, by (article, location); a place that never had stock is left out."""
    return await reads.fetch(
        LEVELS,
        variant_ids=list(variant_ids),
        location_ids=None if location_ids is None else list(location_ids),
        at=clock.now(),
    )


SPOTS = Statement(
    select(stock_balances)
    .where(
        any_of(stock_balances.c.variant_id, "variant_ids"),
        or_(given("location_ids", ARRAY(Uuid)).is_(None), any_of(stock_balances.c.location_id, "location_ids")),
        stock_balances.c.units != 0,
    )
    .order_by(stock_balances.c.variant_id, stock_balances.c.location_id, stock_balances.c.spot),
    into=Balance,
)


async def spots(
    reads: Reads, variant_ids: Collection[VariantId], location_ids: Collection[LocationId] | None = None
) -> Sequence[Balance]:
    """Gives what articles have beside their shelves, at some locations or at all: in transit to them, in quarantine, damaged, and short.

    By (article, location, spot); balances of nothing are left out.
    """
    return await reads.fetch(
        SPOTS,
        variant_ids=list(variant_ids),
        location_ids=None if location_ids is None else list(location_ids),
    )


UNROUTED = Statement(
    select(unrouted_demand.c.variant_id, cast(func.sum(unrouted_demand.c.units), Integer).label("units"))
    .where(any_of(unrouted_demand.c.variant_id, "variant_ids"), unrouted_demand.c.units > literal_column("0"))
    .group_by(unrouted_demand.c.variant_id)
)


async def unrouted(reads: Reads, variant_ids: Collection[VariantId]) -> Mapping[VariantId, int]:
    """Gives the units of articles that are owed and that no shelf keeps yet: whoever promises to send has to take them off."""
    rows = await reads.fetch(UNROUTED, variant_ids=list(variant_ids))
    return {row["variant_id"]: row["units"] for row in rows}
