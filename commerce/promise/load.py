"""What is already to be done where: open work, and how many orders each store day has taken. Read when promising, for those places that ask for it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import DateTime, Integer, Text, Uuid, and_, cast, column, func, select, table

from commerce.kernel.ids import LocationId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given
from commerce.promise.facts import Promised
from commerce.promise.tables import bookings, windows
from commerce.stores import Location, Service

# What is offered, accepted, being picked, or packed and not yet ready, is work before a new order; what waits for a transfer is not, yet.
_STILL_TO_DO = ("offered", "accepted", "picking", "packed")
_A_WORKING_DAY_MINUTES = 480

_fulfilment_orders = table("fulfilment_orders", column("location_id", Uuid), column("state", Text))
OPEN_WORK = Statement(
    select(_fulfilment_orders.c.location_id, cast(func.count(), Integer).label("orders"))
    .where(any_of(_fulfilment_orders.c.location_id, "location_ids"), _fulfilment_orders.c.state.in_(_STILL_TO_DO))
    .group_by(_fulfilment_orders.c.location_id)
)
_over = (
    select(cast(func.count(), Integer))
    .where(
        bookings.c.window_id == windows.c.id,
        bookings.c.ended_at.is_(None),
        bookings.c.expires_at <= given("at", DateTime(timezone=True)),
    )
    .correlate(windows)
    .scalar_subquery()
)
TAKEN = Statement(
    select(windows.c.location_id, windows.c.service, windows.c.day, (windows.c.taken - _over).label("taken")).where(
        and_(
            any_of(windows.c.location_id, "location_ids"),
            any_of(windows.c.service, "services"),
            windows.c.day >= given("since", windows.c.day.type),
            windows.c.starts_at.is_(None),
            windows.c.taken > 0,
        )
    )
)

Day = tuple[LocationId, Service, date]


class Load(msgspec.Struct, frozen=True):
    """Open orders by location, and orders taken by store day; a place that was not asked for has none."""

    open_orders: Mapping[LocationId, int]
    taken: Mapping[Day, int]
    full: Mapping[tuple[LocationId, Service], Sequence[date]]

    def promise(self, place: Location, at: datetime, service: Service) -> Promised | None:
        """Gives when an order of an instant is ready at a place, and in which store day it counts; None when it cannot be promised."""
        begun = place.begins(
            at,
            service,
            open_orders=self.open_orders.get(place.id, 0),
            full_days=self.full.get((place.id, service), ()),
        )
        ready = None if begun is None else place.done_at(begun.at, service)
        if begun is None or ready is None:
            return None
        return Promised(location_id=place.id, service=service, ready_by=ready, day=begun.day)

    def left(self, place: Location, service: Service, day: date) -> int | None:
        """Gives how many more orders a store day takes; None: no limit."""
        most = place.terms_of(service).daily_capacity
        return None if most is None else max(0, most - self.taken.get((place.id, service, day), 0))

    def busy(self, place: Location, service: Service, day: date) -> float:
        """Gives how busy a place is, from 0 (idle) to 1: the share of the day's orders that is taken, or else its open work in working days."""
        most = place.terms_of(service).daily_capacity
        if most:
            return min(1.0, self.taken.get((place.id, service, day), 0) / most)
        return min(1.0, place.queue_minutes(self.open_orders.get(place.id, 0)) / _A_WORKING_DAY_MINUTES)


IDLE = Load({}, {}, {})


async def load(reads: Reads, places: Iterable[Location], services: Sequence[Service], at: datetime) -> Load:
    """Gives what is to be done at places that reckon with it. At most two statements, and none where no place has minutes for an order or a
    limit of orders a day. Bookings that are over do not count, whether or not anybody freed them.
    """
    known = list(places)
    queued = [each.id for each in known if each.minutes_per_order]
    limits = {
        (each.id, service): most
        for each in known
        if each.terms
        for service in services
        if (most := each.terms_of(service).daily_capacity) is not None
    }
    open_orders: dict[LocationId, int] = {}
    if queued:
        rows = await reads.fetch(OPEN_WORK, location_ids=queued)
        open_orders = {row["location_id"]: row["orders"] for row in rows}
    taken: dict[Day, int] = {}
    if limits:
        rows = await reads.fetch(
            TAKEN,
            location_ids=list({place for place, _ in limits}),
            services=list(services),
            since=at.date() - timedelta(days=1),
            at=at,
        )
        taken = {(row["location_id"], row["service"], row["day"]): row["taken"] for row in rows}
    full: dict[tuple[LocationId, Service], list[date]] = {}
    for (place, service, day), orders in taken.items():
        if orders >= limits.get((place, service), orders + 1):
            full.setdefault((place, service), []).append(day)
    return Load(open_orders, taken, full)
