"""What the owner of an order sees of its fulfilment."""

from commerce import orders
from commerce.fulfilment.queries import fulfilments_of, pickup_code, shipments_of
from commerce.fulfilment.schemas import OwnFulfilmentOut, OwnFulfilmentsOut, fulfilment_out, shipment_out
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import OrderId
from commerce.platform.database import Reads
from commerce.platform.http import Caller


async def own_fulfilments(reads: Reads, caller: Caller, order_id: OrderId, language: str) -> OwnFulfilmentsOut:
    """Gives the work of an order with its shipments, and the pickup code to its owner alone.

    Refuses with NotFound another shopper's order, and for staff one that has nothing at their locations.
    """
    order = await orders.order(reads, order_id)
    works = await fulfilments_of(reads, order_id)
    if caller.is_shopper:
        if order.shopper_id != caller.id:
            raise NotFound("There is no such order.")
    else:
        works = [each for each in works if caller.may_at(each.location_id)]
        if not works and not any(caller.may_at(place) for place in order.places):
            raise NotFound("There is no such order.")
    sent = await shipments_of(reads, order_id)
    shown = []
    for each in works:
        code = await pickup_code(reads, each.id) if caller.is_shopper and each.kind == "pickup" else None
        left = [shipment_out(one) for one in sent if one.fulfilment_order_id == each.id]
        shown.append(
            OwnFulfilmentOut(
                fulfilment=fulfilment_out(each, language), pickup_code=code.code if code else None, shipments=left
            )
        )
    return OwnFulfilmentsOut(items=shown)
