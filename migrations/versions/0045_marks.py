"""What files said of products when they were last brought in, so that what has not changed since is passed over."""

from alembic import op

revision = "0045_marks"
down_revision = "0043_pages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
        CREATE TABLE import_marks (
            product_id UUID NOT NULL,
            digest BYTEA NOT NULL,
            state BIGINT NOT NULL,
            CONSTRAINT pk_import_marks PRIMARY KEY (product_id)
        )
        """
    )


def downgrade() -> None:
    """Takes it away."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE import_marks")
