"""What a unit of a variant holds, for its unit price; the time zone of a channel."""

from alembic import op

revision = "0021_measures"
down_revision = "0020_customers"
branch_labels = None
depends_on = None

CHECKS = {
    "content_is_some": "content_thousandths > 0",
    "content_unit_known": "content_unit IN ('kg', 'l', 'm', 'm2', 'piece')",
    "content_has_its_unit": "(content_thousandths IS NULL) = (content_unit IS NULL)",
}


def upgrade() -> None:
    """Adds the columns, empty: nothing that is there breaks a check."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE variants ADD COLUMN content_thousandths INTEGER, ADD COLUMN content_unit TEXT")
    for name, check in CHECKS.items():
        op.execute(f"ALTER TABLE variants ADD CONSTRAINT ck_variants_{name} CHECK ({check}) NOT VALID")
        op.execute(f"ALTER TABLE variants VALIDATE CONSTRAINT ck_variants_{name}")
    op.execute("ALTER TABLE channels ADD COLUMN timezone TEXT")


def downgrade() -> None:
    """Takes the columns away, with what is in them."""
    op.execute("ALTER TABLE channels DROP COLUMN timezone")
    op.execute("ALTER TABLE variants DROP COLUMN content_thousandths, DROP COLUMN content_unit")
