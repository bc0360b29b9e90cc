"""Placeholder until its tables are there."""

revision = "0022_quote_inputs"
down_revision = "0021_measures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
