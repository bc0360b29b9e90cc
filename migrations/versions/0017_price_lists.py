"""Placeholder until its tables are there."""

revision = "0017_price_lists"
down_revision = "0016_importing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
