"""Why each figure of an article's stock is what it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, FromClause, Select, Subquery, Uuid, func, select, true
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory.facts import Spot
from commerce.inventory.links import document_href, movements_href
from commerce.inventory.lists import listed, seen
from commerce.inventory.queries import live_levels, over_by
from commerce.inventory.rows import same_place
from commerce.inventory.schemas import (
    BufferOut,
    WhyBesideOut,
    WhyLocationOut,
    WhyMovementOut,
    WhyOut,
    WhyReservedOut,
    WhyUnroutedOut,
)
from commerce.inventory.tables import (
    reservations,
    stock_balances,
    stock_levels,
    stock_movements,
    unrouted_demand,
)
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given

MOVEMENTS_SHOWN = 10
RESERVATIONS_SHOWN = 50
UNROUTED_SHOWN = 50


class _Movement(msgspec.Struct, frozen=True):
    id: UUID
    quantity: int
    on_hand_after: int
    kind: str
    document_kind: str
    document_id: UUID | None
    actor: str
    reason: str
    at: datetime
    other_spot: Spot
    other_location_id: UUID | None


class _Reserved(msgspec.Struct, frozen=True):
    hold_id: UUID
    order_id: UUID | None
    open: int
    expires_at: datetime | None
    owner_kind: str


class _Beside(msgspec.Struct, frozen=True):
    spot: Spot
    units: int


class _Why(msgspec.Struct, frozen=True):
    location_id: UUID
    on_hand: int
    reserved: int
    available: int
    safety: int
    claimed: int
    closed: bool
    buffers: dict[UUID, int] | None
    movements: list[_Movement] | None
    reserved_by: list[_Reserved] | None
    beside: list[_Beside] | None


_FIGURES = ("location_id", "on_hand", "reserved", "available", "safety", "claimed", "closed", "buffers")


class _Waiting(msgspec.Struct, frozen=True):
    owner_id: UUID
    units: int
    every: int


def _json(rows: Subquery, *order: ColumnElement[Any]) -> Select[Any]:
    """Gives rows as one JSON list; no rows are null."""
    document = func.to_jsonb(rows.table_valued())
    return select(func.jsonb_agg(aggregate_order_by(document, *order), type_=JSONB).label("list"))


def _why() -> Statement[_Why]:
    at = given("at", DateTime(timezone=True))
    level = (
        live_levels(at)
        .add_columns(stock_levels.c.buffers)
        .where(stock_levels.c.variant_id == given("variant_id", Uuid))
        .subquery("level")
    )

    def here(table: FromClause) -> ColumnElement[bool]:
        return same_place(table, level)

    moved = (
        select(stock_movements)
        .where(here(stock_movements), stock_movements.c.spot == Spot.SHELF.value)
        .order_by(stock_movements.c.seq.desc())
        .limit(MOVEMENTS_SHOWN)
        .correlate(level)
        .subquery("moved")
    )
    kept = (
        select(*(reservations.c[name] for name in ("hold_id", "order_id", "open", "expires_at", "owner_kind")))
        .where(here(reservations), reservations.c.open > 0, ~func.coalesce(over_by(at), False))
        .order_by(reservations.c.order_id.is_(None), reservations.c.hold_id)
        .limit(RESERVATIONS_SHOWN)
        .correlate(level)
        .subquery("kept")
    )
    beside = (
        select(stock_balances.c.spot, stock_balances.c.units)
        .where(here(stock_balances), stock_balances.c.units != 0)
        .correlate(level)
        .subquery("besides")
    )
    parts = {
        "movements": _json(moved, moved.c.seq.desc()).correlate(level).lateral("movements"),
        "reserved_by": _json(kept, kept.c.order_id.is_(None), kept.c.hold_id).correlate(level).lateral("reserved_by"),
        "beside": _json(beside, beside.c.spot).correlate(level).lateral("beside"),
    }
    joined: Any = level
    for part in parts.values():
        joined = joined.join(part, true())
    return Statement(
        select(
            *(level.c[name] for name in _FIGURES),
            *(part.c.list.label(name) for name, part in parts.items()),
        )
        .select_from(joined)
        .where(seen(level.c.location_id))
        .order_by(level.c.location_id),
        into=_Why,
    )


WHY = _why()
WAITING = Statement(
    select(
        unrouted_demand.c.owner_id,
        unrouted_demand.c.units,
        func.sum(unrouted_demand.c.units).over().label("every"),
    )
    .where(unrouted_demand.c.variant_id == given("variant_id", Uuid), unrouted_demand.c.units > 0)
    .order_by(unrouted_demand.c.owner_id)
    .limit(UNROUTED_SHOWN),
    into=_Waiting,
)


async def why(reading: Reading, variant_id: UUID, locations: frozenset[UUID] | None, at: datetime) -> WhyOut:
    """Explains each figure of an article's stock at the locations that the caller may see; refuses with NotFound where there never was any."""
    rows = await reading.fetch(WHY, variant_id=variant_id, locations=listed(locations), at=at)
    waiting = await reading.fetch(WAITING, variant_id=variant_id)
    if not rows and not waiting:
        raise NotFound("There was never any stock of this article here.")
    here = [_explained(variant_id, row) for row in rows]
    online, unrouted = sum(each.online for each in here), waiting[0].every if waiting else 0
    return WhyOut(
        variant_id=variant_id,
        on_hand=sum(each.on_hand for each in here),
        reserved=sum(each.reserved for each in here),
        available=sum(each.available for each in here),
        safety=sum(each.safety for each in here),
        claimed=sum(each.claimed for each in here),
        online=online,
        unrouted=unrouted,
        unrouted_by=[
            WhyUnroutedOut(owner_id=each.owner_id, units=each.units, href=document_href("order", each.owner_id) or "")
            for each in waiting
        ],
        sendable=max(0, online - unrouted),
        locations=here,
    )


def _explained(variant_id: UUID, row: _Why) -> WhyLocationOut:
    movements, reserved_by = row.movements or [], row.reserved_by or []
    return WhyLocationOut(
        location_id=row.location_id,
        on_hand=row.on_hand,
        reserved=row.reserved,
        available=row.available,
        safety=row.safety,
        claimed=row.claimed,
        closed=row.closed,
        buffers=[BufferOut(channel_id=channel, units=units) for channel, units in (row.buffers or {}).items()],
        online=0 if row.closed else max(0, row.available - row.safety - row.claimed),
        moved_before=row.on_hand - sum(movement.quantity for movement in movements),
        movements=[
            msgspec.convert(
                {**msgspec.structs.asdict(each), "href": document_href(each.document_kind, each.document_id)},
                WhyMovementOut,
            )
            for each in movements
        ],
        movements_href=movements_href(variant_id, row.location_id, Spot.SHELF),
        reserved_further=row.reserved - sum(each.open for each in reserved_by),
        reserved_by=[
            msgspec.convert(
                {**msgspec.structs.asdict(each), "href": document_href(each.owner_kind, each.order_id)}, WhyReservedOut
            )
            for each in reserved_by
        ],
        beside=[
            WhyBesideOut(spot=each.spot, units=each.units, href=movements_href(variant_id, row.location_id, each.spot))
            for each in row.beside or []
        ],
    )
