"""Rows of simulations: what is run over what, how far it is, and its sums so far. Amounts are minor units of `currency`."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.platform.tables import amount, instant, key, metadata, one_of
from commerce.reporting.states import SimulationState

# A promotion is named, not referred to: its rule is kept here as it was run.
simulations = Table(
    "simulations",
    metadata,
    key(),
    Column("promotion_id", Uuid, nullable=False),
    Column("promotion_version", Integer, nullable=False),
    Column("rule", JSONB, nullable=False),
    instant("since"),
    instant("until"),
    Column("channels", ARRAY(Uuid), nullable=False),  # none named: all of them
    Column("state", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("orders", Integer, nullable=False),  # to be looked at, as counted when it was asked for
    Column("looked", Integer, nullable=False, server_default="0"),
    Column("left_out", Integer, nullable=False, server_default="0"),  # looked at, and could not be priced again
    instant("after_at", nullable=True),  # all orders up to this one are done
    Column("after_id", Uuid),
    Column("stopped_because", Text),
    instant("created_at"),
    instant("started_at", nullable=True),
    instant("finished_at", nullable=True),
    CheckConstraint(one_of("state", SimulationState), name="state_known"),
    CheckConstraint("since < until", name="window_has_a_length"),
    CheckConstraint("orders >= 0 AND looked >= 0 AND left_out BETWEEN 0 AND looked", name="counts_not_negative"),
    CheckConstraint("(after_at IS NULL) = (after_id IS NULL)", name="place_is_whole"),
    CheckConstraint("(state = 'stopped') = (stopped_because IS NOT NULL)", name="stopped_says_why"),
    CheckConstraint(
        "(state IN ('done', 'stopped', 'cancelled')) = (finished_at IS NOT NULL)", name="finished_has_a_time"
    ),
    Index("ix_simulations_promotion_id", "promotion_id", "id"),
)

# `net` is revenue before tax, goods and delivery, discounts taken off. `costed_net` is the part of goods whose cost is known.
simulation_figures = Table(
    "simulation_figures",
    metadata,
    Column("simulation_id", Uuid, ForeignKey("simulations.id"), primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("orders", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    amount("discount_before"),
    amount("discount_after"),
    amount("net_before"),
    amount("net_after"),
    amount("costed_net_before"),
    amount("costed_net_after"),
    amount("cost_before"),
    amount("cost_after"),
    Column("uncosted_lines", Integer, nullable=False),
    CheckConstraint("changed BETWEEN 0 AND orders AND uses BETWEEN 0 AND orders", name="counts_bounded"),
    CheckConstraint(
        "discount_before >= 0 AND discount_after >= 0 AND net_before >= 0 AND net_after >= 0 AND uncosted_lines >= 0"
        " AND cost_before >= 0 AND cost_after >= 0",
        name="amounts_not_negative",
    ),
    CheckConstraint(
        "costed_net_before BETWEEN 0 AND net_before AND costed_net_after BETWEEN 0 AND net_after",
        name="costed_is_part_of_net",
    ),
)

# What each promotion gave without and with the rule: what it displaces stands in the difference.
simulation_promotions = Table(
    "simulation_promotions",
    metadata,
    Column("simulation_id", Uuid, ForeignKey("simulations.id"), primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("promotion_id", Uuid, primary_key=True),
    Column("orders_before", Integer, nullable=False),
    Column("orders_after", Integer, nullable=False),
    amount("saved_before"),
    amount("saved_after"),
    CheckConstraint(
        "orders_before >= 0 AND orders_after >= 0 AND saved_before >= 0 AND saved_after >= 0",
        name="figures_not_negative",
    ),
)

simulation_articles = Table(
    "simulation_articles",
    metadata,
    Column("simulation_id", Uuid, ForeignKey("simulations.id"), primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("variant_id", Uuid, primary_key=True),
    Column("units", BigInteger, nullable=False),
    amount("discount_before"),
    amount("discount_after"),
    amount("net_before"),
    amount("net_after"),
    CheckConstraint(
        "units >= 0 AND discount_before >= 0 AND discount_after >= 0 AND net_before >= 0 AND net_after >= 0",
        name="figures_not_negative",
    ),
)
