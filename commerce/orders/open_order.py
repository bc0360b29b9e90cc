"""Open orders from drafts: header, groups, lines and first state, with one statement for one order or several."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnClause,
    ColumnElement,
    DateTime,
    Integer,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    insert,
    select,
    true,
)
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


def _recordset(source: ColumnElement[Any], name: str, *columns: ColumnClause[Any]) -> TableValuedAlias:
    return (
        func.jsonb_to_recordset(source)
        .table_valued(*(column(each.name, each.type) for each in columns), name=name)
        .render_derived(with_types=True)
    )


_whole: BindParameter[Any] = bindparam("orders", type_=JSONB, required=True)
_header = [each for each in orders.c if each.name not in {"version", "closed_at", "cancel_reason"}]
_new = _recordset(_whole, "new_order", *_header)
_opened = (
    insert(orders)
    .from_select(_new.c.keys(), select(*_new.c))
    .returning(orders.c.id, orders.c.state, orders.c.opened_at)
    .cte("opened")
)


def _within(table: Table, name: str) -> CTE:
    """Writes the rows that stand within the orders' documents under a name."""
    order = _recordset(_whole, f"order_of_{name}", column("id", Uuid), column(name, JSONB))
    rows = _recordset(order.c[name], f"new_{name}", *(each for each in table.c if each.name != "order_id"))
    return (
        insert(table)
        .from_select(["order_id", *rows.c.keys()], select(order.c.id, *rows.c).join_from(order, rows, true()))
        .returning(table.c.id)
        .cte(f"{name}_written")
    )


_acting = unnested("acting", order_id=Uuid, by=Text)
OPEN = Statement(
    insert(order_transitions)
    .from_select(
        ["order_id", "state_after", "by", "at"],
        select(_opened.c.id, _opened.c.state, _acting.c.by, _opened.c.opened_at).join_from(
            _opened, _acting, _acting.c.order_id == _opened.c.id
        ),
    )
    .add_cte(_within(order_groups, "groups"), _within(order_lines, "lines"))
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
    (order,) = await open_orders(tx, [(draft, by)], at=at, placed=placed)
    return order


async def open_orders(
    tx: Tx, drafts: Sequence[tuple[OrderDraft, str]], *, at: datetime, placed: bool = False
) -> list[Order]:
    """Make the orders of several carts, each by whoever opens it, with one statement; all of them or none."""
    opened = [_opened_as(draft, at=at, placed=placed) for draft, _ in drafts]
    await tx.execute(OPEN, orders=opened, order_id=[each.id for each in opened], by=[by for _, by in drafts])
    for order in opened:
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
    return opened


def _opened_as(draft: OrderDraft, *, at: datetime, placed: bool) -> Order:
    return Order(
        **{name: getattr(draft, name) for name in OrderDraft.__struct_fields__},
        number=document_number("O"),
        state=OrderState.PLACED if placed else OrderState.PENDING_PAYMENT,
        opened_at=at,
        placed_at=at if placed else None,
    )
