"""Signing up: a registration, a mail, and an account once its code came back.

Until then nothing is open under the e-mail, so a stranger who types somebody's address gets nothing by it; and whether there was an account
already is said in the mail only.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Text, Uuid, delete, select
from sqlalchemy.dialects.postgresql import insert

from commerce.identity import throttle
from commerce.identity.account_mail import ask_for_mail
from commerce.identity.emails import Address, address
from commerce.identity.errors import InvalidOneTimeToken
from commerce.identity.events import AccountOpened
from commerce.identity.one_time import use_code
from commerce.identity.schemas import Accepted, RegisterIn, TokensOut, VerifyIn
from commerce.identity.sessions import Opened
from commerce.identity.sign_in import open_account_session, tokens_out
from commerce.identity.tables import accounts, registrations
from commerce.identity.tokens import Tokens
from commerce.kernel import clock
from commerce.kernel.ids import ShopperId, new_id
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

REGISTRATION_LIFE = timedelta(days=7)


class _Registration(msgspec.Struct, frozen=True):
    email: str
    email_key: str
    password_hash: str
    name: str | None
    language: str


REGISTER = Statement(insert(registrations))
REGISTRATION = Statement(
    select(*(registrations.c[name] for name in _Registration.__struct_fields__)).where(
        registrations.c.id == given("id_", Uuid), registrations.c.expires_at > given("now", DateTime(timezone=True))
    ),
    into=_Registration,
)
OPEN_ACCOUNT = Statement(insert(accounts).on_conflict_do_nothing(index_elements=["email_key"]).returning(accounts.c.id))
DROP_REGISTRATIONS = Statement(delete(registrations).where(registrations.c.email_key == given("key", Text)))


async def register(db: Database, tokens: Tokens, data: RegisterIn, *, language: str, client: str) -> Accepted:
    """Notes a registration and has a mail sent: with a code, or saying that there is an account already. The answer is the same.

    Refuses with InvalidInput what is no e-mail, and with TooManyAttempts.
    """
    to = address(data.email)
    await throttle.count(db, throttle.mail_buckets(to.key, client))
    password_hash = await tokens.passwords.hash(data.password)
    await db.transact(_register, to, password_hash, data.name, language)
    return Accepted()


async def _register(tx: Tx, to: Address, password_hash: str, name: str | None, language: str) -> None:
    registration_id, now = new_id(), clock.now()
    await tx.execute(
        REGISTER,
        id=registration_id,
        email=to.email,
        email_key=to.key,
        password_hash=password_hash,
        name=name,
        language=language,
        created_at=now,
        expires_at=now + REGISTRATION_LIFE,
    )
    await ask_for_mail(tx, "register", to, language, registration_id=registration_id)


async def resend(db: Database, email: str, *, language: str, client: str) -> Accepted:
    """Has the mail of the latest registration sent again, if there is one. The answer is the same."""
    to = address(email)
    await throttle.count(db, throttle.mail_buckets(to.key, client))
    await db.transact(ask_for_mail, "resend", to, language)
    return Accepted()


async def verify(db: Database, tokens: Tokens, data: VerifyIn, *, caller: Caller, client: str) -> TokensOut:
    """Opens the account of a registration and signs it in; an anonymous shopper who asks becomes this one.

    Refuses with InvalidOneTimeToken, and with TooManyAttempts.
    """
    await throttle.count(db, throttle.code_buckets(client))
    opened = await db.transact(_verify, data, caller)
    return await tokens_out(db, tokens, opened)


async def _verify(tx: Tx, data: VerifyIn, caller: Caller) -> Opened:
    now = clock.now()
    used = await use_code(tx, data.token, "verify")
    registration = await tx.fetch_one(REGISTRATION, id_=used.subject_id, now=now)
    if registration is None:
        raise InvalidOneTimeToken("Register again.")
    account_id = await open_account(tx, registration, at=now)
    if account_id is None:
        raise InvalidOneTimeToken("There is an account already; sign in.")
    await tx.execute(DROP_REGISTRATIONS, key=registration.email_key)
    return await open_account_session(tx, account_id, data.channel_id, caller)


async def open_account(tx: Tx, registration: _Registration, *, at: datetime) -> UUID | None:
    """Opens an account whose owner's e-mail is proven; gives None when the e-mail has one already."""
    account_id = new_id()
    row = msgspec.structs.asdict(registration)
    opened: UUID | None = await tx.fetch_value(
        OPEN_ACCOUNT, id=account_id, generation=1, verified_at=at, created_at=at, **row
    )
    if opened is not None:
        tx.emit(AccountOpened(shopper_id=ShopperId(account_id)))
    return opened
