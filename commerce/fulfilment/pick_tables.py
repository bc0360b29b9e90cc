"""Where articles lie, who picks which work together, what was scanned."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.fulfilment.pick_facts import PickListKind, PickListState
from commerce.platform.tables import append_only, instant, key, metadata, one_of, state, version

shelf_places = Table(
    "shelf_places",
    metadata,
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("variant_id", Uuid, primary_key=True),
    Column("aisle", Text, nullable=False),
    Column("bay", Text, nullable=False, server_default=""),
    Column("position", Text, nullable=False, server_default=""),
    CheckConstraint("aisle <> ''", name="aisle_named"),
)

pick_lists = Table(
    "pick_lists",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    Column("kind", Text, nullable=False),
    state(),
    Column("picker", Text, nullable=False),
    instant("due_by", nullable=True),
    Column("made_by", Text, nullable=False),
    instant("made_at"),
    instant("closed_at", nullable=True),
    version(),
    CheckConstraint(one_of("kind", PickListKind), name="kind_known"),
    CheckConstraint(one_of("state", PickListState), name="state_known"),
    CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_when_final"),
    CheckConstraint("kind <> 'wave' OR due_by IS NOT NULL", name="a_wave_has_an_end"),
    Index("ix_pick_lists_location_id", "location_id", "made_at", "id"),
)

pick_list_works = Table(
    "pick_list_works",
    metadata,
    Column("pick_list_id", Uuid, ForeignKey("pick_lists.id"), nullable=False),
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False),
    instant("released_at", nullable=True),
    PrimaryKeyConstraint("pick_list_id", "fulfilment_order_id"),
    # Two pickers never get the same work: it is on one open list at the most.
    Index(
        "uq_pick_list_works_held",
        "fulfilment_order_id",
        unique=True,
        postgresql_where=text("released_at IS NULL"),
    ),
)

pick_scans = append_only(
    Table(
        "pick_scans",
        metadata,
        Column("pick_list_id", Uuid, ForeignKey("pick_lists.id"), nullable=False),
        Column("scan_id", Uuid, nullable=False),
        Column("asked", JSONB, nullable=False),
        Column("answer", JSONB, nullable=False),
        Column("variant_id", Uuid, nullable=False),
        Column("units", Integer, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
        PrimaryKeyConstraint("pick_list_id", "scan_id"),
        CheckConstraint("units > 0", name="units_positive"),
    )
)

# Serial numbers of units that were picked and are still in the house.
picked_serials = Table(
    "picked_serials",
    metadata,
    Column("fulfilment_line_id", Uuid, ForeignKey("fulfilment_lines.id"), nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("serial", Text, nullable=False),
    PrimaryKeyConstraint("fulfilment_line_id", "serial"),
    UniqueConstraint("variant_id", "serial"),
)
