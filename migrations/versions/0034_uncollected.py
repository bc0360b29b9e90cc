"""Pickups that nobody collects: how long they wait, what became of them, who did not come.

What is ready already begins to wait by the shop's settings; its deadline is reckoned by the job that gives one to whatever has none.
"""

from alembic import op

revision = "0034_uncollected"
down_revision = "0033_counter"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE collection_policies (
        id UUID NOT NULL,
        location_id UUID,
        category_id UUID,
        wait_days INTEGER,
        wait_hours INTEGER,
        reminders INTEGER[] NOT NULL,
        extension_days INTEGER NOT NULL,
        grace_minutes INTEGER NOT NULL,
        sign_count INTEGER NOT NULL,
        sign_days INTEGER NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_collection_policies PRIMARY KEY (id),
        CONSTRAINT ck_collection_policies_days_or_hours CHECK ((wait_days IS NULL) <> (wait_hours IS NULL)),
        CONSTRAINT ck_collection_policies_waits CHECK (wait_days > 0 AND wait_hours IS NULL OR wait_hours > 0 AND wait_days IS NULL),
        CONSTRAINT ck_collection_policies_reminders_few CHECK (cardinality(reminders) <= 5),
        CONSTRAINT ck_collection_policies_figures_not_negative CHECK (extension_days >= 0 AND grace_minutes >= 0),
        CONSTRAINT ck_collection_policies_sign_positive CHECK (sign_count > 0 AND sign_days > 0),
        CONSTRAINT fk_collection_policies_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id),
        CONSTRAINT fk_collection_policies_category_id_categories FOREIGN KEY(category_id) REFERENCES categories (id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_collection_policies_for ON collection_policies (location_id, category_id) NULLS NOT DISTINCT WHERE withdrawn_at IS NULL
    """,
    """
    CREATE TABLE pickup_waits (
        id UUID NOT NULL,
        order_id UUID NOT NULL,
        fulfilment_order_id UUID NOT NULL,
        location_id UUID NOT NULL,
        state TEXT NOT NULL,
        round INTEGER NOT NULL,
        ready_at TIMESTAMP WITH TIME ZONE,
        deadline TIMESTAMP WITH TIME ZONE,
        due_at TIMESTAMP WITH TIME ZONE,
        terms JSONB NOT NULL,
        extended_at TIMESTAMP WITH TIME ZONE,
        closed_at TIMESTAMP WITH TIME ZONE,
        put_away_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_pickup_waits PRIMARY KEY (id),
        CONSTRAINT ck_pickup_waits_state_known CHECK (state IN ('collected', 'ended', 'expired', 'put_away', 'waiting')),
        CONSTRAINT ck_pickup_waits_round_positive CHECK (round >= 1),
        CONSTRAINT ck_pickup_waits_due_after_the_deadline CHECK ((deadline IS NULL) = (due_at IS NULL) AND due_at >= deadline),
        CONSTRAINT ck_pickup_waits_deadline_of_the_ready CHECK (deadline IS NULL OR ready_at IS NOT NULL),
        CONSTRAINT ck_pickup_waits_expired_for_a_deadline CHECK (state NOT IN ('expired', 'put_away') OR deadline IS NOT NULL),
        CONSTRAINT ck_pickup_waits_closed_when_nobody_waits CHECK ((closed_at IS NOT NULL) = (state <> 'waiting')),
        CONSTRAINT ck_pickup_waits_put_away_has_a_time CHECK ((put_away_at IS NOT NULL) = (state = 'put_away')),
        CONSTRAINT fk_pickup_waits_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT uq_pickup_waits_fulfilment_order_id UNIQUE (fulfilment_order_id),
        CONSTRAINT fk_pickup_waits_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    """
    CREATE INDEX ix_pickup_waits_due_at ON pickup_waits (due_at) WHERE state = 'waiting'
    """,
    """
    CREATE INDEX ix_pickup_waits_order_id ON pickup_waits (order_id)
    """,
    """
    CREATE INDEX ix_pickup_waits_waiting_at ON pickup_waits (location_id, id) WHERE state = 'waiting'
    """,
    """
    CREATE TABLE pickup_transitions (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        wait_id UUID NOT NULL,
        state_before TEXT,
        state_after TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_pickup_transitions PRIMARY KEY (seq),
        CONSTRAINT fk_pickup_transitions_wait_id_pickup_waits FOREIGN KEY(wait_id) REFERENCES pickup_waits (id)
    )
    """,
    """
    CREATE INDEX ix_pickup_transitions_wait_id ON pickup_transitions (wait_id)
    """,
    """
    CREATE TRIGGER pickup_transitions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pickup_transitions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE pickup_deadlines (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        wait_id UUID NOT NULL,
        round INTEGER NOT NULL,
        deadline_before TIMESTAMP WITH TIME ZONE,
        deadline_after TIMESTAMP WITH TIME ZONE,
        why TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_pickup_deadlines PRIMARY KEY (seq),
        CONSTRAINT ck_pickup_deadlines_why_known CHECK (why IN ('asked', 'hours', 'ready', 'unpacked')),
        CONSTRAINT fk_pickup_deadlines_wait_id_pickup_waits FOREIGN KEY(wait_id) REFERENCES pickup_waits (id)
    )
    """,
    """
    CREATE INDEX ix_pickup_deadlines_wait_id ON pickup_deadlines (wait_id)
    """,
    """
    CREATE TRIGGER pickup_deadlines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pickup_deadlines FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE pickup_reminders (
        wait_id UUID NOT NULL,
        round INTEGER NOT NULL,
        percent INTEGER NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        sent_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_pickup_reminders PRIMARY KEY (wait_id, round, percent),
        CONSTRAINT ck_pickup_reminders_percent_within_the_stay CHECK (percent BETWEEN 1 AND 99),
        CONSTRAINT fk_pickup_reminders_wait_id_pickup_waits FOREIGN KEY(wait_id) REFERENCES pickup_waits (id)
    )
    """,
    """
    CREATE INDEX ix_pickup_reminders_due_at ON pickup_reminders (due_at) WHERE sent_at IS NULL
    """,
    """
    CREATE TABLE uncollected_units (
        wait_id UUID NOT NULL,
        line_id UUID NOT NULL,
        order_line_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        units INTEGER NOT NULL,
        damaged INTEGER DEFAULT '0' NOT NULL,
        traces JSONB NOT NULL,
        CONSTRAINT pk_uncollected_units PRIMARY KEY (wait_id, line_id),
        CONSTRAINT ck_uncollected_units_funnel CHECK (units > 0 AND damaged BETWEEN 0 AND units),
        CONSTRAINT fk_uncollected_units_wait_id_pickup_waits FOREIGN KEY(wait_id) REFERENCES pickup_waits (id),
        CONSTRAINT fk_uncollected_units_line_id_fulfilment_lines FOREIGN KEY(line_id) REFERENCES fulfilment_lines (id),
        CONSTRAINT fk_uncollected_units_order_line_id_order_lines FOREIGN KEY(order_line_id) REFERENCES order_lines (id)
    )
    """,
    """
    CREATE TABLE no_shows (
        wait_id UUID NOT NULL,
        customer TEXT NOT NULL,
        location_id UUID NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        counts_until TIMESTAMP WITH TIME ZONE NOT NULL,
        sign_count INTEGER NOT NULL,
        CONSTRAINT pk_no_shows PRIMARY KEY (wait_id),
        CONSTRAINT ck_no_shows_customer_is_a_key CHECK (customer ~ '^(account|guest):'),
        CONSTRAINT ck_no_shows_counts_for_a_while CHECK (sign_count > 0 AND counts_until > at),
        CONSTRAINT fk_no_shows_wait_id_pickup_waits FOREIGN KEY(wait_id) REFERENCES pickup_waits (id)
    )
    """,
    """
    CREATE INDEX ix_no_shows_customer ON no_shows (customer, counts_until)
    """,
    """
    CREATE TRIGGER no_shows_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON no_shows FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)
NAMES = (
    "no_shows",
    "uncollected_units",
    "pickup_reminders",
    "pickup_deadlines",
    "pickup_transitions",
    "pickup_waits",
    "collection_policies",
)
READY = (
    """
    INSERT INTO pickup_waits (id, order_id, fulfilment_order_id, location_id, state, round, ready_at, terms)
    SELECT gen_random_uuid(), f.order_id, f.id, f.location_id, 'waiting', 1, f.ready_at,
        jsonb_build_object('wait_days', coalesce((SELECT pickup_hold_days FROM shop_settings LIMIT 1), 7))
    FROM fulfilment_orders f WHERE f.state = 'ready_for_pickup'
    """,
    """
    INSERT INTO pickup_transitions (wait_id, state_before, state_after, by, at)
    SELECT id, NULL, state, 'system', ready_at FROM pickup_waits
    """,
    """
    INSERT INTO pickup_deadlines (wait_id, round, deadline_before, deadline_after, why, by, at)
    SELECT id, round, NULL, NULL, 'ready', 'system', ready_at FROM pickup_waits
    """,
)


def upgrade() -> None:
    """Makes the tables, and lets what is ready begin to wait."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (*TABLES, *READY):
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away with what is in them."""
    for name in NAMES:
        op.execute(f"DROP TABLE {name}")
