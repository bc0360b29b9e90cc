"""Pick: what was found, and what was not. Units that cannot be had leave the order, the reservation and, by their reason, the stock."""

from collections.abc import Mapping, Sequence

from commerce import inventory, orders, payments
from commerce.fulfilment import rules
from commerce.fulfilment.events import FulfilmentPicked, FulfilmentRejected
from commerce.fulfilment.facts import Fulfilment, FulfilmentLine, FulfilmentState as S, ShortReason
from commerce.fulfilment.keep import keep, moved
from commerce.fulfilment.queries import fulfilment, lock
from commerce.fulfilment.rules import Pick
from commerce.inventory import Adjustment, Cause
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentLineId, FulfilmentOrderId, VariantId
from commerce.platform.database import Tx
from commerce.platform.http import Caller

Short = tuple[FulfilmentLine, int]


async def pick(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, picks: Sequence[Pick]) -> Fulfilment:
    """Records picked and short units, in as many calls as it takes; the first one begins the picking.

    Short units are taken off the order and are not charged; when nothing else is left, the work ends as rejected. Refuses with WrongUnits,
    NotFound, IllegalMove.
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
        await give_up(tx, caller, after, short, f"pick:{after.id}:{after.version}")
    return after


async def reject(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, reason: ShortReason) -> Fulfilment:
    """Refuses the whole work: all its units are short for one reason. Refuses with NotFound, and with IllegalMove once a unit has left."""
    order_id = (await fulfilment(tx, fulfilment_id, caller)).order_id
    await orders.lock(tx, order_id)
    work = await lock(tx, fulfilment_id, caller)
    rules.check(work, S.REJECTED)
    if any(line.handed for line in work.lines):
        raise rules.FULFILMENT.refusal(work.state, S.REJECTED)
    open_units = [(line, line.quantity - line.short) for line in work.lines if line.quantity > line.short]
    counted = rules.picked(rules.unpicked(work), [Pick(line.id, 0, units, reason) for line, units in open_units])
    after = await keep(tx, work, moved(counted, S.REJECTED, reject_reason=reason), by=caller.principal, at=clock.now())
    tx.emit(FulfilmentRejected(fulfilment_order_id=after.id, order_id=after.order_id, fulfilment=after, reason=reason))
    short = [(line, units) for (line, units) in open_units]
    await give_up(tx, caller, after, short, f"reject:{after.id}", reason)
    return after


async def give_up(
    tx: Tx, caller: Caller, work: Fulfilment, short: Sequence[Short], effect_key: str, reason: ShortReason | None = None
) -> None:
    """Takes units off the order and its reservation, corrects the shelf, and lets go of money that nothing will be charged to."""
    who = caller.principal
    await orders.cancel_units(
        tx, work.order_id, [(line.order_line_id, units) for line, units in short], "short", by=who
    )
    why = {line.id: reason or work_reason(work, line) for line, _ in short}
    cause = Cause("fulfilment_order", work.id, who, reason="short")
    units = [(line.variant_id, work.location_id, quantity) for line, quantity in short]
    await inventory.release(tx, work.order_id, units, cause)
    await _correct_shelf(tx, work, short, why, cause, effect_key)
    order = await orders.order(tx, work.order_id)
    if not any(line.open for line in order.lines_of(work.group_id)):
        await payments.intend_void(tx, work.order_id, work.group_id, f"void:{effect_key}")


def work_reason(work: Fulfilment, line: FulfilmentLine) -> ShortReason:
    """Gives why units of a line are short."""
    now = work.line(line.id)
    return (now.short_reason if now else None) or ShortReason.MISMATCH


async def _correct_shelf(
    tx: Tx,
    work: Fulfilment,
    short: Sequence[Short],
    why: Mapping[FulfilmentLineId, ShortReason],
    cause: Cause,
    effect_key: str,
) -> None:
    """Books what the reason says: an empty shelf keeps nothing that is free, a mismatch and damaged units leave the stock."""
    variants = sorted({line.variant_id for line, _ in short})
    free = {level.variant_id: level.available for level in await inventory.levels(tx, variants, [work.location_id])}
    off: dict[VariantId, int] = {}
    for line, units in short:
        rest = free.get(line.variant_id, 0)
        gone = rest if why[line.id] is ShortReason.NOT_IN_STOCK else min(units, rest)
        off[line.variant_id] = max(off.get(line.variant_id, 0), 0) + gone
        free[line.variant_id] = rest - gone
    corrections = [
        Adjustment(variant, work.location_id, delta=-units) for variant, units in sorted(off.items()) if units
    ]
    if corrections:
        reasons = ", ".join(sorted({reason.value for reason in why.values()}))
        told = Cause(cause.kind, cause.document_id, cause.actor, reason=reasons)
        await inventory.adjust(tx, corrections, told, effect_key)
