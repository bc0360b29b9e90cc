"""Codes sent by mail: random, kept as hashes, good once and for a while."""

from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, LargeBinary, Uuid, delete, insert, update

from commerce.identity.errors import InvalidOneTimeToken
from commerce.identity.tables import one_time_tokens
from commerce.kernel import clock
from commerce.kernel.signatures import digest
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given

SECRET_BYTES = 32
LIVES = {"verify": timedelta(days=2), "reset": timedelta(hours=1), "invite": timedelta(days=7)}


class Used(msgspec.Struct, frozen=True):
    """What a code was for."""

    purpose: str
    subject_id: UUID


NEW = Statement(insert(one_time_tokens))
USE = Statement(
    update(one_time_tokens)
    .where(
        one_time_tokens.c.hash == given("hash_", LargeBinary),
        any_of(one_time_tokens.c.purpose, "purposes"),
        one_time_tokens.c.used_at.is_(None),
        one_time_tokens.c.expires_at > given("now", DateTime(timezone=True)),
    )
    .values(used_at=given("now", DateTime(timezone=True)))
    .returning(one_time_tokens.c.purpose, one_time_tokens.c.subject_id),
    into=Used,
)
DROP = Statement(delete(one_time_tokens).where(one_time_tokens.c.subject_id == given("subject", Uuid)))


async def new_code(tx: Tx, purpose: str, subject_id: UUID) -> str:
    """Makes a code: of a registration (verify), an account (reset) or a staff member (invite)."""
    secret, now = token_urlsafe(SECRET_BYTES), clock.now()
    await tx.execute(
        NEW,
        hash=digest(secret),
        purpose=purpose,
        subject_id=subject_id,
        created_at=now,
        expires_at=now + LIVES[purpose],
        used_at=None,
    )
    return secret


async def use_code(tx: Tx, code: str, *purposes: str) -> Used:
    """Uses a code up. Of two who use it at once, one succeeds; the other is refused with InvalidOneTimeToken."""
    used = await tx.fetch_one(USE, hash_=digest(code), purposes=list(purposes), now=clock.now())
    if used is None:
        raise InvalidOneTimeToken("Ask for a new mail.")
    return used


async def drop_codes(tx: Tx, subject_id: UUID) -> None:
    """Makes all codes of a subject worthless."""
    await tx.execute(DROP, subject=subject_id)
