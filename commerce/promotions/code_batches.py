"""Codes by the million: a batch is asked for, the worker makes it piece by piece, and it is exported as a stream.

Each piece is one transaction that also records how far the batch is, so that a worker that was killed goes on after the
last one, and no batch ever has more codes than were asked for.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, Select, Text, Uuid, case, insert, literal, or_, select, update

from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import new_id
from commerce.platform.database import Database, Reading, Reads, Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.platform.work import enqueue
from commerce.price_engine import code_key
from commerce.promotions import queries
from commerce.promotions.code_keys import random_keys, shown
from commerce.promotions.code_schemas import CodeBatchIn, CodeBatchOut
from commerce.promotions.codes import opens_by_code
from commerce.promotions.errors import BatchUnfinished, CouponCodeTaken
from commerce.promotions.tables import promotion_code_batches, promotion_codes

MAKE: Final = "promotions.make_codes"
PIECE: Final = 20_000
EXPORTED_AT_ONCE: Final = 10_000
_batch = promotion_code_batches.c
_code = promotion_codes.c
_instant = _batch.created_at.type


class BatchDue(Struct, frozen=True):
    """A batch of codes that is to be made, or made further."""

    batch_id: UUID


class BatchRow(Struct, frozen=True, kw_only=True):
    """A batch as it is stored."""

    id: UUID
    number: int
    promotion_id: UUID
    prefix: str
    wanted: int
    made: int
    created_at: datetime
    finished_at: datetime | None
    withdrawn_at: datetime | None


INSERT = Statement(
    insert(promotion_code_batches).values(
        id=given("id", Uuid),
        promotion_id=given("promotion_id", Uuid),
        prefix=given("prefix", Text),
        wanted=given("wanted", Integer),
        actor=given("actor", Text),
        created_at=given("at", _instant),
    )
)


def _batches() -> Select[Any]:
    return select(*(_batch[name] for name in BatchRow.__struct_fields__))


ONE = Statement(_batches().where(_batch.id == given("batch_id", Uuid)), into=BatchRow)
LOCK = Statement(_batches().where(_batch.id == given("batch_id", Uuid)).with_for_update(), into=BatchRow)
PAGE = Statement(
    _batches()
    .where(
        _batch.promotion_id == given("promotion_id", Uuid),
        or_(given("after", Uuid).is_(None), _batch.id > given("after", Uuid)),
    )
    .order_by(_batch.id)
    .limit(given("most", Integer)),
    into=BatchRow,
)
_new = unnested("new", code_key=Text, position=Integer)
ADD = Statement(
    insert(promotion_codes).from_select(
        ["code_key", "promotion_id", "batch_number", "position", "uses_most"],
        select(
            _new.c.code_key,
            given("promotion_id", Uuid),
            given("number", Integer),
            _new.c.position,
            literal(1, Integer),
        ),
    )
)
ADVANCE = Statement(
    update(promotion_code_batches)
    .where(_batch.id == given("batch_id", Uuid))
    .values(
        made=given("made", Integer),
        finished_at=case((_batch.wanted == given("made", Integer), given("at", _instant)), else_=None),
    )
)
WITHDRAW = Statement(
    update(promotion_code_batches)
    .where(_batch.id == given("batch_id", Uuid), _batch.withdrawn_at.is_(None))
    .values(withdrawn_at=given("at", _instant))
)
EXPORT = Statement(
    select(_code.code_key, _code.uses, _code.position)
    .where(_code.batch_number == given("number", Integer), _code.position > given("after", Integer))
    .order_by(_code.batch_number, _code.position)
    .limit(given("most", Integer))
)


async def start_batch(tx: Tx, promotion_id: UUID, data: CodeBatchIn, *, actor: str, at: datetime) -> CodeBatchOut:
    """Ask for so many codes, each for one order; the worker makes them.

    Refuses with NotFound, NeedsCodes when the promotion wants no code, IllegalMove when it is withdrawn.
    """
    await opens_by_code(tx, promotion_id)
    batch_id = new_id()
    await tx.execute(
        INSERT, id=batch_id, promotion_id=promotion_id, prefix=data.prefix, wanted=data.count, actor=actor, at=at
    )
    await enqueue(tx, MAKE, BatchDue(batch_id), dedupe=f"{MAKE}:{batch_id}")
    made = await batch(tx, promotion_id, batch_id)
    tx.changed("code_batch", batch_id, after=made)
    return made


async def make_codes(db: Database, due: BatchDue, *, draw: Callable[[int], list[str]] = random_keys) -> None:
    """Makes what is missing of a batch, in pieces; right to be run again at any time, and by several at once."""
    more = True
    while more:
        keys = draw(PIECE)  # outside the transaction, which may be repeated
        try:
            more = await db.transact(_make_piece, due.batch_id, keys)
        except CouponCodeTaken:
            continue  # one of them exists, as happens once in many millions: take others


async def _make_piece(tx: Tx, batch_id: UUID, keys: list[str]) -> bool:
    row = await tx.fetch_one(LOCK, batch_id=batch_id)
    if row is None or row.withdrawn_at is not None or row.made == row.wanted:
        return False
    prefix = code_key(row.prefix)
    # Sorted, so that neighbours in the index are written together.
    piece = sorted({prefix + key for key in keys[: row.wanted - row.made]})
    made = row.made + len(piece)
    await tx.execute(
        ADD,
        code_key=piece,
        position=list(range(row.made, made)),
        promotion_id=row.promotion_id,
        number=row.number,
    )
    await tx.execute(ADVANCE, batch_id=batch_id, made=made, at=clock.now())
    return made < row.wanted


async def withdraw_batch(tx: Tx, promotion_id: UUID, batch_id: UUID, *, at: datetime) -> CodeBatchOut:
    """Take all codes of a batch back, and make no more of them. Refuses with NotFound; a second time changes nothing."""
    before = await batch(tx, promotion_id, batch_id)
    await tx.execute(WITHDRAW, batch_id=batch_id, at=at)
    after = await batch(tx, promotion_id, batch_id)
    tx.changed("code_batch", batch_id, before=before, after=after)
    return after


async def batch_row(reads: Reads, promotion_id: UUID, batch_id: UUID) -> BatchRow:
    """Gives a batch of a promotion as it is stored; refuses with NotFound."""
    row = await reads.fetch_one(ONE, batch_id=batch_id)
    if row is None or row.promotion_id != promotion_id:
        raise NotFound("This promotion has no such batch of codes.")
    return row


async def batch(reads: Reads, promotion_id: UUID, batch_id: UUID) -> CodeBatchOut:
    """Gives a batch of a promotion; refuses with NotFound."""
    return _on_wire(await batch_row(reads, promotion_id, batch_id))


async def batches_page(reads: Reads, promotion_id: UUID, *, after: UUID | None, most: int) -> list[CodeBatchOut]:
    """Gives up to `most` batches of a promotion, oldest first, after the one named; refuses with NotFound."""
    rows = await reads.fetch(PAGE, promotion_id=promotion_id, after=after, most=most)
    if not rows:
        await queries.promotion_row(reads, promotion_id)
    return [_on_wire(row) for row in rows]


async def finished_batch(reads: Reads, promotion_id: UUID, batch_id: UUID) -> BatchRow:
    """Gives a batch that can be exported; refuses with NotFound, and with BatchUnfinished while it is being made."""
    row = await batch_row(reads, promotion_id, batch_id)
    if row.finished_at is None:
        raise BatchUnfinished(f"{row.made:,} of {row.wanted:,} codes are made.", retry_after_seconds=5)
    return row


async def csv_of(reading: Reading, row: BatchRow) -> AsyncIterator[bytes]:
    """Gives a batch as CSV (RFC 4180), some thousand codes at a time, each with the number of its uses (0 or 1)."""
    yield b"code,uses\r\n"
    after = -1
    while rows := await reading.fetch(EXPORT, number=row.number, after=after, most=EXPORTED_AT_ONCE):
        after = rows[-1]["position"]
        yield "".join(f"{shown(row.prefix, each['code_key'])},{each['uses']}\r\n" for each in rows).encode()


def _on_wire(row: BatchRow) -> CodeBatchOut:
    return CodeBatchOut(
        id=row.id,
        promotion_id=row.promotion_id,
        prefix=row.prefix,
        count=row.wanted,
        made=row.made,
        created_at=row.created_at,
        finished_at=row.finished_at,
        withdrawn_at=row.withdrawn_at,
    )
