"""Tax categories and rates."""

from alembic import op

revision = "0006_tax"
down_revision = "0005_pricing"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE tax_categories (
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_tax_categories PRIMARY KEY (code)
    )
    """,
    """
    CREATE TABLE tax_rates (
        id UUID NOT NULL,
        category TEXT NOT NULL,
        country TEXT NOT NULL,
        rate NUMERIC(7, 6) NOT NULL,
        name TEXT NOT NULL,
        valid_from DATE NOT NULL,
        valid_to DATE,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_tax_rates PRIMARY KEY (id),
        CONSTRAINT ck_tax_rates_rate_is_a_share CHECK (rate BETWEEN 0 AND 1),
        CONSTRAINT ck_tax_rates_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_tax_rates_window_has_a_length CHECK (valid_to > valid_from),
        CONSTRAINT fk_tax_rates_category_tax_categories FOREIGN KEY(category) REFERENCES tax_categories (code)
    )
    """,
    """
    CREATE INDEX ix_tax_rates_category_country ON tax_rates (category, country, valid_from)
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE tax_rates")
    op.execute("DROP TABLE tax_categories")
