"""Proposals of other articles, read and stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, insert, literal, select, update

from commerce.kernel.errors import Bug, NotFound
from commerce.kernel.ids import OrderId, OrderLineId, SubstituteId
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, given
from commerce.recourse.substitute_facts import SUBSTITUTE, Substitute, SubstituteState
from commerce.recourse.tables import substitutes

MOST: Final = 200
_all = substitutes.c
ONE = Statement(select(substitutes).where(_all.id == given("id", Uuid)), into=Substitute)
LOCK = Statement(select(substitutes).where(_all.id == given("id", Uuid)).with_for_update(), into=Substitute)
OF_ORDER = Statement(
    select(substitutes)
    .where(_all.order_id == given("order_id", Uuid))
    .order_by(_all.proposed_at.desc(), _all.id)
    .limit(literal(MOST, Integer)),
    into=Substitute,
)
PROPOSED = Statement(
    select(substitutes).where(
        _all.rejection_id == given("rejection_id", Uuid),
        _all.order_line_id == given("order_line_id", Uuid),
        _all.state == literal(SubstituteState.PROPOSED.value, Text),
    ),
    into=Substitute,
)
ADD = Statement(insert(substitutes))
CHANGING = ("state", "answered_by", "answered_at", "command_id", "new_line_id", "amount")
KEEP = Statement(
    update(substitutes)
    .where(_all.id == given("substitute_id", Uuid), _all.version == given("version_before", Integer))
    .values(version=_all.version + 1, **{name: given(name, _all[name].type) for name in CHANGING})
    .returning(_all.version)
)


async def known(reads: Reads, substitute_id: UUID) -> Substitute | None:
    """Gives a proposal by its id, to code that answers for who may see it."""
    return await reads.fetch_one(ONE, id=substitute_id)


async def substitute(reads: Reads, substitute_id: SubstituteId) -> Substitute:
    """Gives a proposal, to code that answers for who may see it; refuses with NotFound."""
    found = await known(reads, substitute_id)
    if found is None:
        raise NotFound("There is no such proposal.")
    return found


async def of_order(reads: Reads, order_id: OrderId) -> Sequence[Substitute]:
    """Gives what was proposed for an order, the newest first, the last 200."""
    return await reads.fetch(OF_ORDER, order_id=order_id)


async def proposed_for(tx: Tx, rejection_id: UUID, line_id: OrderLineId) -> Substitute | None:
    """Gives what is proposed for the waiting units of a line, where anything is."""
    return await tx.fetch_one(PROPOSED, rejection_id=rejection_id, order_line_id=line_id)


async def lock_substitute(tx: Tx, order_id: OrderId, substitute_id: SubstituteId) -> Substitute:
    """Gives a proposal for a locked order, locked until the commit. Refuses with NotFound."""
    found = await tx.fetch_one(LOCK, id=substitute_id)
    if found is None or found.order_id != order_id:
        raise NotFound("There is no such proposal.")
    return found


async def add(tx: Tx, new: Substitute) -> None:
    """Stores a new proposal."""
    await tx.execute(ADD, **{each.name: getattr(new, each.name) for each in substitutes.c})


async def ended(
    tx: Tx,
    before: Substitute,
    state: SubstituteState,
    *,
    by: str,
    at: datetime,
    command_id: UUID | None = None,
    new_line_id: OrderLineId | None = None,
    amount: int | None = None,
) -> Substitute:
    """Stores what became of a locked proposal; gives it. Refuses with IllegalMove what has its end already."""
    SUBSTITUTE.check(before.state, state)
    after = msgspec.structs.replace(
        before,
        state=state,
        answered_by=by,
        answered_at=at,
        command_id=command_id,
        new_line_id=new_line_id,
        amount=amount,
        version=before.version + 1,
    )
    kept = await tx.fetch_value(
        KEEP,
        substitute_id=before.id,
        version_before=before.version,
        **{name: getattr(after, name) for name in CHANGING},
    )
    if kept is None:
        raise Bug(f"the proposal {before.id} changed although it was locked")
    tx.changed("substitute", before.id, before={"state": before.state}, after={"state": after.state})
    return after
