"""What checkout does when payments report."""

from commerce.checkout.settle_order import place_paid
from commerce.payments import PaymentAuthorized
from commerce.platform.work import Reaction, within

REACTIONS: list[Reaction] = [within(PaymentAuthorized, place_paid)]
