"""A placed order becomes work: one fulfilment order for each of its groups, at the group's location. What a place cannot give becomes
work of another one, as its owner chose or as it was routed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert as upsert

from commerce import orders
from commerce.fulfilment.events import FulfilmentCancelled, FulfilmentOffered, FulfilmentWaiting
from commerce.fulfilment.facts import Fulfilment, FulfilmentLine, FulfilmentState as S
from commerce.fulfilment.keep import keep, moved
from commerce.fulfilment.queries import OF_ORDER
from commerce.fulfilment.rules import FULFILMENT
from commerce.fulfilment.tables import fulfilment_lines, fulfilment_orders, fulfilment_transitions
from commerce.kernel import clock
from commerce.kernel.ids import (
    FulfilmentLineId,
    FulfilmentOrderId,
    LocationId,
    OrderId,
    OrderLineId,
    VariantId,
    document_number,
    new_id,
)
from commerce.orders import OrderCancelled, OrderFacts, OrderLine, OrderPlaced, OrderState
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

_work = fulfilment_orders.c
_new = unnested(
    "new",
    id=Uuid,
    number=Text,
    order_id=Uuid,
    order_number=Text,
    group_id=Uuid,
    location_id=Uuid,
    kind=Text,
    state=Text,
    ready_by=_work.ready_by.type,
    promised_by=_work.ready_by.type,
    attempt=Integer,
    waiting_for=Uuid,
)
_FIELDS = [column.name for column in _new.c]
_made = (
    upsert(fulfilment_orders)
    .from_select(
        [*_FIELDS, "offered_at"],
        select(*_new.c, given("at", _work.offered_at.type)),
    )
    .on_conflict_do_nothing(index_elements=["group_id"], index_where=text("attempt = 1"))
    .returning(_work.id, _work.state)
    .cte("made")
)
_noted = (
    insert(fulfilment_transitions)
    .from_select(
        ["fulfilment_order_id", "state_after", "by", "at"],
        select(_made.c.id, _made.c.state, given("by", Text), given("at", _work.offered_at.type)),
    )
    .returning(fulfilment_transitions.c.seq)
    .cte("noted")
)
OFFER = Statement(select(_made.c.id).add_cte(_noted))
_new_lines = unnested(
    "new_lines",
    id=Uuid,
    fulfilment_order_id=Uuid,
    order_line_id=Uuid,
    position=Integer,
    variant_id=Uuid,
    sku=Text,
    title=JSONB,
    option_text=Text,
    quantity=Integer,
    minimum_age=Integer,
)
LOCK_OF_ORDER = Statement(
    select(_work.id).where(_work.order_id == given("order_id", Uuid)).order_by(_work.id).with_for_update()
)
OFFER_LINES = Statement(insert(fulfilment_lines).from_select([c.name for c in _new_lines.c], select(*_new_lines.c)))


async def offer(tx: Tx, placed: OrderPlaced) -> None:
    """Makes the work of a placed order, once: what is there already stays as it is. An order that was cancelled meanwhile gives none."""
    order = await orders.lock(tx, placed.order_id)
    if order.state is not OrderState.PLACED:
        return
    waiting = await _in_work(tx, order)
    works = [
        _work_of(order, group.id, LocationId(group.location_id), group.kind, open_lines, group.ready_by)
        for group in order.groups
        if group.kind != "none" and (open_lines := _goods_of(order, group.id, waiting))
    ]
    await _make(tx, works, by="system")


def _goods_of(order: OrderFacts, group_id: UUID, waiting: Mapping[UUID, int]) -> list[tuple[OrderLine, int]]:
    """Gives what there is to fetch of a group: no fees, nothing that has no stock, and nothing that is somebody's work already."""
    goods = [line for line in order.lines_of(group_id) if line.stocked and not line.is_fee]
    return [(line, units) for line in goods if (units := line.open - waiting.get(line.id, 0)) > 0]


async def _in_work(tx: Tx, order: OrderFacts) -> Mapping[UUID, int]:
    """Gives the units by line of work that waits for supply, or did; most orders have none of it."""
    units: dict[UUID, int] = {}
    if order.elsewhere:
        for work in await tx.fetch(OF_ORDER, order_id=order.id):
            for line in work.lines:
                units[line.order_line_id] = units.get(line.order_line_id, 0) + line.quantity
    return units


