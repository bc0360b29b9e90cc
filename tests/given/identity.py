"""Worlds of callers, built through the verbs that the API uses; each gives an access token."""

import re
from collections.abc import Sequence
from email import message_from_string, policy
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from commerce.identity import Passwords, Tokens, create_administrator, ensure_signing_key
from commerce.identity.account_mail import MailDue, send_mail
from commerce.identity.client_credentials import ClientRefused, client_token
from commerce.identity.clients import create_client, create_terminal
from commerce.identity.roles import ensure_built_in_roles, role_id
from commerce.identity.schemas import (
    AnonymousIn,
    ApiClientCreated,
    ClientTokenIn,
    NewApiClient,
    NewStaff,
    NewTerminal,
    RegisterIn,
    RoleGrant,
    StaffLoginIn,
    TerminalCreated,
    TokensOut,
    VerifyIn,
)
from commerce.identity.sign_in import begin_anonymously, sign_in_staff
from commerce.identity.sign_up import register, verify
from commerce.identity.staff import OPERATOR, create_staff
from commerce.identity.tables import mail_requests
from commerce.platform.database import Database
from commerce.platform.http import NOBODY, Caller
from commerce.platform.mail import Mailer
from commerce.platform.settings import Settings
from commerce.platform.statement import Statement

PASSWORD = "correct horse battery"
SETTINGS = Settings(key_encryption_key="00112233445566778899aabbccddeeff" * 2)
HERE = "192.0.2.1"
WAITING = Statement(select(mail_requests.c.id).order_by(mail_requests.c.created_at, mail_requests.c.id))


async def tokens(db: Database, settings: Settings = SETTINGS) -> Tokens:
    """What composition makes, with passwords that are cheap to check."""
    await ensure_signing_key(db, settings)
    return Tokens(db, settings, passwords=Passwords(memory_kib=64))


async def anonymous(db: Database, tokens: Tokens, channel_id: UUID | None = None) -> TokensOut:
    """A shopper whom nobody knows."""
    return await begin_anonymously(db, tokens, AnonymousIn(channel_id=channel_id))


async def mails(db: Database, folder: Path) -> list[str]:
    """Sends what mails identity has been asked for, and gives the texts of these."""
    mailer = Mailer(sender="shop@example.com", folder=folder)
    before = set(mailer.sent())
    for row in await db.reading.fetch(WAITING):
        await send_mail(db, MailDue(row["id"]), mailer)
    return [path.read_text() for path in mailer.sent() if path not in before]


def code_in(mail: str) -> str:
    """The code that stands on a line of its own in a mail."""
    (code,) = re.findall(r"^([A-Za-z0-9_-]{43})$", text_of(mail), re.MULTILINE)
    return str(code)


def text_of(mail: str) -> str:
    """What a person reads in a mail."""
    return str(message_from_string(mail, policy=policy.default).get_content())


async def account(
    db: Database, tokens: Tokens, folder: Path, email: str = "shopper@example.com", *, caller: Caller = NOBODY
) -> TokensOut:
    """A shopper who registered, confirmed the e-mail, and is signed in."""
    await register(db, tokens, RegisterIn(email=email, password=PASSWORD), language="en", client=HERE)
    (mail,) = await mails(db, folder)
    return await verify(db, tokens, VerifyIn(token=code_in(mail)), caller=caller, client=HERE)


async def administrator(db: Database, tokens: Tokens, email: str = "administrator@shop.example") -> TokensOut:
    """A staff member who may do everything everywhere, signed in."""
    await create_administrator(db, email, PASSWORD, passwords=tokens.passwords)
    return await sign_in_staff(db, tokens, StaffLoginIn(email=email, password=PASSWORD), client=HERE)


async def staff(
    db: Database,
    tokens: Tokens,
    email: str,
    *bindings: tuple[str, UUID | None],
    at: UUID | None = None,
) -> TokensOut:
    """A staff member with roles by code, each at a location or everywhere (None), signed in; for one location with `at`."""
    await db.transact(ensure_built_in_roles)
    grants = [RoleGrant(role_id=await role_id(db.reading, code), location_id=place) for code, place in bindings]
    hashed = await tokens.passwords.hash(PASSWORD)
    await db.transact(create_staff, OPERATOR, NewStaff(email=email, name="Somebody", roles=grants), hashed)
    return await sign_in_staff(db, tokens, StaffLoginIn(email=email, password=PASSWORD, location_id=at), client=HERE)


async def terminal(db: Database, location_id: UUID) -> TerminalCreated:
    """A terminal of a location, with its secret."""
    return await db.transact(create_terminal, OPERATOR, NewTerminal(name="Till 1", location_id=location_id))


async def service(db: Database, scopes: Sequence[str], locations: Sequence[UUID] | None = None) -> ApiClientCreated:
    """An API client, with its secret."""
    places = None if locations is None else list(locations)
    return await db.transact(
        create_client, OPERATOR, NewApiClient(name="ERP", scopes=list(scopes), location_ids=places)
    )


async def token_of(db: Database, tokens: Tokens, client: TerminalCreated | ApiClientCreated) -> str:
    """The access token that a terminal or an API client gets for its secret."""
    asked = ClientTokenIn(
        grant_type="client_credentials", client_id=client.client_id, client_secret=client.client_secret
    )
    found = await client_token(db, tokens, asked, None)
    assert not isinstance(found, ClientRefused)
    return found.access_token


async def caller(tokens: Tokens, access_token: str) -> Caller:
    """Who an access token stands for."""
    return await tokens.authenticate(f"Bearer {access_token}")
