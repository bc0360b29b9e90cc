"""Open an order from a draft: header, groups, lines and its first state, with one statement."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Integer, Table, TableValuedAlias, Uuid, bindparam, column, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from commerce.kernel.ids import document_number
from commerce.orders.events import OrderOpened, OrderPlaced
from commerce.orders.facts import Order, OrderDraft, OrderState
from commerce.orders.tables import order_groups, order_lines, order_transitions, orders, units_elsewhere
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested


def documents(table: Table, argument: str) -> TableValuedAlias:
    """Gives JSON documents, one for each row, as rows of a table's columns."""
    return (
        func.jsonb_to_recordset(bindparam(argument, type_=JSONB, required=True))
        .table_valued(
            *(column(each.name, each.type) for each in table.c if each.name != "order_id"), name=f"new_{argument}"
        )
        .render_derived(with_types=True)
    )


_groups = documents(order_groups, "groups")
_lines = documents(order_lines, "lines")
_header = [each for each in orders.c if each.name not in {"version", "closed_at", "cancel_reason"}]
_id = given("id", orders.c.id.type)
_opened = (
    insert(orders)
    .values({each.name: given(each.name, each.type) for each in _header})
    .returning(orders.c.id)
    .cte("opened")
)
_grouped = (
    insert(order_groups)
    .from_select(["order_id", *_groups.c.keys()], select(_id, *_groups.c))
    .returning(order_groups.c.id)
    .cte("grouped")
)
_lined = (
    insert(order_lines)
    .from_select(["order_id", *_lines.c.keys()], select(_id, *_lines.c))
    .returning(order_lines.c.id)
    .cte("lined")
)
OPEN = Statement(
    insert(order_transitions)
    .from_select(
        ["order_id", "state_after", "by", "at"],
        select(
            _opened.c.id,
            given("state", orders.c.state.type),
            given("by", order_transitions.c.by.type),
            given("opened_at", orders.c.opened_at.type),
        ),
    )
    .add_cte(_grouped, _lined)
)

_waiting = unnested("waiting", waiting_line_id=Uuid, units=Integer, expected_at=DateTime(timezone=True))
WAIT = Statement(
    insert(units_elsewhere).from_select(
        ["order_id", "order_line_id", "units", "expected_at"], select(given("id", Uuid), *_waiting.c)
    )
)


async def open_order(tx: Tx, draft: OrderDraft, *, at: datetime, by: str, placed: bool = False) -> Order:
    """Make the order of a cart; its lines, prices and names are those of the draft, for ever.

    It waits for its payment, or is placed at once when it is to be paid on collection. Gives it with its number, which cannot be guessed.
    Refuses with CartAlreadyOrdered when the cart has an order. Emits OrderOpened, or OrderPlaced.
    """
    order = Order(
        **{name: getattr(draft, name) for name in OrderDraft.__struct_fields__},
        number=document_number("O"),
        state=OrderState.PLACED if placed else OrderState.PENDING_PAYMENT,
        opened_at=at,
        placed_at=at if placed else None,
    )
    header: dict[str, Any] = {each.name: getattr(order, each.name) for each in _header}
    await tx.execute(OPEN, **header, groups=order.groups, lines=order.lines, by=by)
    if order.elsewhere:
        await tx.execute(
            WAIT,
            id=order.id,
            waiting_line_id=[each.order_line_id for each in order.elsewhere],
            units=[each.units for each in order.elsewhere],
            expected_at=[each.expected_at for each in order.elsewhere],
        )
    emitted = OrderPlaced if placed else OrderOpened
    tx.emit(emitted(order_id=order.id, order=order.facts()))
    return order
