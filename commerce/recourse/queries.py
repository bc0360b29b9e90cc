"""Reads of rejections, of what waits for a person, of how long is waited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Boolean, Integer, Select, Uuid, func, or_, select, tuple_, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from commerce.kernel.errors import NotFound
from commerce.kernel.ids import LocationId, OrderId, RejectionId, VariantId
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.recourse.facts import Patience, Rejection, RejectionState, WaitingException
from commerce.recourse.tables import order_exceptions, patience, rejection_lines, rejections

_case, _exception = rejections.c, order_exceptions.c


def _whole() -> Select[Any]:
    lines = (
        select(
            func.json_agg(
                aggregate_order_by(rejection_lines.table_valued(), rejection_lines.c.order_line_id), type_=JSON
            )
        )
        .where(rejection_lines.c.rejection_id == _case.id)
        .correlate(rejections)
        .scalar_subquery()
    )
    return select(*_case, type_coerce(lines, JSON).label("lines"))


_order = given("order_id", Uuid)
OF_ORDER = Statement(_whole().where(_case.order_id == _order).order_by(_case.opened_at, _case.id), into=Rejection)
LISTED = Statement(
    _whole()
    .where(
        _case.order_id == _order,
        tuple_(_case.opened_at, _case.id) > tuple_(given("after_at", _case.opened_at.type), given("after_id", Uuid)),
    )
    .order_by(_case.opened_at, _case.id)
    .limit(given("most", Integer)),
    into=Rejection,
)
ONE = Statement(_whole().where(_case.id == given("id", Uuid)), into=Rejection)
LOCK = Statement(select(_case.id).where(_case.id == given("id", Uuid), _case.order_id == _order).with_for_update())
LOCK_OF_ORDER = Statement(select(_case.id).where(_case.order_id == _order).order_by(_case.id).with_for_update())
ROUTING = Statement(
    _whole()
    .where(_case.state == RejectionState.ROUTING.value, _case.opened_at <= given("before", _case.opened_at.type))
    .order_by(_case.opened_at)
    .limit(given("most", Integer)),
    into=Rejection,
)
OVERDUE = Statement(
    _whole()
    .where(_case.state == RejectionState.WAITING_FOR_CHOICE.value, _case.choose_by <= given("at", _case.choose_by.type))
    .order_by(_case.choose_by)
    .limit(given("most", Integer)),
    into=Rejection,
)
ASKED = Statement(
    select(_case.location_id, rejection_lines.c.variant_id)
    .join_from(rejections, rejection_lines, rejection_lines.c.rejection_id == _case.id)
    .where(_case.order_id == _order)
    .distinct()
)
EXCEPTIONS = Statement(
    select(order_exceptions)
    .where(
        or_(given("everywhere", Boolean), _exception.location_id == func.any(given("locations", ARRAY(Uuid)))),
        or_(given("resolved_too", Boolean), _exception.resolved_at.is_(None)),
        tuple_(_exception.opened_at, _exception.id)
        > tuple_(given("after_at", _exception.opened_at.type), given("after_id", Uuid)),
    )
    .order_by(_exception.opened_at, _exception.id)
    .limit(given("most", Integer)),
    into=WaitingException,
)
EXCEPTION = Statement(
    select(order_exceptions)
    .where(
        _exception.id == given("id", Uuid),
        or_(given("everywhere", Boolean), _exception.location_id == func.any(given("locations", ARRAY(Uuid)))),
    )
    .with_for_update(),
    into=WaitingException,
)
_figures = select(*(each for each in patience.c if each.name not in {"id", "location_id"}))
OWN_PATIENCE = Statement(
    _figures.where(patience.c.location_id.is_not_distinct_from(given("location_id", Uuid))), into=Patience
)
PATIENCE = Statement(
    _figures.where(or_(patience.c.location_id == given("location_id", Uuid), patience.c.location_id.is_(None)))
    .order_by(patience.c.location_id.is_(None))
    .limit(1),
    into=Patience,
)


async def rejections_of(reads: Reads, order_id: OrderId) -> list[Rejection]:
    """Gives the rejections of an order as they came, to code that answers for who may see them."""
    return await reads.fetch(OF_ORDER, order_id=order_id)


async def rejections_after(
    reads: Reads, order_id: OrderId, *, after: tuple[datetime, UUID], most: int
) -> Sequence[Rejection]:
    """Gives a part of the rejections of an order as they came, to code that answers for who may see them."""
    return await reads.fetch(LISTED, order_id=order_id, after_at=after[0], after_id=after[1], most=most)


async def known(reads: Reads, rejection_id: RejectionId) -> Rejection | None:
    """Gives a rejection, where there is such a one, to code that answers for who may see it."""
    return await reads.fetch_one(ONE, id=rejection_id)


async def rejection(reads: Reads, rejection_id: RejectionId) -> Rejection:
    """Gives a rejection, to code that answers for who may see it; refuses with NotFound."""
    found = await known(reads, rejection_id)
    if found is None:
        raise NotFound("There is no such rejection.")
    return found


async def lock(tx: Tx, order_id: OrderId, rejection_id: RejectionId) -> Rejection:
    """Gives a rejection of an order, locked until the commit; the order must be locked before. Refuses with NotFound."""
    if await tx.fetch_value(LOCK, id=rejection_id, order_id=order_id) is None:
        raise NotFound("There is no such rejection.")
    return await rejection(tx, rejection_id)


async def asked(reads: Reads, order_id: OrderId) -> frozenset[tuple[LocationId, VariantId]]:
    """Gives which places rejected which articles of an order: they are not asked for them again."""
    return frozenset((row["location_id"], row["variant_id"]) for row in await reads.fetch(ASKED, order_id=order_id))


async def patience_of(reads: Reads, location_id: UUID | None) -> Patience:
    """Gives how long is waited at a location: by its own figures, the shop's, or the built-in ones."""
    return await reads.fetch_one(PATIENCE, location_id=location_id) or Patience()


async def own_patience(reads: Reads, location_id: UUID | None) -> Patience:
    """Gives what was set for a location itself, or (None) for the whole shop; the built-in figures, at version 0, where nothing was."""
    return await reads.fetch_one(OWN_PATIENCE, location_id=location_id) or Patience()


async def waiting_exceptions(
    reads: Reads, caller: Caller, *, resolved_too: bool, after: tuple[datetime, UUID], most: int
) -> Sequence[WaitingException]:
    """Gives what waits for a person at the caller's locations, the oldest first."""
    return await reads.fetch(
        EXCEPTIONS,
        **scope_of(caller),
        resolved_too=resolved_too,
        after_at=after[0],
        after_id=after[1],
        most=most,
    )


def scope_of(caller: Caller) -> dict[str, object]:
    """Gives the arguments that keep a read within the caller's locations."""
    return {"everywhere": caller.locations is None, "locations": list(caller.locations or ())}
