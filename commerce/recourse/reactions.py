"""What recourse does when places, transfers and orders report."""

from commerce.fulfilment import UnitsRejected
from commerce.orders import OrderCancelled
from commerce.platform.work import Reaction, after_flow, within
from commerce.recourse.hear import order_cancelled, units_rejected
from commerce.recourse.hours import promise_anew
from commerce.recourse.reroute import reroute
from commerce.recourse.supplied import supply_lost
from commerce.recourse.switched import place_paused, place_resumed
from commerce.recourse.transferred import transfer_delayed, transfer_ended, transfer_received, transfer_shipped
from commerce.replenishment import TransferCancelled, TransferClosed, TransferDelayed, TransferReceived, TransferShipped
from commerce.stores import HoursChanged, LocationPaused, LocationResumed
from commerce.supplies import SupplyLost

REACTIONS: list[Reaction] = [
    within(UnitsRejected, units_rejected),
    after_flow(UnitsRejected, reroute),
    within(OrderCancelled, order_cancelled),
    after_flow(HoursChanged, promise_anew),
    within(LocationPaused, place_paused),
    within(LocationResumed, place_resumed),
    within(SupplyLost, supply_lost),
    within(TransferReceived, transfer_received),
    within(TransferClosed, transfer_ended),
    within(TransferCancelled, transfer_ended),
    within(TransferShipped, transfer_shipped),
    within(TransferDelayed, transfer_delayed),
]
