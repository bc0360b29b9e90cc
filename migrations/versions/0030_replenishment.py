"""Suppliers, purchase orders, goods receipts, transfers, the bounds of replenishment."""

from alembic import op

revision = "0030_replenishment"
down_revision = "0029_sourcing"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE replenishment_bound_changes (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        minimum INTEGER,
        maximum INTEGER,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_replenishment_bound_changes PRIMARY KEY (seq),
        CONSTRAINT ck_replenishment_bound_changes_set_or_taken_away CHECK ((minimum IS NULL) = (maximum IS NULL))
    )
    """,
    "CREATE INDEX ix_replenishment_bound_changes_place ON replenishment_bound_changes (variant_id, location_id, seq)",
    (
        "CREATE TRIGGER replenishment_bound_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON replenishment_bound_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE replenishment_rules (
        id INTEGER NOT NULL,
        receiver_differs BOOLEAN NOT NULL,
        over_tolerance_percent INTEGER NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_replenishment_rules PRIMARY KEY (id),
        CONSTRAINT ck_replenishment_rules_one_row CHECK (id = 1),
        CONSTRAINT ck_replenishment_rules_tolerance_is_a_share CHECK (over_tolerance_percent BETWEEN 0 AND 100)
    )
    """,
    """
    CREATE TABLE replenishment_transitions (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        document_kind TEXT NOT NULL,
        document_id UUID NOT NULL,
        state_before TEXT,
        state_after TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_replenishment_transitions PRIMARY KEY (seq),
        CONSTRAINT ck_replenishment_transitions_document_known CHECK (document_kind IN ('goods_receipt', 'purchase_order', 'transfer'))
    )
    """,
    "CREATE INDEX ix_replenishment_transitions_document_id ON replenishment_transitions (document_id, seq)",
    (
        "CREATE TRIGGER replenishment_transitions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON replenishment_transitions "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE suppliers (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        lead_days INTEGER NOT NULL,
        currency TEXT NOT NULL,
        contact JSONB DEFAULT '{}' NOT NULL,
        active BOOLEAN DEFAULT 'true' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_suppliers PRIMARY KEY (id),
        CONSTRAINT ck_suppliers_lead_days_bounded CHECK (lead_days BETWEEN 0 AND 400),
        CONSTRAINT uq_suppliers_code UNIQUE (code)
    )
    """,
    """
    CREATE TABLE purchase_orders (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        supplier_id UUID NOT NULL,
        location_id UUID NOT NULL,
        state TEXT NOT NULL,
        currency TEXT NOT NULL,
        expected_on DATE,
        close_reason TEXT,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ordered_at TIMESTAMP WITH TIME ZONE,
        closed_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_purchase_orders PRIMARY KEY (id),
        CONSTRAINT ck_purchase_orders_state_known CHECK (state IN ('cancelled', 'closed_short', 'draft', 'ordered', 'partially_received', 'received')),
        CONSTRAINT ck_purchase_orders_closed_when_final CHECK ((state IN ('received', 'cancelled', 'closed_short')) = (closed_at IS NOT NULL)),
        CONSTRAINT ck_purchase_orders_short_for_a_reason CHECK (state <> 'closed_short' OR close_reason IS NOT NULL),
        CONSTRAINT uq_purchase_orders_number UNIQUE (number),
        CONSTRAINT fk_purchase_orders_supplier_id_suppliers FOREIGN KEY(supplier_id) REFERENCES suppliers (id),
        CONSTRAINT fk_purchase_orders_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    "CREATE INDEX ix_purchase_orders_location_id ON purchase_orders (location_id, id)",
    "CREATE INDEX ix_purchase_orders_supplier_id ON purchase_orders (supplier_id)",
    """
    CREATE TABLE transfers (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        origin_id UUID NOT NULL,
        destination_id UUID NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        returns_id UUID,
        close_reason TEXT,
        claim TEXT,
        created_by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        approved_at TIMESTAMP WITH TIME ZONE,
        closed_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_transfers PRIMARY KEY (id),
        CONSTRAINT ck_transfers_state_known CHECK (state IN ('cancelled', 'draft', 'in_transit', 'partially_received', 'ready_to_ship', 'received')),
        CONSTRAINT ck_transfers_closed_when_final CHECK ((state IN ('received', 'cancelled')) = (closed_at IS NOT NULL)),
        CONSTRAINT ck_transfers_goes_somewhere CHECK (origin_id <> destination_id),
        CONSTRAINT uq_transfers_number UNIQUE (number),
        CONSTRAINT fk_transfers_origin_id_locations FOREIGN KEY(origin_id) REFERENCES locations (id),
        CONSTRAINT fk_transfers_destination_id_locations FOREIGN KEY(destination_id) REFERENCES locations (id),
        CONSTRAINT fk_transfers_returns_id_transfers FOREIGN KEY(returns_id) REFERENCES transfers (id)
    )
    """,
    "CREATE INDEX ix_transfers_destination_id ON transfers (destination_id, id)",
    "CREATE INDEX ix_transfers_origin_id ON transfers (origin_id, id)",
    "CREATE INDEX ix_transfers_returns_id ON transfers (returns_id)",
    """
    CREATE TABLE purchase_order_lines (
        id UUID NOT NULL,
        purchase_order_id UUID NOT NULL,
        position INTEGER NOT NULL,
        variant_id UUID NOT NULL,
        supplier_sku TEXT,
        unit_cost BIGINT,
        ordered INTEGER NOT NULL,
        received INTEGER DEFAULT '0' NOT NULL,
        damaged INTEGER DEFAULT '0' NOT NULL,
        cancelled INTEGER DEFAULT '0' NOT NULL,
        "over" INTEGER DEFAULT '0' NOT NULL,
        CONSTRAINT pk_purchase_order_lines PRIMARY KEY (id),
        CONSTRAINT ck_purchase_order_lines_orders_something CHECK (ordered > 0),
        CONSTRAINT ck_purchase_order_lines_units_not_negative CHECK (received >= 0 AND damaged >= 0 AND cancelled >= 0 AND over >= 0),
        CONSTRAINT ck_purchase_order_lines_funnel CHECK (received + damaged + cancelled <= ordered + over),
        CONSTRAINT uq_purchase_order_lines_purchase_order_id_variant_id UNIQUE (purchase_order_id, variant_id),
        CONSTRAINT fk_purchase_order_lines_purchase_order_id_purchase_orders FOREIGN KEY(purchase_order_id) REFERENCES purchase_orders (id),
        CONSTRAINT fk_purchase_order_lines_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    "CREATE INDEX ix_purchase_order_lines_variant_id ON purchase_order_lines (variant_id)",
    """
    CREATE TABLE replenishment_bounds (
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        minimum INTEGER NOT NULL,
        maximum INTEGER NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_replenishment_bounds PRIMARY KEY (variant_id, location_id),
        CONSTRAINT ck_replenishment_bounds_minimum_below_maximum CHECK (minimum >= 0 AND maximum > 0 AND minimum <= maximum),
        CONSTRAINT fk_replenishment_bounds_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id),
        CONSTRAINT fk_replenishment_bounds_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    "CREATE INDEX ix_replenishment_bounds_location_id ON replenishment_bounds (location_id, variant_id)",
    """
    CREATE TABLE shipping_notices (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        purchase_order_id UUID NOT NULL,
        reference TEXT,
        expected_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_shipping_notices PRIMARY KEY (id),
        CONSTRAINT uq_shipping_notices_number UNIQUE (number),
        CONSTRAINT fk_shipping_notices_purchase_order_id_purchase_orders FOREIGN KEY(purchase_order_id) REFERENCES purchase_orders (id)
    )
    """,
    "CREATE INDEX ix_shipping_notices_purchase_order_id ON shipping_notices (purchase_order_id)",
    """
    CREATE TABLE supplier_articles (
        supplier_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        supplier_sku TEXT,
        pack_size INTEGER DEFAULT '1' NOT NULL,
        minimum_order INTEGER DEFAULT '1' NOT NULL,
        unit_cost BIGINT,
        CONSTRAINT pk_supplier_articles PRIMARY KEY (supplier_id, variant_id),
        CONSTRAINT ck_supplier_articles_packs_hold_something CHECK (pack_size > 0 AND minimum_order > 0),
        CONSTRAINT ck_supplier_articles_unit_cost_not_negative CHECK (unit_cost >= 0),
        CONSTRAINT fk_supplier_articles_supplier_id_suppliers FOREIGN KEY(supplier_id) REFERENCES suppliers (id),
        CONSTRAINT fk_supplier_articles_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    "CREATE INDEX ix_supplier_articles_variant_id ON supplier_articles (variant_id)",
    """
    CREATE TABLE transfer_lines (
        id UUID NOT NULL,
        transfer_id UUID NOT NULL,
        position INTEGER NOT NULL,
        variant_id UUID NOT NULL,
        quantity INTEGER NOT NULL,
        cancelled INTEGER DEFAULT '0' NOT NULL,
        shipped INTEGER DEFAULT '0' NOT NULL,
        received INTEGER DEFAULT '0' NOT NULL,
        damaged INTEGER DEFAULT '0' NOT NULL,
        lost INTEGER DEFAULT '0' NOT NULL,
        returned INTEGER DEFAULT '0' NOT NULL,
        pegged INTEGER DEFAULT '0' NOT NULL,
        order_id UUID,
        order_line_id UUID,
        fulfilment_order_id UUID,
        CONSTRAINT pk_transfer_lines PRIMARY KEY (id),
        CONSTRAINT ck_transfer_lines_moves_something CHECK (quantity > 0),
        CONSTRAINT ck_transfer_lines_units_not_negative CHECK (cancelled >= 0 AND shipped >= 0 AND received >= 0 AND damaged >= 0 AND lost >= 0 AND returned >= 0),
        CONSTRAINT ck_transfer_lines_ships_what_was_approved CHECK (shipped + cancelled <= quantity),
        CONSTRAINT ck_transfer_lines_funnel CHECK (received + damaged + lost + returned <= shipped),
        CONSTRAINT ck_transfer_lines_pegged_within CHECK (pegged BETWEEN 0 AND quantity),
        CONSTRAINT ck_transfer_lines_pegged_to_an_order CHECK (pegged = 0 OR order_id IS NOT NULL),
        CONSTRAINT ck_transfer_lines_pegged_to_a_line CHECK ((order_id IS NULL) = (order_line_id IS NULL)),
        CONSTRAINT fk_transfer_lines_transfer_id_transfers FOREIGN KEY(transfer_id) REFERENCES transfers (id),
        CONSTRAINT fk_transfer_lines_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    "CREATE INDEX ix_transfer_lines_order_line_id ON transfer_lines (order_line_id) WHERE order_line_id IS NOT NULL",
    "CREATE INDEX ix_transfer_lines_transfer_id ON transfer_lines (transfer_id)",
    "CREATE INDEX ix_transfer_lines_variant_id ON transfer_lines (variant_id)",
    """
    CREATE TABLE transfer_scans (
        transfer_id UUID NOT NULL,
        scan_id UUID NOT NULL,
        asked JSONB NOT NULL,
        answer JSONB NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_transfer_scans PRIMARY KEY (transfer_id, scan_id),
        CONSTRAINT fk_transfer_scans_transfer_id_transfers FOREIGN KEY(transfer_id) REFERENCES transfers (id)
    )
    """,
    (
        "CREATE TRIGGER transfer_scans_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_scans "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE transfer_shipments (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        transfer_id UUID NOT NULL,
        carrier TEXT,
        tracking_number TEXT,
        eta TIMESTAMP WITH TIME ZONE,
        shipped_by TEXT NOT NULL,
        shipped_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_transfer_shipments PRIMARY KEY (id),
        CONSTRAINT uq_transfer_shipments_number UNIQUE (number),
        CONSTRAINT fk_transfer_shipments_transfer_id_transfers FOREIGN KEY(transfer_id) REFERENCES transfers (id)
    )
    """,
    "CREATE INDEX ix_transfer_shipments_transfer_id ON transfer_shipments (transfer_id)",
    """
    CREATE TABLE transfer_traces (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        transfer_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        lot TEXT,
        serial TEXT,
        quantity INTEGER NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_transfer_traces PRIMARY KEY (seq),
        CONSTRAINT ck_transfer_traces_moves_something CHECK (quantity <> 0),
        CONSTRAINT fk_transfer_traces_transfer_id_transfers FOREIGN KEY(transfer_id) REFERENCES transfers (id)
    )
    """,
    "CREATE INDEX ix_transfer_traces_transfer_id ON transfer_traces (transfer_id)",
    (
        "CREATE TRIGGER transfer_traces_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_traces "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE goods_receipts (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        location_id UUID NOT NULL,
        purchase_order_id UUID,
        notice_id UUID,
        state TEXT NOT NULL,
        opened_by TEXT NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closed_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_goods_receipts PRIMARY KEY (id),
        CONSTRAINT ck_goods_receipts_state_known CHECK (state IN ('cancelled', 'closed', 'open')),
        CONSTRAINT ck_goods_receipts_closed_when_final CHECK ((state <> 'open') = (closed_at IS NOT NULL)),
        CONSTRAINT ck_goods_receipts_announced_for_an_order CHECK (notice_id IS NULL OR purchase_order_id IS NOT NULL),
        CONSTRAINT uq_goods_receipts_number UNIQUE (number),
        CONSTRAINT fk_goods_receipts_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id),
        CONSTRAINT fk_goods_receipts_purchase_order_id_purchase_orders FOREIGN KEY(purchase_order_id) REFERENCES purchase_orders (id),
        CONSTRAINT fk_goods_receipts_notice_id_shipping_notices FOREIGN KEY(notice_id) REFERENCES shipping_notices (id)
    )
    """,
    "CREATE INDEX ix_goods_receipts_location_id ON goods_receipts (location_id, id)",
    "CREATE INDEX ix_goods_receipts_purchase_order_id ON goods_receipts (purchase_order_id)",
    """
    CREATE TABLE transfer_cartons (
        id UUID NOT NULL,
        shipment_id UUID NOT NULL,
        transfer_id UUID NOT NULL,
        barcode TEXT NOT NULL,
        units JSONB NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_transfer_cartons PRIMARY KEY (id),
        CONSTRAINT uq_transfer_cartons_barcode UNIQUE (transfer_id, barcode),
        CONSTRAINT fk_transfer_cartons_shipment_id_transfer_shipments FOREIGN KEY(shipment_id) REFERENCES transfer_shipments (id),
        CONSTRAINT fk_transfer_cartons_transfer_id_transfers FOREIGN KEY(transfer_id) REFERENCES transfers (id)
    )
    """,
    "CREATE INDEX ix_transfer_cartons_shipment_id ON transfer_cartons (shipment_id)",
    """
    CREATE TABLE transfer_eta_changes (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        shipment_id UUID NOT NULL,
        eta_before TIMESTAMP WITH TIME ZONE,
        eta TIMESTAMP WITH TIME ZONE NOT NULL,
        reason TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_transfer_eta_changes PRIMARY KEY (seq),
        CONSTRAINT fk_transfer_eta_changes_shipment_id_transfer_shipments FOREIGN KEY(shipment_id) REFERENCES transfer_shipments (id)
    )
    """,
    "CREATE INDEX ix_transfer_eta_changes_shipment_id ON transfer_eta_changes (shipment_id)",
    (
        "CREATE TRIGGER transfer_eta_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_eta_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE transfer_received_units (
        transfer_id UUID NOT NULL,
        scan_id UUID NOT NULL,
        nth INTEGER NOT NULL,
        transfer_line_id UUID,
        variant_id UUID NOT NULL,
        quantity INTEGER NOT NULL,
        condition TEXT NOT NULL,
        reason TEXT,
        lot TEXT,
        expires_on DATE,
        serials JSONB DEFAULT '[]' NOT NULL,
        CONSTRAINT pk_transfer_received_units PRIMARY KEY (transfer_id, scan_id, nth),
        CONSTRAINT ck_transfer_received_units_adds_something CHECK (quantity > 0),
        CONSTRAINT ck_transfer_received_units_condition_known CHECK (condition IN ('damaged', 'good')),
        CONSTRAINT ck_transfer_received_units_found_for_a_reason CHECK (transfer_line_id IS NOT NULL OR reason IS NOT NULL),
        CONSTRAINT fk_transfer_received_units_scan FOREIGN KEY(transfer_id, scan_id) REFERENCES transfer_scans (transfer_id, scan_id),
        CONSTRAINT fk_transfer_received_units_transfer_line_id_transfer_lines FOREIGN KEY(transfer_line_id) REFERENCES transfer_lines (id),
        CONSTRAINT fk_transfer_received_units_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    "CREATE INDEX ix_transfer_received_units_transfer_line_id ON transfer_received_units (transfer_line_id)",
    (
        "CREATE TRIGGER transfer_received_units_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_received_units "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE transfer_shipment_lines (
        shipment_id UUID NOT NULL,
        transfer_line_id UUID NOT NULL,
        quantity INTEGER NOT NULL,
        CONSTRAINT pk_transfer_shipment_lines PRIMARY KEY (shipment_id, transfer_line_id),
        CONSTRAINT ck_transfer_shipment_lines_ships_something CHECK (quantity > 0),
        CONSTRAINT fk_transfer_shipment_lines_shipment_id_transfer_shipments FOREIGN KEY(shipment_id) REFERENCES transfer_shipments (id),
        CONSTRAINT fk_transfer_shipment_lines_transfer_line_id_transfer_lines FOREIGN KEY(transfer_line_id) REFERENCES transfer_lines (id)
    )
    """,
    "CREATE INDEX ix_transfer_shipment_lines_transfer_line_id ON transfer_shipment_lines (transfer_line_id)",
    (
        "CREATE TRIGGER transfer_shipment_lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_shipment_lines "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE goods_receipt_scans (
        goods_receipt_id UUID NOT NULL,
        scan_id UUID NOT NULL,
        asked JSONB NOT NULL,
        answer JSONB NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_goods_receipt_scans PRIMARY KEY (goods_receipt_id, scan_id),
        CONSTRAINT fk_goods_receipt_scans_goods_receipt_id_goods_receipts FOREIGN KEY(goods_receipt_id) REFERENCES goods_receipts (id)
    )
    """,
    (
        "CREATE TRIGGER goods_receipt_scans_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON goods_receipt_scans "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE notice_cartons (
        id UUID NOT NULL,
        notice_id UUID NOT NULL,
        purchase_order_id UUID NOT NULL,
        barcode TEXT NOT NULL,
        units JSONB NOT NULL,
        goods_receipt_id UUID,
        CONSTRAINT pk_notice_cartons PRIMARY KEY (id),
        CONSTRAINT uq_notice_cartons_barcode UNIQUE (purchase_order_id, barcode),
        CONSTRAINT fk_notice_cartons_notice_id_shipping_notices FOREIGN KEY(notice_id) REFERENCES shipping_notices (id),
        CONSTRAINT fk_notice_cartons_purchase_order_id_purchase_orders FOREIGN KEY(purchase_order_id) REFERENCES purchase_orders (id),
        CONSTRAINT fk_notice_cartons_goods_receipt_id_goods_receipts FOREIGN KEY(goods_receipt_id) REFERENCES goods_receipts (id)
    )
    """,
    "CREATE INDEX ix_notice_cartons_goods_receipt_id ON notice_cartons (goods_receipt_id)",
    "CREATE INDEX ix_notice_cartons_notice_id ON notice_cartons (notice_id)",
    """
    CREATE TABLE goods_receipt_units (
        goods_receipt_id UUID NOT NULL,
        scan_id UUID NOT NULL,
        nth INTEGER NOT NULL,
        variant_id UUID NOT NULL,
        quantity INTEGER NOT NULL,
        condition TEXT NOT NULL,
        exception TEXT,
        lot TEXT,
        expires_on DATE,
        serials JSONB DEFAULT '[]' NOT NULL,
        CONSTRAINT pk_goods_receipt_units PRIMARY KEY (goods_receipt_id, scan_id, nth),
        CONSTRAINT ck_goods_receipt_units_adds_something CHECK (quantity > 0),
        CONSTRAINT ck_goods_receipt_units_condition_known CHECK (condition IN ('damaged', 'good')),
        CONSTRAINT ck_goods_receipt_units_exception_known CHECK (exception IS NULL OR exception IN ('over', 'wrong_article')),
        CONSTRAINT fk_goods_receipt_units_scan FOREIGN KEY(goods_receipt_id, scan_id) REFERENCES goods_receipt_scans (goods_receipt_id, scan_id),
        CONSTRAINT fk_goods_receipt_units_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    (
        "CREATE TRIGGER goods_receipt_units_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON goods_receipt_units "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE goods_receipt_voids (
        goods_receipt_id UUID NOT NULL,
        scan_id UUID NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_goods_receipt_voids PRIMARY KEY (goods_receipt_id, scan_id),
        CONSTRAINT fk_goods_receipt_voids_scan FOREIGN KEY(goods_receipt_id, scan_id) REFERENCES goods_receipt_scans (goods_receipt_id, scan_id)
    )
    """,
    (
        "CREATE TRIGGER goods_receipt_voids_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON goods_receipt_voids "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute(
        "DROP TABLE "
        "goods_receipt_voids, goods_receipt_units, notice_cartons, goods_receipt_scans, "
        "transfer_shipment_lines, transfer_received_units, transfer_eta_changes, transfer_cartons, "
        "goods_receipts, transfer_traces, transfer_shipments, transfer_scans, transfer_lines, "
        "supplier_articles, shipping_notices, replenishment_bounds, purchase_order_lines, transfers, "
        "purchase_orders, suppliers, replenishment_transitions, replenishment_rules, "
        "replenishment_bound_changes"
    )
