"""A cart and the facts that price it, in one statement: for whom it is priced is foreseen from who asks.

Channel, store and buyer stand in the cart's row, which is not known before the statement runs; nearly always they are those that the caller
would begin a cart with now. Where they are not, or where promotions ask for more articles, the facts are read again, for whoever it is.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import DateTime, Integer, Text, Uuid, and_, func, select

from commerce.carts import rows
from commerce.carts.choices import own_store
from commerce.carts.facts import Address, Cart, CartLine, CartState
from commerce.carts.tables import cart_lines, carts
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import LocationId
from commerce.platform.database import Reading
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, unnested
from commerce.platform.together import Together
from commerce.price_engine import Buyer
from commerce.quotes import Ahead, Surroundings, Want, asked_for, buyer_of, facts_arguments, facts_beside

OF_CART: Final = tuple(name for name in Cart.__struct_fields__ if name != "lines")
_asked = unnested("asked", nth=Integer, cart_id=Uuid, owner=Text, asked_at=DateTime(timezone=True))
_new = unnested("new", new_nth=Integer, new_variant=Uuid)
_line = (
    select(_asked.c.nth.label("line_nth"), *(cart_lines.c[name].label(f"line_{name}") for name in rows.LINE))
    .join_from(_asked, cart_lines, cart_lines.c.cart_id == _asked.c.cart_id)
    .subquery("line")
)
_same = and_(_new.c.new_nth == _line.c.line_nth, _new.c.new_variant == _line.c.line_variant_id)
_wanted = (
    select(
        func.coalesce(_line.c.line_nth, _new.c.new_nth).label("wanted_nth"),
        func.coalesce(_line.c.line_variant_id, _new.c.new_variant).label("wanted_variant"),
        *(_line.c[f"line_{name}"] for name in rows.LINE),
    )
    .select_from(_line.join(_new, _same, full=True))
    .subquery("wanted")
)
READ_AHEAD: Final = Together(
    Statement(
        facts_beside(
            _asked.join(carts, and_(carts.c.id == _asked.c.cart_id, carts.c.owner == _asked.c.owner)).outerjoin(
                _wanted, _wanted.c.wanted_nth == _asked.c.nth
            ),
            _wanted.c.wanted_variant,
            _asked.c.asked_at,
            *(carts.c[name].label(f"cart_{name}") for name in OF_CART),
            *(_wanted.c[f"line_{name}"] for name in rows.LINE),
            _wanted.c.wanted_variant,
            _asked.c.nth,
        )
    )
)
_address = msgspec.json.Decoder(Address)
_slots = msgspec.json.Decoder(dict[LocationId, datetime])
_line_at = len(OF_CART)


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What was read with a cart: the facts of its articles and of those that are to be added, and the buyer that `shopper_id` is."""

    facts: Ahead
    shopper_id: UUID | None
    buyer: Buyer

    def buyer_of(self, cart: Cart) -> Buyer | None:
        """Gives the buyer, where it is the cart's."""
        return self.buyer if cart.vat_number is None and cart.shopper_id == self.shopper_id else None


async def read_ahead(
    reading: Reading, around: Surroundings, caller: Caller, cart_id: UUID, new: Iterable[UUID], *, at: datetime
) -> tuple[Cart, Foreseen]:
    """Gives a cart of the caller, and what prices it together with new variants at an instant. Refuses with NotFound as `rows.mine` does."""
    shopper_id = caller.id if caller.is_shopper else None
    buyer = await buyer_of(reading, shopper_id, at=at)
    channel = around.channels.get(caller.channel_id)
    want = Want(channel_id=channel.id, store_id=own_store(around, caller), buyer=buyer, at=at, lines=())
    audience, gifts = asked_for(around, want)
    articles = list(dict.fromkeys((*new, *gifts)))
    found = await READ_AHEAD.fetch(
        reading,
        {
            "nth": {"cart_id": [cart_id], "owner": [caller.principal], "asked_at": [at]},
            "new_nth": {"new_variant": articles},
        },
        **facts_arguments(around.lists, audience, at),
    )
    if not found or found[0]["cart_state"] == CartState.DISCARDED.value:
        raise NotFound("There is no such cart.")
    read, variants = _once_each(found)
    facts = Ahead(rows=read, variants=variants, audience=audience, lists=around.lists, at=at)
    return _cart(found), Foreseen(facts=facts, shopper_id=shopper_id, buyer=buyer)


def _once_each(found: Sequence[Record]) -> tuple[list[Record], Collection[UUID]]:
    """The rows with the facts of each variant once, also of one that stands in several lines."""
    first: dict[UUID, UUID | None] = {}
    kept: list[Record] = []
    for row in found:
        variant, line = row["wanted_variant"], row["line_id"]
        if variant is not None and first.setdefault(variant, line) == line:
            kept.append(row)
    return kept, first.keys()


def _cart(found: Sequence[Record]) -> Cart:
    values: dict[str, Any] = dict(zip(OF_CART, found[0], strict=False))
    for name in ("shipping_address", "billing_address"):
        if values[name] is not None:
            values[name] = _address.decode(values[name])
    values["slots"] = _slots.decode(values["slots"])
    values["state"] = CartState(values["state"])
    values["codes"] = tuple(values["codes"])
    lines = {row["line_id"]: row for row in found if row["line_id"] is not None}
    return Cart(**values, lines=tuple(sorted(map(_cart_line, lines.values()), key=_place)))


def _cart_line(row: Record) -> CartLine:
    return CartLine(**dict(zip(rows.LINE, row[_line_at:], strict=False)))


def _place(line: CartLine) -> int:
    return line.seq
