"""Signed quotes."""

from alembic import op

revision = "0010_quotes"
down_revision = "0009_payments"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE quotes (
        id UUID NOT NULL,
        principal TEXT NOT NULL,
        channel_id UUID NOT NULL,
        currency TEXT NOT NULL,
        total BIGINT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        key_id TEXT NOT NULL,
        document BYTEA NOT NULL,
        signature BYTEA NOT NULL,
        trace BYTEA NOT NULL,
        CONSTRAINT pk_quotes PRIMARY KEY (id),
        CONSTRAINT ck_quotes_total_not_negative CHECK (total >= 0),
        CONSTRAINT ck_quotes_window_has_a_length CHECK (created_at < expires_at)
    )
    """,
    """
    CREATE TRIGGER quotes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON quotes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE quotes")
