"""How a cart is changed: by one statement that guards whose it is and that it is open, moves its version, and gives it as it is then.

A change sees the other lines as they were when its statement began. Each change moves the version under the lock of the cart's row; so
when the version moved by exactly one since the statement began, what it saw is what is there. When it moved by more, somebody else changed
the cart while the statement waited, and the cart is read again.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    func,
    literal,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from commerce.carts.errors import CartChanged, closed, too_many_lines
from commerce.carts.facts import LINES_MOST, Cart, CartState
from commerce.carts.tables import cart_lines, carts
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

LINE = ("id", "variant_id", "quantity", "group", "seq", "override_unit", "override_by", "override_reason")
CART_ID = given("cart_id", Uuid)
OWNER = given("owner", Text)
AT = given("at", DateTime(timezone=True))


class Changed(Cart, frozen=True, kw_only=True):
    """A cart after a change, the version that the change's statement saw (None: a new cart), and how many lines it touched."""

    seen: int | None
    touched: int


def moved(*guards: ColumnElement[bool], **values: object) -> CTE:
    """Gives the cart's own change: values to set and its next version, guarded by owner and state."""
    return (
        update(carts)
        .where(carts.c.id == CART_ID, carts.c.owner == OWNER, carts.c.state == CartState.ACTIVE.value, *guards)
        .values(**values, version=carts.c.version + 1, updated_at=AT)
        .returning(*carts.c)
        .cte("moved")
    )


def moved_as_read(asked: FromClause, **values: object) -> CTE:
    """Gives the same change of several carts, those that `asked` names with their owners, where they are still in the version that it has
    seen.
    """
    return (
        update(carts)
        .where(
            carts.c.id == asked.c.cart_id,
            carts.c.owner == asked.c.owner,
            carts.c.state == CartState.ACTIVE.value,
            carts.c.version == asked.c.seen,
        )
        .values(**values, version=carts.c.version + 1, updated_at=asked.c.at)
        .returning(asked.c.nth, carts.c.id)
        .cte("moved")
    )


def change(cart: CTE, *, put: CTE | None = None, gone: CTE | None = None) -> Statement[Changed]:
    """Gives the statement of a change: the moved cart with its lines, those that it put and without those that it took away."""
    kept = select(*(cart_lines.c[name] for name in LINE)).where(cart_lines.c.cart_id == CART_ID)
    for touched in (put, gone):
        if touched is not None:
            kept = kept.where(cart_lines.c.id.not_in(select(touched.c.id)))
    lines = kept if put is None else union_all(kept, select(*(put.c[name] for name in LINE)))
    seen = select(carts.c.version).where(carts.c.id == CART_ID).scalar_subquery()
    counts = [
        select(func.count()).select_from(touched).scalar_subquery() for touched in (put, gone) if touched is not None
    ]
    return Statement(
        with_lines(cart, lines.subquery("after")).add_columns(
            seen.label("seen"), sum(counts, start=literal(0)).label("touched")
        ),
        into=Changed,
    )


def with_lines(cart: FromClause, lines: FromClause) -> Select[Any]:
    """Gives the columns of a cart and its lines as JSON, in the order in which they came."""
    line = func.json_build_object(*(part for name in LINE for part in (literal(name, Text), lines.c[name])))
    every = select(func.coalesce(func.json_agg(aggregate_order_by(line, lines.c.seq)), func.json_build_array()))
    return select(*cart.c, type_coerce(every.scalar_subquery(), JSON).label("lines"))


_lines = select(*(cart_lines.c[name] for name in LINE)).where(cart_lines.c.cart_id == CART_ID).subquery("own")
READ = Statement(with_lines(carts, _lines).where(carts.c.id == CART_ID, carts.c.owner == OWNER), into=Cart)


async def run(
    tx: Tx, statement: Statement[Changed], caller: Caller, cart_id: UUID, at: datetime, **arguments: object
) -> Changed:
    """Runs a change for its owner and gives the cart as it is after it.

    Refuses with NotFound when there is no such cart or it is another's, with CartClosed when it is no longer open, with CartChanged when it
    is not in the version that the statement demands, with TooManyLines.
    """
    after = await tx.fetch_one(statement, cart_id=cart_id, owner=caller.principal, at=at, **arguments)
    if after is None:
        if (await mine(tx, caller, cart_id)).state is CartState.ACTIVE:
            raise CartChanged("Read it again and repeat the change.")
        raise closed()
    if after.seen is not None and after.version != after.seen + 1:
        fresh = await mine(tx, caller, cart_id)
        after = msgspec.structs.replace(after, lines=fresh.lines)
    if len(after.lines) > LINES_MOST:
        raise too_many_lines()
    return after


async def mine(reads: Reads, caller: Caller, cart_id: UUID) -> Cart:
    """Gives a cart of the caller; another's, or a discarded one, refuses with NotFound, exactly as if it did not exist."""
    found = await reads.fetch_one(READ, cart_id=cart_id, owner=caller.principal)
    if found is None or found.state is CartState.DISCARDED:
        raise NotFound("There is no such cart.")
    return found
