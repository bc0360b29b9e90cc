"""Rows of promotions, their versions, their codes, and who used them how often."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.platform.tables import amount, append_only, currency, instant, key, metadata, one_of, state, version
from commerce.promotions.facts import State, UseState

# `rule` is what is being written; `published_version` names the row of promotion_versions that may apply. The bounds say
# from when until when anything of it may, so that a code's answer and the resident set need not read the versions.
promotions = Table(
    "promotions",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", JSONB, nullable=False),
    state(),
    Column("rule", JSONB, nullable=False),
    Column("published_version", Integer),
    instant("starts_at", nullable=True),
    instant("ends_at", nullable=True),
    Column("store_time", Boolean, nullable=False, server_default="false"),
    version(),
    instant("created_at"),
    instant("updated_at"),
    instant("withdrawn_at", nullable=True),
    CheckConstraint(one_of("state", State), name="state_known"),
    CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_a_time"),
    CheckConstraint("state <> 'published' OR published_version IS NOT NULL", name="published_has_a_version"),
    CheckConstraint("published_version <= version", name="published_is_a_version"),
    Index("uq_promotions_code", "code", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
    Index("ix_promotions_published", "id", postgresql_where=text("state = 'published'")),
)

# One row for each publication and withdrawal, in order of `seq` within a promotion, because the promotion is locked
# meanwhile. `in_force` is all that may apply from `at` on, so that the set of any instant can be told years later.
promotion_versions = append_only(
    Table(
        "promotion_versions",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("promotion_id", Uuid, ForeignKey("promotions.id"), nullable=False),
        Column("version", Integer, nullable=False),
        Column("rule", JSONB),
        Column("in_force", JSONB, nullable=False),
        instant("at"),
        Column("actor", Text, nullable=False),
        UniqueConstraint("promotion_id", "version"),
        CheckConstraint("jsonb_typeof(in_force) = 'array'", name="in_force_is_a_list"),
        CheckConstraint("(rule IS NULL) = (in_force = '[]'::jsonb)", name="withdrawn_is_empty"),
        Index("ix_promotion_versions_promotion_id", "promotion_id", "seq"),
    )
)

# What is taken of a promotion: uses and money, reserved and committed alike. Made when it is first published.
promotion_counters = Table(
    "promotion_counters",
    metadata,
    Column("promotion_id", Uuid, ForeignKey("promotions.id"), primary_key=True),
    Column("currency", Text),
    Column("uses_most", Integer),
    amount("amount_most", nullable=True),
    Column("per_customer_most", Integer),
    Column("uses", Integer, nullable=False, server_default="0"),
    Column("amount", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("uses >= 0 AND amount >= 0", name="counts_not_negative"),
    CheckConstraint("uses <= uses_most", name="uses_bounded"),
    CheckConstraint("amount <= amount_most", name="amount_bounded"),
    CheckConstraint("amount_most IS NULL OR currency IS NOT NULL", name="budget_has_a_currency"),
)

# What one customer has taken, under each key that stands for them; see `customer.py`.
promotion_customers = Table(
    "promotion_customers",
    metadata,
    Column("promotion_id", Uuid, primary_key=True),
    Column("customer_key", LargeBinary, primary_key=True),
    Column("uses", Integer, nullable=False),
    Column("uses_most", Integer),
    CheckConstraint("uses >= 0", name="uses_not_negative"),
    CheckConstraint("uses <= uses_most", name="uses_bounded"),
)

# An order is named, not referred to: orders are a layer above. An order uses a promotion once. Uses and customers are
# written only where there is a counter; a foreign key would have every buyer lock the one row of a promotion to look.
promotion_uses = Table(
    "promotion_uses",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("promotion_id", Uuid, primary_key=True),
    Column("promotion_version", Integer, nullable=False),
    Column("code_key", Text),
    amount("amount"),
    currency(),
    Column("customer_keys", ARRAY(LargeBinary), nullable=False),
    state(),
    instant("reserved_at"),
    instant("committed_at", nullable=True),
    instant("released_at", nullable=True),
    CheckConstraint(one_of("state", UseState), name="state_known"),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    CheckConstraint("(state = 'released') = (released_at IS NOT NULL)", name="released_has_a_time"),
    CheckConstraint("state <> 'committed' OR committed_at IS NOT NULL", name="committed_has_a_time"),
    Index("ix_promotion_uses_promotion_id", "promotion_id", "order_id"),
    Index("ix_promotion_uses_code_key", "code_key", postgresql_where=text("code_key IS NOT NULL")),
)

promotion_code_batches = Table(
    "promotion_code_batches",
    metadata,
    key(),
    Column("number", Integer, Identity(always=True), nullable=False, unique=True),
    Column("promotion_id", Uuid, ForeignKey("promotions.id"), nullable=False, index=True),
    Column("prefix", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("made", Integer, nullable=False, server_default="0"),
    Column("actor", Text, nullable=False),
    instant("created_at"),
    instant("finished_at", nullable=True),
    instant("withdrawn_at", nullable=True),
    CheckConstraint("made BETWEEN 0 AND wanted", name="made_bounded"),
    CheckConstraint("(made = wanted) = (finished_at IS NOT NULL)", name="finished_has_a_time"),
)

# A million rows in a batch, so each is small: what a code looks like follows from its key and its batch's prefix, and
# batch and promotion are named by number and id without the cost of a foreign key for each row (the audit looks).
promotion_codes = Table(
    "promotion_codes",
    metadata,
    Column("code_key", Text, primary_key=True),
    Column("promotion_id", Uuid, nullable=False),
    Column("batch_number", Integer),
    Column("position", Integer),
    Column("shown", Text),
    Column("uses_most", Integer),
    Column("uses", Integer, nullable=False, server_default="0"),
    instant("withdrawn_at", nullable=True),
    CheckConstraint("code_key ~ '^[0-9A-Z]+$'", name="key_is_normal"),
    CheckConstraint("uses >= 0", name="uses_not_negative"),
    CheckConstraint("uses <= uses_most", name="uses_bounded"),
    CheckConstraint("(batch_number IS NULL) = (position IS NULL)", name="batch_gives_a_place"),
    CheckConstraint("(batch_number IS NULL) = (shown IS NOT NULL)", name="shared_is_shown"),
    Index(
        "uq_promotion_codes_batch_number",
        "batch_number",
        "position",
        unique=True,
        postgresql_where=text("batch_number IS NOT NULL"),
    ),
    Index(
        "ix_promotion_codes_promotion_id",
        "promotion_id",
        "code_key",
        postgresql_where=text("batch_number IS NULL"),
    ),
)
