"""What the back office and the stores read, by page and at the caller's locations: lots, serial numbers, their journal."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Date, Integer, Text, Uuid, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory import Spot
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.traceability.rules import day_at, sellable
from commerce.traceability.schemas import LotOut, SerialOut, TraceOut, TrackingChangeOut, TrackingOut
from commerce.traceability.set_tracking import KNOWN
from commerce.traceability.tables import (
    lot_levels,
    lots,
    serial_numbers,
    trace_movements,
    tracked_articles,
    tracking_changes,
)
from commerce.traceability.tracked import locations

NONE = UUID(int=0)
NEWEST = 2**62


def _or_all(column: ColumnElement[Any], argument: str) -> ColumnElement[bool]:
    """Gives `column = $argument`, or everything when the argument is null."""
    wanted = given(argument, column.type)
    return or_(wanted.is_(None), column == wanted)


def _seen(location_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Gives the condition that the caller may see a location; a caller that is bound to none may see all."""
    bound = given("locations", ARRAY(Uuid))
    return or_(bound.is_(None), location_id == func.any(bound))


_limit = given("limit", Integer)
_level, _serial, _trace, _set, _change = (
    lot_levels.c,
    serial_numbers.c,
    trace_movements.c,
    tracked_articles.c,
    tracking_changes.c,
)
_before_day = given("expiring_before", Date)


class _LotRow(msgspec.Struct, frozen=True):
    variant_id: UUID
    location_id: UUID
    spot: Spot
    lot: str
    expires_on: date | None
    quantity: int
    timezone: str


LOTS = Statement(
    select(
        *(_level.variant_id, _level.location_id, _level.spot, _level.lot),
        lots.c.expires_on,
        _level.quantity,
        locations.c.timezone,
    )
    .select_from(
        lot_levels.join(lots, (lots.c.variant_id == _level.variant_id) & (lots.c.lot == _level.lot)).join(
            locations, locations.c.id == _level.location_id
        )
    )
    .where(
        tuple_(_level.variant_id, _level.location_id, _level.spot, _level.lot)
        > tuple_(
            given("after_variant_id", Uuid),
            given("after_location_id", Uuid),
            given("after_spot", Text),
            given("after_lot", Text),
        ),
        _level.quantity > 0,
        _or_all(_level.variant_id, "variant_id"),
        _or_all(_level.location_id, "location_id"),
        _or_all(_level.lot, "lot"),
        or_(_before_day.is_(None), lots.c.expires_on < _before_day),
        _seen(_level.location_id),
    )
    .order_by(_level.variant_id, _level.location_id, _level.spot, _level.lot)
    .limit(_limit),
    into=_LotRow,
)
SERIALS = Statement(
    select(serial_numbers)
    .where(
        tuple_(_serial.variant_id, _serial.serial) > tuple_(given("after_variant_id", Uuid), given("after", Text)),
        _or_all(_serial.variant_id, "variant_id"),
        _or_all(_serial.serial, "serial"),
        _or_all(_serial.location_id, "location_id"),
        _or_all(_serial.spot, "spot"),
        _or_all(_serial.order_line_id, "order_line_id"),
        _seen(_serial.location_id),
    )
    .order_by(_serial.variant_id, _serial.serial)
    .limit(_limit),
    into=SerialOut,
)
TRACES = Statement(
    select(trace_movements)
    .where(
        _trace.seq < given("before", _trace.seq.type),
        _or_all(_trace.variant_id, "variant_id"),
        _or_all(_trace.code, "code"),
        _or_all(_trace.location_id, "location_id"),
        _or_all(_trace.order_line_id, "order_line_id"),
        _or_all(_trace.document_id, "document_id"),
        _seen(_trace.location_id),
    )
    .order_by(_trace.seq.desc())
    .limit(_limit),
    into=TraceOut,
)
TRACKED = Statement(
    select(_set.variant_id, _set.tracking, _set.dated, _set.version)
    .where(_set.variant_id > given("after", Uuid), _set.tracking != "none")
    .order_by(_set.variant_id)
    .limit(_limit),
    into=TrackingOut,
)
CHANGES = Statement(
    select(_change.id, _change.version, _change.tracking, _change.dated, _change.actor, _change.reason, _change.at)
    .where(_change.variant_id == given("variant_id", Uuid), _change.version < given("before", Integer))
    .order_by(_change.version.desc())
    .limit(_limit),
    into=TrackingChangeOut,
)


