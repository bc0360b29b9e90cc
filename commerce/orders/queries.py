"""Reads of orders: each is one statement, groups and lines aggregated as JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from commerce.kernel.errors import NotFound
from commerce.kernel.ids import OrderId
from commerce.kernel.wire import Text3
from commerce.orders.facts import Order, OrderKit, OrderState
from commerce.orders.tables import order_groups, order_lines, orders, units_elsewhere
from commerce.platform.database import Reads, Tx
from commerce.platform.events import event_feed, events, outbox
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

TIMELINE_MOST = 500
FIRST_LINES = 3
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
LAST_ID = UUID(int=2**128 - 1)


def whole(header: FromClause) -> Select[Any]:
    """Gives an order's columns with its groups and lines as JSON, from a table or CTE with the header's columns."""
    return select(
        *header.c,
        _rows(order_groups, header).label("groups"),
        _rows(order_lines, header).label("lines"),
        _elsewhere(header).label("elsewhere"),
    )


def _rows(table: Table, header: FromClause) -> ColumnElement[Any]:
    rows = (
        select(func.json_agg(aggregate_order_by(table.table_valued(), table.c.position), type_=JSON))
        .where(table.c.order_id == header.c.id)
        .correlate(header)
        .scalar_subquery()
    )
    return type_coerce(rows, JSON)


def _elsewhere(header: FromClause) -> ColumnElement[Any]:
    rows = (
        select(func.json_agg(aggregate_order_by(units_elsewhere.table_valued(), units_elsewhere.c.seq), type_=JSON))
        .where(units_elsewhere.c.order_id == header.c.id)
        .correlate(header)
        .scalar_subquery()
    )
    return type_coerce(func.coalesce(rows, text("'[]'::json")), JSON)


def may_see() -> ColumnElement[bool]:
    """Gives the guard of every read for a caller: `all_orders`, or the shopper's own, or those of which a location has a part."""
    return or_(
        given("all_orders", Boolean),
        orders.c.shopper_id == given("shopper_id", Uuid),
        *(
            select(part.c.order_id)
            .where(part.c.order_id == orders.c.id, part.c.location_id == func.any(given("locations", ARRAY(Uuid))))
            .exists()
            for part in (order_groups, units_elsewhere)
        ),
    )


_by_id = orders.c.id == given("id", Uuid)
ONE = Statement(whole(orders).where(_by_id), into=Order)
SEEN = Statement(whole(orders).where(_by_id, may_see()), into=Order)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Where a locked order stands, and until when it keeps its goods unpaid, under which hold; whether units of it wait for supply."""

    id: OrderId
    number: str
    state: OrderState
    hold_id: UUID
    hold_until: datetime
    version: int
    waits: bool


LOCK = Statement(
    select(
        orders.c.id,
        orders.c.number,
        orders.c.state,
        orders.c.hold_id,
        orders.c.hold_until,
        orders.c.version,
        select(units_elsewhere.c.seq)
        .where(units_elsewhere.c.order_id == orders.c.id, units_elsewhere.c.expected_at.is_not(None))
        .exists()
        .label("waits"),
    )
    .where(_by_id)
    .with_for_update(of=orders),
    into=Header,
)
HOLDING = Statement(select(orders.c.id).where(orders.c.hold_id == given("hold_id", Uuid)))
UNPAID = Statement(
    select(orders.c.id)
    .where(
        orders.c.state == OrderState.PENDING_PAYMENT.value, orders.c.hold_until <= given("at", orders.c.hold_until.type)
    )
    .order_by(orders.c.hold_until)
    .limit(given("most", Integer))
)
BY_NUMBER = Statement(
    whole(orders).where(
        orders.c.number == given("number", Text), func.lower(orders.c.email) == func.lower(given("email", Text))
    ),
    into=Order,
)


class RowLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order as a list shows it, from the order's own copy of the article."""

    sku: str
    title: Text3
    option_text: str
    image_url: str | None
    quantity: int
    kit: OrderKit | None


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a list shows it; its first lines are those of articles, without fees and differences."""

    id: OrderId
    number: str
    state: OrderState
    currency: str
    total: int
    units: int
    first_lines: tuple[RowLine, ...]
    opened_at: datetime
    placed_at: datetime | None
    closed_at: datetime | None
    version: int


_of_articles = and_(
    order_lines.c.order_id == orders.c.id,
    order_lines.c.of_line_id.is_(None),
    order_lines.c.kind != literal("difference", Text),
)
_units = select(func.coalesce(func.sum(order_lines.c.quantity), 0)).where(_of_articles).correlate(orders)
_first = (
    select(order_lines.c.position, *(order_lines.c[name] for name in RowLine.__struct_fields__))
    .where(_of_articles, order_lines.c.quantity > literal(0, Integer))
    .order_by(order_lines.c.position)
    .limit(literal(FIRST_LINES, Integer))
    .correlate(orders)
    .subquery("first")
)
_first_lines = select(func.json_agg(aggregate_order_by(_first.table_valued(), _first.c.position), type_=JSON))
_state = given("state", Text)
_location = given("location_id", Uuid)
LIST = Statement(
    select(
        orders.c.id,
        orders.c.number,
        orders.c.state,
        orders.c.currency,
        orders.c.total,
        _units.scalar_subquery().label("units"),
        type_coerce(func.coalesce(_first_lines.scalar_subquery(), text("'[]'::json")), JSON).label("first_lines"),
        orders.c.opened_at,
        orders.c.placed_at,
        orders.c.closed_at,
        orders.c.version,
    )
    .where(
        may_see(),
        or_(_state.is_(None), orders.c.state == _state),
        or_(
            _location.is_(None),
            *(
                select(part.c.order_id).where(part.c.order_id == orders.c.id, part.c.location_id == _location).exists()
                for part in (order_groups, units_elsewhere)
            ),
        ),
        tuple_(orders.c.opened_at, orders.c.id)
        < tuple_(given("before_at", orders.c.opened_at.type), given("before_id", Uuid)),
    )
    .order_by(orders.c.opened_at.desc(), orders.c.id.desc())
    .limit(given("most", Integer)),
    into=OrderRow,
)


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of an order's timeline."""

    id: UUID
    type: str
    at: datetime
    subject_id: UUID
    facts: msgspec.Raw


