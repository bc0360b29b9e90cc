"""Rows of price lists, of the prices on them, of costs and limits; and of what each list and each price was, and when."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from commerce.platform.tables import amount, append_only, currency, instant, key, metadata, one_of, version
from commerce.pricing import presented_functions

assert presented_functions.PRIOR_PRICE  # noqa: S101 -- the functions are declared by importing them

QUANTITY_MOST = 9_999

# Whom a list is for is said by what it names. Groups and customers are named, not referred to: their slices are siblings,
# and a customer who is erased leaves a list that nobody gets.
price_lists = Table(
    "price_lists",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    currency(),
    Column("channel_id", Uuid, ForeignKey("channels.id"), index=True),
    Column("store_id", Uuid, ForeignKey("locations.id"), index=True),
    Column("group_id", Uuid),
    Column("customer_id", Uuid),
    Column("priority", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    instant("starts_at", nullable=True),
    instant("ends_at", nullable=True),
    Column("store_time", Boolean, nullable=False, server_default="false"),
    Column("includes_tax", Boolean, nullable=False),
    Column("reduction", Boolean, nullable=False, server_default="false"),
    # Whether a price on it ever had tiers or changes to come: then prices are set by the long way.
    Column("layered", Boolean, nullable=False, server_default="false"),
    version(),
    Column("terms", Integer, nullable=False, server_default="1"),
    instant("created_at"),
    instant("updated_at"),
    UniqueConstraint("code"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
    CheckConstraint("starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at", name="window_has_a_length"),
    CheckConstraint("version >= 1", name="version_counts"),
    CheckConstraint("terms BETWEEN 1 AND version", name="terms_count"),
    CheckConstraint(
        "NOT reduction OR (includes_tax AND group_id IS NULL AND customer_id IS NULL)", name="reduction_is_public"
    ),
)

# What a list was, from `since` up to the next row: one for each change of its terms. In order of `id`, as its row was locked.
price_list_history = append_only(
    Table(
        "price_list_history",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("price_list_id", Uuid, ForeignKey("price_lists.id"), nullable=False),
        Column("terms", Integer, nullable=False),
        instant("since"),
        currency(),
        Column("channel_id", Uuid),
        Column("store_id", Uuid),
        Column("group_id", Uuid),
        Column("customer_id", Uuid),
        Column("priority", Integer, nullable=False),
        Column("active", Boolean, nullable=False),
        instant("starts_at", nullable=True),
        instant("ends_at", nullable=True),
        Column("store_time", Boolean, nullable=False),
        Column("includes_tax", Boolean, nullable=False),
        Column("reduction", Boolean, nullable=False),
        UniqueConstraint("price_list_id", "terms"),
    )
)

# A variant is named, not referred to: the catalogue is a sibling. A price of a variant that is gone does no harm.
# The rows of one list, variant and tier never overlap: kept so under a lock on the list, proven by the audit.
prices = Table(
    "prices",
    metadata,
    Column("price_list_id", Uuid, ForeignKey("price_lists.id"), primary_key=True),
    Column("variant_id", Uuid, primary_key=True),
    Column("min_quantity", Integer, primary_key=True, autoincrement=False, server_default="1"),
    Column("starts_at", DateTime(timezone=True), primary_key=True, server_default="-infinity"),
    Column("ends_at", DateTime(timezone=True), nullable=False, server_default="infinity"),
    amount("amount"),
    amount("compare_at", nullable=True),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    CheckConstraint("compare_at > amount", name="compare_at_is_higher"),
    CheckConstraint(f"min_quantity BETWEEN 1 AND {QUANTITY_MOST}", name="tier_is_bounded"),
    CheckConstraint("starts_at < ends_at", name="holds_for_a_while"),
    # An article may stand on thousands of customers' lists, of which a basket asks for a few.
    Index("ix_prices_variant_id_price_list_id", "variant_id", "price_list_id"),
    # Of changes to come, which are few: what began or ended lately.
    Index("ix_prices_starts_at", "starts_at", postgresql_where=text("starts_at > '-infinity'")),
    Index("ix_prices_ends_at", "ends_at", postgresql_where=text("ends_at < 'infinity'")),
)

# One row for each change, in order of `id` within a list, because a list is locked while its prices change: since `since` it was
# known that the price is `amount` from `starts_at` up to `ends_at`. No amount: off the list. The last row that covers an instant is right.
price_history = append_only(
    Table(
        "price_history",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("price_list_id", Uuid, ForeignKey("price_lists.id"), nullable=False),
        Column("variant_id", Uuid, nullable=False),
        Column("min_quantity", Integer, nullable=False, server_default="1"),
        Column("starts_at", DateTime(timezone=True), nullable=False, server_default="-infinity"),
        Column("ends_at", DateTime(timezone=True), nullable=False, server_default="infinity"),
        amount("amount", nullable=True),
        amount("compare_at", nullable=True),
        instant("since"),
        Column("actor", Text, nullable=False),
        Index("ix_price_history_variant_id", "variant_id", "price_list_id", "id"),
        Index("ix_price_history_since", "since", postgresql_using="brin"),
    )
)

# What one unit costs the shop, before tax.
costs = Table(
    "costs",
    metadata,
    Column("variant_id", Uuid, primary_key=True),
    Column("currency", Text, primary_key=True),
    amount("amount"),
    instant("since"),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
)

# No amount: not known any more.
cost_history = append_only(
    Table(
        "cost_history",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("variant_id", Uuid, nullable=False),
        currency(),
        amount("amount", nullable=True),
        instant("since"),
        Column("actor", Text, nullable=False),
        Index("ix_cost_history_variant_id", "variant_id", "currency", "id"),
    )
)

# The least that is left over a cost: a share of the net price, or of the cost itself.
margin_guards = Table(
    "margin_guards",
    metadata,
    Column("currency", Text, primary_key=True),
    Column("basis", Text, nullable=False),
    Column("share", Numeric(7, 6), nullable=False),
    version(),
    instant("updated_at"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
    CheckConstraint(one_of("basis", ["price", "cost"]), name="basis_is_known"),
    CheckConstraint("share >= 0 AND (basis = 'cost' OR share < 1)", name="share_can_be_kept"),
)

# How far below the list a price given by hand may be, by the scope that allows it.
override_limits = Table(
    "override_limits",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("most", Numeric(7, 6), nullable=False),
    Column("reason_required", Boolean, nullable=False),
    version(),
    instant("updated_at"),
    CheckConstraint("most BETWEEN 0 AND 1", name="most_is_a_share"),
)
