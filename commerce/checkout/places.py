"""Places in pickup slots and store days go the way of the order: taken when it is opened, kept when it stands, given back when it ends."""

from commerce import promise
from commerce.kernel import clock
from commerce.kernel.ids import LocationId
from commerce.orders import OrderCancelled, OrderChanged, OrderState
from commerce.platform.database import Tx


async def give_back_places(tx: Tx, ended: OrderCancelled | OrderChanged) -> None:
    """Gives the places of an order back that was cancelled, unpaid or placed; and those at a location of which nothing is left to be done, since
    all of its units were cancelled.
    """
    order = ended.order
    if order.state is OrderState.CANCELLED:
        await promise.unbook(tx, order.id, at=clock.now())
    elif isinstance(ended, OrderChanged) and ended.change == "units_cancelled":
        wanted = {group.location_id for group in order.groups}
        left = {group.id: group.location_id for group in order.groups}
        busy = {left[line.group_id] for line in order.lines if line.cancelled < line.quantity}
        if gone := wanted - busy:
            await promise.unbook(tx, order.id, at=clock.now(), location_ids=[LocationId(each) for each in gone])
