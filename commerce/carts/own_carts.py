"""The carts that a caller has open, and how an anonymous shopper's go over to the account that the shopper signs in to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Integer, Text, Uuid, func, literal, select, true, tuple_, update

from commerce.carts.facts import CartState
from commerce.carts.rows import AT, OWNER
from commerce.carts.tables import cart_lines, carts
from commerce.kernel import clock
from commerce.kernel.ids import CartId
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
LAST_ID = UUID(int=2**128 - 1)


class CartRow(msgspec.Struct, frozen=True, kw_only=True):
    """An open cart as a list shows it: without prices, which are made at each look."""

    id: CartId
    version: int
    channel_id: UUID
    country: str
    store_id: UUID | None
    line_count: int
    units: int
    created_at: datetime
    updated_at: datetime


_open = (carts.c.owner == OWNER, carts.c.state == CartState.ACTIVE.value)
_page = (
    select(
        *(carts.c[name] for name in ("id", "version", "channel_id", "country", "store_id", "created_at", "updated_at"))
    )
    .where(
        *_open,
        tuple_(carts.c.created_at, carts.c.id)
        < tuple_(given("before_at", DateTime(timezone=True)), given("before_id", Uuid)),
    )
    .order_by(carts.c.created_at.desc(), carts.c.id.desc())
    .limit(given("most", Integer))
    .subquery("page")
)
_held = (
    select(func.count().label("line_count"), func.coalesce(func.sum(cart_lines.c.quantity), 0).label("units"))
    .where(cart_lines.c.cart_id == _page.c.id)
    .lateral("held")
)
OWN = Statement(
    select(*_page.c, _held.c.line_count, _held.c.units)
    .join_from(_page, _held, onclause=true())
    .order_by(_page.c.created_at.desc(), _page.c.id.desc()),
    into=CartRow,
)
_kept = (carts.c.owner == OWNER, carts.c.state != literal(CartState.DISCARDED.value, Text))
_newest = select(carts.c.id).where(*_kept).order_by(carts.c.created_at.desc()).limit(given("most", Integer))
_locked = select(carts.c.id).where(carts.c.id.in_(_newest), *_kept).order_by(carts.c.id).with_for_update().cte("locked")
FOLLOW = Statement(
    update(carts)
    .where(carts.c.id == _locked.c.id)
    .values(
        owner=given("new_owner", Text),
        shopper_id=given("new_shopper_id", Uuid),
        version=carts.c.version + 1,
        updated_at=AT,
    )
    .add_cte(_locked)
)


async def own_carts(
    reads: Reads, caller: Caller, *, before: tuple[datetime, UUID] | None, most: int
) -> Sequence[CartRow]:
    """Gives the carts that the caller has open, the newest first."""
    before_at, before_id = before or (END_OF_TIME, LAST_ID)
    return await reads.fetch(OWN, owner=caller.principal, before_at=before_at, before_id=before_id, most=most)


async def follow(tx: Tx, before: Caller, after: Caller, *, most: int) -> int:
    """Makes carts of one shopper those of another, with all that is in them: the open ones, and those that became orders; so many at the most,
    the newest first. Gives how many they were.

    A change or a checkout that began as the former shopper and is not through yet finds no such cart.
    """
    return await tx.execute(
        FOLLOW, owner=before.principal, new_owner=after.principal, new_shopper_id=after.id, most=most, at=clock.now()
    )
