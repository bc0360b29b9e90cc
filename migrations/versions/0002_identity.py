"""Accounts, staff, roles, terminals, API clients, sessions, keys."""

from alembic import op

revision = "0002_identity"
down_revision = "0001_platform"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE accounts (
        id UUID NOT NULL,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        name TEXT,
        language TEXT NOT NULL,
        generation INTEGER DEFAULT '1' NOT NULL,
        verified_at TIMESTAMP WITH TIME ZONE NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_accounts PRIMARY KEY (id),
        CONSTRAINT uq_accounts_email_key UNIQUE (email_key),
        CONSTRAINT ck_accounts_email_key_is_lower_case CHECK (email_key !~ '[A-Z]')
    )
    """,
    """
    CREATE TABLE api_clients (
        id UUID NOT NULL,
        name TEXT NOT NULL,
        scopes JSONB NOT NULL,
        location_ids JSONB,
        channel_id UUID,
        secret_hash BYTEA NOT NULL,
        generation INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        revoked_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_api_clients PRIMARY KEY (id),
        CONSTRAINT ck_api_clients_secret_is_hashed CHECK (octet_length(secret_hash) = 32)
    )
    """,
    """
    CREATE TABLE attempts (
        key BYTEA NOT NULL,
        count INTEGER NOT NULL,
        resets_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_attempts PRIMARY KEY (key)
    )
    """,
    """
    CREATE INDEX ix_attempts_resets_at ON attempts (resets_at)
    """,
    """
    CREATE TABLE mail_requests (
        id UUID NOT NULL,
        purpose TEXT NOT NULL,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL,
        registration_id UUID,
        language TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_mail_requests PRIMARY KEY (id),
        CONSTRAINT ck_mail_requests_purpose_is_known CHECK (purpose IN ('invite', 'register', 'resend', 'reset'))
    )
    """,
    """
    CREATE TABLE one_time_tokens (
        hash BYTEA NOT NULL,
        purpose TEXT NOT NULL,
        subject_id UUID NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_one_time_tokens PRIMARY KEY (hash),
        CONSTRAINT ck_one_time_tokens_purpose_is_known CHECK (purpose IN ('invite', 'reset', 'verify')),
        CONSTRAINT ck_one_time_tokens_token_is_hashed CHECK (octet_length(hash) = 32)
    )
    """,
    """
    CREATE INDEX ix_one_time_tokens_expires_at ON one_time_tokens (expires_at)
    """,
    """
    CREATE INDEX ix_one_time_tokens_subject_id ON one_time_tokens (subject_id)
    """,
    """
    CREATE TABLE registrations (
        id UUID NOT NULL,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        name TEXT,
        language TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_registrations PRIMARY KEY (id)
    )
    """,
    """
    CREATE INDEX ix_registrations_email_key ON registrations (email_key)
    """,
    """
    CREATE INDEX ix_registrations_expires_at ON registrations (expires_at)
    """,
    """
    CREATE TABLE revocations (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        ended_id UUID NOT NULL,
        least_generation INTEGER,
        recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
        CONSTRAINT pk_revocations PRIMARY KEY (seq)
    )
    """,
    """
    CREATE INDEX ix_revocations_recorded_at ON revocations (recorded_at)
    """,
    """
    CREATE TABLE roles (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        scopes JSONB NOT NULL,
        built_in BOOLEAN NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_roles PRIMARY KEY (id),
        CONSTRAINT uq_roles_code UNIQUE (code),
        CONSTRAINT ck_roles_code_is_lower_case CHECK (code = lower(code)),
        CONSTRAINT ck_roles_scopes_are_a_list CHECK (jsonb_typeof(scopes) = 'array')
    )
    """,
    """
    CREATE TABLE signing_keys (
        id UUID NOT NULL,
        state TEXT NOT NULL,
        public_key BYTEA NOT NULL,
        sealed_private_key BYTEA NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        retired_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_signing_keys PRIMARY KEY (id),
        CONSTRAINT ck_signing_keys_state_is_known CHECK (state IN ('active', 'retired', 'revoked')),
        CONSTRAINT ck_signing_keys_retired_keys_say_when CHECK ((state = 'active') = (retired_at IS NULL))
    )
    """,
    """
    CREATE UNIQUE INDEX uq_signing_keys_active ON signing_keys (state) WHERE state = 'active'
    """,
    """
    CREATE TABLE staff_members (
        id UUID NOT NULL,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL,
        name TEXT NOT NULL,
        password_hash TEXT,
        language TEXT NOT NULL,
        active BOOLEAN NOT NULL,
        generation INTEGER DEFAULT '1' NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_staff_members PRIMARY KEY (id),
        CONSTRAINT uq_staff_members_email_key UNIQUE (email_key),
        CONSTRAINT ck_staff_members_email_key_is_lower_case CHECK (email_key !~ '[A-Z]')
    )
    """,
    """
    CREATE TABLE terminals (
        id UUID NOT NULL,
        name TEXT NOT NULL,
        location_id UUID NOT NULL,
        channel_id UUID,
        scopes JSONB NOT NULL,
        secret_hash BYTEA NOT NULL,
        generation INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        revoked_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_terminals PRIMARY KEY (id),
        CONSTRAINT ck_terminals_secret_is_hashed CHECK (octet_length(secret_hash) = 32)
    )
    """,
    """
    CREATE INDEX ix_terminals_location_id ON terminals (location_id)
    """,
    """
    CREATE TABLE sessions (
        id UUID NOT NULL,
        kind TEXT NOT NULL,
        subject_id UUID NOT NULL,
        account_id UUID,
        staff_id UUID,
        location_id UUID,
        channel_id UUID,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        revoked_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_sessions PRIMARY KEY (id),
        CONSTRAINT ck_sessions_kind_is_known CHECK (kind IN ('shopper', 'staff')),
        CONSTRAINT ck_sessions_account_is_the_subject CHECK (account_id IS NULL OR (kind = 'shopper' AND account_id = subject_id)),
        CONSTRAINT ck_sessions_staff_is_the_subject CHECK ((kind = 'staff') = (staff_id IS NOT NULL) AND (staff_id IS NULL OR staff_id = subject_id)),
        CONSTRAINT fk_sessions_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
        CONSTRAINT fk_sessions_staff_id_staff_members FOREIGN KEY(staff_id) REFERENCES staff_members (id)
    )
    """,
    """
    CREATE INDEX ix_sessions_account_id ON sessions (account_id)
    """,
    """
    CREATE INDEX ix_sessions_expires_at ON sessions (expires_at)
    """,
    """
    CREATE INDEX ix_sessions_staff_id ON sessions (staff_id)
    """,
    """
    CREATE INDEX ix_sessions_subject_id ON sessions (subject_id)
    """,
    """
    CREATE TABLE staff_roles (
        id UUID NOT NULL,
        staff_id UUID NOT NULL,
        role_id UUID NOT NULL,
        location_id UUID,
        CONSTRAINT pk_staff_roles PRIMARY KEY (id),
        CONSTRAINT uq_staff_roles_staff_id_role_id_location_id UNIQUE NULLS NOT DISTINCT (staff_id, role_id, location_id),
        CONSTRAINT fk_staff_roles_staff_id_staff_members FOREIGN KEY(staff_id) REFERENCES staff_members (id),
        CONSTRAINT fk_staff_roles_role_id_roles FOREIGN KEY(role_id) REFERENCES roles (id)
    )
    """,
    """
    CREATE INDEX ix_staff_roles_role_id ON staff_roles (role_id)
    """,
    """
    CREATE TABLE refresh_tokens (
        hash BYTEA NOT NULL,
        session_id UUID NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        used_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_refresh_tokens PRIMARY KEY (hash),
        CONSTRAINT ck_refresh_tokens_token_is_hashed CHECK (octet_length(hash) = 32),
        CONSTRAINT fk_refresh_tokens_session_id_sessions FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE INDEX ix_refresh_tokens_session_id ON refresh_tokens (session_id)
    """,
    """
    CREATE INDEX ix_refresh_tokens_used_at ON refresh_tokens (used_at) WHERE used_at IS NOT NULL
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE refresh_tokens")
    op.execute("DROP TABLE staff_roles")
    op.execute("DROP TABLE sessions")
    op.execute("DROP TABLE terminals")
    op.execute("DROP TABLE staff_members")
    op.execute("DROP TABLE signing_keys")
    op.execute("DROP TABLE roles")
    op.execute("DROP TABLE revocations")
    op.execute("DROP TABLE registrations")
    op.execute("DROP TABLE one_time_tokens")
    op.execute("DROP TABLE mail_requests")
    op.execute("DROP TABLE attempts")
    op.execute("DROP TABLE api_clients")
    op.execute("DROP TABLE accounts")
