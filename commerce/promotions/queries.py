"""Promotions as the back office sees them, and their rules as the engine takes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, Select, Text, Uuid, or_, select

from commerce.kernel.errors import NotFound
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.price_engine import Promotion
from commerce.promotions.code_keys import shown
from commerce.promotions.facts import Rule, State, UseState
from commerce.promotions.on_wire import rule_out
from commerce.promotions.rules import promotion_of_rule
from commerce.promotions.schemas import PromotionOut, PromotionSummaryOut, PromotionVersionOut, UsageOut, UseOut
from commerce.promotions.tables import (
    promotion_code_batches,
    promotion_codes,
    promotion_counters,
    promotion_uses,
    promotion_versions,
    promotions,
)

_row = promotions.c
_version = promotion_versions.c
_use = promotion_uses.c


class PromotionRow(Struct, frozen=True, kw_only=True):
    """A promotion as it is stored."""

    id: UUID
    code: str
    name: Text3
    state: State
    rule: Rule
    published_version: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    store_time: bool
    version: int
    created_at: datetime
    updated_at: datetime


class VersionRow(Struct, frozen=True, kw_only=True):
    """A publication or withdrawal as it is stored."""

    seq: int
    version: int
    rule: Rule | None
    in_force: tuple[Promotion, ...]
    at: datetime
    actor: str


def _promotion() -> Select[Any]:
    return select(*(_row[name] for name in PromotionRow.__struct_fields__))


ONE = Statement(_promotion().where(_row.id == given("promotion_id", Uuid)), into=PromotionRow)
LOCK = Statement(_promotion().where(_row.id == given("promotion_id", Uuid)).with_for_update(), into=PromotionRow)
PAGE = Statement(
    select(
        _row.id,
        _row.code,
        _row.name,
        _row.state,
        _row.rule["effect"]["type"].astext.label("kind"),
        _row.rule["priority"].astext.cast(Integer).label("priority"),
        _row.published_version,
        _row.starts_at,
        _row.ends_at,
        _row.version,
    )
    .where(
        or_(given("state", Text).is_(None), _row.state == given("state", Text)),
        or_(given("after", Uuid).is_(None), _row.id > given("after", Uuid)),
    )
    .order_by(_row.id)
    .limit(given("most", Integer)),
    into=PromotionSummaryOut,
)
VERSIONS = Statement(
    select(*(_version[name] for name in VersionRow.__struct_fields__))
    .where(
        _version.promotion_id == given("promotion_id", Uuid),
        or_(given("before", _version.seq.type).is_(None), _version.seq < given("before", _version.seq.type)),
    )
    .order_by(_version.seq.desc())
    .limit(given("most", Integer)),
    into=VersionRow,
)
USAGE = Statement(
    select(promotion_counters, _row.id.label("known"))
    .join_from(promotions, promotion_counters, promotion_counters.c.promotion_id == _row.id, isouter=True)
    .where(_row.id == given("promotion_id", Uuid))
)
USES = Statement(
    select(
        _use.order_id,
        _use.promotion_version,
        _use.state,
        _use.code_key,
        _use.amount,
        _use.currency,
        _use.reserved_at,
        _use.committed_at,
        _use.released_at,
        promotion_codes.c.shown,
        promotion_code_batches.c.prefix,
    )
    .join_from(promotion_uses, promotion_codes, promotion_codes.c.code_key == _use.code_key, isouter=True)
    .join(promotion_code_batches, promotion_code_batches.c.number == promotion_codes.c.batch_number, isouter=True)
    .where(
        _use.promotion_id == given("promotion_id", Uuid),
        or_(given("after", Uuid).is_(None), _use.order_id > given("after", Uuid)),
    )
    .order_by(_use.order_id)
    .limit(given("most", Integer))
)


async def promotion_row(reads: Reads, promotion_id: UUID) -> PromotionRow:
    """Gives a promotion as it is stored; refuses with NotFound."""
    row = await reads.fetch_one(ONE, promotion_id=promotion_id)
    return _found(row)


async def locked(reads: Reads, promotion_id: UUID) -> PromotionRow:
    """Gives a promotion, locked until the transaction ends; refuses with NotFound."""
    row = await reads.fetch_one(LOCK, promotion_id=promotion_id)
    return _found(row)


def _found(row: PromotionRow | None) -> PromotionRow:
    if row is None:
        raise NotFound("There is no such promotion.")
    return row


async def promotion(reads: Reads, promotion_id: UUID) -> PromotionOut:
    """Gives a promotion as it is written now; refuses with NotFound."""
    return promotion_out(await promotion_row(reads, promotion_id))


async def promotion_of(reads: Reads, promotion_id: UUID) -> Promotion:
    """Gives a promotion as it is written now, published or not, as the engine takes it; refuses with NotFound.

    What a preview or a simulation prices with.
    """
    row = await promotion_row(reads, promotion_id)
    return promotion_of_rule(row.rule, promotion_id=row.id, version=row.version, code=row.code)


def promotion_out(row: PromotionRow) -> PromotionOut:
    """Gives a row as clients see it."""
    return PromotionOut(
        id=row.id,
        code=row.code,
        name=row.name,
        state=row.state,
        rule=rule_out(row.rule),
        published_version=row.published_version,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
    )


async def promotions_page(
    reads: Reads, *, state: State | None, after: UUID | None, most: int
) -> list[PromotionSummaryOut]:
    """Gives up to `most` promotions, oldest first, after the one named."""
    return await reads.fetch(PAGE, state=state, after=after, most=most)


async def last_published(reads: Reads, promotion_id: UUID) -> VersionRow | None:
    """Gives the last publication or withdrawal of a promotion."""
    rows = await reads.fetch(VERSIONS, promotion_id=promotion_id, before=None, most=1)
    return rows[0] if rows else None


async def versions_page(
    reads: Reads, promotion_id: UUID, *, before: int | None, most: int
) -> list[tuple[int, PromotionVersionOut]]:
    """Gives up to `most` publications, the latest first, each with its place; refuses with NotFound."""
    rows = await reads.fetch(VERSIONS, promotion_id=promotion_id, before=before, most=most)
    if not rows:
        await promotion_row(reads, promotion_id)
    return [
        (
            row.seq,
            PromotionVersionOut(
                version=row.version,
                rule=None if row.rule is None else rule_out(row.rule),
                in_force=[each.version for each in row.in_force],
                at=row.at,
                actor=row.actor,
            ),
        )
        for row in rows
    ]


async def usage(reads: Reads, promotion_id: UUID) -> UsageOut:
    """Gives what is taken of a promotion; refuses with NotFound."""
    row = await reads.fetch_one(USAGE, promotion_id=promotion_id)
    if row is None:
        raise NotFound("There is no such promotion.")
    uses, amount, currency = row["uses"] or 0, row["amount"] or 0, row["currency"]
    uses_most, amount_most = row["uses_most"], row["amount_most"]
    return UsageOut(
        uses=uses,
        uses_most=uses_most,
        amount=None if currency is None else Money(amount, currency),
        amount_most=None if amount_most is None else Money(amount_most, currency),
        per_customer_most=row["per_customer_most"],
        used_up=(uses_most is not None and uses >= uses_most) or (amount_most is not None and amount >= amount_most),
    )


async def uses_page(reads: Reads, promotion_id: UUID, *, after: UUID | None, most: int) -> list[UseOut]:
    """Gives up to `most` uses by order, after the order named; refuses with NotFound when there is no such promotion."""
    rows = await reads.fetch(USES, promotion_id=promotion_id, after=after, most=most)
    if not rows:
        await promotion_row(reads, promotion_id)
    return [
        UseOut(
            order_id=row["order_id"],
            promotion_version=row["promotion_version"],
            state=UseState(row["state"]),
            code=row["shown"] or (None if row["code_key"] is None else shown(row["prefix"] or "", row["code_key"])),
            amount=Money(row["amount"], row["currency"]),
            reserved_at=row["reserved_at"],
            committed_at=row["committed_at"],
            released_at=row["released_at"],
        )
        for row in rows
    ]
