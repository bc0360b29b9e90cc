"""Transfers with their shipments, cartons and scans."""

from sqlalchemy import (
    BigInteger,
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
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import append_only, instant, key, metadata, one_of, state, version
from commerce.replenishment.facts import TransferState
from commerce.replenishment.purchase_tables import CONDITIONS

transfers = Table(
    "transfers",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("origin_id", Uuid, ForeignKey("locations.id"), nullable=False),
    Column("destination_id", Uuid, ForeignKey("locations.id"), nullable=False),
    state(),
    Column("reason", Text, nullable=False),
    Column("returns_id", Uuid, ForeignKey("transfers.id"), index=True),
    Column("close_reason", Text),
    Column("claim", Text),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    instant("approved_at", nullable=True),
    instant("closed_at", nullable=True),
    version(),
    CheckConstraint(one_of("state", TransferState), name="state_known"),
    CheckConstraint("(state IN ('received', 'cancelled')) = (closed_at IS NOT NULL)", name="closed_when_final"),
    CheckConstraint("origin_id <> destination_id", name="goes_somewhere"),
    Index("ix_transfers_origin_id", "origin_id", "id"),
    Index("ix_transfers_destination_id", "destination_id", "id"),
)

# Orders are above this slice, so that their ids stand here without a foreign key.
transfer_lines = Table(
    "transfer_lines",
    metadata,
    key(),
    Column("transfer_id", Uuid, ForeignKey("transfers.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("variant_id", Uuid, ForeignKey("variants.id"), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("cancelled", Integer, nullable=False, server_default="0"),
    Column("shipped", Integer, nullable=False, server_default="0"),
    Column("received", Integer, nullable=False, server_default="0"),
    Column("damaged", Integer, nullable=False, server_default="0"),
    Column("lost", Integer, nullable=False, server_default="0"),
    Column("returned", Integer, nullable=False, server_default="0"),
    Column("pegged", Integer, nullable=False, server_default="0"),
    Column("order_id", Uuid),
    Column("order_line_id", Uuid),
    Column("fulfilment_order_id", Uuid),
    CheckConstraint("quantity > 0", name="moves_something"),
    CheckConstraint(
        "cancelled >= 0 AND shipped >= 0 AND received >= 0 AND damaged >= 0 AND lost >= 0 AND returned >= 0",
        name="units_not_negative",
    ),
    CheckConstraint("shipped + cancelled <= quantity", name="ships_what_was_approved"),
    CheckConstraint("received + damaged + lost + returned <= shipped", name="funnel"),
    CheckConstraint("pegged BETWEEN 0 AND quantity", name="pegged_within"),
    CheckConstraint("pegged = 0 OR order_id IS NOT NULL", name="pegged_to_an_order"),
    CheckConstraint("(order_id IS NULL) = (order_line_id IS NULL)", name="pegged_to_a_line"),
    Index("ix_transfer_lines_variant_id", "variant_id"),
    Index("ix_transfer_lines_order_line_id", "order_line_id", postgresql_where=text("order_line_id IS NOT NULL")),
)

transfer_shipments = Table(
    "transfer_shipments",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("transfer_id", Uuid, ForeignKey("transfers.id"), nullable=False, index=True),
    Column("carrier", Text),
    Column("tracking_number", Text),
    instant("eta", nullable=True),
    Column("shipped_by", Text, nullable=False),
    instant("shipped_at"),
)

transfer_shipment_lines = append_only(
    Table(
        "transfer_shipment_lines",
        metadata,
        Column("shipment_id", Uuid, ForeignKey("transfer_shipments.id"), primary_key=True),
        Column("transfer_line_id", Uuid, ForeignKey("transfer_lines.id"), primary_key=True),
        Column("quantity", Integer, nullable=False),
        CheckConstraint("quantity > 0", name="ships_something"),
        Index("ix_transfer_shipment_lines_transfer_line_id", "transfer_line_id"),
    )
)

transfer_cartons = Table(
    "transfer_cartons",
    metadata,
    key(),
    Column("shipment_id", Uuid, ForeignKey("transfer_shipments.id"), nullable=False, index=True),
    Column("transfer_id", Uuid, ForeignKey("transfers.id"), nullable=False),
    Column("barcode", Text, nullable=False),
    Column("units", JSONB, nullable=False),
    instant("received_at", nullable=True),
    UniqueConstraint("transfer_id", "barcode", name="uq_transfer_cartons_barcode"),
)

# A scan's id is the scanner's: the same one again gets the first answer. Each one is booked when it is made.
transfer_scans = append_only(
    Table(
        "transfer_scans",
        metadata,
        Column("transfer_id", Uuid, ForeignKey("transfers.id"), primary_key=True),
        Column("scan_id", Uuid, primary_key=True),
        Column("asked", JSONB, nullable=False),
        Column("answer", JSONB, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
    )
)

# What a scan took in: of a line of the transfer, or of an article that is not on it and was booked as found.
transfer_received_units = append_only(
    Table(
        "transfer_received_units",
        metadata,
        Column("transfer_id", Uuid, primary_key=True),
        Column("scan_id", Uuid, primary_key=True),
        Column("nth", Integer, primary_key=True),
        Column("transfer_line_id", Uuid, ForeignKey("transfer_lines.id"), index=True),
        Column("variant_id", Uuid, ForeignKey("variants.id"), nullable=False),
        Column("quantity", Integer, nullable=False),
        Column("condition", Text, nullable=False),
        Column("reason", Text),
        Column("lot", Text),
        Column("expires_on", Date),
        Column("serials", JSONB, nullable=False, server_default="[]"),
        CheckConstraint("quantity > 0", name="adds_something"),
        CheckConstraint(one_of("condition", CONDITIONS), name="condition_known"),
        CheckConstraint("transfer_line_id IS NOT NULL OR reason IS NOT NULL", name="found_for_a_reason"),
        ForeignKeyConstraint(
            ["transfer_id", "scan_id"],
            ["transfer_scans.transfer_id", "transfer_scans.scan_id"],
            name="fk_transfer_received_units_scan",
        ),
    )
)

# Which lots and serial numbers went into transit (above 0) and out of it, for articles that ask for them.
transfer_traces = append_only(
    Table(
        "transfer_traces",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("transfer_id", Uuid, ForeignKey("transfers.id"), nullable=False, index=True),
        Column("variant_id", Uuid, nullable=False),
        Column("lot", Text),
        Column("serial", Text),
        Column("quantity", Integer, nullable=False),
        instant("at"),
        CheckConstraint("quantity <> 0", name="moves_something"),
    )
)

transfer_eta_changes = append_only(
    Table(
        "transfer_eta_changes",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("shipment_id", Uuid, ForeignKey("transfer_shipments.id"), nullable=False, index=True),
        instant("eta_before", nullable=True),
        instant("eta"),
        Column("reason", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
    )
)
