"""Stores returns: a new one with its lines, and what changed of a locked one with its move."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Uuid, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert as upsert

from commerce.aftersale.facts import Return, ReturnDelivery, ReturnLine
from commerce.aftersale.rules import CLOSED, RETURN
from commerce.aftersale.tables import return_deliveries, return_lines, return_transitions, returns
from commerce.kernel.errors import Bug
from commerce.platform.database import Tx
from commerce.platform.moves import first_move, moving, noting
from commerce.platform.statement import Statement, given, unnested

OPEN = Statement(insert(returns))
_line_columns = [column for column in return_lines.c if column.name != "return_id"]
_new = unnested("new", **{column.name: column.type for column in _line_columns})
OPEN_LINES = Statement(
    insert(return_lines).from_select(["return_id", *_new.c.keys()], select(given("return_id", Uuid), *_new.c))
)
_delivery = unnested("delivery", group_id=Uuid, total=BigInteger, tax=BigInteger)
GIVE_DELIVERIES = Statement(
    upsert(return_deliveries)
    .from_select(["return_id", *_delivery.c.keys()], select(given("return_id", Uuid), *_delivery.c))
    .on_conflict_do_nothing(index_elements=["group_id"])
    .returning(return_deliveries.c.group_id)
)
NOTE = first_move(return_transitions, "return_id")
COUNTED = ("received", "restocked", "quarantined", "destroyed", "rejected", "total", "tax")
CHANGING = ("amount", "refund_amount", "refunded", "location_id", "decline_reason", "received_at", "closed_at")
_counted = unnested("counted", line_id=Uuid, **{name: return_lines.c[name].type for name in COUNTED})
_lines = (
    update(return_lines)
    .where(return_lines.c.id == _counted.c.line_id)
    .values({name: _counted.c[name] for name in COUNTED})
    .returning(return_lines.c.id)
    .cte("lines_counted")
)
_moved = moving(returns, CHANGING)
_noted = noting(_moved, return_transitions, "return_id")
KEEP = Statement(select(_moved.c.id).add_cte(_lines, _noted))

_taken = (
    delete(return_deliveries)
    .where(
        return_deliveries.c.group_id == func.any(given("groups", ARRAY(Uuid))),
        return_deliveries.c.return_id == returns.c.id,
        returns.c.refund_amount.is_(None),
    )
    .returning(return_deliveries.c.return_id, return_deliveries.c.total)
    .cte("taken")
)
_less = (
    select(_taken.c.return_id, func.sum(_taken.c.total).label("total")).group_by(_taken.c.return_id).subquery("less")
)
TAKE_DELIVERIES = Statement(
    update(returns)
    .where(returns.c.id == _less.c.return_id, returns.c.id != given("own_id", Uuid))
    .values(amount=returns.c.amount - _less.c.total, version=returns.c.version + 1)
)


async def open_return(tx: Tx, new: Return, *, by: str) -> Return:
    """Stores a new return; gives it with the deliveries that no other return gives back already, and its amount by that."""
    await tx.execute(OPEN, **{column.name: getattr(new, column.name) for column in returns.c})
    await tx.execute(
        OPEN_LINES,
        return_id=new.id,
        **{column.name: [getattr(line, column.name) for line in new.lines] for column in _line_columns},
    )
    await tx.execute(NOTE, return_id=new.id, state_before=None, state_after=new.state, by=by, at=new.requested_at)
    if not new.deliveries:
        return new
    given_back = await tx.fetch(
        GIVE_DELIVERIES,
        return_id=new.id,
        group_id=[each.group_id for each in new.deliveries],
        total=[each.total for each in new.deliveries],
        tax=[each.tax for each in new.deliveries],
    )
    ids = {row["group_id"] for row in given_back}
    if len(ids) == len(new.deliveries):
        return new
    kept = tuple(each for each in new.deliveries if each.group_id in ids)
    less = sum(each.total for each in new.deliveries if each.group_id not in ids)
    return await keep(
        tx, new, msgspec.structs.replace(new, deliveries=kept, amount=new.amount - less), by=by, at=new.requested_at
    )


async def keep(tx: Tx, before: Return, after: Return, *, by: str, at: datetime) -> Return:
    """Stores what changed of a locked return, and its move if it made one; gives it with its next version.

    Refuses with IllegalMove a move that is not in the table.
    """
    if after.state is not before.state:
        RETURN.check(before.state, after.state)
        after = msgspec.structs.replace(after, closed_at=at if after.state in CLOSED else None)
    lines: list[ReturnLine] = [new for new, old in zip(after.lines, before.lines, strict=True) if new != old]
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
        **{name: [getattr(line, name) for line in lines] for name in COUNTED},
    )
    if kept is None:
        raise Bug(f"the return {before.number} changed although it was locked")
    tx.changed("return", before.id, before={"state": before.state}, after={"state": after.state})
    return msgspec.structs.replace(after, version=before.version + 1)


async def take_deliveries(tx: Tx, own: Return, group_ids: Iterable[UUID]) -> tuple[ReturnDelivery, ...]:
    """Takes the delivery charge of groups, of which units stay with the customer after all, off the returns that would give it back.

    One whose refund was asked for keeps it: so it is never given back twice. The own return, locked, is changed by who calls: it gets the
    deliveries that it still gives back. Call it with the order locked.
    """
    groups = set(group_ids)
    await tx.execute(TAKE_DELIVERIES, groups=list(groups), own_id=own.id)
    return tuple(each for each in own.deliveries if each.group_id not in groups)
