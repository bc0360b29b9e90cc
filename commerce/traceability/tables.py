"""Which articles are tracked; lots and serial numbers, where they are, and every arrival and departure of them.

Whoever moves units of a tracked article holds the level of the place in `stock_levels` already; rows here are taken after it, the article's
own row first, then lots and serial numbers, each in the order of their keys.
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

from commerce.inventory import Spot
from commerce.platform.tables import append_only, instant, key, metadata, one_of, version
from commerce.traceability.facts import MOST_CODE, STANDING, TraceKind

_CODE = f"BETWEEN 1 AND {MOST_CODE}"

# An article without a row asks for nothing. `dated`: each of its lots needs a last day of sale.
tracked_articles = Table(
    "tracked_articles",
    metadata,
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("tracking", Text, nullable=False),
    Column("dated", Boolean, nullable=False),
    version(),
    instant("updated_at"),
    CheckConstraint(one_of("tracking", ["none", "lot", "serial"]), name="tracking_known"),
    CheckConstraint("NOT dated OR tracking = 'lot'", name="lots_are_dated"),
)

tracking_changes = append_only(
    Table(
        "tracking_changes",
        metadata,
        Column("variant_id", Uuid, primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("id", Uuid, nullable=False),
        Column("tracking", Text, nullable=False),
        Column("dated", Boolean, nullable=False),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        instant("at"),
        CheckConstraint("actor <> ''", name="explained"),
        UniqueConstraint("id"),
    )
)

# A lot is an article's, wherever its units are. Its date is told once; it is the last day of sale, in the zone of the place that sells.
lots = Table(
    "lots",
    metadata,
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("lot", Text, primary_key=True),
    Column("expires_on", Date),
    instant("created_at"),
    CheckConstraint(f"length(lot) {_CODE}", name="lot_bounded"),
    Index("ix_lots_expires_on", "expires_on", postgresql_where=text("expires_on IS NOT NULL")),
)

lot_levels = Table(
    "lot_levels",
    metadata,
    Column("variant_id", Uuid, primary_key=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("spot", Text, primary_key=True),
    Column("lot", Text, primary_key=True),
    Column("quantity", Integer, nullable=False),
    CheckConstraint("quantity >= 0", name="never_negative"),
    CheckConstraint(one_of("spot", [spot.value for spot in STANDING]), name="spot_known"),
    ForeignKeyConstraint(["variant_id", "lot"], ["lots.variant_id", "lots.lot"], name="fk_lot_levels_lot"),
    Index("ix_lot_levels_location_id", "location_id", "variant_id", postgresql_where=text("quantity > 0")),
    Index("ix_lot_levels_lot", "variant_id", "lot"),
)

# One row for each number, so that a unit is at one place only. A number that is out (sold, lost, sent back, told no longer) keeps the location
# at which it was last.
serial_numbers = Table(
    "serial_numbers",
    metadata,
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("serial", Text, primary_key=True),
    Column("spot", Text, nullable=False),
    Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
    Column("order_line_id", Uuid),
    instant("moved_at"),
    CheckConstraint(f"length(serial) {_CODE}", name="serial_bounded"),
    CheckConstraint(one_of("spot", [spot.value for spot in Spot if spot is not Spot.SHORTAGE]), name="spot_known"),
    CheckConstraint("order_line_id IS NULL OR spot = 'customer'", name="only_what_left_has_an_order_line"),
    Index("ix_serial_numbers_serial", "serial"),
    Index("ix_serial_numbers_location_id", "location_id", "spot", "variant_id"),
    Index("ix_serial_numbers_order_line_id", "order_line_id", postgresql_where=text("order_line_id IS NOT NULL")),
)

# An arrival (or a departure, when negative) at a spot, and the other end that it came from or went to. Units that go from one spot to
# another leave two rows. `code` is the lot or the serial number.
trace_movements = append_only(
    Table(
        "trace_movements",
        metadata,
        key(),
        Column("seq", BigInteger, Identity(always=True), nullable=False),
        Column("kind", Text, nullable=False),
        Column("variant_id", Uuid, nullable=False),
        Column("location_id", Uuid, nullable=False),
        Column("spot", Text, nullable=False),
        Column("code", Text, nullable=False),
        Column("quantity", Integer, nullable=False),
        Column("other_spot", Text, nullable=False),
        Column("other_location_id", Uuid),
        Column("order_line_id", Uuid),
        Column("document_kind", Text, nullable=False),
        Column("document_id", Uuid),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("effect_key", Text, nullable=False),
        instant("at"),
        CheckConstraint("quantity <> 0 AND (kind = 'lot' OR abs(quantity) = 1)", name="moves_units"),
        CheckConstraint(one_of("kind", TraceKind), name="kind_known"),
        CheckConstraint(one_of("spot", [spot.value for spot in STANDING]), name="spot_known"),
        CheckConstraint(one_of("other_spot", Spot), name="other_spot_known"),
        CheckConstraint("effect_key <> '' AND actor <> '' AND document_kind <> ''", name="explained"),
        UniqueConstraint(
            "effect_key",
            "variant_id",
            "location_id",
            "spot",
            "code",
            "order_line_id",
            name="uq_trace_movements_effect_key",
            postgresql_nulls_not_distinct=True,
        ),
        UniqueConstraint("seq"),
        Index("ix_trace_movements_code", "variant_id", "code", "seq"),
        Index("ix_trace_movements_location_id", "location_id", "seq"),
        Index("ix_trace_movements_document_id", "document_id", postgresql_where=text("document_id IS NOT NULL")),
        Index("ix_trace_movements_order_line_id", "order_line_id", postgresql_where=text("order_line_id IS NOT NULL")),
    )
)
