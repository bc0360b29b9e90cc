"""Delivery: the ways for goods to reach the shopper, and what each costs.

Owns: delivery_methods.
Promises: a flat charge for each group of goods that goes together; one method for all collections in a currency; a
change reaches every process within a second.
Emits: nothing.
Knows: no article, no order, no location; tax categories by their code.
"""

from commerce.delivery.errors import DeliveryMethodCodeTaken, PickupMethodExists
from commerce.delivery.facts import Method, Methods
from commerce.delivery.manage_methods import change_method, create_method
from commerce.delivery.queries import method, methods

__all__ = [
    "DeliveryMethodCodeTaken",
    "Method",
    "Methods",
    "PickupMethodExists",
    "change_method",
    "create_method",
    "method",
    "methods",
]
