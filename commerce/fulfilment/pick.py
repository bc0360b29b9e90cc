"""Pick: what was found, and what was not. Units that cannot be had leave the place, its reservation and, by their reason, its stock; they
stay open on the order, and what becomes of them is decided by who hears of them.
"""

from collections.abc import Sequence

from commerce import orders
from commerce.fulfilment import rules
from commerce.fulfilment.correct_shelf import correct_shelf
from commerce.fulfilment.events import FulfilmentPicked, FulfilmentRejected, UnitsRejected
from commerce.fulfilment.facts import Fulfilment, FulfilmentLine, FulfilmentState as S, ShortReason
from commerce.fulfilment.keep import keep, moved
from commerce.fulfilment.queries import fulfilment, lock
from commerce.fulfilment.rules import Pick
from commerce.fulfilment.serials import Serials
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId
from commerce.platform.database import Tx
from commerce.platform.http import Caller

SYSTEM = Caller(kind="system")
Short = tuple[FulfilmentLine, int]
UNREAD: Serials = {}


async def pick(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, picks: Sequence[Pick]) -> Fulfilment:
    """Records picked and short units, in as many calls as it takes; the first one begins the picking.

    Short units are not this place's any more, and are told with UnitsRejected; the rest of the work goes on, and ends as rejected when
    nothing is left of it. Refuses with WrongUnits, NotFound, IllegalMove, and with SerialUnknown and SerialElsewhere numbers of short
    units that are not on the shelf.
    """
    order_id = (await fulfilment(tx, fulfilment_id, caller)).order_id
    await orders.lock(tx, order_id)
    work = await lock(tx, fulfilment_id, caller)
    if work.state is not S.PICKING:
        rules.FULFILMENT.check(work.state, S.PICKING)
        if work.state is not S.ACCEPTED:
            raise rules.FULFILMENT.refusal(work.state, S.PICKING)
    counted = moved(rules.picked(work, picks), S.PICKING)
    short = rules.newly_short(work, counted)
    nothing_left = all(line.short == line.quantity for line in counted.lines)
    now = clock.now()
    after = await keep(tx, work, counted, by=caller.principal, at=now)
    tx.emit(FulfilmentPicked(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after))
    if nothing_left:
        reason = next(line.short_reason for line in after.lines if line.short_reason)
        after = await keep(tx, after, moved(after, S.REJECTED, reject_reason=reason), by=caller.principal, at=now)
        tx.emit(
            FulfilmentRejected(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after, reason=reason)
        )
    if short:
        read = {each.line_id: each.serials for each in picks}
        await _let_go(tx, caller, after, short, f"pick:{after.id}:{after.version}", read)
    return after


async def reject(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, reason: ShortReason) -> Fulfilment:
    """Refuses the whole work: all its units are short for one reason, which UnitsRejected tells.

    Refuses with NotFound, and with IllegalMove once a unit has left or while the units are still to come.
    """
    order_id = (await fulfilment(tx, fulfilment_id, caller)).order_id
    await orders.lock(tx, order_id)
    work = await lock(tx, fulfilment_id, caller)
    return await _reject(tx, caller, work, reason)


async def not_accepted(tx: Tx, fulfilment_id: FulfilmentOrderId) -> Fulfilment | None:
    """Takes work away from a place that did not take it on; None, and nothing happens, when it did or when the work has ended."""
    order_id = (await fulfilment(tx, fulfilment_id, SYSTEM)).order_id
    await orders.lock(tx, order_id)
    work = await lock(tx, fulfilment_id, SYSTEM)
    if work.state is not S.OFFERED:
        return None
    return await _reject(tx, SYSTEM, work, ShortReason.NOT_ACCEPTED)


async def _reject(tx: Tx, caller: Caller, work: Fulfilment, reason: ShortReason) -> Fulfilment:
    rules.check(work, S.REJECTED)
    if any(line.handed for line in work.lines) or work.state is S.WAITING_FOR_TRANSFER:
        raise rules.FULFILMENT.refusal(work.state, S.REJECTED)
    picks = [Pick(line.id, 0, line.quantity - line.short, reason) for line in work.lines if line.quantity > line.short]
    counted = rules.picked(rules.unpicked(work), picks)
    after = await keep(tx, work, moved(counted, S.REJECTED, reject_reason=reason), by=caller.principal, at=clock.now())
    tx.emit(FulfilmentRejected(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after, reason=reason))
    await _let_go(tx, caller, after, rules.newly_short(work, after), f"reject:{after.id}")
    return after


async def _let_go(
    tx: Tx, caller: Caller, work: Fulfilment, short: Sequence[Short], effect_key: str, read: Serials = UNREAD
) -> None:
    """Takes units off the place: nobody has them on the order, their reservation ends, the shelf is corrected by their reasons."""
    who = caller.principal
    units = [(line.order_line_id, quantity) for line, quantity in short]
    await orders.displace(tx, work.order_id, units, from_location=work.location_id, by=who, reason="rejected")
    rejected = rules.rejected_units(short)
    serials = [read.get(line.id, ()) for line, _ in short]
    await correct_shelf(tx, work, rejected, serials, who, effect_key)
    tx.emit(
        UnitsRejected(
            fulfilment_order_id=work.id,
            order_id=work.order_id,
            fulfilment=work,
            location_id=work.location_id,
            kind=work.kind,
            lines=rejected,
        )
    )
