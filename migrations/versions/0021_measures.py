"""Placeholder until its tables are there."""

revision = "0021_measures"
down_revision = "0020_customers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
