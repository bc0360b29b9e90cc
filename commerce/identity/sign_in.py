"""Signing in: as nobody in particular, with a password, or again with a refresh token. Each gives tokens."""

from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, select, update

from commerce.identity import throttle
from commerce.identity.emails import address
from commerce.identity.errors import SessionEnded, WrongCredentials
from commerce.identity.events import Bound, SignedIn
from commerce.identity.grants import grant_of
from commerce.identity.schemas import AnonymousIn, LoginIn, StaffLoginIn, TokensOut
from commerce.identity.sessions import Opened, end_anonymous, end_session, new_session, open_session, renew
from commerce.identity.tables import accounts, staff_members
from commerce.identity.tokens import Tokens
from commerce.kernel.ids import ShopperId, new_id
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

WRONG = "Check the e-mail and the password."


class _Known(msgspec.Struct, frozen=True):
    id: UUID
    password_hash: str | None
    generation: int


_key = given("email_key_", Text)
ACCOUNT = Statement(
    select(accounts.c.id, accounts.c.password_hash, accounts.c.generation).where(accounts.c.email_key == _key),
    into=_Known,
)
STAFF = Statement(
    select(staff_members.c.id, staff_members.c.password_hash, staff_members.c.generation).where(
        staff_members.c.email_key == _key, staff_members.c.active
    ),
    into=_Known,
)
# Locks the row against a change of password that is under way, and finds nothing when one has just happened.
STILL_ACCOUNT = Statement(
    select(accounts.c.id)
    .where(accounts.c.id == given("id_", Uuid), accounts.c.generation == given("generation_", Integer))
    .with_for_update(read=True)
)
STILL_STAFF = Statement(
    select(staff_members.c.id)
    .where(
        staff_members.c.id == given("id_", Uuid),
        staff_members.c.generation == given("generation_", Integer),
        staff_members.c.active,
    )
    .with_for_update(read=True)
)
REHASH_ACCOUNT = Statement(
    update(accounts)
    .where(accounts.c.id == given("id_", Uuid), accounts.c.password_hash == given("old", Text))
    .values(password_hash=given("new", Text))
)
REHASH_STAFF = Statement(
    update(staff_members)
    .where(staff_members.c.id == given("id_", Uuid), staff_members.c.password_hash == given("old", Text))
    .values(password_hash=given("new", Text))
)


async def begin_anonymously(db: Database, tokens: Tokens, data: AnonymousIn) -> TokensOut:
    """Opens a session for a shopper whom nobody knows. Refuses with UnknownPlace a channel that there is not."""
    return await tokens_out(db, tokens, await db.transact(_begin, data.channel_id))


async def _begin(tx: Tx, channel_id: UUID | None) -> Opened:
    session = new_session("shopper", new_id(), channel_id=channel_id)
    if channel_id is not None:
        tx.emit(Bound(subject_id=session.id, channel_id=channel_id))
    return await open_session(tx, session)


async def sign_in(db: Database, tokens: Tokens, data: LoginIn, *, caller: Caller, client: str) -> TokensOut:
    """Signs a shopper in; an anonymous shopper who asks becomes this one, and its carts and orders follow.

    Refuses with WrongCredentials, after the same time for a wrong e-mail as for a wrong password, and with TooManyAttempts.
    """
    key = address(data.email).key
    buckets = throttle.sign_in_buckets(key, client, "shopper")
    await throttle.count(db, buckets)
    known = await db.reading.fetch_one(ACCOUNT, email_key_=key)
    account = await _checked(tokens, known, data.password)
    new_hash = await _outdated(tokens, account, data.password)
    opened = await db.transact(_open_shopper, account, new_hash, data.channel_id, caller, buckets)
    return await tokens_out(db, tokens, opened)


