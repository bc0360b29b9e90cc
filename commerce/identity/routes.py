"""Signing up, in and out; tokens; who am I. Open to everybody, so none of these says whether an e-mail has an account."""

from typing import Any

import msgspec
from litestar import Response
from litestar.exceptions import ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, URLEncodedBody

from commerce.identity import set_password, sign_in, sign_up
from commerce.identity.client_credentials import ClientRefused, client_token
from commerce.identity.errors import InvalidOneTimeToken, SessionEnded, TooManyAttempts, WrongCredentials
from commerce.identity.schemas import (
    Accepted,
    AnonymousIn,
    ChangePasswordIn,
    ClientError,
    ClientTokenIn,
    ClientTokenOut,
    LoginIn,
    LogoutIn,
    MailIn,
    MeOut,
    RefreshIn,
    RegisterIn,
    ResetIn,
    StaffLoginIn,
    TokensOut,
    VerifyIn,
)
from commerce.identity.sign_out import sign_out
from commerce.identity.tokens import Tokens
from commerce.kernel.errors import Bug, InvalidInput
from commerce.platform.http import PUBLIC, Call, Unauthenticated, answer, get, post

TAG = "auth"


def tokens_of(request: Call) -> Tokens:
    """Gives the token service that composition made."""
    tokens = request.services.tokens
    if not isinstance(tokens, Tokens):
        raise Bug("composition gave another authenticator than identity's Tokens")
    return tokens


def client_of(request: Call) -> str:
    """Gives the network address that the request came from."""
    client = request.scope.get("client")
    return client[0] if client else ""


@post("/v1/auth/anonymous", operation="beginAnonymously", scope=PUBLIC, tag=TAG, key="none", status=201)
async def anonymous(request: Call, data: JSONBody[AnonymousIn]) -> Response[TokensOut]:
    """Begin as an anonymous shopper, who has a cart and can order, and can sign in later."""
    return answer(request, await sign_in.begin_anonymously(request.db, tokens_of(request), data), status=201)


@post(
    "/v1/auth/register",
    operation="registerShopper",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=202,
    refusals=[InvalidInput, TooManyAttempts],
)
async def register(request: Call, data: JSONBody[RegisterIn]) -> Response[Accepted]:
    """Register. A code comes by mail, or word that there is an account already; this answer is the same for both."""
    language = request.language if data.language is msgspec.UNSET else data.language
    tokens, client = tokens_of(request), client_of(request)
    accepted = await sign_up.register(request.db, tokens, data, language=language, client=client)
    return answer(request, accepted, status=202)


@post(
    "/v1/auth/verify",
    operation="verifyEmail",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=201,
    refusals=[InvalidOneTimeToken, TooManyAttempts, SessionEnded],
)
async def verify(request: Call, data: JSONBody[VerifyIn]) -> Response[TokensOut]:
    """Open the account with the code from the mail, and sign in. An anonymous shopper's carts and orders follow."""
    tokens, client = tokens_of(request), client_of(request)
    opened = await sign_up.verify(request.db, tokens, data, caller=request.caller, client=client)
    return answer(request, opened, status=201)


@post(
    "/v1/auth/resend",
    operation="resendVerification",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=202,
    refusals=[InvalidInput, TooManyAttempts],
)
async def resend(request: Call, data: JSONBody[MailIn]) -> Response[Accepted]:
    """Send the code of the latest registration again, if there is one."""
    client = client_of(request)
    accepted = await sign_up.resend(request.db, data.email, language=request.language, client=client)
    return answer(request, accepted, status=202)


@post(
    "/v1/auth/login",
    operation="signIn",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=200,
    refusals=[InvalidInput, WrongCredentials, SessionEnded, TooManyAttempts],
)
async def login(request: Call, data: JSONBody[LoginIn]) -> Response[TokensOut]:
    """Sign in. Sent with an anonymous shopper's access token, that shopper's carts and orders follow."""
    tokens, client = tokens_of(request), client_of(request)
    return answer(request, await sign_in.sign_in(request.db, tokens, data, caller=request.caller, client=client))


@post(
    "/v1/auth/staff",
    operation="signInStaff",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=200,
    refusals=[InvalidInput, WrongCredentials, SessionEnded, TooManyAttempts],
)
async def login_staff(request: Call, data: JSONBody[StaffLoginIn]) -> Response[TokensOut]:
    """Sign a staff member in.

    With `location_id` the token carries all that they may do at that location; without, what holds at every one of theirs.
    """
    return answer(request, await sign_in.sign_in_staff(request.db, tokens_of(request), data, client=client_of(request)))


