"""How payments are read whole and kept: one statement each. Whoever keeps a payment on which another was quicker is told so."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnClause,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
    bindparam,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by, insert
from sqlalchemy.sql.selectable import CTE

from commerce.kernel.errors import Bug, NotFound
from commerce.kernel.ids import PaymentId
from commerce.payments.change import Change
from commerce.payments.events import PaymentDeclined, PaymentMismatched
from commerce.payments.facts import Payment
from commerce.payments.jobs_named import PURSUE, Pursue
from commerce.payments.tables import (
    money_entries,
    payment_alerts,
    payment_captures,
    payment_parts,
    payments,
    provider_events,
    refunds,
)
from commerce.platform.connections import Unavailable
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, given
from commerce.platform.work import enqueue

_at = payments.c.created_at.type
MOST_ATTEMPTS_AT_ONCE = 20


def whole(header: FromClause = payments) -> Select[Any]:
    """Gives a payment's columns with its parts, captures and refunds as JSON."""
    return select(
        *header.c,
        _rows(payment_parts, header, payment_parts.c.position).label("parts"),
        _rows(payment_captures, header, payment_captures.c.id).label("captures"),
        _rows(refunds, header, refunds.c.id).label("refunds"),
    )


def _rows(table: Table, header: FromClause, order: ColumnElement[Any]) -> ColumnElement[Any]:
    empty = func.cast(literal("[]", Text), JSON)
    rows = (
        select(func.coalesce(func.json_agg(aggregate_order_by(table.table_valued(), order), type_=JSON), empty))
        .where(table.c.payment_id == header.c.id)
        .correlate(header)
        .scalar_subquery()
    )
    return type_coerce(rows, JSON)


ONE = Statement(whole().where(payments.c.id == given("id", Uuid)), into=Payment)
OF_ORDER = Statement(
    whole().where(payments.c.order_id == given("order_id", Uuid)).order_by(payments.c.id), into=Payment
)
LOCK_ORDER = Statement(
    select(payments.c.id)
    .where(payments.c.order_id == given("order_id", Uuid))
    .order_by(payments.c.id)
    .with_for_update()
)


async def load(reads: Reads, payment_id: UUID) -> Payment:
    """Gives a payment as it is now; refuses with NotFound."""
    found = await reads.fetch_one(ONE, id=payment_id)
    if found is None:
        raise NotFound("There is no such payment.")
    return found


async def of_order(reads: Reads, order_id: UUID) -> list[Payment]:
    """Gives the payments of an order, the first attempt first."""
    return await reads.fetch(OF_ORDER, order_id=order_id)


async def lock_order(tx: Tx, order_id: UUID) -> list[Payment]:
    """Gives the payments of an order and keeps them as they are until the transaction ends.

    Two statements: what is read beside a row in the statement that waits for its lock is as it was before the wait. An attempt that was
    opened during the wait is read without being locked, so it is locked then.
    """
    for _ in range(MOST_ATTEMPTS_AT_ONCE):
        locked = {row["id"] for row in await tx.fetch(LOCK_ORDER, order_id=order_id)}
        if not locked:
            return []
        found = await of_order(tx, order_id)
        if locked.issuperset(payment.id for payment in found):
            return found
    raise Unavailable("Too many payments of this order begin at once.", retry_after_seconds=1)


def _document(argument: str) -> BindParameter[Any]:
    return bindparam(argument, type_=JSONB, required=True)


def _recordset(source: ColumnElement[Any], name: str, *columns: ColumnClause[Any]) -> TableValuedAlias:
    return (
        func.jsonb_to_recordset(source)
        .table_valued(*(column(each.name, each.type) for each in columns), name=name)
        .render_derived(with_types=True)
    )


def _own_columns(table: Table) -> list[ColumnClause[Any]]:
    """Gives a table's columns, those of the payment left out."""
    return [each for each in table.c if each.name not in _OF_PAYMENT]


_OF_PAYMENT = {"payment_id", "order_id", "currency", "seq", "at", "raised_at", "resolved_at", "resolved_by"} | {
    "resolution",
    "version",
}


