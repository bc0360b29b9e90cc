"""What can be promised ahead of articles, as it is now: terms, claims, what lies there, and what is on its way with a date."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, Integer, Uuid, and_, cast, column, func, or_, select, table, true
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.inventory import Place
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given
from commerce.replenishment import Expected, expected
from commerce.stores import Location, Service
from commerce.supplies.facts import Outlook, Supply, Terms
from commerce.supplies.tables import supply_claims, supply_terms

LATE_DAYS = 3
"""What should have come already is reckoned to come so many days from now; whoever waits is told once in that time at the most."""
UNDATED_DAYS = 14
"""What nothing dated brings any more is reckoned to come so many days from now, where staff said nothing else."""

_levels = table(
    "stock_levels",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("on_hand", Integer),
    column("reserved", Integer),
    column("safety", Integer),
)
_live = (
    select(cast(func.sum(supply_claims.c.open), Integer).label("units"), cast(func.count(), Integer).label("claims"))
    .where(
        supply_claims.c.variant_id == supply_terms.c.variant_id,
        supply_claims.c.location_id == supply_terms.c.location_id,
        supply_claims.c.open > 0,
        or_(supply_claims.c.expires_at.is_(None), supply_claims.c.expires_at > given("at", DateTime(timezone=True))),
    )
    .correlate(supply_terms)
    .lateral("live")
)
_places = given("location_ids", ARRAY(Uuid))


class _Row(Terms, frozen=True, kw_only=True):
    free: int
    safety: int
    waiting: int
    queue: int


TERMS = Statement(
    select(
        *supply_terms.c,
        func.coalesce(_levels.c.on_hand - _levels.c.reserved, 0).label("free"),
        func.coalesce(_levels.c.safety, 0).label("safety"),
        func.coalesce(_live.c.units, 0).label("waiting"),
        _live.c.claims.label("queue"),
    )
    .outerjoin_from(
        supply_terms,
        _levels,
        and_(_levels.c.variant_id == supply_terms.c.variant_id, _levels.c.location_id == supply_terms.c.location_id),
    )
    .join(_live, true())
    .where(
        any_of(supply_terms.c.variant_id, "variant_ids"),
        or_(_places.is_(None), supply_terms.c.location_id == func.any(_places)),
    )
    .order_by(supply_terms.c.variant_id, supply_terms.c.location_id),
    into=_Row,
)


async def outlook(
    reads: Reads,
    places: Mapping[UUID, Location],
    variant_ids: Collection[VariantId],
    location_ids: Collection[LocationId] | None = None,
    *,
    at: datetime,
) -> Mapping[Place, Outlook]:
    """Gives what can be promised ahead of articles, at some locations or at all, where anybody ever set terms for it.

    One statement where there are none, as a rule; one more where there are. Claims that are over do not count, whether or not anybody
    released them. Supply without a date brings nothing that could be promised.
    """
    rows = await reads.fetch(
        TERMS,
        variant_ids=list(variant_ids),
        location_ids=None if location_ids is None else list(location_ids),
        at=at,
    )
    if not rows:
        return {}
    coming: dict[Place, list[Supply]] = {}
    wanted = {row.variant_id for row in rows}
    for each in await expected(reads, wanted, {row.location_id for row in rows}):
        if (there := _there_at(each, places, at)) is not None:
            coming.setdefault(Place(each.variant_id, each.location_id), []).append(Supply(there, each.units))
    return {row.place: _outlook(row, sorted(coming.get(row.place, ())), at) for row in rows}


def _outlook(row: _Row, supplies: list[Supply], at: datetime) -> Outlook:
    terms = Terms(**{name: getattr(row, name) for name in Terms.__struct_fields__})
    days = timedelta(days=row.lead_days or UNDATED_DAYS)
    return Outlook(
        terms=terms,
        free=row.free,
        safety=row.safety,
        waiting=row.waiting,
        queue=row.queue,
        supplies=supplies,
        late_at=max([at + days, *(each.there_at for each in supplies)]),
    )


def _there_at(supply: Expected, places: Mapping[UUID, Location], at: datetime) -> datetime | None:
    """Gives from when units are reckoned to be there: a transfer at its hour, a supplier's goods when their day is over at the location."""
    if supply.eta is not None:
        due = supply.eta
    elif supply.expected_on is not None:
        zone = ZoneInfo(places[supply.location_id].timezone)
        due = datetime.combine(supply.expected_on + timedelta(days=1), time(0), zone).astimezone(UTC)
    else:
        return None
    return due if due > at else at + timedelta(days=LATE_DAYS)


def ready_at(place: Location, there_at: datetime, service: Service) -> datetime | None:
    """Gives when units that are there at an instant are ready at a location, by its calendar and lead; None where it does not open."""
    return place.ready_at(there_at, service)
