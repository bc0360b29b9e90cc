"""The journal of arrivals and departures: how its rows are written, and how an effect that happened before is known again."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, DateTime, Integer, Text, Uuid, func, select
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import Cause, EffectDiffers, Spot
from commerce.kernel.ids import LocationId, OrderLineId, VariantId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.traceability.facts import LotUnits, Standing, Traced, TraceKind
from commerce.traceability.tables import lots, trace_movements


class Entry(NamedTuple):
    """Signed units of a lot or a serial number at a spot, and the other end."""

    variant_id: VariantId
    location_id: LocationId
    spot: Spot
    code: str
    quantity: int
    other_spot: Spot
    other_location_id: LocationId | None = None
    order_line_id: OrderLineId | None = None


_entry = unnested(
    "entry",
    entry_id=Uuid,
    entry_variant_id=Uuid,
    entry_location_id=Uuid,
    entry_spot=Text,
    entry_code=Text,
    entry_quantity=Integer,
    entry_other_spot=Text,
    entry_other_location_id=Uuid,
    entry_order_line_id=Uuid,
)
WRITE = (
    insert(trace_movements)
    .from_select(
        [
            *("id", "variant_id", "location_id", "spot", "code", "quantity", "other_spot", "other_location_id"),
            *("order_line_id", "kind", "document_kind", "document_id", "actor", "reason", "effect_key", "at"),
        ],
        select(
            *_entry.c,
            given("kind", Text),
            given("document_kind", Text),
            given("document_id", Uuid),
            given("actor", Text),
            given("reason", Text),
            given("effect_key", Text),
            given("at", DateTime(timezone=True)),
        ),
    )
    .cte("written")
)
"""The rows of the journal, as a part of the statement that moves what they tell of."""


def arguments(
    entries: Sequence[Entry], kind: TraceKind, cause: Cause, effect_key: str, at: datetime
) -> dict[str, object]:
    """Gives the arguments of `WRITE`."""
    return {
        "entry_id": [new_id() for _ in entries],
        **{f"entry_{name}": [getattr(entry, name) for entry in entries] for name in Entry._fields},
        "kind": kind,
        "document_kind": cause.kind,
        "document_id": cause.document_id,
        "actor": cause.actor,
        "reason": cause.reason,
        "effect_key": effect_key,
        "at": at,
    }


class _Before(msgspec.Struct, frozen=True):
    variant_id: VariantId
    kind: TraceKind
    code: str
    quantity: int
    order_line_id: OrderLineId | None


_row = trace_movements.c
BEFORE = Statement(
    select(_row.variant_id, _row.kind, _row.code, _row.quantity, _row.order_line_id)
    .where(
        _row.effect_key == given("effect_key", Text),
        _row.location_id == given("location_id", Uuid),
        _row.spot == given("spot", Text),
        any_of(_row.variant_id, "variant_ids"),
    )
    .order_by(_row.seq),
    into=_Before,
)


class Wish(NamedTuple):
    """Signed units that an effect is asked to move; no code where the lot is left open."""

    variant_id: VariantId
    code: str | None
    quantity: int


async def traced_before(
    tx: Tx, effect_key: str, standing: Standing, wishes: Iterable[Wish], variant_ids: Collection[UUID]
) -> list[Traced] | None:
    """Gives what this effect moved at a spot, None when it has not happened; call it with the rows locked.

    Refuses with EffectDiffers when it moved other units than are asked for now.
    """
    before: list[_Before] = await tx.fetch(
        BEFORE,
        effect_key=effect_key,
        location_id=standing.location_id,
        spot=standing.spot,
        variant_ids=list(variant_ids),
    )
    if not before:
        return None
    asked: Counter[VariantId] = Counter()
    named: Counter[tuple[VariantId, str]] = Counter()
    for wish in wishes:
        asked[wish.variant_id] += wish.quantity
        if wish.code is not None:
            named[wish.variant_id, wish.code] += wish.quantity
    moved: Counter[VariantId] = Counter()
    by_code: Counter[tuple[VariantId, str]] = Counter()
    for row in before:
        moved[row.variant_id] += row.quantity
        by_code[row.variant_id, row.code] += row.quantity
    if moved != asked or any(abs(by_code[code]) < abs(units) for code, units in named.items()):
        raise EffectDiffers(f"The effect key {effect_key} stands for other units; use a new one.")
    return [traced(row.kind, row.variant_id, row.code, abs(row.quantity), row.order_line_id) for row in before]


def traced(
    kind: TraceKind, variant_id: VariantId, code: str, quantity: int, order_line_id: OrderLineId | None = None
) -> Traced:
    """Gives what was moved, for whoever asked for it."""
    lot, serial = (code, None) if kind is TraceKind.LOT else (None, code)
    return Traced(variant_id, lot, serial, quantity, order_line_id)


WITH_LINES = Statement(
    select(_row.variant_id, _row.order_line_id, _row.code, (-func.sum(_row.quantity)).label("units"))
    .where(
        any_of(_row.order_line_id, "order_line_ids"),
        _row.kind == TraceKind.LOT.value,
        _row.other_spot == Spot.CUSTOMER.value,
    )
    .group_by(_row.variant_id, _row.order_line_id, _row.code)
    .having(func.sum(_row.quantity) < 0)
)
_at_spot = (
    _row.location_id == given("location_id", Uuid),
    _row.spot == given("spot", Text),
    any_of(_row.variant_id, "variant_ids"),
)


def _by_code(units: ColumnElement[int], *where: ColumnElement[bool]) -> Statement[LotUnits]:
    return Statement(
        select(_row.variant_id, _row.code.label("lot"), lots.c.expires_on, units.label("quantity"))
        .select_from(
            trace_movements.outerjoin(lots, (lots.c.variant_id == _row.variant_id) & (lots.c.lot == _row.code))
        )
        .where(*_at_spot, *where)
        .group_by(_row.variant_id, _row.code, lots.c.expires_on)
        .having(units > 0)
        .order_by(_row.variant_id, _row.code),
        into=LotUnits,
    )


OF_DOCUMENT = _by_code(func.sum(_row.quantity), _row.document_id == given("document_id", Uuid))
OF_EFFECT = _by_code(-func.sum(_row.quantity), _row.effect_key == given("effect_key", Text))


async def out_with(
    tx: Tx, order_line_ids: Iterable[OrderLineId]
) -> Mapping[tuple[OrderLineId, VariantId], dict[str, int]]:
    """Gives the units by lot that left with order lines and have not come back."""
    found: dict[tuple[OrderLineId, VariantId], dict[str, int]] = {}
    for row in await tx.fetch(WITH_LINES, order_line_ids=sorted(set(order_line_ids))):
        found.setdefault((row["order_line_id"], row["variant_id"]), {})[row["code"]] = row["units"]
    return found


async def brought_by(
    tx: Tx, cause: Cause, effect_key: str, standing: Standing, variant_ids: Collection[VariantId]
) -> Mapping[VariantId, list[LotUnits]]:
    """Gives the units by lot or serial number that a document brought to a spot and that did not leave by it again.

    Where the effect took some away already, gives these: so that its repetition names what it named the first time.
    """
    at = {"location_id": standing.location_id, "spot": standing.spot, "variant_ids": list(variant_ids)}
    rows = await tx.fetch(OF_EFFECT, effect_key=effect_key, **at)
    if not rows and cause.document_id is not None:
        rows = await tx.fetch(OF_DOCUMENT, document_id=cause.document_id, **at)
    found: dict[VariantId, list[LotUnits]] = {}
    for row in rows:
        found.setdefault(row.variant_id, []).append(row)
    return found
