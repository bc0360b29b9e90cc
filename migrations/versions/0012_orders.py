"""Orders, their groups and lines."""

from alembic import op

revision = "0012_orders"
down_revision = "0011_carts"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE orders (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        cart_id UUID NOT NULL,
        channel_id UUID NOT NULL,
        shopper_id UUID,
        language TEXT NOT NULL,
        currency TEXT NOT NULL,
        state TEXT NOT NULL,
        payment_kind TEXT NOT NULL,
        subtotal BIGINT NOT NULL,
        discount_total BIGINT NOT NULL,
        tax_added BIGINT NOT NULL,
        delivery_total BIGINT NOT NULL,
        net_total BIGINT NOT NULL,
        tax_total BIGINT NOT NULL,
        rounding BIGINT NOT NULL,
        total BIGINT NOT NULL,
        charge_step INTEGER NOT NULL,
        hold_id UUID NOT NULL,
        hold_until TIMESTAMP WITH TIME ZONE NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        placed_at TIMESTAMP WITH TIME ZONE,
        closed_at TIMESTAMP WITH TIME ZONE,
        cancel_reason TEXT,
        email TEXT NOT NULL,
        contact_name TEXT NOT NULL,
        contact_phone TEXT,
        billing_address JSONB,
        shipping_address JSONB,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_orders PRIMARY KEY (id),
        CONSTRAINT ck_orders_state_known CHECK (state IN ('cancelled', 'completed', 'pending_payment', 'placed')),
        CONSTRAINT ck_orders_payment_kind_known CHECK (payment_kind IN ('card', 'on_collection')),
        CONSTRAINT ck_orders_total_is_sum_of_parts CHECK (total = subtotal - discount_total + tax_added + delivery_total + rounding),
        CONSTRAINT ck_orders_total_is_net_and_tax CHECK (total = net_total + tax_total + rounding),
        CONSTRAINT ck_orders_amounts_not_negative CHECK (subtotal >= 0 AND discount_total >= 0 AND tax_added >= 0 AND delivery_total >= 0 AND net_total >= 0 AND tax_total >= 0 AND total >= 0),
        CONSTRAINT ck_orders_discount_bounded CHECK (discount_total <= subtotal),
        CONSTRAINT ck_orders_charge_step_positive CHECK (charge_step >= 1),
        CONSTRAINT ck_orders_placed_when_placed CHECK ((state IN ('placed', 'completed')) <= (placed_at IS NOT NULL)),
        CONSTRAINT ck_orders_closed_when_final CHECK ((state IN ('completed', 'cancelled')) = (closed_at IS NOT NULL)),
        CONSTRAINT ck_orders_cancelled_for_a_reason CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL)),
        CONSTRAINT uq_orders_number UNIQUE (number),
        CONSTRAINT uq_orders_cart_id UNIQUE (cart_id),
        CONSTRAINT uq_orders_hold_id UNIQUE (hold_id)
    )
    """,
    """
    CREATE INDEX ix_orders_opened_at ON orders (opened_at, id)
    """,
    """
    CREATE INDEX ix_orders_shopper_id ON orders (shopper_id, opened_at, id)
    """,
    """
    CREATE INDEX ix_orders_unpaid ON orders (hold_until) WHERE state = 'pending_payment'
    """,
    """
    CREATE TABLE order_groups (
        id UUID NOT NULL,
        order_id UUID NOT NULL,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        location_id UUID NOT NULL,
        location_name TEXT NOT NULL,
        method_id UUID,
        method_code TEXT NOT NULL,
        method_name JSONB NOT NULL,
        ready_by TIMESTAMP WITH TIME ZONE,
        delivery_amount BIGINT NOT NULL,
        delivery_includes_tax BOOLEAN NOT NULL,
        delivery_net BIGINT NOT NULL,
        delivery_tax BIGINT NOT NULL,
        delivery_total BIGINT NOT NULL,
        delivery_tax_category TEXT,
        delivery_tax_country TEXT,
        delivery_tax_rate NUMERIC,
        lines_total BIGINT NOT NULL,
        rounding BIGINT NOT NULL,
        total BIGINT NOT NULL,
        delivery_returned BOOLEAN DEFAULT 'false' NOT NULL,
        CONSTRAINT pk_order_groups PRIMARY KEY (id),
        CONSTRAINT ck_order_groups_kind_known CHECK (kind IN ('pickup', 'ship')),
        CONSTRAINT ck_order_groups_total_is_sum_of_parts CHECK (total = lines_total + delivery_total + rounding),
        CONSTRAINT ck_order_groups_delivery_is_net_and_tax CHECK (delivery_total = delivery_net + delivery_tax),
        CONSTRAINT ck_order_groups_amounts_not_negative CHECK (delivery_amount >= 0 AND delivery_net >= 0 AND delivery_tax >= 0 AND lines_total >= 0 AND total >= 0),
        CONSTRAINT ck_order_groups_tax_rate_not_negative CHECK (delivery_tax_rate >= 0),
        CONSTRAINT ck_order_groups_delivery_is_taxed CHECK ((delivery_tax_rate IS NULL) = (delivery_tax_category IS NULL) AND (delivery_tax_rate IS NULL) = (delivery_tax_country IS NULL) AND (delivery_tax_rate IS NOT NULL OR delivery_total = 0)),
        CONSTRAINT uq_order_groups_order_id_position UNIQUE (order_id, position),
        CONSTRAINT fk_order_groups_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX ix_order_groups_location_id ON order_groups (location_id, order_id)
    """,
    """
    CREATE TABLE order_links (
        digest BYTEA NOT NULL,
        order_id UUID NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_order_links PRIMARY KEY (digest),
        CONSTRAINT fk_order_links_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX ix_order_links_order_id ON order_links (order_id)
    """,
    """
    CREATE TABLE order_transitions (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        order_id UUID NOT NULL,
        state_before TEXT,
        state_after TEXT NOT NULL,
        reason TEXT,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_order_transitions PRIMARY KEY (seq),
        CONSTRAINT fk_order_transitions_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE INDEX ix_order_transitions_order_id ON order_transitions (order_id)
    """,
    """
    CREATE TRIGGER order_transitions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_transitions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE order_lines (
        id UUID NOT NULL,
        order_id UUID NOT NULL,
        group_id UUID NOT NULL,
        position INTEGER NOT NULL,
        variant_id UUID NOT NULL,
        product_id UUID NOT NULL,
        sku TEXT NOT NULL,
        title JSONB NOT NULL,
        option_text TEXT NOT NULL,
        image_url TEXT,
        quantity INTEGER NOT NULL,
        unit BIGINT NOT NULL,
        compare_at BIGINT,
        includes_tax BOOLEAN NOT NULL,
        subtotal BIGINT NOT NULL,
        discounts JSONB NOT NULL,
        discount BIGINT NOT NULL,
        net BIGINT NOT NULL,
        tax BIGINT NOT NULL,
        total BIGINT NOT NULL,
        tax_category TEXT NOT NULL,
        tax_country TEXT NOT NULL,
        tax_rate NUMERIC NOT NULL,
        fulfilled INTEGER DEFAULT '0' NOT NULL,
        cancelled INTEGER DEFAULT '0' NOT NULL,
        returned INTEGER DEFAULT '0' NOT NULL,
        returned_total BIGINT DEFAULT '0' NOT NULL,
        returned_tax BIGINT DEFAULT '0' NOT NULL,
        CONSTRAINT pk_order_lines PRIMARY KEY (id),
        CONSTRAINT ck_order_lines_quantity_positive CHECK (quantity >= 1),
        CONSTRAINT ck_order_lines_funnel CHECK (fulfilled >= 0 AND cancelled >= 0 AND fulfilled + cancelled <= quantity),
        CONSTRAINT ck_order_lines_returned_was_fulfilled CHECK (returned >= 0 AND returned <= fulfilled),
        CONSTRAINT ck_order_lines_total_is_net_and_tax CHECK (total = net + tax),
        CONSTRAINT ck_order_lines_amounts_not_negative CHECK (unit >= 0 AND subtotal >= 0 AND discount >= 0 AND discount <= subtotal AND net >= 0 AND tax >= 0),
        CONSTRAINT ck_order_lines_price_less_discount_is_paid CHECK (subtotal - discount = CASE WHEN includes_tax THEN total ELSE net END),
        CONSTRAINT ck_order_lines_return_bounded CHECK (returned_total BETWEEN 0 AND total AND returned_tax BETWEEN 0 AND tax),
        CONSTRAINT ck_order_lines_tax_rate_not_negative CHECK (tax_rate >= 0),
        CONSTRAINT uq_order_lines_order_id_position UNIQUE (order_id, position),
        CONSTRAINT fk_order_lines_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT fk_order_lines_group_id_order_groups FOREIGN KEY(group_id) REFERENCES order_groups (id)
    )
    """,
    """
    CREATE INDEX ix_order_lines_group_id ON order_lines (group_id)
    """,
    """
    CREATE INDEX ix_order_lines_variant_id ON order_lines (variant_id)
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE order_lines")
    op.execute("DROP TABLE order_transitions")
    op.execute("DROP TABLE order_links")
    op.execute("DROP TABLE order_groups")
    op.execute("DROP TABLE orders")
