"""Counts, limits of corrections, snapshots of other systems."""

from alembic import op

revision = "0031_counting"
down_revision = "0030_replenishment"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE stock_counts (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        location_id UUID NOT NULL,
        kind TEXT NOT NULL,
        category_id UUID,
        after_variant_id UUID,
        through_variant_id UUID,
        state TEXT NOT NULL,
        round INTEGER DEFAULT '1' NOT NULL,
        recount_beyond INTEGER NOT NULL,
        approve_beyond INTEGER NOT NULL,
        units_off BIGINT,
        note TEXT NOT NULL,
        opened_by TEXT NOT NULL,
        submitted_by TEXT,
        decided_by TEXT,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        submitted_at TIMESTAMP WITH TIME ZONE,
        closed_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_stock_counts PRIMARY KEY (id),
        CONSTRAINT ck_stock_counts_state_known CHECK (state IN ('awaiting_approval', 'booked', 'cancelled', 'counting', 'recounting')),
        CONSTRAINT ck_stock_counts_kind_known CHECK (kind IN ('articles', 'category', 'shelf')),
        CONSTRAINT ck_stock_counts_category_where_it_is_one CHECK ((kind = 'category') = (category_id IS NOT NULL)),
        CONSTRAINT ck_stock_counts_round_bounded CHECK (round BETWEEN 1 AND 20),
        CONSTRAINT ck_stock_counts_limits_not_negative CHECK (recount_beyond >= 0 AND approve_beyond >= 0 AND units_off >= 0),
        CONSTRAINT ck_stock_counts_closed_when_final CHECK ((state IN ('booked', 'cancelled')) = (closed_at IS NOT NULL)),
        CONSTRAINT ck_stock_counts_submitted_by_somebody CHECK ((submitted_by IS NULL) = (submitted_at IS NULL)),
        CONSTRAINT ck_stock_counts_judged_when_submitted CHECK (state NOT IN ('awaiting_approval', 'booked') OR (submitted_by IS NOT NULL AND units_off IS NOT NULL)),
        CONSTRAINT ck_stock_counts_approved_beyond_its_limit CHECK (state <> 'booked' OR units_off <= approve_beyond OR decided_by IS NOT NULL),
        CONSTRAINT ck_stock_counts_approved_by_another CHECK (decided_by <> submitted_by AND decided_by <> opened_by),
        CONSTRAINT uq_stock_counts_number UNIQUE (number),
        CONSTRAINT fk_stock_counts_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id),
        CONSTRAINT fk_stock_counts_category_id_categories FOREIGN KEY(category_id) REFERENCES categories (id)
    )
    """,
    "CREATE INDEX ix_stock_counts_location_id ON stock_counts (location_id, opened_at, id)",
    "CREATE INDEX ix_stock_counts_opened_at ON stock_counts (opened_at, id)",
    """
    CREATE TABLE stock_count_lines (
        count_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        round INTEGER NOT NULL,
        counted INTEGER,
        first_position BIGINT,
        position BIGINT,
        expected INTEGER,
        difference_before INTEGER,
        outcome TEXT,
        booked INTEGER,
        short INTEGER,
        CONSTRAINT pk_stock_count_lines PRIMARY KEY (count_id, variant_id),
        CONSTRAINT ck_stock_count_lines_counted_bounded CHECK (counted BETWEEN 0 AND 1000000),
        CONSTRAINT ck_stock_count_lines_counted_at_a_position CHECK ((counted IS NULL) = (position IS NULL) AND (counted IS NULL) = (first_position IS NULL) AND (counted IS NULL) = (expected IS NULL)),
        CONSTRAINT ck_stock_count_lines_first_comes_first CHECK (first_position <= position),
        CONSTRAINT ck_stock_count_lines_outcome_known CHECK (outcome IN ('agreed', 'booked', 'left_out', 'superseded')),
        CONSTRAINT ck_stock_count_lines_ends_whole CHECK ((outcome IS NULL) = (booked IS NULL) AND (outcome IS NULL) = (short IS NULL) AND short >= 0),
        CONSTRAINT fk_stock_count_lines_count_id_stock_counts FOREIGN KEY(count_id) REFERENCES stock_counts (id),
        CONSTRAINT fk_stock_count_lines_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    """
    CREATE TABLE stock_count_scans (
        count_id UUID NOT NULL,
        id UUID NOT NULL,
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        variant_id UUID NOT NULL,
        round INTEGER NOT NULL,
        units INTEGER NOT NULL,
        total BOOLEAN NOT NULL,
        lot TEXT,
        expires_on DATE,
        serial TEXT,
        position BIGINT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_stock_count_scans PRIMARY KEY (count_id, id),
        CONSTRAINT ck_stock_count_scans_units_bounded CHECK (units BETWEEN 0 AND 1000000),
        CONSTRAINT ck_stock_count_scans_a_serial_number_is_one_unit CHECK (serial IS NULL OR units = 1),
        CONSTRAINT fk_stock_count_scans_line FOREIGN KEY(count_id, variant_id) REFERENCES stock_count_lines (count_id, variant_id)
    )
    """,
    "CREATE INDEX ix_stock_count_scans_line ON stock_count_scans (count_id, variant_id, seq)",
    """
    CREATE TRIGGER stock_count_scans_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_count_scans FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE stock_figure_locations (
        location_id UUID NOT NULL,
        CONSTRAINT pk_stock_figure_locations PRIMARY KEY (location_id),
        CONSTRAINT fk_stock_figure_locations_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE TABLE stock_figures (
        id UUID NOT NULL,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        kind TEXT NOT NULL,
        document_id UUID NOT NULL,
        counted INTEGER NOT NULL,
        expected INTEGER NOT NULL,
        position BIGINT NOT NULL,
        booked_position BIGINT NOT NULL,
        difference INTEGER NOT NULL,
        shelf INTEGER NOT NULL,
        shortage INTEGER NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_stock_figures PRIMARY KEY (id),
        CONSTRAINT ck_stock_figures_kind_known CHECK (kind IN ('count', 'snapshot')),
        CONSTRAINT ck_stock_figures_counted_not_negative CHECK (counted >= 0),
        CONSTRAINT ck_stock_figures_booked_after_it_was_seen CHECK (position <= booked_position),
        CONSTRAINT ck_stock_figures_difference_is_booked_whole CHECK (shelf + shortage = difference),
        CONSTRAINT uq_stock_figures_document UNIQUE (document_id, variant_id, location_id)
    )
    """,
    "CREATE INDEX ix_stock_figures_place ON stock_figures (location_id, variant_id, position)",
    """
    CREATE TRIGGER stock_figures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_figures FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE stock_correction_reasons (
        code TEXT NOT NULL,
        name JSONB NOT NULL,
        direction TEXT NOT NULL,
        spot TEXT NOT NULL,
        active BOOLEAN NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_stock_correction_reasons PRIMARY KEY (code),
        CONSTRAINT ck_stock_correction_reasons_direction_known CHECK (direction IN ('off', 'onto')),
        CONSTRAINT ck_stock_correction_reasons_spot_known CHECK (spot IN ('damaged', 'quarantine', 'shrinkage')),
        CONSTRAINT ck_stock_correction_reasons_name_in_languages CHECK (jsonb_typeof(name) = 'object')
    )
    """,
    """
    CREATE TABLE stock_corrections (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        location_id UUID NOT NULL,
        reason TEXT NOT NULL,
        direction TEXT NOT NULL,
        spot TEXT NOT NULL,
        note TEXT NOT NULL,
        state TEXT NOT NULL,
        units BIGINT NOT NULL,
        limit_units INTEGER NOT NULL,
        asked_by TEXT NOT NULL,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        decided_by TEXT,
        decided_at TIMESTAMP WITH TIME ZONE,
        decision_note TEXT DEFAULT '' NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_stock_corrections PRIMARY KEY (id),
        CONSTRAINT ck_stock_corrections_state_known CHECK (state IN ('booked', 'rejected', 'waiting', 'withdrawn')),
        CONSTRAINT ck_stock_corrections_direction_known CHECK (direction IN ('off', 'onto')),
        CONSTRAINT ck_stock_corrections_spot_known CHECK (spot IN ('damaged', 'quarantine', 'shrinkage')),
        CONSTRAINT ck_stock_corrections_units_positive CHECK (units > 0 AND limit_units >= 0),
        CONSTRAINT ck_stock_corrections_decided_by_somebody CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
        CONSTRAINT ck_stock_corrections_ended_by_somebody CHECK ((state IN ('rejected', 'withdrawn')) <= (decided_by IS NOT NULL)),
        CONSTRAINT ck_stock_corrections_waits_undecided CHECK (state <> 'waiting' OR decided_by IS NULL),
        CONSTRAINT ck_stock_corrections_approved_beyond_its_limit CHECK (state <> 'booked' OR units <= limit_units OR decided_by IS NOT NULL),
        CONSTRAINT ck_stock_corrections_decided_by_another CHECK (state = 'withdrawn' OR decided_by <> asked_by),
        CONSTRAINT uq_stock_corrections_number UNIQUE (number),
        CONSTRAINT fk_stock_corrections_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    "CREATE INDEX ix_stock_corrections_asked_at ON stock_corrections (asked_at, id)",
    "CREATE INDEX ix_stock_corrections_location_id ON stock_corrections (location_id, asked_at, id)",
    """
    CREATE TABLE stock_correction_lines (
        correction_id UUID NOT NULL,
        position INTEGER NOT NULL,
        variant_id UUID NOT NULL,
        units INTEGER NOT NULL,
        lot TEXT,
        expires_on DATE,
        serials TEXT[] DEFAULT '{}' NOT NULL,
        CONSTRAINT pk_stock_correction_lines PRIMARY KEY (correction_id, position),
        CONSTRAINT ck_stock_correction_lines_units_bounded CHECK (units BETWEEN 1 AND 1000000),
        CONSTRAINT uq_stock_correction_lines_lot UNIQUE NULLS NOT DISTINCT (correction_id, variant_id, lot),
        CONSTRAINT fk_stock_correction_lines_correction_id_stock_corrections FOREIGN KEY(correction_id) REFERENCES stock_corrections (id),
        CONSTRAINT fk_stock_correction_lines_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    """
    CREATE TABLE stock_limits (
        id UUID NOT NULL,
        kind TEXT NOT NULL,
        location_id UUID,
        role TEXT,
        units INTEGER NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_stock_limits PRIMARY KEY (id),
        CONSTRAINT ck_stock_limits_kind_known CHECK (kind IN ('correction', 'count', 'recount')),
        CONSTRAINT ck_stock_limits_units_bounded CHECK (units BETWEEN 0 AND 1000000),
        CONSTRAINT uq_stock_limits_place UNIQUE NULLS NOT DISTINCT (kind, location_id, role),
        CONSTRAINT fk_stock_limits_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE TABLE stock_snapshots (
        id UUID NOT NULL,
        source TEXT NOT NULL,
        location_id UUID NOT NULL,
        taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
        sequence BIGINT,
        lines INTEGER NOT NULL,
        by TEXT NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_stock_snapshots PRIMARY KEY (id),
        CONSTRAINT ck_stock_snapshots_says_something CHECK (lines > 0),
        CONSTRAINT fk_stock_snapshots_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    "CREATE INDEX ix_stock_snapshots_location_id ON stock_snapshots (location_id, received_at)",
    """
    CREATE TRIGGER stock_snapshots_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_snapshots FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE stock_snapshot_marks (
        source TEXT NOT NULL,
        location_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        snapshot_id UUID NOT NULL,
        taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
        sequence BIGINT,
        units INTEGER NOT NULL,
        CONSTRAINT pk_stock_snapshot_marks PRIMARY KEY (source, location_id, variant_id),
        CONSTRAINT ck_stock_snapshot_marks_units_not_negative CHECK (units >= 0),
        CONSTRAINT fk_stock_snapshot_marks_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id),
        CONSTRAINT fk_stock_snapshot_marks_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id),
        CONSTRAINT fk_stock_snapshot_marks_snapshot_id_stock_snapshots FOREIGN KEY(snapshot_id) REFERENCES stock_snapshots (id)
    )
    """,
    """
    CREATE TABLE stock_shortfalls (
        id UUID NOT NULL,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        units INTEGER NOT NULL,
        kind TEXT NOT NULL,
        document_id UUID NOT NULL,
        at_risk JSONB NOT NULL,
        raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
        resolved_at TIMESTAMP WITH TIME ZONE,
        resolved_by TEXT,
        resolution TEXT,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_stock_shortfalls PRIMARY KEY (id),
        CONSTRAINT ck_stock_shortfalls_lacks_something CHECK (units > 0),
        CONSTRAINT ck_stock_shortfalls_kind_known CHECK (kind IN ('count', 'snapshot')),
        CONSTRAINT ck_stock_shortfalls_resolved_whole CHECK ((resolved_at IS NULL) = (resolved_by IS NULL) AND (resolved_at IS NULL) = (resolution IS NULL)),
        CONSTRAINT uq_stock_shortfalls_document UNIQUE (document_id, variant_id, location_id),
        CONSTRAINT fk_stock_shortfalls_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id),
        CONSTRAINT fk_stock_shortfalls_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    "CREATE INDEX ix_stock_shortfalls_location_id ON stock_shortfalls (location_id, id)",
    "CREATE INDEX ix_stock_shortfalls_open ON stock_shortfalls (location_id, id) WHERE resolved_at IS NULL",
)
TABLES = (
    "stock_shortfalls",
    "stock_snapshot_marks",
    "stock_snapshots",
    "stock_limits",
    "stock_correction_lines",
    "stock_corrections",
    "stock_correction_reasons",
    "stock_figures",
    "stock_figure_locations",
    "stock_count_scans",
    "stock_count_lines",
    "stock_counts",
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
