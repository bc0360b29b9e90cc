"""Reads of the back office: staff, terminals, API clients, the audit log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, DateTime, Integer, Text, Uuid, and_, exists, not_, or_, select, tuple_

from commerce.identity.grants import bindings_of_staff
from commerce.identity.rights import Binding
from commerce.identity.schemas import ApiClientOut, AuditEntryOut, RoleGrantOut, StaffOut, TerminalOut
from commerce.identity.tables import api_clients, staff_members, staff_roles, terminals
from commerce.kernel.errors import NotFound, invalid
from commerce.platform.audit_log import audit_entries
from commerce.platform.database import Reads
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given


class StaffRow(msgspec.Struct, frozen=True, kw_only=True):
    """A staff member with the roles they have."""

    id: UUID
    email: str
    name: str
    language: str
    active: bool
    has_password: bool
    generation: int
    created_at: datetime
    version: int
    bindings: list[Binding]

    def visible_to(self, caller: Caller) -> bool:
        """Says whether the caller may know of them: who is bound to locations knows those who are bound to nothing else."""
        if caller.locations is None:
            return True
        places = {binding.location_id for binding in self.bindings}
        return bool(places) and all(place is not None and place in caller.locations for place in places)

    def out(self) -> StaffOut:
        """Gives them on the wire."""
        grants = [
            RoleGrantOut(role_id=each.role_id, role=each.role, location_id=each.location_id) for each in self.bindings
        ]
        grants.sort(key=lambda each: (each.role, str(each.location_id)))
        fields = {name: getattr(self, name) for name in StaffOut.__struct_fields__ if name != "roles"}
        return StaffOut(roles=grants, **fields)


_STAFF = select(
    staff_members.c.id,
    staff_members.c.email,
    staff_members.c.name,
    staff_members.c.language,
    staff_members.c.active,
    staff_members.c.password_hash.is_not(None).label("has_password"),
    staff_members.c.generation,
    staff_members.c.created_at,
    staff_members.c.version,
    bindings_of_staff.label("bindings"),
)
_everywhere = given("everywhere", Boolean)
_bound = exists().where(staff_roles.c.staff_id == staff_members.c.id)
_outside = exists().where(
    staff_roles.c.staff_id == staff_members.c.id,
    or_(staff_roles.c.location_id.is_(None), not_(any_of(staff_roles.c.location_id, "locations"))),
)
STAFF_LIST = Statement(
    _STAFF.where(staff_members.c.id > given("after", Uuid), or_(_everywhere, and_(_bound, not_(_outside))))
    .order_by(staff_members.c.id)
    .limit(given("most", Integer)),
    into=StaffRow,
)
STAFF_ONE = Statement(_STAFF.where(staff_members.c.id == given("id_", Uuid)), into=StaffRow)

_TERMINAL = select(*(terminals.c[name] for name in TerminalOut.__struct_fields__))
TERMINAL_LIST = Statement(
    _TERMINAL.where(
        terminals.c.id > given("after", Uuid), or_(_everywhere, any_of(terminals.c.location_id, "locations"))
    )
    .order_by(terminals.c.id)
    .limit(given("most", Integer)),
    into=TerminalOut,
)
TERMINAL_ONE = Statement(_TERMINAL.where(terminals.c.id == given("id_", Uuid)), into=TerminalOut)

_CLIENT = select(*(api_clients.c[name] for name in ApiClientOut.__struct_fields__))
CLIENT_LIST = Statement(
    _CLIENT.where(api_clients.c.id > given("after", Uuid)).order_by(api_clients.c.id).limit(given("most", Integer)),
    into=ApiClientOut,
)
CLIENT_ONE = Statement(_CLIENT.where(api_clients.c.id == given("id_", Uuid)), into=ApiClientOut)


_subject_kind = given("subject_kind_", Text)
_subject_id = given("subject_id_", Text)
_actor_id = given("actor_id_", Uuid)
_since = given("since", DateTime(timezone=True))
_until = given("until", DateTime(timezone=True))
_before_at = given("before_at", DateTime(timezone=True))
AUDIT_LOG = Statement(
    select(*(audit_entries.c[name] for name in AuditEntryOut.__struct_fields__))
    .where(
        or_(_subject_kind.is_(None), audit_entries.c.subject_kind == _subject_kind),
        or_(_subject_id.is_(None), audit_entries.c.subject_id == _subject_id),
        or_(_actor_id.is_(None), audit_entries.c.actor_id == _actor_id),
        or_(_since.is_(None), audit_entries.c.at >= _since),
        or_(_until.is_(None), audit_entries.c.at < _until),
        or_(
            _before_at.is_(None),
            tuple_(audit_entries.c.at, audit_entries.c.id) < tuple_(_before_at, given("before_id", Uuid)),
        ),
    )
    .order_by(audit_entries.c.at.desc(), audit_entries.c.id.desc())
    .limit(given("most", Integer)),
    into=AuditEntryOut,
)


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries of the audit log; what is None does not matter. Times are half-open, from `since` until before `until`."""

    subject_kind: str | None = None
    subject_id: str | None = None
    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def audit_filter(
    subject_kind: str | None,
    subject_id: str | None,
    actor_id: UUID | None,
    since: datetime | None,
    until: datetime | None,
) -> AuditFilter:
    """Makes a filter; refuses with InvalidInput an instant without its offset from UTC."""
    for name, instant in (("since", since), ("until", until)):
        if instant is not None and instant.tzinfo is None:
            raise invalid(f"?{name}", "Give the instant with its offset, such as 2026-03-10T10:00:00Z.")
    return AuditFilter(subject_kind=subject_kind, subject_id=subject_id, actor_id=actor_id, since=since, until=until)


