"""Orders as they were agreed, page by page: what a simulation prices again."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Integer,
    TableClause,
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

from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.reporting.sources import (
    accounts,
    customer_group_members,
    customer_groups,
    order_groups,
    order_lines,
    order_transitions,
    orders,
)

SOLD = ("placed", "completed")


class SoldGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A fulfilment group with its delivery charge before any discount; one that is not taxed was not charged."""

    id: UUID
    kind: Literal["pickup", "ship", "none"]
    location_id: UUID
    method_id: UUID | None
    delivery_amount: int
    delivery_includes_tax: bool
    delivery_tax_category: str | None
    delivery_tax_country: str | None
    delivery_tax_rate: Decimal | None

    @property
    def key(self) -> str:
        """The group as the engine names it: `pickup:<location>` or `ship:<method>`; empty where nothing is handed over or sent."""
        if self.kind == "none":
            return ""
        return f"pickup:{self.location_id}" if self.kind == "pickup" else f"ship:{self.method_id or self.id}"


class SoldLine(msgspec.Struct, frozen=True, kw_only=True):
    """Some units of a variant at the unit price that was agreed, before any discount; `kind` tells goods from fees and gifts."""

    id: UUID
    group_id: UUID
    kind: str
    variant_id: UUID
    quantity: int
    unit: int
    includes_tax: bool
    tax_category: str
    tax_country: str
    tax_rate: Decimal


class UsedPromotion(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion that gave something, by a code if it needed one."""

    promotion_id: UUID
    code: str | None = None


class SoldOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was placed; where the shopper has an account, with the groups of today and how many orders stood before it (one at
    the most). A shopper without one is nobody in particular, as when baskets are priced, and so is one who signed in to it afterwards only.
    """

    id: UUID
    channel_id: UUID
    shopper_id: UUID | None
    currency: str
    payment_kind: str
    charge_step: int
    store_id: UUID | None
    tender: str | None
    promotions: tuple[UsedPromotion, ...]
    opened_at: datetime
    customer_groups: tuple[UUID, ...]
    account: bool
    orders_before: int
    groups: tuple[SoldGroup, ...]
    lines: tuple[SoldLine, ...]

    @property
    def articles(self) -> list[SoldLine]:
        """What was bought: no fees, no gifts, and nothing of a line whose units all became another article."""
        return [line for line in self.lines if line.kind == "article" and line.quantity]


_order, _earlier = orders.c, orders.alias("earlier")


def _rows(of: TableClause) -> ColumnElement[Any]:
    rows = (
        select(func.json_agg(aggregate_order_by(of.table_valued(), of.c.position), type_=JSON))
        .where(of.c.order_id == _order.id)
        .correlate(orders)
        .scalar_subquery()
    )
    return type_coerce(rows, JSON)


_groups_now = func.array(
    select(customer_group_members.c.group_id)
    .join_from(customer_group_members, customer_groups, customer_groups.c.id == customer_group_members.c.group_id)
    .where(customer_group_members.c.customer_id == _order.shopper_id, customer_groups.c.withdrawn_at.is_(None))
    .order_by(customer_group_members.c.group_id)
    .correlate(orders)
    .scalar_subquery(),
    type_=ARRAY(Uuid),
)
_orders_before = (
    select(_earlier.c.id)
    .where(
        _earlier.c.shopper_id == _order.shopper_id,
        _earlier.c.state != "cancelled",
        tuple_(_earlier.c.opened_at, _earlier.c.id) < tuple_(_order.opened_at, _order.id),
    )
    .correlate(orders)
    .exists()
)
_principal = literal("shopper:", Text).concat(cast(_order.shopper_id, Text))
_opened_by_another = (
    select(order_transitions.c.order_id)
    .where(
        order_transitions.c.order_id == _order.id,
        order_transitions.c.state_before.is_(None),
        order_transitions.c.by.startswith("shopper:"),
        order_transitions.c.by != _principal,
    )
    .correlate(orders)
    .exists()
)
_account = and_(
    select(accounts.c.id).where(accounts.c.id == _order.shopper_id).correlate(orders).exists(), ~_opened_by_another
)
_of_the_time = and_(
    _order.state.in_(SOLD),
    _order.opened_at >= given("since", _order.opened_at.type),
    _order.opened_at < given("until", _order.opened_at.type),
    or_(given("everywhere", Boolean), _order.channel_id == func.any(given("channels", ARRAY(Uuid)))),
)
COUNT = Statement(select(func.count()).select_from(orders).where(_of_the_time))
PAGE = Statement(
    select(
        _order.id,
        _order.channel_id,
        _order.shopper_id,
        _order.currency,
        _order.payment_kind,
        _order.charge_step,
        _order.store_id,
        _order.tender,
        _order.promotions,
        _order.opened_at,
        _groups_now.label("customer_groups"),
        _account.label("account"),
        cast(_orders_before, Integer).label("orders_before"),
        _rows(order_groups).label("groups"),
        _rows(order_lines).label("lines"),
    )
    .where(
        _of_the_time,
        or_(
            given("after_id", Uuid).is_(None),
            tuple_(_order.opened_at, _order.id)
            > tuple_(given("after_at", _order.opened_at.type), given("after_id", Uuid)),
        ),
    )
    .order_by(_order.opened_at, _order.id)
    .limit(given("most", Integer)),
    into=SoldOrder,
)


async def count_sold(reads: Reads, *, since: datetime, until: datetime, channels: Sequence[UUID]) -> int:
    """Gives how many orders of a time stand (placed or completed), in these channels or, with none named, in all."""
    counted: int = await reads.fetch_value(
        COUNT, since=since, until=until, channels=list(channels), everywhere=not channels
    )
    return counted


async def sold_orders(
    reads: Reads,
    *,
    since: datetime,
    until: datetime,
    channels: Sequence[UUID],
    after: tuple[datetime, UUID] | None,
    most: int,
) -> list[SoldOrder]:
    """Gives up to `most` of those orders by the instant at which they were opened, after the place named."""
    after_at, after_id = after or (None, None)
    return await reads.fetch(
        PAGE,
        since=after_at or since,  # so that the index leads to the place at once
        until=until,
        channels=list(channels),
        everywhere=not channels,
        after_at=after_at,
        after_id=after_id,
        most=most,
    )
