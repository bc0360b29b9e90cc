"""Delivery methods."""

from alembic import op

revision = "0008_delivery"
down_revision = "0007_inventory"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE delivery_methods (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name JSONB NOT NULL,
        kind TEXT NOT NULL,
        amount BIGINT NOT NULL,
        currency TEXT NOT NULL,
        includes_tax BOOLEAN NOT NULL,
        tax_category TEXT NOT NULL,
        countries TEXT[] NOT NULL,
        min_days INTEGER NOT NULL,
        max_days INTEGER NOT NULL,
        active BOOLEAN NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_delivery_methods PRIMARY KEY (id),
        CONSTRAINT uq_delivery_methods_code UNIQUE (code),
        CONSTRAINT ck_delivery_methods_kind_is_known CHECK (kind IN ('pickup', 'ship')),
        CONSTRAINT ck_delivery_methods_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT ck_delivery_methods_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_delivery_methods_days_are_bounded CHECK (0 <= min_days AND min_days <= max_days AND max_days <= 365)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_delivery_methods_pickup ON delivery_methods (currency) WHERE kind = 'pickup' AND active
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE delivery_methods")
