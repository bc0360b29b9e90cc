"""The registry of VAT numbers and outside tax engines, one module each. What is not configured is not there."""

from commerce.tax.adapters.json_engine import JsonTaxEngine, tax_engine
from commerce.tax.adapters.vies import Vies, vat_registry

__all__ = ["JsonTaxEngine", "Vies", "tax_engine", "vat_registry"]
