"""All tables of replenishment: those of purchases and of transfers, the moves of their documents, bounds, and the shop's own rules."""

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
    Uuid,
)

from commerce.platform.tables import append_only, instant, metadata, one_of, version
from commerce.replenishment.purchase_tables import (
    goods_receipt_scans,
    goods_receipt_units,
    goods_receipt_voids,
    goods_receipts,
    notice_cartons,
    purchase_order_lines,
    purchase_orders,
    shipping_notices,
    supplier_articles,
    suppliers,
)
from commerce.replenishment.transfer_tables import (
    transfer_cartons,
    transfer_eta_changes,
    transfer_lines,
    transfer_received_units,
    transfer_scans,
    transfer_shipment_lines,
    transfer_shipments,
    transfer_traces,
    transfers,
)

__all__ = [
    "goods_receipt_scans",
    "goods_receipt_units",
    "goods_receipt_voids",
    "goods_receipts",
    "notice_cartons",
    "purchase_order_lines",
    "purchase_orders",
    "replenishment_bound_changes",
    "replenishment_bounds",
    "replenishment_rules",
    "replenishment_transitions",
    "shipping_notices",
    "supplier_articles",
    "suppliers",
    "transfer_cartons",
    "transfer_eta_changes",
    "transfer_lines",
    "transfer_received_units",
    "transfer_scans",
    "transfer_shipment_lines",
    "transfer_shipments",
    "transfer_traces",
    "transfers",
]
DOCUMENTS = ["goods_receipt", "purchase_order", "transfer"]

replenishment_transitions = append_only(
    Table(
        "replenishment_transitions",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("document_kind", Text, nullable=False),
        Column("document_id", Uuid, nullable=False),
        Column("state_before", Text),
        Column("state_after", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
        CheckConstraint(one_of("document_kind", DOCUMENTS), name="document_known"),
        Index("ix_replenishment_transitions_document_id", "document_id", "seq"),
    )
)

replenishment_bounds = Table(
    "replenishment_bounds",
    metadata,
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("minimum", Integer, nullable=False),
    Column("maximum", Integer, nullable=False),
    instant("changed_at"),
    CheckConstraint("minimum >= 0 AND maximum > 0 AND minimum <= maximum", name="minimum_below_maximum"),
    Index("ix_replenishment_bounds_location_id", "location_id", "variant_id"),
)

replenishment_bound_changes = append_only(
    Table(
        "replenishment_bound_changes",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("variant_id", Uuid, nullable=False),
        Column("location_id", Uuid, nullable=False),
        Column("minimum", Integer),
        Column("maximum", Integer),
        Column("by", Text, nullable=False),
        instant("at"),
        CheckConstraint("(minimum IS NULL) = (maximum IS NULL)", name="set_or_taken_away"),
        Index("ix_replenishment_bound_changes_place", "variant_id", "location_id", "seq"),
    )
)

# One row, made when somebody first changes something; it is locked while proposals become drafts.
replenishment_rules = Table(
    "replenishment_rules",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("receiver_differs", Boolean, nullable=False),
    Column("over_tolerance_percent", Integer, nullable=False),
    version(),
    CheckConstraint("id = 1", name="one_row"),
    CheckConstraint("over_tolerance_percent BETWEEN 0 AND 100", name="tolerance_is_a_share"),
)
