"""Units of an order that are elsewhere, what becomes of rejected ones, promises that moved.

What is there already reads as before: every unit is at its group's place, each group has its first piece of work, no promise has moved.
"""

from alembic import op

revision = "0032_rejections"
down_revision = "0031_counting"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE units_elsewhere (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        order_id UUID NOT NULL,
        order_line_id UUID NOT NULL,
        location_id UUID,
        units INTEGER NOT NULL,
        CONSTRAINT pk_units_elsewhere PRIMARY KEY (seq),
        CONSTRAINT ck_units_elsewhere_units_not_negative CHECK (units >= 0),
        CONSTRAINT uq_units_elsewhere_order_line_id_location_id UNIQUE NULLS NOT DISTINCT (order_line_id, location_id),
        CONSTRAINT fk_units_elsewhere_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT fk_units_elsewhere_order_line_id_order_lines FOREIGN KEY(order_line_id) REFERENCES order_lines (id)
    )
    """,
    """
    CREATE INDEX ix_units_elsewhere_location_id ON units_elsewhere (location_id, order_id)
    """,
    """
    CREATE INDEX ix_units_elsewhere_order_id ON units_elsewhere (order_id)
    """,
    """
    CREATE TABLE promise_moves (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        fulfilment_order_id UUID NOT NULL,
        ready_by_before TIMESTAMP WITH TIME ZONE,
        ready_by_after TIMESTAMP WITH TIME ZONE NOT NULL,
        reason TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_promise_moves PRIMARY KEY (seq),
        CONSTRAINT fk_promise_moves_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    """
    CREATE INDEX ix_promise_moves_fulfilment_order_id ON promise_moves (fulfilment_order_id)
    """,
    """
    CREATE TRIGGER promise_moves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON promise_moves FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE rejections (
        id UUID NOT NULL,
        order_id UUID NOT NULL,
        group_id UUID NOT NULL,
        fulfilment_order_id UUID NOT NULL,
        location_id UUID NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        choose_by TIMESTAMP WITH TIME ZONE,
        choice TEXT,
        chosen_location_id UUID,
        transfer_id UUID,
        amount BIGINT,
        command_id UUID,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closed_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_rejections PRIMARY KEY (id),
        CONSTRAINT ck_rejections_state_known CHECK (state IN ('chosen', 'closed', 'defaulted', 'routed', 'routing', 'waiting_for_choice')),
        CONSTRAINT ck_rejections_kind_known CHECK (kind IN ('pickup', 'ship')),
        CONSTRAINT ck_rejections_choice_known CHECK (choice IN ('delivery', 'refund', 'store', 'wait')),
        CONSTRAINT ck_rejections_choice_of_the_chosen CHECK ((choice IS NOT NULL) = (state IN ('chosen', 'defaulted'))),
        CONSTRAINT ck_rejections_choosing_has_an_end CHECK (state <> 'waiting_for_choice' OR choose_by IS NOT NULL),
        CONSTRAINT ck_rejections_closed_when_final CHECK ((closed_at IS NOT NULL) = (state NOT IN ('routing', 'waiting_for_choice'))),
        CONSTRAINT ck_rejections_figures_not_negative CHECK (attempt >= 1 AND amount >= 0),
        CONSTRAINT fk_rejections_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT fk_rejections_group_id_order_groups FOREIGN KEY(group_id) REFERENCES order_groups (id),
        CONSTRAINT fk_rejections_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    """
    CREATE INDEX ix_rejections_choose_by ON rejections (choose_by) WHERE state = 'waiting_for_choice'
    """,
    """
    CREATE INDEX ix_rejections_fulfilment_order_id ON rejections (fulfilment_order_id)
    """,
    """
    CREATE INDEX ix_rejections_order_id ON rejections (order_id)
    """,
    """
    CREATE INDEX ix_rejections_routing ON rejections (opened_at) WHERE state = 'routing'
    """,
    """
    CREATE INDEX ix_rejections_transfer_id ON rejections (transfer_id) WHERE transfer_id IS NOT NULL
    """,
    """
    CREATE TABLE rejection_lines (
        rejection_id UUID NOT NULL,
        order_line_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        units INTEGER NOT NULL,
        routed INTEGER DEFAULT '0' NOT NULL,
        reason TEXT NOT NULL,
        CONSTRAINT pk_rejection_lines PRIMARY KEY (rejection_id, order_line_id),
        CONSTRAINT ck_rejection_lines_funnel CHECK (units > 0 AND routed BETWEEN 0 AND units),
        CONSTRAINT fk_rejection_lines_rejection_id_rejections FOREIGN KEY(rejection_id) REFERENCES rejections (id),
        CONSTRAINT fk_rejection_lines_order_line_id_order_lines FOREIGN KEY(order_line_id) REFERENCES order_lines (id)
    )
    """,
    """
    CREATE INDEX ix_rejection_lines_order_line_id ON rejection_lines (order_line_id)
    """,
    """
    CREATE TABLE rejection_transitions (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        rejection_id UUID NOT NULL,
        state_before TEXT,
        state_after TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_rejection_transitions PRIMARY KEY (seq),
        CONSTRAINT fk_rejection_transitions_rejection_id_rejections FOREIGN KEY(rejection_id) REFERENCES rejections (id)
    )
    """,
    """
    CREATE INDEX ix_rejection_transitions_rejection_id ON rejection_transitions (rejection_id)
    """,
    """
    CREATE TRIGGER rejection_transitions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rejection_transitions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE order_exceptions (
        id UUID NOT NULL,
        kind TEXT NOT NULL,
        order_id UUID NOT NULL,
        location_id UUID NOT NULL,
        fulfilment_order_id UUID NOT NULL,
        rejection_id UUID NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        resolved_at TIMESTAMP WITH TIME ZONE,
        resolved_by TEXT,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_order_exceptions PRIMARY KEY (id),
        CONSTRAINT ck_order_exceptions_kind_known CHECK (kind IN ('not_accepted', 'not_arrived', 'unroutable')),
        CONSTRAINT ck_order_exceptions_resolved_by_somebody CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
        CONSTRAINT uq_order_exceptions_rejection_id_kind UNIQUE (rejection_id, kind),
        CONSTRAINT fk_order_exceptions_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT fk_order_exceptions_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id),
        CONSTRAINT fk_order_exceptions_rejection_id_rejections FOREIGN KEY(rejection_id) REFERENCES rejections (id)
    )
    """,
    """
    CREATE INDEX ix_order_exceptions_open ON order_exceptions (opened_at, id) WHERE resolved_at IS NULL
    """,
    """
    CREATE TABLE patience (
        id UUID NOT NULL,
        location_id UUID,
        accept_minutes INTEGER NOT NULL,
        pause_minutes INTEGER NOT NULL,
        choose_minutes INTEGER NOT NULL,
        transfer_minutes INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_patience PRIMARY KEY (id),
        CONSTRAINT ck_patience_figures_positive CHECK (accept_minutes > 0 AND pause_minutes > 0 AND choose_minutes > 0 AND transfer_minutes > 0 AND attempts > 0),
        CONSTRAINT uq_patience_location_id UNIQUE NULLS NOT DISTINCT (location_id),
        CONSTRAINT fk_patience_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE TABLE late_work (
        fulfilment_order_id UUID NOT NULL,
        why TEXT NOT NULL,
        alerted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_late_work PRIMARY KEY (fulfilment_order_id, why),
        CONSTRAINT ck_late_work_why_known CHECK (why IN ('not_accepted', 'not_ready')),
        CONSTRAINT fk_late_work_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
)
NAMES = (
    "late_work",
    "patience",
    "order_exceptions",
    "rejection_transitions",
    "rejection_lines",
    "rejections",
    "promise_moves",
    "units_elsewhere",
)
WORK = (
    (
        "ALTER TABLE fulfilment_orders ADD COLUMN promised_by TIMESTAMP WITH TIME ZONE,"
        " ADD COLUMN attempt INTEGER DEFAULT '1' NOT NULL, ADD COLUMN waiting_for UUID"
    ),
    "UPDATE fulfilment_orders SET promised_by = ready_by",
    "ALTER TABLE fulfilment_orders DROP CONSTRAINT uq_fulfilment_orders_group_id",
    "CREATE UNIQUE INDEX uq_fulfilment_orders_first ON fulfilment_orders (group_id) WHERE attempt = 1",
    "CREATE INDEX ix_fulfilment_orders_group_id ON fulfilment_orders (group_id)",
    "CREATE INDEX ix_fulfilment_orders_waiting_for ON fulfilment_orders (waiting_for) WHERE waiting_for IS NOT NULL",
    "CREATE INDEX ix_fulfilment_orders_unaccepted ON fulfilment_orders (offered_at) WHERE state = 'offered'",
    "CREATE INDEX ix_fulfilment_orders_promised_by ON fulfilment_orders (promised_by) WHERE kind = 'pickup'",
    "CREATE INDEX ix_fulfilment_orders_due ON fulfilment_orders (ready_by) WHERE state IN ('accepted', 'picking', 'packed')",
    "ALTER TABLE fulfilment_lines DROP CONSTRAINT uq_fulfilment_lines_order_line_id",
    (
        "ALTER TABLE fulfilment_lines ADD CONSTRAINT uq_fulfilment_lines_fulfilment_order_id_order_line_id"
        " UNIQUE (fulfilment_order_id, order_line_id)"
    ),
    "CREATE INDEX ix_fulfilment_lines_order_line_id ON fulfilment_lines (order_line_id)",
)
CHECKS = (
    (
        "fulfilment_orders",
        "state_known",
        (
            "state IN ('accepted', 'cancelled', 'expired', 'handed_over', 'offered', 'packed', 'picking', 'ready_for_pickup', 'rejected',"
            " 'shipped', 'waiting_for_transfer')"
        ),
    ),
    (
        "fulfilment_orders",
        "closed_when_final",
        "(state IN ('handed_over', 'shipped', 'rejected', 'cancelled', 'expired')) = (closed_at IS NOT NULL)",
    ),
    (
        "fulfilment_orders",
        "state_fits_kind",
        (
            "NOT (kind = 'ship' AND state IN ('ready_for_pickup', 'handed_over', 'expired'))"
            " AND NOT (kind = 'pickup' AND state = 'shipped')"
        ),
    ),
    ("fulfilment_orders", "attempt_positive", "attempt >= 1"),
    ("fulfilment_orders", "waits_for_a_transfer", "state <> 'waiting_for_transfer' OR waiting_for IS NOT NULL"),
    (
        "fulfilment_lines",
        "short_reason_known",
        (
            "short_reason IS NULL OR short_reason IN ('closed', 'damage', 'mismatch', 'no_capacity', 'not_accepted', 'not_arrived',"
            " 'not_in_stock')"
        ),
    ),
)
BEFORE = (
    (
        "fulfilment_orders",
        "state_known",
        "state IN ('accepted', 'cancelled', 'handed_over', 'offered', 'packed', 'picking', 'ready_for_pickup', 'rejected', 'shipped')",
    ),
    (
        "fulfilment_orders",
        "closed_when_final",
        "(state IN ('handed_over', 'shipped', 'rejected', 'cancelled')) = (closed_at IS NOT NULL)",
    ),
    (
        "fulfilment_orders",
        "state_fits_kind",
        "NOT (kind = 'ship' AND state IN ('ready_for_pickup', 'handed_over')) AND NOT (kind = 'pickup' AND state = 'shipped')",
    ),
    (
        "fulfilment_lines",
        "short_reason_known",
        "short_reason IS NULL OR short_reason IN ('damage', 'mismatch', 'not_in_stock')",
    ),
)


def upgrade() -> None:
    """Makes room for later attempts of a group's work, keeping the promise that each piece was given first."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (*TABLES, *WORK):
        op.execute(statement)
    for table, name, condition in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def downgrade() -> None:
    """Takes rejections, later attempts' columns and places of units away; refuses where a group has more than one piece of work."""
    for name in NAMES:
        op.execute(f"DROP TABLE {name}")
    op.execute("ALTER TABLE fulfilment_lines DROP CONSTRAINT uq_fulfilment_lines_fulfilment_order_id_order_line_id")
    op.execute("DROP INDEX ix_fulfilment_lines_order_line_id")
    op.execute("ALTER TABLE fulfilment_lines ADD CONSTRAINT uq_fulfilment_lines_order_line_id UNIQUE (order_line_id)")
    op.execute("DROP INDEX ix_fulfilment_orders_group_id, ix_fulfilment_orders_due, ix_fulfilment_orders_unaccepted")
    op.execute(
        "ALTER TABLE fulfilment_orders DROP COLUMN promised_by, DROP COLUMN attempt, DROP COLUMN waiting_for,"
        " ADD CONSTRAINT uq_fulfilment_orders_group_id UNIQUE (group_id)"
    )
    for table, name, condition in BEFORE:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition})")
