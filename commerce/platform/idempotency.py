"""Idempotency keys: one effect for a key, and its first answer again for each repetition.

A key belongs to a principal and an operation. Where an act is one transaction, the key and the answer are stored in it: an act that was
refused keeps no key. Where an act calls a provider between transactions, the key is claimed first, under a lease that a later attempt can
take over; the act then finds its own traces by the claim's id and goes on. Answers are kept for two days.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    and_,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel import clock
from commerce.kernel.errors import FieldError, Refusal
from commerce.kernel.ids import new_id
from commerce.platform.database import Reads, Tx, refuse_on
from commerce.platform.statement import Statement, given, unnested
from commerce.platform.tables import beside, instant, metadata

KEEP_DAYS = 2
LEASE_SECONDS = 90
LONGEST_KEY = 255

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", SmallInteger),
    Column("etag", Text),
    Column("answer", LargeBinary),
    instant("created_at"),
    instant("lease_until", nullable=True),
    CheckConstraint("(status IS NULL) = (answer IS NULL)", name="answer_with_status"),
    CheckConstraint("(status IS NULL) = (lease_until IS NOT NULL)", name="lease_while_running"),
    # Rows come in the order of their time and are purged by it: a summary of pages finds them, and costs a new row next to nothing.
    Index("ix_idempotency_keys_created_at", "created_at", postgresql_using="brin"),
)

# An answer fits into a page as it is. Compressing it would cost the statement a third of its time, for two days of disk.
beside(idempotency_keys, "ALTER TABLE idempotency_keys SET (toast_tuple_target = 8160)")


class KeyMissing(Refusal):
    """An Idempotency-Key is needed for this operation."""

    code = "idempotency_key_missing"
    status = 400
    es = "Esta operación necesita una Idempotency-Key."
    ca = "Aquesta operació necessita una Idempotency-Key."


class KeyMalformed(Refusal):
    """The Idempotency-Key is not usable."""

    code = "idempotency_key_malformed"
    status = 400
    es = "La Idempotency-Key no se puede usar."
    ca = "La Idempotency-Key no es pot fer servir."


class KeyReused(Refusal):
    """The Idempotency-Key was used before with another request."""

    code = "idempotency_key_reused"
    status = 422
    es = "La Idempotency-Key ya se usó con otra petición."
    ca = "La Idempotency-Key ja es va fer servir amb una altra petició."


class StillRunning(Refusal):
    """The first request with this Idempotency-Key is still running."""

    code = "idempotency_still_running"
    status = 409
    es = "La primera petición con esta Idempotency-Key aún está en curso."
    ca = "La primera petició amb aquesta Idempotency-Key encara està en curs."


class KeyTaken(Refusal):
    """Another request with this Idempotency-Key was quicker."""

    code = "idempotency_key_taken"
    status = 409
    es = "Otra petición con esta Idempotency-Key ha sido más rápida."
    ca = "Una altra petició amb aquesta Idempotency-Key ha estat més ràpida."


refuse_on("pk_idempotency_keys", KeyTaken)


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A request that carries a key."""

    principal: str
    operation: str
    key: str
    request_hash: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered the first time."""

    status: int
    etag: str | None
    answer: bytes


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    request_hash: bytes
    status: int | None
    etag: str | None
    answer: bytes | None
    lease_until: datetime | None


_THIS = and_(
    idempotency_keys.c.principal == given("principal", Text),
    idempotency_keys.c.operation == given("operation", Text),
    idempotency_keys.c.key == given("key", Text),
)
_at = idempotency_keys.c.created_at.type
FIND = Statement(
    select(
        idempotency_keys.c.id,
        idempotency_keys.c.request_hash,
        idempotency_keys.c.status,
        idempotency_keys.c.etag,
        idempotency_keys.c.answer,
        idempotency_keys.c.lease_until,
    ).where(_THIS),
    into=_Found,
)
_kept = unnested(
    "kept",
    principal=Text,
    operation=Text,
    key=Text,
    id=Uuid,
    request_hash=LargeBinary,
    status=SmallInteger,
    etag=Text,
    answer=LargeBinary,
)
_storing = insert(idempotency_keys).from_select(
    [*_kept.c.keys(), "created_at"], select(*_kept.c, given("now", _at)).select_from(_kept)
)
# A claim whose lease is over, of this very request, is taken over: its act left nothing, or this one would have found it.
STORE = Statement(
    _storing.on_conflict_do_update(
        index_elements=["principal", "operation", "key"],
        set_={
            "status": _storing.excluded.status,
            "etag": _storing.excluded.etag,
            "answer": _storing.excluded.answer,
            "lease_until": None,
        },
        where=and_(
            idempotency_keys.c.status.is_(None),
            idempotency_keys.c.lease_until < given("now", _at),
            idempotency_keys.c.request_hash == _storing.excluded.request_hash,
        ),
    ).returning(idempotency_keys.c.id)
)
CLAIM = Statement(
    insert(idempotency_keys)
    .values(
        principal=given("principal", Text),
        operation=given("operation", Text),
        key=given("key", Text),
        id=given("id", Uuid),
        request_hash=given("request_hash", LargeBinary),
        created_at=given("now", _at),
        lease_until=given("lease_until", _at),
    )
    .on_conflict_do_update(
        index_elements=["principal", "operation", "key"],
        set_={"lease_until": given("lease_until", _at)},
        where=and_(
            idempotency_keys.c.status.is_(None),
            idempotency_keys.c.lease_until < given("now", _at),
            idempotency_keys.c.request_hash == given("request_hash", LargeBinary),
        ),
    )
    .returning(idempotency_keys.c.id)
)
SETTLE = Statement(
    update(idempotency_keys)
    .where(idempotency_keys.c.id == given("id", Uuid), _THIS, idempotency_keys.c.status.is_(None))
    .values(
        status=given("status", SmallInteger),
        etag=given("etag", Text),
        answer=given("answer", LargeBinary),
        lease_until=None,
    )
)
RELEASE = Statement(
    delete(idempotency_keys).where(
        idempotency_keys.c.id == given("id", Uuid), _THIS, idempotency_keys.c.status.is_(None)
    )
)
PURGE = Statement(delete(idempotency_keys).where(idempotency_keys.c.created_at < given("before", _at)))


def command(*, principal: str, operation: str, key: str, request: bytes) -> Command:
    """Makes a command; refuses a key that is empty, longer than 255 characters, or not visible ASCII."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise KeyMalformed(
            "An Idempotency-Key is 1 to 255 visible ASCII characters; a UUID does well.",
            errors=[FieldError("Idempotency-Key", "is not usable")],
        )
    return Command(principal=principal, operation=operation, key=key, request_hash=hashlib.sha256(request).digest())


