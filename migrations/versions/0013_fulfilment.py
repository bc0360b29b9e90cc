"""Fulfilment orders, shipments."""

from alembic import op

revision = "0013_fulfilment"
down_revision = "0012_orders"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE fulfilment_orders (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        order_id UUID NOT NULL,
        order_number TEXT NOT NULL,
        group_id UUID NOT NULL,
        location_id UUID NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        ready_by TIMESTAMP WITH TIME ZONE,
        staging TEXT,
        reject_reason TEXT,
        offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
        accepted_at TIMESTAMP WITH TIME ZONE,
        ready_at TIMESTAMP WITH TIME ZONE,
        arrived_at TIMESTAMP WITH TIME ZONE,
        closed_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_fulfilment_orders PRIMARY KEY (id),
        CONSTRAINT ck_fulfilment_orders_state_known CHECK (state IN ('accepted', 'cancelled', 'handed_over', 'offered', 'packed', 'picking', 'ready_for_pickup', 'rejected', 'shipped')),
        CONSTRAINT ck_fulfilment_orders_kind_known CHECK (kind IN ('pickup', 'ship')),
        CONSTRAINT ck_fulfilment_orders_closed_when_final CHECK ((state IN ('handed_over', 'shipped', 'rejected', 'cancelled')) = (closed_at IS NOT NULL)),
        CONSTRAINT ck_fulfilment_orders_state_fits_kind CHECK (NOT (kind = 'ship' AND state IN ('ready_for_pickup', 'handed_over')) AND NOT (kind = 'pickup' AND state = 'shipped')),
        CONSTRAINT uq_fulfilment_orders_number UNIQUE (number),
        CONSTRAINT fk_fulfilment_orders_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT uq_fulfilment_orders_group_id UNIQUE (group_id),
        CONSTRAINT fk_fulfilment_orders_group_id_order_groups FOREIGN KEY(group_id) REFERENCES order_groups (id),
        CONSTRAINT fk_fulfilment_orders_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE INDEX ix_fulfilment_orders_offered_at ON fulfilment_orders (offered_at, id)
    """,
    """
    CREATE INDEX ix_fulfilment_orders_order_id ON fulfilment_orders (order_id)
    """,
    """
    CREATE INDEX ix_fulfilment_orders_work ON fulfilment_orders (location_id, state, offered_at, id)
    """,
    """
    CREATE TABLE fulfilment_lines (
        id UUID NOT NULL,
        fulfilment_order_id UUID NOT NULL,
        order_line_id UUID NOT NULL,
        position INTEGER NOT NULL,
        variant_id UUID NOT NULL,
        sku TEXT NOT NULL,
        title JSONB NOT NULL,
        option_text TEXT NOT NULL,
        quantity INTEGER NOT NULL,
        picked INTEGER DEFAULT '0' NOT NULL,
        short INTEGER DEFAULT '0' NOT NULL,
        short_reason TEXT,
        handed INTEGER DEFAULT '0' NOT NULL,
        CONSTRAINT pk_fulfilment_lines PRIMARY KEY (id),
        CONSTRAINT ck_fulfilment_lines_units_not_negative CHECK (quantity > 0 AND picked >= 0 AND short >= 0 AND handed >= 0),
        CONSTRAINT ck_fulfilment_lines_funnel CHECK (picked + short <= quantity AND handed <= picked),
        CONSTRAINT ck_fulfilment_lines_short_reason_known CHECK (short_reason IS NULL OR short_reason IN ('damage', 'mismatch', 'not_in_stock')),
        CONSTRAINT ck_fulfilment_lines_short_for_a_reason CHECK (short = 0 OR short_reason IS NOT NULL),
        CONSTRAINT fk_fulfilment_lines_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id),
        CONSTRAINT uq_fulfilment_lines_order_line_id UNIQUE (order_line_id),
        CONSTRAINT fk_fulfilment_lines_order_line_id_order_lines FOREIGN KEY(order_line_id) REFERENCES order_lines (id)
    )
    """,
    """
    CREATE INDEX ix_fulfilment_lines_fulfilment_order_id ON fulfilment_lines (fulfilment_order_id)
    """,
    """
    CREATE TABLE fulfilment_transitions (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        fulfilment_order_id UUID NOT NULL,
        state_before TEXT,
        state_after TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_fulfilment_transitions PRIMARY KEY (seq),
        CONSTRAINT fk_fulfilment_transitions_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    """
    CREATE INDEX ix_fulfilment_transitions_fulfilment_order_id ON fulfilment_transitions (fulfilment_order_id)
    """,
    """
    CREATE TRIGGER fulfilment_transitions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fulfilment_transitions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE hand_overs (
        id UUID NOT NULL,
        fulfilment_order_id UUID NOT NULL,
        units JSONB NOT NULL,
        amount BIGINT NOT NULL,
        proof TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_hand_overs PRIMARY KEY (id),
        CONSTRAINT ck_hand_overs_proof_known CHECK (proof IN ('code', 'identity')),
        CONSTRAINT ck_hand_overs_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT fk_hand_overs_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    """
    CREATE INDEX ix_hand_overs_fulfilment_order_id ON hand_overs (fulfilment_order_id)
    """,
    """
    CREATE TRIGGER hand_overs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON hand_overs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE pickup_codes (
        fulfilment_order_id UUID NOT NULL,
        code TEXT NOT NULL,
        failed_attempts INTEGER DEFAULT '0' NOT NULL,
        CONSTRAINT pk_pickup_codes PRIMARY KEY (fulfilment_order_id),
        CONSTRAINT ck_pickup_codes_attempts_not_negative CHECK (failed_attempts >= 0),
        CONSTRAINT fk_pickup_codes_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    """
    CREATE TABLE shipments (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        fulfilment_order_id UUID NOT NULL,
        order_id UUID NOT NULL,
        location_id UUID NOT NULL,
        carrier TEXT NOT NULL,
        tracking_number TEXT,
        tracking_url TEXT,
        units JSONB NOT NULL,
        shipped_at TIMESTAMP WITH TIME ZONE NOT NULL,
        delivered_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_shipments PRIMARY KEY (id),
        CONSTRAINT ck_shipments_delivered_after_shipped CHECK (delivered_at IS NULL OR delivered_at >= shipped_at),
        CONSTRAINT uq_shipments_fulfilment_order_id_id UNIQUE (fulfilment_order_id, id),
        CONSTRAINT uq_shipments_number UNIQUE (number),
        CONSTRAINT fk_shipments_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id),
        CONSTRAINT fk_shipments_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX ix_shipments_order_id ON shipments (order_id)
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE shipments")
    op.execute("DROP TABLE pickup_codes")
    op.execute("DROP TABLE hand_overs")
    op.execute("DROP TABLE fulfilment_transitions")
    op.execute("DROP TABLE fulfilment_lines")
    op.execute("DROP TABLE fulfilment_orders")
