"""Something else may be chosen for some of the units of a rejection than for the rest."""

from alembic import op

revision = "0051_chosen_apart"
down_revision = "0050_on_the_market"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds what was chosen apart: nothing yet."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE rejections ADD COLUMN part_of UUID")
    op.execute(
        "ALTER TABLE rejections ADD CONSTRAINT fk_rejections_part_of_rejections FOREIGN KEY(part_of) REFERENCES rejections (id)"
    )
    op.execute("CREATE INDEX ix_rejections_part_of ON rejections (part_of) WHERE part_of IS NOT NULL")
    op.execute("ALTER TABLE rejection_lines ADD COLUMN apart INTEGER DEFAULT '0' NOT NULL")
    op.execute("ALTER TABLE rejection_lines DROP CONSTRAINT ck_rejection_lines_funnel")
    op.execute(
        "ALTER TABLE rejection_lines ADD CONSTRAINT ck_rejection_lines_funnel CHECK "
        "(units > 0 AND routed >= 0 AND substituted >= 0 AND apart >= 0 AND routed + substituted + apart <= units)"
    )


def downgrade() -> None:
    """Knows of nothing chosen apart any more; parts stay, as rejections of their own."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE rejection_lines DROP CONSTRAINT ck_rejection_lines_funnel")
    op.execute("UPDATE rejection_lines SET units = units - apart WHERE apart BETWEEN 1 AND units - 1")
    op.execute("DELETE FROM rejection_lines WHERE apart = units")
    op.execute("ALTER TABLE rejection_lines DROP COLUMN apart")
    op.execute(
        "ALTER TABLE rejection_lines ADD CONSTRAINT ck_rejection_lines_funnel CHECK "
        "(units > 0 AND routed >= 0 AND substituted >= 0 AND routed + substituted <= units)"
    )
    op.execute("DROP INDEX ix_rejections_part_of")
    op.execute("ALTER TABLE rejections DROP COLUMN part_of")
