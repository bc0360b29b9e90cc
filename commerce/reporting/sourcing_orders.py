"""Orders as they were sent, page by page, and what stood on the shelves then: what a shadow run decides again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    table,
    tuple_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given, unnested
from commerce.reporting.sold_orders import SOLD
from commerce.reporting.sources import order_groups, order_lines

orders = table(
    "orders",
    column("id", Uuid),
    column("channel_id", Uuid),
    column("currency", Text),
    column("state", Text),
    column("opened_at", DateTime(timezone=True)),
    column("shipping_address", JSONB),
)
stock_movements = table(
    "stock_movements",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("quantity", Integer),
    column("spot", Text),
    column("at", DateTime(timezone=True)),
)
Shelves = Mapping[LocationId, Mapping[VariantId, int]]
"""Units by location and article."""


class SentLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an article that were sent from a place; what they were worth in minor units, before any discount."""

    location_id: LocationId
    variant_id: VariantId
    quantity: int
    worth: int


class SentOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of which something was to be sent, with the country and the postal code where it went; neither once an address is erased."""

    id: UUID
    channel_id: UUID
    currency: str
    opened_at: datetime
    country: str | None
    postal_code: str | None
    lines: tuple[SentLine, ...]


_order, _group, _line = orders.c, order_groups.c, order_lines.c
_sent = order_groups.join(order_lines, _line.group_id == _group.id)
_is_sent = and_(
    _group.kind == literal("ship", Text), _line.kind.in_(["article", "gift"]), _line.quantity > 0, _line.stocked
)
_lines: ColumnElement[Any] = type_coerce(
    select(
        func.json_agg(
            func.json_build_object(
                "location_id",
                _group.location_id,
                "variant_id",
                _line.variant_id,
                "quantity",
                _line.quantity,
                "worth",
                _line.unit * _line.quantity,
            ),
            type_=JSON,
        )
    )
    .select_from(_sent)
    .where(_group.order_id == _order.id, _is_sent)
    .correlate(orders)
    .scalar_subquery(),
    JSON,
)
_of_the_time = and_(
    _order.state.in_(SOLD),
    _order.opened_at >= given("since", _order.opened_at.type),
    _order.opened_at < given("until", _order.opened_at.type),
    or_(given("everywhere", Boolean), _order.channel_id == func.any(given("channels", ARRAY(Uuid)))),
    select(1).select_from(_sent).where(_group.order_id == _order.id, _is_sent).correlate(orders).exists(),
)
COUNT = Statement(
    select(func.count()).select_from(
        select(_order.id).where(_of_the_time).limit(given("most", Integer)).subquery("counted")
    )
)
PAGE = Statement(
    select(
        _order.id,
        _order.channel_id,
        _order.currency,
        _order.opened_at,
        _order.shipping_address["country"].astext.label("country"),
        _order.shipping_address["postal_code"].astext.label("postal_code"),
        _lines.label("lines"),
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
    into=SentOrder,
)
_wanted = unnested("wanted", nth=Integer, variant_id=Uuid, at=DateTime(timezone=True))
_moved = stock_movements.c
# One row for each order and place. A movement of the order's own instant is not on the shelf yet, or not off it.
THEN = Statement(
    select(
        _wanted.c.nth, _moved.location_id, _moved.variant_id, cast(func.sum(_moved.quantity), BigInteger).label("units")
    )
    .join_from(_wanted, stock_movements, _moved.variant_id == _wanted.c.variant_id)
    .where(_moved.spot == literal("shelf", Text), _moved.at < _wanted.c.at)
    .group_by(_wanted.c.nth, _moved.location_id, _moved.variant_id)
    .having(func.sum(_moved.quantity) > 0)
)


async def count_sent(reads: Reads, *, since: datetime, until: datetime, channels: Sequence[UUID], most: int) -> int:
    """Gives how many orders of a time stand (placed or completed) of which something was to be sent; counts no further than `most`."""
    counted: int = await reads.fetch_value(
        COUNT, since=since, until=until, channels=list(channels), everywhere=not channels, most=most
    )
    return counted


async def sent_orders(
    reads: Reads,
    *,
    since: datetime,
    until: datetime,
    channels: Sequence[UUID],
    after: tuple[datetime, UUID] | None,
    most: int,
) -> list[SentOrder]:
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


async def shelves_then(reads: Reads, asked: Sequence[SentOrder]) -> list[Shelves]:
    """Gives for each order what stood on shelves when it was opened of the articles that were sent: the sum of the movements up to then.

    What was promised to others then is among it: the ledger tells when units left, not when they were promised. One statement.
    """
    wanted = [
        (nth, variant_id, order.opened_at)
        for nth, order in enumerate(asked)
        for variant_id in sorted({line.variant_id for line in order.lines})
    ]
    found: list[dict[LocationId, dict[VariantId, int]]] = [{} for _ in asked]
    for row in await reads.fetch(
        THEN,
        nth=[nth for nth, _, _ in wanted],
        variant_id=[variant_id for _, variant_id, _ in wanted],
        at=[at for _, _, at in wanted],
    ):
        found[row["nth"]].setdefault(row["location_id"], {})[row["variant_id"]] = int(row["units"])
    return list(found)