async def _open_shopper(
    tx: Tx,
    account: _Known,
    new_hash: str | None,
    channel_id: UUID | None,
    caller: Caller,
    buckets: list[list[throttle.Bucket]],
) -> Opened:
    if await tx.fetch_one(STILL_ACCOUNT, id_=account.id, generation_=account.generation) is None:
        raise WrongCredentials(WRONG)
    if new_hash is not None:
        await tx.execute(REHASH_ACCOUNT, id_=account.id, old=account.password_hash, new=new_hash)
    await throttle.forget(tx, buckets)
    return await open_account_session(tx, account.id, channel_id, caller)


async def open_account_session(tx: Tx, account_id: UUID, channel_id: UUID | None, caller: Caller) -> Opened:
    """Opens a session of an account; the caller's anonymous one, if there is one, goes over into it."""
    session = new_session("shopper", account_id, account_id=account_id, channel_id=channel_id or caller.channel_id)
    before = await end_anonymous(tx, caller.session_id)
    if channel_id is not None:
        tx.emit(Bound(subject_id=session.id, channel_id=channel_id))
    tx.emit(
        SignedIn(
            shopper_id=ShopperId(account_id),
            session_id=session.id,
            from_shopper_id=None if before is None else ShopperId(before),
        )
    )
    return await open_session(tx, session)


async def sign_in_staff(db: Database, tokens: Tokens, data: StaffLoginIn, *, client: str) -> TokensOut:
    """Signs a staff member in, for one location if they say so. Refuses as `sign_in` does; somebody switched off is nobody."""
    key = address(data.email).key
    buckets = throttle.sign_in_buckets(key, client, "staff")
    await throttle.count(db, buckets)
    known = await db.reading.fetch_one(STAFF, email_key_=key)
    member = await _checked(tokens, known, data.password)
    new_hash = await _outdated(tokens, member, data.password)
    opened = await db.transact(_open_staff, member, new_hash, data.location_id, buckets)
    return await tokens_out(db, tokens, opened)


async def _open_staff(
    tx: Tx, member: _Known, new_hash: str | None, location_id: UUID | None, buckets: list[list[throttle.Bucket]]
) -> Opened:
    if await tx.fetch_one(STILL_STAFF, id_=member.id, generation_=member.generation) is None:
        raise WrongCredentials(WRONG)
    if new_hash is not None:
        await tx.execute(REHASH_STAFF, id_=member.id, old=member.password_hash, new=new_hash)
    await throttle.forget(tx, buckets)
    session = new_session("staff", member.id, staff_id=member.id, location_id=location_id)
    return await open_session(tx, session)


async def refresh(db: Database, tokens: Tokens, refresh_token: str) -> TokensOut:
    """Exchanges a refresh token. Refuses with SessionEnded one that is unknown, ended, or was exchanged before: that ends its session."""
    opened = await db.transact(renew, refresh_token)
    if opened is None:
        raise SessionEnded("The refresh token is unknown or was used before. Sign in again.")
    return await tokens_out(db, tokens, opened)


async def tokens_out(db: Database, tokens: Tokens, opened: Opened) -> TokensOut:
    """Gives a session's tokens, with the rights that its subject has now. Refuses with SessionEnded when there is no such subject any more."""
    session = opened.session
    grant = await grant_of(db.reading, session)
    if grant is None:
        await db.transact(end_session, session.id)
        raise SessionEnded("The account is closed or switched off.")
    access = await tokens.issue(grant)
    return TokensOut(
        access_token=access.token,
        expires_in=access.expires_in,
        refresh_token=opened.refresh_token,
        kind="staff" if session.kind == "staff" else "shopper",
        id=session.subject_id,
        anonymous=session.kind == "shopper" and session.account_id is None,
        scope=access.scope,
    )


async def _checked(tokens: Tokens, known: _Known | None, password: str) -> _Known:
    right = await tokens.passwords.check(known.password_hash if known else None, password)
    if known is None or not right:
        raise WrongCredentials(WRONG)
    return known


async def _outdated(tokens: Tokens, known: _Known, password: str) -> str | None:
    """Gives a new hash where the stored one was made with other parameters than today's."""
    if known.password_hash is not None and tokens.passwords.is_outdated(known.password_hash):
        return await tokens.passwords.hash(password)
    return None
