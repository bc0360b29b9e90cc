"""What offered codes stand for, or why they stand for nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, Text, and_, literal, or_, select

from commerce.kernel.errors import invalid
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, unnested
from commerce.price_engine import Window, code_key
from commerce.promotions.facts import CodeWhy, Resolved, State, UseState
from commerce.promotions.rules import is_over, is_to_come
from commerce.promotions.tables import (
    promotion_code_batches,
    promotion_codes,
    promotion_counters,
    promotion_uses,
    promotions,
)

CODES_MOST: Final = 10
"""Codes on one basket: enough for people, few enough that a basket is no way to try codes."""


class _Found(Struct, frozen=True, kw_only=True):
    position: int
    promotion_id: UUID
    state: State
    withdrawn: bool
    full: bool
    under_way: bool
    promotion_full: bool
    starts_at: datetime | None
    ends_at: datetime | None
    store_time: bool


_wanted = unnested("wanted", position=Integer, key=Text)
_code = promotion_codes.c
_counter = promotion_counters.c
_batch = promotion_code_batches.c
_under_way = (
    select(literal(1))
    .where(promotion_uses.c.code_key == _code.code_key, promotion_uses.c.state == UseState.RESERVED.value)
    .exists()
)
FIND = Statement(
    select(
        _wanted.c.position,
        _code.promotion_id,
        promotions.c.state,
        or_(_code.withdrawn_at.is_not(None), _batch.withdrawn_at.is_not(None)).label("withdrawn"),
        and_(_code.uses_most.is_not(None), _code.uses >= _code.uses_most).label("full"),
        and_(_code.uses_most.is_not(None), _code.uses >= _code.uses_most, _under_way).label("under_way"),
        or_(
            and_(_counter.uses_most.is_not(None), _counter.uses >= _counter.uses_most),
            and_(_counter.amount_most.is_not(None), _counter.amount >= _counter.amount_most),
        ).label("promotion_full"),
        promotions.c.starts_at,
        promotions.c.ends_at,
        promotions.c.store_time,
    )
    .join_from(_wanted, promotion_codes, _code.code_key == _wanted.c.key)
    .join(promotions, promotions.c.id == _code.promotion_id)
    .join(promotion_counters, _counter.promotion_id == promotions.c.id, isouter=True)
    .join(promotion_code_batches, _batch.number == _code.batch_number, isouter=True)
    .order_by(_wanted.c.position),
    into=_Found,
)


async def resolve_codes(reads: Reads, codes: Sequence[str], *, at: datetime) -> list[Resolved]:
    """Gives what each code stands for, in the order given, with one statement.

    Whether its promotion then applies to a basket, also in the store's own time, is the engine's to say. A promotion that
    is not published yet looks like a code that there is not. Refuses more than ten codes.
    """
    if len(codes) > CODES_MOST:
        raise invalid("/codes", f"At most {CODES_MOST} codes at once.")
    if not codes:
        return []
    keys = [code_key(code) for code in codes]
    rows = await reads.fetch(FIND, position=list(range(len(keys))), key=keys)
    found = {row.position: row for row in rows}
    opened: set[UUID] = set()
    resolved: list[Resolved] = []
    for position, code in enumerate(codes):
        row = found.get(position)
        why = _why(row, at)
        if row is None or why == "unknown":
            resolved.append(Resolved(code=code, why="unknown"))
            continue
        if why is None and row.promotion_id in opened:
            why = "second"
        if why is None:
            opened.add(row.promotion_id)
        resolved.append(Resolved(code=code, promotion_id=row.promotion_id, why=why))
    return resolved


def _why(row: _Found | None, at: datetime) -> CodeWhy | None:
    if row is None or row.state is State.DRAFT:
        return "unknown"
    window = Window(starts_at=row.starts_at, ends_at=row.ends_at, store_time=row.store_time)
    if row.withdrawn or row.state is State.WITHDRAWN:
        return "withdrawn"
    if is_to_come(window, at):
        return "not_yet"
    if is_over(window, at):
        return "over"
    if row.under_way:
        return "reserved"
    return "used_up" if row.full or row.promotion_full else None
