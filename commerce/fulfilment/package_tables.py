"""Packages of work, and their labels."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.fulfilment.package_facts import PackageState
from commerce.platform.tables import instant, key, metadata, one_of, state, version

packages = Table(
    "packages",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    state(),
    Column("units", JSONB, nullable=False),
    Column("weight_grams", Integer),
    Column("length_mm", Integer),
    Column("width_mm", Integer),
    Column("height_mm", Integer),
    Column("shipment_id", Uuid, ForeignKey("shipments.id"), index=True),
    Column("by", Text, nullable=False),
    instant("packed_at"),
    instant("closed_at", nullable=True),
    version(),
    CheckConstraint(one_of("state", PackageState), name="state_known"),
    CheckConstraint("jsonb_typeof(units) = 'array' AND jsonb_array_length(units) > 0", name="something_is_in_it"),
    CheckConstraint("(state = 'packed') = (closed_at IS NULL)", name="closed_when_final"),
    CheckConstraint("shipment_id IS NULL OR state = 'sent'", name="sent_with_a_shipment"),
    CheckConstraint("weight_grams > 0 AND length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="measures_positive"),
    Index("ix_packages_fulfilment_order_id", "fulfilment_order_id", "packed_at", "id"),
)

package_labels = Table(
    "package_labels",
    metadata,
    key(),
    Column("package_id", Uuid, ForeignKey("packages.id"), nullable=False),
    Column("labeller", Text, nullable=False),
    Column("tracking_number", Text),
    Column("nth", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    # What is printed names a person: it goes when the label is void or its goods have left.
    Column("document", LargeBinary),
    instant("made_at"),
    instant("voided_at", nullable=True),
    Column("void_reason", Text),
    CheckConstraint("nth BETWEEN 1 AND count", name="one_of_them"),
    CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="void_for_a_reason"),
    CheckConstraint("voided_at IS NULL OR document IS NULL", name="void_prints_nothing"),
    UniqueConstraint("package_id", "id"),
    Index("uq_package_labels_good", "package_id", unique=True, postgresql_where=text("voided_at IS NULL")),
)
