"""Imports."""

from alembic import op

revision = "0016_importing"
down_revision = "0015_care"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE imports (
        id UUID NOT NULL,
        state TEXT NOT NULL,
        format TEXT NOT NULL,
        language TEXT NOT NULL,
        currency TEXT NOT NULL,
        price_list_id UUID,
        location_id UUID,
        actor TEXT NOT NULL,
        lines INTEGER NOT NULL,
        next_line INTEGER DEFAULT '1' NOT NULL,
        counts JSONB NOT NULL,
        trouble INTEGER DEFAULT '0' NOT NULL,
        stopped_because TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        started_at TIMESTAMP WITH TIME ZONE,
        finished_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_imports PRIMARY KEY (id),
        CONSTRAINT ck_imports_state_known CHECK (state IN ('done', 'running', 'stopped', 'waiting')),
        CONSTRAINT ck_imports_counts_not_negative CHECK (next_line >= 1 AND lines >= 0 AND trouble >= 0),
        CONSTRAINT ck_imports_stopped_says_why CHECK ((state = 'stopped') = (stopped_because IS NOT NULL)),
        CONSTRAINT ck_imports_finished_has_a_time CHECK ((state IN ('done', 'stopped')) = (finished_at IS NOT NULL))
    )
    """,
    """
    CREATE TABLE import_pieces (
        import_id UUID NOT NULL,
        position INTEGER NOT NULL,
        content BYTEA NOT NULL,
        CONSTRAINT pk_import_pieces PRIMARY KEY (import_id, position),
        CONSTRAINT fk_import_pieces_import_id_imports FOREIGN KEY(import_id) REFERENCES imports (id)
    )
    """,
    """
    CREATE TABLE import_troubles (
        import_id UUID NOT NULL,
        line BIGINT NOT NULL,
        nth INTEGER NOT NULL,
        column_name TEXT NOT NULL,
        reason TEXT NOT NULL,
        CONSTRAINT pk_import_troubles PRIMARY KEY (import_id, line, nth),
        CONSTRAINT fk_import_troubles_import_id_imports FOREIGN KEY(import_id) REFERENCES imports (id)
    )
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE import_troubles")
    op.execute("DROP TABLE import_pieces")
    op.execute("DROP TABLE imports")
