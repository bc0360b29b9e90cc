"""What of an order can come back now, until when, and what for: read before a return is asked for."""

from uuid import UUID

from commerce import fulfilment, orders
from commerce.aftersale import rules
from commerce.aftersale.policy import Policy
from commerce.aftersale.schemas import ReturnableLineOut, ReturnableOut
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import OrderId
from commerce.orders import Order, OrderLine
from commerce.platform.database import Reading
from commerce.platform.http import Caller


async def returnable(reading: Reading, caller: Caller, policy: Policy, order_id: UUID, language: str) -> ReturnableOut:
    """Gives the units of an order that the customer has and has not returned, with what they would be given back with.

    To the order's shopper, and to those who take returns in, wherever the order was bought; else NotFound.
    """
    order = await orders.order(reading, order_id)
    if not caller.is_staff_side and not (caller.is_shopper and order.shopper_id == caller.id):
        raise NotFound("There is no such order.")
    works = await fulfilment.fulfilments_of(reading, OrderId(order.id))
    had = rules.possessions(works, await fulfilment.shipments_of(reading, OrderId(order.id)))
    until = {group.id: rules.return_ends(group, had, policy.return_days, policy.zones) for group in order.groups}
    withdraw_until = rules.withdrawal_ends(order, had, policy.zones)
    now = clock.now()
    lines = [line for line in order.goods if line.stocked and line.fulfilled > line.returned]
    return ReturnableOut(
        order_id=order.id,
        order_number=order.number,
        withdrawal_until=withdraw_until,
        can_withdraw=bool(lines) and (withdraw_until is None or now < withdraw_until),
        lines=[
            ReturnableLineOut(
                order_line_id=line.id,
                variant_id=line.variant_id,
                sku=line.sku,
                title=line.title.said(language),
                option_text=line.option_text,
                quantity=line.fulfilled - line.returned,
                until=(end := until[line.group_id]),
                can_return=end is None or now < end,
                total=order.money(_worth(order, line)),
            )
            for line in lines
        ],
    )


def _worth(order: Order, line: OrderLine) -> int:
    """Gives what all that is left of a line would be given back with, its fees included."""
    shares = orders.entitlement(order, [(line.id, line.fulfilled - line.returned)]).lines
    return sum(share.total for share in shares)
