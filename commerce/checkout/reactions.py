"""What checkout does when payments and orders report."""

from commerce.checkout.settle_order import place_paid
from commerce.checkout.supplies import take_back
from commerce.checkout.uses import count_uses, give_back_uses
from commerce.orders import OrderCancelled, OrderChanged, OrderPlaced
from commerce.payments import PaymentAuthorized
from commerce.platform.work import Reaction, within

REACTIONS: list[Reaction] = [
    within(PaymentAuthorized, place_paid),
    within(OrderPlaced, count_uses),
    within(OrderCancelled, give_back_uses),
    within(OrderChanged, give_back_uses),
    within(OrderCancelled, take_back),
    within(OrderChanged, take_back),
]
