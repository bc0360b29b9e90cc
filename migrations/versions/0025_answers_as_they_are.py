"""Answers of idempotency keys are not compressed, and found by time through a summary of pages."""

from alembic import op

revision = "0025_answers_as_they_are"
down_revision = "0024_simulations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lets an answer fill a page before it is compressed; the table is small, so its index is made anew at once."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE idempotency_keys SET (toast_tuple_target = 8160)")
    op.execute("DROP INDEX ix_idempotency_keys_created_at")
    op.execute("CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys USING brin (created_at)")


def downgrade() -> None:
    """Compresses them again."""
    op.execute("DROP INDEX ix_idempotency_keys_created_at")
    op.execute("CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at)")
    op.execute("ALTER TABLE idempotency_keys RESET (toast_tuple_target)")
