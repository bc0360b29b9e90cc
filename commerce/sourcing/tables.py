"""Rows of sourcing rules and of what was published of them."""

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
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import amount, append_only, currency, instant, key, metadata, one_of, state, version
from commerce.sourcing.facts import State

# `routing` is what is being written; `published_version` names the row of sourcing_rule_versions that decides. Without a channel: for all
# channels that have no rule of their own.
sourcing_rules = Table(
    "sourcing_rules",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", JSONB, nullable=False),
    Column("channel_id", Uuid, ForeignKey("channels.id")),
    state(),
    Column("routing", JSONB, nullable=False),
    Column("published_version", Integer),
    version(),
    instant("created_at"),
    instant("updated_at"),
    instant("withdrawn_at", nullable=True),
    CheckConstraint(one_of("state", State), name="state_known"),
    CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_a_time"),
    CheckConstraint("state <> 'published' OR published_version IS NOT NULL", name="published_has_a_version"),
    CheckConstraint("published_version <= version", name="published_is_a_version"),
    Index("uq_sourcing_rules_code", "code", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
    # One rule decides for a channel, and one for all others.
    Index(
        "uq_sourcing_rules_channel_id",
        "channel_id",
        unique=True,
        postgresql_where=text("state = 'published'"),
        postgresql_nulls_not_distinct=True,
    ),
)

# One row for each publication and withdrawal, in order of `seq` within a rule, because the rule is locked meanwhile.
sourcing_rule_versions = append_only(
    Table(
        "sourcing_rule_versions",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("rule_id", Uuid, ForeignKey("sourcing_rules.id"), nullable=False),
        Column("version", Integer, nullable=False),
        Column("routing", JSONB),
        instant("at"),
        Column("actor", Text, nullable=False),
        Index("uq_sourcing_rule_versions_rule_id", "rule_id", "version", unique=True),
    )
)

# What a place says that a parcel from it costs, in one currency; the last row by `seq` holds, from `at` on. Without an amount: it says nothing more.
parcel_costs = append_only(
    Table(
        "parcel_costs",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
        currency(),
        amount("amount", nullable=True),
        amount("per_km"),
        instant("at"),
        Column("actor", Text, nullable=False),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
        CheckConstraint(
            "amount >= 0 AND per_km >= 0 AND (amount IS NOT NULL OR per_km = 0)", name="costs_not_negative"
        ),
        Index("ix_parcel_costs_location_id", "location_id", "currency", "seq"),
    )
)
