"""Codes of withdrawn articles are looked up where goods are received and counted: through indexes of their own."""

from alembic import op

revision = "0052_codes_of_withdrawn"
down_revision = "0051_chosen_apart"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the indexes, which hold what is withdrawn only."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE INDEX ix_variants_sku_withdrawn ON variants (upper(sku)) WHERE withdrawn_at IS NOT NULL")
    op.execute(
        "CREATE INDEX ix_variant_barcodes_barcode_key_withdrawn ON variant_barcodes (barcode_key) "
        "WHERE withdrawn_at IS NOT NULL"
    )


def downgrade() -> None:
    """Takes them away."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX ix_variant_barcodes_barcode_key_withdrawn")
    op.execute("DROP INDEX ix_variants_sku_withdrawn")
