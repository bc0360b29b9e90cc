"""Another article instead of one that is missing; goods with a minimum age; until when a pickup waits, as its pass says it."""

from alembic import op

revision = "0037_substitutes"
down_revision = "0036_told"
branch_labels = None
depends_on = None

COLUMNS = {
    "order_lines": ("substitutes TEXT DEFAULT 'ask' NOT NULL", "instead_of_line_id UUID", "minimum_age INTEGER"),
    "fulfilment_lines": ("minimum_age INTEGER",),
    "hand_over_proofs": ("age_checked BOOLEAN DEFAULT 'false' NOT NULL",),
    "rejection_lines": ("substituted INTEGER DEFAULT '0' NOT NULL",),
}
TABLES = (
    """
    CREATE TABLE order_substitutions (
        order_line_id UUID NOT NULL,
        order_id UUID NOT NULL,
        instead_of_line_id UUID NOT NULL,
        difference_line_id UUID,
        units INTEGER NOT NULL,
        agreed_total BIGINT NOT NULL,
        agreed_tax BIGINT NOT NULL,
        consent TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_order_substitutions PRIMARY KEY (order_line_id),
        CONSTRAINT fk_order_substitutions_order_line_id_order_lines FOREIGN KEY(order_line_id) REFERENCES order_lines (id),
        CONSTRAINT fk_order_substitutions_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT fk_order_substitutions_instead_of_line_id_order_lines FOREIGN KEY(instead_of_line_id) REFERENCES order_lines (id),
        CONSTRAINT fk_order_substitutions_difference_line_id_order_lines FOREIGN KEY(difference_line_id) REFERENCES order_lines (id),
        CONSTRAINT ck_order_substitutions_units_positive CHECK (units >= 1),
        CONSTRAINT ck_order_substitutions_tax_within_total CHECK (agreed_tax BETWEEN 0 AND agreed_total),
        CONSTRAINT ck_order_substitutions_consent_known CHECK (consent IN ('asked', 'beforehand'))
    )
    """,
    "CREATE INDEX ix_order_substitutions_order_id ON order_substitutions (order_id)",
    "CREATE INDEX ix_order_substitutions_instead_of_line_id ON order_substitutions (instead_of_line_id)",
    """
    CREATE TRIGGER order_substitutions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON order_substitutions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE substitutes (
        id UUID NOT NULL,
        order_id UUID NOT NULL,
        rejection_id UUID NOT NULL,
        order_line_id UUID NOT NULL,
        fulfilment_order_id UUID NOT NULL,
        location_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        product_id UUID NOT NULL,
        sku TEXT NOT NULL,
        title JSONB NOT NULL,
        option_text TEXT NOT NULL,
        image_url TEXT,
        minimum_age INTEGER,
        units INTEGER NOT NULL,
        unit BIGINT NOT NULL,
        state TEXT NOT NULL,
        consent TEXT NOT NULL,
        proposed_by TEXT NOT NULL,
        proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        answered_by TEXT,
        answered_at TIMESTAMP WITH TIME ZONE,
        command_id UUID,
        new_line_id UUID,
        amount BIGINT,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_substitutes PRIMARY KEY (id),
        CONSTRAINT fk_substitutes_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT fk_substitutes_rejection_id_rejections FOREIGN KEY(rejection_id) REFERENCES rejections (id),
        CONSTRAINT fk_substitutes_order_line_id_order_lines FOREIGN KEY(order_line_id) REFERENCES order_lines (id),
        CONSTRAINT fk_substitutes_new_line_id_order_lines FOREIGN KEY(new_line_id) REFERENCES order_lines (id),
        CONSTRAINT ck_substitutes_state_known CHECK (state IN ('accepted', 'declined', 'lapsed', 'proposed', 'withdrawn')),
        CONSTRAINT ck_substitutes_consent_known CHECK (consent IN ('asked', 'beforehand')),
        CONSTRAINT ck_substitutes_answered_when_over CHECK ((state = 'proposed') = (answered_at IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)),
        CONSTRAINT ck_substitutes_accepted_has_a_line CHECK ((state = 'accepted') = (new_line_id IS NOT NULL) AND (new_line_id IS NULL) = (amount IS NULL)),
        CONSTRAINT ck_substitutes_figures_in_range CHECK (units >= 1 AND unit >= 0 AND amount >= 0 AND minimum_age > 0)
    )
    """,
    "CREATE INDEX ix_substitutes_order_id ON substitutes (order_id, proposed_at, id)",
    "CREATE UNIQUE INDEX uq_substitutes_proposed ON substitutes (rejection_id, order_line_id) WHERE state = 'proposed'",
    "CREATE UNIQUE INDEX uq_substitutes_new_line_id ON substitutes (new_line_id) WHERE new_line_id IS NOT NULL",
    """
    CREATE TABLE collect_by (
        fulfilment_order_id UUID NOT NULL,
        until TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_collect_by PRIMARY KEY (fulfilment_order_id),
        CONSTRAINT fk_collect_by_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    "INSERT INTO collect_by (fulfilment_order_id, until) SELECT fulfilment_order_id, deadline FROM pickup_waits",
    "ALTER TABLE order_lines ADD CONSTRAINT fk_order_lines_instead_of_line_id_order_lines FOREIGN KEY (instead_of_line_id) REFERENCES order_lines (id)",
)
NAMES = ("collect_by", "substitutes", "order_substitutions")
CHECKS = {
    "order_lines": {
        "quantity_not_negative": "quantity >= 0",
        "kind_known": "kind IN ('article', 'deposit', 'difference', 'eco_fee', 'gift')",
        "substitutes_known": "substitutes IN ('ask', 'no', 'similar')",
        "difference_is_not_charged": "kind <> 'difference' OR (instead_of_line_id IS NOT NULL AND cancelled = quantity)",
        "minimum_age_positive": "minimum_age > 0",
    },
    "fulfilment_lines": {"minimum_age_positive": "minimum_age > 0"},
    "rejection_lines": {
        "funnel": "units > 0 AND routed >= 0 AND substituted >= 0 AND routed + substituted <= units",
    },
    "rejections": {"choice_known": "choice IN ('delivery', 'refund', 'store', 'substitute', 'wait')"},
}
CHECKS_BEFORE = {
    "order_lines": {
        "quantity_positive": "quantity >= 1",
        "kind_known": "kind IN ('article', 'deposit', 'eco_fee', 'gift')",
    },
    "rejection_lines": {"funnel": "units > 0 AND routed BETWEEN 0 AND units"},
    "rejections": {"choice_known": "choice IN ('delivery', 'refund', 'store', 'wait')"},
}
LETTERS_BEFORE = [
    "order_confirmed",
    "ready_for_pickup",
    "shipped",
    "not_supplied",
    "order_cancelled",
    "return_approved",
    "return_declined",
    "refunded",
    "promise_moved",
    "choice_wanted",
    "choice_made",
    "pickup_reminder",
    "pickup_extended",
    "pickup_expired",
]
LETTERS = [*LETTERS_BEFORE, "substitute_proposed", "substitute_taken"]


def upgrade() -> None:
    """Adds what is new with defaults that keep old rows as they are: asked first, no line stands for another, no age is asked for."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"ADD COLUMN {column}" for column in columns))
    for statement in TABLES:
        op.execute(statement)
    op.execute("ALTER TABLE order_lines DROP CONSTRAINT ck_order_lines_quantity_positive")
    _check(CHECKS)
    _letters(LETTERS)


def downgrade() -> None:
    """Takes it away; refuses where a line stands for another, or a letter told of one."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _letters(LETTERS_BEFORE)
    for name in NAMES:
        op.execute(f"DROP TABLE {name}")
    for table, checks in CHECKS.items():
        for name in checks:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"DROP COLUMN {column.split()[0]}" for column in columns))
    _check(CHECKS_BEFORE)


def _check(checks: dict[str, dict[str, str]]) -> None:
    for table, conditions in checks.items():
        for name, condition in conditions.items():
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID")
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def _letters(kinds: list[str]) -> None:
    op.execute("ALTER TABLE notifications DROP CONSTRAINT ck_notifications_kind_known")
    listed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.execute(f"ALTER TABLE notifications ADD CONSTRAINT ck_notifications_kind_known CHECK (kind IN ({listed}))")
