"""Lots and serial numbers: which articles ask for them, where they are, where they came from and went."""

from alembic import op

revision = "0027_traceability"
down_revision = "0026_double_entry"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE tracked_articles (
        variant_id UUID NOT NULL,
        tracking TEXT NOT NULL,
        dated BOOLEAN NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_tracked_articles PRIMARY KEY (variant_id),
        CONSTRAINT ck_tracked_articles_tracking_known CHECK (tracking IN ('lot', 'none', 'serial')),
        CONSTRAINT ck_tracked_articles_lots_are_dated CHECK (NOT dated OR tracking = 'lot'),
        CONSTRAINT fk_tracked_articles_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    """
    CREATE TABLE tracking_changes (
        variant_id UUID NOT NULL,
        version INTEGER NOT NULL,
        id UUID NOT NULL,
        tracking TEXT NOT NULL,
        dated BOOLEAN NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_tracking_changes PRIMARY KEY (variant_id, version),
        CONSTRAINT ck_tracking_changes_explained CHECK (actor <> ''),
        CONSTRAINT uq_tracking_changes_id UNIQUE (id)
    )
    """,
    "CREATE TRIGGER tracking_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tracking_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    """
    CREATE TABLE lots (
        variant_id UUID NOT NULL,
        lot TEXT NOT NULL,
        expires_on DATE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_lots PRIMARY KEY (variant_id, lot),
        CONSTRAINT ck_lots_lot_bounded CHECK (length(lot) BETWEEN 1 AND 64),
        CONSTRAINT fk_lots_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    "CREATE INDEX ix_lots_expires_on ON lots (expires_on) WHERE expires_on IS NOT NULL",
    """
    CREATE TABLE lot_levels (
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        spot TEXT NOT NULL,
        lot TEXT NOT NULL,
        quantity INTEGER NOT NULL,
        CONSTRAINT pk_lot_levels PRIMARY KEY (variant_id, location_id, spot, lot),
        CONSTRAINT ck_lot_levels_never_negative CHECK (quantity >= 0),
        CONSTRAINT ck_lot_levels_spot_known CHECK (spot IN ('damaged', 'in_transit', 'quarantine', 'shelf')),
        CONSTRAINT fk_lot_levels_lot FOREIGN KEY(variant_id, lot) REFERENCES lots (variant_id, lot),
        CONSTRAINT fk_lot_levels_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    "CREATE INDEX ix_lot_levels_location_id ON lot_levels (location_id, variant_id) WHERE quantity > 0",
    "CREATE INDEX ix_lot_levels_lot ON lot_levels (variant_id, lot)",
    """
    CREATE TABLE serial_numbers (
        variant_id UUID NOT NULL,
        serial TEXT NOT NULL,
        spot TEXT NOT NULL,
        location_id UUID NOT NULL,
        order_line_id UUID,
        moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_serial_numbers PRIMARY KEY (variant_id, serial),
        CONSTRAINT ck_serial_numbers_serial_bounded CHECK (length(serial) BETWEEN 1 AND 64),
        CONSTRAINT ck_serial_numbers_spot_known CHECK (spot IN ('customer', 'damaged', 'in_transit', 'opening', 'quarantine', 'shelf', 'shrinkage', 'supplier')),
        CONSTRAINT ck_serial_numbers_only_what_left_has_an_order_line CHECK (order_line_id IS NULL OR spot = 'customer'),
        CONSTRAINT fk_serial_numbers_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id),
        CONSTRAINT fk_serial_numbers_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    "CREATE INDEX ix_serial_numbers_location_id ON serial_numbers (location_id, spot, variant_id)",
    "CREATE INDEX ix_serial_numbers_order_line_id ON serial_numbers (order_line_id) WHERE order_line_id IS NOT NULL",
    "CREATE INDEX ix_serial_numbers_serial ON serial_numbers (serial)",
    """
    CREATE TABLE trace_movements (
        id UUID NOT NULL,
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        kind TEXT NOT NULL,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        spot TEXT NOT NULL,
        code TEXT NOT NULL,
        quantity INTEGER NOT NULL,
        other_spot TEXT NOT NULL,
        other_location_id UUID,
        order_line_id UUID,
        document_kind TEXT NOT NULL,
        document_id UUID,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        effect_key TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_trace_movements PRIMARY KEY (id),
        CONSTRAINT ck_trace_movements_moves_units CHECK (quantity <> 0 AND (kind = 'lot' OR abs(quantity) = 1)),
        CONSTRAINT ck_trace_movements_kind_known CHECK (kind IN ('lot', 'serial')),
        CONSTRAINT ck_trace_movements_spot_known CHECK (spot IN ('damaged', 'in_transit', 'quarantine', 'shelf')),
        CONSTRAINT ck_trace_movements_other_spot_known CHECK (other_spot IN ('customer', 'damaged', 'in_transit', 'opening', 'quarantine', 'shelf', 'shortage', 'shrinkage', 'supplier')),
        CONSTRAINT ck_trace_movements_explained CHECK (effect_key <> '' AND actor <> '' AND document_kind <> ''),
        CONSTRAINT uq_trace_movements_effect_key UNIQUE NULLS NOT DISTINCT (effect_key, variant_id, location_id, spot, code, order_line_id),
        CONSTRAINT uq_trace_movements_seq UNIQUE (seq)
    )
    """,
    "CREATE INDEX ix_trace_movements_code ON trace_movements (variant_id, code, seq)",
    "CREATE INDEX ix_trace_movements_document_id ON trace_movements (document_id) WHERE document_id IS NOT NULL",
    "CREATE INDEX ix_trace_movements_location_id ON trace_movements (location_id, seq)",
    "CREATE INDEX ix_trace_movements_order_line_id ON trace_movements (order_line_id) WHERE order_line_id IS NOT NULL",
    "CREATE TRIGGER trace_movements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trace_movements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    for table in ("trace_movements", "serial_numbers", "lot_levels", "lots", "tracking_changes", "tracked_articles"):
        op.execute(f"DROP TABLE {table}")
