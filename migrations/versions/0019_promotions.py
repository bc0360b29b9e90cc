"""Promotions, their versions, counters and uses, and the codes that open them."""

from alembic import op

revision = "0019_promotions"
down_revision = "0018_tax_zones"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE promotions (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name JSONB NOT NULL,
        state TEXT NOT NULL,
        rule JSONB NOT NULL,
        published_version INTEGER,
        starts_at TIMESTAMP WITH TIME ZONE,
        ends_at TIMESTAMP WITH TIME ZONE,
        store_time BOOLEAN DEFAULT 'false' NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_promotions PRIMARY KEY (id),
        CONSTRAINT ck_promotions_state_known CHECK (state IN ('draft', 'published', 'withdrawn')),
        CONSTRAINT ck_promotions_withdrawn_has_a_time CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)),
        CONSTRAINT ck_promotions_published_has_a_version CHECK (state <> 'published' OR published_version IS NOT NULL),
        CONSTRAINT ck_promotions_published_is_a_version CHECK (published_version <= version)
    )
    """,
    """
    CREATE INDEX ix_promotions_published ON promotions (id) WHERE state = 'published'
    """,
    """
    CREATE UNIQUE INDEX uq_promotions_code ON promotions (code) WHERE withdrawn_at IS NULL
    """,
    """
    CREATE TABLE promotion_versions (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        promotion_id UUID NOT NULL,
        version INTEGER NOT NULL,
        rule JSONB,
        in_force JSONB NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        actor TEXT NOT NULL,
        CONSTRAINT pk_promotion_versions PRIMARY KEY (seq),
        CONSTRAINT uq_promotion_versions_promotion_id_version UNIQUE (promotion_id, version),
        CONSTRAINT ck_promotion_versions_in_force_is_a_list CHECK (jsonb_typeof(in_force) = 'array'),
        CONSTRAINT ck_promotion_versions_withdrawn_is_empty CHECK ((rule IS NULL) = (in_force = '[]'::jsonb)),
        CONSTRAINT fk_promotion_versions_promotion_id_promotions FOREIGN KEY(promotion_id) REFERENCES promotions (id)
    )
    """,
    """
    CREATE INDEX ix_promotion_versions_promotion_id ON promotion_versions (promotion_id, seq)
    """,
    """
    CREATE TRIGGER promotion_versions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON promotion_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE promotion_counters (
        promotion_id UUID NOT NULL,
        currency TEXT,
        uses_most INTEGER,
        amount_most BIGINT,
        per_customer_most INTEGER,
        uses INTEGER DEFAULT '0' NOT NULL,
        amount BIGINT DEFAULT '0' NOT NULL,
        CONSTRAINT pk_promotion_counters PRIMARY KEY (promotion_id),
        CONSTRAINT ck_promotion_counters_counts_not_negative CHECK (uses >= 0 AND amount >= 0),
        CONSTRAINT ck_promotion_counters_uses_bounded CHECK (uses <= uses_most),
        CONSTRAINT ck_promotion_counters_amount_bounded CHECK (amount <= amount_most),
        CONSTRAINT ck_promotion_counters_budget_has_a_currency CHECK (amount_most IS NULL OR currency IS NOT NULL),
        CONSTRAINT fk_promotion_counters_promotion_id_promotions FOREIGN KEY(promotion_id) REFERENCES promotions (id)
    )
    """,
    """
    CREATE TABLE promotion_customers (
        promotion_id UUID NOT NULL,
        customer_key BYTEA NOT NULL,
        uses INTEGER NOT NULL,
        uses_most INTEGER,
        CONSTRAINT pk_promotion_customers PRIMARY KEY (promotion_id, customer_key),
        CONSTRAINT ck_promotion_customers_uses_not_negative CHECK (uses >= 0),
        CONSTRAINT ck_promotion_customers_uses_bounded CHECK (uses <= uses_most)
    )
    """,
    """
    CREATE TABLE promotion_uses (
        order_id UUID NOT NULL,
        promotion_id UUID NOT NULL,
        promotion_version INTEGER NOT NULL,
        code_key TEXT,
        amount BIGINT NOT NULL,
        currency TEXT NOT NULL,
        customer_keys BYTEA[] NOT NULL,
        state TEXT NOT NULL,
        reserved_at TIMESTAMP WITH TIME ZONE NOT NULL,
        committed_at TIMESTAMP WITH TIME ZONE,
        released_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_promotion_uses PRIMARY KEY (order_id, promotion_id),
        CONSTRAINT ck_promotion_uses_state_known CHECK (state IN ('committed', 'released', 'reserved')),
        CONSTRAINT ck_promotion_uses_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT ck_promotion_uses_released_has_a_time CHECK ((state = 'released') = (released_at IS NOT NULL)),
        CONSTRAINT ck_promotion_uses_committed_has_a_time CHECK (state <> 'committed' OR committed_at IS NOT NULL)
    )
    """,
    """
    CREATE INDEX ix_promotion_uses_code_key ON promotion_uses (code_key) WHERE code_key IS NOT NULL
    """,
    """
    CREATE INDEX ix_promotion_uses_promotion_id ON promotion_uses (promotion_id, order_id)
    """,
    """
    CREATE TABLE promotion_code_batches (
        id UUID NOT NULL,
        number INTEGER GENERATED ALWAYS AS IDENTITY,
        promotion_id UUID NOT NULL,
        prefix TEXT NOT NULL,
        wanted INTEGER NOT NULL,
        made INTEGER DEFAULT '0' NOT NULL,
        actor TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        finished_at TIMESTAMP WITH TIME ZONE,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_promotion_code_batches PRIMARY KEY (id),
        CONSTRAINT ck_promotion_code_batches_made_bounded CHECK (made BETWEEN 0 AND wanted),
        CONSTRAINT ck_promotion_code_batches_finished_has_a_time CHECK ((made = wanted) = (finished_at IS NOT NULL)),
        CONSTRAINT uq_promotion_code_batches_number UNIQUE (number),
        CONSTRAINT fk_promotion_code_batches_promotion_id_promotions FOREIGN KEY(promotion_id) REFERENCES promotions (id)
    )
    """,
    """
    CREATE INDEX ix_promotion_code_batches_promotion_id ON promotion_code_batches (promotion_id)
    """,
    """
    CREATE TABLE promotion_codes (
        code_key TEXT NOT NULL,
        promotion_id UUID NOT NULL,
        batch_number INTEGER,
        position INTEGER,
        shown TEXT,
        uses_most INTEGER,
        uses INTEGER DEFAULT '0' NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_promotion_codes PRIMARY KEY (code_key),
        CONSTRAINT ck_promotion_codes_key_is_normal CHECK (code_key ~ '^[0-9A-Z]+$'),
        CONSTRAINT ck_promotion_codes_uses_not_negative CHECK (uses >= 0),
        CONSTRAINT ck_promotion_codes_uses_bounded CHECK (uses <= uses_most),
        CONSTRAINT ck_promotion_codes_batch_gives_a_place CHECK ((batch_number IS NULL) = (position IS NULL)),
        CONSTRAINT ck_promotion_codes_shared_is_shown CHECK ((batch_number IS NULL) = (shown IS NOT NULL))
    )
    """,
    """
    CREATE INDEX ix_promotion_codes_promotion_id ON promotion_codes (promotion_id, code_key) WHERE batch_number IS NULL
    """,
    """
    CREATE UNIQUE INDEX uq_promotion_codes_batch_number ON promotion_codes (batch_number, position) WHERE batch_number IS NOT NULL
    """,
)
TABLES = (
    "promotion_codes",
    "promotion_code_batches",
    "promotion_uses",
    "promotion_customers",
    "promotion_counters",
    "promotion_versions",
    "promotions",
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
