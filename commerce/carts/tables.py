"""The rows of carts: the cart with whose it is and where it goes, and its lines."""

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
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.carts.facts import QUANTITY_MOST, CartState
from commerce.platform.tables import instant, key, metadata, one_of, state, version

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
    Column("billing_address", JSONB(none_as_null=True)),
    Column("shipping_address", JSONB(none_as_null=True)),
    state(),
    Column("order_id", Uuid),
    instant("created_at"),
    instant("updated_at"),
    version(),
    CheckConstraint(one_of("state", CartState), name="state_known"),
    CheckConstraint("(state = 'ordered') = (order_id IS NOT NULL)", name="ordered_as_an_order"),
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
    CheckConstraint(f"quantity BETWEEN 1 AND {QUANTITY_MOST}", name="quantity_bounded"),
    CheckConstraint("\"group\" = '' OR \"group\" ~ '^(pickup|ship):[0-9a-f-]{36}$'", name="group_known"),
    UniqueConstraint("cart_id", "variant_id", "group"),
)
