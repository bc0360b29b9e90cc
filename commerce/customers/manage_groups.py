"""Make a customer group, change it, take it away; let customers join and leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import UNSET
from sqlalchemy import Integer, Text, Uuid, column, delete, select, table, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce.customers import queries
from commerce.customers.events import CustomerGroupChanged, CustomerGroupMembersChanged
from commerce.customers.schemas import (
    CustomerGroupIn,
    CustomerGroupOut,
    CustomerGroupPatch,
    MembersChangedOut,
    MembersIn,
)
from commerce.customers.tables import customer_group_members, customer_groups
from commerce.kernel.errors import FieldError, InvalidInput, NotFound, invalid
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, any_of, given, unnested

_group, _member = customer_groups.c, customer_group_members.c
_instant = _group.created_at.type
MOST_NAMED = 20  # of unknown customers, in a refusal

INSERT = Statement(
    insert(customer_groups).values(
        id=given("id", Uuid),
        code=given("code", Text),
        name=given("name", JSONB),
        kind=given("kind", Text),
        created_at=given("at", _instant),
        updated_at=given("at", _instant),
    )
)
_expected = (
    _group.id == given("id", Uuid),
    _group.version == given("expected", Integer),
    _group.withdrawn_at.is_(None),
)
CHANGE = Statement(
    update(customer_groups)
    .where(*_expected)
    .values(
        code=given("code", Text),
        name=given("name", JSONB),
        version=_group.version + 1,
        updated_at=given("at", _instant),
    )
)
WITHDRAW = Statement(
    update(customer_groups)
    .where(*_expected)
    .values(withdrawn_at=given("at", _instant), version=_group.version + 1, updated_at=given("at", _instant))
)
EMPTY = Statement(delete(customer_group_members).where(_member.group_id == given("group_id", Uuid)))
# Members come and go under a lock on their group, so that none joins a group that is being taken away.
LOCK = Statement(
    select(_group.id).where(_group.id == given("id", Uuid), _group.withdrawn_at.is_(None)).with_for_update()
)
_accounts = table("accounts", column("id", Uuid))
_asked = unnested("asked", customer_id=Uuid)
UNKNOWN = Statement(
    select(_asked.c.customer_id).where(~select(_accounts.c.id).where(_accounts.c.id == _asked.c.customer_id).exists())
)
JOIN = Statement(
    insert(customer_group_members)
    .from_select(
        ["group_id", "customer_id", "since"],
        select(given("group_id", Uuid), _asked.c.customer_id, given("at", _instant)).order_by(_asked.c.customer_id),
    )
    .on_conflict_do_nothing()
    .returning(_member.customer_id)
)
LEAVE = Statement(
    delete(customer_group_members)
    .where(_member.group_id == given("group_id", Uuid), any_of(_member.customer_id, "customer_ids"))
    .returning(_member.customer_id)
)


async def create_group(tx: Tx, data: CustomerGroupIn, *, at: datetime) -> CustomerGroupOut:
    """Make a group or a segment. Refuses a name in no language, and CustomerGroupCodeTaken."""
    _require_name(data.name)
    group_id = new_id()
    await tx.execute(INSERT, id=group_id, code=data.code.lower(), name=data.name, kind=data.kind, at=at)
    return await _changed(tx, group_id, "created")


async def change_group(
    tx: Tx, group_id: UUID, expected_version: int, data: CustomerGroupPatch, *, at: datetime
) -> CustomerGroupOut:
    """Change what the patch names. Refuses with NotFound, StaleVersion, and as `create_group` does."""
    before = await queries.group(tx, group_id)
    name = before.name if data.name is UNSET else data.name
    _require_name(name)
    code = before.code if data.code is UNSET else data.code.lower()
    if not await tx.execute(CHANGE, id=group_id, expected=expected_version, code=code, name=name, at=at):
        raise StaleVersion
    return await _changed(tx, group_id, "changed", before)


async def withdraw_group(tx: Tx, group_id: UUID, expected_version: int, *, at: datetime) -> None:
    """Take a group away with its members; its code is free again. Refuses with NotFound and StaleVersion."""
    before = await queries.group(tx, group_id)
    if not await tx.execute(WITHDRAW, id=group_id, expected=expected_version, at=at):
        raise StaleVersion
    await tx.execute(EMPTY, group_id=group_id)
    tx.changed("customer_group", group_id, before=before)
    tx.emit(CustomerGroupChanged(group_id=group_id, code=before.code, kind=before.kind, change="withdrawn"))


async def change_members(tx: Tx, group_id: UUID, data: MembersIn, *, at: datetime) -> MembersChangedOut:
    """Let customers join and leave a group, all of them or none.

    Refuses with NotFound, and with InvalidInput customers that have no account, each named by its place.
    """
    if await tx.fetch_one(LOCK, id=group_id) is None:
        raise NotFound("There is no such customer group.")
    leaving = sorted(set(data.leave))
    joining = sorted(set(data.join) - set(leaving))
    await _refuse_unknown(tx, data.join, joining)
    joined = await tx.fetch(JOIN, group_id=group_id, customer_id=joining, at=at) if joining else []
    left = await tx.fetch(LEAVE, group_id=group_id, customer_ids=leaving) if leaving else []
    if joined or left:
        came, went = sorted(row["customer_id"] for row in joined), sorted(row["customer_id"] for row in left)
        tx.changed("customer_group_members", group_id, after={"joined": came, "left": went})
        tx.emit(CustomerGroupMembersChanged(group_id=group_id, joined=came, left=went))
    return MembersChangedOut(joined=len(joined), left=len(left))


def _require_name(name: Text3) -> None:
    if not name.said("en").strip():
        raise invalid("/name", "Say the name in one language at least: en, es or ca.")


async def _refuse_unknown(tx: Tx, asked: Sequence[UUID], joining: Sequence[UUID]) -> None:
    unknown = {row["customer_id"] for row in await tx.fetch(UNKNOWN, customer_id=joining)} if joining else set()
    if unknown:
        faults = [
            FieldError(f"/join/{place}", "There is no such customer.")
            for place, each in enumerate(asked)
            if each in unknown
        ]
        raise InvalidInput(f"{len(unknown)} of these customers do not exist.", errors=faults[:MOST_NAMED])


async def _changed(
    tx: Tx,
    group_id: UUID,
    change: Literal["created", "changed"],
    before: CustomerGroupOut | None = None,
) -> CustomerGroupOut:
    after = await queries.group(tx, group_id)
    tx.changed("customer_group", group_id, before=before, after=after)
    tx.emit(CustomerGroupChanged(group_id=group_id, code=after.code, kind=after.kind, change=change))
    return after
