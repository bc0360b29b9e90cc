"""What orders report. Each fact carries the order as it is after it, without personal data."""

from typing import Literal
from uuid import UUID

from commerce.kernel.events import Event
from commerce.kernel.ids import OrderId, OrderLineId
from commerce.orders.facts import OrderFacts

What = Literal[
    "fulfilled",
    "units_cancelled",
    "units_displaced",
    "units_placed",
    "units_substituted",
    "units_expected",
    "units_returned",
    "return_withdrawn",
]
"""What became of units: displaced ones are open and no place has them, placed ones are promised at a place again, substituted ones are
units of another article now, on a line of its own, expected ones wait for supply that comes at another instant than before.
"""


class OrderOpened(Event, frozen=True, kw_only=True, tag="orders.opened.v1"):
    """A cart became an order that waits for its payment."""

    order_id: OrderId
    order: OrderFacts

    def about(self) -> UUID:
        """Gives the order's id."""
        return self.order_id


class OrderPlaced(Event, frozen=True, kw_only=True, tag="orders.placed.v1"):
    """The order stands: it is paid, or will be paid on collection, and its goods are kept for it."""

    order_id: OrderId
    order: OrderFacts

    def about(self) -> UUID:
        """Gives the order's id."""
        return self.order_id


class OrderCancelled(Event, frozen=True, kw_only=True, tag="orders.cancelled.v1"):
    """The order ended with nothing handed over."""

    order_id: OrderId
    order: OrderFacts
    reason: str
    by: str

    def about(self) -> UUID:
        """Gives the order's id."""
        return self.order_id


class OrderChanged(Event, frozen=True, kw_only=True, tag="orders.changed.v1"):
    """Units of the order were fulfilled, cancelled, returned or moved, or a return was given up; `amount` is what that comes to."""

    order_id: OrderId
    order: OrderFacts
    change: What
    units: tuple[tuple[OrderLineId, int], ...]
    amount: int
    reason: str | None = None
    by: str

    def about(self) -> UUID:
        """Gives the order's id."""
        return self.order_id
