"""The back office of staff and roles, API clients and terminals, and the audit log."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.identity import clients, queries, roles, staff
from commerce.identity.errors import (
    BuiltInRole,
    CannotGrant,
    LastAdministrator,
    RoleCodeTaken,
    RoleInUse,
    StaffEmailTaken,
)
from commerce.identity.routes import tokens_of
from commerce.identity.schemas import (
    ApiClientCreated,
    ApiClientOut,
    AuditEntryOut,
    NewApiClient,
    NewRole,
    NewStaff,
    NewTerminal,
    RoleOut,
    RolePatch,
    ScopeOut,
    StaffOut,
    StaffPatch,
    TerminalCreated,
    TerminalOut,
)
from commerce.identity.scopes import SCOPES
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Page
from commerce.platform.http import (
    Call,
    Cursor,
    Forbidden,
    Limit,
    after_cursor,
    answer,
    delete,
    get,
    paged,
    patch,
    perform,
    post,
)

STAFF, CLIENTS, TERMINALS, AUDIT = "staff:manage", "clients:manage", "terminals:manage", "audit:read"
ADMIN_STAFF, ADMIN_CLIENTS = "admin: staff", "admin: API clients"
NOBODY = UUID(int=0)
Subject = Annotated[str, Meta(min_length=1, max_length=200)]


@get("/v1/admin/staff", operation="listStaff", scope=STAFF, tag=ADMIN_STAFF)
async def list_staff(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[StaffOut]]:
    """List the staff whom the caller may know of."""
    after = (after_cursor(cursor, UUID) or (NOBODY,))[0]
    rows = await queries.list_staff(request.db.reading, request.caller, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post(
    "/v1/admin/staff",
    operation="createStaff",
    scope=STAFF,
    tag=ADMIN_STAFF,
    refusals=[InvalidInput, CannotGrant, StaffEmailTaken],
)
async def create_staff(request: Call, data: JSONBody[NewStaff]) -> Response[StaffOut]:
    """Make a staff member, with a password, or with a mail that lets them set one."""
    hashed = None if data.password is None else await tokens_of(request).passwords.hash(data.password)
    return await perform(request, staff.create_staff, request.caller, data, hashed)


@get("/v1/admin/staff/{staff_id:uuid}", operation="getStaff", scope=STAFF, tag=ADMIN_STAFF, refusals=[NotFound])
async def get_staff(request: Call, staff_id: FromPath[UUID]) -> Response[StaffOut]:
    """Get a staff member with their roles."""
    return answer(request, (await queries.one_staff(request.db.reading, request.caller, staff_id)).out())


@patch(
    "/v1/admin/staff/{staff_id:uuid}",
    operation="changeStaff",
    scope=STAFF,
    tag=ADMIN_STAFF,
    refusals=[InvalidInput, NotFound, CannotGrant, LastAdministrator],
)
async def patch_staff(request: Call, staff_id: FromPath[UUID], data: JSONBody[StaffPatch]) -> Response[StaffOut]:
    """Change a staff member: name, roles, or whether they may work at all (`active`)."""
    return await perform(request, staff.change_staff, request.caller, staff_id, request.expected_version(), data)


@post(
    "/v1/admin/staff/{staff_id:uuid}/invite",
    operation="inviteStaff",
    scope=STAFF,
    tag=ADMIN_STAFF,
    status=204,
    refusals=[NotFound, CannotGrant],
)
async def invite_staff(request: Call, staff_id: FromPath[UUID]) -> Response[None]:
    """Send a staff member a mail with a code to set their password."""
    return await perform(request, staff.invite_again, request.caller, staff_id)


@get("/v1/admin/scopes", operation="listScopes", scope=STAFF, tag=ADMIN_STAFF)
async def list_scopes(request: Call) -> Response[Page[ScopeOut]]:
    """List all scopes, of which roles and API clients are made."""
    return answer(request, Page(items=[ScopeOut(name=name, description=text) for name, text in SCOPES.items()]))


@get("/v1/admin/roles", operation="listRoles", scope=STAFF, tag=ADMIN_STAFF)
async def list_roles(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[RoleOut]]:
    """List the roles by code, built-in ones too."""
    after = (after_cursor(cursor, str) or ("",))[0]
    rows = await roles.list_roles(request.db.reading, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post(
    "/v1/admin/roles",
    operation="createRole",
    scope=STAFF,
    tag=ADMIN_STAFF,
    refusals=[InvalidInput, CannotGrant, RoleCodeTaken],
)
async def create_role(request: Call, data: JSONBody[NewRole]) -> Response[RoleOut]:
    """Make a role of scopes, all of which the caller has, everywhere."""
    return await perform(request, roles.create_role, request.caller, data)


@get("/v1/admin/roles/{role_id:uuid}", operation="getRole", scope=STAFF, tag=ADMIN_STAFF, refusals=[NotFound])
async def get_role(request: Call, role_id: FromPath[UUID]) -> Response[RoleOut]:
    """Get a role."""
    return answer(request, await roles.one_role(request.db.reading, role_id))


@patch(
    "/v1/admin/roles/{role_id:uuid}",
    operation="changeRole",
    scope=STAFF,
    tag=ADMIN_STAFF,
    refusals=[InvalidInput, NotFound, CannotGrant, BuiltInRole],
)
async def patch_role(request: Call, role_id: FromPath[UUID], data: JSONBody[RolePatch]) -> Response[RoleOut]:
    """Change a custom role. Who holds it has the new rights within a second."""
    return await perform(request, roles.change_role, request.caller, role_id, request.expected_version(), data)


@delete(
    "/v1/admin/roles/{role_id:uuid}",
    operation="deleteRole",
    scope=STAFF,
    tag=ADMIN_STAFF,
    refusals=[NotFound, CannotGrant, BuiltInRole, RoleInUse],
)
async def delete_role(request: Call, role_id: FromPath[UUID]) -> Response[None]:
    """Delete a custom role that nobody holds."""
    return await perform(request, roles.delete_role, request.caller, role_id, request.expected_version())


@get("/v1/admin/api-clients", operation="listApiClients", scope=CLIENTS, tag=ADMIN_CLIENTS)
async def list_clients(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[ApiClientOut]]:
    """List the API clients, revoked ones too."""
    after = (after_cursor(cursor, UUID) or (NOBODY,))[0]
    rows = await queries.list_clients(request.db.reading, request.caller, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post(
    "/v1/admin/api-clients",
    operation="createApiClient",
    scope=CLIENTS,
    tag=ADMIN_CLIENTS,
    refusals=[InvalidInput, CannotGrant],
)
async def create_client(request: Call, data: JSONBody[NewApiClient]) -> Response[ApiClientCreated]:
    """Make an API client. Its secret is in this answer only."""
    return await perform(request, clients.create_client, request.caller, data)


@get(
    "/v1/admin/api-clients/{client_id:uuid}",
    operation="getApiClient",
    scope=CLIENTS,
    tag=ADMIN_CLIENTS,
    refusals=[NotFound],
)
async def get_client(request: Call, client_id: FromPath[UUID]) -> Response[ApiClientOut]:
    """Get an API client."""
    return answer(request, await queries.one_client(request.db.reading, request.caller, client_id))


@post(
    "/v1/admin/api-clients/{client_id:uuid}/revoke",
    operation="revokeApiClient",
    scope=CLIENTS,
    tag=ADMIN_CLIENTS,
    status=200,
    refusals=[NotFound, CannotGrant],
)
async def revoke_client(request: Call, client_id: FromPath[UUID]) -> Response[ApiClientOut]:
    """Revoke an API client, for ever. Its access tokens end within a second."""
    return await perform(request, clients.revoke_client, request.caller, client_id)


@get("/v1/terminals", operation="listTerminals", scope=TERMINALS, tag="terminals")
async def list_terminals(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[TerminalOut]]:
    """List the terminals of the caller's locations, revoked ones too."""
    after = (after_cursor(cursor, UUID) or (NOBODY,))[0]
    rows = await queries.list_terminals(request.db.reading, request.caller, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post(
    "/v1/terminals",
    operation="createTerminal",
    scope=TERMINALS,
    tag="terminals",
    refusals=[InvalidInput, CannotGrant],
)
async def create_terminal(request: Call, data: JSONBody[NewTerminal]) -> Response[TerminalCreated]:
    """Make a terminal of one location. Its secret is in this answer only."""
    return await perform(request, clients.create_terminal, request.caller, data)


@get(
    "/v1/terminals/{terminal_id:uuid}",
    operation="getTerminal",
    scope=TERMINALS,
    tag="terminals",
    refusals=[NotFound],
)
async def get_terminal(request: Call, terminal_id: FromPath[UUID]) -> Response[TerminalOut]:
    """Get a terminal."""
    return answer(request, await queries.one_terminal(request.db.reading, request.caller, terminal_id))


@post(
    "/v1/terminals/{terminal_id:uuid}/revoke",
    operation="revokeTerminal",
    scope=TERMINALS,
    tag="terminals",
    status=200,
    refusals=[NotFound],
)
async def revoke_terminal(request: Call, terminal_id: FromPath[UUID]) -> Response[TerminalOut]:
    """Revoke a terminal, for ever. Its access tokens end within a second."""
    return await perform(request, clients.revoke_terminal, request.caller, terminal_id)


@get(
    "/v1/admin/audit-log",
    operation="listAuditLog",
    scope=AUDIT,
    tag="admin: audit log",
    refusals=[InvalidInput, Forbidden],
)
async def audit_log(
    request: Call,
    subject_kind: FromQuery[Subject | None] = None,
    subject_id: FromQuery[Subject | None] = None,
    actor_id: FromQuery[UUID | None] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[AuditEntryOut]]:
    """List what staff, terminals and services did, the latest first. Needs a caller who is bound to no location."""
    if request.caller.locations is not None:
        raise Forbidden("The log is of all locations; this needs a caller who is bound to none.")
    wanted = queries.audit_filter(subject_kind, subject_id, actor_id, since, until)
    before = after_cursor(cursor, datetime, UUID)
    rows = await queries.audit_log(request.db.reading, wanted, before=before, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.at, row.id]))


ROUTES: list[Any] = [
    list_staff,
    create_staff,
    get_staff,
    patch_staff,
    invite_staff,
    list_scopes,
    list_roles,
    create_role,
    get_role,
    patch_role,
    delete_role,
    list_clients,
    create_client,
    get_client,
    revoke_client,
    list_terminals,
    create_terminal,
    get_terminal,
    revoke_terminal,
    audit_log,
]
