"""Carts: what somebody wants, how it should reach them, and what stands in the way.

Owns: carts and their lines.
Promises: a change that was answered with yes is in the cart, however many come at once (G8, G11); a cart is its owner's alone (G14); prices
are asked for anew at each look, unless they are frozen for a time or stay on a signed quote, and a line that cannot be bought is flagged,
never hidden (G12); a code that gives nothing is answered with why, and is in nobody's way.
Emits: nothing.
Knows: quotes (prices), promotions (codes), pricing (prices by hand), promise and inventory (what can be had where); no order.
"""

from commerce.carts.change_details import ordered
from commerce.carts.change_lines import Wanted, add_lines, begin_cart
from commerce.carts.errors import CartChanged, CartClosed, CartNotReady
from commerce.carts.facts import GIFT, LINES_MOST, PICKUP, SHIP, Address, Cart, CartLine, CartState, Flaw
from commerce.carts.on_wire import problems_out
from commerce.carts.own_carts import follow
from commerce.carts.pricing import PricedCart, priced
from commerce.carts.read_ahead import Foreseen, read_ahead
from commerce.carts.rows import mine
from commerce.carts.schemas import CartProblemOut, FulfilmentChoice

__all__ = [
    "GIFT",
    "LINES_MOST",
    "PICKUP",
    "SHIP",
    "Address",
    "Cart",
    "CartChanged",
    "CartClosed",
    "CartLine",
    "CartNotReady",
    "CartProblemOut",
    "CartState",
    "Flaw",
    "Foreseen",
    "FulfilmentChoice",
    "PricedCart",
    "Wanted",
    "add_lines",
    "begin_cart",
    "follow",
    "mine",
    "ordered",
    "priced",
    "problems_out",
    "read_ahead",
]
