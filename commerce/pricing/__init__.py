"""Pricing: price lists and the prices on them.

Owns: price_lists, prices, price_history (append-only).
Promises: one price for a variant, channel, currency and instant, the same whoever asks; each change of a price is kept
with its instant and its author. Which list holds: docs/decisions/0040-which-price-list-holds.md.
Emits: PriceListChanged.
Knows: the price engine (its PriceFact), channels by id. Knows no article, no tax, no basket.
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
from commerce.pricing.errors import OverrideReasonMissing, OverrideTooDeep, PriceListCodeTaken
from commerce.pricing.events import CostsChanged, MarginGuardChanged, PriceListChanged
from commerce.pricing.facts import CostEntry, PriceEntry, PricesSet
from commerce.pricing.lists_now import Audience, PriceLists, price_lists_now as price_lists, read_lists
from commerce.pricing.manage_lists import change_list, create_list
from commerce.pricing.override_price import OverrideLimits, judge_override, override_limits_now as override_limits
from commerce.pricing.queries import price_list, prices_of as prices
from commerce.pricing.set_prices import call_off_price, remove_prices, set_prices

__all__ = [
    "Audience",
    "CostEntry",
    "CostsChanged",
    "MarginGuardChanged",
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
    "read_lists",
    "remove_prices",
    "set_costs",
    "set_prices",
    "shown_prior",
]
