"""Reads of pick lists: by location, whole, what can be put on one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Integer, Text, Uuid, and_, func, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.fulfilment.facts import Fulfilment
from commerce.fulfilment.pick_facts import PickList
from commerce.fulfilment.pick_rules import WantedLine
from commerce.fulfilment.pick_tables import pick_list_works, pick_lists, shelf_places
from commerce.fulfilment.queries import scope_of, whole
from commerce.fulfilment.tables import fulfilment_lines, fulfilment_orders
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import LocationId, OrderId, PickListId
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given

_list, _work, _line, _held, _place = (
    pick_lists.c,
    fulfilment_orders.c,
    fulfilment_lines.c,
    pick_list_works.c,
    shelf_places.c,
)
_mine = or_(given("everywhere", Boolean), _list.location_id == func.any(given("locations", ARRAY(Uuid))))
SEEN = Statement(select(pick_lists).where(_list.id == given("id", Uuid), _mine), into=PickList)
LOCKED = Statement(select(pick_lists).where(_list.id == given("id", Uuid), _mine).with_for_update(), into=PickList)
_state = given("state", Text)
LISTED = Statement(
    select(pick_lists)
    .where(
        _list.location_id == given("location_id", Uuid),
        or_(_state.is_(None), _list.state == _state),
        tuple_(_list.made_at, _list.id) > tuple_(given("after_at", _list.made_at.type), given("after_id", Uuid)),
    )
    .order_by(_list.made_at, _list.id)
    .limit(given("most", Integer)),
    into=PickList,
)
WANTED = Statement(
    select(
        _work.id.label("fulfilment_order_id"),
        _work.number,
        _line.id.label("line_id"),
        _line.variant_id,
        _line.sku,
        _line.title,
        _line.option_text,
        _line.quantity,
        _line.picked,
        _line.short,
        _place.aisle,
        _place.bay,
        _place.position,
    )
    .join_from(pick_list_works, fulfilment_orders, _work.id == _held.fulfilment_order_id)
    .join(fulfilment_lines, _line.fulfilment_order_id == _work.id)
    .outerjoin(shelf_places, and_(_place.location_id == _work.location_id, _place.variant_id == _line.variant_id))
    .where(_held.pick_list_id == given("id", Uuid), _work.state != "cancelled")
    .order_by(_work.ready_by.nulls_last(), _work.offered_at, _work.id, _line.position),
    into=WantedLine,
)
ORDERS = Statement(
    select(_work.order_id)
    .join_from(pick_list_works, fulfilment_orders, _work.id == _held.fulfilment_order_id)
    .join(fulfilment_lines, _line.fulfilment_order_id == _work.id)
    .where(_held.pick_list_id == given("id", Uuid), _line.variant_id == given("variant_id", Uuid))
    .distinct()
    .order_by(_work.order_id)
)
PICKABLE = text("fulfilment_orders.state IN ('offered', 'accepted', 'picking')")
_to_pick = (
    select(_line.id)
    .where(_line.fulfilment_order_id == _work.id, _line.picked + _line.short < _line.quantity)
    .correlate(fulfilment_orders)
    .exists()
)
_free = (
    ~select(_held.pick_list_id)
    .where(_held.fulfilment_order_id == _work.id, _held.released_at.is_(None))
    .correlate(fulfilment_orders)
    .exists()
)
_kind, _due, _placed = (
    given("kind", Text),
    given("due_by", _work.ready_by.type),
    given("placed_by", _work.ready_by.type),
)
DUE = Statement(
    select(_work.id)
    .where(
        _work.location_id == given("location_id", Uuid),
        PICKABLE,
        or_(_kind.is_(None), _work.kind == _kind),
        or_(_due.is_(None), _work.ready_by <= _due),
        or_(_placed.is_(None), _work.offered_at <= _placed),
        _to_pick,
        _free,
    )
    .order_by(_work.ready_by.nulls_last(), _work.offered_at, _work.id)
    .limit(given("most", Integer))
)
HOLD = Statement(
    select(_work.id)
    .where(any_of(_work.id, "ids"), _work.location_id == given("location_id", Uuid))
    .order_by(_work.id)
    .with_for_update()
)
WORKS = Statement(whole(fulfilment_orders).where(any_of(_work.id, "ids")).order_by(_work.id), into=Fulfilment)


async def pick_list(reads: Reads, list_id: PickListId, caller: Caller) -> PickList:
    """Gives a pick list; refuses with NotFound one that is not at the caller's locations."""
    found = await reads.fetch_one(SEEN, id=list_id, **scope_of(caller))
    if found is None:
        raise NotFound
    return found


async def lock_list(tx: Tx, list_id: PickListId, caller: Caller) -> PickList:
    """Gives a pick list, locked before its orders and their work; refuses with NotFound."""
    found = await tx.fetch_one(LOCKED, id=list_id, **scope_of(caller))
    if found is None:
        raise NotFound
    return found


async def wanted(reads: Reads, list_id: PickListId) -> list[WantedLine]:
    """Gives the lines of the work on a list, of the earliest promise first; cancelled work wants nothing."""
    return await reads.fetch(WANTED, id=list_id)


async def orders_wanting(tx: Tx, list_id: PickListId, variant_id: UUID) -> list[OrderId]:
    """Gives the orders of a list that have an article, in the order in which they are locked."""
    return [OrderId(row["order_id"]) for row in await tx.fetch(ORDERS, id=list_id, variant_id=variant_id)]


async def listed(
    reading: Reading, location_id: LocationId, state: str | None, after: tuple[datetime, UUID], most: int
) -> Sequence[PickList]:
    """Gives the pick lists of a location, the oldest first."""
    return await reading.fetch(
        LISTED, location_id=location_id, state=state, after_at=after[0], after_id=after[1], most=most
    )
