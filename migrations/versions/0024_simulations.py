"""Simulations of promotions."""

from alembic import op

revision = "0024_simulations"
down_revision = "0023_discounted_orders"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE simulations (
        id UUID NOT NULL,
        promotion_id UUID NOT NULL,
        promotion_version INTEGER NOT NULL,
        rule JSONB NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        until TIMESTAMP WITH TIME ZONE NOT NULL,
        channels UUID[] NOT NULL,
        state TEXT NOT NULL,
        actor TEXT NOT NULL,
        orders INTEGER NOT NULL,
        looked INTEGER DEFAULT '0' NOT NULL,
        left_out INTEGER DEFAULT '0' NOT NULL,
        after_at TIMESTAMP WITH TIME ZONE,
        after_id UUID,
        stopped_because TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        started_at TIMESTAMP WITH TIME ZONE,
        finished_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_simulations PRIMARY KEY (id),
        CONSTRAINT ck_simulations_state_known CHECK (state IN ('cancelled', 'done', 'running', 'stopped', 'waiting')),
        CONSTRAINT ck_simulations_window_has_a_length CHECK (since < until),
        CONSTRAINT ck_simulations_counts_not_negative CHECK (orders >= 0 AND looked >= 0 AND left_out BETWEEN 0 AND looked),
        CONSTRAINT ck_simulations_place_is_whole CHECK ((after_at IS NULL) = (after_id IS NULL)),
        CONSTRAINT ck_simulations_stopped_says_why CHECK ((state = 'stopped') = (stopped_because IS NOT NULL)),
        CONSTRAINT ck_simulations_finished_has_a_time CHECK ((state IN ('done', 'stopped', 'cancelled')) = (finished_at IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_simulations_promotion_id ON simulations (promotion_id, id)",
    """
    CREATE TABLE simulation_figures (
        simulation_id UUID NOT NULL,
        currency TEXT NOT NULL,
        orders INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        uses INTEGER NOT NULL,
        discount_before BIGINT NOT NULL,
        discount_after BIGINT NOT NULL,
        net_before BIGINT NOT NULL,
        net_after BIGINT NOT NULL,
        costed_net_before BIGINT NOT NULL,
        costed_net_after BIGINT NOT NULL,
        cost_before BIGINT NOT NULL,
        cost_after BIGINT NOT NULL,
        uncosted_lines INTEGER NOT NULL,
        CONSTRAINT pk_simulation_figures PRIMARY KEY (simulation_id, currency),
        CONSTRAINT ck_simulation_figures_counts_bounded CHECK (changed BETWEEN 0 AND orders AND uses BETWEEN 0 AND orders),
        CONSTRAINT ck_simulation_figures_amounts_not_negative CHECK (discount_before >= 0 AND discount_after >= 0 AND net_before >= 0 AND net_after >= 0 AND uncosted_lines >= 0 AND cost_before >= 0 AND cost_after >= 0),
        CONSTRAINT ck_simulation_figures_costed_is_part_of_net CHECK (costed_net_before BETWEEN 0 AND net_before AND costed_net_after BETWEEN 0 AND net_after),
        CONSTRAINT fk_simulation_figures_simulation_id_simulations FOREIGN KEY(simulation_id) REFERENCES simulations (id)
    )
    """,
    """
    CREATE TABLE simulation_promotions (
        simulation_id UUID NOT NULL,
        currency TEXT NOT NULL,
        promotion_id UUID NOT NULL,
        orders_before INTEGER NOT NULL,
        orders_after INTEGER NOT NULL,
        saved_before BIGINT NOT NULL,
        saved_after BIGINT NOT NULL,
        CONSTRAINT pk_simulation_promotions PRIMARY KEY (simulation_id, currency, promotion_id),
        CONSTRAINT ck_simulation_promotions_figures_not_negative CHECK (orders_before >= 0 AND orders_after >= 0 AND saved_before >= 0 AND saved_after >= 0),
        CONSTRAINT fk_simulation_promotions_simulation_id_simulations FOREIGN KEY(simulation_id) REFERENCES simulations (id)
    )
    """,
    """
    CREATE TABLE simulation_articles (
        simulation_id UUID NOT NULL,
        currency TEXT NOT NULL,
        variant_id UUID NOT NULL,
        units BIGINT NOT NULL,
        discount_before BIGINT NOT NULL,
        discount_after BIGINT NOT NULL,
        net_before BIGINT NOT NULL,
        net_after BIGINT NOT NULL,
        CONSTRAINT pk_simulation_articles PRIMARY KEY (simulation_id, currency, variant_id),
        CONSTRAINT ck_simulation_articles_figures_not_negative CHECK (units >= 0 AND discount_before >= 0 AND discount_after >= 0 AND net_before >= 0 AND net_after >= 0),
        CONSTRAINT fk_simulation_articles_simulation_id_simulations FOREIGN KEY(simulation_id) REFERENCES simulations (id)
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
    for table in ("simulation_articles", "simulation_promotions", "simulation_figures", "simulations"):
        op.execute(f"DROP TABLE {table}")
