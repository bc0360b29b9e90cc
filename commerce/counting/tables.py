"""Counts with their lines and scans, corrections, snapshots of other systems, and each absolute figure of a shelf that was weighed.

The row of `stock_figure_locations` is the lock of a location's absolute figures: counts and snapshots of one location are booked one after
the other, then the levels are locked as everywhere, in the order of their articles. Who only sells never takes it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.counting.facts import (
    ROUNDS_MOST,
    UNITS_MOST,
    CorrectionState,
    CountState,
    Direction,
    LimitKind,
    Outcome,
)
from commerce.inventory import Spot
from commerce.platform.tables import append_only, instant, key, metadata, one_of, state, version

OTHER_ENDS = [Spot.SHRINKAGE.value, Spot.DAMAGED.value, Spot.QUARANTINE.value]

stock_counts = Table(
    "stock_counts",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("category_id", Uuid, ForeignKey("categories.id")),
    Column("after_variant_id", Uuid),
    Column("through_variant_id", Uuid),
    state(),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("recount_beyond", Integer, nullable=False),
    Column("approve_beyond", Integer, nullable=False),
    Column("units_off", BigInteger),
    Column("note", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("submitted_by", Text),
    Column("decided_by", Text),
    instant("opened_at"),
    instant("submitted_at", nullable=True),
    instant("closed_at", nullable=True),
    version(),
    CheckConstraint(one_of("state", CountState), name="state_known"),
    CheckConstraint(one_of("kind", ["articles", "category", "shelf"]), name="kind_known"),
    CheckConstraint("(kind = 'category') = (category_id IS NOT NULL)", name="category_where_it_is_one"),
    CheckConstraint(f"round BETWEEN 1 AND {ROUNDS_MOST}", name="round_bounded"),
    CheckConstraint("recount_beyond >= 0 AND approve_beyond >= 0 AND units_off >= 0", name="limits_not_negative"),
    CheckConstraint("(state IN ('booked', 'cancelled')) = (closed_at IS NOT NULL)", name="closed_when_final"),
    CheckConstraint("(submitted_by IS NULL) = (submitted_at IS NULL)", name="submitted_by_somebody"),
    CheckConstraint(
        "state NOT IN ('awaiting_approval', 'booked') OR (submitted_by IS NOT NULL AND units_off IS NOT NULL)",
        name="judged_when_submitted",
    ),
    CheckConstraint(
        "state <> 'booked' OR units_off <= approve_beyond OR decided_by IS NOT NULL", name="approved_beyond_its_limit"
    ),
    CheckConstraint("decided_by <> submitted_by AND decided_by <> opened_by", name="approved_by_another"),
    Index("ix_stock_counts_location_id", "location_id", "opened_at", "id"),
    Index("ix_stock_counts_opened_at", "opened_at", "id"),
)

stock_count_lines = Table(
    "stock_count_lines",
    metadata,
    Column("count_id", Uuid, ForeignKey("stock_counts.id"), primary_key=True),
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("round", Integer, nullable=False),
    Column("counted", Integer),
    Column("first_position", BigInteger),
    Column("position", BigInteger),
    Column("expected", Integer),
    Column("difference_before", Integer),
    Column("outcome", Text),
    Column("booked", Integer),
    Column("short", Integer),
    CheckConstraint(f"counted BETWEEN 0 AND {UNITS_MOST}", name="counted_bounded"),
    CheckConstraint(
        "(counted IS NULL) = (position IS NULL) AND (counted IS NULL) = (first_position IS NULL) "
        "AND (counted IS NULL) = (expected IS NULL)",
        name="counted_at_a_position",
    ),
    CheckConstraint("first_position <= position", name="first_comes_first"),
    CheckConstraint(one_of("outcome", Outcome), name="outcome_known"),
    CheckConstraint(
        "(outcome IS NULL) = (booked IS NULL) AND (outcome IS NULL) = (short IS NULL) AND short >= 0", name="ends_whole"
    ),
)

# What was scanned, as it was scanned. A scan's id is its maker's: sent again, it counts once.
stock_count_scans = append_only(
    Table(
        "stock_count_scans",
        metadata,
        Column("count_id", Uuid, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("seq", BigInteger, Identity(always=True), nullable=False),
        Column("variant_id", Uuid, nullable=False),
        Column("round", Integer, nullable=False),
        Column("units", Integer, nullable=False),
        Column("total", Boolean, nullable=False),
        Column("lot", Text),
        Column("expires_on", Date),
        Column("serial", Text),
        Column("position", BigInteger, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
        CheckConstraint(f"units BETWEEN 0 AND {UNITS_MOST}", name="units_bounded"),
        CheckConstraint("serial IS NULL OR units = 1", name="a_serial_number_is_one_unit"),
        ForeignKeyConstraint(
            ["count_id", "variant_id"],
            ["stock_count_lines.count_id", "stock_count_lines.variant_id"],
            name="fk_stock_count_scans_line",
        ),
        Index("ix_stock_count_scans_line", "count_id", "variant_id", "seq"),
    )
)

stock_figure_locations = Table(
    "stock_figure_locations",
    metadata,
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
)

# An absolute figure that was weighed: at `position` of the ledger, `counted` units stood where `expected` should have. `difference` was
# booked when the place had got as far as `booked_position`: later figures about an earlier position take it into account.
stock_figures = append_only(
    Table(
        "stock_figures",
        metadata,
        key(),
        Column("variant_id", Uuid, nullable=False),
        Column("location_id", Uuid, nullable=False),
        Column("kind", Text, nullable=False),
        Column("document_id", Uuid, nullable=False),
        Column("counted", Integer, nullable=False),
        Column("expected", Integer, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("booked_position", BigInteger, nullable=False),
        Column("difference", Integer, nullable=False),
        Column("shelf", Integer, nullable=False),
        Column("shortage", Integer, nullable=False),
        instant("at"),
        CheckConstraint(one_of("kind", ["count", "snapshot"]), name="kind_known"),
        CheckConstraint("counted >= 0", name="counted_not_negative"),
        CheckConstraint("position <= booked_position", name="booked_after_it_was_seen"),
        CheckConstraint("shelf + shortage = difference", name="difference_is_booked_whole"),
        UniqueConstraint("document_id", "variant_id", "location_id", name="uq_stock_figures_document"),
        Index("ix_stock_figures_place", "location_id", "variant_id", "position"),
    )
)

stock_correction_reasons = Table(
    "stock_correction_reasons",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", JSONB, nullable=False),
    Column("direction", Text, nullable=False),
    Column("spot", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    version(),
    instant("updated_at"),
    CheckConstraint(one_of("direction", Direction), name="direction_known"),
    CheckConstraint(one_of("spot", OTHER_ENDS), name="spot_known"),
    CheckConstraint("jsonb_typeof(name) = 'object'", name="name_in_languages"),
)

stock_corrections = Table(
    "stock_corrections",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("spot", Text, nullable=False),
    Column("note", Text, nullable=False),
    state(),
    Column("units", BigInteger, nullable=False),
    Column("limit_units", Integer, nullable=False),
    Column("asked_by", Text, nullable=False),
    instant("asked_at"),
    Column("decided_by", Text),
    instant("decided_at", nullable=True),
    Column("decision_note", Text, nullable=False, server_default=""),
    version(),
    CheckConstraint(one_of("state", CorrectionState), name="state_known"),
    CheckConstraint(one_of("direction", Direction), name="direction_known"),
    CheckConstraint(one_of("spot", OTHER_ENDS), name="spot_known"),
    CheckConstraint("units > 0 AND limit_units >= 0", name="units_positive"),
    CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_by_somebody"),
    CheckConstraint("(state IN ('rejected', 'withdrawn')) <= (decided_by IS NOT NULL)", name="ended_by_somebody"),
    CheckConstraint("state <> 'waiting' OR decided_by IS NULL", name="waits_undecided"),
    CheckConstraint(
        "state <> 'booked' OR units <= limit_units OR decided_by IS NOT NULL", name="approved_beyond_its_limit"
    ),
    CheckConstraint("state = 'withdrawn' OR decided_by <> asked_by", name="decided_by_another"),
    Index("ix_stock_corrections_location_id", "location_id", "asked_at", "id"),
    Index("ix_stock_corrections_asked_at", "asked_at", "id"),
)

stock_correction_lines = Table(
    "stock_correction_lines",
    metadata,
    Column("correction_id", Uuid, ForeignKey("stock_corrections.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("variant_id", Uuid, ForeignKey("variants.id"), nullable=False),
    Column("units", Integer, nullable=False),
    Column("lot", Text),
    Column("expires_on", Date),
    Column("serials", ARRAY(Text), nullable=False, server_default="{}"),
    CheckConstraint(f"units BETWEEN 1 AND {UNITS_MOST}", name="units_bounded"),
    UniqueConstraint(
        "correction_id", "variant_id", "lot", name="uq_stock_correction_lines_lot", postgresql_nulls_not_distinct=True
    ),
)

stock_limits = Table(
    "stock_limits",
    metadata,
    key(),
    Column("kind", Text, nullable=False),
    Column("location_id", Uuid, ForeignKey("locations.id")),
    Column("role", Text),
    Column("units", Integer, nullable=False),
    version(),
    instant("updated_at"),
    CheckConstraint(one_of("kind", LimitKind), name="kind_known"),
    CheckConstraint(f"units BETWEEN 0 AND {UNITS_MOST}", name="units_bounded"),
    UniqueConstraint("kind", "location_id", "role", name="uq_stock_limits_place", postgresql_nulls_not_distinct=True),
)

stock_snapshots = append_only(
    Table(
        "stock_snapshots",
        metadata,
        key(),
        Column("source", Text, nullable=False),
        Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
        instant("taken_at"),
        Column("sequence", BigInteger),
        Column("lines", Integer, nullable=False),
        Column("by", Text, nullable=False),
        instant("received_at"),
        CheckConstraint("lines > 0", name="says_something"),
        Index("ix_stock_snapshots_location_id", "location_id", "received_at"),
    )
)

# The last snapshot of each source that was looked at, for each place.
stock_snapshot_marks = Table(
    "stock_snapshot_marks",
    metadata,
    Column("source", Text, primary_key=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("snapshot_id", Uuid, ForeignKey("stock_snapshots.id"), nullable=False),
    instant("taken_at"),
    Column("sequence", BigInteger),
    Column("units", Integer, nullable=False),
    CheckConstraint("units >= 0", name="units_not_negative"),
)

# Shelves that were found to hold less than is promised from them; each waits for a person.
stock_shortfalls = Table(
    "stock_shortfalls",
    metadata,
    key(),
    Column("variant_id", Uuid, ForeignKey("variants.id"), nullable=False),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    Column("units", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("document_id", Uuid, nullable=False),
    Column("at_risk", JSONB, nullable=False),
    instant("raised_at"),
    instant("resolved_at", nullable=True),
    Column("resolved_by", Text),
    Column("resolution", Text),
    version(),
    CheckConstraint("units > 0", name="lacks_something"),
    CheckConstraint(one_of("kind", ["count", "snapshot"]), name="kind_known"),
    CheckConstraint(
        "(resolved_at IS NULL) = (resolved_by IS NULL) AND (resolved_at IS NULL) = (resolution IS NULL)",
        name="resolved_whole",
    ),
    UniqueConstraint("document_id", "variant_id", "location_id", name="uq_stock_shortfalls_document"),
    Index("ix_stock_shortfalls_open", "location_id", "id", postgresql_where=text("resolved_at IS NULL")),
    Index("ix_stock_shortfalls_location_id", "location_id", "id"),
)