TIMELINE = Statement(
    select(
        events.c.id,
        events.c.tag.label("type"),
        events.c.occurred_at.label("at"),
        events.c.aggregate_id.label("subject_id"),
        events.c.payload.label("facts"),
    )
    .outerjoin_from(events, event_feed, event_feed.c.event_id == events.c.id)
    .outerjoin(outbox, outbox.c.event_id == events.c.id)
    .where(events.c.order_id == given("id", Uuid))
    .order_by(event_feed.c.position.asc().nulls_last(), outbox.c.position, events.c.occurred_at)
    .limit(literal(TIMELINE_MOST, Integer)),
    into=Happening,
)


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Whose orders may be seen: all, one shopper's own, or those that a set of locations has a part in."""

    all_orders: bool = False
    shopper_id: UUID | None = None
    locations: tuple[UUID, ...] = ()

    def arguments(self) -> dict[str, object]:
        """Gives the arguments of the guard."""
        return {"all_orders": self.all_orders, "shopper_id": self.shopper_id, "locations": list(self.locations)}


def sight_of(caller: Caller) -> Sight:
    """Gives which orders a caller may see: a shopper's own; for staff, terminals and services those of their places."""
    if caller.is_shopper:
        return Sight(shopper_id=caller.id)
    if not caller.is_staff_side:
        return Sight()
    return Sight(all_orders=caller.locations is None, locations=tuple(caller.locations or ()))


async def order(reads: Reads, order_id: UUID) -> Order:
    """Gives an order with its groups and lines, to code that answers for who may see it; refuses with NotFound."""
    found = await reads.fetch_one(ONE, id=order_id)
    if found is None:
        raise NotFound("There is no such order.")
    return found


async def lock(tx: Tx, order_id: UUID) -> Order:
    """Gives an order as it is now and keeps it so until the transaction ends; refuses with NotFound.

    Two statements: what is read beside a row in the statement that waits for its lock is as it was before the wait.
    """
    await lock_header(tx, order_id)
    return await order(tx, order_id)


async def lock_header(tx: Tx, order_id: UUID) -> Header:
    """Gives where an order stands and keeps it so until the transaction ends; one statement. Refuses with NotFound."""
    header = await tx.fetch_one(LOCK, id=order_id)
    if header is None:
        raise NotFound("There is no such order.")
    return header


async def seen(reads: Reads, sight: Sight, order_id: UUID) -> Order:
    """Gives an order that a caller may see; another's refuses with NotFound, exactly as if it did not exist."""
    found = await reads.fetch_one(SEEN, id=order_id, **sight.arguments())
    if found is None:
        raise NotFound("There is no such order.")
    return found


async def has_order(reads: Reads, hold_id: UUID) -> bool:
    """Says whether a hold's goods are those of an order."""
    return await reads.fetch_value(HOLDING, hold_id=hold_id) is not None


async def unpaid(reads: Reads, *, at: datetime, most: int) -> Sequence[OrderId]:
    """Gives orders that still wait for their payment although the time for it has ended, the longest overdue first."""
    return [row["id"] for row in await reads.fetch(UNPAID, at=at, most=most)]


async def by_number(reads: Reads, number: str, email: str) -> Order | None:
    """Gives the order of a number when the e-mail is its own, whatever the letters' case."""
    return await reads.fetch_one(BY_NUMBER, number=number, email=email)


async def listed(
    reads: Reads,
    sight: Sight,
    *,
    state: str | None,
    location_id: UUID | None,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> list[OrderRow]:
    """Gives orders that a caller may see, the newest first."""
    before_at, before_id = before or (END_OF_TIME, LAST_ID)
    return await reads.fetch(
        LIST,
        **sight.arguments(),
        state=state,
        location_id=location_id,
        before_at=before_at,
        before_id=before_id,
        most=most,
    )


async def timeline(reads: Reads, order_id: UUID) -> list[Happening]:
    """Gives the facts of an order and of what hangs on it, as they came, the first 500."""
    return await reads.fetch(TIMELINE, id=order_id)
