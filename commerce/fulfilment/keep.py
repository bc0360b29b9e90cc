"""Stores what changed of locked work, with its move."""

from datetime import datetime

import msgspec
from sqlalchemy import Integer, Text, Uuid, select, update

from commerce.fulfilment import rules
from commerce.fulfilment.facts import Fulfilment, FulfilmentState as S
from commerce.fulfilment.tables import fulfilment_lines, fulfilment_orders, fulfilment_transitions
from commerce.kernel.errors import Bug
from commerce.platform.database import Tx
from commerce.platform.moves import moving, noting
from commerce.platform.statement import Statement, unnested

CHANGING = ("ready_by", "offered_at", "staging", "reject_reason", "accepted_at", "ready_at", "arrived_at", "closed_at")
_counted = unnested("counted", line_id=Uuid, picked=Integer, short=Integer, short_reason=Text, handed=Integer)
_lines = (
    update(fulfilment_lines)
    .where(fulfilment_lines.c.id == _counted.c.line_id)
    .values({each.name: each for each in _counted.c if each.name != "line_id"})
    .returning(fulfilment_lines.c.id)
    .cte("lines_counted")
)
_moved = moving(fulfilment_orders, CHANGING)
_noted = noting(_moved, fulfilment_transitions, "fulfilment_order_id")
KEEP = Statement(select(_moved.c.id).add_cte(_lines, _noted))


async def keep(tx: Tx, before: Fulfilment, after: Fulfilment, *, by: str, at: datetime) -> Fulfilment:
    """Stores the work as it is now, and its move if it made one; gives it with its next version. Refuses a move that is not in the table."""
    if after.state is not before.state:
        rules.check(before, after.state)
        if rules.FULFILMENT.terminal(after.state):
            after = msgspec.structs.replace(after, closed_at=at)
    lines = [line for line, old in zip(after.lines, before.lines, strict=True) if line != old]
    kept = await tx.fetch_value(
        KEEP,
        id=before.id,
        version_before=before.version,
        state_before=before.state,
        state=after.state,
        **{name: getattr(after, name) for name in CHANGING},
        by=by,
        at=at,
        line_id=[line.id for line in lines],
        picked=[line.picked for line in lines],
        short=[line.short for line in lines],
        short_reason=[line.short_reason for line in lines],
        handed=[line.handed for line in lines],
    )
    if kept is None:
        raise Bug(f"the fulfilment order {before.number} changed although it was locked")
    kept_work = msgspec.structs.replace(after, version=before.version + 1)
    tx.changed("fulfilment_order", before.id, before={"state": before.state}, after={"state": after.state})
    return kept_work


def moved(work: Fulfilment, state: S, **changes: object) -> Fulfilment:
    """Gives the work in another state."""
    return msgspec.structs.replace(work, state=state, **changes)
