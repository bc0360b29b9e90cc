"""Reads of levels; an expired hold is never counted, whether or not somebody freed it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, FromClause, Integer, Select, SmallInteger, Uuid, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory.facts import Level
from commerce.inventory.rows import same_place
from commerce.inventory.tables import reservations, stock_levels
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given, unnested

_units_over = cast(func.sum(reservations.c.open), Integer).label("units")


def over_by(at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Gives the condition that a reservation has open units although its hold is over at an instant."""
    return (reservations.c.open > 0) & (reservations.c.expires_at <= at)


def _live(over: FromClause, joined: FromClause) -> Select[Any]:
    units = func.coalesce(over.c.units, 0)
    return select(
        stock_levels.c.variant_id,
        stock_levels.c.location_id,
        stock_levels.c.on_hand,
        (stock_levels.c.reserved - units).label("reserved"),
        (stock_levels.c.on_hand - stock_levels.c.reserved + units).label("available"),
    ).select_from(joined)


def live_levels(at: ColumnElement[datetime]) -> Select[Any]:
    """Gives a select of levels with live holds only, with the columns of `Level`: what other reads join with.

    Looks into the reservations once for each level that it is asked for.
    """
    over = select(_units_over).where(same_place(reservations, stock_levels), over_by(at)).lateral("over")
    return _live(over, stock_levels.outerjoin(over, true()))


_at = given("at", DateTime(timezone=True))
# For many levels of a few articles: what is over of these articles is gathered once, and is mostly nothing.
_over = (
    select(reservations.c.variant_id, reservations.c.location_id, _units_over)
    .where(any_of(reservations.c.variant_id, "variant_ids"), over_by(_at))
    .group_by(reservations.c.variant_id, reservations.c.location_id)
    .subquery("over")
)
LEVELS = Statement(
    _live(_over, stock_levels.outerjoin(_over, same_place(stock_levels, _over)))
    .where(
        any_of(stock_levels.c.variant_id, "variant_ids"),
        or_(given("location_ids", ARRAY(Uuid)).is_(None), any_of(stock_levels.c.location_id, "location_ids")),
    )
    .order_by(stock_levels.c.variant_id, stock_levels.c.location_id),
    into=Level,
)

_wanted = unnested("wanted", variant_ids=Uuid, nth=SmallInteger)
_free = stock_levels.c.on_hand - stock_levels.c.reserved + func.coalesce(_over.c.units, 0)
# One row for each location, so that a basket over hundreds of them costs hundreds of rows and not thousands.
AVAILABLE = Statement(
    select(
        stock_levels.c.location_id,
        func.array_agg(_wanted.c.nth, type_=ARRAY(SmallInteger)).label("articles"),
        func.array_agg(_free, type_=ARRAY(Integer)).label("units"),
    )
    .select_from(
        _wanted.join(stock_levels, stock_levels.c.variant_id == _wanted.c.variant_ids).outerjoin(
            _over, same_place(stock_levels, _over)
        )
    )
    .where(_free > 0)
    .group_by(stock_levels.c.location_id)
)


async def available(reads: Reads, variant_ids: Collection[VariantId]) -> Mapping[LocationId, Mapping[VariantId, int]]:
    """Gives what can be had of articles by location, live holds taken off; what is not there to be had is left out. One statement."""
    asked = list(variant_ids)
    rows = await reads.fetch(AVAILABLE, variant_ids=asked, nth=list(range(len(asked))), at=clock.now())
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
