"""How well stores keep what was promised to those who collect: kept or broken, how long picking takes, what was rejected and why."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromQuery
from msgspec import Meta
from sqlalchemy import BindParameter, Boolean, Date, DateTime, Integer, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.wire import WireOut
from commerce.platform.database import Reading
from commerce.platform.http import Call, Caller, answer, get
from commerce.platform.statement import Statement

MOST_DAYS = 92
MOST_PLACES = 1_000
# A store day begins at most so long before or after the same day in UTC.
FARTHEST = timedelta(hours=15)


class RejectedOut(WireOut, frozen=True, kw_only=True):
    """How often a reason was given in the time, and for how many units."""

    reason: str
    rejections: int
    units: int


class PickupServiceRowOut(WireOut, frozen=True, kw_only=True):
    """One location: pickups by what became of the promise that was given first.

    promised = kept + broken + pending; broken ones were ready late, were rejected, or are not ready although it is time. What was
    cancelled is counted by itself. `moved` promises were given anew once at least. Times are medians and 90th percentiles in seconds:
    from the offer until somebody took it on, from there until it was ready, by the clock of the wall.
    """

    location_id: UUID
    code: str
    name: str
    timezone: str
    promised: int
    kept: int
    broken: int
    pending: int
    cancelled: int
    moved: int
    kept_percent: float | None
    accept_seconds_p50: int | None
    accept_seconds_p90: int | None
    pick_seconds_p50: int | None
    pick_seconds_p90: int | None
    rejected: list[RejectedOut]


class PickupServiceOut(WireOut, frozen=True, kw_only=True):
    """Promises that were due in the store days from `since` up to, and not at, `until`, each day in its location's zone."""

    since: date
    until: date
    items: list[PickupServiceRowOut]


