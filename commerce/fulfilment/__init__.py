"""Fulfilment: what a location does for an order, until the goods have left.

Owns: fulfilment orders and their lines, how their promises moved, pick lists with their scans, where articles lie, packages and labels, pickup
codes, who else may collect, until when it is, hand-overs with their proofs, shipments.
Promises: one first fulfilment order for a group, and work only where units are promised (G7); only the moves in its table (G10); what leaves
is counted on the order, taken off the shelf and charged in one transaction, once; what a place cannot give is free of it at once, and goes
nowhere by itself.
Emits: FulfilmentOffered, FulfilmentLate, FulfilmentAccepted, FulfilmentExtended, FulfilmentPicked, FulfilmentPacked, FulfilmentUnpacked, FulfilmentReady, CustomerArrived,
HandedOver, Shipped, ShipmentDelivered, FulfilmentRejected, FulfilmentCancelled, FulfilmentWaiting, FulfilmentExpired, PromiseMoved,
UnitsRejected, UnitsRefused, RecountWanted.
Knows: orders, inventory, traceability, counting, payments, stores, the catalogue's codes, and the caller's locations.
"""

from commerce.fulfilment.add_units import add_units
from commerce.fulfilment.collect_by import say_until
from commerce.fulfilment.events import (
    CustomerArrived,
    FulfilmentAccepted,
    FulfilmentCancelled,
    FulfilmentExpired,
    FulfilmentExtended,
    FulfilmentLate,
    FulfilmentOffered,
    FulfilmentPacked,
    FulfilmentPicked,
    FulfilmentReady,
    FulfilmentRejected,
    FulfilmentUnpacked,
    FulfilmentWaiting,
    HandedOver,
    PromiseMoved,
    RecountWanted,
    ShipmentDelivered,
    Shipped,
    UnitsRefused,
    UnitsRejected,
)
from commerce.fulfilment.expire import expire
from commerce.fulfilment.facts import (
    Fulfilment,
    FulfilmentLine,
    FulfilmentState,
    PickupCode,
    RejectedUnits,
    Shipment,
    ShortReason,
)
from commerce.fulfilment.leave import delivered, hand_over, ship
from commerce.fulfilment.move_promise import move_promise
from commerce.fulfilment.offer import cancel_of, offer, offer_units
from commerce.fulfilment.pick import not_accepted, pick, reject
from commerce.fulfilment.proof import Proof
from commerce.fulfilment.queries import fulfilment, fulfilments_of, pickup_code, shipments_of
from commerce.fulfilment.rules import Pick
from commerce.fulfilment.transferred import given_up, goods_arrived, not_arrived
from commerce.fulfilment.work import accept, arrived, pack, ready, remind, unpack

__all__ = [
    "CustomerArrived",
    "Fulfilment",
    "FulfilmentAccepted",
    "FulfilmentCancelled",
    "FulfilmentExpired",
    "FulfilmentExtended",
    "FulfilmentLate",
    "FulfilmentLine",
    "FulfilmentOffered",
    "FulfilmentPacked",
    "FulfilmentPicked",
    "FulfilmentReady",
    "FulfilmentRejected",
    "FulfilmentState",
    "FulfilmentUnpacked",
    "FulfilmentWaiting",
    "HandedOver",
    "Pick",
    "PickupCode",
    "PromiseMoved",
    "Proof",
    "RecountWanted",
    "RejectedUnits",
    "Shipment",
    "ShipmentDelivered",
    "Shipped",
    "ShortReason",
    "UnitsRefused",
    "UnitsRejected",
    "accept",
    "add_units",
    "arrived",
    "cancel_of",
    "delivered",
    "expire",
    "fulfilment",
    "fulfilments_of",
    "given_up",
    "goods_arrived",
    "hand_over",
    "move_promise",
    "not_accepted",
    "not_arrived",
    "offer",
    "offer_units",
    "pack",
    "pick",
    "pickup_code",
    "ready",
    "reject",
    "remind",
    "say_until",
    "ship",
    "shipments_of",
    "unpack",
]
