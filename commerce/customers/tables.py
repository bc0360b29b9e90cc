"""Rows of customer groups and segments, who is in them, and the business that a customer buys for."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import instant, key, metadata, one_of, version

KINDS = ["group", "segment"]

customer_groups = Table(
    "customer_groups",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", JSONB, nullable=False),
    Column("kind", Text, nullable=False),
    instant("created_at"),
    instant("updated_at"),
    instant("withdrawn_at", nullable=True),
    version(),
    CheckConstraint(one_of("kind", KINDS), name="kind_known"),
    CheckConstraint("code = lower(code)", name="code_is_lower_case"),
    Index("uq_customer_groups_code", "code", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
)

# A member is a row: who leaves a group has none from that moment on.
customer_group_members = Table(
    "customer_group_members",
    metadata,
    Column("group_id", Uuid, ForeignKey("customer_groups.id"), primary_key=True),
    Column("customer_id", Uuid, ForeignKey("accounts.id"), primary_key=True),
    instant("since"),
    Index("ix_customer_group_members_customer_id", "customer_id"),
)

# `vat_key` is the number in its compact form with the prefix of its state (EL for Greece), as registries know it.
customer_businesses = Table(
    "customer_businesses",
    metadata,
    Column("customer_id", Uuid, ForeignKey("accounts.id"), primary_key=True),
    Column("company_name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("vat_number", Text),
    Column("vat_key", Text),
    instant("created_at"),
    instant("updated_at"),
    version(),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_a_code"),
    CheckConstraint("(vat_number IS NULL) = (vat_key IS NULL)", name="vat_number_has_its_key"),
    CheckConstraint("vat_key ~ '^[A-Z]{2}[0-9A-Z+*]{2,13}$'", name="vat_key_is_compact"),
)
