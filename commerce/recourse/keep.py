"""Stores rejections: a new one with its lines, and what changed of a locked one with its move."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Integer, Text, Uuid, insert, literal, or_, select, update

from commerce.kernel.errors import Bug
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.moves import first_move, moving, noting
from commerce.platform.statement import Statement, given, unnested
from commerce.recourse.events import RejectionOpened
from commerce.recourse.facts import ExceptionKind, Rejection
from commerce.recourse.rules import REJECTION
from commerce.recourse.substitute_facts import SubstituteState
from commerce.recourse.switched import switched_off
from commerce.recourse.tables import (
    order_exceptions,
    rejection_lines,
    rejection_transitions,
    rejections,
    substitutes,
)

OPEN = Statement(insert(rejections))
LINE = ("order_line_id", "variant_id", "units", "routed", "substituted", "apart", "reason")
_new = unnested(
    "new",
    order_line_id=Uuid,
    variant_id=Uuid,
    units=Integer,
    routed=Integer,
    substituted=Integer,
    apart=Integer,
    reason=Text,
)
OPEN_LINES = Statement(
    insert(rejection_lines).from_select(["rejection_id", *LINE], select(given("rejection_id", Uuid), *_new.c))
)
NOTE = first_move(rejection_transitions, "rejection_id")
CHANGING = ("choose_by", "choice", "chosen_location_id", "transfer_id", "amount", "command_id", "closed_at")
_counted = unnested("counted", line_id=Uuid, routed=Integer, substituted=Integer, apart=Integer)
_lines = (
    update(rejection_lines)
    .where(rejection_lines.c.rejection_id == given("id", Uuid), rejection_lines.c.order_line_id == _counted.c.line_id)
    .values(routed=_counted.c.routed, substituted=_counted.c.substituted, apart=_counted.c.apart)
    .returning(rejection_lines.c.order_line_id)
    .cte("lines_counted")
)
_moved = moving(rejections, CHANGING)
_noted = noting(_moved, rejection_transitions, "rejection_id")
KEEP = Statement(select(_moved.c.id).add_cte(_lines, _noted))
RAISE = Statement(insert(order_exceptions))
RESOLVE = Statement(
    update(order_exceptions)
    .where(
        order_exceptions.c.rejection_id == given("rejection_id", Uuid),
        order_exceptions.c.resolved_at.is_(None),
        or_(order_exceptions.c.kind != literal("not_accepted", Text), ~given("switched_off", Boolean)),
    )
    .values(
        resolved_at=given("at", order_exceptions.c.resolved_at.type),
        resolved_by=given("by", Text),
        version=order_exceptions.c.version + 1,
    )
)
LAPSE = Statement(
    update(substitutes)
    .where(
        substitutes.c.rejection_id == given("rejection_id", Uuid),
        substitutes.c.state == literal(SubstituteState.PROPOSED.value, Text),
    )
    .values(
        state=literal(SubstituteState.LAPSED.value, Text),
        answered_at=given("at", substitutes.c.answered_at.type),
        answered_by=given("by", Text),
        version=substitutes.c.version + 1,
    )
)


async def open_rejection(tx: Tx, new: Rejection, *, by: str) -> None:
    """Stores a new rejection, and reports it."""
    await store(tx, new, by=by)
    tx.emit(RejectionOpened(rejection_id=new.id, order_id=new.order_id, rejection=new))


async def store(tx: Tx, new: Rejection, *, by: str) -> None:
    """Stores a new rejection with its first move."""
    await tx.execute(OPEN, **{column.name: getattr(new, column.name) for column in rejections.c})
    await tx.execute(
        OPEN_LINES,
        rejection_id=new.id,
        **{name: [getattr(line, name) for line in new.lines] for name in LINE},
    )
    await tx.execute(NOTE, rejection_id=new.id, state_before=None, state_after=new.state, by=by, at=new.opened_at)


async def keep(tx: Tx, before: Rejection, after: Rejection, *, by: str, at: datetime) -> Rejection:
    """Stores what changed of a locked rejection, and its move if it made one; gives it with its next version.

    With its end, what waited for a person because of it is resolved, and what was proposed instead lapses; that nobody took the work on waits
    while the place is switched off. Refuses with IllegalMove a move that is not in the table.
    """
    if after.state is not before.state:
        REJECTION.check(before.state, after.state)
        if REJECTION.terminal(after.state):
            after = msgspec.structs.replace(after, closed_at=at)
            off = await switched_off(tx, before.id)
            await tx.execute(RESOLVE, rejection_id=before.id, switched_off=off, by=by, at=at)
            await tx.execute(LAPSE, rejection_id=before.id, by=by, at=at)
    lines = [new for new, old in zip(after.lines, before.lines, strict=True) if new != old]
    kept = await tx.fetch_value(
        KEEP,
        id=before.id,
        version_before=before.version,
        state_before=before.state,
        state=after.state,
        **{name: getattr(after, name) for name in CHANGING},
        by=by,
        at=at,
        line_id=[line.order_line_id for line in lines],
        routed=[line.routed for line in lines],
        substituted=[line.substituted for line in lines],
        apart=[line.apart for line in lines],
    )
    if kept is None:
        raise Bug(f"the rejection {before.id} changed although it was locked")
    tx.changed("rejection", before.id, before={"state": before.state}, after={"state": after.state})
    return msgspec.structs.replace(after, version=before.version + 1)


async def raise_exception(tx: Tx, kind: ExceptionKind, rejection: Rejection, at: datetime) -> UUID:
    """Lays a rejection before a person."""
    exception_id = new_id()
    await tx.execute(
        RAISE,
        id=exception_id,
        kind=kind,
        order_id=rejection.order_id,
        location_id=rejection.location_id,
        fulfilment_order_id=rejection.fulfilment_order_id,
        rejection_id=rejection.id,
        opened_at=at,
        resolved_at=None,
        resolved_by=None,
        version=1,
    )
    return exception_id
