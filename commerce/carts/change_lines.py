"""Begin a cart, add lines, change how many, take one out: each is one statement."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    CTE,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    delete,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from commerce.carts import rows
from commerce.carts.errors import closed, too_many_lines, too_many_units
from commerce.carts.facts import LINES_MOST, QUANTITY_MOST, Cart, CartLine, CartState
from commerce.carts.tables import cart_lines, carts
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import CartId, CartLineId, VariantId, new_id
from commerce.platform.at_once import AtOnce
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import given, unnested
from commerce.platform.together import Own


class Wanted(msgspec.Struct, frozen=True):
    """Units of a variant for one way of fulfilment (`pickup:<location id>`, `ship:<method id>`, or empty: chosen later)."""

    variant_id: VariantId
    quantity: int
    group: str = ""


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """What a cart begins with: where it is sold, by whose rates it is taxed until there is an address, and the buyer's language.

    `store_id` is the store where it is bought; `customer_id` whose it is to be, where staff fills it for somebody.
    """

    channel_id: UUID
    country: str
    language: str
    store_id: UUID | None = None
    customer_id: UUID | None = None


_wanted = unnested("wanted", line_id=Uuid, variant_id=Uuid, quantity=Integer, group=Text)


_of_several = unnested(
    "wanted", line_nth=Integer, line_place=Integer, line_id=Uuid, variant_id=Uuid, quantity=Integer, group=Text
)


def _added(cart: CTE) -> CTE:
    return _put(_lines_of(cart, _wanted, true()))


def _added_to_several(cart: CTE) -> CTE:
    lines = _lines_of(cart, _of_several, _of_several.c.line_nth == cart.c.nth)
    return _put(lines.order_by(_of_several.c.line_place))  # lines stand in the order in which they came


def _lines_of(cart: CTE, wanted: FromClause, of_cart: ColumnElement[bool]) -> Select[Any]:
    return select(wanted.c.line_id, cart.c.id, wanted.c.variant_id, wanted.c.quantity, wanted.c.group).join_from(
        wanted, cart, of_cart
    )


def _put(lines: Select[Any]) -> CTE:
    """Gives the lines put into carts: new ones, and those whose units join a line of the same variant and way of fulfilment."""
    new = insert(cart_lines).from_select(["id", "cart_id", "variant_id", "quantity", "group"], lines)
    return (
        new.on_conflict_do_update(
            index_elements=["cart_id", "variant_id", "group"],
            set_={"quantity": cart_lines.c.quantity + new.excluded.quantity},
        )
        .returning(*(cart_lines.c[name] for name in rows.LINE))
        .cte("put")
    )


_begun = (
    insert(carts)
    .values(
        id=rows.CART_ID,
        owner=rows.OWNER,
        shopper_id=given("shopper_id", Uuid),
        channel_id=given("channel_id", Uuid),
        store_id=given("store_id", Uuid),
        country=given("country", Text),
        language=given("language", Text),
        state=CartState.ACTIVE.value,
        created_at=rows.AT,
        updated_at=rows.AT,
    )
    .returning(*carts.c)
    .cte("moved")
)
_moved = rows.moved()
_line_id = given("line_id", Uuid)
_this_line = (cart_lines.c.id == _line_id, cart_lines.c.cart_id == _moved.c.id)
_counted = (
    update(cart_lines)
    .where(*_this_line)
    .values(quantity=given("quantity", Integer))
    .returning(*(cart_lines.c[name] for name in rows.LINE))
    .cte("put")
)
_removed = delete(cart_lines).where(*_this_line).returning(cart_lines.c.id).cte("gone")

_asked = unnested("asked", nth=Integer, cart_id=Uuid, owner=Text, at=DateTime(timezone=True), seen=Integer)
_unmoved = rows.moved_as_read(_asked)
ADD_UNMOVED = AtOnce(_unmoved, _added_to_several(_unmoved))
_new = unnested(
    "new",
    nth=Integer,
    cart_id=Uuid,
    owner=Text,
    at=DateTime(timezone=True),
    shopper_id=Uuid,
    channel_id=Uuid,
    store_id=Uuid,
    country=Text,
    language=Text,
)
_same = {name: _new.c[name] for name in ("owner", "shopper_id", "channel_id", "store_id", "country", "language")}
_begins_as = {
    "id": _new.c.cart_id,
    **_same,
    "state": literal(CartState.ACTIVE.value, Text),
    "created_at": _new.c.at,
    "updated_at": _new.c.at,
}
_several_begun = (
    insert(carts).from_select(list(_begins_as), select(*_begins_as.values())).returning(carts.c.id).cte("begun")
)
_numbered = (
    select(_new.c.nth, _several_begun.c.id)
    .join_from(_new, _several_begun, _several_begun.c.id == _new.c.cart_id)
    .cte("numbered")
)
BEGIN_AT_ONCE = AtOnce(_numbered, _added_to_several(_numbered))
BEGIN_CART = rows.change(_begun, put=_added(_begun))
ADD = rows.change(_moved, put=_added(_moved))
SET_QUANTITY = rows.change(_moved, put=_counted)
REMOVE = rows.change(_moved, gone=_removed)


async def begin_cart(tx: Tx, caller: Caller, beginning: Beginning, wanted: Iterable[Wanted], *, at: datetime) -> Cart:
    """Begin a cart of the caller's own, with lines or empty. Refuses with TooManyLines and TooManyUnits."""
    return await rows.run(
        tx,
        BEGIN_CART,
        caller,
        new_id(),
        at,
        **_begins(caller, beginning),
        **_lines(wanted),
    )


