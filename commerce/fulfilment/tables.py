"""Fulfilment orders with their lines and moves, pickup codes, hand-overs, shipments."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.fulfilment.facts import FulfilmentState, ShortReason
from commerce.platform.tables import append_only, instant, key, metadata, one_of, state, version

fulfilment_orders = Table(
    "fulfilment_orders",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False, index=True),
    Column("order_number", Text, nullable=False),
    Column("group_id", Uuid, ForeignKey("order_groups.id"), nullable=False),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    Column("kind", Text, nullable=False),
    state(),
    instant("ready_by", nullable=True),
    instant("promised_by", nullable=True),
    Column("attempt", Integer, nullable=False, server_default="1"),
    Column("waiting_for", Uuid),
    Column("staging", Text),
    Column("reject_reason", Text),
    instant("offered_at"),
    instant("accepted_at", nullable=True),
    instant("ready_at", nullable=True),
    instant("arrived_at", nullable=True),
    instant("closed_at", nullable=True),
    version(),
    CheckConstraint(one_of("state", FulfilmentState), name="state_known"),
    CheckConstraint(one_of("kind", ["pickup", "ship"]), name="kind_known"),
    CheckConstraint(
        "(state IN ('handed_over', 'shipped', 'rejected', 'cancelled', 'expired')) = (closed_at IS NOT NULL)",
        name="closed_when_final",
    ),
    CheckConstraint(
        "NOT (kind = 'ship' AND state IN ('ready_for_pickup', 'handed_over', 'expired')) AND NOT (kind = 'pickup' AND state = 'shipped')",
        name="state_fits_kind",
    ),
    CheckConstraint("attempt >= 1", name="attempt_positive"),
    CheckConstraint("state <> 'waiting_for_transfer' OR waiting_for IS NOT NULL", name="waits_for_a_transfer"),
    # One first piece of work for a group; what follows it, follows from a rejection.
    Index("uq_fulfilment_orders_first", "group_id", unique=True, postgresql_where=text("attempt = 1")),
    Index("ix_fulfilment_orders_group_id", "group_id"),
    Index("ix_fulfilment_orders_waiting_for", "waiting_for", postgresql_where=text("waiting_for IS NOT NULL")),
    Index("ix_fulfilment_orders_unaccepted", "offered_at", postgresql_where=text("state = 'offered'")),
    Index("ix_fulfilment_orders_promised_by", "promised_by", postgresql_where=text("kind = 'pickup'")),
    Index(
        "ix_fulfilment_orders_due",
        "ready_by",
        postgresql_where=text("state IN ('accepted', 'picking', 'packed')"),
    ),
    Index("ix_fulfilment_orders_work", "location_id", "state", "offered_at", "id"),
    Index("ix_fulfilment_orders_offered_at", "offered_at", "id"),
)

fulfilment_lines = Table(
    "fulfilment_lines",
    metadata,
    key(),
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False, index=True),
    Column("order_line_id", Uuid, ForeignKey("order_lines.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("title", JSONB, nullable=False),
    Column("option_text", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("picked", Integer, nullable=False, server_default="0"),
    Column("short", Integer, nullable=False, server_default="0"),
    Column("short_reason", Text),
    Column("handed", Integer, nullable=False, server_default="0"),
    Column("minimum_age", Integer),
    CheckConstraint("minimum_age > 0", name="minimum_age_positive"),
    CheckConstraint("quantity > 0 AND picked >= 0 AND short >= 0 AND handed >= 0", name="units_not_negative"),
    CheckConstraint("picked + short <= quantity AND handed <= picked", name="funnel"),
    CheckConstraint(f"short_reason IS NULL OR {one_of('short_reason', ShortReason)}", name="short_reason_known"),
    CheckConstraint("short = 0 OR short_reason IS NOT NULL", name="short_for_a_reason"),
    UniqueConstraint("fulfilment_order_id", "order_line_id"),
)

fulfilment_transitions = append_only(
    Table(
        "fulfilment_transitions",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False, index=True),
        Column("state_before", Text),
        Column("state_after", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
    )
)

promise_moves = append_only(
    Table(
        "promise_moves",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False, index=True),
        instant("ready_by_before", nullable=True),
        instant("ready_by_after"),
        Column("reason", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
    )
)

# Plain, so that its owner can see it again; worth something only at one counter, until the goods are handed over, and for few attempts.
pickup_codes = Table(
    "pickup_codes",
    metadata,
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), primary_key=True),
    Column("code", Text, nullable=False),
    Column("failed_attempts", Integer, nullable=False, server_default="0"),
    CheckConstraint("failed_attempts >= 0", name="attempts_not_negative"),
)

hand_overs = append_only(
    Table(
        "hand_overs",
        metadata,
        key(),
        Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False, index=True),
        Column("units", JSONB, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("proof", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
        CheckConstraint(one_of("proof", ["code", "identity"]), name="proof_known"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
    )
)

shipments = Table(
    "shipments",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False, index=True),
    Column("location_id", Uuid, nullable=False),
    Column("carrier", Text, nullable=False),
    Column("tracking_number", Text),
    Column("tracking_url", Text),
    Column("units", JSONB, nullable=False),
    instant("shipped_at"),
    instant("delivered_at", nullable=True),
    version(),
    CheckConstraint("delivered_at IS NULL OR delivered_at >= shipped_at", name="delivered_after_shipped"),
    UniqueConstraint("fulfilment_order_id", "id"),
)
