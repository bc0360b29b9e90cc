"""Orders: what was agreed with a customer, and how much of it was done.

Owns: orders, their fulfilment groups and lines, the record of their states.
Promises: one order for a cart at the most (G8); the header is the exact sum of its parts (G2); names, prices, taxes and addresses never
change after it was opened (G13); ordered = open + fulfilled + cancelled and returned <= fulfilled (G7); fees go where their articles go; what
is due, given up and given back sums exactly to what was agreed, whatever the split (G4); only the moves in its table (G10).
Emits: OrderOpened, OrderPlaced, OrderCancelled, OrderChanged.
Knows: no stock, no money, no fulfilment: who changes an order moves those in the same transaction.
"""

from commerce.orders.change_units import cancel_units, fulfil, return_units, withdraw_return
from commerce.orders.errors import CartAlreadyOrdered, NotThatManyUnits, PartlyFulfilled, UnknownOrderLine
from commerce.orders.events import OrderCancelled, OrderChanged, OrderOpened, OrderPlaced
from commerce.orders.facts import (
    Address,
    Entitlement,
    LineKind,
    LineShare,
    Order,
    OrderDraft,
    OrderFacts,
    OrderGroup,
    OrderLine,
    OrderPromotion,
    OrderState,
    Wanted,
    new_line_id,
    new_order_id,
)
from commerce.orders.move import cancel, place
from commerce.orders.on_wire import order_out
from commerce.orders.open_order import open_order
from commerce.orders.queries import (
    Header,
    Sight,
    has_order,
    lock,
    lock_header,
    order,
    seen,
    sight_of,
    unpaid,
)
from commerce.orders.rules import entitlement, groups_touched
from commerce.orders.schemas import OrderOut

__all__ = [
    "Address",
    "CartAlreadyOrdered",
    "Entitlement",
    "Header",
    "LineKind",
    "LineShare",
    "NotThatManyUnits",
    "Order",
    "OrderCancelled",
    "OrderChanged",
    "OrderDraft",
    "OrderFacts",
    "OrderGroup",
    "OrderLine",
    "OrderOpened",
    "OrderOut",
    "OrderPlaced",
    "OrderPromotion",
    "OrderState",
    "PartlyFulfilled",
    "Sight",
    "UnknownOrderLine",
    "Wanted",
    "cancel",
    "cancel_units",
    "entitlement",
    "fulfil",
    "groups_touched",
    "has_order",
    "lock",
    "lock_header",
    "new_line_id",
    "new_order_id",
    "open_order",
    "order",
    "order_out",
    "place",
    "return_units",
    "seen",
    "sight_of",
    "unpaid",
    "withdraw_return",
]
