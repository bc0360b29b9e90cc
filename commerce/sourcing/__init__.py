"""Sourcing: which places send an order, by rules that are data.

Owns: sourcing_rules, sourcing_rule_versions (append-only), parcel_costs (append-only).
Promises: what is published reaches every process within a second, whole; until a rule is published the built-in one decides; a decision is the same for the same facts, takes no unit that is not there, and says why; it is the best one by the rule, proven,
    or says that it may not be.
Emits: nothing.
Knows: inventory (levels, movements, demands), stores (places, currencies of channels); articles by id. No order, no price.
How a rule decides: docs/decisions/0084-how-a-rule-decides-where-an-order-is-sent-from.md.
"""

from commerce.sourcing.decide import decide
from commerce.sourcing.facts import (
    BUILT_IN,
    NO_RATES,
    Candidate,
    Criterion,
    Decision,
    Exclusion,
    Figure,
    Filtered,
    ParcelCost,
    Ranked,
    Rate,
    Rates,
    Routing,
    Rule,
    Step,
    Tried,
)
from commerce.sourcing.gather import candidates, stock_ages
from commerce.sourcing.parcel_costs import RatesThen, rates_now, rates_then
from commerce.sourcing.queries import rule_of
from commerce.sourcing.rule_now import rule_now
from commerce.sourcing.sift import parcel_cost

__all__ = [
    "BUILT_IN",
    "NO_RATES",
    "Candidate",
    "Criterion",
    "Decision",
    "Exclusion",
    "Figure",
    "Filtered",
    "ParcelCost",
    "Ranked",
    "Rate",
    "Rates",
    "RatesThen",
    "Routing",
    "Rule",
    "Step",
    "Tried",
    "candidates",
    "decide",
    "parcel_cost",
    "rates_now",
    "rates_then",
    "rule_now",
    "rule_of",
    "stock_ages",
]
