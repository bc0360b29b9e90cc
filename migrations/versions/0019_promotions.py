"""Placeholder until its tables are there."""

revision = "0019_promotions"
down_revision = "0018_tax_zones"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
