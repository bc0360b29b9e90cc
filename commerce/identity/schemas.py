"""The wire of signing up, signing in and out, and of tokens."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.wire import Code, Email, Language, Name, WireIn, WireOut

Password = Annotated[str, Meta(min_length=10, max_length=200, description="10 to 200 characters")]
GivenPassword = Annotated[str, Meta(min_length=1, max_length=200)]
Secret = Annotated[str, Meta(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+\Z")]
FormText = Annotated[str, Meta(max_length=2_000)]
ScopeName = Annotated[str, Meta(min_length=1, max_length=40)]
ScopeList = Annotated[list[ScopeName], Meta(max_length=60)]


class AnonymousIn(WireIn, frozen=True, kw_only=True):
    """Where an anonymous shopper shops; the default channel unless told."""

    channel_id: UUID | None = None


class RegisterIn(WireIn, frozen=True, kw_only=True):
    """An account to open, once the e-mail is shown to be the shopper's own."""

    email: Email
    password: Password
    name: Name | None = None
    language: Language | UnsetType = UNSET


class VerifyIn(WireIn, frozen=True, kw_only=True):
    """The code from the mail."""

    token: Secret
    channel_id: UUID | None = None


class MailIn(WireIn, frozen=True, kw_only=True):
    """Where to send a mail."""

    email: Email


class LoginIn(WireIn, frozen=True, kw_only=True):
    """A shopper's credentials."""

    email: Email
    password: GivenPassword
    channel_id: UUID | None = None


class StaffLoginIn(WireIn, frozen=True, kw_only=True):
    """A staff member's credentials; with a location, the token carries all that they may do there."""

    email: Email
    password: GivenPassword
    location_id: UUID | None = None


class RefreshIn(WireIn, frozen=True, kw_only=True):
    """The refresh token to exchange; each works once."""

    refresh_token: Secret


class LogoutIn(WireIn, frozen=True, kw_only=True):
    """What ends: the session of the access token in the header, or of a refresh token; `everywhere` ends all of the caller's."""

    refresh_token: Secret | None = None
    everywhere: bool = False


class ResetIn(WireIn, frozen=True, kw_only=True):
    """The code from the mail and the new password."""

    token: Secret
    password: Password


class ChangePasswordIn(WireIn, frozen=True, kw_only=True):
    """The password as it is and as it shall be."""

    current_password: GivenPassword
    new_password: Password


class Accepted(WireOut, frozen=True, kw_only=True):
    """Understood. If there is something to say, it comes by mail."""

    status: Literal["accepted"] = "accepted"


class TokensOut(WireOut, frozen=True, kw_only=True):
    """An access token of a few minutes and the refresh token that gives the next one. Each refresh token works once."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 -- the scheme's name
    expires_in: int
    refresh_token: str
    kind: Literal["shopper", "staff"]
    id: UUID
    anonymous: bool
    scope: str


class MeOut(WireOut, frozen=True, kw_only=True):
    """Who the token stands for and what it allows; `locations` null means everywhere."""

    kind: Literal["public", "shopper", "staff", "terminal", "service"]
    id: UUID | None
    scopes: list[str]
    locations: list[UUID] | None
    channel_id: UUID | None
    session_id: UUID | None


class ClientTokenOut(WireOut, frozen=True, kw_only=True):
    """An access token for a terminal or a service (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 -- the scheme's name
    expires_in: int
    scope: str


class ClientError(WireOut, frozen=True, kw_only=True):
    """Why there is no token (RFC 6749, section 5.2)."""

    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]
    error_description: str


class ClientTokenIn(msgspec.Struct, frozen=True, kw_only=True):
    """Client credentials (RFC 6749, section 4.4.2); the client may authenticate with the Basic scheme instead."""

    grant_type: FormText | None = None
    client_id: FormText | None = None
    client_secret: FormText | None = None
    scope: FormText | None = None


class RoleGrant(WireIn, frozen=True, kw_only=True):
    """A role at one location, or at all (null)."""

    role_id: UUID
    location_id: UUID | None = None


RoleGrants = Annotated[list[RoleGrant], Meta(max_length=50)]


class NewStaff(WireIn, frozen=True, kw_only=True):
    """A staff member. Without a password they get a mail with a code to set one."""

    email: Email
    name: Name
    password: Password | None = None
    language: Language = "en"
    roles: RoleGrants = msgspec.field(default_factory=list)


class StaffPatch(WireIn, frozen=True, kw_only=True):
    """What changes about a staff member; `roles` replaces all of them."""

    name: Name | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    roles: RoleGrants | UnsetType = UNSET


class RoleGrantOut(WireOut, frozen=True, kw_only=True):
    """A role that somebody has, at one location or at all (null)."""

    role_id: UUID
    role: str
    location_id: UUID | None


class StaffOut(WireOut, frozen=True, kw_only=True):
    """A staff member."""

    id: UUID
    email: str
    name: str
    language: str
    active: bool
    has_password: bool
    roles: list[RoleGrantOut]
    created_at: datetime
    version: int


class NewRole(WireIn, frozen=True, kw_only=True):
    """A role made of scopes."""

    code: Code
    name: Name
    scopes: ScopeList


class RolePatch(WireIn, frozen=True, kw_only=True):
    """What changes about a role."""

    name: Name | UnsetType = UNSET
    scopes: ScopeList | UnsetType = UNSET


class RoleOut(WireOut, frozen=True, kw_only=True):
    """A role; built-in ones cannot be changed."""

    id: UUID
    code: str
    name: str
    scopes: list[str]
    built_in: bool
    version: int


class ScopeOut(WireOut, frozen=True, kw_only=True):
    """A scope and what it allows."""

    name: str
    description: str


class NewTerminal(WireIn, frozen=True, kw_only=True):
    """A terminal of one location; without scopes it may do all that terminals may."""

    name: Name
    location_id: UUID
    channel_id: UUID | None = None
    scopes: ScopeList | None = None


class TerminalOut(WireOut, frozen=True, kw_only=True):
    """A terminal. Its id is its client id."""

    id: UUID
    name: str
    location_id: UUID
    channel_id: UUID | None
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None


class TerminalCreated(TerminalOut, frozen=True, kw_only=True):
    """A new terminal with its secret, which is shown this once."""

    client_id: str
    client_secret: str


class NewApiClient(WireIn, frozen=True, kw_only=True):
    """A service that calls with client credentials; `location_ids` null means everywhere."""

    name: Name
    scopes: Annotated[list[ScopeName], Meta(min_length=1, max_length=60)]
    location_ids: Annotated[list[UUID], Meta(min_length=1, max_length=50)] | None = None
    channel_id: UUID | None = None


class ApiClientOut(WireOut, frozen=True, kw_only=True):
    """A service. Its id is its client id."""

    id: UUID
    name: str
    scopes: list[str]
    location_ids: list[UUID] | None
    channel_id: UUID | None
    created_at: datetime
    revoked_at: datetime | None


class ApiClientCreated(ApiClientOut, frozen=True, kw_only=True):
    """A new service with its secret, which is shown this once."""

    client_id: str
    client_secret: str


class AuditEntryOut(WireOut, frozen=True, kw_only=True):
    """One act: who did what to what, with what it was before and after."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    operation: str
    subject_kind: str
    subject_id: str | None
    before: Any  # whatever JSON the act noted
    after: Any
    request_id: str | None
