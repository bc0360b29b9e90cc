"""Terms on which articles are sold ahead, claims of orders on supply that comes, and what shelves leave for those who wait.

What is there already reads as before: nothing is sold ahead, nobody waits, no shelf is closed.
"""

from alembic import op

revision = "0035_supply"
down_revision = "0034_uncollected"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE supply_terms (
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        kind TEXT NOT NULL,
        allowed INTEGER NOT NULL,
        lead_days INTEGER,
        release_at TIMESTAMP WITH TIME ZONE,
        beyond INTEGER DEFAULT '0' NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_supply_terms PRIMARY KEY (variant_id, location_id),
        CONSTRAINT ck_supply_terms_kind_known CHECK (kind IN ('back_order', 'none', 'pre_order')),
        CONSTRAINT ck_supply_terms_figures_bounded CHECK (allowed BETWEEN 0 AND 100000 AND beyond >= 0),
        CONSTRAINT ck_supply_terms_lead_bounded CHECK (lead_days BETWEEN 1 AND 365),
        CONSTRAINT ck_supply_terms_a_pre_order_has_its_release CHECK ((kind = 'pre_order') = (release_at IS NOT NULL)),
        CONSTRAINT ck_supply_terms_undated_units_have_a_lead CHECK (kind <> 'back_order' OR allowed = 0 OR lead_days IS NOT NULL),
        CONSTRAINT fk_supply_terms_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id),
        CONSTRAINT fk_supply_terms_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    "CREATE INDEX ix_supply_terms_location_id ON supply_terms (location_id, variant_id)",
    """
    CREATE TABLE supply_terms_changes (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        kind TEXT NOT NULL,
        allowed INTEGER NOT NULL,
        lead_days INTEGER,
        release_at TIMESTAMP WITH TIME ZONE,
        version INTEGER NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_supply_terms_changes PRIMARY KEY (seq),
        CONSTRAINT ck_supply_terms_changes_explained CHECK (actor <> '' AND reason <> ''),
        CONSTRAINT uq_supply_terms_changes_variant_id_location_id_version UNIQUE (variant_id, location_id, version)
    )
    """,
    (
        "CREATE TRIGGER supply_terms_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON supply_terms_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    """
    CREATE TABLE supply_claims (
        id UUID NOT NULL,
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        order_id UUID NOT NULL,
        order_line_id UUID NOT NULL,
        group_id UUID NOT NULL,
        wait_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        service TEXT NOT NULL,
        units INTEGER NOT NULL,
        open INTEGER NOT NULL,
        served INTEGER DEFAULT '0' NOT NULL,
        released INTEGER DEFAULT '0' NOT NULL,
        promised_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expected_at TIMESTAMP WITH TIME ZONE NOT NULL,
        not_before TIMESTAMP WITH TIME ZONE,
        expires_at TIMESTAMP WITH TIME ZONE,
        claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_supply_claims PRIMARY KEY (id),
        CONSTRAINT ck_supply_claims_service_known CHECK (service IN ('pickup', 'ships')),
        CONSTRAINT ck_supply_claims_units_not_negative CHECK (units > 0 AND open >= 0 AND served >= 0 AND released >= 0),
        CONSTRAINT ck_supply_claims_each_unit_ends_once CHECK (open + served + released = units),
        CONSTRAINT uq_supply_claims_seq UNIQUE (seq),
        CONSTRAINT fk_supply_claims_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT uq_supply_claims_order_line_id UNIQUE (order_line_id),
        CONSTRAINT fk_supply_claims_order_line_id_order_lines FOREIGN KEY(order_line_id) REFERENCES order_lines (id)
    )
    """,
    "CREATE INDEX ix_supply_claims_expected ON supply_claims (expected_at) WHERE open > 0",
    "CREATE INDEX ix_supply_claims_order_id ON supply_claims (order_id)",
    "CREATE INDEX ix_supply_claims_place ON supply_claims (location_id, seq) WHERE open > 0",
    "CREATE INDEX ix_supply_claims_wait_id ON supply_claims (wait_id)",
    "CREATE INDEX ix_supply_claims_waiting ON supply_claims (variant_id, location_id, seq) WHERE open > 0",
    """
    CREATE TABLE supply_claim_changes (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        claim_id UUID NOT NULL,
        kind TEXT NOT NULL,
        units INTEGER NOT NULL,
        expected_at TIMESTAMP WITH TIME ZONE,
        effect_key TEXT NOT NULL,
        reason TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_supply_claim_changes PRIMARY KEY (seq),
        CONSTRAINT ck_supply_claim_changes_kind_known CHECK (kind IN ('claimed', 'moved', 'released', 'served')),
        CONSTRAINT ck_supply_claim_changes_explained CHECK (units >= 0 AND (units > 0 OR kind = 'moved') AND reason <> ''),
        CONSTRAINT ck_supply_claim_changes_moved_to_an_instant CHECK ((kind = 'moved') = (expected_at IS NOT NULL)),
        CONSTRAINT uq_supply_claim_changes_claim_id_effect_key UNIQUE (claim_id, effect_key),
        CONSTRAINT fk_supply_claim_changes_claim_id_supply_claims FOREIGN KEY(claim_id) REFERENCES supply_claims (id)
    )
    """,
    (
        "CREATE TRIGGER supply_claim_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON supply_claim_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
)
CHECKS = (
    ("stock_levels", "claimed_bounded", "claimed BETWEEN 0 AND 1000000000"),
    ("units_elsewhere", "expected_where_they_wait", "expected_at IS NULL OR location_id IS NULL"),
)


def upgrade() -> None:
    """Makes the tables, and the columns of shelves and of units that wait."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE stock_levels ADD COLUMN claimed INTEGER DEFAULT '0' NOT NULL")
    op.execute("ALTER TABLE stock_levels ADD COLUMN closed_until TIMESTAMP WITH TIME ZONE")
    op.execute("ALTER TABLE units_elsewhere ADD COLUMN expected_at TIMESTAMP WITH TIME ZONE")
    for table, name, condition in CHECKS:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes them away, with what is in them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE supply_claim_changes, supply_claims, supply_terms_changes, supply_terms")
    for table, name, _ in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute("ALTER TABLE units_elsewhere DROP COLUMN expected_at")
    op.execute("ALTER TABLE stock_levels DROP COLUMN closed_until, DROP COLUMN claimed")
