"""Make a pick list of work, give it to somebody else, close it. Work is on one open list at the most."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, column, insert, select, table, update
from sqlalchemy.dialects.postgresql import insert as upsert

from commerce.fulfilment.facts import Fulfilment, FulfilmentState
from commerce.fulfilment.pick_errors import NothingToPick, OnAnotherList
from commerce.fulfilment.pick_facts import WORKS_MOST, PickList, PickListKind, PickListState as S
from commerce.fulfilment.pick_queries import DUE, HOLD, WORKS, lock_list
from commerce.fulfilment.pick_rules import PICK_LIST
from commerce.fulfilment.pick_tables import pick_list_works, pick_lists
from commerce.fulfilment.work import accept
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, NotFound, invalid
from commerce.kernel.ids import LocationId, PickListId, document_number, new_id
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given, unnested

PICKABLE = frozenset({FulfilmentState.OFFERED, FulfilmentState.ACCEPTED, FulfilmentState.PICKING})
_held = pick_list_works.c
MAKE = Statement(insert(pick_lists))
_taken = unnested("taken", fulfilment_order_id=Uuid)
TAKE = Statement(
    upsert(pick_list_works)
    .from_select(["pick_list_id", "fulfilment_order_id"], select(given("id", Uuid), _taken.c.fulfilment_order_id))
    .on_conflict_do_nothing()
    .returning(pick_list_works.c.fulfilment_order_id)
)
_list = pick_lists.c
KEEP = Statement(
    update(pick_lists)
    .where(_list.id == given("id", Uuid), _list.version == given("version_before", Integer))
    .values(
        state=given("state", Text),
        picker=given("picker", Text),
        closed_at=given("closed_at", _list.closed_at.type),
        version=_list.version + 1,
    )
)
RELEASE = Statement(
    update(pick_list_works)
    .where(_held.pick_list_id == given("id", Uuid), _held.released_at.is_(None))
    .values(released_at=given("at", _held.released_at.type))
)
_staff = table("staff_members", column("id", Uuid))
STAFF = Statement(select(_staff.c.id).where(_staff.c.id == given("id", Uuid)))


class ListWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is made of: named work, or a wave of what is due by an instant, or was placed by the carriers' cut-off."""

    location_id: LocationId
    kind: PickListKind
    works: Sequence[UUID] = ()
    due_by: datetime | None = None
    placed_by: datetime | None = None
    work_kind: Literal["pickup", "ship"] | None = None
    picker_id: UUID | None = None


async def make_list(tx: Tx, caller: Caller, wish: ListWish) -> PickList:
    """Makes a pick list for a picker, the caller unless another of the staff is named, and accepts what was only offered.

    Named work goes on it whole or not at all: refuses with NotFound what is not at the location, with IllegalMove what cannot be picked any
    more, with OnAnotherList what somebody picks. A wave takes what it can have, the earliest promises first, fifty at the most; refuses with
    NothingToPick when that is nothing.
    """
    if not caller.may_at(wish.location_id):
        raise NotFound
    picker = await _picker(tx, caller, wish.picker_id)
    now = clock.now()
    made = PickList(
        id=PickListId(new_id()),
        number=document_number("PL"),
        location_id=wish.location_id,
        kind=wish.kind,
        state=S.OPEN,
        picker=picker,
        due_by=wish.due_by or wish.placed_by,
        made_by=caller.principal,
        made_at=now,
    )
    works = await (_wave(tx, wish) if wish.kind is PickListKind.WAVE else _named(tx, wish))
    await tx.execute(MAKE, **msgspec.structs.asdict(made))
    taken = {
        row["fulfilment_order_id"]
        for row in await tx.fetch(TAKE, id=made.id, fulfilment_order_id=[work.id for work in works])
    }
    if wish.kind is not PickListKind.WAVE and len(taken) < len(works):
        held = sorted(work.number for work in works if work.id not in taken)
        raise OnAnotherList(f"{', '.join(held)}: on another open pick list. Close that one first.", numbers=held)
    if not taken:
        raise NothingToPick("Nothing is due by then that nobody picks yet.")
    for work in works:
        if work.id in taken and work.state is FulfilmentState.OFFERED:
            await accept(tx, caller, work.id)
    tx.changed("pick_list", made.id, after={"state": made.state, "picker": made.picker, "works": len(taken)})
    return made


async def assign(tx: Tx, caller: Caller, list_id: PickListId, picker_id: UUID | None) -> PickList:
    """Gives an open list to another of the staff, or to the caller. Refuses with NotFound, IllegalMove."""
    before = await lock_list(tx, list_id, caller)
    check_open(before)
    return await keep_list(tx, before, picker=await _picker(tx, caller, picker_id))


async def close(tx: Tx, caller: Caller, list_id: PickListId) -> PickList:
    """Closes a list; work of which something is left to pick can go on another one. A second time changes nothing. Refuses with NotFound."""
    before = await lock_list(tx, list_id, caller)
    if before.state is S.CLOSED:
        return before
    now = clock.now()
    await tx.execute(RELEASE, id=before.id, at=now)
    return await keep_list(tx, before, state=S.CLOSED, closed_at=now)


def check_open(found: PickList) -> None:
    """Refuses with IllegalMove a list that is closed."""
    if found.state is not S.OPEN:
        raise PICK_LIST.refusal(found.state, S.OPEN)


async def keep_list(tx: Tx, before: PickList, **changes: object) -> PickList:
    """Stores what changed of a locked list, and gives it with its next version."""
    after = msgspec.structs.replace(before, version=before.version + 1, **changes)
    await tx.execute(
        KEEP,
        id=after.id,
        version_before=before.version,
        state=after.state,
        picker=after.picker,
        closed_at=after.closed_at,
    )
    if (after.state, after.picker) != (before.state, before.picker):
        tx.changed(
            "pick_list",
            after.id,
            before={"state": before.state, "picker": before.picker},
            after={"state": after.state, "picker": after.picker},
        )
    return after


async def _picker(tx: Tx, caller: Caller, picker_id: UUID | None) -> str:
    if picker_id is None:
        return caller.principal
    if await tx.fetch_value(STAFF, id=picker_id) is None:
        raise invalid("/picker_id", "is nobody of the staff")
    return f"staff:{picker_id}"


async def _named(tx: Tx, wish: ListWish) -> list[Fulfilment]:
    works = await _hold(tx, wish.location_id, wish.works)
    if len(works) < len(wish.works):
        raise NotFound("There is no such work at this location.")
    for work in works:
        if work.state not in PICKABLE or not any(line.to_pick for line in work.lines):
            raise IllegalMove(f"{work.number} is {work.state.value}: nothing of it is left to pick.", state=work.state)
    return works


async def _wave(tx: Tx, wish: ListWish) -> list[Fulfilment]:
    due = await tx.fetch(
        DUE,
        location_id=wish.location_id,
        kind=wish.work_kind,
        due_by=wish.due_by,
        placed_by=wish.placed_by,
        most=WORKS_MOST,
    )
    works = await _hold(tx, wish.location_id, [row["id"] for row in due])
    return [work for work in works if work.state in PICKABLE and any(line.to_pick for line in work.lines)]


async def _hold(tx: Tx, location_id: LocationId, ids: Sequence[UUID]) -> list[Fulfilment]:
    """Locks work of a location in key order, and gives it as it is then."""
    held = [row["id"] for row in await tx.fetch(HOLD, ids=sorted(ids), location_id=location_id)]
    return await tx.fetch(WORKS, ids=held)