def _kept(table: Table, argument: str, moved: CTE, *more: tuple[str, ColumnElement[Any]]) -> CTE:
    """Inserts rows of a payment, or puts new values into those that are there, once the payment itself has moved."""
    new = _recordset(_document(argument), f"new_{argument}", *_own_columns(table))
    names = list(new.c.keys())
    rows = select(moved.c.id, *(value for _, value in more), *new.c).join_from(new, moved, true())
    statement = insert(table).from_select(["payment_id", *(name for name, _ in more), *names], rows)
    if table in {payment_parts, payment_captures, refunds}:
        changing = {name: statement.excluded[name] for name in names if name != "id"}
        statement = statement.on_conflict_do_update(index_elements=["id"], set_=changing)
    elif table is payment_alerts:
        statement = statement.on_conflict_do_nothing(index_elements=["effect_key"])
    return statement.returning(table.c.id).cte(f"{argument}_kept")


_moved = (
    update(payments)
    .where(payments.c.id == given("id", Uuid), payments.c.version == given("version_before", Integer))
    .values(
        state=given("state", Text),
        customer_ref=given("customer_ref", Text),
        method_ref=given("method_ref", Text),
        updated_at=given("at", _at),
        version=payments.c.version + 1,
    )
    .returning(payments.c.id, payments.c.order_id, payments.c.currency)
    .cte("moved")
)
_order: ColumnElement[Any] = _moved.c.order_id
KEEP = Statement(
    select(_moved.c.id).add_cte(
        _kept(payment_parts, "parts", _moved),
        _kept(payment_captures, "captures", _moved),
        _kept(refunds, "refunds", _moved),
        _kept(
            money_entries,
            "entries",
            _moved,
            ("order_id", _order),
            ("currency", _moved.c.currency),
            ("at", given("at", _at)),
        ),
        _kept(payment_alerts, "alerts", _moved, ("order_id", _order), ("raised_at", given("at", _at))),
    )
)


GoesOn = Callable[[Payment], bool]
"""Says of a payment whether whoever keeps it goes on with it, so that no job is needed for what is left to do."""


def nobody_goes_on(_: Payment) -> bool:
    """What is left to do is left to a job."""
    return False


async def keep(tx: Tx, change: Change, goes_on: GoesOn = nobody_goes_on) -> bool:
    """Stores a change with its ledger entries, alerts, facts and work; False when another was quicker: load again, decide again."""
    if change.empty:
        return True
    before, after = change.before, change.payment
    kept = await tx.fetch_value(
        KEEP,
        id=after.id,
        version_before=before.version,
        state=after.state,
        customer_ref=after.customer_ref,
        method_ref=after.method_ref,
        at=change.at,
        parts=[each for each in after.parts if each not in before.parts],
        captures=[each for each in after.captures if each not in before.captures],
        refunds=[each for each in after.refunds if each not in before.refunds],
        entries=change.entries,
        alerts=change.alerts,
    )
    if kept is None:
        return False
    facts = change.facts()
    tx.emit(*facts)
    followed = any(isinstance(fact, PaymentDeclined | PaymentMismatched) for fact in facts)  # by a reaction
    if change.strays or (change.work and not followed and not goes_on(after)):
        await enqueue(tx, PURSUE, Pursue(payment_id=after.id, strays=change.strays), stream=after.id)
    return True


async def keep_locked(tx: Tx, change: Change) -> Payment:
    """Stores a change of a payment that this transaction has locked, and gives it as it is now."""
    if not await keep(tx, change):
        raise Bug(f"the payment {change.before.id} changed although it was locked")
    if change.empty:
        return change.payment
    return msgspec.structs.replace(change.payment, version=change.before.version + 1, updated_at=change.at)