class _Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted of one location."""

    location_id: UUID
    code: str
    name: str
    timezone: str
    promised: int
    kept: int
    broken: int
    pending: int
    cancelled: int
    moved: int
    accept_seconds_p50: int | None
    accept_seconds_p90: int | None
    pick_seconds_p50: int | None
    pick_seconds_p90: int | None


_COMMON: list[BindParameter[Any]] = [
    bindparam("since", type_=Date, required=True),
    bindparam("until", type_=Date, required=True),
    bindparam("earliest", type_=DateTime(timezone=True), required=True),
    bindparam("latest", type_=DateTime(timezone=True), required=True),
    bindparam("location_id", type_=Uuid, required=True),
    bindparam("everywhere", type_=Boolean, required=True),
    bindparam("locations", type_=ARRAY(Uuid), required=True),
]
PROMISES = Statement(
    text(
        """
        WITH work AS (
            SELECT w.*, CASE
                WHEN w.state = 'cancelled' THEN 'cancelled'
                WHEN w.state = 'rejected' OR w.ready_at > w.promised_by THEN 'broken'
                WHEN w.ready_at IS NOT NULL THEN 'kept'
                WHEN w.promised_by <= :at THEN 'broken' ELSE 'pending' END AS became
            FROM fulfilment_orders w JOIN locations l ON l.id = w.location_id
            WHERE w.kind = 'pickup' AND w.promised_by >= :earliest AND w.promised_by < :latest
              AND (w.promised_by AT TIME ZONE l.timezone)::date >= :since
              AND (w.promised_by AT TIME ZONE l.timezone)::date < :until
              AND (CAST(:location_id AS uuid) IS NULL OR w.location_id = :location_id)
              AND (:everywhere OR w.location_id = ANY(:locations))
        )
        SELECT l.id AS location_id, l.code, l.name, l.timezone,
               count(*) FILTER (WHERE became <> 'cancelled')::int AS promised,
               count(*) FILTER (WHERE became = 'kept')::int AS kept,
               count(*) FILTER (WHERE became = 'broken')::int AS broken,
               count(*) FILTER (WHERE became = 'pending')::int AS pending,
               count(*) FILTER (WHERE became = 'cancelled')::int AS cancelled,
               count(*) FILTER (WHERE w.ready_by <> w.promised_by)::int AS moved,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM w.accepted_at - w.offered_at)::int) AS accept_seconds_p50,
               percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM w.accepted_at - w.offered_at)::int) AS accept_seconds_p90,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM w.ready_at - w.accepted_at)::int) AS pick_seconds_p50,
               percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM w.ready_at - w.accepted_at)::int) AS pick_seconds_p90
        FROM work w JOIN locations l ON l.id = w.location_id
        GROUP BY l.id, l.code, l.name, l.timezone ORDER BY l.code LIMIT :most
        """
    ).bindparams(
        *_COMMON,
        bindparam("at", type_=DateTime(timezone=True), required=True),
        bindparam("most", type_=Integer, required=True),
    ),
    into=_Figures,
)
REJECTED: Statement[Any] = Statement(
    text(
        """
        SELECT r.location_id, line.reason, count(DISTINCT r.id)::int AS rejections, sum(line.units)::int AS units
        FROM rejections r JOIN rejection_lines line ON line.rejection_id = r.id JOIN fulfilment_orders w ON w.id = r.fulfilment_order_id
        JOIN locations l ON l.id = r.location_id
        WHERE r.kind = 'pickup' AND r.part_of IS NULL AND w.promised_by >= :earliest AND w.promised_by < :latest
          AND (w.promised_by AT TIME ZONE l.timezone)::date >= :since
          AND (w.promised_by AT TIME ZONE l.timezone)::date < :until
          AND (CAST(:location_id AS uuid) IS NULL OR r.location_id = :location_id)
          AND (:everywhere OR r.location_id = ANY(:locations))
        GROUP BY r.location_id, line.reason ORDER BY r.location_id, line.reason
        """
    ).bindparams(*_COMMON)
)


@get(
    "/v1/reports/pickup-service",
    operation="reportPickupService",
    scope="fulfilment:read",
    tag="reports",
    refusals=[NotFound],
)
async def report_pickup_service(
    request: Call,
    since: FromQuery[Annotated[date, Meta(description="The first store day")]],
    until: FromQuery[Annotated[date, Meta(description="The store day after the last; 92 days later at the most")]],
    location_id: FromQuery[Annotated[UUID | None, Meta(description="Only this location")]] = None,
) -> Response[PickupServiceOut]:
    """Report how promises to those who collect were kept at the caller's locations: kept, broken, pick times, rejections by reason."""
    if not since < until <= since + timedelta(days=MOST_DAYS):
        raise invalid("?until", f"must be after since, and at most {MOST_DAYS} days later")
    if location_id is not None and not request.caller.may_at(location_id):
        raise NotFound
    return answer(request, await pickup_service(request.db.reading, request.caller, since, until, location_id))


async def pickup_service(
    reading: Reading, caller: Caller, since: date, until: date, location_id: UUID | None
) -> PickupServiceOut:
    """Gives the figures of the caller's locations that promised something for these store days; two statements."""
    given = {
        "since": since,
        "until": until,
        "earliest": _midnight(since) - FARTHEST,
        "latest": _midnight(until) + FARTHEST,
        "location_id": location_id,
        "everywhere": caller.locations is None,
        "locations": list(caller.locations or ()),
    }
    reasons: defaultdict[UUID, list[RejectedOut]] = defaultdict(list)
    for row in await reading.fetch(REJECTED, **given):
        told = RejectedOut(reason=row["reason"], rejections=row["rejections"], units=row["units"])
        reasons[row["location_id"]].append(told)
    rows = await reading.fetch(PROMISES, **given, at=clock.now(), most=MOST_PLACES)
    return PickupServiceOut(since=since, until=until, items=[_row(row, reasons[row.location_id]) for row in rows])


def _midnight(day: date) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00")


def _row(figures: _Figures, rejected: list[RejectedOut]) -> PickupServiceRowOut:
    decided = figures.kept + figures.broken
    return PickupServiceRowOut(
        **msgspec.structs.asdict(figures),
        kept_percent=round(100 * figures.kept / decided, 1) if decided else None,
        rejected=rejected,
    )


ROUTES = [report_pickup_service]
