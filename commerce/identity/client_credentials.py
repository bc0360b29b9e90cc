"""Tokens for terminals and services by client credentials (RFC 6749, section 4.4)."""

import base64
import binascii
from collections.abc import Mapping
from hmac import compare_digest
from secrets import token_urlsafe
from urllib.parse import unquote_plus
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from commerce.identity.schemas import ClientError, ClientTokenIn, ClientTokenOut
from commerce.identity.scopes import held_at
from commerce.identity.tables import api_clients, terminals
from commerce.identity.tokens import Grant, Tokens
from commerce.kernel.signatures import digest
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given

SECRET_BYTES = 32
_NOBODYS = digest("the secret of nobody")


class _Client(msgspec.Struct, frozen=True):
    kind: str
    id: UUID
    scopes: list[str]
    location_id: UUID | None
    location_ids: list[UUID] | None
    channel_id: UUID | None
    secret_hash: bytes
    generation: int


_id = given("id_", Uuid)
_terminal = select(
    literal("terminal").label("kind"),
    terminals.c.id,
    terminals.c.scopes,
    terminals.c.location_id,
    null().cast(JSONB).label("location_ids"),
    terminals.c.channel_id,
    terminals.c.secret_hash,
    terminals.c.generation,
).where(terminals.c.id == _id, terminals.c.revoked_at.is_(None))
_service = select(
    literal("service").label("kind"),
    api_clients.c.id,
    api_clients.c.scopes,
    null().cast(Uuid).label("location_id"),
    api_clients.c.location_ids,
    api_clients.c.channel_id,
    api_clients.c.secret_hash,
    api_clients.c.generation,
).where(api_clients.c.id == _id, api_clients.c.revoked_at.is_(None))
CLIENT = Statement(union_all(_terminal, _service), into=_Client)


class ClientRefused(msgspec.Struct, frozen=True):
    """Why there is no token, and with which status (RFC 6749, section 5.2)."""

    status: int
    error: ClientError


def new_secret() -> str:
    """Makes a client secret of 256 random bits; the database keeps its hash."""
    return token_urlsafe(SECRET_BYTES)


async def client_token(
    db: Database, tokens: Tokens, data: ClientTokenIn, authorization: str | None
) -> ClientTokenOut | ClientRefused:
    """Gives a token to a client that shows its secret, in the form or by the Basic scheme; for fewer scopes if it asks so.

    An unknown client, a revoked one and a wrong secret are the same `invalid_client`.
    """
    if data.grant_type is None:
        return _refused(400, "invalid_request", "grant_type is missing: send grant_type=client_credentials.")
    if data.grant_type != "client_credentials":
        return _refused(400, "unsupported_grant_type", "Only client_credentials is supported here.")
    credentials = _credentials(data, authorization)
    if credentials is None:
        return _refused(401, "invalid_client", "Send client_id and client_secret, once: in the form or by Basic.")
    client = await _authenticated(db, *credentials)
    if client is None:
        return _refused(401, "invalid_client", "The client is unknown or revoked, or the secret is wrong.")
    scopes = held_at(client.scopes, client.location_ids)
    asked = frozenset(data.scope.split()) if data.scope else scopes
    if not asked <= scopes:
        return _refused(400, "invalid_scope", "The client may not have all of these scopes.")
    access = await tokens.issue(_grant(client, asked))
    return ClientTokenOut(access_token=access.token, expires_in=access.expires_in, scope=access.scope)


def _credentials(data: ClientTokenIn, authorization: str | None) -> tuple[str, str] | None:
    """Id and secret, from the one place where they stand."""
    if authorization is None:
        return (data.client_id, data.client_secret) if data.client_id and data.client_secret else None
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or data.client_secret is not None:
        return None
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (unquote_plus(name), unquote_plus(secret)) if colon else None


async def _authenticated(db: Database, client_id: str, secret: str) -> _Client | None:
    try:
        wanted = UUID(client_id)
    except ValueError:
        wanted = UUID(int=0)
    client = await db.reading.fetch_one(CLIENT, id_=wanted)
    right = compare_digest(client.secret_hash if client else _NOBODYS, digest(secret))
    return client if right else None


def _grant(client: _Client, scopes: frozenset[str]) -> Grant:
    if client.location_id is not None:
        locations: frozenset[UUID] | None = frozenset([client.location_id])
    else:
        locations = None if client.location_ids is None else frozenset(client.location_ids)
    return Grant(
        kind=client.kind,
        subject_id=client.id,
        generation=client.generation,
        scopes=scopes,
        locations=locations,
        channel_id=client.channel_id,
    )


def _refused(status: int, error: str, description: str) -> ClientRefused:
    fields: Mapping[str, object] = {"error": error, "error_description": description}
    return ClientRefused(status, msgspec.convert(fields, ClientError))
