"""Reads of fulfilment orders: whole, for a location's work list, for the order's owner, for picking."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    func,
    or_,
    select,
    text,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from commerce.fulfilment.facts import Fulfilment, PickupCode, Shipment
from commerce.fulfilment.rules import CLOSED
from commerce.fulfilment.tables import fulfilment_lines, fulfilment_orders, pickup_codes, shipments
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import FulfilmentOrderId, OrderId
from commerce.kernel.wire import Text3, WireOut
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

PICK_LIST_MOST = 500
OPEN = text(f"fulfilment_orders.state NOT IN {CLOSED}")
_work = fulfilment_orders.c


def whole(header: FromClause) -> Select[Any]:
    """Gives a fulfilment order's columns with its lines as JSON, from a table or CTE with the header's columns."""
    lines = (
        select(
            func.json_agg(aggregate_order_by(fulfilment_lines.table_valued(), fulfilment_lines.c.position), type_=JSON)
        )
        .where(fulfilment_lines.c.fulfilment_order_id == header.c.id)
        .correlate(header)
        .scalar_subquery()
    )
    return select(*header.c, type_coerce(lines, JSON).label("lines"))


def _at_my_place() -> ColumnElement[bool]:
    return or_(given("everywhere", Boolean), _work.location_id == func.any(given("locations", ARRAY(Uuid))))


_by_id = _work.id == given("id", Uuid)
SEEN = Statement(whole(fulfilment_orders).where(_by_id, _at_my_place()), into=Fulfilment)
ONE = Statement(whole(fulfilment_orders).where(_by_id), into=Fulfilment)
LOCKED = Statement(select(_work.id).where(_by_id, _at_my_place()).with_for_update())
OF_ORDER = Statement(
    whole(fulfilment_orders).where(_work.order_id == given("order_id", Uuid)).order_by(_work.number), into=Fulfilment
)
_location, _state, _kind = given("location_id", Uuid), given("state", Text), given("kind", Text)
LIST = Statement(
    whole(fulfilment_orders)
    .where(
        _at_my_place(),
        or_(_location.is_(None), _work.location_id == _location),
        or_(_kind.is_(None), _work.kind == _kind),
        or_(_work.state == _state, _state.is_(None)),
        or_(given("closed_too", Boolean), OPEN),
        tuple_(_work.offered_at, _work.id) > tuple_(given("after_at", _work.offered_at.type), given("after_id", Uuid)),
    )
    .order_by(_work.offered_at, _work.id)
    .limit(given("most", Integer)),
    into=Fulfilment,
)
CODE = Statement(
    select(pickup_codes.c.fulfilment_order_id, pickup_codes.c.code, pickup_codes.c.failed_attempts).where(
        pickup_codes.c.fulfilment_order_id == given("id", Uuid)
    ),
    into=PickupCode,
)
_shipment = shipments.c
SHIPMENT = Statement(
    select(shipments).where(
        _shipment.id == given("id", Uuid),
        or_(given("everywhere", Boolean), _shipment.location_id == func.any(given("locations", ARRAY(Uuid)))),
    ),
    into=Shipment,
)
SHIPMENTS = Statement(
    select(shipments).where(_shipment.order_id == given("order_id", Uuid)).order_by(_shipment.shipped_at, _shipment.id),
    into=Shipment,
)


class PickItem(WireOut, frozen=True, kw_only=True):
    """Units of one article that open work at a location still wants from the shelf, and for which fulfilment orders."""

    variant_id: UUID
    sku: str
    title: Text3
    option_text: str
    quantity: int
    fulfilment_orders: list[str]


_to_pick = fulfilment_lines.c.quantity - fulfilment_lines.c.picked - fulfilment_lines.c.short
PICK_LIST = Statement(
    select(
        fulfilment_lines.c.variant_id,
        func.min(fulfilment_lines.c.sku).label("sku"),
        type_coerce(func.json_agg(fulfilment_lines.c.title).op("->")(0), JSON).label("title"),
        func.min(fulfilment_lines.c.option_text).label("option_text"),
        func.sum(_to_pick).cast(Integer).label("quantity"),
        func.array_agg(_work.number.distinct()).label("fulfilment_orders"),
    )
    .join_from(fulfilment_lines, fulfilment_orders, fulfilment_lines.c.fulfilment_order_id == _work.id)
    .where(
        _work.location_id == given("location_id", Uuid),
        text("fulfilment_orders.state IN ('accepted', 'picking')"),
        _to_pick > 0,
    )
    .group_by(fulfilment_lines.c.variant_id)
    .order_by(func.min(fulfilment_lines.c.sku))
    .limit(given("most", Integer)),
    into=PickItem,
)


def scope_of(caller: Caller) -> dict[str, object]:
    """Gives the arguments that keep a read within the caller's locations."""
    return {"everywhere": caller.locations is None, "locations": list(caller.locations or ())}


async def fulfilment(reads: Reads, fulfilment_id: FulfilmentOrderId, caller: Caller) -> Fulfilment:
    """Gives the work; refuses with NotFound what is not at one of the caller's locations."""
    found = await reads.fetch_one(SEEN, id=fulfilment_id, **scope_of(caller))
    if found is None:
        raise NotFound
    return found


async def lock(tx: Tx, fulfilment_id: FulfilmentOrderId, caller: Caller) -> Fulfilment:
    """Gives the work, locked until the commit. An order that changes with it must be locked before."""
    if await tx.fetch_value(LOCKED, id=fulfilment_id, **scope_of(caller)) is None:
        raise NotFound
    found = await tx.fetch_one(ONE, id=fulfilment_id)
    if found is None:
        raise NotFound
    return found


async def fulfilments_of(reads: Reads, order_id: OrderId) -> list[Fulfilment]:
    """Gives all the work of an order."""
    return await reads.fetch(OF_ORDER, order_id=order_id)


async def shipments_of(reads: Reads, order_id: OrderId) -> list[Shipment]:
    """Gives what has left for an order, in order of time."""
    return await reads.fetch(SHIPMENTS, order_id=order_id)


async def pickup_code(reads: Reads, fulfilment_id: FulfilmentOrderId) -> PickupCode | None:
    """Gives the code under which the order is collected, or None when it is not ready or was collected."""
    return await reads.fetch_one(CODE, id=fulfilment_id)


async def work_list(
    reading: Reading,
    caller: Caller,
    *,
    location_id: UUID | None,
    state: str | None,
    kind: str | None,
    closed_too: bool,
    after: tuple[datetime, UUID],
    most: int,
) -> Sequence[Fulfilment]:
    """Gives the work at the caller's locations, the oldest first; without a state, what is still open."""
    return await reading.fetch(
        LIST,
        **scope_of(caller),
        location_id=location_id,
        state=state,
        kind=kind,
        closed_too=closed_too or state is not None,
        after_at=after[0],
        after_id=after[1],
        most=most,
    )


async def pick_list(reading: Reading, caller: Caller, location_id: UUID) -> list[PickItem]:
    """Gives what accepted work at a location wants from the shelf, summed by article; refuses with NotFound at another's location."""
    if not caller.may_at(location_id):
        raise NotFound
    return await reading.fetch(PICK_LIST, location_id=location_id, most=PICK_LIST_MOST)


async def shipment(reads: Reads, shipment_id: UUID, caller: Caller) -> Shipment:
    """Gives what left; refuses with NotFound what did not leave from one of the caller's locations."""
    found = await reads.fetch_one(SHIPMENT, id=shipment_id, **scope_of(caller))
    if found is None:
        raise NotFound
    return found
