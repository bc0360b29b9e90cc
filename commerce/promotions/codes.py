"""Codes that many share: add one, take it back, look at them."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record
from sqlalchemy import Integer, Select, Text, Uuid, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.errors import NotFound, invalid
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, given
from commerce.price_engine import code_key
from commerce.promotions import queries
from commerce.promotions.code_keys import shown
from commerce.promotions.code_schemas import CodeIn, CodeOut
from commerce.promotions.errors import CouponCodeTaken, NeedsCodes
from commerce.promotions.facts import State, UseState
from commerce.promotions.queries import PromotionRow
from commerce.promotions.rules import PROMOTION
from commerce.promotions.tables import promotion_code_batches, promotion_codes, promotion_uses

SHORTEST: Final = 3
_code = promotion_codes.c
_batch = promotion_code_batches.c
_instant = _code.withdrawn_at.type
_live_uses = (
    select(func.count())
    .select_from(promotion_uses)
    .where(
        promotion_uses.c.code_key == given("code_key", Text),
        promotion_uses.c.promotion_id == given("promotion_id", Uuid),
        promotion_uses.c.state != UseState.RELEASED.value,
    )
    .scalar_subquery()
)
_new = insert(promotion_codes).values(
    code_key=given("code_key", Text),
    promotion_id=given("promotion_id", Uuid),
    shown=given("shown", Text),
    uses_most=given("uses_most", Integer),
    uses=_live_uses,
)
# A code that was taken back is free for any promotion. What an earlier time of the same promotion has used of it counts.
ADD = Statement(
    _new.on_conflict_do_update(
        index_elements=["code_key"],
        set_={
            **{name: _new.excluded[name] for name in ("promotion_id", "shown", "uses_most", "uses")},
            "withdrawn_at": literal(None, _instant),
        },
        where=_code.withdrawn_at.is_not(None) & _code.batch_number.is_(None),
    ).returning(_code.code_key)
)
TAKE_BACK = Statement(
    update(promotion_codes)
    .where(
        _code.code_key == given("code_key", Text),
        _code.promotion_id == given("promotion_id", Uuid),
        _code.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=given("at", _instant))
)
TAKE_BACK_ALL = Statement(
    update(promotion_codes)
    .where(
        _code.promotion_id == given("promotion_id", Uuid), _code.batch_number.is_(None), _code.withdrawn_at.is_(None)
    )
    .values(withdrawn_at=given("at", _instant))
)


def _codes() -> Select[Any]:
    return select(
        _code.code_key,
        _code.promotion_id,
        _code.shown,
        _code.uses_most,
        _code.uses,
        _batch.id.label("batch_id"),
        _batch.prefix,
        func.coalesce(_code.withdrawn_at, _batch.withdrawn_at).label("withdrawn_at"),
    ).join_from(promotion_codes, promotion_code_batches, _batch.number == _code.batch_number, isouter=True)


SHARED = Statement(
    _codes()
    .where(
        _code.promotion_id == given("promotion_id", Uuid),
        _code.batch_number.is_(None),
        or_(given("after", Text).is_(None), _code.code_key > given("after", Text)),
    )
    .order_by(_code.code_key)
    .limit(given("most", Integer))
)
ONE = Statement(
    _codes().where(_code.code_key == given("code_key", Text), _code.promotion_id == given("promotion_id", Uuid))
)


async def add_code(tx: Tx, promotion_id: UUID, data: CodeIn) -> CodeOut:
    """Add a code that opens a promotion.

    Refuses with NotFound, NeedsCodes when the promotion wants no code, IllegalMove when it is withdrawn, and
    CouponCodeTaken; and a `uses_most` below what is used of it already.
    """
    await opens_by_code(tx, promotion_id)
    key = code_key(data.code)
    if len(key) < SHORTEST:
        raise invalid("/code", f"A code has {SHORTEST} letters or digits at least.")
    before = await tx.fetch_one(ONE, code_key=key, promotion_id=promotion_id)
    if before is not None and data.uses_most is not None and data.uses_most < before["uses"]:
        raise invalid("/uses_most", f"{before['uses']} uses are taken already.")
    made = await tx.fetch_one(
        ADD, code_key=key, promotion_id=promotion_id, shown=data.code.strip().upper(), uses_most=data.uses_most
    )
    if made is None:
        raise CouponCodeTaken("Choose another code; who types this one means one that there is already.")
    after = await code(tx, promotion_id, key)
    tx.changed("promotion_code", promotion_id, after=after)
    return after


async def take_back_code(tx: Tx, promotion_id: UUID, typed: str, *, at: datetime) -> CodeOut:
    """Take a code back, of a batch or shared: it opens nothing more. Refuses with NotFound; a second time changes nothing."""
    before = await code(tx, promotion_id, code_key(typed))
    await tx.execute(TAKE_BACK, promotion_id=promotion_id, code_key=code_key(typed), at=at)
    after = await code(tx, promotion_id, code_key(typed))
    tx.changed("promotion_code", promotion_id, before=before, after=after)
    return after


async def opens_by_code(tx: Tx, promotion_id: UUID) -> PromotionRow:
    """Gives a promotion, locked, that codes may be made for."""
    row = await queries.locked(tx, promotion_id)
    if row.state is State.WITHDRAWN:
        raise PROMOTION.refusal(row.state, State.PUBLISHED)
    if not row.rule.conditions.code:
        raise NeedsCodes("Set `code` in the promotion's conditions first; otherwise everybody gets it without one.")
    return row


async def code(reads: Reads, promotion_id: UUID, key: str) -> CodeOut:
    """Gives one code of a promotion; refuses with NotFound."""
    row = await reads.fetch_one(ONE, code_key=key, promotion_id=promotion_id)
    if row is None:
        raise NotFound("This promotion has no such code.")
    return _on_wire(row)


async def shared_codes_page(
    reads: Reads, promotion_id: UUID, *, after: str | None, most: int
) -> list[tuple[str, CodeOut]]:
    """Gives up to `most` codes that many share, each with its key, after the key named; refuses with NotFound."""
    rows = await reads.fetch(SHARED, promotion_id=promotion_id, after=after, most=most)
    if not rows:
        await queries.promotion_row(reads, promotion_id)
    return [(row["code_key"], _on_wire(row)) for row in rows]


def _on_wire(row: Record) -> CodeOut:
    return CodeOut(
        code=row["shown"] or shown(row["prefix"] or "", row["code_key"]),
        promotion_id=row["promotion_id"],
        batch_id=row["batch_id"],
        uses_most=row["uses_most"],
        uses=row["uses"],
        withdrawn_at=row["withdrawn_at"],
    )
