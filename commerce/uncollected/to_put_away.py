"""What waits to be put away: pickups that nobody collected, whose goods still stand in quarantine."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import JSON, Boolean, Integer, ScalarSelect, Text, Uuid, column, func, or_, select, table, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from commerce.kernel.ids import FulfilmentLineId, FulfilmentOrderId, LocationId, OrderId, VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Reads
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.uncollected.facts import Trace
from commerce.uncollected.tables import pickup_waits, uncollected_units

_wait, _units = pickup_waits.c, uncollected_units.c
_orders = table("orders", column("id", Uuid), column("number", Text)).c
_work = table("fulfilment_orders", column("id", Uuid), column("location_id", Uuid), column("state", Text)).c
_line = table(
    "fulfilment_lines",
    column("id", Uuid),
    column("position", Integer),
    column("sku", Text),
    column("title", JSONB),
    column("option_text", Text),
).c


class UnitsAside(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a line that stand in quarantine."""

    line_id: FulfilmentLineId
    variant_id: VariantId
    sku: str
    title: Text3
    option_text: str
    units: int
    traces: tuple[Trace, ...]


class SetAside(msgspec.Struct, frozen=True, kw_only=True):
    """A pickup that nobody collected by `expired_at`, with what is to be put away of it."""

    id: UUID
    order_id: OrderId
    order_number: str
    fulfilment_order_id: FulfilmentOrderId
    location_id: LocationId
    expired_at: datetime
    units: tuple[UnitsAside, ...]


def _aside() -> ScalarSelect[Any]:
    rows = (
        select(
            _line.position,
            _units.line_id,
            _units.variant_id,
            _line.sku,
            _line.title,
            _line.option_text,
            _units.units,
            _units.traces,
        )
        .where(_line.id == _units.line_id, _units.wait_id == _wait.id)
        .correlate(pickup_waits)
        .subquery("aside")
    )
    return select(func.json_agg(aggregate_order_by(rows.table_valued(), rows.c.position), type_=JSON)).scalar_subquery()


_place = given("location_id", Uuid)
# By the work, whose index knows places and states.
TO_PUT_AWAY = Statement(
    select(
        _wait.id,
        _wait.order_id,
        _orders.number.label("order_number"),
        _wait.fulfilment_order_id,
        _wait.location_id,
        _wait.closed_at.label("expired_at"),
        func.coalesce(_aside(), text("'[]'::json"), type_=JSON).label("units"),
    )
    .where(
        text("fulfilment_orders.state = 'expired'"),
        _work.id == _wait.fulfilment_order_id,
        text("pickup_waits.state = 'expired'"),
        _orders.id == _wait.order_id,
        or_(given("everywhere", Boolean), _work.location_id == func.any(given("locations", ARRAY(Uuid)))),
        or_(_place.is_(None), _work.location_id == _place),
        tuple_(_wait.closed_at, _wait.id) > tuple_(given("after_at", _wait.closed_at.type), given("after_id", Uuid)),
    )
    .order_by(_wait.closed_at, _wait.id)
    .limit(given("most", Integer)),
    into=SetAside,
)


async def to_put_away(
    reads: Reads, caller: Caller, location_id: UUID | None, *, after: tuple[datetime, UUID], most: int
) -> Sequence[SetAside]:
    """Gives what is to be put away at the caller's locations, what waits longest first."""
    return await reads.fetch(
        TO_PUT_AWAY,
        everywhere=caller.locations is None,
        locations=list(caller.locations or ()),
        location_id=location_id,
        after_at=after[0],
        after_id=after[1],
        most=most,
    )
