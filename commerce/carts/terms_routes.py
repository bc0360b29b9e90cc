"""What a cart is priced by, over HTTP: codes, tender, VAT number, prices by hand, freezes, signed quotes. Every answer is the priced cart."""

from typing import Protocol
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from commerce.carts import change_terms, rows
from commerce.carts.errors import CartClosed, TooManyCodes
from commerce.carts.freeze import freeze, take_quote, thaw
from commerce.carts.overrides import judged
from commerce.carts.schemas import CartCouponsIn, CartFreezeIn, CartOut, CartQuoteIn, CartTenderIn, CartVatNumberIn
from commerce.carts.show import asked_about, changed, perform_change
from commerce.identity import Tokens
from commerce.kernel import clock
from commerce.kernel.errors import Bug, InvalidInput, NotFound
from commerce.kernel.ids import CartId, CartLineId
from commerce.platform.http import Call, delete, perform, post, put
from commerce.pricing import OverrideReasonMissing, OverrideTooDeep
from commerce.quotes import CannotPrice, OverrideIn, QuoteNotHonoured, honour, key_named, surroundings

BY_HAND = "prices:override"
CHANGING = [InvalidInput, NotFound, CartClosed, CannotPrice]


@post(
    "/v1/carts/{cart_id:uuid}/coupons",
    operation="addCartCoupons",
    scope="carts",
    tag="carts",
    status=200,
    refusals=[*CHANGING, TooManyCodes],
)
async def add_cart_coupons(request: Call, cart_id: FromPath[UUID], data: JSONBody[CartCouponsIn]) -> Response[CartOut]:
    """Put codes into a cart. The answer's `codes` says of each what it saves, or why it gives nothing; that is no error."""
    around = await surroundings(request.db.reading)
    step, caller, cart, at = change_terms.offer_codes, request.caller, CartId(cart_id), clock.now()
    return await perform_change(request, around, step, caller, cart, data.codes, at=at)


@put(
    "/v1/carts/{cart_id:uuid}/coupons",
    operation="setCartCoupons",
    scope="carts",
    tag="carts",
    versioned=False,
    refusals=CHANGING,
)
async def set_cart_coupons(request: Call, cart_id: FromPath[UUID], data: JSONBody[CartCouponsIn]) -> Response[CartOut]:
    """Let a cart have these codes and no others: so one is taken out, since a code has no business in an address."""
    around = await surroundings(request.db.reading)
    step, caller, cart, at = change_terms.set_codes, request.caller, CartId(cart_id), clock.now()
    return await perform_change(request, around, step, caller, cart, data.codes, at=at)


@delete(
    "/v1/carts/{cart_id:uuid}/coupons",
    operation="removeCartCoupons",
    scope="carts",
    tag="carts",
    versioned=False,
    status=200,
    refusals=CHANGING,
)
async def remove_cart_coupons(request: Call, cart_id: FromPath[UUID]) -> Response[CartOut]:
    """Take all codes out of a cart."""
    around = await surroundings(request.db.reading)
    step, caller, cart, at = change_terms.set_codes, request.caller, CartId(cart_id), clock.now()
    return await perform_change(request, around, step, caller, cart, (), at=at)


@put(
    "/v1/carts/{cart_id:uuid}/tender",
    operation="setCartTender",
    scope="carts",
    tag="carts",
    versioned=False,
    refusals=CHANGING,
)
async def set_cart_tender(request: Call, cart_id: FromPath[UUID], data: JSONBody[CartTenderIn]) -> Response[CartOut]:
    """Say how the cart will be paid, where promotions ask for it; paying in another way is another price."""
    around = await surroundings(request.db.reading)
    step, caller, cart, at = change_terms.set_tender, request.caller, CartId(cart_id), clock.now()
    return await perform_change(request, around, step, caller, cart, data.tender, at=at)


@put(
    "/v1/carts/{cart_id:uuid}/vat-number",
    operation="setCartVatNumber",
    scope="carts",
    tag="carts",
    versioned=False,
    refusals=CHANGING,
)
async def set_cart_vat_number(
    request: Call, cart_id: FromPath[UUID], data: JSONBody[CartVatNumberIn]
) -> Response[CartOut]:
    """Say which business buys, by its VAT number; only one that the registry has confirmed exempts anything."""
    around = await surroundings(request.db.reading)
    step, caller, cart, at = change_terms.set_vat_number, request.caller, CartId(cart_id), clock.now()
    return await perform_change(request, around, step, caller, cart, data.vat_number, at=at)


