"""The closed sets of what describes products and decides about their sale."""

from typing import Literal, get_args

from commerce.price_engine import SaleRule

__all__ = ["ATTRIBUTE_KINDS", "SALE_RULES", "AttributeKind", "SaleRule", "Stocked"]

AttributeKind = Literal["boolean", "choice", "date", "number", "text"]
ATTRIBUTE_KINDS: tuple[str, ...] = get_args(AttributeKind)

# none: a service, or what is sent as a file; it is always to be had, and is in nobody's way.
Stocked = Literal["kept", "none"]

SALE_RULES: tuple[str, ...] = get_args(SaleRule)
