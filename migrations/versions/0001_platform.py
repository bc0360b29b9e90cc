"""Facts, outbox, jobs, idempotency keys, audit log."""

from alembic import op

revision = "0001_platform"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$""",
    """
    CREATE TABLE audit_entries (
        id UUID NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        actor_kind TEXT NOT NULL,
        actor_id UUID,
        operation TEXT NOT NULL,
        subject_kind TEXT NOT NULL,
        subject_id TEXT,
        before JSONB,
        after JSONB,
        request_id TEXT,
        CONSTRAINT pk_audit_entries PRIMARY KEY (id)
    )
    """,
    """
    CREATE INDEX ix_audit_entries_actor_id ON audit_entries (actor_id)
    """,
    """
    CREATE INDEX ix_audit_entries_at ON audit_entries (at, id)
    """,
    """
    CREATE INDEX ix_audit_entries_subject_id ON audit_entries (subject_id)
    """,
    """
    CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE events (
        id UUID NOT NULL,
        tag TEXT NOT NULL,
        aggregate_id UUID NOT NULL,
        aggregate_version INTEGER NOT NULL,
        order_id UUID,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        request_id TEXT,
        payload JSONB NOT NULL,
        CONSTRAINT pk_events PRIMARY KEY (id),
        CONSTRAINT uq_events_aggregate_id_aggregate_version UNIQUE (aggregate_id, aggregate_version)
    )
    """,
    """
    CREATE INDEX ix_events_order_id ON events (order_id) WHERE order_id IS NOT NULL
    """,
    """
    CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE idempotency_keys (
        principal TEXT NOT NULL,
        operation TEXT NOT NULL,
        key TEXT NOT NULL,
        id UUID NOT NULL,
        request_hash BYTEA NOT NULL,
        status SMALLINT,
        etag TEXT,
        answer BYTEA,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        lease_until TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_idempotency_keys PRIMARY KEY (principal, operation, key),
        CONSTRAINT ck_idempotency_keys_answer_with_status CHECK ((status IS NULL) = (answer IS NULL)),
        CONSTRAINT ck_idempotency_keys_lease_while_running CHECK ((status IS NULL) = (lease_until IS NOT NULL))
    )
    """,
    """
    CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at)
    """,
    """
    CREATE TABLE jobs (
        id UUID NOT NULL,
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        kind TEXT NOT NULL,
        dedupe TEXT,
        stream UUID,
        payload JSONB NOT NULL,
        state TEXT DEFAULT 'ready' NOT NULL,
        attempts INTEGER DEFAULT '0' NOT NULL,
        most_attempts INTEGER NOT NULL,
        run_at TIMESTAMP WITH TIME ZONE NOT NULL,
        lease_until TIMESTAMP WITH TIME ZONE,
        finished_at TIMESTAMP WITH TIME ZONE,
        last_error TEXT,
        CONSTRAINT pk_jobs PRIMARY KEY (id),
        CONSTRAINT ck_jobs_state_known CHECK (state IN ('dead', 'done', 'ready', 'running')),
        CONSTRAINT ck_jobs_attempts_bounded CHECK (attempts >= 0 AND attempts <= most_attempts),
        CONSTRAINT uq_jobs_dedupe UNIQUE (dedupe)
    )
    """,
    """
    CREATE INDEX ix_jobs_due ON jobs (run_at, seq) WHERE state IN ('ready', 'running')
    """,
    """
    CREATE INDEX ix_jobs_stream ON jobs (stream, kind, seq) WHERE state IN ('ready', 'running')
    """,
    """
    CREATE TABLE resident_versions (
        name TEXT NOT NULL,
        version BIGINT NOT NULL,
        CONSTRAINT pk_resident_versions PRIMARY KEY (name)
    )
    """,
    """
    CREATE TABLE event_feed (
        position BIGINT NOT NULL,
        event_id UUID NOT NULL,
        published_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_event_feed PRIMARY KEY (position),
        CONSTRAINT uq_event_feed_event_id UNIQUE (event_id),
        CONSTRAINT fk_event_feed_event_id_events FOREIGN KEY(event_id) REFERENCES events (id)
    )
    """,
    """
    CREATE TRIGGER event_feed_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_feed FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE outbox (
        position BIGINT GENERATED ALWAYS AS IDENTITY,
        event_id UUID NOT NULL,
        CONSTRAINT pk_outbox PRIMARY KEY (position),
        CONSTRAINT uq_outbox_event_id UNIQUE (event_id),
        CONSTRAINT fk_outbox_event_id_events FOREIGN KEY(event_id) REFERENCES events (id)
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
    op.execute("DROP TABLE outbox")
    op.execute("DROP TABLE event_feed")
    op.execute("DROP TABLE resident_versions")
    op.execute("DROP TABLE jobs")
    op.execute("DROP TABLE idempotency_keys")
    op.execute("DROP TABLE events")
    op.execute("DROP TABLE audit_entries")
