"""Rules that choose where orders are sent from, and their runs over orders of the past."""

from alembic import op

revision = "0029_sourcing"
down_revision = "0028_places_and_slots"
branch_labels = None
depends_on = None

TABLES = (
    "sourcing_simulation_orders",
    "sourcing_simulation_figures",
    "sourcing_simulations",
    "sourcing_rule_versions",
    "sourcing_rules",
)
STATEMENTS = (
    """
    CREATE TABLE sourcing_rules (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name JSONB NOT NULL,
        channel_id UUID,
        state TEXT NOT NULL,
        routing JSONB NOT NULL,
        published_version INTEGER,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_sourcing_rules PRIMARY KEY (id),
        CONSTRAINT ck_sourcing_rules_state_known CHECK (state IN ('draft', 'published', 'withdrawn')),
        CONSTRAINT ck_sourcing_rules_withdrawn_has_a_time CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)),
        CONSTRAINT ck_sourcing_rules_published_has_a_version CHECK (state <> 'published' OR published_version IS NOT NULL),
        CONSTRAINT ck_sourcing_rules_published_is_a_version CHECK (published_version <= version),
        CONSTRAINT fk_sourcing_rules_channel_id_channels FOREIGN KEY(channel_id) REFERENCES channels (id)
    )
    """,
    "CREATE UNIQUE INDEX uq_sourcing_rules_code ON sourcing_rules (code) WHERE withdrawn_at IS NULL",
    """
    CREATE UNIQUE INDEX uq_sourcing_rules_channel_id ON sourcing_rules (channel_id) NULLS NOT DISTINCT WHERE state = 'published'
    """,
    """
    CREATE TABLE sourcing_rule_versions (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        rule_id UUID NOT NULL,
        version INTEGER NOT NULL,
        routing JSONB,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        actor TEXT NOT NULL,
        CONSTRAINT pk_sourcing_rule_versions PRIMARY KEY (seq),
        CONSTRAINT fk_sourcing_rule_versions_rule_id_sourcing_rules FOREIGN KEY(rule_id) REFERENCES sourcing_rules (id)
    )
    """,
    "CREATE UNIQUE INDEX uq_sourcing_rule_versions_rule_id ON sourcing_rule_versions (rule_id, version)",
    """
    CREATE TRIGGER sourcing_rule_versions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sourcing_rule_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE sourcing_simulations (
        id UUID NOT NULL,
        rule_id UUID NOT NULL,
        rule_version INTEGER NOT NULL,
        rule JSONB NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        until TIMESTAMP WITH TIME ZONE NOT NULL,
        channels UUID[] NOT NULL,
        state TEXT NOT NULL,
        actor TEXT NOT NULL,
        orders INTEGER NOT NULL,
        looked INTEGER DEFAULT '0' NOT NULL,
        after_at TIMESTAMP WITH TIME ZONE,
        after_id UUID,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        started_at TIMESTAMP WITH TIME ZONE,
        finished_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_sourcing_simulations PRIMARY KEY (id),
        CONSTRAINT ck_sourcing_simulations_state_known CHECK (state IN ('cancelled', 'done', 'running', 'waiting')),
        CONSTRAINT ck_sourcing_simulations_window_has_a_length CHECK (since < until),
        CONSTRAINT ck_sourcing_simulations_counts_not_negative CHECK (orders >= 0 AND looked >= 0),
        CONSTRAINT ck_sourcing_simulations_place_is_whole CHECK ((after_at IS NULL) = (after_id IS NULL)),
        CONSTRAINT ck_sourcing_simulations_finished_has_a_time CHECK ((state IN ('done', 'cancelled')) = (finished_at IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_sourcing_simulations_rule_id ON sourcing_simulations (rule_id, id)",
    """
    CREATE TABLE sourcing_simulation_figures (
        simulation_id UUID NOT NULL,
        currency TEXT NOT NULL,
        orders INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        units BIGINT NOT NULL,
        short_orders INTEGER NOT NULL,
        short_units BIGINT NOT NULL,
        parcels_before INTEGER NOT NULL,
        parcels_after INTEGER NOT NULL,
        split_before INTEGER NOT NULL,
        split_after INTEGER NOT NULL,
        costed INTEGER NOT NULL,
        cost_before BIGINT NOT NULL,
        cost_after BIGINT NOT NULL,
        located INTEGER NOT NULL,
        metres_before BIGINT NOT NULL,
        metres_after BIGINT NOT NULL,
        inexact INTEGER NOT NULL,
        CONSTRAINT pk_sourcing_simulation_figures PRIMARY KEY (simulation_id, currency),
        CONSTRAINT ck_sourcing_simulation_figures_counts_bounded CHECK (changed BETWEEN 0 AND orders AND short_orders BETWEEN 0 AND orders AND costed BETWEEN 0 AND orders AND located BETWEEN 0 AND orders AND inexact BETWEEN 0 AND orders AND split_before BETWEEN 0 AND orders AND split_after BETWEEN 0 AND orders),
        CONSTRAINT ck_sourcing_simulation_figures_short_is_part_of_units CHECK (short_units BETWEEN 0 AND units),
        CONSTRAINT ck_sourcing_simulation_figures_figures_not_negative CHECK (split_before <= parcels_before AND split_after <= parcels_after AND cost_before >= 0 AND cost_after >= 0 AND metres_before >= 0 AND metres_after >= 0),
        CONSTRAINT fk_sourcing_simulation_figures_simulation_id_sourcing_s_b0ec FOREIGN KEY(simulation_id) REFERENCES sourcing_simulations (id)
    )
    """,
    """
    CREATE TABLE sourcing_simulation_orders (
        simulation_id UUID NOT NULL,
        order_id UUID NOT NULL,
        places_before UUID[] NOT NULL,
        places_after UUID[] NOT NULL,
        short_units INTEGER NOT NULL,
        CONSTRAINT pk_sourcing_simulation_orders PRIMARY KEY (simulation_id, order_id),
        CONSTRAINT ck_sourcing_simulation_orders_short_units_not_negative CHECK (short_units >= 0),
        CONSTRAINT fk_sourcing_simulation_orders_simulation_id_sourcing_si_a46e FOREIGN KEY(simulation_id) REFERENCES sourcing_simulations (id)
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
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