async def list_staff(reads: Reads, caller: Caller, *, after: UUID, most: int) -> list[StaffOut]:
    """Gives the staff that the caller may know of, in the order in which they came."""
    rows = await reads.fetch(
        STAFF_LIST,
        after=after,
        most=most,
        everywhere=caller.locations is None,
        locations=sorted(caller.locations or ()),
    )
    return [row.out() for row in rows]


async def one_staff(reads: Reads, caller: Caller, staff_id: UUID) -> StaffRow:
    """Gives a staff member; refuses with NotFound whom the caller may not know of."""
    row = await reads.fetch_one(STAFF_ONE, id_=staff_id)
    if row is None or not row.visible_to(caller):
        raise NotFound("There is no such staff member.")
    return row


async def list_terminals(reads: Reads, caller: Caller, *, after: UUID, most: int) -> list[TerminalOut]:
    """Gives the terminals of the caller's locations, revoked ones too."""
    return await reads.fetch(
        TERMINAL_LIST,
        after=after,
        most=most,
        everywhere=caller.locations is None,
        locations=sorted(caller.locations or ()),
    )


async def one_terminal(reads: Reads, caller: Caller, terminal_id: UUID) -> TerminalOut:
    """Gives a terminal; refuses with NotFound one at another's location."""
    row = await reads.fetch_one(TERMINAL_ONE, id_=terminal_id)
    if row is None or not caller.may_at(row.location_id):
        raise NotFound("There is no such terminal.")
    return row


async def list_clients(reads: Reads, caller: Caller, *, after: UUID, most: int) -> list[ApiClientOut]:
    """Gives the API clients that the caller may know of: who is bound to locations knows those that are bound to nothing else."""
    found: list[ApiClientOut] = []
    while len(found) < most:
        rows = await reads.fetch(CLIENT_LIST, after=after, most=most)
        found += [row for row in rows if _may_know(caller, row)]
        if len(rows) < most:
            break
        after = rows[-1].id
    return found[:most]


async def one_client(reads: Reads, caller: Caller, client_id: UUID) -> ApiClientOut:
    """Gives an API client; refuses with NotFound one whom the caller may not know of."""
    row = await reads.fetch_one(CLIENT_ONE, id_=client_id)
    if row is None or not _may_know(caller, row):
        raise NotFound("There is no such API client.")
    return row


async def audit_log(
    reads: Reads, wanted: AuditFilter, *, before: Sequence[object] | None, most: int
) -> list[AuditEntryOut]:
    """Gives entries, the latest first; `before` is the place (instant, id) that they follow."""
    before_at, before_id = before or (None, None)
    return await reads.fetch(
        AUDIT_LOG,
        subject_kind_=wanted.subject_kind,
        subject_id_=wanted.subject_id,
        actor_id_=wanted.actor_id,
        since=wanted.since,
        until=wanted.until,
        before_at=before_at,
        before_id=before_id,
        most=most,
    )


def _may_know(caller: Caller, client: ApiClientOut) -> bool:
    if caller.locations is None:
        return True
    return client.location_ids is not None and caller.locations.issuperset(client.location_ids)
