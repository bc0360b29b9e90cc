"""Reads of payments for callers: each sees its own, or what hangs on its locations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, ColumnElement, Integer, Uuid, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.kernel.errors import NotFound
from commerce.kernel.ids import OrderId, PaymentId, RefundId
from commerce.payments.book import whole
from commerce.payments.facts import (
    AlertKind,
    Balance,
    Cause,
    EntryKind,
    Payment,
    RefundState,
    Tender,
)
from commerce.payments.tables import money_entries, payment_alerts, payment_parts, payments, refunds
from commerce.platform.database import Reads
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """Whose payments may be seen: all, one shopper's own, or those with a part at one of the locations."""

    all_payments: bool = False
    payer_id: UUID | None = None
    places: tuple[UUID, ...] = ()

    def arguments(self) -> dict[str, object]:
        """Gives the arguments of the guard."""
        return {"all_payments": self.all_payments, "payer_id": self.payer_id, "places": list(self.places)}


def sight_of(caller: Caller) -> Sight:
    """Gives what a caller may see; nobody without a token sees anything."""
    if caller.is_shopper:
        return Sight(payer_id=caller.id)
    if not caller.is_staff_side:
        return Sight()
    return Sight(all_payments=True) if caller.locations is None else Sight(places=tuple(caller.locations))


_placed = payment_parts.alias("placed")


def _may_see() -> ColumnElement[bool]:
    at_places = select(_placed.c.id).where(
        _placed.c.payment_id == payments.c.id, _placed.c.location_id == func.any(given("places", ARRAY(Uuid)))
    )
    return or_(given("all_payments", Boolean), payments.c.shopper_id == given("payer_id", Uuid), at_places.exists())


SEEN = Statement(whole().where(payments.c.id == given("id", Uuid), _may_see()), into=Payment)
OF_ORDER = Statement(
    whole()
    .where(payments.c.order_id == given("order_id", Uuid), _may_see(), payments.c.id > given("after", Uuid))
    .order_by(payments.c.id)
    .limit(given("most", Integer)),
    into=Payment,
)
NIL = UUID(int=0)


async def seen(reads: Reads, sight: Sight, payment_id: UUID) -> Payment:
    """Gives a payment that a caller may see; another's refuses with NotFound, exactly as if it did not exist."""
    found = await reads.fetch_one(SEEN, id=payment_id, **sight.arguments())
    if found is None:
        raise NotFound("There is no such payment.")
    return found


async def seen_of_order(
    reads: Reads, sight: Sight, order_id: UUID, *, after: UUID | None = None, most: int = 100
) -> list[Payment]:
    """Gives the payments of an order that a caller may see, the first attempt first; none for an order of somebody else."""
    return await reads.fetch(OF_ORDER, order_id=order_id, after=after or NIL, most=most, **sight.arguments())


class RefundRow(msgspec.Struct, frozen=True, kw_only=True):
    """A refund with what it belongs to."""

    id: RefundId
    payment_id: PaymentId
    order_id: OrderId
    group_id: UUID
    currency: str
    amount: int
    state: RefundState
    tender: Tender
    cause: Cause
    failure_code: str | None
    created_at: datetime


_refund_rows = (
    select(
        refunds.c.id,
        refunds.c.payment_id,
        payments.c.order_id,
        payment_parts.c.group_id,
        payments.c.currency,
        refunds.c.amount,
        refunds.c.state,
        refunds.c.tender,
        refunds.c.cause,
        refunds.c.failure_code,
        refunds.c.created_at,
    )
    .join_from(refunds, payments, payments.c.id == refunds.c.payment_id)
    .join(payment_parts, payment_parts.c.id == refunds.c.part_id)
    .where(_may_see())
)
_order_id = given("order_id", Uuid)
REFUND = Statement(_refund_rows.where(refunds.c.id == given("id", Uuid)), into=RefundRow)
REFUNDS = Statement(_refund_rows.where(any_of(refunds.c.id, "ids")).order_by(refunds.c.id), into=RefundRow)
REFUND_LIST = Statement(
    _refund_rows.where(
        or_(_order_id.is_(None), payments.c.order_id == _order_id),
        tuple_(refunds.c.created_at, refunds.c.id)
        < tuple_(given("before_at", refunds.c.created_at.type), given("before_id", Uuid)),
    )
    .order_by(refunds.c.created_at.desc(), refunds.c.id.desc())
    .limit(given("most", Integer)),
    into=RefundRow,
)


async def refund(reads: Reads, sight: Sight, refund_id: UUID) -> RefundRow:
    """Gives a refund that a caller may see; refuses with NotFound."""
    found = await reads.fetch_one(REFUND, id=refund_id, **sight.arguments())
    if found is None:
        raise NotFound("There is no such refund.")
    return found


async def refunds_by_id(reads: Reads, ids: Sequence[UUID]) -> list[RefundRow]:
    """Gives refunds by their ids, to code that answers for who may see them."""
    return await reads.fetch(REFUNDS, ids=list(ids), **Sight(all_payments=True).arguments())


