"""What checkout does when payments and orders report, and when supply comes that orders wait for."""

from commerce.checkout.hear_supply import (
    goods_received,
    purchase_changed,
    shelf_changed,
    terms_changed,
    transfer_changed,
)
from commerce.checkout.places import give_back_places
from commerce.checkout.settle_order import place_paid
from commerce.checkout.supplies import take_back
from commerce.checkout.uses import count_uses, give_back_uses
from commerce.checkout.waiting import begin_waiting, stop_waiting
from commerce.inventory import ClaimedShelfChanged
from commerce.orders import OrderCancelled, OrderChanged, OrderPlaced
from commerce.payments import PaymentAuthorized
from commerce.platform.work import Reaction, within
from commerce.replenishment import (
    GoodsReceived,
    PurchaseClosed,
    PurchaseMoved,
    PurchaseOrdered,
    TransferCancelled,
    TransferClosed,
    TransferDelayed,
    TransferReceived,
    TransferShipped,
)
from commerce.supplies import SupplyTermsChanged

REACTIONS: list[Reaction] = [
    within(PaymentAuthorized, place_paid),
    within(OrderPlaced, count_uses),
    within(OrderCancelled, give_back_uses),
    within(OrderChanged, give_back_uses),
    within(OrderCancelled, take_back),
    within(OrderChanged, take_back),
    within(OrderCancelled, give_back_places),
    within(OrderChanged, give_back_places),
    within(OrderPlaced, begin_waiting),
    within(OrderCancelled, stop_waiting),
    within(OrderChanged, stop_waiting),
    within(ClaimedShelfChanged, shelf_changed),
    within(GoodsReceived, goods_received),
    within(PurchaseOrdered, purchase_changed),
    within(PurchaseMoved, purchase_changed),
    within(PurchaseClosed, purchase_changed),
    within(TransferShipped, transfer_changed),
    within(TransferDelayed, transfer_changed),
    within(TransferReceived, transfer_changed),
    within(TransferClosed, transfer_changed),
    within(TransferCancelled, transfer_changed),
    within(SupplyTermsChanged, terms_changed),
]
