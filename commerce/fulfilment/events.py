"""What fulfilment reports. Each fact carries the work as it is after it; a pickup code is in none of them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from commerce.fulfilment.facts import Fulfilment, RejectedUnits, Shipment
from commerce.kernel.events import Event
from commerce.kernel.ids import FulfilmentOrderId, LocationId, OrderId, VariantId


class OfFulfilment(msgspec.Struct, frozen=True, kw_only=True):
    """A fact about one piece of work, with the work as it is after it. Each of them is shown on the board of its location."""

    fulfilment_order_id: FulfilmentOrderId
    order_id: OrderId
    fulfilment: Fulfilment

    def about(self) -> UUID:
        """Gives the fulfilment order's id."""
        return self.fulfilment_order_id


class FulfilmentOffered(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.offered.v1"):
    """A location has new work."""


class FulfilmentAccepted(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.accepted.v1"):
    """The location takes the work on."""


class FulfilmentExtended(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.extended.v1"):
    """Units of another article came to work that is being picked, instead of some that are missing."""


class FulfilmentPicked(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.picked.v1"):
    """Units were picked, or reported as short."""


class FulfilmentPacked(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.packed.v1"):
    """What was picked is packed."""


class FulfilmentUnpacked(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.unpacked.v1"):
    """A mistake was found: it is picked again."""


class FulfilmentReady(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.ready.v1"):
    """It can be collected. Sent again when staff asks for it: `reminder` counts from 0."""

    reminder: int = 0


class FulfilmentLate(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.late.v1"):
    """Nobody took the work on in time (`not_accepted`), or it is not ready although its promise has passed (`not_ready`)."""

    why: Literal["not_accepted", "not_ready"]


class CustomerArrived(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.customer_arrived.v1"):
    """The customer is here to collect."""


class HandedOver(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.handed_over.v1"):
    """Units were handed to the customer; `amount` is what is due for them."""

    hand_over_id: UUID
    amount: int
    proof: Literal["code", "identity"]


class UnitsRefused(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.units_refused.v1"):
    """The customer did not want units at the counter: they are never charged (`amount` less), and are free again."""

    amount: int


class Shipped(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.shipped.v1"):
    """Units left for the customer's address; `amount` is what is due for them."""

    shipment: Shipment
    amount: int


class FulfilmentRejected(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.rejected.v1"):
    """The location cannot do any of it. What becomes of the units is told by others."""

    reason: str


class FulfilmentCancelled(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.cancelled.v1"):
    """The order was cancelled, and with it the work; or all that the work waited for was."""


class FulfilmentWaiting(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.waiting.v1"):
    """A location will have work when a transfer has brought the units."""


class FulfilmentExpired(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.expired.v1"):
    """Nobody came to collect it in time; the goods wait to be put away."""


class PromiseMoved(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.promise_moved.v1"):
    """It is promised for another instant than before (`before` None: for none)."""

    before: datetime | None
    after: datetime
    reason: str


class UnitsRejected(OfFulfilment, Event, frozen=True, kw_only=True, tag="fulfilment.units_rejected.v1"):
    """A location cannot give units that it promised: they are open, reserved nowhere, and wait for a choice or a route."""

    location_id: LocationId
    kind: Literal["pickup", "ship"]
    lines: tuple[RejectedUnits, ...]


class RecountWanted(Event, frozen=True, kw_only=True, tag="fulfilment.recount_wanted.v1"):
    """The shelf did not have what the books said: somebody should count it."""

    fulfilment_order_id: FulfilmentOrderId
    order_id: OrderId
    location_id: LocationId
    variant_ids: tuple[VariantId, ...]

    def about(self) -> UUID:
        """Gives the fulfilment order's id."""
        return self.fulfilment_order_id


class ShipmentDelivered(Event, frozen=True, kw_only=True, tag="fulfilment.shipment_delivered.v1"):
    """The carrier delivered: from here the days of return and withdrawal count."""

    order_id: OrderId
    shipment: Shipment

    def about(self) -> UUID:
        """Gives the shipment's id."""
        return self.shipment.id
