"""Suppliers and what they have, purchase orders, what suppliers announce, and the goods receipts that are scanned."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import amount, append_only, currency, instant, key, metadata, one_of, state, version
from commerce.replenishment.facts import PurchaseState, ReceiptState

CONDITIONS = ["good", "damaged"]
EXCEPTIONS = ["wrong_article", "over"]

suppliers = Table(
    "suppliers",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("lead_days", Integer, nullable=False),
    currency(),
    Column("contact", JSONB, nullable=False, server_default="{}"),
    Column("active", Boolean, nullable=False, server_default="true"),
    instant("created_at"),
    version(),
    CheckConstraint("lead_days BETWEEN 0 AND 400", name="lead_days_bounded"),
    UniqueConstraint("code"),
)

# What a supplier calls an article and how it is sold there; packs and the least order are counted in units of sale.
supplier_articles = Table(
    "supplier_articles",
    metadata,
    Column("supplier_id", Uuid, ForeignKey("suppliers.id"), primary_key=True),
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("supplier_sku", Text),
    Column("pack_size", Integer, nullable=False, server_default="1"),
    Column("minimum_order", Integer, nullable=False, server_default="1"),
    amount("unit_cost", nullable=True),
    CheckConstraint("pack_size > 0 AND minimum_order > 0", name="packs_hold_something"),
    CheckConstraint("unit_cost >= 0", name="unit_cost_not_negative"),
    Index("ix_supplier_articles_variant_id", "variant_id"),
)

purchase_orders = Table(
    "purchase_orders",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("supplier_id", Uuid, ForeignKey("suppliers.id"), nullable=False, index=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    state(),
    currency(),
    Column("expected_on", Date),
    Column("close_reason", Text),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    instant("ordered_at", nullable=True),
    instant("closed_at", nullable=True),
    version(),
    CheckConstraint(one_of("state", PurchaseState), name="state_known"),
    CheckConstraint(
        "(state IN ('received', 'cancelled', 'closed_short')) = (closed_at IS NOT NULL)", name="closed_when_final"
    ),
    CheckConstraint("state <> 'closed_short' OR close_reason IS NOT NULL", name="short_for_a_reason"),
    Index("ix_purchase_orders_location_id", "location_id", "id"),
)

purchase_order_lines = Table(
    "purchase_order_lines",
    metadata,
    key(),
    Column("purchase_order_id", Uuid, ForeignKey("purchase_orders.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("variant_id", Uuid, ForeignKey("variants.id"), nullable=False),
    Column("supplier_sku", Text),
    amount("unit_cost", nullable=True),
    Column("ordered", Integer, nullable=False),
    Column("received", Integer, nullable=False, server_default="0"),
    Column("damaged", Integer, nullable=False, server_default="0"),
    Column("cancelled", Integer, nullable=False, server_default="0"),
    Column("over", Integer, nullable=False, server_default="0"),
    CheckConstraint("ordered > 0", name="orders_something"),
    CheckConstraint("received >= 0 AND damaged >= 0 AND cancelled >= 0 AND over >= 0", name="units_not_negative"),
    CheckConstraint("received + damaged + cancelled <= ordered + over", name="funnel"),
    UniqueConstraint("purchase_order_id", "variant_id"),
    Index("ix_purchase_order_lines_variant_id", "variant_id"),
)

shipping_notices = Table(
    "shipping_notices",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("purchase_order_id", Uuid, ForeignKey("purchase_orders.id"), nullable=False, index=True),
    Column("reference", Text),
    instant("expected_at", nullable=True),
    instant("created_at"),
)

# A carton stands once for each purchase order; the receipt that scanned it holds it until that is closed, or thrown away.
notice_cartons = Table(
    "notice_cartons",
    metadata,
    key(),
    Column("notice_id", Uuid, ForeignKey("shipping_notices.id"), nullable=False, index=True),
    Column("purchase_order_id", Uuid, ForeignKey("purchase_orders.id"), nullable=False),
    Column("barcode", Text, nullable=False),
    Column("units", JSONB, nullable=False),
    Column("goods_receipt_id", Uuid, ForeignKey("goods_receipts.id"), index=True),
    UniqueConstraint("purchase_order_id", "barcode", name="uq_notice_cartons_barcode"),
)

goods_receipts = Table(
    "goods_receipts",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    Column("purchase_order_id", Uuid, ForeignKey("purchase_orders.id"), index=True),
    Column("notice_id", Uuid, ForeignKey("shipping_notices.id")),
    state(),
    Column("opened_by", Text, nullable=False),
    instant("opened_at"),
    instant("closed_at", nullable=True),
    version(),
    CheckConstraint(one_of("state", ReceiptState), name="state_known"),
    CheckConstraint("(state <> 'open') = (closed_at IS NOT NULL)", name="closed_when_final"),
    CheckConstraint("notice_id IS NULL OR purchase_order_id IS NOT NULL", name="announced_for_an_order"),
    Index("ix_goods_receipts_location_id", "location_id", "id"),
)

# A scan's id is the scanner's: the same one again gets the first answer, whatever happened since.
goods_receipt_scans = append_only(
    Table(
        "goods_receipt_scans",
        metadata,
        Column("goods_receipt_id", Uuid, ForeignKey("goods_receipts.id"), primary_key=True),
        Column("scan_id", Uuid, primary_key=True),
        Column("asked", JSONB, nullable=False),
        Column("answer", JSONB, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
    )
)

# A scan that was a mistake: its units do not count, and stay where they were written down.
goods_receipt_voids = append_only(
    Table(
        "goods_receipt_voids",
        metadata,
        Column("goods_receipt_id", Uuid, primary_key=True),
        Column("scan_id", Uuid, primary_key=True),
        Column("by", Text, nullable=False),
        instant("at"),
        ForeignKeyConstraint(
            ["goods_receipt_id", "scan_id"],
            ["goods_receipt_scans.goods_receipt_id", "goods_receipt_scans.scan_id"],
            name="fk_goods_receipt_voids_scan",
        ),
    )
)

goods_receipt_units = append_only(
    Table(
        "goods_receipt_units",
        metadata,
        Column("goods_receipt_id", Uuid, primary_key=True),
        Column("scan_id", Uuid, primary_key=True),
        Column("nth", Integer, primary_key=True),
        Column("variant_id", Uuid, ForeignKey("variants.id"), nullable=False),
        Column("quantity", Integer, nullable=False),
        Column("condition", Text, nullable=False),
        Column("exception", Text),
        Column("lot", Text),
        Column("expires_on", Date),
        Column("serials", JSONB, nullable=False, server_default="[]"),
        CheckConstraint("quantity > 0", name="adds_something"),
        CheckConstraint(one_of("condition", CONDITIONS), name="condition_known"),
        CheckConstraint(f"exception IS NULL OR {one_of('exception', EXCEPTIONS)}", name="exception_known"),
        ForeignKeyConstraint(
            ["goods_receipt_id", "scan_id"],
            ["goods_receipt_scans.goods_receipt_id", "goods_receipt_scans.scan_id"],
            name="fk_goods_receipt_units_scan",
        ),
    )
)
