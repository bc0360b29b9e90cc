"""Rejections with their lines and moves, what came of them, what waits for a person, how long is waited, and which work is late."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
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

from commerce.platform.tables import amount, append_only, instant, key, metadata, one_of, state, version
from commerce.recourse.facts import Choice, RejectionState
from commerce.recourse.substitute_facts import SubstituteState

rejections = Table(
    "rejections",
    metadata,
    key(),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False, index=True),
    Column("group_id", Uuid, ForeignKey("order_groups.id"), nullable=False),
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False, index=True),
    Column("location_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    state(),
    Column("attempt", Integer, nullable=False),
    instant("choose_by", nullable=True),
    Column("choice", Text),
    Column("chosen_location_id", Uuid),
    Column("transfer_id", Uuid),
    amount("amount", nullable=True),
    Column("command_id", Uuid),
    instant("opened_at"),
    instant("closed_at", nullable=True),
    version(),
    Column(
        "part_of", Uuid, ForeignKey("rejections.id")
    ),  # something else was chosen for these units than for the rest of that one
    CheckConstraint(one_of("state", RejectionState), name="state_known"),
    CheckConstraint(one_of("kind", ["pickup", "ship"]), name="kind_known"),
    CheckConstraint(one_of("choice", Choice), name="choice_known"),
    CheckConstraint("(choice IS NOT NULL) = (state IN ('chosen', 'defaulted'))", name="choice_of_the_chosen"),
    CheckConstraint("state <> 'waiting_for_choice' OR choose_by IS NOT NULL", name="choosing_has_an_end"),
    CheckConstraint(
        "(closed_at IS NOT NULL) = (state NOT IN ('routing', 'waiting_for_choice'))", name="closed_when_final"
    ),
    CheckConstraint("attempt >= 1 AND amount >= 0", name="figures_not_negative"),
    Index("ix_rejections_choose_by", "choose_by", postgresql_where=text("state = 'waiting_for_choice'")),
    Index("ix_rejections_routing", "opened_at", postgresql_where=text("state = 'routing'")),
    Index("ix_rejections_part_of", "part_of", postgresql_where=text("part_of IS NOT NULL")),
    Index("ix_rejections_transfer_id", "transfer_id", postgresql_where=text("transfer_id IS NOT NULL")),
)

rejection_lines = Table(
    "rejection_lines",
    metadata,
    Column("rejection_id", Uuid, ForeignKey("rejections.id"), nullable=False),
    Column("order_line_id", Uuid, ForeignKey("order_lines.id"), nullable=False, index=True),
    Column("variant_id", Uuid, nullable=False),
    Column("units", Integer, nullable=False),
    Column("routed", Integer, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False),
    Column("substituted", Integer, nullable=False, server_default="0"),
    Column("apart", Integer, nullable=False, server_default="0"),
    PrimaryKeyConstraint("rejection_id", "order_line_id"),
    CheckConstraint(
        "units > 0 AND routed >= 0 AND substituted >= 0 AND apart >= 0 AND routed + substituted + apart <= units",
        name="funnel",
    ),
)

# Another article that a place has instead of one that is missing, and what its buyer said to it.
substitutes = Table(
    "substitutes",
    metadata,
    key(),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False),
    Column("rejection_id", Uuid, ForeignKey("rejections.id"), nullable=False),
    Column("order_line_id", Uuid, ForeignKey("order_lines.id"), nullable=False),
    Column("fulfilment_order_id", Uuid, nullable=False),
    Column("location_id", Uuid, nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("product_id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("title", JSONB, nullable=False),
    Column("option_text", Text, nullable=False),
    Column("image_url", Text),
    Column("minimum_age", Integer),
    Column("units", Integer, nullable=False),
    amount("unit"),
    state(),
    Column("consent", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    instant("proposed_at"),
    Column("answered_by", Text),
    instant("answered_at", nullable=True),
    Column("command_id", Uuid),
    Column("new_line_id", Uuid, ForeignKey("order_lines.id")),
    amount("amount", nullable=True),
    version(),
    CheckConstraint(one_of("state", SubstituteState), name="state_known"),
    CheckConstraint(one_of("consent", ["beforehand", "asked"]), name="consent_known"),
    CheckConstraint(
        "(state = 'proposed') = (answered_at IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)",
        name="answered_when_over",
    ),
    CheckConstraint(
        "(state = 'accepted') = (new_line_id IS NOT NULL) AND (new_line_id IS NULL) = (amount IS NULL)",
        name="accepted_has_a_line",
    ),
    CheckConstraint("units >= 1 AND unit >= 0 AND amount >= 0 AND minimum_age > 0", name="figures_in_range"),
    Index("ix_substitutes_order_id", "order_id", "proposed_at", "id"),
    Index(
        "uq_substitutes_proposed",
        "rejection_id",
        "order_line_id",
        unique=True,
        postgresql_where=text("state = 'proposed'"),
    ),
    Index("uq_substitutes_new_line_id", "new_line_id", unique=True, postgresql_where=text("new_line_id IS NOT NULL")),
)

rejection_transitions = append_only(
    Table(
        "rejection_transitions",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("rejection_id", Uuid, ForeignKey("rejections.id"), nullable=False, index=True),
        Column("state_before", Text),
        Column("state_after", Text, nullable=False),
        Column("by", Text, nullable=False),
        instant("at"),
    )
)

order_exceptions = Table(
    "order_exceptions",
    metadata,
    key(),
    Column("kind", Text, nullable=False),
    Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False),
    Column("location_id", Uuid, nullable=False),
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False),
    Column("rejection_id", Uuid, ForeignKey("rejections.id"), nullable=False),
    instant("opened_at"),
    instant("resolved_at", nullable=True),
    Column("resolved_by", Text),
    version(),
    CheckConstraint(one_of("kind", ["unroutable", "not_accepted", "not_arrived"]), name="kind_known"),
    CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved_by_somebody"),
    UniqueConstraint("rejection_id", "kind"),
    Index("ix_order_exceptions_open", "opened_at", "id", postgresql_where=text("resolved_at IS NULL")),
)

# No location: the whole shop, where a location says nothing of its own.
patience = Table(
    "patience",
    metadata,
    key(),
    Column("location_id", Uuid, ForeignKey("locations.id")),
    Column("accept_minutes", Integer, nullable=False),
    Column("pause_minutes", Integer, nullable=False),
    Column("choose_minutes", Integer, nullable=False),
    Column("transfer_minutes", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    version(),
    CheckConstraint(
        "accept_minutes > 0 AND pause_minutes > 0 AND choose_minutes > 0 AND transfer_minutes > 0 AND attempts > 0",
        name="figures_positive",
    ),
    UniqueConstraint("location_id", postgresql_nulls_not_distinct=True),
)

late_work = Table(
    "late_work",
    metadata,
    Column("fulfilment_order_id", Uuid, ForeignKey("fulfilment_orders.id"), nullable=False),
    Column("why", Text, nullable=False),
    instant("alerted_at"),
    PrimaryKeyConstraint("fulfilment_order_id", "why"),
    CheckConstraint(one_of("why", ["not_accepted", "not_ready"]), name="why_known"),
)
