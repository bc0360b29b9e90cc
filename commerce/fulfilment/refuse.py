"""Units that the customer looks at and does not want: they stay at the counter, are never charged, and can be sold again."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import insert

from commerce import inventory, orders, payments
from commerce.fulfilment import rules, serials
from commerce.fulfilment.counter_tables import counter_refusals
from commerce.fulfilment.events import UnitsRefused
from commerce.fulfilment.facts import Fulfilment, FulfilmentState as S, ShortReason
from commerce.fulfilment.keep import keep, moved
from commerce.fulfilment.packages import send_packages, void_with
from commerce.fulfilment.proof import LEFT
from commerce.fulfilment.queries import fulfilment, lock
from commerce.fulfilment.work import DROP_CODE
from commerce.inventory import Cause
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

Why = Literal["changed_mind", "does_not_fit", "not_as_described", "damaged", "other"]
REFUSED = ShortReason.REFUSED.value
NOTE = Statement(
    insert(counter_refusals).values(
        {each.name: given(each.name, each.type) for each in counter_refusals.c if each.name != "seq"}
    )
)


async def refuse(
    tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, wanted: Mapping[UUID, int], why: Why
) -> Fulfilment:
    """Takes units back that are ready and were not handed over: they are off the order, free of their reservation, and not charged.

    Work of which nothing is left ends: handed over where some units were, rejected where none was. Units that were handed over before come
    back as a return instead. Refuses with WrongUnits, NotFound, IllegalMove.
    """
    order_id = (await fulfilment(tx, fulfilment_id, caller)).order_id
    await orders.lock(tx, order_id)
    work = await lock(tx, fulfilment_id, caller)
    if work.state is not S.READY_FOR_PICKUP:
        raise rules.FULFILMENT.refusal(work.state, S.HANDED_OVER)
    units = rules.handing(work, wanted)
    now, who = clock.now(), caller.principal
    after = await keep(tx, work, _ended(_without(work, units)), by=who, at=now)
    lines = [(line.order_line_id, quantity) for line, quantity in units]
    saved = await orders.cancel_units(tx, order_id, lines, REFUSED, by=who, location_id=work.location_id)
    cause = Cause("fulfilment_order", work.id, who, reason=REFUSED)
    free = [(line.variant_id, work.location_id, quantity) for line, quantity in units]
    await inventory.release(tx, order_id, free, cause)
    order = await orders.order(tx, order_id)
    if not any(line.open for line in order.lines_of(work.group_id)):
        await payments.intend_void(tx, order_id, work.group_id, f"rest:refuse:{work.id}:{after.version}")
    await void_with(tx, work, [line.id for line, _ in units], at=now)
    await serials.forget_lines(tx, [line.id for line, _ in units])
    if after.state is not S.READY_FOR_PICKUP:
        await tx.execute(DROP_CODE, id=work.id)
        await tx.execute(LEFT, id=work.id)
        await send_packages(tx, after, (), None, at=now)
    await tx.execute(NOTE, fulfilment_order_id=work.id, units=lines, amount=saved.amount, reason=why, by=who, at=now)
    tx.emit(UnitsRefused(fulfilment_order_id=after.id, order_id=order_id, fulfilment=after, amount=saved.amount))
    return after


def _without(work: Fulfilment, units: rules.Units) -> Fulfilment:
    refused = {line.id: quantity for line, quantity in units}
    return msgspec.structs.replace(
        work,
        lines=tuple(
            msgspec.structs.replace(
                line,
                picked=line.picked - refused[line.id],
                short=line.short + refused[line.id],
                short_reason=ShortReason.REFUSED,
            )
            if line.id in refused
            else line
            for line in work.lines
        ),
    )


def _ended(work: Fulfilment) -> Fulfilment:
    if not rules.all_left(work):
        return work
    if any(line.handed for line in work.lines):
        return moved(work, S.HANDED_OVER)
    return moved(work, S.REJECTED, reject_reason=REFUSED)
