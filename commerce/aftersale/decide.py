"""Approve or decline what a customer asked for, or give it up: what does not come back is the order's again."""

from uuid import UUID

import msgspec

from commerce import orders
from commerce.aftersale import rules
from commerce.aftersale.events import ReturnApproved, ReturnCancelled, ReturnDeclined, fact
from commerce.aftersale.facts import Return, ReturnState as S
from commerce.aftersale.keep import keep, take_deliveries
from commerce.aftersale.queries import lock, seen
from commerce.kernel import clock
from commerce.platform.database import Tx
from commerce.platform.http import Caller


async def approve(tx: Tx, caller: Caller, return_id: UUID) -> Return:
    """Let the customer bring or send it. Refuses with NotFound, IllegalMove. Emits ReturnApproved."""
    await seen(tx, caller, return_id)
    return await approved(tx, await lock(tx, return_id), by=caller.principal)


async def approved(tx: Tx, asked: Return, *, by: str) -> Return:
    """Approves a locked return."""
    after = await keep(tx, asked, msgspec.structs.replace(asked, state=S.APPROVED), by=by, at=clock.now())
    tx.emit(fact(ReturnApproved, after))
    return after


async def decline(tx: Tx, caller: Caller, return_id: UUID, reason: str) -> Return:
    """Say no, with the reason that the customer is given. Refuses with NotFound, IllegalMove. Emits ReturnDeclined."""
    after = await _given_up(tx, caller, return_id, S.DECLINED, reason)
    tx.emit(fact(ReturnDeclined, after))
    return after


async def cancel_return(tx: Tx, caller: Caller, return_id: UUID) -> Return:
    """Give a return up before it has arrived: the customer keeps the units. Refuses with NotFound, IllegalMove. Emits ReturnCancelled."""
    after = await _given_up(tx, caller, return_id, S.CANCELLED, None)
    tx.emit(fact(ReturnCancelled, after))
    return after


async def _given_up(tx: Tx, caller: Caller, return_id: UUID, state: S, reason: str | None) -> Return:
    order_id = (await seen(tx, caller, return_id)).order_id
    order = await orders.lock(tx, order_id)
    asked = await lock(tx, return_id)
    rules.RETURN.check(asked.state, state)
    lines, shares = rules.given_up(asked)
    await orders.withdraw_return(tx, order_id, shares, by=caller.principal)
    touched = orders.groups_touched(order, {line.order_line_id for line in asked.lines})
    deliveries = await take_deliveries(tx, asked, touched)
    ended = msgspec.structs.replace(
        asked,
        state=state,
        lines=lines,
        deliveries=deliveries,
        amount=rules.summed(lines, deliveries),
        decline_reason=reason,
    )
    return await keep(tx, asked, ended, by=caller.principal, at=clock.now())