_new = _recordset(_document("payments"), "new_payment", *(each for each in payments.c if each.name != "version"))
_opened = (
    insert(payments)
    .from_select(_new.c.keys(), select(*_new.c))
    .returning(payments.c.id, payments.c.order_id, payments.c.currency, payments.c.created_at)
    .cte("opened")
)
_with = _recordset(_document("payments"), "with_parts", column("id", Uuid), column("parts", JSONB))
_new_parts = _recordset(_with.c.parts, "new_parts", *_own_columns(payment_parts))
_parted = (
    insert(payment_parts)
    .from_select(
        ["payment_id", *_new_parts.c.keys()],
        select(_with.c.id, *_new_parts.c).join_from(_with, _new_parts, true()),
    )
    .returning(payment_parts.c.id)
    .cte("parted")
)
_new_entries = _recordset(
    _document("entries"),
    "new_entries",
    column("nth", Integer),
    column("payment_id", Uuid),
    *_own_columns(money_entries),
)
_booked = [each for each in _new_entries.c if each.name != "nth"]
OPEN = Statement(
    insert(money_entries)
    .from_select(
        ["order_id", "currency", "at", *(each.name for each in _booked)],
        select(_opened.c.order_id, _opened.c.currency, _opened.c.created_at, *_booked)
        .join_from(_new_entries, _opened, _opened.c.id == _new_entries.c.payment_id)
        .order_by(_new_entries.c.nth),  # the ledger counts them in the order in which they were booked
    )
    .add_cte(_parted)
)


async def open_payments(tx: Tx, changes: Sequence[Change]) -> list[Payment]:
    """Stores new payments with their parts and first entries, with one statement."""
    await tx.execute(
        OPEN,
        payments=[change.payment for change in changes],
        entries=[
            {"nth": nth, "payment_id": payment_id, **msgspec.structs.asdict(entry)}
            for nth, (payment_id, entry) in enumerate(
                (each.payment.id, entry) for each in changes for entry in each.entries
            )
        ],
    )
    for change in changes:
        tx.emit(*change.facts())
    return [change.payment for change in changes]


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when the provider tells us something: whether it is new, and the payment that it is about, if it is ours."""

    fresh: bool
    payment: Payment | None


_intent, _part = given("intent", Text), given("part_id", Uuid)
_mine = (
    select(payment_parts.c.payment_id)
    .where(or_(payment_parts.c.intent_ref == _intent, payment_parts.c.id == _part))
    .order_by((payment_parts.c.intent_ref == _intent).desc().nulls_last())
    .limit(literal(1, Integer))
    .scalar_subquery()
)
_fresh = (
    insert(provider_events)
    .from_select(
        ["event_id", "type", "intent_ref", "payment_id", "received_at"],
        select(given("event_id", Text), given("type", Text), _intent, _mine, given("at", _at)),
    )
    .on_conflict_do_nothing()
    .returning(provider_events.c.event_id)
    .cte("fresh")
)
_its = whole().where(payments.c.id == _mine).subquery("its")
HEAR = Statement(
    select(
        exists(select(_fresh.c.event_id)).label("fresh"),
        type_coerce(select(func.row_to_json(_its.table_valued())).scalar_subquery(), JSON).label("payment"),
    ),
    into=Heard,
)


async def hear(tx: Tx, *, event_id: str, type_: str, intent: str | None, part_id: UUID | None, at: datetime) -> Heard:
    """Notes an event of the provider, once, and gives the payment that it is about."""
    heard = await tx.fetch_one(HEAR, event_id=event_id, type=type_, intent=intent, part_id=part_id, at=at)
    if heard is None:
        raise Bug("an event was neither noted nor known")
    return heard


def _due_in(table: Table) -> Select[Any]:
    return select(table.c.payment_id).where(table.c.due_at <= given("at", _at))


DUE = Statement(
    union(_due_in(payment_parts), _due_in(payment_captures), _due_in(refunds)).limit(given("most", Integer))
)


async def due(reads: Reads, *, at: datetime, most: int) -> list[PaymentId]:
    """Gives payments of which something is due: sent without an answer, to be captured, given up or given back, or to be looked up."""
    return [row["payment_id"] for row in await reads.fetch(DUE, at=at, most=most)]
