"""Whether a product deteriorates or expires rapidly, which member states may let be reduced by other rules."""

from alembic import op

revision = "0048_perishable"
down_revision = "0047_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column; nothing that is there is perishable until somebody says so."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE products ADD COLUMN perishable BOOLEAN DEFAULT false NOT NULL")


def downgrade() -> None:
    """Takes it away."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE products DROP COLUMN perishable")
