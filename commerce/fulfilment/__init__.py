"""Fulfilment: what a location does for an order, until the goods have left.

Owns: fulfilment orders and their lines, pickup codes, hand-overs, shipments.
Promises: one fulfilment order for a group; only the moves in its table (G10); what leaves is counted on the order, taken off the shelf and
charged in one transaction, once; a unit that cannot be had is not charged; a pickup never moves to another place by itself.
Emits: FulfilmentOffered, FulfilmentAccepted, FulfilmentPicked, FulfilmentPacked, FulfilmentUnpacked, FulfilmentReady, CustomerArrived,
HandedOver, Shipped, ShipmentDelivered, FulfilmentRejected, FulfilmentCancelled.
Knows: orders, inventory, payments, and the caller's locations.
"""

from commerce.fulfilment.events import (
    CustomerArrived,
    FulfilmentAccepted,
    FulfilmentCancelled,
    FulfilmentOffered,
    FulfilmentPacked,
    FulfilmentPicked,
    FulfilmentReady,
    FulfilmentRejected,
    FulfilmentUnpacked,
    HandedOver,
    ShipmentDelivered,
    Shipped,
)
from commerce.fulfilment.facts import Fulfilment, FulfilmentLine, FulfilmentState, PickupCode, Shipment, ShortReason
from commerce.fulfilment.leave import Proof, delivered, hand_over, ship
from commerce.fulfilment.offer import cancel_of, offer
from commerce.fulfilment.pick import pick, reject
from commerce.fulfilment.queries import fulfilment, fulfilments_of, pickup_code, shipments_of
from commerce.fulfilment.rules import Pick
from commerce.fulfilment.work import accept, arrived, pack, ready, remind, unpack

__all__ = [
    "CustomerArrived",
    "Fulfilment",
    "FulfilmentAccepted",
    "FulfilmentCancelled",
    "FulfilmentLine",
    "FulfilmentOffered",
    "FulfilmentPacked",
    "FulfilmentPicked",
    "FulfilmentReady",
    "FulfilmentRejected",
    "FulfilmentState",
    "FulfilmentUnpacked",
    "HandedOver",
    "Pick",
    "PickupCode",
    "Proof",
    "Shipment",
    "ShipmentDelivered",
    "Shipped",
    "ShortReason",
    "accept",
    "arrived",
    "cancel_of",
    "delivered",
    "fulfilment",
    "fulfilments_of",
    "hand_over",
    "offer",
    "pack",
    "pick",
    "pickup_code",
    "ready",
    "reject",
    "remind",
    "ship",
    "shipments_of",
    "unpack",
]
