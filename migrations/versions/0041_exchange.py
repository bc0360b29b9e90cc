"""Imports that only tell what they would do, and what that is."""

from alembic import op

revision = "0041_exchange"
down_revision = "0040_words"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE imports ADD COLUMN dry_run BOOLEAN DEFAULT 'false' NOT NULL",
    """
    CREATE TABLE import_differences (
        import_id UUID NOT NULL,
        nth INTEGER NOT NULL,
        line BIGINT NOT NULL,
        handle TEXT NOT NULL,
        made BOOLEAN NOT NULL,
        changes JSONB NOT NULL,
        CONSTRAINT pk_import_differences PRIMARY KEY (import_id, nth),
        CONSTRAINT ck_import_differences_changes_are_a_list CHECK (jsonb_typeof(changes) = 'array'),
        CONSTRAINT fk_import_differences_import_id_imports FOREIGN KEY(import_id) REFERENCES imports (id)
    )
    """,
)


def upgrade() -> None:
    """Makes the column and the table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes them away."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE import_differences")
    op.execute("ALTER TABLE imports DROP COLUMN dry_run")
