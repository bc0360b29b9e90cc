"""What articles cost the shop before tax, and the least that they may be sold for."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Numeric,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    delete,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import Insert, insert

from commerce.kernel.errors import NotFound
from commerce.kernel.money import Money
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.pricing.events import CostsChanged
from commerce.pricing.facts import CostEntry
from commerce.pricing.schemas import CostChangeOut, CostOut
from commerce.pricing.tables import cost_history, costs, margin_guards
from commerce.pricing.there import known_variants

_cost, _guard = costs.c, margin_guards.c
ONE: ColumnElement[int] = literal_column("1", Integer)

_wanted = unnested("wanted", variant_id=Uuid, amount=BigInteger)
_put = (
    (
        put := insert(costs).from_select(
            ["variant_id", "currency", "amount", "since"],
            select(_wanted.c.variant_id, given("currency", Text), _wanted.c.amount, given("at", _cost.since.type)),
        )
    )
    .on_conflict_do_update(
        index_elements=["variant_id", "currency"],
        set_={"amount": put.excluded.amount, "since": put.excluded.since},
        where=_cost.amount != put.excluded.amount,
    )
    .returning(_cost.variant_id, _cost.amount)
    .cte("put")
)
_gone = (
    delete(costs)
    .where(_cost.currency == given("currency", Text), any_of(_cost.variant_id, "unknown"))
    .returning(_cost.variant_id)
    .cte("gone")
)


def _kept(of: CTE, amount: ColumnElement[Any]) -> Insert:
    rows = select(of.c.variant_id, given("currency", Text), amount, given("at", _cost.since.type), given("actor", Text))
    names = ["variant_id", "currency", "amount", "since", "actor"]
    return insert(cost_history).from_select(names, rows)


PUT = Statement(select(_put.c.variant_id).order_by(_put.c.variant_id).add_cte(_kept(_put, _put.c.amount).cte("kept")))
FORGET = Statement(
    select(_gone.c.variant_id)
    .order_by(_gone.c.variant_id)
    .add_cte(_kept(_gone, literal_column("NULL::bigint", BigInteger)).cte("kept"))
)
SOME = Statement(
    select(_cost.variant_id, _cost.amount).where(
        _cost.currency == given("currency", Text), any_of(_cost.variant_id, "variant_ids")
    )
)
PAGE = Statement(
    select(_cost.variant_id, _cost.amount, _cost.since)
    .where(
        _cost.currency == given("currency", Text),
        or_(given("after", Uuid).is_(None), _cost.variant_id > given("after", Uuid)),
    )
    .order_by(_cost.variant_id)
    .limit(given("most", Integer))
)
CHANGES = Statement(
    select(cost_history.c.id, cost_history.c.amount, cost_history.c.since, cost_history.c.actor)
    .where(
        cost_history.c.variant_id == given("variant_id", Uuid),
        cost_history.c.currency == given("currency", Text),
        or_(given("before", BigInteger).is_(None), cost_history.c.id < given("before", BigInteger)),
    )
    .order_by(cost_history.c.id.desc())
    .limit(given("most", Integer))
)


async def set_costs(
    tx: Tx, entries: Sequence[CostEntry], *, currency: str, actor: str, at: datetime
) -> tuple[UUID, ...]:
    """Set what one unit of each variant costs, before tax, in minor units; gives the variants whose cost is another one now.

    Each change is kept with its instant and its author. Of two entries for one variant the later holds.
    """
    by_variant = {entry.variant_id: entry.amount for entry in sorted(entries, key=lambda each: each.variant_id)}
    known = {variant: amount for variant, amount in by_variant.items() if amount is not None}
    changed: list[Record] = []
    if known:
        arrays = {"variant_id": list(known), "amount": list(known.values())}
        changed += await tx.fetch(PUT, currency=currency, at=at, actor=actor, **arrays)
    if unknown := [variant for variant, amount in by_variant.items() if amount is None]:
        changed += await tx.fetch(FORGET, currency=currency, unknown=unknown, at=at, actor=actor)
    variants = tuple(sorted(row["variant_id"] for row in changed))
    if variants:
        tx.changed("costs", currency, after={str(variant): by_variant[variant] for variant in variants})
        tx.emit(CostsChanged(currency=currency, variant_ids=variants))
    return variants


async def costs_of(reads: Reads, variant_ids: Collection[UUID], *, currency: str) -> dict[UUID, int]:
    """Gives what one unit of each variant costs before tax, in minor units; one whose cost is not known is not in the answer."""
    rows = await reads.fetch(SOME, variant_ids=list(variant_ids), currency=currency)
    return {row["variant_id"]: row["amount"] for row in rows}


def floor_select(variant: ColumnElement[Any] | None = None) -> Select[Any]:
    """Selects `variant_id` and `floor`, the least net price of one unit: of the variant in a column of an outer statement, else of the
    argument `variant_ids`. Takes `currency`. A variant without a cost, or a currency without a guard, has no row.

    Rounded up, so that the margin is kept: cost ÷ (1 − share) where the share is of the net price, cost × (1 + share) where it is of the cost.
    """
    least = case(
        (
            _guard.basis == literal_column("'price'"),
            _cost.amount.op("/", precedence=8, return_type=Numeric())(ONE - _guard.share),
        ),
        else_=_cost.amount * (ONE + _guard.share),
    )
    return (
        select(_cost.variant_id, cast(func.ceil(least), BigInteger).label("floor"))
        .join_from(costs, margin_guards, _guard.currency == _cost.currency)
        .where(
            and_(
                _cost.currency == given("currency", Text),
                any_of(_cost.variant_id, "variant_ids") if variant is None else _cost.variant_id == variant,
            )
        )
    )


FLOORS = Statement(floor_select())


async def floors(reads: Reads, variant_ids: Collection[UUID], *, currency: str) -> dict[UUID, int]:
    """Gives the least net price that one unit of each variant may be sold for by a promotion; one that is not guarded is not in the answer."""
    rows = await reads.fetch(FLOORS, variant_ids=list(variant_ids), currency=currency)
    return {row["variant_id"]: row["floor"] for row in rows}


async def costs_page(reads: Reads, *, currency: str, after: UUID | None, most: int) -> list[CostOut]:
    """Gives up to `most` costs in a currency by variant, after the one named."""
    rows = await reads.fetch(PAGE, currency=currency, after=after, most=most)
    return [
        CostOut(variant_id=row["variant_id"], cost=Money(row["amount"], currency), since=row["since"]) for row in rows
    ]


async def cost_changes(
    reads: Reads, variant_id: UUID, *, currency: str, before: int | None, most: int
) -> list[CostChangeOut]:
    """Gives up to `most` changes of a variant's cost in a currency, the latest first, before the one named.

    Refuses with NotFound when there is no such article; one whose cost was never told has no changes.
    """
    rows = await reads.fetch(CHANGES, variant_id=variant_id, currency=currency, before=before, most=most)
    if not rows and not await known_variants(reads, [variant_id]):
        raise NotFound("There is no such article.")
    return [
        CostChangeOut(
            id=row["id"],
            cost=None if row["amount"] is None else Money(row["amount"], currency),
            since=row["since"],
            actor=row["actor"],
        )
        for row in rows
    ]
