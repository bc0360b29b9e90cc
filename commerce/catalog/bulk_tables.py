"""Rows of bulk edits: what was asked, and what it would make of each product."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import instant, key, metadata, version

bulk_edits = Table(
    "bulk_edits",
    metadata,
    key(),
    Column("state", Text, nullable=False),
    Column("selection", JSONB, nullable=False),
    Column("changes", JSONB, nullable=False),
    Column("matched", Integer, nullable=False),  # how many products the selection found
    Column("by", Text, nullable=False),  # who asked for it, as the audit log names them
    instant("created_at"),
    instant("applied_at", nullable=True),
    version(),
    CheckConstraint("state IN ('applied', 'applying', 'previewed')", name="state_known"),
    CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="applied_at_a_time"),
)

# What each product would become, as it was when it was looked at; a product that has changed since is left as it is.
bulk_edit_products = Table(
    "bulk_edit_products",
    metadata,
    Column("bulk_edit_id", Uuid, ForeignKey("bulk_edits.id"), primary_key=True),
    Column("product_id", Uuid, ForeignKey("products.id"), primary_key=True),
    Column("product_version", Integer, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("refusal", JSONB),  # why the changes do not fit this product
    Column("outcome", Text),  # none yet
    CheckConstraint(
        "outcome IS NULL OR outcome IN ('changed', 'moved_on', 'refused', 'unchanged')", name="outcome_known"
    ),
    Index("ix_bulk_edit_products_product_id", "product_id"),
)