async def refund_list(
    reads: Reads, sight: Sight, *, order_id: UUID | None, before: tuple[datetime, UUID], most: int
) -> list[RefundRow]:
    """Gives refunds that a caller may see, the newest first."""
    before_at, before_id = before
    return await reads.fetch(
        REFUND_LIST, order_id=order_id, before_at=before_at, before_id=before_id, most=most, **sight.arguments()
    )


class EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the money ledger."""

    id: UUID
    seq: int
    payment_id: PaymentId
    group_id: UUID
    kind: EntryKind
    tender: Tender
    amount: int
    currency: str
    capture_id: UUID | None
    refund_id: UUID | None
    at: datetime


ENTRIES = Statement(
    select(
        money_entries.c.id,
        money_entries.c.seq,
        money_entries.c.payment_id,
        payment_parts.c.group_id,
        money_entries.c.kind,
        money_entries.c.tender,
        money_entries.c.amount,
        money_entries.c.currency,
        money_entries.c.capture_id,
        money_entries.c.refund_id,
        money_entries.c.at,
    )
    .join_from(money_entries, payments, payments.c.id == money_entries.c.payment_id)
    .join(payment_parts, payment_parts.c.id == money_entries.c.part_id)
    .where(money_entries.c.order_id == _order_id, _may_see(), money_entries.c.seq > given("after", BigInteger))
    .order_by(money_entries.c.seq)
    .limit(given("most", Integer)),
    into=EntryRow,
)


async def entries(reads: Reads, sight: Sight, order_id: UUID, *, after: int, most: int) -> list[EntryRow]:
    """Gives the money ledger of an order that a caller may see, the oldest entry first."""
    return await reads.fetch(ENTRIES, order_id=order_id, after=after, most=most, **sight.arguments())


def _sum(name: str) -> ColumnElement[Any]:
    return func.coalesce(func.sum(payment_parts.c[name]), 0).cast(BigInteger).label(name)


_balances = (
    select(
        payments.c.order_id,
        payments.c.currency,
        *(_sum(name) for name in ("authorized", "captured", "voided", "refunding", "refunded")),
    )
    .outerjoin_from(payments, payment_parts, payment_parts.c.payment_id == payments.c.id)
    .where(_may_see(), any_of(payments.c.order_id, "order_ids"))
    .group_by(payments.c.order_id, payments.c.currency)
)
BALANCES = Statement(_balances, into=Balance)


async def balances(reads: Reads, order_ids: Sequence[UUID], sight: Sight | None = None) -> dict[UUID, Balance]:
    """Gives the money of orders over all of their payments, by order; an order with no payment is left out. One statement.

    Without a sight it is for code that answers for who may see it.
    """
    arguments = (sight or Sight(all_payments=True)).arguments()
    found = await reads.fetch(BALANCES, order_ids=list(order_ids), **arguments)
    return {each.order_id: each for each in found}


async def balance(reads: Reads, order_id: UUID, sight: Sight | None = None) -> Balance:
    """Gives the money of one order; refuses with NotFound when it has no payment that may be seen."""
    found = (await balances(reads, [order_id], sight)).get(order_id)
    if found is None:
        raise NotFound("There is no payment of this order.")
    return found


class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for a person."""

    id: UUID
    kind: AlertKind
    order_id: OrderId
    payment_id: PaymentId
    facts: dict[str, Any]
    raised_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    version: int


_alert_columns = [payment_alerts.c[name] for name in AlertRow.__struct_fields__]
_open = given("only_open", Boolean)
_alert_rows = select(*_alert_columns).join_from(payment_alerts, payments, payments.c.id == payment_alerts.c.payment_id)
ALERTS = Statement(
    _alert_rows.where(
        _may_see(),
        or_(_open.is_(False), payment_alerts.c.resolved_at.is_(None)),
        tuple_(payment_alerts.c.raised_at, payment_alerts.c.id)
        > tuple_(given("after_at", payment_alerts.c.raised_at.type), given("after_id", Uuid)),
    )
    .order_by(payment_alerts.c.raised_at, payment_alerts.c.id)
    .limit(given("most", Integer)),
    into=AlertRow,
)
ALERT = Statement(_alert_rows.where(_may_see(), payment_alerts.c.id == given("id", Uuid)), into=AlertRow)


async def alerts(
    reads: Reads, sight: Sight, *, only_open: bool, after: tuple[datetime, UUID], most: int
) -> list[AlertRow]:
    """Gives what waits for a person, the longest waiting first."""
    after_at, after_id = after
    return await reads.fetch(
        ALERTS, only_open=only_open, after_at=after_at, after_id=after_id, most=most, **sight.arguments()
    )


async def alert(reads: Reads, sight: Sight, alert_id: UUID) -> AlertRow:
    """Gives one of them; refuses with NotFound."""
    found = await reads.fetch_one(ALERT, id=alert_id, **sight.arguments())
    if found is None:
        raise NotFound("There is no such alert.")
    return found
