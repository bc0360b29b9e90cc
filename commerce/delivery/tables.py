"""Rows of delivery methods: how goods reach the shopper, and what that costs."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.platform.tables import amount, currency, instant, key, metadata, one_of, version

delivery_methods = Table(
    "delivery_methods",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", JSONB, nullable=False),
    Column("kind", Text, nullable=False),
    amount("amount"),
    currency(),
    Column("includes_tax", Boolean, nullable=False),
    Column("tax_category", Text, nullable=False),
    Column("countries", ARRAY(Text), nullable=False),
    Column("min_days", Integer, nullable=False),
    Column("max_days", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    version(),
    instant("created_at"),
    instant("updated_at"),
    UniqueConstraint("code"),
    CheckConstraint(one_of("kind", ["pickup", "ship"]), name="kind_is_known"),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
    CheckConstraint("0 <= min_days AND min_days <= max_days AND max_days <= 365", name="days_are_bounded"),
    # All collections in a currency cost what its one active pickup method says.
    Index(
        "uq_delivery_methods_pickup",
        "currency",
        unique=True,
        postgresql_where=text("kind = 'pickup' AND active"),
    ),
)
