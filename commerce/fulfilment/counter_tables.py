"""Who may collect, who is here, what proves a hand-over, who searched in vain."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import append_only, instant, metadata, one_of

SIGNATURE_MOST = 65_536

# Somebody else than the buyer who may collect. The name is there for the counter to compare, and goes when the owner takes it back.
pickup_persons = Table(
    "pickup_persons",
    metadata,
    Column("order_id", Uuid, ForeignKey("orders.id"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=False),
    instant("named_at"),
    CheckConstraint("name <> '' AND code <> ''", name="named"),
)

# Where the customer waits with which vehicle; erased when the work has ended.
arrivals = Table(
    "arrivals",
    metadata,
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), primary_key=True),
    Column("bay", Text),
    Column("vehicle", Text),
    instant("said_at"),
    CheckConstraint("bay IS NOT NULL OR vehicle IS NOT NULL", name="says_something"),
)

# Until when it can be collected, as whoever reckons deadlines says; a row of its own, so that nobody who hands over waits for it.
collect_by = Table(
    "collect_by",
    metadata,
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), primary_key=True),
    instant("until", nullable=True),
)

# What more is known of a hand-over than that it was one: beside it, so that it can be erased and the fact stays.
hand_over_proofs = Table(
    "hand_over_proofs",
    metadata,
    Column("hand_over_id", Uuid, ForeignKey("hand_overs.id"), primary_key=True),
    Column("person", Text, nullable=False),
    Column("document", Text),
    Column("device", Text),
    Column("waited_seconds", Integer),
    Column("signature_type", Text),
    Column("signature", LargeBinary),
    Column("age_checked", Boolean, nullable=False, server_default="false"),
    CheckConstraint(one_of("person", ["customer", "named"]), name="person_known"),
    CheckConstraint(
        one_of("document", ["identity_card", "passport", "residence_permit", "driving_licence", "other"]),
        name="document_known",
    ),
    CheckConstraint("waited_seconds >= 0", name="wait_not_negative"),
    CheckConstraint("(signature IS NULL) = (signature_type IS NULL)", name="signature_has_a_type"),
    CheckConstraint(f"octet_length(signature) BETWEEN 1 AND {SIGNATURE_MOST}", name="signature_bounded"),
)

# Units that the customer looked at and left at the counter: never charged.
counter_refusals = append_only(
    Table(
        "counter_refusals",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False, index=True),
        Column("units", JSONB, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
    )
)

find_failures = Table(
    "find_failures",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("failed", Integer, nullable=False),
    instant("since"),
    CheckConstraint("failed >= 0", name="failed_not_negative"),
)
