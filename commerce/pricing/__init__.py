"""Pricing: price lists and the prices on them.

Owns: price_lists, prices, price_history (append-only).
Promises: one price for a variant, channel, currency and instant, the same whoever asks; each change of a price is kept
with its instant and its author. Which list holds: docs/decisions/0040-which-price-list-holds.md.
Emits: PriceListChanged.
Knows: the price engine (its PriceFact), channels by id. Knows no article, no tax, no basket.
"""

from commerce.pricing.bridge import chosen_prices
from commerce.pricing.default_list import default_list
from commerce.pricing.errors import PriceListCodeTaken
from commerce.pricing.events import PriceListChanged
from commerce.pricing.facts import PriceEntry, PricesSet
from commerce.pricing.manage_lists import change_list, create_list
from commerce.pricing.queries import price_list, prices_of as prices
from commerce.pricing.set_prices import remove_prices, set_prices

__all__ = [
    "PriceEntry",
    "PriceListChanged",
    "PriceListCodeTaken",
    "PricesSet",
    "change_list",
    "chosen_prices",
    "create_list",
    "default_list",
    "price_list",
    "prices",
    "remove_prices",
    "set_prices",
]
