"""Look at what came back: what is accepted goes onto the shelf here or into quarantine, what is not is the customer's again."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from commerce import inventory, orders, traceability
from commerce.aftersale import rules
from commerce.aftersale.events import ReturnInspected, fact
from commerce.aftersale.facts import Destination, Inspected, Return, ReturnState as S
from commerce.aftersale.keep import keep, take_deliveries
from commerce.aftersale.queries import lock, seen
from commerce.inventory import Move, Spot
from commerce.kernel import clock
from commerce.kernel.ids import VariantId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.traceability import Tagged

SPOTS: Mapping[Destination, Spot] = {"restock": Spot.SHELF, "quarantine": Spot.QUARANTINE}


async def inspect(tx: Tx, caller: Caller, return_id: UUID, found: Sequence[Inspected]) -> Return:
    """Say what becomes of each received unit. Accepted ones are given the money back for, whether they can be sold again or not.

    Units to restock come onto the shelf of the location that received them, whether or not it ever had the article; those to be looked at go
    into its quarantine. Rejected and missing units are the order's again, so that they can be returned later. Nothing accepted ends the
    return as rejected. Refuses with WrongCount, NotFound, IllegalMove; with SerialNeeded, SerialUnknown, SerialElsewhere, LotNeeded and
    NotSoldWithLine units of articles with serial numbers or lots. Emits ReturnInspected.
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
    await _take_in(tx, after, found, by=caller.principal)
    tx.emit(fact(ReturnInspected, after))
    return after


async def _take_in(tx: Tx, after: Return, found: Sequence[Inspected], *, by: str) -> None:
    """Books what goes onto the shelf and what goes aside, with the lots and serial numbers of articles that ask for them."""
    here = after.location_id
    labels = {each.line_id: each.labels for each in found}
    coming = [
        Tagged(
            Move(VariantId(line.variant_id), part.quantity, Spot.CUSTOMER, None, SPOTS[part.to], here),
            lot=part.lot,
            expires_on=part.expires_on,
            serials=part.serials,
            order_line_id=line.order_line_id,
        )
        for line in after.lines
        if not line.is_fee
        for part in rules.labelled(line, labels.get(line.id, ()))
    ]
    if here is None or not coming:
        return
    cause = inventory.Cause("return", after.id, by, "restocked")
    await inventory.move(tx, [each.move for each in coming], cause, f"return:{after.id}")
    await traceability.follow(tx, coming, cause, f"return:{after.id}", untraced=True)
