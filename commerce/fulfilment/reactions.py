"""What fulfilment does when orders report."""

from commerce.fulfilment.offer import cancel_of, offer
from commerce.orders import OrderCancelled, OrderPlaced
from commerce.platform.work import Reaction, after, within

REACTIONS: list[Reaction] = [after(OrderPlaced, offer), within(OrderCancelled, cancel_of)]
