"""Levels, balances beside the shelf, the movements that explain them, and what is promised to whom.

A level's row is the lock of its place: whoever changes `on_hand`, `reserved`, a balance of the place or the units of a reservation holds it,
and takes the rows of several places in the order of (variant, location). Binding a hold changes no units and needs no lock but that of the reservations.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.inventory.facts import INSIDE, MOST_UNITS, EndingKind, MovementKind, OwnerKind, RepairKind, Spot
from commerce.platform.tables import append_only, beside, instant, key, metadata, one_of

_INSIDE = [spot.value for spot in INSIDE]

stock_levels = Table(
    "stock_levels",
    metadata,
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("on_hand", Integer, nullable=False),
    Column("reserved", Integer, nullable=False, server_default="0"),
    # Kept back from whatever is sold without standing before the shelf, and more of it from single channels: {"<channel>": units}.
    Column("safety", Integer, nullable=False, server_default="0"),
    Column("buffers", JSONB),
    # Units that orders wait for here: what comes is theirs first. Until `closed_until` the shelf promises nothing to who does not stand before it.
    Column("claimed", Integer, nullable=False, server_default="0"),
    instant("closed_until", nullable=True),
    CheckConstraint("reserved >= 0", name="reserved_not_negative"),
    CheckConstraint(f"safety BETWEEN 0 AND {MOST_UNITS}", name="safety_bounded"),
    CheckConstraint("on_hand >= reserved", name="never_oversold"),
    CheckConstraint(f"on_hand <= {MOST_UNITS}", name="on_hand_bounded"),
    CheckConstraint(f"claimed BETWEEN 0 AND {MOST_UNITS}", name="claimed_bounded"),
    Index("ix_stock_levels_location_id", "location_id", "variant_id"),
    # Room on each page for the next version of a row, so that a hot row is rewritten in place and no index is touched.
    postgresql_with={"fillfactor": "70"},
)

# The first level of an article that no stock is kept of is refused (the function is declared with kits).
beside(
    stock_levels,
    "CREATE TRIGGER stock_levels_of_what_is_kept AFTER INSERT ON stock_levels FOR EACH ROW "
    "EXECUTE FUNCTION refuse_level_without_stock()",
)

# What a place has beside its shelf: in transit to it, in quarantine, damaged, and what it is short of (below zero).
stock_balances = Table(
    "stock_balances",
    metadata,
    Column("variant_id", Uuid, primary_key=True),
    Column("location_id", Uuid, primary_key=True),
    Column("spot", Text, primary_key=True),
    Column("units", Integer, nullable=False),
    CheckConstraint(one_of("spot", _INSIDE[1:]), name="spot_known"),
    CheckConstraint("CASE WHEN spot = 'shortage' THEN units <= 0 ELSE units >= 0 END", name="on_its_side_of_zero"),
    CheckConstraint(f"units BETWEEN -{MOST_UNITS} AND {MOST_UNITS}", name="units_bounded"),
    ForeignKeyConstraint(
        ["variant_id", "location_id"],
        ["stock_levels.variant_id", "stock_levels.location_id"],
        name="fk_stock_balances_level",
    ),
    Index("ix_stock_balances_location_id", "location_id", "spot", "variant_id", postgresql_where=text("units <> 0")),
)

# A movement as one of its ends sees it. Units that go from one balance to another leave two rows, one for each, with opposite quantities;
# units that come from outside or go there leave one. Each row names both ends, so the rows of an effect always add up to nothing.
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
        Column("spot", Text, nullable=False, server_default=Spot.SHELF.value),
        Column("other_spot", Text, nullable=False),
        Column("other_location_id", Uuid),
        # Of the units that left a shelf: those that were reserved for whom they left.
        Column("freed", Integer, nullable=False, server_default="0"),
        CheckConstraint("freed BETWEEN 0 AND greatest(-quantity, 0)", name="frees_what_leaves"),
        CheckConstraint("quantity <> 0", name="moves_something"),
        CheckConstraint(
            "CASE WHEN spot = 'shortage' THEN on_hand_after <= 0 ELSE on_hand_after >= 0 END", name="never_negative"
        ),
        CheckConstraint(one_of("spot", _INSIDE), name="spot_known"),
        CheckConstraint(one_of("other_spot", Spot), name="other_spot_known"),
        CheckConstraint(
            f"({one_of('other_spot', _INSIDE)}) = (other_location_id IS NOT NULL)", name="inside_has_a_location"
        ),
        CheckConstraint("spot <> other_spot OR location_id <> other_location_id", name="goes_somewhere"),
        CheckConstraint(one_of("kind", MovementKind), name="kind_known"),
        CheckConstraint("effect_key <> '' AND actor <> '' AND document_kind <> ''", name="explained"),
        UniqueConstraint(
            "effect_key",
            "variant_id",
            "location_id",
            "spot",
            "other_spot",
            "other_location_id",
            name="uq_stock_movements_effect_key",
            postgresql_nulls_not_distinct=True,
        ),
        UniqueConstraint("seq"),
        Index("ix_stock_movements_place", "variant_id", "location_id", "seq"),
        Index("ix_stock_movements_location_id", "location_id", "seq"),
        Index("ix_stock_movements_document_id", "document_id"),
    )
)

# One row for each place that a hold has units at. Each unit is open until it ends once: consumed, released or expired.
# A hold expires until an order is bound to it; then it stands until the order's units leave or are given up. A transfer keeps units as an
# order does; `owner_kind` says which of the two `order_id` names.
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
    Column("owner_kind", Text, nullable=False, server_default=OwnerKind.ORDER.value),
    # The first line of a hold stands for it: so a hold is made once without being looked for first.
    Column("leads", Boolean, nullable=False, server_default=false()),
    Index("uq_reservations_leads", "hold_id", unique=True, postgresql_where=text("leads")),
    CheckConstraint("quantity > 0", name="keeps_something"),
    CheckConstraint("open >= 0 AND consumed >= 0 AND released >= 0 AND expired >= 0", name="units_not_negative"),
    CheckConstraint("open + consumed + released + expired = quantity", name="each_unit_ends_once"),
    CheckConstraint("(order_id IS NULL) = (expires_at IS NOT NULL)", name="expires_until_bound"),
    CheckConstraint("consumed = 0 OR order_id IS NOT NULL", name="only_orders_consume"),
    CheckConstraint(one_of("owner_kind", OwnerKind), name="owner_kind_known"),
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

# What was kept back of a shelf before and after each change: its safety stock (no channel), or a channel's buffer.
kept_back_changes = append_only(
    Table(
        "kept_back_changes",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("variant_id", Uuid, nullable=False),
        Column("location_id", Uuid, nullable=False),
        Column("channel_id", Uuid, ForeignKey("channels.id")),
        Column("before", Integer, nullable=False),
        Column("after", Integer, nullable=False),
        Column("document_kind", Text, nullable=False),
        Column("document_id", Uuid),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        instant("at"),
        CheckConstraint("before <> after AND before >= 0", name="changes_something"),
        CheckConstraint(f"after BETWEEN 0 AND {MOST_UNITS}", name="after_bounded"),
        CheckConstraint("actor <> '' AND document_kind <> ''", name="explained"),
        Index("ix_kept_back_changes_place", "variant_id", "location_id", "seq"),
    )
)

# Units that are owed to somebody and that no shelf keeps yet: an order's that waits for a place to come from.
unrouted_demand = Table(
    "unrouted_demand",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("variant_id", Uuid, primary_key=True),
    Column("units", Integer, nullable=False),
    CheckConstraint(f"units BETWEEN 0 AND {MOST_UNITS}", name="units_bounded"),
    Index("ix_unrouted_demand_variant_id", "variant_id", postgresql_where=text("units > 0")),
)

unrouted_changes = append_only(
    Table(
        "unrouted_changes",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("owner_id", Uuid, nullable=False),
        Column("variant_id", Uuid, nullable=False),
        Column("quantity", Integer, nullable=False),
        Column("document_kind", Text, nullable=False),
        Column("document_id", Uuid),
        Column("actor", Text, nullable=False),
        Column("reason", Text, nullable=False),
        instant("at"),
        CheckConstraint("quantity <> 0", name="changes_something"),
        CheckConstraint("actor <> '' AND document_kind <> ''", name="explained"),
        Index("ix_unrouted_changes_owner_id", "owner_id", "variant_id"),
    )
)

# What the nightly proof found: how much it looked at, and the rows that break a promise, if any.
stock_proofs = append_only(
    Table(
        "stock_proofs",
        metadata,
        key(),
        instant("began_at"),
        instant("ended_at"),
        Column("articles", Integer, nullable=False),
        Column("broken", Integer, nullable=False),
        Column("findings", JSONB, nullable=False),
        CheckConstraint("ended_at >= began_at AND articles >= 0 AND broken >= 0", name="makes_sense"),
        Index("ix_stock_proofs_began_at", "began_at"),
    )
)

# What a repair booked: what stood there, what the facts told, and what made the two agree.
stock_repairs = append_only(
    Table(
        "stock_repairs",
        metadata,
        key(),
        Column("what", Text, nullable=False),
        Column("variant_id", Uuid, nullable=False),
        Column("location_id", Uuid, nullable=False),
        Column("subject", Text, nullable=False),
        Column("held", Integer, nullable=False),
        Column("told", Integer, nullable=False),
        Column("actor", Text, nullable=False),
        instant("at"),
        CheckConstraint(one_of("what", RepairKind), name="what_known"),
        CheckConstraint("held <> told AND actor <> ''", name="explained"),
        Index("ix_stock_repairs_place", "variant_id", "location_id"),
    )
)
