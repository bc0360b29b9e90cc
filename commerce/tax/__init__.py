"""Tax: zones and their rates, how the shop sells from a country, businesses and their VAT numbers, exempt supplies, fees.

Owns: tax_categories, tax_rates, seeded_tax_rates, tax_profiles, tax_sellers, distance_sales and vat_checks (append-only),
distance_totals, exempt_supplies, transport_proofs (append-only), fees.
Promises: at most one rate holds for a category in a zone at any instant, by that zone's calendar, and at most one fee of
a code for an article; a distance sale counts once and is taken back once for each reason; what comes with the product
never undoes what the shop changed; a VAT number exempts only while its registry said recently that it is valid; a
change reaches every process within a second.
Emits: tax.fees_changed.
Knows: the price engine (its tax book, zones and supplies). Knows no article, no price, no basket, no order: orders and
variants are named by their ids. Decisions: docs/decisions/0042-tax-days.md, 0065-zones-and-places-of-supply.md,
0066-outside-engines-and-registries.md.
"""

from commerce.tax.adapters import tax_engine, vat_registry
from commerce.tax.assess import assess, assess_request
from commerce.tax.distance_sales import record_distance_sale, reverse_distance_sale
from commerce.tax.errors import DistanceThresholdCrossed, FeesOverlap, TaxCategoryTaken, TaxRatesOverlap
from commerce.tax.events import FeesChanged
from commerce.tax.exempt import cancel_exempt_supplies, record_exempt_supply
from commerce.tax.facts import DistanceSale, ExemptSupply, VatStatus
from commerce.tax.fees import fees_json, fees_of
from commerce.tax.index import Rate, TaxIndex, tax_book, taxes
from commerce.tax.manage_rates import add_category, add_rate, change_rate
from commerce.tax.of_order import OrderRecords, records_of
from commerce.tax.ports import (
    Assessed,
    AssessLine,
    AssessRequest,
    Invalid,
    TaxEngine,
    Unavailable,
    Valid,
    VatRegistry,
)
from commerce.tax.queries import tax_rate
from commerce.tax.seeds import seed
from commerce.tax.vat_numbers import check_vat_number, vat_status

__all__ = [
    "AssessLine",
    "AssessRequest",
    "Assessed",
    "DistanceSale",
    "DistanceThresholdCrossed",
    "ExemptSupply",
    "FeesChanged",
    "FeesOverlap",
    "Invalid",
    "OrderRecords",
    "Rate",
    "TaxCategoryTaken",
    "TaxEngine",
    "TaxIndex",
    "TaxRatesOverlap",
    "Unavailable",
    "Valid",
    "VatRegistry",
    "VatStatus",
    "add_category",
    "add_rate",
    "assess",
    "assess_request",
    "cancel_exempt_supplies",
    "change_rate",
    "check_vat_number",
    "fees_json",
    "fees_of",
    "record_distance_sale",
    "record_exempt_supply",
    "records_of",
    "reverse_distance_sale",
    "seed",
    "tax_book",
    "tax_engine",
    "tax_rate",
    "taxes",
    "vat_registry",
    "vat_status",
]
