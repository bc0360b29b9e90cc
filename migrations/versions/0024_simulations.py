"""Placeholder until its tables are there."""

revision = "0024_simulations"
down_revision = "0023_discounted_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
