"""Answers of idempotency keys are not compressed."""

from alembic import op

revision = "0025_answers_as_they_are"
down_revision = "0024_simulations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lets an answer fill a page before it is compressed; those that are there stay as they are for their two days."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE idempotency_keys SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    """Compresses them again."""
    op.execute("ALTER TABLE idempotency_keys RESET (toast_tuple_target)")
