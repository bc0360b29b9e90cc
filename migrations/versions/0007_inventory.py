"""Stock levels, movements, reservations."""

from alembic import op

revision = "0007_inventory"
down_revision = "0006_tax"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE reservations (
        hold_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        order_id UUID,
        quantity INTEGER NOT NULL,
        open INTEGER NOT NULL,
        consumed INTEGER DEFAULT '0' NOT NULL,
        released INTEGER DEFAULT '0' NOT NULL,
        expired INTEGER DEFAULT '0' NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_reservations PRIMARY KEY (hold_id, variant_id, location_id),
        CONSTRAINT ck_reservations_keeps_something CHECK (quantity > 0),
        CONSTRAINT ck_reservations_units_not_negative CHECK (open >= 0 AND consumed >= 0 AND released >= 0 AND expired >= 0),
        CONSTRAINT ck_reservations_each_unit_ends_once CHECK (open + consumed + released + expired = quantity),
        CONSTRAINT ck_reservations_expires_until_bound CHECK ((order_id IS NULL) = (expires_at IS NOT NULL)),
        CONSTRAINT ck_reservations_only_orders_consume CHECK (consumed = 0 OR order_id IS NOT NULL)
    )
    """,
    """
    CREATE INDEX ix_reservations_open ON reservations (variant_id, expires_at) WHERE open > 0
    """,
    """
    CREATE INDEX ix_reservations_order_id ON reservations (order_id) WHERE order_id IS NOT NULL
    """,
    """
    CREATE TABLE stock_movements (
        id UUID NOT NULL,
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        quantity INTEGER NOT NULL,
        on_hand_after INTEGER NOT NULL,
        kind TEXT NOT NULL,
        document_kind TEXT NOT NULL,
        document_id UUID,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        effect_key TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_stock_movements PRIMARY KEY (id),
        CONSTRAINT ck_stock_movements_moves_something CHECK (quantity <> 0),
        CONSTRAINT ck_stock_movements_never_negative CHECK (on_hand_after >= 0),
        CONSTRAINT ck_stock_movements_kind_known CHECK (kind IN ('adjusted', 'initial', 'received', 'returned', 'sold')),
        CONSTRAINT ck_stock_movements_explained CHECK (effect_key <> '' AND actor <> '' AND document_kind <> ''),
        CONSTRAINT uq_stock_movements_effect_key UNIQUE (effect_key, variant_id, location_id),
        CONSTRAINT uq_stock_movements_seq UNIQUE (seq)
    )
    """,
    """
    CREATE INDEX ix_stock_movements_document_id ON stock_movements (document_id)
    """,
    """
    CREATE INDEX ix_stock_movements_location_id ON stock_movements (location_id, seq)
    """,
    """
    CREATE INDEX ix_stock_movements_place ON stock_movements (variant_id, location_id, seq)
    """,
    """
    CREATE TRIGGER stock_movements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_movements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE reservation_endings (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        hold_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        kind TEXT NOT NULL,
        quantity INTEGER NOT NULL,
        document_kind TEXT NOT NULL,
        document_id UUID,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_reservation_endings PRIMARY KEY (seq),
        CONSTRAINT ck_reservation_endings_ends_something CHECK (quantity > 0),
        CONSTRAINT ck_reservation_endings_kind_known CHECK (kind IN ('consumed', 'expired', 'released')),
        CONSTRAINT ck_reservation_endings_explained CHECK (actor <> '' AND document_kind <> ''),
        CONSTRAINT fk_reservation_endings_reservation FOREIGN KEY(hold_id, variant_id, location_id) REFERENCES reservations (hold_id, variant_id, location_id)
    )
    """,
    """
    CREATE INDEX ix_reservation_endings_reservation ON reservation_endings (hold_id, variant_id, location_id)
    """,
    """
    CREATE TRIGGER reservation_endings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reservation_endings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE stock_levels (
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        on_hand INTEGER NOT NULL,
        reserved INTEGER DEFAULT '0' NOT NULL,
        CONSTRAINT pk_stock_levels PRIMARY KEY (variant_id, location_id),
        CONSTRAINT ck_stock_levels_reserved_not_negative CHECK (reserved >= 0),
        CONSTRAINT ck_stock_levels_never_oversold CHECK (on_hand >= reserved),
        CONSTRAINT ck_stock_levels_on_hand_bounded CHECK (on_hand <= 1000000000),
        CONSTRAINT fk_stock_levels_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id),
        CONSTRAINT fk_stock_levels_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
     WITH (fillfactor = 70)
    """,
    """
    CREATE INDEX ix_stock_levels_location_id ON stock_levels (location_id, variant_id)
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE stock_levels")
    op.execute("DROP TABLE reservation_endings")
    op.execute("DROP TABLE stock_movements")
    op.execute("DROP TABLE reservations")
