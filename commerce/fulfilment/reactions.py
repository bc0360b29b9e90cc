"""What fulfilment does when orders report, and when its own work ends without leaving."""

from commerce.fulfilment.clear_up import clear_up
from commerce.fulfilment.events import FulfilmentCancelled, FulfilmentExpired, FulfilmentRejected, RecountWanted
from commerce.fulfilment.nothing_to_fetch import done_when_placed
from commerce.fulfilment.offer import cancel_of, offer
from commerce.fulfilment.recount import recount
from commerce.orders import OrderCancelled, OrderPlaced
from commerce.platform.work import Reaction, after, within

REACTIONS: list[Reaction] = [
    within(OrderPlaced, done_when_placed),
    after(OrderPlaced, offer),
    within(OrderCancelled, cancel_of),
    within(FulfilmentCancelled, clear_up),
    within(FulfilmentExpired, clear_up),
    within(FulfilmentRejected, clear_up),
    after(RecountWanted, recount),
]