@post(
    "/v1/auth/refresh",
    operation="refreshSession",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=200,
    refusals=[SessionEnded],
)
async def refresh(request: Call, data: JSONBody[RefreshIn]) -> Response[TokensOut]:
    """Exchange a refresh token for new tokens. One that is sent a second time ends its session."""
    return answer(request, await sign_in.refresh(request.db, tokens_of(request), data.refresh_token))


@post(
    "/v1/auth/logout",
    operation="signOut",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=204,
    refusals=[Unauthenticated],
)
async def logout(request: Call, data: JSONBody[LogoutIn]) -> Response[None]:
    """End this session, or all of the caller's. Refresh tokens die at once, access tokens within a second."""
    await sign_out(request.db, data, caller=request.caller)
    return Response(None, status_code=204)


@post(
    "/v1/auth/password-reset",
    operation="requestPasswordReset",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=202,
    refusals=[InvalidInput, TooManyAttempts],
)
async def request_reset(request: Call, data: JSONBody[MailIn]) -> Response[Accepted]:
    """Ask for a code to set a new password. It comes by mail, if there is an account; this answer is the same."""
    client = client_of(request)
    accepted = await set_password.ask_for_reset(request.db, data.email, language=request.language, client=client)
    return answer(request, accepted, status=202)


@post(
    "/v1/auth/password-reset/confirm",
    operation="resetPassword",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=204,
    refusals=[InvalidOneTimeToken, TooManyAttempts],
)
async def confirm_reset(request: Call, data: JSONBody[ResetIn]) -> Response[None]:
    """Set a new password with the code from a mail (a reset's, or a staff member's invitation). All sessions end."""
    await set_password.reset(request.db, tokens_of(request), data, client=client_of(request))
    return Response(None, status_code=204)


@post(
    "/v1/auth/password",
    operation="changePassword",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=200,
    refusals=[Unauthenticated, WrongCredentials, SessionEnded, TooManyAttempts],
)
async def change_password(request: Call, data: JSONBody[ChangePasswordIn]) -> Response[TokensOut]:
    """Change the caller's own password. All sessions end, and a new one begins."""
    tokens, client = tokens_of(request), client_of(request)
    opened = await set_password.change_password(request.db, tokens, data, caller=request.caller, client=client)
    return answer(request, opened)


@get("/v1/auth/me", operation="whoAmI", scope=PUBLIC, tag=TAG)
async def me(request: Call) -> Response[MeOut]:
    """Tell who the token stands for, and what it allows where."""
    caller = request.caller
    fields: dict[str, object] = {
        "kind": caller.kind,
        "id": caller.id,
        "scopes": sorted(caller.scopes),
        "locations": None if caller.locations is None else sorted(caller.locations),
        "channel_id": caller.channel_id,
        "session_id": caller.session_id,
    }
    return answer(request, msgspec.convert(fields, MeOut))


def _unreadable(_request: object, failure: ValidationException) -> Response[ClientError]:
    """A form that cannot be read, in the shape that OAuth clients know."""
    return _oauth(400, ClientError(error="invalid_request", error_description=failure.detail))


@post(
    "/v1/auth/token",
    operation="clientToken",
    scope=PUBLIC,
    tag=TAG,
    key="none",
    status=200,
    exception_handlers={ValidationException: _unreadable},
    responses={
        400: ResponseSpec(ClientError, description="The request is not one for client credentials."),
        401: ResponseSpec(ClientError, description="The client is not known by these credentials."),
    },
)
async def token(request: Call, data: URLEncodedBody[ClientTokenIn]) -> Response[ClientTokenOut]:
    """Get an access token for a terminal or a service by client credentials (RFC 6749, section 4.4).

    Errors have the shape of section 5.2 of that RFC. The token is asked for anew when it expires.
    """
    found = await client_token(request.db, tokens_of(request), data, request.headers.get("authorization"))
    if isinstance(found, ClientRefused):
        return _oauth(found.status, found.error)
    return _oauth(200, found)


def _oauth(status: int, body: ClientTokenOut | ClientError) -> Response[Any]:
    headers = {"cache-control": "no-store", "pragma": "no-cache"}
    if status == Unauthenticated.status:
        headers["www-authenticate"] = 'Basic realm="commerce"'
    return Response(msgspec.json.encode(body), status_code=status, headers=headers, media_type="application/json")


ROUTES: list[Any] = [
    anonymous,
    register,
    verify,
    resend,
    login,
    login_staff,
    refresh,
    logout,
    request_reset,
    confirm_reset,
    change_password,
    me,
    token,
]
