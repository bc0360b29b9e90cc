"""Quotes keep what they were priced from; their trace is made again from it."""

from alembic import op

revision = "0022_quote_inputs"
down_revision = "0021_measures"
branch_labels = None
depends_on = None

CHECK = (
    "ALTER TABLE quotes ADD CONSTRAINT ck_quotes_can_be_explained CHECK ((trace IS NULL) <> (inputs IS NULL)) NOT VALID"
)


def upgrade() -> None:
    """Adds the columns, empty; a quote of the time before keeps its trace."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "ALTER TABLE quotes ADD COLUMN inputs BYTEA, ADD COLUMN refused_codes JSONB, ALTER COLUMN trace DROP NOT NULL"
    )
    op.execute("ALTER TABLE quotes SET (toast_tuple_target = 8160)")
    op.execute(CHECK)
    op.execute("ALTER TABLE quotes VALIDATE CONSTRAINT ck_quotes_can_be_explained")


def downgrade() -> None:
    """Takes the columns away, with the quotes that only they explain."""
    op.execute("ALTER TABLE quotes RESET (toast_tuple_target)")
    op.execute("ALTER TABLE quotes DROP CONSTRAINT ck_quotes_can_be_explained")
    op.execute("ALTER TABLE quotes DISABLE TRIGGER quotes_append_only")
    op.execute("DELETE FROM quotes WHERE trace IS NULL")
    op.execute("ALTER TABLE quotes ENABLE TRIGGER quotes_append_only")
    op.execute("ALTER TABLE quotes ALTER COLUMN trace SET NOT NULL, DROP COLUMN refused_codes, DROP COLUMN inputs")
