"""A placed order becomes work: one fulfilment order for each of its groups, at the group's location."""

from collections.abc import Sequence

from sqlalchemy import Integer, Text, Uuid, insert, select
from sqlalchemy.dialects.postgresql import JSONB, insert as upsert

from commerce import orders
from commerce.fulfilment.events import FulfilmentCancelled, FulfilmentOffered
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
    VariantId,
    document_number,
    new_id,
)
from commerce.orders import OrderCancelled, OrderFacts, OrderGroup, OrderPlaced, OrderState
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
    ready_by=_work.ready_by.type,
)
_FIELDS = [column.name for column in _new.c]
_made = (
    upsert(fulfilment_orders)
    .from_select(
        [*_FIELDS, "state", "offered_at"],
        select(*_new.c, given("state", Text), given("at", _work.offered_at.type)),
    )
    .on_conflict_do_nothing(index_elements=["group_id"])
    .returning(_work.id)
    .cte("made")
)
_noted = (
    insert(fulfilment_transitions)
    .from_select(
        ["fulfilment_order_id", "state_after", "by", "at"],
        select(_made.c.id, given("state", Text), given("by", Text), given("at", _work.offered_at.type)),
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
    now = clock.now()
    works = [
        _work_of(order, group)
        for group in order.groups
        if any(line.open and not line.is_fee for line in order.lines_of(group.id))
    ]
    made = await tx.fetch(
        OFFER,
        id=[work.id for work in works],
        number=[work.number for work in works],
        order_id=[work.order_id for work in works],
        order_number=[work.order_number for work in works],
        group_id=[work.group_id for work in works],
        location_id=[work.location_id for work in works],
        kind=[work.kind for work in works],
        ready_by=[work.ready_by for work in works],
        state=S.OFFERED,
        by="system",
        at=now,
    )
    ids = {row["id"] for row in made}
    await _offer_lines(tx, [work for work in works if work.id in ids])


async def _offer_lines(tx: Tx, works: Sequence[Fulfilment]) -> None:
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
    )
    tx.emit(
        *(FulfilmentOffered(fulfilment_order_id=work.id, order_id=work.order_id, fulfilment=work) for work in works)
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


def _work_of(order: OrderFacts, group: OrderGroup) -> Fulfilment:
    return Fulfilment(
        id=FulfilmentOrderId(new_id()),
        number=document_number("F"),
        order_id=OrderId(order.id),
        order_number=order.number,
        group_id=group.id,
        location_id=LocationId(group.location_id),
        kind=group.kind,
        state=S.OFFERED,
        ready_by=group.ready_by,
        offered_at=clock.now(),
        lines=tuple(
            FulfilmentLine(
                id=FulfilmentLineId(new_id()),
                order_line_id=line.id,
                position=position,
                variant_id=VariantId(line.variant_id),
                sku=line.sku,
                title=line.title,
                option_text=line.option_text,
                quantity=line.open,
            )
            for position, line in enumerate(order.lines_of(group.id))
            if line.open and not line.is_fee
        ),
    )
