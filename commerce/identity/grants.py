"""What a session's access token says: the rights that its subject has at the moment of giving it."""

from uuid import UUID

import msgspec
from sqlalchemy import Uuid, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from commerce.identity.rights import Binding, effective
from commerce.identity.scopes import SHOPPER_SCOPES
from commerce.identity.sessions import Session
from commerce.identity.tables import accounts, roles, staff_members, staff_roles
from commerce.identity.tokens import Grant
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given


class StaffRights(msgspec.Struct, frozen=True):
    """A staff member's standing, read in one statement so that roles and generation belong together."""

    active: bool
    generation: int
    bindings: list[Binding]


bindings_of_staff = func.coalesce(
    select(
        func.jsonb_agg(
            func.jsonb_build_object(
                "role_id",
                roles.c.id,
                "role",
                roles.c.code,
                "location_id",
                staff_roles.c.location_id,
                "scopes",
                roles.c.scopes,
            ),
            type_=JSONB,
        )
    )
    .join_from(staff_roles, roles, roles.c.id == staff_roles.c.role_id)
    .where(staff_roles.c.staff_id == staff_members.c.id)
    .correlate(staff_members)
    .scalar_subquery(),
    literal_column("'[]'::jsonb", JSONB),
)
STAFF_RIGHTS = Statement(
    select(staff_members.c.active, staff_members.c.generation, bindings_of_staff.label("bindings")).where(
        staff_members.c.id == given("id_", Uuid)
    ),
    into=StaffRights,
)
ACCOUNT_GENERATION = Statement(select(accounts.c.generation).where(accounts.c.id == given("id_", Uuid)))


async def grant_of(reads: Reads, session: Session) -> Grant | None:
    """Gives what the next access token of a session says, or None when its subject is gone or switched off."""
    if session.kind == "staff":
        return await _of_staff(reads, session)
    generation = 1
    if session.account_id is not None:
        found: int | None = await reads.fetch_value(ACCOUNT_GENERATION, id_=session.account_id)
        if found is None:
            return None
        generation = found
    return Grant(
        kind="shopper",
        subject_id=session.subject_id,
        generation=generation,
        scopes=SHOPPER_SCOPES,
        channel_id=session.channel_id,
        session_id=session.id,
    )


async def staff_rights(reads: Reads, staff_id: UUID) -> StaffRights | None:
    """Gives a staff member's standing, or None."""
    return await reads.fetch_one(STAFF_RIGHTS, id_=staff_id)


async def _of_staff(reads: Reads, session: Session) -> Grant | None:
    found = await staff_rights(reads, session.subject_id)
    if found is None or not found.active:
        return None
    rights = effective(found.bindings, session.location_id)
    return Grant(
        kind="staff",
        subject_id=session.subject_id,
        generation=found.generation,
        scopes=rights.scopes,
        locations=rights.locations,
        session_id=session.id,
    )