async def first_answer(reads: Reads, command: Command) -> Answer | None:
    """Gives what was answered the first time, or None when the key is new or its act has not ended.

    Refuses with KeyReused when the key came with another request.
    """
    found = await reads.fetch_one(FIND, principal=command.principal, operation=command.operation, key=command.key)
    if found is None:
        return None
    _same(found, command)
    if found.status is None or found.answer is None:
        return None
    return Answer(status=found.status, etag=found.etag, answer=found.answer)


async def store(tx: Tx, command: Command, answer: Answer) -> None:
    """Stores key and answer in the transaction of the effect; a key that is there already refuses with KeyTaken and so undoes the effect."""
    await store_all(tx, [(command, answer)])


async def store_all(tx: Tx, answered: Sequence[tuple[Command, Answer]]) -> None:
    """Does the same for the acts of several requests, with one statement: all of them are kept, or the transaction ends."""
    stored = await tx.fetch(
        STORE,
        principal=[command.principal for command, _ in answered],
        operation=[command.operation for command, _ in answered],
        key=[command.key for command, _ in answered],
        id=[new_id() for _ in answered],
        request_hash=[command.request_hash for command, _ in answered],
        status=[answer.status for _, answer in answered],
        etag=[answer.etag for _, answer in answered],
        answer=[answer.answer for _, answer in answered],
        now=clock.now(),
    )
    if len(stored) != len(answered):
        raise KeyTaken("Repeat it to get what the first one was answered.")


async def claim(tx: Tx, command: Command) -> UUID | Answer:
    """Claims a key before an act of several transactions: gives the claim's id, or the first answer.

    Refuses with KeyReused for another request, and with StillRunning while another attempt holds the lease.
    """
    now = clock.now()
    claimed: UUID | None = await tx.fetch_value(
        CLAIM,
        principal=command.principal,
        operation=command.operation,
        key=command.key,
        id=new_id(),
        request_hash=command.request_hash,
        now=now,
        lease_until=now + timedelta(seconds=LEASE_SECONDS),
    )
    if claimed is not None:
        return claimed
    answer = await first_answer(tx, command)
    if answer is None:
        raise StillRunning("Ask again in a moment with the same key.", retry_after_seconds=1)
    return answer


async def settle(tx: Tx, command: Command, claimed: UUID, answer: Answer) -> None:
    """Stores the answer of an act of several transactions; what another attempt stored first stays."""
    await tx.execute(
        SETTLE,
        id=claimed,
        principal=command.principal,
        operation=command.operation,
        key=command.key,
        status=answer.status,
        etag=answer.etag,
        answer=answer.answer,
    )


async def release(tx: Tx, command: Command, claimed: UUID) -> None:
    """Gives a key back whose act was refused."""
    await tx.execute(RELEASE, id=claimed, principal=command.principal, operation=command.operation, key=command.key)


async def purge(tx: Tx) -> int:
    """Forgets keys older than two days."""
    return await tx.execute(PURGE, before=clock.now() - timedelta(days=KEEP_DAYS))


def _same(found: _Found, command: Command) -> None:
    if bytes(found.request_hash) != command.request_hash:
        raise KeyReused("Take a new key for a new request.", errors=[FieldError("Idempotency-Key", "was used before")])
