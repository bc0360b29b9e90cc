"""Rows of who may call: accounts, staff and roles, terminals, API clients; their sessions, tokens and keys."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import instant, key, metadata, one_of, version

SESSION_KINDS = ["shopper", "staff"]
SECRET_PURPOSES = ["verify", "reset", "invite"]
KEY_STATES = ["active", "retired", "revoked"]


def _generation() -> Column[object]:
    """Tokens carry the generation that they were given under; raising it ends all of them."""
    return Column("generation", Integer, nullable=False, server_default="1")


# An account exists once its owner has shown that the e-mail is theirs; until then there is a registration.
accounts = Table(
    "accounts",
    metadata,
    key(),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("name", Text),
    Column("language", Text, nullable=False),
    _generation(),
    instant("verified_at"),
    instant("created_at"),
    UniqueConstraint("email_key"),
    CheckConstraint("email_key !~ '[A-Z]'", name="email_key_is_lower_case"),
)

registrations = Table(
    "registrations",
    metadata,
    key(),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("name", Text),
    Column("language", Text, nullable=False),
    instant("created_at"),
    instant("expires_at"),
    Index("ix_registrations_email_key", "email_key"),
    Index("ix_registrations_expires_at", "expires_at"),
)

staff_members = Table(
    "staff_members",
    metadata,
    key(),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("password_hash", Text),
    Column("language", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    _generation(),
    version(),
    instant("created_at"),
    instant("updated_at"),
    UniqueConstraint("email_key"),
    CheckConstraint("email_key !~ '[A-Z]'", name="email_key_is_lower_case"),
)

roles = Table(
    "roles",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", JSONB, nullable=False),
    Column("built_in", Boolean, nullable=False),
    version(),
    instant("created_at"),
    instant("updated_at"),
    UniqueConstraint("code"),
    CheckConstraint("code = lower(code)", name="code_is_lower_case"),
    CheckConstraint("jsonb_typeof(scopes) = 'array'", name="scopes_are_a_list"),
)

# location_id NULL: at all locations. Locations belong to a higher layer, which answers for their existence when a binding is made.
staff_roles = Table(
    "staff_roles",
    metadata,
    key(),
    Column("staff_id", Uuid, ForeignKey("staff_members.id"), nullable=False),
    Column("role_id", Uuid, ForeignKey("roles.id"), nullable=False),
    Column("location_id", Uuid),
    UniqueConstraint("staff_id", "role_id", "location_id", postgresql_nulls_not_distinct=True),
    Index("ix_staff_roles_role_id", "role_id"),
)

terminals = Table(
    "terminals",
    metadata,
    key(),
    Column("name", Text, nullable=False),
    Column("location_id", Uuid, nullable=False),
    Column("channel_id", Uuid),
    Column("scopes", JSONB, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    _generation(),
    instant("created_at"),
    instant("revoked_at", nullable=True),
    Index("ix_terminals_location_id", "location_id"),
    CheckConstraint("octet_length(secret_hash) = 32", name="secret_is_hashed"),
)

api_clients = Table(
    "api_clients",
    metadata,
    key(),
    Column("name", Text, nullable=False),
    Column("scopes", JSONB, nullable=False),
    Column("location_ids", JSONB),
    Column("channel_id", Uuid),
    Column("secret_hash", LargeBinary, nullable=False),
    _generation(),
    instant("created_at"),
    instant("revoked_at", nullable=True),
    CheckConstraint("octet_length(secret_hash) = 32", name="secret_is_hashed"),
)

# A shopper's session without an account is an anonymous one: its subject is an id that nothing else has.
sessions = Table(
    "sessions",
    metadata,
    key(),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("account_id", Uuid, ForeignKey("accounts.id")),
    Column("staff_id", Uuid, ForeignKey("staff_members.id")),
    Column("location_id", Uuid),
    Column("channel_id", Uuid),
    instant("created_at"),
    instant("expires_at"),
    instant("revoked_at", nullable=True),
    CheckConstraint(one_of("kind", SESSION_KINDS), name="kind_is_known"),
    CheckConstraint(
        "account_id IS NULL OR (kind = 'shopper' AND account_id = subject_id)", name="account_is_the_subject"
    ),
    CheckConstraint(
        "(kind = 'staff') = (staff_id IS NOT NULL) AND (staff_id IS NULL OR staff_id = subject_id)",
        name="staff_is_the_subject",
    ),
    Index("ix_sessions_subject_id", "subject_id"),
    Index("ix_sessions_account_id", "account_id"),
    Index("ix_sessions_staff_id", "staff_id"),
    Index("ix_sessions_expires_at", "expires_at"),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("session_id", Uuid, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    instant("created_at"),
    instant("used_at", nullable=True),
    Index("ix_refresh_tokens_session_id", "session_id"),
    Index("ix_refresh_tokens_used_at", "used_at", postgresql_where=Column("used_at").is_not(None)),
    CheckConstraint("octet_length(hash) = 32", name="token_is_hashed"),
)

# Secrets sent by mail: of a registration, of an account, of a staff member, by purpose.
one_time_tokens = Table(
    "one_time_tokens",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    instant("created_at"),
    instant("expires_at"),
    instant("used_at", nullable=True),
    CheckConstraint(one_of("purpose", SECRET_PURPOSES), name="purpose_is_known"),
    CheckConstraint("octet_length(hash) = 32", name="token_is_hashed"),
    Index("ix_one_time_tokens_subject_id", "subject_id"),
    Index("ix_one_time_tokens_expires_at", "expires_at"),
)

# Who asked for a mail about an account. Written whether or not there is one, so that asking takes the same time; the job looks.
mail_requests = Table(
    "mail_requests",
    metadata,
    key(),
    Column("purpose", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("registration_id", Uuid),
    Column("language", Text, nullable=False),
    instant("created_at"),
    CheckConstraint(one_of("purpose", ["register", "resend", "reset", "invite"]), name="purpose_is_known"),
)

# Attempts by hashed key (e-mail, address, or both), counted in windows; the key tells nobody whose it is.
attempts = Table(
    "attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    instant("resets_at"),
    Index("ix_attempts_resets_at", "resets_at"),
)

# What ended before its tokens expire: a session or a signing key (least_generation NULL: whole), or a subject's older generations.
revocations = Table(
    "revocations",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("ended_id", Uuid, nullable=False),
    Column("least_generation", Integer),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Index("ix_revocations_recorded_at", "recorded_at"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    key(),
    Column("state", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    instant("created_at"),
    instant("retired_at", nullable=True),
    CheckConstraint(one_of("state", KEY_STATES), name="state_is_known"),
    CheckConstraint("(state = 'active') = (retired_at IS NULL)", name="retired_keys_say_when"),
    Index("uq_signing_keys_active", "state", unique=True, postgresql_where=Column("state") == "active"),
)
