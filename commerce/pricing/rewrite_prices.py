"""Prices that begin later, and prices by quantity: set under the lock on their list, each change kept in the history."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Integer, Text, Uuid, delete, select
from sqlalchemy.dialects.postgresql import insert

from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.pricing.facts import PriceEntry
from commerce.pricing.spans import Rewritten, Span, aware, call_off, plan, set_now
from commerce.pricing.tables import price_history, prices

Tier = tuple[UUID, int]
PriceChange = tuple[Tier, Callable[[Sequence[Span]], Rewritten]]
_instant = DateTime(timezone=True)
_price = prices.c

HELD = Statement(
    select(_price.variant_id, _price.min_quantity, _price.starts_at, _price.ends_at, _price.amount, _price.compare_at)
    .where(_price.price_list_id == given("list_id", Uuid), any_of(_price.variant_id, "variant_id"))
    .order_by(_price.variant_id, _price.min_quantity, _price.starts_at)
)
_gone = unnested("gone", gone_variant_id=Uuid, gone_min_quantity=Integer, gone_starts_at=_instant)
DROP = Statement(
    delete(prices).where(
        _price.price_list_id == given("list_id", Uuid),
        _price.variant_id == _gone.c.gone_variant_id,
        _price.min_quantity == _gone.c.gone_min_quantity,
        _price.starts_at == _gone.c.gone_starts_at,
    )
)
_columns: dict[str, Any] = {
    "variant_id": Uuid,
    "min_quantity": Integer,
    "starts_at": _instant,
    "ends_at": _instant,
    "amount": BigInteger,
    "compare_at": BigInteger,
}
_kept = unnested("kept", **_columns)
_put = insert(prices).from_select(["price_list_id", *_columns], select(given("list_id", Uuid), *_kept.c))
PUT = Statement(
    _put.on_conflict_do_update(
        index_elements=["price_list_id", "variant_id", "min_quantity", "starts_at"],
        set_={name: _put.excluded[name] for name in ("ends_at", "amount", "compare_at")},
    )
)
_recorded = unnested("recorded", **_columns)
RECORD = Statement(
    insert(price_history).from_select(
        ["price_list_id", *_columns, "since", "actor"],
        select(given("list_id", Uuid), *_recorded.c, given("at", _instant), given("actor", Text)),
    )
)


async def rewrite(
    tx: Tx,
    list_id: UUID,
    changes: Sequence[PriceChange],
    *,
    actor: str,
    at: datetime,
) -> dict[Tier, tuple[Sequence[Span], Sequence[Span]]]:
    """Carries out changes, in order, on a list that is locked. Gives the tiers that are others now, before and after."""
    rows = await tx.fetch(HELD, list_id=list_id, variant_id=sorted({variant for (variant, _), _ in changes}))
    before: dict[Tier, list[Span]] = {}
    for row in rows:
        span = Span(
            amount=row["amount"],
            compare_at=row["compare_at"],
            starts_at=aware(row["starts_at"]),
            ends_at=aware(row["ends_at"]),
        )
        before.setdefault((row["variant_id"], row["min_quantity"]), []).append(span)
    after: dict[Tier, Sequence[Span]] = {}
    recorded: list[tuple[Tier, Span]] = []
    for tier, change in changes:
        done = change(after.get(tier, before.get(tier, ())))
        if done.recorded is not None:
            after[tier] = done.spans
            recorded.append((tier, done.recorded))
    if not recorded:
        return {}
    gone = [
        (*tier, span.starts_at)
        for tier, spans in after.items()
        for span in before.get(tier, ())
        if span.starts_at not in {each.starts_at for each in spans}
    ]
    if gone:
        await tx.execute(DROP, list_id=list_id, **_arrays(gone, [f"gone_{name}" for name in list(_columns)[:3]]))
    kept = [(tier, span) for tier, spans in after.items() for span in spans if span not in before.get(tier, ())]
    if kept:
        await tx.execute(PUT, list_id=list_id, **_spans(kept))
    await tx.execute(RECORD, list_id=list_id, at=at, actor=actor, **_spans(recorded))
    return {tier: (before.get(tier, ()), spans) for tier, spans in after.items()}


def change_of(entry: PriceEntry, at: datetime) -> PriceChange:
    """Gives what an entry asks for: a price from now on, or one that is planned."""
    compare_at = entry.compare_at
    if entry.amount is None or (compare_at is not None and compare_at <= entry.amount):
        compare_at = None
    tier = (entry.variant_id, entry.min_quantity)
    if entry.starts_at is None or entry.starts_at <= at:
        new = Span(amount=entry.amount, compare_at=compare_at)
        return tier, lambda spans: set_now(spans, new, at)
    planned = Span(amount=entry.amount, compare_at=compare_at, starts_at=entry.starts_at)
    return tier, lambda spans: plan(spans, planned)


def calling_off(variant_id: UUID, min_quantity: int, starts_at: datetime) -> PriceChange:
    """Gives the change that calls off one that was planned."""
    return (variant_id, min_quantity), lambda spans: call_off(spans, starts_at)


def _spans(of: Sequence[tuple[Tier, Span]]) -> dict[str, object]:
    rows = [(*tier, span.starts_at, span.ends_at, span.amount, span.compare_at) for tier, span in of]
    return _arrays(rows, list(_columns))


def _arrays(rows: Sequence[tuple[object, ...]], names: Sequence[str]) -> dict[str, object]:
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def figures(tiers: Mapping[Tier, Sequence[Span]]) -> dict[str, Any]:
    """Gives prices by variant for the audit log, each with its tier and its time where those say something."""
    told: dict[str, Any] = {}
    for (variant, min_quantity), spans in tiers.items():
        told.setdefault(str(variant), []).extend(
            {"min_quantity": min_quantity, "amount": each.amount, "starts_at": each.starts_at, "ends_at": each.ends_at}
            for each in spans
        )
    return told
