"""Returns with their lines, the deliveries that go with them, and each move from state to state."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from commerce.aftersale.facts import ReturnReason, ReturnState
from commerce.platform.tables import amount, append_only, currency, instant, key, metadata, one_of, state, version

returns = Table(
    "returns",
    metadata,
    key(),
    Column("number", Text, nullable=False, unique=True),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False, index=True),
    Column("order_number", Text, nullable=False),
    Column("shopper_id", Uuid),
    Column("kind", Text, nullable=False),
    state(),
    Column("reason", Text),
    currency(),
    amount("amount"),
    amount("refund_amount", nullable=True),
    amount("refunded"),
    Column("location_id", Uuid, ForeignKey("locations.id")),
    Column("decline_reason", Text),
    Column("override_reason", Text),
    instant("requested_at"),
    instant("received_at", nullable=True),
    instant("closed_at", nullable=True),
    version(),
    CheckConstraint(one_of("state", ReturnState), name="state_known"),
    CheckConstraint(one_of("kind", ["return", "withdrawal"]), name="kind_known"),
    CheckConstraint(one_of("reason", ReturnReason), name="reason_known"),
    CheckConstraint("amount >= 0 AND refund_amount >= 0 AND refunded >= 0", name="amounts_not_negative"),
    CheckConstraint("refunded <= COALESCE(refund_amount, 0)", name="refunded_within_asked"),
    CheckConstraint("state <> 'refunded' OR refunded = refund_amount", name="refunded_whole"),
    CheckConstraint("(location_id IS NULL) = (received_at IS NULL)", name="received_somewhere"),
    CheckConstraint(
        "(state IN ('requested', 'approved', 'declined', 'cancelled')) = (received_at IS NULL)",
        name="received_when_received",
    ),
    CheckConstraint(
        "(state IN ('refunding', 'refunded', 'refund_failed')) = (refund_amount IS NOT NULL)", name="refund_when_asked"
    ),
    CheckConstraint(
        "(state IN ('declined', 'rejected', 'refunded', 'cancelled')) = (closed_at IS NOT NULL)",
        name="closed_when_final",
    ),
    CheckConstraint("(state = 'declined') = (decline_reason IS NOT NULL)", name="declined_for_a_reason"),
    Index("ix_returns_requested_at", "requested_at", "id"),
    Index("ix_returns_location_id", "location_id", "requested_at", "id"),
    Index("ix_returns_shopper_id", "shopper_id", "requested_at", "id"),
)

return_lines = Table(
    "return_lines",
    metadata,
    key(),
    Column("return_id", Uuid, ForeignKey("returns.id"), nullable=False, index=True),
    Column("order_line_id", Uuid, ForeignKey("order_lines.id"), nullable=False, index=True),
    Column("group_id", Uuid, ForeignKey("order_groups.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("title", JSONB, nullable=False),
    Column("option_text", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("kind", Text, nullable=False, server_default="article"),
    Column("of_line_id", Uuid, ForeignKey("return_lines.id")),
    Column("received", Integer, nullable=False),
    Column("restocked", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("destroyed", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    amount("total"),
    amount("tax"),
    CheckConstraint(one_of("kind", ["article", "eco_fee", "deposit", "gift"]), name="kind_known"),
    CheckConstraint("(kind IN ('deposit', 'eco_fee')) = (of_line_id IS NOT NULL)", name="fee_comes_with_an_article"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint(
        "received >= 0 AND restocked >= 0 AND quarantined >= 0 AND destroyed >= 0 AND rejected >= 0",
        name="units_not_negative",
    ),
    CheckConstraint("received <= quantity", name="received_was_expected"),
    CheckConstraint("restocked + quarantined + destroyed + rejected IN (0, received)", name="each_unit_once"),
    CheckConstraint("total >= 0 AND tax >= 0", name="amounts_not_negative"),
)

# The primary key says it: the delivery charge of a fulfilment group is given back once.
return_deliveries = Table(
    "return_deliveries",
    metadata,
    Column("group_id", Uuid, ForeignKey("order_groups.id"), primary_key=True),
    Column("return_id", Uuid, ForeignKey("returns.id"), nullable=False, index=True),
    amount("total"),
    amount("tax"),
    CheckConstraint("total >= 0 AND tax >= 0 AND tax <= total", name="amounts_fit"),
)

return_transitions = append_only(
    Table(
        "return_transitions",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("return_id", Uuid, ForeignKey("returns.id"), nullable=False, index=True),
        Column("state_before", Text),
        Column("state_after", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
    )
)
