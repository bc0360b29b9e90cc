"""Checkout: a cart becomes an order, and is paid for.

Owns: nothing that is stored; it is the order of steps over what others own.
Promises: one order for a cart, whatever comes twice or at once (G8); the total that was agreed to is the total that is charged (G12); goods
are kept before money is asked for, and money is never taken without an order: what comes too late is let go (G11); no provider is called
inside a transaction; what is not there and comes is waited for, with the order or not at all, and what comes is served to who waits, the oldest first,
in the transaction that books it (G6, G7).
Emits: nothing; orders and payments do.
Knows: carts, quotes, promise, supplies, inventory, replenishment, orders, fulfilment, payments.
"""

from commerce.checkout.errors import CollectionOnly, PaymentTimeOver, PriceChanged, WaitNeeded
from commerce.checkout.facts import Outcome, PayBy, Wish
from commerce.checkout.pay_again import pay_again
from commerce.checkout.place_order import place_order
from commerce.checkout.settle_order import give_up
from commerce.checkout.settle_supply import settle as settle_supply

__all__ = [
    "CollectionOnly",
    "Outcome",
    "PayBy",
    "PaymentTimeOver",
    "PriceChanged",
    "WaitNeeded",
    "Wish",
    "give_up",
    "pay_again",
    "place_order",
    "settle_supply",
]
