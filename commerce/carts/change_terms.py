"""What a cart is priced by: codes, tender, the buyer's VAT number, a price given by hand, and what is frozen of its price."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Text, Uuid, select, update

from commerce.carts import rows
from commerce.carts.errors import TooManyCodes
from commerce.carts.facts import CODES_MOST, Cart
from commerce.carts.tables import cart_lines, carts
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import CartId, CartLineId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.price_engine import Override

TERMS: Final = (
    "codes",
    "tender",
    "vat_number",
    "frozen_what",
    "frozen_until",
    "frozen_record",
    "frozen_by",
    "quote_id",
)
_IGNORED: Final = re.compile(r"[\s-]+")
LOCK = Statement(select(carts.c.id).where(carts.c.id == rows.CART_ID, carts.c.owner == rows.OWNER).with_for_update())
SET_TERMS = rows.change(rows.moved(**{name: given(name, carts.c[name].type) for name in TERMS}))
_moved = rows.moved()
_overridden = (
    update(cart_lines)
    .where(cart_lines.c.id == given("line_id", Uuid), cart_lines.c.cart_id == _moved.c.id)
    .values(
        override_unit=given("override_unit", BigInteger),
        override_by=given("override_by", Text),
        override_reason=given("override_reason", Text),
    )
    .returning(*(cart_lines.c[name] for name in rows.LINE))
    .cte("put")
)
OVERRIDE = rows.change(_moved, put=_overridden)


async def locked(tx: Tx, caller: Caller, cart_id: UUID) -> Cart:
    """Gives a cart of the caller as it is until the transaction ends; refuses with NotFound."""
    await tx.execute(LOCK, cart_id=cart_id, owner=caller.principal)
    return await rows.mine(tx, caller, cart_id)


async def offer_codes(tx: Tx, caller: Caller, cart_id: CartId, codes: Sequence[str], *, at: datetime) -> Cart:
    """Put codes into a cart, each once however it is typed; whether they open anything is answered with the price.

    Refuses with NotFound, CartClosed, and with TooManyCodes beyond ten.
    """

    def offered(cart: Cart) -> Cart:
        every = _each_once((*cart.codes, *codes))
        if len(every) > CODES_MOST:
            raise TooManyCodes(f"Take a code out first: {CODES_MOST} are the most.")
        return msgspec.structs.replace(cart, codes=every)

    return await change_terms(tx, caller, cart_id, offered, at=at)


async def set_codes(tx: Tx, caller: Caller, cart_id: CartId, codes: Sequence[str], *, at: datetime) -> Cart:
    """Let a cart have these codes, each once, and no others. Refuses with NotFound and CartClosed."""
    every = _each_once(codes)
    return await change_terms(tx, caller, cart_id, lambda cart: msgspec.structs.replace(cart, codes=every), at=at)


async def set_tender(tx: Tx, caller: Caller, cart_id: CartId, tender: str | None, *, at: datetime) -> Cart:
    """Say how it will be paid, where promotions ask for it. Refuses with NotFound and CartClosed."""
    return await change_terms(tx, caller, cart_id, lambda cart: msgspec.structs.replace(cart, tender=tender), at=at)


async def set_vat_number(tx: Tx, caller: Caller, cart_id: CartId, vat_number: str | None, *, at: datetime) -> Cart:
    """Say which business buys, by its VAT number; its digits are judged with the price. Refuses with NotFound and CartClosed."""
    return await change_terms(
        tx, caller, cart_id, lambda cart: msgspec.structs.replace(cart, vat_number=vat_number), at=at
    )


async def give_price(
    tx: Tx, caller: Caller, cart_id: CartId, line_id: CartLineId, override: Override | None, *, at: datetime
) -> Cart:
    """Give the units of a line another price than the list's, or take it away again; who may is judged by who calls.

    Kept in the audit log. Refuses with NotFound (cart or line) and CartClosed.
    """
    before = next((line for line in (await locked(tx, caller, cart_id)).lines if line.id == line_id), None)
    if before is None:
        raise NotFound("The cart has no such line.")
    tx.changed("cart_line", line_id, before={"override": before.override}, after={"override": override})
    return await rows.run(
        tx,
        OVERRIDE,
        caller,
        cart_id,
        at,
        line_id=line_id,
        override_unit=override.unit if override else None,
        override_by=override.by if override else None,
        override_reason=override.reason if override else None,
    )


async def change_terms(
    tx: Tx, caller: Caller, cart_id: CartId, change: Callable[[Cart], Cart], *, at: datetime
) -> Cart:
    """Changes what a cart is priced by, as it is then: changes at once come one after the other. Refuses with NotFound and CartClosed."""
    after = change(await locked(tx, caller, cart_id))
    terms: dict[str, object] = {name: getattr(after, name) for name in TERMS}
    return await rows.run(tx, SET_TERMS, caller, cart_id, at, **terms | {"codes": list(after.codes)})


def _each_once(codes: Iterable[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for code in codes:
        first.setdefault(_key(code), code)
    return tuple(first.values())


def _key(code: str) -> str:
    return _IGNORED.sub("", unicodedata.normalize("NFKC", code).upper())
