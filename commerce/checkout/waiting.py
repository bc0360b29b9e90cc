"""Orders that wait for supply: their work waits with them, and what they wait for ends with them."""

from uuid import UUID

from commerce import fulfilment, supplies
from commerce.checkout.settle_supply import settle
from commerce.kernel import clock
from commerce.kernel.ids import OrderLineId
from commerce.orders import UNPLACED, OrderCancelled, OrderChanged, OrderPlaced, OrderState
from commerce.platform.database import Tx
from commerce.supplies import Claim

ENDED = frozenset({"units_cancelled", "units_substituted"})


async def begin_waiting(tx: Tx, placed: OrderPlaced) -> None:
    """Makes work of what a placed order waits for, which waits too: one for what is ready together. What lies there already is served at once."""
    if not placed.order.elsewhere:
        return
    claims = [each for each in await supplies.claims_of(tx, placed.order_id) if each.open]
    together: dict[UUID, list[Claim]] = {}
    for each in claims:
        together.setdefault(each.wait_id, []).append(each)
    for wait_id, mine in together.items():
        group = placed.order.group(mine[0].group_id)
        await fulfilment.offer_units(
            tx,
            placed.order,
            group.id,
            mine[0].location_id,
            "pickup" if group.kind == "pickup" else "ship",
            [(each.order_line_id, each.open) for each in mine],
            ready_by=max(each.expected_at for each in mine),
            attempt=2,
            waiting_for=wait_id,
        )
    await settle(tx, {each.place for each in claims}, reason="order_placed")


async def stop_waiting(tx: Tx, ended: OrderCancelled | OrderChanged) -> None:
    """Ends what an order waits for that is not owed any more: all of it with its end, and with single units theirs."""
    if not ended.order.elsewhere:
        return
    at = clock.now()
    if ended.order.state is OrderState.CANCELLED:
        freed = await supplies.release_claims(tx, ended.order_id, reason="order_ended", at=at)
    elif isinstance(ended, OrderChanged) and ended.change in ENDED:
        freed = await supplies.release_lines(tx, _left(ended), reason=ended.reason or ended.change, at=at)
    else:
        return
    await settle(tx, freed, reason="given_up")


def _left(changed: OrderChanged) -> dict[OrderLineId, int]:
    """Gives how many units of the changed lines no place has: more of them cannot wait."""
    touched = {line_id for line_id, _ in changed.units}
    return {line.id: changed.order.units_at(line, UNPLACED) for line in changed.order.goods if line.id in touched}
