"""Stores pickups: a new one, and what changed of a locked one with its move, its deadline and its reminders."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Integer, Uuid, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert

from commerce import fulfilment
from commerce.kernel.errors import Bug
from commerce.platform.database import Tx
from commerce.platform.moves import first_move, moving, noting
from commerce.platform.statement import Statement, given, unnested
from commerce.stores import Location
from commerce.uncollected.facts import Because, Wait
from commerce.uncollected.rules import WAIT, reminders_due
from commerce.uncollected.tables import pickup_deadlines, pickup_reminders, pickup_transitions, pickup_waits

OPEN = Statement(insert(pickup_waits))
NOTE = first_move(pickup_transitions, "wait_id")
_told = ("wait_id", "round", "deadline_before", "deadline_after", "why", "by", "at")
TELL = Statement(insert(pickup_deadlines).values({name: given(name, pickup_deadlines.c[name].type) for name in _told}))
CHANGING = ("round", "ready_at", "deadline", "due_at", "terms", "extended_at", "closed_at", "put_away_at")
_moved = moving(pickup_waits, CHANGING)
_noted = noting(_moved, pickup_transitions, "wait_id")
KEEP = Statement(select(_moved.c.id).add_cte(_noted))
_due = unnested("due", percent=Integer, due_at=pickup_reminders.c.due_at.type)
_again = upsert(pickup_reminders).from_select(
    ["wait_id", "round", "percent", "due_at"],
    select(given("wait_id", Uuid), given("round", Integer), _due.c.percent, _due.c.due_at).where(literal(True)),  # noqa: FBT003
)
REMIND_LATER = Statement(
    _again.on_conflict_do_update(
        index_elements=["wait_id", "round", "percent"],
        set_={"due_at": _again.excluded.due_at},
        where=pickup_reminders.c.sent_at.is_(None),
    )
)


def until(wait: Wait, deadline: datetime | None) -> Wait:
    """Gives a pickup that waits until a deadline, and for its grace."""
    due_at = None if deadline is None else deadline + timedelta(minutes=wait.terms.grace_minutes)
    return msgspec.structs.replace(wait, deadline=deadline, due_at=due_at)


async def open_wait(tx: Tx, new: Wait, place: Location, *, by: str, at: datetime) -> None:
    """Stores a new pickup with its first deadline and its reminders."""
    await tx.execute(OPEN, **{column.name: getattr(new, column.name) for column in pickup_waits.c})
    await tx.execute(NOTE, wait_id=new.id, state_before=None, state_after=new.state, by=by, at=at)
    await _tell(tx, None, new, place, why="ready", by=by, at=at)


async def keep(tx: Tx, before: Wait, after: Wait, *, by: str, at: datetime) -> Wait:
    """Stores what changed of a locked pickup, and its move if it made one; gives it with its next version.

    Refuses with IllegalMove a move that is not in the table.
    """
    if after.state is not before.state:
        WAIT.check(before.state, after.state)
        after = msgspec.structs.replace(after, closed_at=before.closed_at or at)
    kept = await tx.fetch_value(
        KEEP,
        id=before.id,
        version_before=before.version,
        state_before=before.state,
        state=after.state,
        **{name: getattr(after, name) for name in CHANGING},
        by=by,
        at=at,
    )
    if kept is None:
        raise Bug(f"the pickup {before.id} changed although it was locked")
    if after.state is not before.state:
        tx.changed("pickup", before.id, before={"state": before.state}, after={"state": after.state})
    return msgspec.structs.replace(after, version=before.version + 1)


async def keep_deadline(
    tx: Tx, before: Wait, after: Wait, place: Location, *, why: Because, by: str, at: datetime
) -> Wait:
    """Stores the new deadline of a locked pickup, notes why it moved, and moves the reminders that were not sent."""
    kept = await keep(tx, before, after, by=by, at=at)
    await _tell(tx, before, kept, place, why=why, by=by, at=at)
    tx.changed("pickup", before.id, before={"deadline": before.deadline}, after={"deadline": kept.deadline})
    return kept


async def _tell(
    tx: Tx, before: Wait | None, after: Wait, place: Location, *, why: Because, by: str, at: datetime
) -> None:
    await tx.execute(
        TELL,
        wait_id=after.id,
        round=after.round,
        deadline_before=None if before is None else before.deadline,
        deadline_after=after.deadline,
        why=why,
        by=by,
        at=at,
    )
    await fulfilment.say_until(tx, after.fulfilment_order_id, after.deadline)
    if after.deadline is not None and after.ready_at is not None:
        due: Sequence[tuple[int, datetime]] = reminders_due(place.calendar, after.ready_at, after.deadline, after.terms)
        if due:
            await tx.execute(
                REMIND_LATER,
                wait_id=after.id,
                round=after.round,
                percent=[percent for percent, _ in due],
                due_at=[instant for _, instant in due],
            )
