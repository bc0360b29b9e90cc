"""Sessions: opened with a refresh token, renewed by exchanging it, ended one by one or all of a subject's at once."""

from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, LargeBinary, Uuid, case, insert, select, update

from commerce.identity.revoked import end_sessions
from commerce.identity.tables import refresh_tokens, sessions
from commerce.kernel import clock
from commerce.kernel.ids import SessionId, new_id
from commerce.kernel.signatures import digest
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given

SHOPPER_LIFE = timedelta(days=90)
STAFF_LIFE = timedelta(hours=12)
SECRET_BYTES = 32


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it stands: whose it is and what it is bound to. A shopper's without an account is an anonymous one."""

    id: SessionId
    kind: str
    subject_id: UUID
    account_id: UUID | None = None
    staff_id: UUID | None = None
    location_id: UUID | None = None
    channel_id: UUID | None = None


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A session and the one refresh token that renews it next."""

    session: Session
    refresh_token: str


_now = given("now", DateTime(timezone=True))
_SESSION = [sessions.c[name] for name in Session.__struct_fields__]
_row = (
    insert(sessions)
    .values({column.name: given(column.name, column.type) for column in _SESSION})
    .values(created_at=_now, expires_at=given("expires_at", DateTime(timezone=True)))
    .returning(sessions.c.id)
    .cte("opened")
)
OPEN = Statement(
    insert(refresh_tokens).from_select(
        ["hash", "session_id", "created_at"], select(given("hash", LargeBinary), _row.c.id, _now)
    )
)
TAKE = Statement(
    update(refresh_tokens)
    .where(refresh_tokens.c.hash == given("hash_", LargeBinary), refresh_tokens.c.used_at.is_(None))
    .values(used_at=_now)
    .returning(refresh_tokens.c.session_id)
)
OWNER = Statement(select(refresh_tokens.c.session_id).where(refresh_tokens.c.hash == given("hash_", LargeBinary)))
EXTEND = Statement(
    update(sessions)
    .where(sessions.c.id == given("id_", Uuid), sessions.c.revoked_at.is_(None), sessions.c.expires_at > _now)
    .values(
        expires_at=case(
            (sessions.c.kind == "shopper", given("until", DateTime(timezone=True))), else_=sessions.c.expires_at
        )
    )
    .returning(*_SESSION),
    into=Session,
)
NEXT_TOKEN = Statement(insert(refresh_tokens))
_end = update(sessions).where(sessions.c.revoked_at.is_(None)).values(revoked_at=_now)
END = Statement(_end.where(sessions.c.id == given("id_", Uuid)))
END_ALL = Statement(_end.where(sessions.c.subject_id == given("subject", Uuid)).returning(sessions.c.id))
END_ANONYMOUS = Statement(
    _end.where(
        sessions.c.id == given("id_", Uuid), sessions.c.kind == "shopper", sessions.c.account_id.is_(None)
    ).returning(sessions.c.subject_id)
)


def life_of(kind: str) -> timedelta:
    """Gives how long a session lasts: a shopper's 90 days from its last renewal, staff's 12 hours in all."""
    return SHOPPER_LIFE if kind == "shopper" else STAFF_LIFE


async def open_session(tx: Tx, session: Session) -> Opened:
    """Opens a session."""
    now, secret = clock.now(), token_urlsafe(SECRET_BYTES)
    row = msgspec.structs.asdict(session)
    await tx.execute(OPEN, **row, hash=digest(secret), now=now, expires_at=now + life_of(session.kind))
    return Opened(session=session, refresh_token=secret)


def new_session(kind: str, subject_id: UUID, **bound: UUID | None) -> Session:
    """Makes a session that is not stored yet."""
    return Session(id=SessionId(new_id()), kind=kind, subject_id=subject_id, **bound)


async def renew(tx: Tx, refresh_token: str) -> Opened | None:
    """Exchanges a refresh token for the next one.

    Gives None for a token that is unknown, or whose session has ended. One that was exchanged before ends its session, whoever it was that
    came second: one of the two has stolen it.
    """
    now, hashed = clock.now(), digest(refresh_token)
    session_id: UUID | None = await tx.fetch_value(TAKE, hash_=hashed, now=now)
    if session_id is None:
        stolen: UUID | None = await tx.fetch_value(OWNER, hash_=hashed)
        if stolen is not None:
            await end_session(tx, stolen)
        return None
    session = await tx.fetch_one(EXTEND, id_=session_id, now=now, until=now + SHOPPER_LIFE)
    if session is None:
        return None
    secret = token_urlsafe(SECRET_BYTES)
    await tx.execute(NEXT_TOKEN, hash=digest(secret), session_id=session.id, created_at=now, used_at=None)
    return Opened(session=session, refresh_token=secret)


async def end_session(tx: Tx, session_id: UUID) -> bool:
    """Ends a session for refresh at once and for access within a second; says whether it was still on."""
    was_on = await tx.execute(END, id_=session_id, now=clock.now()) > 0
    if was_on:
        await end_sessions(tx, [session_id])
    return was_on


async def end_session_of(tx: Tx, refresh_token: str) -> None:
    """Ends the session of a refresh token, if there is one."""
    owner: UUID | None = await tx.fetch_value(OWNER, hash_=digest(refresh_token))
    if owner is not None:
        await end_session(tx, owner)


async def end_all(tx: Tx, subject_id: UUID) -> None:
    """Ends all sessions of a subject."""
    ended = await tx.fetch(END_ALL, subject=subject_id, now=clock.now())
    await end_sessions(tx, [row["id"] for row in ended])


async def end_anonymous(tx: Tx, session_id: UUID | None) -> UUID | None:
    """Ends an anonymous shopper's session that goes over into an account's, and gives who the shopper was; None when it was no such one."""
    if session_id is None:
        return None
    was: UUID | None = await tx.fetch_value(END_ANONYMOUS, id_=session_id, now=clock.now())
    if was is not None:
        await end_sessions(tx, [session_id])
    return was
