"""Say whose a cart is, where it goes, and how each line reaches the shopper; or throw it away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, DateTime, Integer, Text, Uuid, delete, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce.carts import rows
from commerce.carts.errors import CartChanged, closed, too_many_units
from commerce.carts.facts import QUANTITY_MOST, Address, Cart, CartLine, CartState
from commerce.carts.tables import cart_lines, carts
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import CartId, CartLineId, LocationId, OrderId
from commerce.platform.at_once import AtOnce
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.platform.together import Own

ATTEMPTS = 5

_contact = {
    "email": given("email", Text),
    "contact_name": given("contact_name", Text),
    "contact_phone": given("contact_phone", Text),
    "confirmed_age": given("confirmed_age", Integer),
    "language": func.coalesce(given("language", Text), carts.c.language),
}
SET_CONTACT = rows.change(rows.moved(**_contact))
_asked = unnested(
    "asked",
    nth=Integer,
    cart_id=Uuid,
    owner=Text,
    at=DateTime(timezone=True),
    seen=Integer,
    email=Text,
    contact_name=Text,
    contact_phone=Text,
    confirmed_age=Integer,
    language=Text,
)
_said_of = {name: _asked.c[name] for name in ("email", "contact_name", "contact_phone", "confirmed_age")}
SET_CONTACT_UNMOVED = AtOnce(
    rows.moved_as_read(_asked, **_said_of, language=func.coalesce(_asked.c.language, carts.c.language))
)
SET_ADDRESSES = rows.change(
    rows.moved(
        billing_address=given("billing_address", JSONB(none_as_null=True)),
        shipping_address=given("shipping_address", JSONB(none_as_null=True)),
    )
)
SET_SLOTS = rows.change(rows.moved(slots=given("slots", JSONB)))
DISCARD = rows.change(rows.moved(state=CartState.DISCARDED.value))

_as_read = rows.moved(carts.c.version == given("version_before", Integer))
_gone = (
    delete(cart_lines)
    .where(cart_lines.c.cart_id == _as_read.c.id, any_of(cart_lines.c.id, "gone"))
    .returning(cart_lines.c.id)
    .cte("gone")
)
_taken_out = select(func.count().label("lines")).select_from(_gone).subquery("taken_out")
_again = unnested(
    "again",
    line_id=Uuid,
    variant_id=Uuid,
    quantity=Integer,
    group=Text,
    seq=BigInteger,
    override_unit=BigInteger,
    override_by=Text,
    override_reason=Text,
)
_put = (
    insert(cart_lines)
    .from_select(
        ["id", "cart_id", *(name for name in rows.LINE if name != "id")],
        select(_again.c.line_id, _as_read.c.id, *(_again.c[name] for name in rows.LINE if name != "id"))
        .join_from(_again, _as_read, true())
        # Joined only so that the lines are out before they come in again under another key.
        .join(_taken_out, _taken_out.c.lines >= 0),
    )
    .returning(*(cart_lines.c[name] for name in rows.LINE))
    .cte("put")
)
REGROUP = rows.change(_as_read, put=_put, gone=_gone)

_ended = unnested("ended", cart_id=Uuid, version_before=Integer, order_id=Uuid)
ORDERED = Statement(
    update(carts)
    .where(
        carts.c.id == _ended.c.cart_id,
        carts.c.state == CartState.ACTIVE.value,
        carts.c.version == _ended.c.version_before,
    )
    .values(
        state=CartState.ORDERED.value,
        order_id=_ended.c.order_id,
        version=carts.c.version + 1,
        updated_at=rows.AT,
    )
    .returning(carts.c.id)
)


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """How the buyer is reached; `language` is that of what is sent to them, unchanged where None.

    `confirmed_age` are the years that they say to have, or that were checked at the counter: what has an age limit is not sold without.
    """

    email: str
    name: str
    phone: str | None = None
    language: str | None = None
    confirmed_age: int | None = None


async def set_contact(tx: Tx, caller: Caller, cart_id: CartId, contact: Contact, *, at: datetime) -> Cart:
    """Say how the buyer is reached. Refuses with NotFound and CartClosed."""
    return await rows.run(tx, SET_CONTACT, caller, cart_id, at, **_said(contact))


def prepare_contact(cart: Cart, contact: Contact, *, at: datetime) -> tuple[Cart, Own]:
    """Gives a cart as it would be with this contact, and the row of the statement that makes it so if nobody moved it meanwhile.

    Refuses with CartClosed.
    """
    if cart.state is not CartState.ACTIVE:
        raise closed()
    said = _said(contact)
    after = msgspec.structs.replace(
        cart, **{**said, "language": contact.language or cart.language}, version=cart.version + 1, updated_at=at
    )
    asked = {"cart_id": cart.id, "owner": cart.owner, "at": at, "seen": cart.version, **said}
    return after, {"nth": {name: [value] for name, value in asked.items()}}


def _said(contact: Contact) -> dict[str, Any]:
    return {
        "email": contact.email,
        "contact_name": contact.name,
        "contact_phone": contact.phone,
        "confirmed_age": contact.confirmed_age,
        "language": contact.language,
    }


async def set_addresses(
    tx: Tx, caller: Caller, cart_id: CartId, shipping: Address | None, billing: Address | None, *, at: datetime
) -> Cart:
    """Say where goods and bills go; both are set, None takes one away. Refuses with NotFound and CartClosed."""
    return await rows.run(tx, SET_ADDRESSES, caller, cart_id, at, shipping_address=shipping, billing_address=billing)


async def set_fulfilment(
    tx: Tx, caller: Caller, cart_id: CartId, chosen: Mapping[CartLineId, str], *, at: datetime
) -> Cart:
    """Choose how lines reach the shopper, by line; lines that become the same variant and way are joined, the earlier one stays.

    A price given by hand is lost where it was given for one of the two only.

    Refuses with NotFound (cart or line), CartClosed, TooManyUnits, and with CartChanged when others change the cart all the time.
    """
    for _ in range(ATTEMPTS):
        cart = await rows.mine(tx, caller, cart_id)
        if strange := chosen.keys() - {line.id for line in cart.lines}:
            raise NotFound(f"The cart has no line {min(strange)}.")
        after = _regrouped(cart.lines, chosen)
        kept = {line.id: line for line in after}
        out = [line for line in cart.lines if kept.get(line.id) != line]
        again = [line for line in after if line not in cart.lines]
        try:
            return await rows.run(
                tx,
                REGROUP,
                caller,
                cart_id,
                at,
                version_before=cart.version,
                gone=[line.id for line in out],
                line_id=[line.id for line in again],
                **{name: [getattr(line, name) for line in again] for name in rows.LINE if name != "id"},
            )
        except CartChanged:
            continue
    raise CartChanged("Read it again and choose again.")


async def set_slots(
    tx: Tx, caller: Caller, cart_id: CartId, slots: Mapping[LocationId, datetime], *, at: datetime
) -> Cart:
    """Choose pickup slots by location: when each begins; those that stood before are replaced. Nothing is kept: that is checkout's to do.

    Refuses with NotFound and CartClosed.
    """
    return await rows.run(tx, SET_SLOTS, caller, cart_id, at, slots={str(each): slots[each] for each in slots})


async def discard(tx: Tx, caller: Caller, cart_id: CartId, *, at: datetime) -> None:
    """Throw a cart away. Refuses with NotFound and CartClosed."""
    await rows.run(tx, DISCARD, caller, cart_id, at)


async def ordered(tx: Tx, became: Mapping[OrderId, Cart], *, at: datetime) -> bool:
    """Close carts because each became an order; says False when one is no longer open, or no longer as it was read: the transaction must
    end then, unless there was but one.
    """
    closed = await tx.fetch(
        ORDERED,
        cart_id=[cart.id for cart in became.values()],
        version_before=[cart.version for cart in became.values()],
        order_id=list(became),
        at=at,
    )
    return len(closed) == len(became)


def _regrouped(lines: tuple[CartLine, ...], chosen: Mapping[CartLineId, str]) -> list[CartLine]:
    joined: dict[tuple[object, str], CartLine] = {}
    for line in lines:
        group = chosen.get(line.id, line.group)
        before = joined.get((line.variant_id, group))
        quantity = line.quantity + (before.quantity if before else 0)
        if quantity > QUANTITY_MOST:
            raise too_many_units()
        kept = msgspec.structs.replace(before or line, quantity=quantity, group=group)
        if before is not None and before.override != line.override:
            # Nobody gave this price for the units of the other line.
            kept = msgspec.structs.replace(kept, override_unit=None, override_by=None, override_reason=None)
        joined[line.variant_id, group] = kept
    return list(joined.values())
