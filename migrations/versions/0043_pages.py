"""How barcodes with a weight or a price in them are read."""

from alembic import op

revision = "0043_pages"
down_revision = "0042_media"
branch_labels = None
depends_on = None

CREATED = (
    """
    CREATE TABLE embedded_codes (
        id UUID NOT NULL,
        country TEXT,
        location_id UUID,
        prefix TEXT NOT NULL,
        kind TEXT NOT NULL,
        article_digits INTEGER NOT NULL,
        value_digits INTEGER NOT NULL,
        verified BOOLEAN NOT NULL,
        scale INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_embedded_codes PRIMARY KEY (id),
        CONSTRAINT fk_embedded_codes_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id),
        CONSTRAINT uq_embedded_codes_prefix UNIQUE NULLS NOT DISTINCT (country, location_id, prefix),
        CONSTRAINT ck_embedded_codes_prefix_is_for_variable_measure CHECK (prefix ~ '^(02|2[0-9])[0-9]{0,3}$'),
        CONSTRAINT ck_embedded_codes_kind_known CHECK (kind IN ('price', 'weight')),
        CONSTRAINT ck_embedded_codes_figures_make_sense
            CHECK (article_digits > 0 AND value_digits > 0 AND scale BETWEEN 0 AND 3),
        CONSTRAINT ck_embedded_codes_digits_make_up_a_code
            CHECK (length(prefix) + article_digits + verified::int + value_digits = 12 AND (NOT verified OR value_digits IN (4, 5))),
        CONSTRAINT ck_embedded_codes_for_one_of_them CHECK (country IS NULL OR location_id IS NULL),
        CONSTRAINT ck_embedded_codes_country_is_a_code CHECK (country ~ '^[A-Z]{2}$')
    )
    """,
    "CREATE INDEX ix_embedded_codes_location_id ON embedded_codes (location_id)",
)


def upgrade() -> None:
    """Makes the table; a new one, which nobody waits for."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in CREATED:
        op.execute(statement)


def downgrade() -> None:
    """Takes it away."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE embedded_codes")
