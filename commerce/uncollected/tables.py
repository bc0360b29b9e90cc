"""Pickups that wait with their moves, deadlines and reminders; what nobody collected; who did not come; how long is waited."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.platform.tables import append_only, instant, key, metadata, one_of, state, version
from commerce.uncollected.facts import MOST_REMINDERS, WaitState

pickup_waits = Table(
    "pickup_waits",
    metadata,
    key(),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False, index=True),
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False, unique=True),
    Column("location_id", Uuid, nullable=False),
    state(),
    Column("round", Integer, nullable=False),
    instant("ready_at", nullable=True),
    instant("deadline", nullable=True),
    instant("due_at", nullable=True),
    Column("terms", JSONB, nullable=False),
    instant("extended_at", nullable=True),
    instant("closed_at", nullable=True),
    instant("put_away_at", nullable=True),
    version(),
    CheckConstraint(one_of("state", WaitState), name="state_known"),
    CheckConstraint("round >= 1", name="round_positive"),
    CheckConstraint("(deadline IS NULL) = (due_at IS NULL) AND due_at >= deadline", name="due_after_the_deadline"),
    CheckConstraint("deadline IS NULL OR ready_at IS NOT NULL", name="deadline_of_the_ready"),
    CheckConstraint("state NOT IN ('expired', 'put_away') OR deadline IS NOT NULL", name="expired_for_a_deadline"),
    CheckConstraint("(closed_at IS NOT NULL) = (state <> 'waiting')", name="closed_when_nobody_waits"),
    CheckConstraint("(put_away_at IS NOT NULL) = (state = 'put_away')", name="put_away_has_a_time"),
    Index("ix_pickup_waits_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
    Index("ix_pickup_waits_waiting_at", "location_id", "id", postgresql_where=text("state = 'waiting'")),
)

pickup_transitions = append_only(
    Table(
        "pickup_transitions",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("wait_id", Uuid, ForeignKey("pickup_waits.id"), nullable=False, index=True),
        Column("state_before", Text),
        Column("state_after", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
    )
)

pickup_deadlines = append_only(
    Table(
        "pickup_deadlines",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("wait_id", Uuid, ForeignKey("pickup_waits.id"), nullable=False, index=True),
        Column("round", Integer, nullable=False),
        instant("deadline_before", nullable=True),
        instant("deadline_after", nullable=True),
        Column("why", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
        CheckConstraint(one_of("why", ["ready", "unpacked", "asked", "hours"]), name="why_known"),
    )
)

pickup_reminders = Table(
    "pickup_reminders",
    metadata,
    Column("wait_id", Uuid, ForeignKey("pickup_waits.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("percent", Integer, nullable=False),
    instant("due_at"),
    instant("sent_at", nullable=True),
    PrimaryKeyConstraint("wait_id", "round", "percent"),
    CheckConstraint("percent BETWEEN 1 AND 99", name="percent_within_the_stay"),
    Index("ix_pickup_reminders_due_at", "due_at", postgresql_where=text("sent_at IS NULL")),
)

uncollected_units = Table(
    "uncollected_units",
    metadata,
    Column("wait_id", Uuid, ForeignKey("pickup_waits.id"), nullable=False),
    Column("line_id", Uuid, ForeignKey("fulfilment_lines.id"), nullable=False),
    Column("order_line_id", Uuid, ForeignKey("order_lines.id"), nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("units", Integer, nullable=False),
    Column("damaged", Integer, nullable=False, server_default="0"),
    Column("traces", JSONB, nullable=False),
    PrimaryKeyConstraint("wait_id", "line_id"),
    CheckConstraint("units > 0 AND damaged BETWEEN 0 AND units", name="funnel"),
)

# Whose pickups nobody collected: an account's id, or a keyed digest; no address and no name.
no_shows = append_only(
    Table(
        "no_shows",
        metadata,
        Column("wait_id", Uuid, ForeignKey("pickup_waits.id"), primary_key=True),
        Column("customer", Text, nullable=False),
        Column("location_id", Uuid, nullable=False),
        instant("at"),
        instant("counts_until"),
        Column("sign_count", Integer, nullable=False),
        CheckConstraint("customer ~ '^(account|guest):'", name="customer_is_a_key"),
        CheckConstraint("sign_count > 0 AND counts_until > at", name="counts_for_a_while"),
        Index("ix_no_shows_customer", "customer", "counts_until"),
    )
)

collection_policies = Table(
    "collection_policies",
    metadata,
    key(),
    Column("location_id", Uuid, ForeignKey("locations.id")),
    Column("category_id", Uuid, ForeignKey("categories.id")),
    Column("wait_days", Integer),
    Column("wait_hours", Integer),
    Column("reminders", ARRAY(Integer), nullable=False),
    Column("extension_days", Integer, nullable=False),
    Column("grace_minutes", Integer, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("sign_days", Integer, nullable=False),
    instant("withdrawn_at", nullable=True),
    version(),
    CheckConstraint("(wait_days IS NULL) <> (wait_hours IS NULL)", name="days_or_hours"),
    CheckConstraint("wait_days > 0 AND wait_hours IS NULL OR wait_hours > 0 AND wait_days IS NULL", name="waits"),
    CheckConstraint(f"cardinality(reminders) <= {MOST_REMINDERS}", name="reminders_few"),
    CheckConstraint("extension_days >= 0 AND grace_minutes >= 0", name="figures_not_negative"),
    CheckConstraint("sign_count > 0 AND sign_days > 0", name="sign_positive"),
    Index(
        "uq_collection_policies_for",
        "location_id",
        "category_id",
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    ),
)
