"""Staff: made, changed and switched off by those who may; nobody gives more than they have, and somebody stays who may do everything."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import UNSET
from sqlalchemy import DateTime, Integer, Text, Uuid, delete, exists, insert, select, update

from commerce.identity.account_mail import ask_for_mail
from commerce.identity.emails import Address, address
from commerce.identity.errors import LastAdministrator
from commerce.identity.events import AccessEnded, Bound
from commerce.identity.passwords import Passwords
from commerce.identity.queries import StaffRow, one_staff
from commerce.identity.revoked import end_generations
from commerce.identity.rights import check_may_grant, check_may_manage
from commerce.identity.roles import ensure_built_in_roles, role_id, some_roles
from commerce.identity.schemas import NewStaff, Password, RoleGrant, StaffOut, StaffPatch
from commerce.identity.scopes import ADMINISTRATOR, SCOPES, held_at
from commerce.identity.sessions import end_all
from commerce.identity.tables import roles, staff_members, staff_roles
from commerce.kernel import clock
from commerce.kernel.errors import FieldError, InvalidInput, invalid
from commerce.kernel.ids import StaffId, new_id
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement, given, unnested

# Who acts for the command line: everything, everywhere.
OPERATOR = Caller(kind="operator", scopes=frozenset(SCOPES))

NEW = Statement(insert(staff_members))
_bound = unnested("bound", id=Uuid, role_id=Uuid, location_id=Uuid)
BIND = Statement(
    insert(staff_roles).from_select(
        ["id", "staff_id", "role_id", "location_id"],
        select(_bound.c.id, given("staff_id", Uuid), _bound.c.role_id, _bound.c.location_id),
    )
)
UNBIND = Statement(delete(staff_roles).where(staff_roles.c.staff_id == given("id_", Uuid)))
WRITE = Statement(
    update(staff_members)
    .where(staff_members.c.id == given("id_", Uuid), staff_members.c.version == given("expected", Integer))
    .values(
        name=given("new_name", Text),
        language=given("new_language", Text),
        active=given("new_active", staff_members.c.active.type),
        generation=staff_members.c.generation + given("step", Integer),
        version=staff_members.c.version + 1,
        updated_at=given("now", DateTime(timezone=True)),
    )
    .returning(staff_members.c.generation)
)
# Taken by whoever changes staff, so that two cannot switch off each other's last administrator at once.
ONE_AT_A_TIME = Statement(select(roles.c.id).where(roles.c.code == ADMINISTRATOR).with_for_update())
AN_ADMINISTRATOR_IS_LEFT = Statement(
    select(
        exists()
        .where(
            staff_members.c.active,
            staff_roles.c.staff_id == staff_members.c.id,
            staff_roles.c.location_id.is_(None),
            roles.c.id == staff_roles.c.role_id,
            roles.c.code == ADMINISTRATOR,
        )
        .select_from(staff_members, staff_roles, roles)
    )
)


async def create_administrator(
    db: Database, email: str, password: str, *, passwords: Passwords | None = None
) -> StaffId:
    """Makes a staff member who may do everything everywhere, with a password of 10 to 200 characters.

    Refuses with InvalidInput what is no e-mail or a password of another length, and with StaffEmailTaken.
    """
    try:
        msgspec.convert(password, Password)
    except msgspec.ValidationError:
        raise invalid("/password", "A password has 10 to 200 characters.") from None
    to, password_hash = address(email), await (passwords or Passwords()).hash(password)
    return await db.transact(_administrator, to, password_hash)


async def _administrator(tx: Tx, to: Address, password_hash: str) -> StaffId:
    await ensure_built_in_roles(tx)
    everything = RoleGrant(role_id=await role_id(tx, ADMINISTRATOR))
    return await _insert(tx, to, "Administrator", "en", password_hash, [everything])


async def create_staff(tx: Tx, caller: Caller, new: NewStaff, password_hash: str | None) -> StaffOut:
    """Makes a staff member; without a password they get a mail with a code to set one.

    Refuses with InvalidInput for an unknown role, with CannotGrant more than the caller has, with UnknownPlace, and with StaffEmailTaken.
    """
    await _check_grants(tx, caller, new.roles)
    to = address(new.email)
    staff_id = await _insert(tx, to, new.name, new.language, password_hash, new.roles)
    if password_hash is None:
        await ask_for_mail(tx, "invite", to, new.language)
    member = (await one_staff(tx, OPERATOR, staff_id)).out()
    tx.changed("staff", staff_id, after=member)
    return member


async def invite_again(tx: Tx, caller: Caller, staff_id: UUID) -> None:
    """Sends a staff member another mail with a code to set their password. Refuses with NotFound, and with CannotGrant."""
    member = await one_staff(tx, caller, staff_id)
    check_may_manage(caller, member.bindings)
    tx.changed("staff", staff_id)
    await ask_for_mail(tx, "invite", address(member.email), member.language)


async def change_staff(tx: Tx, caller: Caller, staff_id: UUID, expected: int, patch: StaffPatch) -> StaffOut:
    """Changes a staff member. New roles, and being switched off, end what their access tokens said, within a second.

    Refuses as `create_staff` does; with NotFound, StaleVersion, and LastAdministrator; and with CannotGrant to change somebody who may do
    more than the caller.
    """
    await tx.fetch(ONE_AT_A_TIME)
    before = await one_staff(tx, caller, staff_id)
    check_may_manage(caller, before.bindings)
    active = before.active if patch.active is UNSET else patch.active
    touches_rights = active != before.active or patch.roles is not UNSET
    least = await tx.fetch_value(
        WRITE,
        id_=staff_id,
        expected=expected,
        new_name=before.name if patch.name is UNSET else patch.name,
        new_language=before.language if patch.language is UNSET else patch.language,
        new_active=active,
        step=int(touches_rights),
        now=clock.now(),
    )
    if least is None:
        raise StaleVersion("The staff member has changed since they were read.")
    if patch.roles is not UNSET:
        await _check_grants(tx, caller, patch.roles)
        await tx.execute(UNBIND, id_=staff_id)
        await _bind(tx, staff_id, patch.roles)
    if touches_rights:
        await end_generations(tx, staff_id, least)
        await _keep_an_administrator(tx, before)
    if before.active and not active:
        await end_all(tx, staff_id)
        tx.emit(AccessEnded(subject_id=staff_id, kind="staff"))
    after = (await one_staff(tx, OPERATOR, staff_id)).out()
    tx.changed("staff", staff_id, before=before.out(), after=after)
    return after


async def _insert(
    tx: Tx, to: Address, name: str, language: str, password_hash: str | None, grants: Sequence[RoleGrant]
) -> StaffId:
    staff_id, now = StaffId(new_id()), clock.now()
    await tx.execute(
        NEW,
        id=staff_id,
        email=to.email,
        email_key=to.key,
        name=name,
        password_hash=password_hash,
        language=language,
        active=True,
        generation=1,
        version=1,
        created_at=now,
        updated_at=now,
    )
    await _bind(tx, staff_id, grants)
    return staff_id


async def _bind(tx: Tx, staff_id: UUID, grants: Sequence[RoleGrant]) -> None:
    wanted = list({(each.role_id, each.location_id): each for each in grants}.values())
    if not wanted:
        return
    await tx.execute(
        BIND,
        staff_id=staff_id,
        id=[new_id() for _ in wanted],
        role_id=[each.role_id for each in wanted],
        location_id=[each.location_id for each in wanted],
    )
    places = {each.location_id for each in wanted if each.location_id is not None}
    if places:
        tx.emit(Bound(subject_id=staff_id, location_ids=tuple(sorted(places))))


async def _check_grants(tx: Tx, caller: Caller, grants: Sequence[RoleGrant]) -> None:
    known = await some_roles(tx, [each.role_id for each in grants])
    errors = [
        FieldError(f"/roles/{nth}/role_id", "There is no such role.")
        for nth, each in enumerate(grants)
        if each.role_id not in known
    ]
    if errors:
        raise InvalidInput("Some roles do not exist.", errors=errors)
    for each in grants:
        places = None if each.location_id is None else [each.location_id]
        check_may_grant(caller, held_at(known[each.role_id].scopes, places), places)


async def _keep_an_administrator(tx: Tx, before: StaffRow) -> None:
    was = before.active and any(each.role == ADMINISTRATOR and each.location_id is None for each in before.bindings)
    if was and not await tx.fetch_value(AN_ADMINISTRATOR_IS_LEFT):
        raise LastAdministrator("Make somebody else an administrator of all locations first.")
