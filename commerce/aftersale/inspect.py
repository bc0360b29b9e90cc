"""Look at what came back: what is accepted goes onto the shelf here or aside, what is not is the customer's again."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from commerce import inventory, orders
from commerce.aftersale import rules
from commerce.aftersale.events import ReturnInspected, fact
from commerce.aftersale.facts import Inspected, Return, ReturnLine, ReturnState as S
from commerce.aftersale.keep import keep, take_deliveries
from commerce.aftersale.queries import lock, seen
from commerce.kernel import clock
from commerce.kernel.ids import VariantId
from commerce.platform.database import Tx
from commerce.platform.http import Caller


async def inspect(tx: Tx, caller: Caller, return_id: UUID, found: Sequence[Inspected]) -> Return:
    """Say what becomes of each received unit. Accepted ones are given the money back for, whether they can be sold again or not.

    Units to restock come onto the shelf of the location that received them, whether or not it ever had the article. Rejected and missing
    units are the order's again, so that they can be returned later. Nothing accepted ends the return as rejected.
    Refuses with WrongCount, NotFound, IllegalMove. Emits ReturnInspected.
    """
    order_id = (await seen(tx, caller, return_id)).order_id
    order = await orders.lock(tx, order_id)
    here = await lock(tx, return_id)
    rules.RETURN.check(here.state, S.INSPECTED)
    lines, shares = rules.inspected(here, found)
    deliveries = here.deliveries
    if shares:
        await orders.withdraw_return(tx, order_id, shares, by=caller.principal)
        kept_back = {share.line_id for share in shares}
        touched = orders.groups_touched(order, kept_back)
        deliveries = await take_deliveries(tx, here, touched)
    looked_at = msgspec.structs.replace(
        here,
        state=S.INSPECTED if any(line.accepted for line in lines) else S.REJECTED,
        lines=lines,
        deliveries=deliveries,
        amount=rules.summed(lines, deliveries),
    )
    after = await keep(tx, here, looked_at, by=caller.principal, at=clock.now())
    await _restock(tx, after, by=caller.principal)
    tx.emit(fact(ReturnInspected, after))
    return after


async def _restock(tx: Tx, after: Return, *, by: str) -> None:
    entries = [_entry(line) for line in after.lines if line.restocked and not line.is_fee]
    if after.location_id is None or not entries:
        return
    cause = inventory.Cause("return", after.id, by, "restocked")
    units = [(variant_id, after.location_id, quantity) for variant_id, quantity in entries]
    await inventory.receive(tx, units, cause, f"return:{after.id}")


def _entry(line: ReturnLine) -> tuple[VariantId, int]:
    return VariantId(line.variant_id), line.restocked
