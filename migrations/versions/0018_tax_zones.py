"""Placeholder until its tables are there."""

revision = "0018_tax_zones"
down_revision = "0017_price_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