@put(
    "/v1/carts/{cart_id:uuid}/lines/{line_id:uuid}/override",
    operation="overrideCartLine",
    scope=BY_HAND,
    tag="carts",
    versioned=False,
    refusals=[*CHANGING, OverrideTooDeep, OverrideReasonMissing],
)
async def override_cart_line(
    request: Call, cart_id: FromPath[UUID], line_id: FromPath[UUID], data: JSONBody[OverrideIn]
) -> Response[CartOut]:
    """Give the units of a line another price than the list's, as far below it as one's role allows, and say why."""
    reading, caller, at = request.db.reading, request.caller, clock.now()
    around = await surroundings(reading)
    cart, line = CartId(cart_id), CartLineId(line_id)
    given = await judged(reading, around, caller, cart, line, data, at=at)
    step = change_terms.give_price
    return await perform_change(request, around, step, caller, cart, line, given, at=at)


@delete(
    "/v1/carts/{cart_id:uuid}/lines/{line_id:uuid}/override",
    operation="removeCartLineOverride",
    scope=BY_HAND,
    tag="carts",
    versioned=False,
    status=200,
    refusals=CHANGING,
)
async def remove_cart_line_override(
    request: Call, cart_id: FromPath[UUID], line_id: FromPath[UUID]
) -> Response[CartOut]:
    """Let a line have the list's price again."""
    around = await surroundings(request.db.reading)
    step, caller, at = change_terms.give_price, request.caller, clock.now()
    cart, line = CartId(cart_id), CartLineId(line_id)
    return await perform_change(request, around, step, caller, cart, line, None, at=at)


@post(
    "/v1/carts/{cart_id:uuid}/freeze",
    operation="freezeCart",
    scope=BY_HAND,
    tag="carts",
    status=200,
    refusals=CHANGING,
)
async def freeze_cart(request: Call, cart_id: FromPath[UUID], data: JSONBody[CartFreezeIn]) -> Response[CartOut]:
    """Keep a cart's prices, or its whole price, as they are now until an instant."""
    around = await surroundings(request.db.reading)
    caller, cart, at = request.caller, CartId(cart_id), clock.now()
    what, until, language = data.what, data.until, request.language
    engine = await asked_about(request, around, cart)
    return await perform(
        request, changed, around, language, engine, freeze, caller, cart, around, what, until, at=at, asked=engine
    )


@delete(
    "/v1/carts/{cart_id:uuid}/freeze",
    operation="unfreezeCart",
    scope=BY_HAND,
    tag="carts",
    versioned=False,
    status=200,
    refusals=CHANGING,
)
async def unfreeze_cart(request: Call, cart_id: FromPath[UUID]) -> Response[CartOut]:
    """Let a cart have the prices of the moment again, also one that stays on a quote."""
    around = await surroundings(request.db.reading)
    caller, cart, at = request.caller, CartId(cart_id), clock.now()
    return await perform_change(request, around, thaw, caller, cart, at=at)


@post(
    "/v1/carts/{cart_id:uuid}/quote",
    operation="honourCartQuote",
    scope="carts",
    tag="carts",
    status=200,
    refusals=[*CHANGING, QuoteNotHonoured],
)
async def honour_cart_quote(request: Call, cart_id: FromPath[UUID], data: JSONBody[CartQuoteIn]) -> Response[CartOut]:
    """Price a cart on a signed quote of any channel, with its promotions, deliveries and taxes, until the quote expires.

    An empty cart gets what was quoted.
    """
    reading, caller, at = request.db.reading, request.caller, clock.now()
    around = await surroundings(reading)
    channel = around.channels.get((await rows.mine(reading, caller, cart_id)).channel_id)
    key_id = key_named(data.signed)
    public_key = None if key_id is None else await _keys(request).public_key(key_id)
    quote = await honour(reading, data.signed, public_key, at=at)
    cart, currency = CartId(cart_id), channel.currency
    return await perform_change(request, around, take_quote, caller, cart, currency, quote, at=at)


class _Keys(Protocol):
    async def public_key(self, key_id: str) -> bytes | None: ...


def _keys(request: Call) -> _Keys:
    tokens = request.services.tokens
    if not isinstance(tokens, Tokens):
        raise Bug("quotes are signed with the keys of identity")
    return tokens.keys


ROUTES: list[object] = [
    add_cart_coupons,
    set_cart_coupons,
    remove_cart_coupons,
    set_cart_tender,
    set_cart_vat_number,
    override_cart_line,
    remove_cart_line_override,
    freeze_cart,
    unfreeze_cart,
    honour_cart_quote,
]
