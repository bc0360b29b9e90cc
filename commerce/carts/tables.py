"""The rows of carts: the cart with whose it is and where it goes, and its lines."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.carts.facts import CODES_MOST, QUANTITY_MOST, CartState
from commerce.platform.tables import amount, instant, key, metadata, one_of, state, version

carts = Table(
    "carts",
    metadata,
    key(),
    Column("owner", Text, nullable=False),
    Column("shopper_id", Uuid),
    Column("channel_id", Uuid, nullable=False),
    Column("country", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("email", Text),
    Column("contact_name", Text),
    Column("contact_phone", Text),
    Column("confirmed_age", Integer),  # years that the buyer says to have, or that were checked at the counter
    Column("billing_address", JSONB(none_as_null=True)),
    Column("shipping_address", JSONB(none_as_null=True)),
    Column("store_id", Uuid),
    Column("vat_number", Text),
    Column("tender", Text),
    Column("codes", ARRAY(Text), nullable=False, server_default="{}"),
    Column("frozen_what", Text),
    instant("frozen_until", nullable=True),
    Column("frozen_record", LargeBinary),  # what the price engine recorded: `price_engine.record`
    Column("frozen_by", Text),
    Column("quote_id", Uuid),
    state(),
    Column("order_id", Uuid),
    instant("created_at"),
    instant("updated_at"),
    version(),
    # Pickup slots by location: the instant at which each begins.
    Column("slots", JSONB, nullable=False, server_default="{}"),
    CheckConstraint(one_of("state", CartState), name="state_known"),
    CheckConstraint("confirmed_age BETWEEN 1 AND 150", name="age_in_years"),
    CheckConstraint("jsonb_typeof(slots) = 'object'", name="slots_are_by_location"),
    CheckConstraint("(state = 'ordered') = (order_id IS NOT NULL)", name="ordered_as_an_order"),
    CheckConstraint(f"cardinality(codes) <= {CODES_MOST}", name="codes_bounded"),
    CheckConstraint(one_of("frozen_what", ["all", "prices"]), name="frozen_what_known"),
    CheckConstraint(
        "num_nulls(frozen_what, frozen_until, frozen_record, frozen_by) IN (0, 4)", name="frozen_with_its_record"
    ),
    CheckConstraint("quote_id IS NULL OR frozen_what = 'all'", name="quoted_is_frozen"),
    Index("ix_carts_owner", "owner", "created_at"),
)

cart_lines = Table(
    "cart_lines",
    metadata,
    key(),
    Column("cart_id", Uuid, ForeignKey("carts.id"), nullable=False),
    Column("seq", BigInteger, Identity(), nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("group", Text, nullable=False),
    amount("override_unit", nullable=True),
    Column("override_by", Text),
    Column("override_reason", Text),
    CheckConstraint("override_unit >= 0", name="override_not_negative"),
    CheckConstraint("num_nulls(override_unit, override_by, override_reason) IN (0, 3)", name="override_is_explained"),
    CheckConstraint(f"quantity BETWEEN 1 AND {QUANTITY_MOST}", name="quantity_bounded"),
    CheckConstraint("\"group\" = '' OR \"group\" ~ '^(pickup|ship):[0-9a-f-]{36}$'", name="group_known"),
    UniqueConstraint("cart_id", "variant_id", "group"),
)
