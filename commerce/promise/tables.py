"""Windows of time that take so many orders and no more (a store day of a service, a pickup slot), and whose orders they have taken.

A window's row is the lock of its bookings: whoever books, gives back or frees what is over holds it, and takes several in the order of
(location, service, day, start).
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from commerce.platform.tables import instant, key, metadata, one_of

# No start: the whole store day. `most` is how many the window could take when it last took one; `taken` never goes beyond it.
windows = Table(
    "promise_windows",
    metadata,
    key(),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    Column("service", Text, nullable=False),
    Column("day", Date, nullable=False),
    instant("starts_at", nullable=True),
    instant("ends_at", nullable=True),
    Column("most", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
    CheckConstraint("0 <= taken AND taken <= most", name="never_overbooked"),
    CheckConstraint(
        "(starts_at IS NULL) = (ends_at IS NULL) AND (starts_at IS NULL OR starts_at < ends_at)",
        name="slots_have_both_ends",
    ),
    UniqueConstraint(
        "location_id",
        "service",
        "day",
        "starts_at",
        name="uq_promise_windows_window",
        postgresql_nulls_not_distinct=True,
    ),
    postgresql_with={"fillfactor": "70"},
)

# An order's place in a window. It expires until the order stands; one that is over counts in no answer, whether or not anybody freed it.
bookings = Table(
    "promise_bookings",
    metadata,
    key(),
    Column("window_id", Uuid, ForeignKey("promise_windows.id"), nullable=False),
    Column("owner_id", Uuid, nullable=False),
    instant("booked_at"),
    instant("expires_at", nullable=True),
    instant("ended_at", nullable=True),
    Column("ended", Text),
    CheckConstraint(
        f"(ended IS NULL) = (ended_at IS NULL) AND (ended IS NULL OR {one_of('ended', ['released', 'expired'])})",
        name="ends_once",
    ),
    Index("uq_promise_bookings_open", "owner_id", "window_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("ix_promise_bookings_window_id", "window_id", "expires_at", postgresql_where=text("ended_at IS NULL")),
    Index("ix_promise_bookings_owner_id", "owner_id"),
)
