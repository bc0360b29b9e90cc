"""Reads of pickups that wait, of what is due, of who did not come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Boolean, Integer, Select, Text, Uuid, func, or_, select, text, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from commerce.kernel.errors import NotFound
from commerce.kernel.ids import FulfilmentOrderId, OrderId
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.uncollected.facts import NoShows, Wait
from commerce.uncollected.tables import no_shows, pickup_reminders, pickup_waits, uncollected_units

_wait, _reminder, _gone = pickup_waits.c, pickup_reminders.c, no_shows.c
# As text, so that the planner sees the condition of the partial indexes whatever arguments come.
WAITING = text("pickup_waits.state = 'waiting'")


def _whole() -> Select[Any]:
    units = (
        select(
            func.json_agg(
                aggregate_order_by(uncollected_units.table_valued(), uncollected_units.c.order_line_id), type_=JSON
            )
        )
        .where(uncollected_units.c.wait_id == _wait.id)
        .correlate(pickup_waits)
        .scalar_subquery()
    )
    return select(*_wait, type_coerce(func.coalesce(units, text("'[]'::json")), JSON).label("units"))


_at = _wait.due_at.type
_work = _wait.fulfilment_order_id == given("fulfilment_order_id", Uuid)
ONE = Statement(_whole().where(_wait.id == given("id", Uuid)), into=Wait)
OF_WORK = Statement(_whole().where(_work), into=Wait)
OF_ORDER = Statement(_whole().where(_wait.order_id == given("order_id", Uuid)).order_by(_wait.id), into=Wait)
LISTED = Statement(
    _whole()
    .where(
        _wait.order_id == given("order_id", Uuid),
        _wait.id > given("after", Uuid),
        or_(given("everywhere", Boolean), _wait.location_id == func.any(given("locations", ARRAY(Uuid)))),
    )
    .order_by(_wait.id)
    .limit(given("most", Integer)),
    into=Wait,
)
LOCK = Statement(select(_wait.id).where(_wait.id == given("id", Uuid)).with_for_update())
LOCK_OF_WORK = Statement(select(_wait.id).where(_work).with_for_update())
OVERDUE = Statement(
    _whole().where(WAITING, _wait.due_at <= given("at", _at)).order_by(_wait.due_at).limit(given("most", Integer)),
    into=Wait,
)
WAITING_AT = Statement(
    select(_wait.id)
    .where(WAITING, _wait.location_id == given("location_id", Uuid), _wait.id > given("after", Uuid))
    .order_by(_wait.id)
    .limit(given("most", Integer))
)
UNRECKONED = Statement(
    select(_wait.id)
    .where(WAITING, _wait.ready_at.is_not(None), _wait.deadline.is_(None))
    .order_by(_wait.id)
    .limit(given("most", Integer))
)
DUE_REMINDERS = Statement(
    select(_reminder.wait_id)
    .join_from(pickup_reminders, pickup_waits, _wait.id == _reminder.wait_id)
    .where(
        WAITING,
        _reminder.sent_at.is_(None),
        _reminder.due_at <= given("at", _at),
        _reminder.round == _wait.round,
        _wait.deadline > given("at", _at),
    )
    .group_by(_reminder.wait_id)
    .order_by(func.min(_reminder.due_at))
    .limit(given("most", Integer))
)
_there = no_shows.alias("there").c
_people = (
    select(
        _gone.customer,
        func.count().label("uncollected"),
        func.max(_gone.at).label("last_at"),
        (func.count() >= func.min(_gone.sign_count)).label("signed"),
    )
    .where(_gone.counts_until > given("at", _at))
    .group_by(_gone.customer)
)
PEOPLE = Statement(
    _people.where(
        _gone.customer > given("after", Text),
        _gone.customer.in_(
            select(_there.customer).where(
                or_(given("everywhere", Boolean), _there.location_id == func.any(given("locations", ARRAY(Uuid))))
            )
        ),
    )
    .having(or_(given("all_of_them", Boolean), func.count() >= func.min(_gone.sign_count)))
    .order_by(_gone.customer)
    .limit(given("most", Integer)),
    into=NoShows,
)
PERSON = Statement(_people.where(_gone.customer == given("customer", Text)), into=NoShows)


async def wait(reads: Reads, wait_id: UUID) -> Wait:
    """Gives a pickup, to code that answers for who may see it; refuses with NotFound."""
    found = await reads.fetch_one(ONE, id=wait_id)
    if found is None:
        raise NotFound("There is no such pickup.")
    return found


async def wait_of(reads: Reads, fulfilment_order_id: FulfilmentOrderId) -> Wait | None:
    """Gives how a piece of work waits to be collected; None where it never was ready."""
    return await reads.fetch_one(OF_WORK, fulfilment_order_id=fulfilment_order_id)


async def deadline_of(reads: Reads, fulfilment_order_id: FulfilmentOrderId) -> datetime | None:
    """Gives until when a piece of work can be collected; None where it has no end, or nobody can."""
    found = await wait_of(reads, fulfilment_order_id)
    return None if found is None else found.deadline


async def waits_of(reads: Reads, order_id: OrderId) -> list[Wait]:
    """Gives the pickups of an order, to code that answers for who may see them."""
    return await reads.fetch(OF_ORDER, order_id=order_id)


async def waits_after(reads: Reads, caller: Caller, order_id: OrderId, *, after: UUID, most: int) -> Sequence[Wait]:
    """Gives a part of the pickups of an order, in the order in which they began: to staff those at the caller's locations, to its shopper all."""
    return await reads.fetch(
        LISTED,
        order_id=order_id,
        everywhere=caller.is_shopper or caller.locations is None,
        locations=list(caller.locations or ()),
        after=after,
        most=most,
    )


async def lock(tx: Tx, wait_id: UUID) -> Wait:
    """Gives a pickup, locked until the commit. What is locked with it is locked before: the order, then its work."""
    await tx.fetch(LOCK, id=wait_id)
    return await wait(tx, wait_id)


async def lock_of(tx: Tx, fulfilment_order_id: FulfilmentOrderId) -> Wait | None:
    """Gives how a piece of work waits, locked until the commit; None where it never was ready."""
    await tx.fetch(LOCK_OF_WORK, fulfilment_order_id=fulfilment_order_id)
    return await wait_of(tx, fulfilment_order_id)


async def people(
    reads: Reads, caller: Caller, *, unsigned_too: bool, at: datetime, after: str, most: int
) -> Sequence[NoShows]:
    """Gives who let pickups go that still count, by their keys; those who let one go at the caller's locations."""
    return await reads.fetch(
        PEOPLE,
        everywhere=caller.locations is None,
        locations=list(caller.locations or ()),
        all_of_them=unsigned_too,
        at=at,
        after=after,
        most=most,
    )


async def let_go(reads: Reads, customer: str, at: datetime) -> NoShows | None:
    """Gives how many pickups somebody let go that still count; None for nobody's."""
    return await reads.fetch_one(PERSON, customer=customer, at=at)
