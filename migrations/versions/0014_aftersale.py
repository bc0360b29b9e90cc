"""Returns."""

from alembic import op

revision = "0014_aftersale"
down_revision = "0013_fulfilment"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE returns (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        order_id UUID NOT NULL,
        order_number TEXT NOT NULL,
        shopper_id UUID,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        currency TEXT NOT NULL,
        amount BIGINT NOT NULL,
        refund_amount BIGINT,
        refunded BIGINT NOT NULL,
        location_id UUID,
        decline_reason TEXT,
        override_reason TEXT,
        requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE,
        closed_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_returns PRIMARY KEY (id),
        CONSTRAINT ck_returns_state_known CHECK (state IN ('approved', 'cancelled', 'declined', 'inspected', 'received', 'refund_failed', 'refunded', 'refunding', 'rejected', 'requested')),
        CONSTRAINT ck_returns_kind_known CHECK (kind IN ('return', 'withdrawal')),
        CONSTRAINT ck_returns_reason_known CHECK (reason IN ('changed_mind', 'damaged_in_transit', 'defective', 'does_not_fit', 'not_as_described', 'other', 'wrong_article')),
        CONSTRAINT ck_returns_amounts_not_negative CHECK (amount >= 0 AND refund_amount >= 0 AND refunded >= 0),
        CONSTRAINT ck_returns_refunded_within_asked CHECK (refunded <= COALESCE(refund_amount, 0)),
        CONSTRAINT ck_returns_refunded_whole CHECK (state <> 'refunded' OR refunded = refund_amount),
        CONSTRAINT ck_returns_received_somewhere CHECK ((location_id IS NULL) = (received_at IS NULL)),
        CONSTRAINT ck_returns_received_when_received CHECK ((state IN ('requested', 'approved', 'declined', 'cancelled')) = (received_at IS NULL)),
        CONSTRAINT ck_returns_refund_when_asked CHECK ((state IN ('refunding', 'refunded', 'refund_failed')) = (refund_amount IS NOT NULL)),
        CONSTRAINT ck_returns_closed_when_final CHECK ((state IN ('declined', 'rejected', 'refunded', 'cancelled')) = (closed_at IS NOT NULL)),
        CONSTRAINT ck_returns_declined_for_a_reason CHECK ((state = 'declined') = (decline_reason IS NOT NULL)),
        CONSTRAINT uq_returns_number UNIQUE (number),
        CONSTRAINT fk_returns_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT fk_returns_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE INDEX ix_returns_location_id ON returns (location_id, requested_at, id)
    """,
    """
    CREATE INDEX ix_returns_order_id ON returns (order_id)
    """,
    """
    CREATE INDEX ix_returns_requested_at ON returns (requested_at, id)
    """,
    """
    CREATE INDEX ix_returns_shopper_id ON returns (shopper_id, requested_at, id)
    """,
    """
    CREATE TABLE return_deliveries (
        group_id UUID NOT NULL,
        return_id UUID NOT NULL,
        total BIGINT NOT NULL,
        tax BIGINT NOT NULL,
        CONSTRAINT pk_return_deliveries PRIMARY KEY (group_id),
        CONSTRAINT ck_return_deliveries_amounts_fit CHECK (total >= 0 AND tax >= 0 AND tax <= total),
        CONSTRAINT fk_return_deliveries_group_id_order_groups FOREIGN KEY(group_id) REFERENCES order_groups (id),
        CONSTRAINT fk_return_deliveries_return_id_returns FOREIGN KEY(return_id) REFERENCES returns (id)
    )
    """,
    """
    CREATE INDEX ix_return_deliveries_return_id ON return_deliveries (return_id)
    """,
    """
    CREATE TABLE return_transitions (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        return_id UUID NOT NULL,
        state_before TEXT,
        state_after TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_return_transitions PRIMARY KEY (seq),
        CONSTRAINT fk_return_transitions_return_id_returns FOREIGN KEY(return_id) REFERENCES returns (id)
    )
    """,
    """
    CREATE INDEX ix_return_transitions_return_id ON return_transitions (return_id)
    """,
    """
    CREATE TRIGGER return_transitions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON return_transitions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE return_lines (
        id UUID NOT NULL,
        return_id UUID NOT NULL,
        order_line_id UUID NOT NULL,
        group_id UUID NOT NULL,
        position INTEGER NOT NULL,
        variant_id UUID NOT NULL,
        sku TEXT NOT NULL,
        title JSONB NOT NULL,
        option_text TEXT NOT NULL,
        quantity INTEGER NOT NULL,
        received INTEGER NOT NULL,
        restocked INTEGER NOT NULL,
        quarantined INTEGER NOT NULL,
        destroyed INTEGER NOT NULL,
        rejected INTEGER NOT NULL,
        total BIGINT NOT NULL,
        tax BIGINT NOT NULL,
        CONSTRAINT pk_return_lines PRIMARY KEY (id),
        CONSTRAINT ck_return_lines_quantity_positive CHECK (quantity > 0),
        CONSTRAINT ck_return_lines_units_not_negative CHECK (received >= 0 AND restocked >= 0 AND quarantined >= 0 AND destroyed >= 0 AND rejected >= 0),
        CONSTRAINT ck_return_lines_received_was_expected CHECK (received <= quantity),
        CONSTRAINT ck_return_lines_each_unit_once CHECK (restocked + quarantined + destroyed + rejected IN (0, received)),
        CONSTRAINT ck_return_lines_amounts_not_negative CHECK (total >= 0 AND tax >= 0),
        CONSTRAINT fk_return_lines_return_id_returns FOREIGN KEY(return_id) REFERENCES returns (id),
        CONSTRAINT fk_return_lines_order_line_id_order_lines FOREIGN KEY(order_line_id) REFERENCES order_lines (id),
        CONSTRAINT fk_return_lines_group_id_order_groups FOREIGN KEY(group_id) REFERENCES order_groups (id)
    )
    """,
    """
    CREATE INDEX ix_return_lines_order_line_id ON return_lines (order_line_id)
    """,
    """
    CREATE INDEX ix_return_lines_return_id ON return_lines (return_id)
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE return_lines")
    op.execute("DROP TABLE return_transitions")
    op.execute("DROP TABLE return_deliveries")
    op.execute("DROP TABLE returns")
