"""What must hold of windows and bookings: each statement gives the rows that break it."""

from sqlalchemy import and_, func, select

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.promise.tables import bookings, windows

_open = (
    select(bookings.c.window_id, func.count().label("open"))
    .where(bookings.c.ended_at.is_(None))
    .group_by(bookings.c.window_id)
    .subquery("open")
)

CHECKS: list[Check] = [
    Check(
        code="G6",
        name="a_window_has_taken_what_is_booked",
        statement=Statement(
            select(windows.c.id, windows.c.taken, _open.c.open)
            .outerjoin_from(windows, _open, _open.c.window_id == windows.c.id)
            .where(windows.c.taken != func.coalesce(_open.c.open, 0))
        ),
    ),
    Check(
        code="G6",
        name="an_order_has_one_slot_at_a_location",
        statement=Statement(
            select(bookings.c.owner_id, windows.c.location_id)
            .join_from(bookings, windows, windows.c.id == bookings.c.window_id)
            .where(and_(bookings.c.ended_at.is_(None), windows.c.starts_at.is_not(None)))
            .group_by(bookings.c.owner_id, windows.c.location_id)
            .having(func.count() > 1)
        ),
    ),
]
