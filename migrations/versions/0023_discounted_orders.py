"""Placeholder until its tables are there."""

revision = "0023_discounted_orders"
down_revision = "0022_quote_inputs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
