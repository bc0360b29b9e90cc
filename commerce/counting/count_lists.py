"""Counts by page."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, or_, select, tuple_

from commerce.counting import named
from commerce.counting.count_schemas import CountSummaryOut
from commerce.counting.facts import CountState
from commerce.counting.tables import stock_counts
from commerce.platform.database import Reading
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

_count = stock_counts.c
_state, _at = given("state", Text), given("location_id", Uuid)
_before_at, _before_id = given("before_at", DateTime(timezone=True)), given("before_id", Uuid)
PAGE = Statement(
    select(
        _count.id,
        _count.number,
        _count.location_id,
        _count.kind,
        _count.state,
        _count.round,
        _count.note,
        _count.opened_by,
        _count.opened_at,
        _count.closed_at,
    )
    .where(
        or_(_before_at.is_(None), tuple_(_count.opened_at, _count.id) < tuple_(_before_at, _before_id)),
        or_(_state.is_(None), _count.state == _state),
        or_(_at.is_(None), _count.location_id == _at),
        named.seen(_count.location_id),
    )
    .order_by(_count.opened_at.desc(), _count.id.desc())
    .limit(given("most", Integer)),
    into=CountSummaryOut,
)


async def page(
    reading: Reading,
    caller: Caller,
    location_id: UUID | None,
    state: CountState | None,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> list[CountSummaryOut]:
    """Gives counts at the caller's locations, the newest first."""
    before_at, before_id = before or (None, None)
    return await reading.fetch(
        PAGE,
        before_at=before_at,
        before_id=before_id,
        state=state,
        location_id=location_id,
        locations=named.listed(caller),
        most=most,
    )
