"""Goods that travel for an order that does not want them any more: they go on for the shelf, or stay where they are."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, select

from commerce.kernel import clock
from commerce.kernel.ids import OrderLineId, TransferId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.replenishment.end_transfer import cancelled
from commerce.replenishment.facts import Transfer, TransferLine, TransferState as S
from commerce.replenishment.keep import keep_transfer
from commerce.replenishment.queries import lock_transfer
from commerce.replenishment.tables import transfer_lines, transfers

TRAVELLING = Statement(
    select(transfer_lines.c.transfer_id)
    .join_from(transfer_lines, transfers, transfers.c.id == transfer_lines.c.transfer_id)
    .where(
        transfer_lines.c.order_line_id == given("order_line_id", Uuid),
        transfers.c.state.not_in(["received", "cancelled"]),
    )
    .distinct()
    .order_by(transfer_lines.c.transfer_id)
)


class Unpegged(NamedTuple):
    """Units of an order's line that travel for it no longer."""

    transfer_id: TransferId
    order_line_id: OrderLineId
    units: int


async def unpeg(tx: Tx, wanted: Sequence[tuple[OrderLineId, int]], *, by: str, reason: str) -> list[Unpegged]:
    """Let units of order lines travel for nobody: what has not arrived of them is for the destination's shelf then.

    A transfer of which nothing has left and that travels for no order any more is cancelled, so that its units are free at the origin. Gives
    how many units could be let go in each transfer; those that arrived are the order's already, and are released like any others of it.
    """
    found: list[Unpegged] = []
    for order_line_id, units in sorted(wanted):
        left = units
        for row in await tx.fetch(TRAVELLING, order_line_id=order_line_id):
            transfer = await lock_transfer(tx, row["transfer_id"], None)
            let_go = _let_go(transfer, order_line_id, left)
            left -= let_go
            if let_go:
                await _keep(tx, transfer, order_line_id, let_go, by=by, reason=reason)
                found.append(Unpegged(transfer.id, order_line_id, let_go))
    return found


def _let_go(transfer: Transfer, order_line_id: UUID, most: int) -> int:
    return min(most, sum(_waiting(line) for line in transfer.lines if line.order_line_id == order_line_id))


def _waiting(line: TransferLine) -> int:
    return line.pegged - line.for_order


async def _keep(tx: Tx, before: Transfer, order_line_id: UUID, units: int, *, by: str, reason: str) -> None:
    lines = []
    for line in before.lines:
        less = min(units, _waiting(line)) if line.order_line_id == order_line_id else 0
        units -= less
        lines.append(msgspec.structs.replace(line, pegged=line.pegged - less))
    changed = msgspec.structs.replace(before, lines=tuple(lines))
    after = await keep_transfer(tx, before, changed, by=by, at=clock.now())
    if after.state in {S.DRAFT, S.READY_TO_SHIP} and not any(line.pegged for line in after.lines):
        await cancelled(tx, after, reason, None, by=by)
