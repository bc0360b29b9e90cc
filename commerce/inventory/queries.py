"""Reads of levels; an expired hold is never counted, whether or not somebody freed it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import DateTime, Integer, Select, Uuid, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory.facts import Level
from commerce.inventory.tables import reservations, stock_levels
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given


def expired_units(at: ColumnElement[datetime]) -> ColumnElement[int]:
    """Gives, for a row of `stock_levels` in an enclosing select, the reserved units whose hold is over at an instant."""
    return func.coalesce(
        select(cast(func.sum(reservations.c.open), Integer))
        .where(
            reservations.c.variant_id == stock_levels.c.variant_id,
            reservations.c.location_id == stock_levels.c.location_id,
            reservations.c.open > 0,
            reservations.c.expires_at <= at,
        )
        .correlate(stock_levels)
        .scalar_subquery(),
        0,
    )


def live_levels(at: ColumnElement[datetime]) -> Select[tuple[object, object, int, int, int]]:
    """Gives a select of levels with live holds only, as `Level` names them: what other reads join with."""
    live = select(stock_levels, expired_units(at).label("over")).subquery("live")
    return select(
        live.c.variant_id,
        live.c.location_id,
        live.c.on_hand,
        (live.c.reserved - live.c.over).label("reserved"),
        (live.c.on_hand - live.c.reserved + live.c.over).label("available"),
    )


_at = given("at", DateTime(timezone=True))
_live = live_levels(_at)
LEVELS = Statement(
    _live.where(
        any_of(_live.selected_columns.variant_id, "variant_ids"),
        or_(
            given("location_ids", ARRAY(Uuid)).is_(None),
            any_of(_live.selected_columns.location_id, "location_ids"),
        ),
    ).order_by(_live.selected_columns.variant_id, _live.selected_columns.location_id),
    into=Level,
)


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