def prepare_cart(caller: Caller, beginning: Beginning, wanted: Iterable[Wanted], *, at: datetime) -> tuple[Cart, Own]:
    """Gives a cart as it begins, and the rows of the statement that begins it. Refuses with TooManyLines and TooManyUnits."""
    begins = _begins(caller, beginning)
    empty = Cart(
        id=CartId(new_id()),
        owner=caller.principal,
        state=CartState.ACTIVE,
        email=None,
        contact_name=None,
        contact_phone=None,
        billing_address=None,
        shipping_address=None,
        order_id=None,
        created_at=at,
        updated_at=at,
        version=1,
        **begins,
    )
    lines = _lines(wanted)
    begun = msgspec.structs.replace(empty, lines=_with(empty, lines))
    cart = {"cart_id": begun.id, "owner": begun.owner, "at": at, **begins}
    return begun, {"nth": {name: [value] for name, value in cart.items()}, "line_nth": _in_order(lines)}


def _begins(caller: Caller, beginning: Beginning) -> dict[str, Any]:
    return {
        "shopper_id": caller.id if caller.is_shopper else beginning.customer_id,
        "channel_id": beginning.channel_id,
        "store_id": beginning.store_id,
        "country": beginning.country,
        "language": beginning.language,
    }


async def add_lines(tx: Tx, caller: Caller, cart_id: CartId, wanted: Iterable[Wanted], *, at: datetime) -> Cart:
    """Add units to a cart; those of a variant that is there already for the same way of fulfilment join its line.

    Any number of adds at once all count. Refuses with NotFound, CartClosed, TooManyLines, TooManyUnits.
    """
    return await rows.run(tx, ADD, caller, cart_id, at, **_lines(wanted))


def prepare_lines(cart: Cart, wanted: Iterable[Wanted], *, at: datetime) -> tuple[Cart, Own]:
    """Gives a cart as it would be with these units added, and the rows of the statement that makes it so if nobody moved it meanwhile.

    Refuses with CartClosed, TooManyLines, TooManyUnits.
    """
    if cart.state is not CartState.ACTIVE:
        raise closed()
    arguments = _lines(wanted)
    after = msgspec.structs.replace(cart, lines=_with(cart, arguments), version=cart.version + 1, updated_at=at)
    asked: dict[str, Sequence[object]] = {
        "cart_id": [cart.id],
        "owner": [cart.owner],
        "at": [at],
        "seen": [cart.version],
    }
    return after, {"nth": asked, "line_nth": _in_order(arguments)}


def _in_order(lines: Mapping[str, list[Any]]) -> Mapping[str, Sequence[object]]:
    return {**lines, "line_place": range(len(lines["line_id"]))}


def _with(cart: Cart, arguments: Mapping[str, list[Any]]) -> tuple[CartLine, ...]:
    """Gives the lines of a cart with more units, which join the line of their variant and way of fulfilment."""
    lines = {(line.variant_id, line.group): line for line in cart.lines}
    for place, quantity, line_id in zip(
        zip(arguments["variant_id"], arguments["group"], strict=True),
        arguments["quantity"],
        arguments["line_id"],
        strict=True,
    ):
        known = lines.get(place)
        units = quantity + (0 if known is None else known.quantity)
        if units > QUANTITY_MOST:
            raise too_many_units()
        lines[place] = (
            CartLine(id=CartLineId(line_id), variant_id=place[0], quantity=units, group=place[1])
            if known is None
            else msgspec.structs.replace(known, quantity=units)
        )
    if len(lines) > LINES_MOST:
        raise too_many_lines()
    return tuple(lines.values())


async def set_quantity(
    tx: Tx, caller: Caller, cart_id: CartId, line_id: CartLineId, quantity: int, *, at: datetime
) -> Cart:
    """Set how many units a line has. Refuses with NotFound (cart or line) and CartClosed."""
    return _touched(await rows.run(tx, SET_QUANTITY, caller, cart_id, at, line_id=line_id, quantity=quantity))


async def remove_line(tx: Tx, caller: Caller, cart_id: CartId, line_id: CartLineId, *, at: datetime) -> Cart:
    """Take a line out of a cart. Refuses with NotFound (cart or line) and CartClosed."""
    return _touched(await rows.run(tx, REMOVE, caller, cart_id, at, line_id=line_id))


def _touched(cart: rows.Changed) -> Cart:
    if not cart.touched:
        raise NotFound("The cart has no such line.")
    return cart


def _lines(wanted: Iterable[Wanted]) -> dict[str, list[Any]]:
    """Gives lines as arrays, units of the same variant and way of fulfilment summed."""
    units: Counter[tuple[VariantId, str]] = Counter()
    for each in wanted:
        units[each.variant_id, each.group] += each.quantity
    if any(quantity > QUANTITY_MOST for quantity in units.values()):
        raise too_many_units()
    return {
        "line_id": [new_id() for _ in units],
        "variant_id": [variant_id for variant_id, _ in units],
        "quantity": list(units.values()),
        "group": [group for _, group in units],
    }
