"""Price lists, prices, and their history."""

from alembic import op

revision = "0005_pricing"
down_revision = "0004_catalog"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE price_lists (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        currency TEXT NOT NULL,
        channel_id UUID,
        priority INTEGER NOT NULL,
        active BOOLEAN NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE,
        ends_at TIMESTAMP WITH TIME ZONE,
        includes_tax BOOLEAN NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_price_lists PRIMARY KEY (id),
        CONSTRAINT uq_price_lists_code UNIQUE (code),
        CONSTRAINT ck_price_lists_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_price_lists_window_has_a_length CHECK (starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at),
        CONSTRAINT ck_price_lists_version_counts CHECK (version >= 1),
        CONSTRAINT fk_price_lists_channel_id_channels FOREIGN KEY(channel_id) REFERENCES channels (id)
    )
    """,
    """
    CREATE INDEX ix_price_lists_channel_id ON price_lists (channel_id)
    """,
    """
    CREATE TABLE price_history (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        price_list_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        amount BIGINT,
        compare_at BIGINT,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        actor TEXT NOT NULL,
        CONSTRAINT pk_price_history PRIMARY KEY (id),
        CONSTRAINT fk_price_history_price_list_id_price_lists FOREIGN KEY(price_list_id) REFERENCES price_lists (id)
    )
    """,
    """
    CREATE INDEX ix_price_history_variant_id ON price_history (variant_id, price_list_id, id)
    """,
    """
    CREATE TRIGGER price_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON price_history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE prices (
        price_list_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        amount BIGINT NOT NULL,
        compare_at BIGINT,
        CONSTRAINT pk_prices PRIMARY KEY (price_list_id, variant_id),
        CONSTRAINT ck_prices_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT ck_prices_compare_at_is_higher CHECK (compare_at > amount),
        CONSTRAINT fk_prices_price_list_id_price_lists FOREIGN KEY(price_list_id) REFERENCES price_lists (id)
    )
    """,
    """
    CREATE INDEX ix_prices_variant_id ON prices (variant_id)
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE prices")
    op.execute("DROP TABLE price_history")
    op.execute("DROP TABLE price_lists")
