"""Keep a cart's price as it is now for some time, or on a signed quote until that expires."""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from commerce.carts.change_lines import Wanted, add_lines
from commerce.carts.change_terms import change_terms, locked
from commerce.carts.facts import Cart
from commerce.carts.pricing import priced
from commerce.kernel.errors import invalid
from commerce.kernel.ids import CartId, VariantId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.price_engine import record
from commerce.quotes import Honoured, QuoteNotHonoured, Surroundings
from commerce.tax import TaxEngine

HOLDS: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=30)


async def freeze(
    tx: Tx,
    caller: Caller,
    cart_id: CartId,
    around: Surroundings,
    what: Literal["prices", "all"],
    until: datetime | None,
    *,
    at: datetime,
    asked: TaxEngine | None = None,
) -> Cart:
    """Keep the prices of a cart as they are now, or all of its price, until an instant; for a day where none is said.

    `asked` has the taxes that an outside engine was asked about before. What comes into the cart later has today's price. Kept in the audit
    log. Refuses with InvalidInput an instant that is past or more than 30 days ahead, with NotFound and CartClosed.
    """
    until = until or at + HOLDS
    if not at < until <= at + LONGEST:
        raise invalid("/until", f"must be later than now, and at most {LONGEST.days} days ahead")
    cart = await locked(tx, caller, cart_id)
    shown = await priced(tx, around, cart, at=at, engine=asked)
    tx.changed("cart", cart_id, before={"frozen": cart.frozen_what}, after={"frozen": what, "until": until})
    return await change_terms(
        tx,
        caller,
        cart_id,
        lambda cart: msgspec.structs.replace(
            cart,
            frozen_what=what,
            frozen_until=until,
            frozen_record=record(shown.quoted.assembled),
            frozen_by=caller.principal,
            quote_id=None,
        ),
        at=at,
    )


async def thaw(tx: Tx, caller: Caller, cart_id: CartId, *, at: datetime) -> Cart:
    """Let a cart have the prices of the moment again. Refuses with NotFound and CartClosed."""
    tx.changed("cart", cart_id, after={"frozen": None})
    return await change_terms(
        tx,
        caller,
        cart_id,
        lambda cart: msgspec.structs.replace(
            cart, frozen_what=None, frozen_until=None, frozen_record=None, frozen_by=None, quote_id=None
        ),
        at=at,
    )


async def take_quote(tx: Tx, caller: Caller, cart_id: CartId, currency: str, quote: Honoured, *, at: datetime) -> Cart:
    """Price a cart on a signed quote until that expires, whatever channel it was made in, as long as the currency is the cart's.

    An empty cart gets what was quoted: so a till that reads a quote has its basket. Whoever has the quote may use it, but a shopper no other customer's. Refuses with QuoteNotHonoured, NotFound and CartClosed.
    """

    def quoted(cart: Cart) -> Cart:
        if quote.document.basket.currency != currency:
            raise QuoteNotHonoured.because("other_currency")
        if caller.is_shopper and quote.customer_id not in {None, cart.shopper_id}:
            raise QuoteNotHonoured.because("other_customer")
        return msgspec.structs.replace(
            cart,
            frozen_what="all",
            frozen_until=quote.document.expires_at,
            frozen_record=quote.inputs,
            frozen_by=caller.principal,
            quote_id=quote.document.id,
        )

    cart = await change_terms(tx, caller, cart_id, quoted, at=at)
    if cart.lines:
        return cart
    wanted = [Wanted(VariantId(line.variant_id), line.quantity, line.group) for line in quote.recorded.basket.lines]
    return await add_lines(tx, caller, cart_id, wanted, at=at)
