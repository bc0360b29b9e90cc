"""Places in windows of time: a store day's orders, a pickup slot. Taken with the order, given back with it, never more than there are."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from sqlalchemy import (
    Date,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert as upsert
from sqlalchemy.sql.elements import ColumnElement

from commerce.kernel.ids import LocationId, SlotId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.promise.errors import BookingExpired, DayFull, SlotFull
from commerce.promise.facts import Window
from commerce.promise.tables import bookings, windows

_AT = given("at", DateTime(timezone=True))
_OWNER = given("owner_id", Uuid)
_KEY = ("location_id", "service", "day", "starts_at")

_services = table(
    "location_services",
    column("location_id", Uuid),
    column("service", Text),
    column("daily_capacity", Integer),
    column("slot_capacity", Integer),
)
_wanted = unnested(
    "wanted",
    window_id=Uuid,
    booking_id=Uuid,
    location_id=Uuid,
    service=Text,
    day=Date,
    starts_at=DateTime(timezone=True),
    ends_at=DateTime(timezone=True),
)


def _same(one: object, other: object) -> ColumnElement[bool]:
    """Says that two rows are about the same window."""
    a, b = one.c, other.c  # type: ignore[attr-defined]
    return and_(
        a.location_id == b.location_id,
        a.service == b.service,
        a.day == b.day,
        a.starts_at.is_not_distinct_from(b.starts_at),
    )


_own = (
    select(bookings.c.id)
    .join(windows, windows.c.id == bookings.c.window_id)
    .where(bookings.c.owner_id == _OWNER, bookings.c.ended_at.is_(None), _same(windows, _wanted))
    .correlate(_wanted)
)
# What each window can take, by the terms as they are now: none for a slot that is not offered, no number where nothing limits the day.
_asked = (
    select(
        *_wanted.c,
        case(
            (_wanted.c.starts_at.is_(None), _services.c.daily_capacity),
            else_=func.coalesce(_services.c.slot_capacity, 0),
        ).label("most"),
        _own.exists().label("own"),
    )
    .select_from(
        _wanted.outerjoin(
            _services, and_(_services.c.location_id == _wanted.c.location_id, _services.c.service == _wanted.c.service)
        )
    )
    .cte("asked")
)
_new = upsert(windows).from_select(
    ["id", *_KEY, "ends_at", "most", "taken"],
    select(
        _asked.c.window_id,
        *(_asked.c[name] for name in _KEY),
        _asked.c.ends_at,
        _asked.c.most,
        literal(1, Integer).label("taken"),
    )
    .where(_asked.c.most > 0, ~_asked.c.own)
    .order_by(*(_asked.c[name] for name in _KEY)),
)
_took = (
    _new.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={"taken": windows.c.taken + 1, "most": _new.excluded.most},
        where=windows.c.taken < _new.excluded.most,
    )
    .returning(windows.c.id, *(windows.c[name] for name in _KEY))
    .cte("took")
)
_booked = (
    insert(bookings)
    .from_select(
        ["id", "window_id", "owner_id", "booked_at", "expires_at"],
        select(_asked.c.booking_id, _took.c.id, _OWNER, _AT, given("until", DateTime(timezone=True))).join_from(
            _took, _asked, _same(_took, _asked)
        ),
    )
    .cte("booked")
)
TAKE = Statement(
    select(
        _asked.c.location_id,
        _asked.c.service,
        _asked.c.day,
        _asked.c.starts_at,
        _asked.c.own,
        or_(_asked.c.own, _asked.c.most.is_(None), _took.c.id.is_not(None)).label("had"),
    )
    .select_from(_asked.outerjoin(_took, _same(_asked, _took)))
    .add_cte(_booked)
)
PROLONG = Statement(
    update(bookings)
    .where(bookings.c.owner_id == _OWNER, bookings.c.ended_at.is_(None))
    .values(expires_at=given("until", DateTime(timezone=True)))
)


def _ended(which: ColumnElement[bool], locked: ColumnElement[bool], how: str) -> Statement[Record]:
    """Gives the statement that ends open bookings: the windows are locked in order, their bookings ended, and counted off."""
    held = (
        select(windows.c.id).where(locked).order_by(*(windows.c[name] for name in _KEY)).with_for_update().cte("held")
    )
    gone = (
        update(bookings)
        .where(bookings.c.window_id == held.c.id, bookings.c.ended_at.is_(None), which)
        .values(ended_at=_AT, ended=how)
        .returning(bookings.c.window_id)
        .cte("gone")
    )
    counted = select(gone.c.window_id, cast(func.count(), Integer).label("units")).group_by(gone.c.window_id).subquery()
    return Statement(
        update(windows)
        .where(windows.c.id == counted.c.window_id)
        .values(taken=windows.c.taken - counted.c.units)
        .returning(windows.c.id)
    )


_LOCATIONS = given("location_ids", ARRAY(Uuid))
RELEASE = _ended(
    bookings.c.owner_id == _OWNER,
    and_(
        windows.c.id.in_(
            select(bookings.c.window_id).where(bookings.c.owner_id == _OWNER, bookings.c.ended_at.is_(None))
        ),
        or_(_LOCATIONS.is_(None), windows.c.location_id == func.any(_LOCATIONS)),
    ),
    "released",
)
_met = unnested("met", location_id=Uuid, service=Text, day=Date, starts_at=DateTime(timezone=True))
FREE = _ended(
    bookings.c.expires_at <= _AT,
    select(literal(1)).select_from(_met).where(_same(windows, _met)).correlate(windows).exists(),
    "expired",
)
_kept = (
    update(bookings)
    .where(
        bookings.c.owner_id == _OWNER,
        bookings.c.ended_at.is_(None),
        or_(bookings.c.expires_at.is_(None), bookings.c.expires_at > _AT),
    )
    .values(expires_at=None)
    .returning(bookings.c.id)
    .cte("kept")
)
# What was open when the statement began and was not kept, or was freed before: it is somebody else's, or could be.
KEEP = Statement(
    select(bookings.c.id)
    .where(
        bookings.c.owner_id == _OWNER,
        or_(bookings.c.ended == "expired", bookings.c.ended_at.is_(None)),
        bookings.c.id.not_in(select(_kept.c.id)),
    )
    .limit(1)
)


async def book(
    tx: Tx, owner_id: UUID, wanted: Collection[Window], *, at: datetime, until: datetime | None = None
) -> None:
    """Takes a place in each of the windows for an order, or in none of them; what the order has already stays its own.

    Check and act are one statement on the windows' rows, by the terms as they stand now; so no window takes more than it can, however many
    ask at once. A day without a limit takes whatever comes, and is not counted. With `until` the places are kept until then, and theirs who
    calls `keep`; an expired place of somebody else is freed by whoever needs it. Refuses with SlotFull and DayFull.
    """
    if not wanted:
        return
    asked = sorted(set(wanted), key=lambda each: (each.location_id, each.service, each.day, each.starts_at is not None))
    short, own = await _take(tx, owner_id, asked, at, until)
    if short:
        await tx.execute(FREE, **_named(short), at=at)
        short, _ = await _take(tx, owner_id, short, at, until)
    if short:
        raise _refusal(short[0])
    if own:
        await tx.execute(PROLONG, owner_id=owner_id, until=until)


async def _take(
    tx: Tx, owner_id: UUID, asked: Sequence[Window], at: datetime, until: datetime | None
) -> tuple[list[Window], bool]:
    rows = await tx.fetch(
        TAKE,
        window_id=[SlotId(new_id()) for _ in asked],
        booking_id=[new_id() for _ in asked],
        ends_at=[each.ends_at for each in asked],
        owner_id=owner_id,
        at=at,
        until=until,
        **_named(asked),
    )
    had = {(row["location_id"], row["service"], row["day"], row["starts_at"]) for row in rows if row["had"]}
    return [each for each in asked if each.key not in had], any(row["own"] for row in rows)


def _named(asked: Sequence[Window]) -> dict[str, object]:
    return {name: [getattr(each, name) for each in asked] for name in _KEY}


def _refusal(short: Window) -> SlotFull | DayFull:
    at, day = short.location_id, short.day
    if short.starts_at is not None:
        return SlotFull("Choose another slot.", location_id=at, day=day, starts_at=short.starts_at)
    return DayFull("Ask again: the promise moves to the next day with room.", location_id=at, day=day)


async def keep(tx: Tx, owner_id: UUID, *, at: datetime) -> None:
    """Makes an order's places its own for good; again changes nothing. Refuses with BookingExpired when one of them is over, freed or not."""
    if await tx.fetch(KEEP, owner_id=owner_id, at=at):
        raise BookingExpired("Choose again; there may be no room now.")


async def unbook(tx: Tx, owner_id: UUID, *, at: datetime, location_ids: Collection[LocationId] | None = None) -> None:
    """Gives an order's places back, everywhere or at these locations; none left is no error."""
    ids = None if location_ids is None else list(location_ids)
    await tx.execute(RELEASE, owner_id=owner_id, at=at, location_ids=ids)