async def offer_units(
    tx: Tx,
    order: OrderFacts,
    group_id: UUID,
    location_id: LocationId,
    kind: Literal["pickup", "ship"],
    units: Sequence[tuple[OrderLineId, int]],
    *,
    ready_by: datetime | None,
    attempt: int,
    waiting_for: UUID | None = None,
    by: str = "system",
) -> Fulfilment:
    """Make units of a locked order's group the work of a location, as an attempt after the first (2 or more); gives the work.

    Who calls it has promised the units there and reserved them. With a transfer that they wait for, the work is offered when
    `goods_arrived` says so. `ready_by` is the promise that is given with it. Emits FulfilmentOffered, or FulfilmentWaiting.
    """
    lines = {line.id: line for line in order.lines}
    wanted = [(lines[line_id], quantity) for line_id, quantity in units]
    work = msgspec.structs.replace(
        _work_of(order, group_id, location_id, kind, wanted, ready_by),
        attempt=attempt,
        waiting_for=waiting_for,
        state=S.OFFERED if waiting_for is None else S.WAITING_FOR_TRANSFER,
    )
    await _make(tx, [work], by=by)
    return work


async def _make(tx: Tx, works: Sequence[Fulfilment], *, by: str) -> None:
    """Stores the work that is not there yet, and reports it."""
    made = await tx.fetch(
        OFFER, **{name: [getattr(work, name) for work in works] for name in _FIELDS}, by=by, at=clock.now()
    )
    ids = {row["id"] for row in made}
    new = [work for work in works if work.id in ids]
    await offer_lines(tx, new)
    for work in new:
        fact = FulfilmentOffered if work.waiting_for is None else FulfilmentWaiting
        tx.emit(fact(fulfilment_order_id=work.id, order_id=work.order_id, fulfilment=work))


async def offer_lines(tx: Tx, works: Sequence[Fulfilment]) -> None:
    """Stores the lines of new work, or lines that are new on it."""
    lines = [(work, line) for work in works for line in work.lines]
    if not lines:
        return
    await tx.execute(
        OFFER_LINES,
        id=[line.id for _, line in lines],
        fulfilment_order_id=[work.id for work, _ in lines],
        order_line_id=[line.order_line_id for _, line in lines],
        position=[line.position for _, line in lines],
        variant_id=[line.variant_id for _, line in lines],
        sku=[line.sku for _, line in lines],
        title=[line.title for _, line in lines],
        option_text=[line.option_text for _, line in lines],
        quantity=[line.quantity for _, line in lines],
        minimum_age=[line.minimum_age for _, line in lines],
    )


async def cancel_of(tx: Tx, cancelled: OrderCancelled) -> None:
    """Ends the open work of a cancelled order, in the transaction that cancels it."""
    now = clock.now()
    await tx.fetch(LOCK_OF_ORDER, order_id=cancelled.order_id)
    for work in await tx.fetch(OF_ORDER, order_id=cancelled.order_id):
        if FULFILMENT.terminal(work.state):
            continue
        after = await keep(tx, work, moved(work, S.CANCELLED), by=cancelled.by, at=now)
        tx.emit(FulfilmentCancelled(fulfilment_order_id=work.id, order_id=work.order_id, fulfilment=after))


def _work_of(
    order: OrderFacts,
    group_id: UUID,
    location_id: LocationId,
    kind: Literal["pickup", "ship"],
    units: Sequence[tuple[OrderLine, int]],
    ready_by: datetime | None,
) -> Fulfilment:
    return Fulfilment(
        id=FulfilmentOrderId(new_id()),
        number=document_number("F"),
        order_id=OrderId(order.id),
        order_number=order.number,
        group_id=group_id,
        location_id=location_id,
        kind=kind,
        state=S.OFFERED,
        ready_by=ready_by,
        promised_by=ready_by,
        offered_at=clock.now(),
        lines=tuple(line_of(line, quantity, position) for position, (line, quantity) in enumerate(units)),
    )


def line_of(line: OrderLine, quantity: int, position: int) -> FulfilmentLine:
    """Gives units of an order line as a line of work."""
    return FulfilmentLine(
        id=FulfilmentLineId(new_id()),
        order_line_id=line.id,
        position=position,
        variant_id=VariantId(line.variant_id),
        sku=line.sku,
        title=line.title,
        option_text=line.option_text,
        quantity=quantity,
        minimum_age=line.minimum_age,
    )
