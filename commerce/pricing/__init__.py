"""Pricing: price lists and the prices on them, what articles cost, and how far people may go by hand.

Owns: price_lists, price_list_history, prices, price_history, costs, cost_history (the histories append-only), margin_guards,
override_limits.
Promises: all prices that could hold for a basket come from one snapshot, with the terms of their lists; each change of a list, a price or
a cost is kept with its instant, and of a price and a cost with its author; so the price that was shown in a channel and store at any
instant, and the prior price of a reduction, follow from the rows alone. Which list holds: docs/decisions/0040-which-price-list-holds.md;
prior prices: 0063; prices to come: 0064.
Emits: PriceListChanged, CostsChanged, MarginGuardChanged.
Knows: the price engine (its facts), channels, locations; articles, groups and customers by id alone. Knows no tax and no basket.
"""

from commerce.pricing.article_costs import costs_of as costs, floor_select, floors, set_costs
from commerce.pricing.candidates import (
    candidate_arguments,
    candidate_facts,
    candidates,
    candidates_select,
    moved,
    prior_arguments,
    shown_prior,
)
from commerce.pricing.default_list import default_list
from commerce.pricing.errors import NothingToReduce, OverrideReasonMissing, OverrideTooDeep, PriceListCodeTaken
from commerce.pricing.events import CostsChanged, MarginGuardChanged, PriceListChanged
from commerce.pricing.facts import CostEntry, PriceEntry, PricesSet
from commerce.pricing.lists_now import Audience, PriceLists, price_lists_now as price_lists, read_lists
from commerce.pricing.manage_lists import change_list, create_list
from commerce.pricing.override_price import OverrideLimits, judge_override, override_limits_now as override_limits
from commerce.pricing.queries import price_list, prices_of as prices
from commerce.pricing.reduce_prices import prior_prices
from commerce.pricing.set_prices import call_off_price, remove_prices, set_prices

__all__ = [
    "Audience",
    "CostEntry",
    "CostsChanged",
    "MarginGuardChanged",
    "NothingToReduce",
    "OverrideLimits",
    "OverrideReasonMissing",
    "OverrideTooDeep",
    "PriceEntry",
    "PriceListChanged",
    "PriceListCodeTaken",
    "PriceLists",
    "PricesSet",
    "call_off_price",
    "candidate_arguments",
    "candidate_facts",
    "candidates",
    "candidates_select",
    "change_list",
    "costs",
    "create_list",
    "default_list",
    "floor_select",
    "floors",
    "judge_override",
    "moved",
    "override_limits",
    "price_list",
    "price_lists",
    "prices",
    "prior_arguments",
    "prior_prices",
    "read_lists",
    "remove_prices",
    "set_costs",
    "set_prices",
    "shown_prior",
]
