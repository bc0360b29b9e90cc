"""What fulfilment reports. Each fact carries the work as it is after it; a pickup code is in none of them."""

from typing import Literal
from uuid import UUID

import msgspec

from commerce.fulfilment.facts import Fulfilment, Shipment
from commerce.kernel.events import Event
from commerce.kernel.ids import FulfilmentOrderId, OrderId


class _OfFulfilment(msgspec.Struct, frozen=True, kw_only=True):
    fulfilment_order_id: FulfilmentOrderId
    order_id: OrderId
    fulfilment: Fulfilment

    def about(self) -> UUID:
        """Gives the fulfilment order's id."""
        return self.fulfilment_order_id


class FulfilmentOffered(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.offered.v1"):
    """A location has new work."""


class FulfilmentAccepted(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.accepted.v1"):
    """The location takes the work on."""


class FulfilmentPicked(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.picked.v1"):
    """Units were picked, or reported as short."""


class FulfilmentPacked(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.packed.v1"):
    """What was picked is packed."""


class FulfilmentUnpacked(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.unpacked.v1"):
    """A mistake was found: it is picked again."""


class FulfilmentReady(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.ready.v1"):
    """It can be collected. Sent again when staff asks for it: `reminder` counts from 0."""

    reminder: int = 0


class CustomerArrived(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.customer_arrived.v1"):
    """The customer is here to collect."""


class HandedOver(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.handed_over.v1"):
    """Units were handed to the customer; `amount` is what is due for them."""

    hand_over_id: UUID
    amount: int
    proof: Literal["code", "identity"]


class Shipped(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.shipped.v1"):
    """Units left for the customer's address; `amount` is what is due for them."""

    shipment: Shipment
    amount: int


class FulfilmentRejected(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.rejected.v1"):
    """The location cannot do it: its units are off the order."""

    reason: str


class FulfilmentCancelled(_OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.cancelled.v1"):
    """The order was cancelled, and with it the work."""


class ShipmentDelivered(Event, frozen=True, kw_only=True, tag="fulfilment.shipment_delivered.v1"):
    """The carrier delivered: from here the days of return and withdrawal count."""

    order_id: OrderId
    shipment: Shipment

    def about(self) -> UUID:
        """Gives the shipment's id."""
        return self.shipment.id
