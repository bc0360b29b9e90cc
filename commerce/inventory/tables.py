"""Levels, the movements that explain them, and what of them is promised to whom.

A level's row is the lock of its place: whoever changes `on_hand`, `reserved` or the units of a reservation holds it, and takes the rows of
several places in the order of (variant, location). Binding a hold changes no units and needs no lock but that of the reservations.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
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

from commerce.inventory.facts import MOST_UNITS, EndingKind, MovementKind
from commerce.platform.tables import append_only, instant, key, metadata, one_of

stock_levels = Table(
    "stock_levels",
    metadata,
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("on_hand", Integer, nullable=False),
    Column("reserved", Integer, nullable=False, server_default="0"),
    CheckConstraint("reserved >= 0", name="reserved_not_negative"),
    CheckConstraint("on_hand >= reserved", name="never_oversold"),
    CheckConstraint(f"on_hand <= {MOST_UNITS}", name="on_hand_bounded"),
    Index("ix_stock_levels_location_id", "location_id", "variant_id"),
    # Room on each page for the next version of a row, so that a hot row is rewritten in place and no index is touched.
    postgresql_with={"fillfactor": "70"},
)

stock_movements = append_only(
    Table(
        "stock_movements",
        metadata,
        key(),
        # Given under the lock of the level: for one place, a later movement has a higher number.
        Column("seq", BigInteger, Identity(always=True), nullable=False),
        Column("variant_id", Uuid, nullable=False),
        Column("location_id", Uuid, nullable=False),
        Column("quantity", Integer, nullable=False),
        Column("on_hand_after", Integer, nullable=False),
        Column("kind", Text, nullable=False),
        Column("document_kind", Text, nullable=False),
        Column("document_id", Uuid),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("effect_key", Text, nullable=False),
        instant("at"),
        CheckConstraint("quantity <> 0", name="moves_something"),
        CheckConstraint("on_hand_after >= 0", name="never_negative"),
        CheckConstraint(one_of("kind", MovementKind), name="kind_known"),
        CheckConstraint("effect_key <> '' AND actor <> '' AND document_kind <> ''", name="explained"),
        UniqueConstraint("effect_key", "variant_id", "location_id", name="uq_stock_movements_effect_key"),
        UniqueConstraint("seq"),
        Index("ix_stock_movements_place", "variant_id", "location_id", "seq"),
        Index("ix_stock_movements_location_id", "location_id", "seq"),
        Index("ix_stock_movements_document_id", "document_id"),
    )
)

# One row for each place that a hold has units at. Each unit is open until it ends once: consumed, released or expired.
# A hold expires until an order is bound to it; then it stands until the order's units leave or are given up.
reservations = Table(
    "reservations",
    metadata,
    Column("hold_id", Uuid, primary_key=True),
    Column("variant_id", Uuid, primary_key=True),
    Column("location_id", Uuid, primary_key=True),
    Column("order_id", Uuid),
    Column("quantity", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("consumed", Integer, nullable=False, server_default="0"),
    Column("released", Integer, nullable=False, server_default="0"),
    Column("expired", Integer, nullable=False, server_default="0"),
    instant("expires_at", nullable=True),
    instant("created_at"),
    CheckConstraint("quantity > 0", name="keeps_something"),
    CheckConstraint("open >= 0 AND consumed >= 0 AND released >= 0 AND expired >= 0", name="units_not_negative"),
    CheckConstraint("open + consumed + released + expired = quantity", name="each_unit_ends_once"),
    CheckConstraint("(order_id IS NULL) = (expires_at IS NOT NULL)", name="expires_until_bound"),
    CheckConstraint("consumed = 0 OR order_id IS NOT NULL", name="only_orders_consume"),
    # Bound ones have no expiry and stand last: what is over is one short range for each article.
    Index("ix_reservations_open", "variant_id", "expires_at", postgresql_where=text("open > 0")),
    Index("ix_reservations_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
)

# How reserved units ended, and by whose act: the counts in `reservations` are the sums of these.
reservation_endings = append_only(
    Table(
        "reservation_endings",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("hold_id", Uuid, nullable=False),
        Column("variant_id", Uuid, nullable=False),
        Column("location_id", Uuid, nullable=False),
        Column("kind", Text, nullable=False),
        Column("quantity", Integer, nullable=False),
        Column("document_kind", Text, nullable=False),
        Column("document_id", Uuid),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        instant("at"),
        CheckConstraint("quantity > 0", name="ends_something"),
        CheckConstraint(one_of("kind", EndingKind), name="kind_known"),
        CheckConstraint("actor <> '' AND document_kind <> ''", name="explained"),
        ForeignKeyConstraint(
            ["hold_id", "variant_id", "location_id"],
            ["reservations.hold_id", "reservations.variant_id", "reservations.location_id"],
            name="fk_reservation_endings_reservation",
        ),
        Index("ix_reservation_endings_reservation", "hold_id", "variant_id", "location_id"),
    )
)