async def lot_page(
    reading: Reading,
    *,
    variant_id: UUID | None,
    location_id: UUID | None,
    lot: str | None,
    expiring_before: date | None,
    bound: frozenset[UUID] | None,
    after: tuple[UUID, UUID, str, str] | None,
    limit: int,
) -> list[LotOut]:
    """Gives lots with units by (article, location, spot, lot), one more than the limit.

    `expiring_before` leaves those whose last day of sale is earlier than that date.
    """
    place = after or (NONE, NONE, "", "")
    rows = await reading.fetch(
        LOTS,
        variant_id=variant_id,
        location_id=location_id,
        lot=lot,
        expiring_before=expiring_before,
        locations=listed(bound),
        after_variant_id=place[0],
        after_location_id=place[1],
        after_spot=place[2],
        after_lot=place[3],
        limit=limit + 1,
    )
    days = {row.timezone: day_at(clock.now(), row.timezone) for row in rows}
    return [
        LotOut(
            variant_id=row.variant_id,
            location_id=row.location_id,
            spot=row.spot,
            lot=row.lot,
            expires_on=row.expires_on,
            expired=not sellable(row.expires_on, days[row.timezone]),
            quantity=row.quantity,
        )
        for row in rows
    ]


async def serial_page(
    reading: Reading,
    *,
    variant_id: UUID | None,
    serial: str | None,
    location_id: UUID | None,
    spot: Spot | None,
    order_line_id: UUID | None,
    bound: frozenset[UUID] | None,
    after: tuple[UUID, str] | None,
    limit: int,
) -> Sequence[SerialOut]:
    """Gives serial numbers by (article, number), one more than the limit; those that are out count for where they were last."""
    after_variant_id, after_serial = after or (NONE, "")
    return await reading.fetch(
        SERIALS,
        variant_id=variant_id,
        serial=serial,
        location_id=location_id,
        spot=spot,
        order_line_id=order_line_id,
        locations=listed(bound),
        after_variant_id=after_variant_id,
        after=after_serial,
        limit=limit + 1,
    )


async def trace_page(
    reading: Reading,
    *,
    variant_id: UUID | None,
    code: str | None,
    location_id: UUID | None,
    order_line_id: UUID | None,
    document_id: UUID | None,
    bound: frozenset[UUID] | None,
    before: int | None,
    limit: int,
) -> Sequence[TraceOut]:
    """Gives lines of the journal, the latest first, one more than the limit."""
    return await reading.fetch(
        TRACES,
        variant_id=variant_id,
        code=code,
        location_id=location_id,
        order_line_id=order_line_id,
        document_id=document_id,
        locations=listed(bound),
        before=NEWEST if before is None else before,
        limit=limit + 1,
    )


async def tracked_page(reading: Reading, *, after: UUID | None, limit: int) -> Sequence[TrackingOut]:
    """Gives the articles that ask for something, one more than the limit."""
    return await reading.fetch(TRACKED, after=after or NONE, limit=limit + 1)


async def change_page(
    reading: Reading, variant_id: UUID, *, before: int | None, limit: int
) -> Sequence[TrackingChangeOut]:
    """Gives what was set for an article, the latest first, one more than the limit; refuses with NotFound."""
    if not await reading.fetch(KNOWN, variant_id=variant_id):
        raise NotFound("There is no such article.")
    return await reading.fetch(CHANGES, variant_id=variant_id, before=before or 2**31 - 1, limit=limit + 1)


def listed(bound: frozenset[UUID] | None) -> list[UUID] | None:
    """Gives a caller's locations as an argument; None for one that may see all."""
    return None if bound is None else list(bound)
