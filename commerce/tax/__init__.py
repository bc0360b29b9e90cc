"""Tax: categories of goods, and the rate that each has in a country on a day.

Owns: tax_categories, tax_rates.
Promises: at most one rate holds for a category in a country at any instant, by the calendar of the country's capital; a
change reaches every process within a second.
Emits: nothing.
Knows: the price engine (its TaxFact). Knows no article, no price, no basket. Decision: docs/decisions/0042-tax-days.md.
"""

from commerce.tax.errors import TaxCategoryTaken, TaxRatesOverlap
from commerce.tax.index import Rate, TaxIndex, taxes
from commerce.tax.manage_rates import add_category, add_rate, change_rate
from commerce.tax.queries import tax_rate
from commerce.tax.seeds import seed

__all__ = [
    "Rate",
    "TaxCategoryTaken",
    "TaxIndex",
    "TaxRatesOverlap",
    "add_category",
    "add_rate",
    "change_rate",
    "seed",
    "tax_rate",
    "taxes",
]
