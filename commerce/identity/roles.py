"""Roles: named sets of scopes. The built-in ones come with the program; custom ones hold at most what their maker has."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET
from sqlalchemy import Boolean, DateTime, Integer, Text, Uuid, delete, exists, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce.identity.errors import BuiltInRole, RoleInUse
from commerce.identity.revoked import end_generations
from commerce.identity.rights import check_may_grant, check_scopes
from commerce.identity.schemas import NewRole, RoleOut, RolePatch
from commerce.identity.scopes import BUILT_IN_ROLES
from commerce.identity.tables import roles, staff_members, staff_roles
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import new_id
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement, any_of, given, unnested

_ROLE = [roles.c[name] for name in RoleOut.__struct_fields__]
_built_in = unnested("built", id=Uuid, code=Text, name=Text, scopes=JSONB)
_now = given("now", DateTime(timezone=True))
ENSURE = Statement(
    insert(roles)
    .from_select(
        ["id", "code", "name", "scopes", "built_in", "created_at", "updated_at"],
        select(
            _built_in.c.id, _built_in.c.code, _built_in.c.name, _built_in.c.scopes, given("yes", Boolean), _now, _now
        ),
    )
    .on_conflict_do_nothing(index_elements=["code"])
)
ALL = Statement(
    select(*_ROLE).where(roles.c.code > given("after", Text)).order_by(roles.c.code).limit(given("most", Integer)),
    into=RoleOut,
)
SOME = Statement(select(*_ROLE).where(any_of(roles.c.id, "ids")), into=RoleOut)
BY_CODE = Statement(select(roles.c.id).where(roles.c.code == given("code_", Text)))
NEW = Statement(insert(roles))
WRITE = Statement(
    update(roles)
    .where(roles.c.id == given("id_", Uuid), roles.c.version == given("expected", Integer))
    .values(
        name=given("new_name", Text), scopes=given("new_scopes", JSONB), version=roles.c.version + 1, updated_at=_now
    )
)
DROP = Statement(delete(roles).where(roles.c.id == given("id_", Uuid), roles.c.version == given("expected", Integer)))
HELD = Statement(select(exists().where(staff_roles.c.role_id == given("id_", Uuid))))
NEXT_GENERATION = Statement(
    update(staff_members)
    .where(
        staff_members.c.id.in_(
            select(staff_members.c.id)
            .where(
                staff_members.c.id.in_(
                    select(staff_roles.c.staff_id).where(staff_roles.c.role_id == given("id_", Uuid))
                )
            )
            .order_by(staff_members.c.id)
            .with_for_update()
        )
    )
    .values(generation=staff_members.c.generation + 1)
    .returning(staff_members.c.id, staff_members.c.generation)
)


async def ensure_built_in_roles(tx: Tx) -> None:
    """Writes the rows of the built-in roles where they are missing; what they hold is the program's, not the row's."""
    built_in = list(BUILT_IN_ROLES.items())
    await tx.execute(
        ENSURE,
        id=[new_id() for _ in built_in],
        code=[code for code, _ in built_in],
        name=[name for _, (name, _) in built_in],
        scopes=[sorted(scopes) for _, (_, scopes) in built_in],
        yes=True,
        now=clock.now(),
    )


async def role_id(reads: Reads, code: str) -> UUID:
    """Gives the id of a role by its code; refuses with NotFound."""
    found: UUID | None = await reads.fetch_value(BY_CODE, code_=code)
    if found is None:
        raise NotFound("There is no such role.")
    return found


async def list_roles(reads: Reads, *, after: str, most: int) -> list[RoleOut]:
    """Gives roles by code."""
    return [_true(role) for role in await reads.fetch(ALL, after=after, most=most)]


async def some_roles(reads: Reads, ids: Sequence[UUID]) -> dict[UUID, RoleOut]:
    """Gives roles by id; what does not exist is left out."""
    return {role.id: _true(role) for role in await reads.fetch(SOME, ids=list(ids))}


async def one_role(reads: Reads, wanted: UUID) -> RoleOut:
    """Gives a role; refuses with NotFound."""
    if found := (await some_roles(reads, [wanted])).get(wanted):
        return found
    raise NotFound("There is no such role.")


async def create_role(tx: Tx, caller: Caller, new: NewRole) -> RoleOut:
    """Makes a role. Refuses with InvalidInput unknown scopes, with CannotGrant more than the caller has, and with RoleCodeTaken."""
    check_scopes(new.scopes)
    check_may_grant(caller, new.scopes, None)
    now, new_role = clock.now(), new_id()
    await tx.execute(
        NEW,
        id=new_role,
        code=new.code.lower(),
        name=new.name,
        scopes=sorted(set(new.scopes)),
        built_in=False,
        version=1,
        created_at=now,
        updated_at=now,
    )
    role = await one_role(tx, new_role)
    tx.changed("role", role.id, after=role)
    return role


async def change_role(tx: Tx, caller: Caller, role: UUID, expected: int, patch: RolePatch) -> RoleOut:
    """Changes a custom role; whoever holds it needs a new access token, which carries what it holds then.

    Refuses as `create_role` does, with BuiltInRole, with StaleVersion, and with CannotGrant a role that holds more than the caller has.
    """
    before = await _changeable(tx, caller, role)
    scopes = before.scopes if patch.scopes is UNSET else sorted(set(patch.scopes))
    check_scopes(scopes)
    check_may_grant(caller, scopes, None)
    name = before.name if patch.name is UNSET else patch.name
    if not await tx.execute(WRITE, id_=role, expected=expected, new_name=name, new_scopes=scopes, now=clock.now()):
        raise StaleVersion("The role has changed since it was read.")
    if scopes != before.scopes:
        for row in await tx.fetch(NEXT_GENERATION, id_=role):
            await end_generations(tx, row["id"], row["generation"])
    after = msgspec.structs.replace(before, name=name, scopes=scopes, version=expected + 1)
    tx.changed("role", role, before=before, after=after)
    return after


async def delete_role(tx: Tx, caller: Caller, role: UUID, expected: int) -> None:
    """Deletes a custom role that nobody holds. Refuses with BuiltInRole, RoleInUse, StaleVersion, and with CannotGrant."""
    before = await _changeable(tx, caller, role)
    if await tx.fetch_value(HELD, id_=role):
        raise RoleInUse("Take it from its holders first.")
    if not await tx.execute(DROP, id_=role, expected=expected):
        raise StaleVersion("The role has changed since it was read.")
    tx.changed("role", role, before=before)


async def _changeable(tx: Tx, caller: Caller, role: UUID) -> RoleOut:
    before = await one_role(tx, role)
    if before.built_in:
        raise BuiltInRole("Make a role of your own with the scopes that you want.")
    check_may_grant(caller, before.scopes, None)
    return before


def _true(role: RoleOut) -> RoleOut:
    """The role with what it really holds: a built-in one holds what the program says."""
    if role.built_in and role.code in BUILT_IN_ROLES:
        return msgspec.structs.replace(role, scopes=sorted(BUILT_IN_ROLES[role.code][1]))
    return role
