"""Orders: what was agreed with a customer, and how much of it was done.

Owns: orders, their fulfilment groups and lines, where open units are promised when that is not their group's place, which line stands for
units of which other one, the record of their states.
Promises: one order for a cart at the most (G8); the header is the exact sum of its parts (G2); names, prices, taxes and addresses never
change after it was opened (G13); ordered = open + fulfilled + cancelled and returned <= fulfilled (G7); fees go where their articles go; what
is due, given up and given back sums exactly to what was agreed, whatever the split (G4); another article instead of a missing one costs no
more than was agreed, and the header stays to the cent; only the moves in its table (G10).
Emits: OrderOpened, OrderPlaced, OrderCancelled, OrderChanged.
Knows: no stock, no money, no fulfilment: who changes an order moves those in the same transaction.
"""

from commerce.orders.change_units import (
    cancel_units,
    displace,
    expect_units,
    fulfil,
    place_at,
    return_units,
    withdraw_return,
)
from commerce.orders.errors import CartAlreadyOrdered, NotThatManyUnits, PartlyFulfilled, UnknownOrderLine
from commerce.orders.events import OrderCancelled, OrderChanged, OrderOpened, OrderPlaced
from commerce.orders.facts import (
    UNPLACED,
    Address,
    Elsewhere,
    Entitlement,
    LineKind,
    LineShare,
    Order,
    OrderDraft,
    OrderFacts,
    OrderGroup,
    OrderKit,
    OrderLine,
    OrderPromotion,
    OrderState,
    SubstituteArticle,
    SubstituteWish,
    Wanted,
    new_line_id,
    new_order_id,
)
from commerce.orders.follow import follow
from commerce.orders.give_address import give_address
from commerce.orders.move import cancel, place
from commerce.orders.on_wire import order_out
from commerce.orders.open_order import open_order, open_orders
from commerce.orders.pictures import PICTURE_OF_OURS, picture_sha256, pictured
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
from commerce.orders.rules import charged_less, entitlement, groups_touched
from commerce.orders.schemas import OrderOut
from commerce.orders.split import Split, substitute_costs
from commerce.orders.substitute import substitute

__all__ = [
    "PICTURE_OF_OURS",
    "UNPLACED",
    "Address",
    "CartAlreadyOrdered",
    "Elsewhere",
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
    "OrderKit",
    "OrderLine",
    "OrderOpened",
    "OrderOut",
    "OrderPlaced",
    "OrderPromotion",
    "OrderState",
    "PartlyFulfilled",
    "Sight",
    "Split",
    "SubstituteArticle",
    "SubstituteWish",
    "UnknownOrderLine",
    "Wanted",
    "cancel",
    "cancel_units",
    "charged_less",
    "displace",
    "entitlement",
    "expect_units",
    "follow",
    "fulfil",
    "give_address",
    "groups_touched",
    "has_order",
    "lock",
    "lock_header",
    "new_line_id",
    "new_order_id",
    "open_order",
    "open_orders",
    "order",
    "order_out",
    "picture_sha256",
    "pictured",
    "place",
    "place_at",
    "return_units",
    "seen",
    "sight_of",
    "substitute",
    "substitute_costs",
    "unpaid",
    "withdraw_return",
]
