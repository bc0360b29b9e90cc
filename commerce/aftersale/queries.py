"""Reads of returns: each is one statement, lines and deliveries aggregated as JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from commerce.aftersale.facts import Return, ReturnState
from commerce.aftersale.tables import return_deliveries, return_lines, returns
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import OrderId
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
LAST_ID = UUID(int=2**128 - 1)


def whole(header: FromClause) -> Select[Any]:
    """Gives a return's columns with its lines and deliveries as JSON, from a table or CTE with the header's columns."""
    return select(
        *header.c,
        _rows(return_lines, header, return_lines.c.position).label("lines"),
        _rows(return_deliveries, header, return_deliveries.c.group_id).label("deliveries"),
    )


def _rows(table: Table, header: FromClause, order: ColumnElement[Any]) -> ColumnElement[Any]:
    empty = cast(literal("[]", Text), JSON)
    rows = (
        select(func.coalesce(func.json_agg(aggregate_order_by(table.table_valued(), order), type_=JSON), empty))
        .where(table.c.return_id == header.c.id)
        .correlate(header)
        .scalar_subquery()
    )
    return type_coerce(rows, JSON)


def _may_see() -> ColumnElement[bool]:
    """A shopper's own; for staff those received at their locations and those that were not received anywhere yet."""
    here = returns.c.location_id
    return or_(
        returns.c.shopper_id == given("shopper_id", Uuid),
        and_(
            given("staff", Boolean),
            or_(given("everywhere", Boolean), here.is_(None), here == func.any(given("locations", ARRAY(Uuid)))),
        ),
    )


def sight(caller: Caller) -> dict[str, object]:
    """Gives the arguments that keep a read within what the caller may see."""
    return {
        "shopper_id": caller.id if caller.is_shopper else None,
        "staff": caller.is_staff_side,
        "everywhere": caller.locations is None,
        "locations": list(caller.locations or ()),
    }


_by_id = returns.c.id == given("id", Uuid)
ONE = Statement(whole(returns).where(_by_id), into=Return)
SEEN = Statement(whole(returns).where(_by_id, _may_see()), into=Return)
LOCK = Statement(select(returns.c.id).where(_by_id).with_for_update())
_order, _at, _state = given("order_id", Uuid), given("location_id", Uuid), given("state", Text)
LIST = Statement(
    whole(returns)
    .where(
        _may_see(),
        or_(_order.is_(None), returns.c.order_id == _order),
        or_(_at.is_(None), returns.c.location_id == _at),
        or_(_state.is_(None), returns.c.state == _state),
        tuple_(returns.c.requested_at, returns.c.id)
        < tuple_(given("before_at", returns.c.requested_at.type), given("before_id", Uuid)),
    )
    .order_by(returns.c.requested_at.desc(), returns.c.id.desc())
    .limit(given("most", Integer)),
    into=Return,
)
_asked = and_(returns.c.order_id == given("order_id", Uuid), returns.c.refund_amount.is_not(None))
_parts = (
    select(return_lines.c.group_id, return_lines.c.total)
    .join_from(return_lines, returns, returns.c.id == return_lines.c.return_id)
    .where(_asked)
    .union_all(
        select(return_deliveries.c.group_id, return_deliveries.c.total)
        .join_from(return_deliveries, returns, returns.c.id == return_deliveries.c.return_id)
        .where(_asked)
    )
    .subquery("parts")
)
REFUND_ASKED = Statement(
    select(_parts.c.group_id, cast(func.sum(_parts.c.total), BigInteger).label("total")).group_by(_parts.c.group_id)
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which returns a list is asked for; None: all."""

    order_id: UUID | None = None
    location_id: UUID | None = None
    state: ReturnState | None = None


async def seen(reads: Reads, caller: Caller, return_id: UUID) -> Return:
    """Gives a return that the caller may see; another's refuses with NotFound, exactly as if it did not exist."""
    found = await reads.fetch_one(SEEN, id=return_id, **sight(caller))
    if found is None:
        raise NotFound("There is no such return.")
    return found


async def return_now(reads: Reads, return_id: UUID) -> Return:
    """Gives a return to code that answers for who may see it; refuses with NotFound."""
    found = await reads.fetch_one(ONE, id=return_id)
    if found is None:
        raise NotFound("There is no such return.")
    return found


async def lock(tx: Tx, return_id: UUID) -> Return:
    """Gives a return as it is now and keeps it so until the transaction ends; refuses with NotFound. Its order is locked before."""
    await tx.fetch_value(LOCK, id=return_id)
    return await return_now(tx, return_id)


async def refund_asked(tx: Tx, order_id: OrderId) -> dict[UUID, int]:
    """Gives what returns whose refund was asked for carry of each group of an order."""
    return {row["group_id"]: row["total"] for row in await tx.fetch(REFUND_ASKED, order_id=order_id)}


async def listed(
    reading: Reading, caller: Caller, wanted: Wanted, *, before: tuple[datetime, UUID] | None, most: int
) -> Sequence[Return]:
    """Gives returns that the caller may see, the newest first."""
    before_at, before_id = before or (END_OF_TIME, LAST_ID)
    return await reading.fetch(
        LIST,
        **sight(caller),
        order_id=wanted.order_id,
        location_id=wanted.location_id,
        state=wanted.state,
        before_at=before_at,
        before_id=before_id,
        most=most,
    )
