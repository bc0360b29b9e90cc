"""Rows of price lists, of the prices on them, and of what each price was and when."""

from sqlalchemy import (
    BigInteger,
    Boolean,
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
)

from commerce.platform.tables import amount, append_only, currency, instant, key, metadata, version

price_lists = Table(
    "price_lists",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    currency(),
    Column("channel_id", Uuid, ForeignKey("channels.id"), index=True),
    Column("priority", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    instant("starts_at", nullable=True),
    instant("ends_at", nullable=True),
    Column("includes_tax", Boolean, nullable=False),
    version(),
    instant("created_at"),
    instant("updated_at"),
    UniqueConstraint("code"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
    CheckConstraint("starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at", name="window_has_a_length"),
    CheckConstraint("version >= 1", name="version_counts"),
)

# A variant is named, not referred to: the catalogue is a sibling. A price of a variant that is gone does no harm.
prices = Table(
    "prices",
    metadata,
    Column("price_list_id", Uuid, ForeignKey("price_lists.id"), primary_key=True),
    Column("variant_id", Uuid, primary_key=True),
    amount("amount"),
    amount("compare_at", nullable=True),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    CheckConstraint("compare_at > amount", name="compare_at_is_higher"),
    Index("ix_prices_variant_id", "variant_id"),
)

# One row for each change, in order of `id` within a list, because a list is locked while its prices change. No amount: taken off.
price_history = append_only(
    Table(
        "price_history",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("price_list_id", Uuid, ForeignKey("price_lists.id"), nullable=False),
        Column("variant_id", Uuid, nullable=False),
        amount("amount", nullable=True),
        amount("compare_at", nullable=True),
        instant("since"),
        Column("actor", Text, nullable=False),
        Index("ix_price_history_variant_id", "variant_id", "price_list_id", "id"),
    )
)
