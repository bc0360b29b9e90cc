"""Carts over HTTP: owned by whoever's token began them. Every answer is the priced cart."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, JSONBody

from commerce.carts import change_details, change_lines, rows
from commerce.carts.change_details import Contact
from commerce.carts.choices import beginning, chosen, chosen_slots, wanted
from commerce.carts.errors import CartChanged, CartClosed, TooManyLines, TooManyUnits
from commerce.carts.facts import Address
from commerce.carts.on_wire import cart_out, problems_out
from commerce.carts.options import delivery_options
from commerce.carts.own_carts import own_carts
from commerce.carts.pricing import priced
from commerce.carts.schemas import (
    AddLinesIn,
    CartAddressesIn,
    CartAddressIn,
    CartContactIn,
    CartFulfilmentIn,
    CartOut,
    CartProblemsOut,
    CartRowOut,
    CartSlotsIn,
    ChangeLineIn,
    NewCartIn,
)
from commerce.carts.schemas_options import CartDeliveryOptionsOut
from commerce.carts.shortages import short_lines
from commerce.carts.show import engine_of, perform_added, perform_change, prepare_added, prepare_begun, prepare_contact
from commerce.carts.terms_routes import ROUTES as TERMS
from commerce.kernel import clock
from commerce.kernel.errors import Bug, InvalidInput, NotFound
from commerce.kernel.ids import CartId, CartLineId
from commerce.kernel.wire import Page
from commerce.platform.http import (
    Call,
    Cursor,
    Limit,
    after_cursor,
    answer,
    answer_bytes,
    content_etag,
    delete,
    get,
    paged,
    patch,
    perform,
    perform_at_once,
    post,
    put,
)
from commerce.platform.http.answers import encoded
from commerce.promise import SlotFull, SlotNotOffered
from commerce.quotes import CannotPrice, NotSoldThisWay, surroundings

ADDING = [InvalidInput, NotFound, CannotPrice, NotSoldThisWay, CartClosed, TooManyLines, TooManyUnits]
CHANGING = [NotFound, CartClosed, CannotPrice]


@post("/v1/carts", operation="createCart", scope="carts", tag="carts", refusals=ADDING)
async def create_cart(request: Call, data: JSONBody[NewCartIn]) -> Response[CartOut]:
    """Begin a cart, with lines or empty."""
    around = await surroundings(request.db.reading)
    begun = beginning(data, around, request.caller, request.language)
    lines = wanted(data.lines, around)
    reading, language, caller = request.db.reading, request.language, request.caller
    engine, at = engine_of(request), clock.now()
    done = await perform_at_once(
        request, prepare_begun, reading, around, language, caller, begun, lines, at=at, engine=engine
    )
    if done is None:
        raise Bug("a cart was begun, and is not there")
    return done


@get("/v1/carts", operation="listCarts", scope="carts", tag="carts", refusals=[InvalidInput])
async def list_carts(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[CartRowOut]]:
    """List the carts that the caller has open, the newest first: so another device finds what was begun on this one."""
    place = after_cursor(cursor, datetime, UUID)
    before = None if place is None else (place[0], place[1])
    found = await own_carts(request.db.reading, request.caller, before=before, most=limit + 1)
    shown = [CartRowOut(**msgspec.structs.asdict(row)) for row in found]
    return answer(request, paged(shown, limit, key=lambda row: [row.created_at, row.id]))


@get("/v1/carts/{cart_id:uuid}", operation="getCart", scope="carts", tag="carts", refusals=[NotFound])
async def get_cart(request: Call, cart_id: FromPath[UUID]) -> Response[CartOut]:
    """Get a cart with its price of this moment and what stands between it and its order; stock is not looked at."""
    around = await surroundings(request.db.reading)
    cart = await rows.mine(request.db.reading, request.caller, cart_id)
    shown = await priced(request.db.reading, around, cart, at=clock.now(), engine=engine_of(request))
    body = encoded(cart_out(shown, around, request.language))
    return answer_bytes(request, body, etag=content_etag(body))


@post("/v1/carts/{cart_id:uuid}/lines", operation="addCartLines", scope="carts", tag="carts", refusals=ADDING)
async def add_cart_lines(request: Call, cart_id: FromPath[UUID], data: JSONBody[AddLinesIn]) -> Response[CartOut]:
    """Add articles to a cart; units of a variant that is there already for the same fulfilment join its line."""
    around = await surroundings(request.db.reading)
    lines = wanted(data.lines, around)
    cart, at = CartId(cart_id), clock.now()
    reading, language, caller = request.db.reading, request.language, request.caller
    engine = engine_of(request)
    done = await perform_at_once(
        request, prepare_added, reading, around, language, caller, cart, lines, at=at, engine=engine
    )
    if done is not None:
        return done
    new = [line.variant_id for line in lines]
    return await perform_added(request, around, new, change_lines.add_lines, caller, cart, lines, at=at)


@patch(
    "/v1/carts/{cart_id:uuid}/lines/{line_id:uuid}",
    operation="changeCartLine",
    scope="carts",
    tag="carts",
    versioned=False,
    refusals=CHANGING,
)
async def change_cart_line(
    request: Call, cart_id: FromPath[UUID], line_id: FromPath[UUID], data: JSONBody[ChangeLineIn]
) -> Response[CartOut]:
    """Set how many units a line has."""
    around = await surroundings(request.db.reading)
    step, caller, at = change_lines.set_quantity, request.caller, clock.now()
    line, quantity = CartLineId(line_id), data.quantity
    return await perform_change(request, around, step, caller, CartId(cart_id), line, quantity, at=at)


@delete(
    "/v1/carts/{cart_id:uuid}/lines/{line_id:uuid}",
    operation="removeCartLine",
    scope="carts",
    tag="carts",
    versioned=False,
    status=200,
    refusals=CHANGING,
)
async def remove_cart_line(request: Call, cart_id: FromPath[UUID], line_id: FromPath[UUID]) -> Response[CartOut]:
    """Take a line out of a cart; the answer is the cart without it."""
    around = await surroundings(request.db.reading)
    step, caller, at = change_lines.remove_line, request.caller, clock.now()
    return await perform_change(request, around, step, caller, CartId(cart_id), CartLineId(line_id), at=at)


@put(
    "/v1/carts/{cart_id:uuid}/contact",
    operation="setCartContact",
    scope="carts",
    tag="carts",
    versioned=False,
    refusals=CHANGING,
)
async def set_cart_contact(request: Call, cart_id: FromPath[UUID], data: JSONBody[CartContactIn]) -> Response[CartOut]:
    """Say how the buyer is reached, and in which language."""
    around = await surroundings(request.db.reading)
    contact = Contact(
        email=data.email,
        name=data.name,
        phone=data.phone,
        language=data.language,
        confirmed_age=data.confirmed_age,
    )
    cart, caller, at = CartId(cart_id), request.caller, clock.now()
    reading, language, engine = request.db.reading, request.language, engine_of(request)
    done = await perform_at_once(
        request, prepare_contact, reading, around, language, caller, cart, contact, at=at, engine=engine
    )
    if done is not None:
        return done
    return await perform_change(request, around, change_details.set_contact, caller, cart, contact, at=at)


@put(
    "/v1/carts/{cart_id:uuid}/addresses",
    operation="setCartAddresses",
    scope="carts",
    tag="carts",
    versioned=False,
    refusals=CHANGING,
)
async def set_cart_addresses(
    request: Call, cart_id: FromPath[UUID], data: JSONBody[CartAddressesIn]
) -> Response[CartOut]:
    """Say where goods and bills go; what is sent is taxed and charged by the shipping address's country."""
    around = await surroundings(request.db.reading)
    shipping, billing = _address(data.shipping), _address(data.billing)
    step, caller, at = change_details.set_addresses, request.caller, clock.now()
    return await perform_change(request, around, step, caller, CartId(cart_id), shipping, billing, at=at)


@put(
    "/v1/carts/{cart_id:uuid}/fulfilment",
    operation="setCartFulfilment",
    scope="carts",
    tag="carts",
    versioned=False,
    refusals=[InvalidInput, *CHANGING, CartChanged, TooManyUnits],
)
async def set_cart_fulfilment(
    request: Call, cart_id: FromPath[UUID], data: JSONBody[CartFulfilmentIn]
) -> Response[CartOut]:
    """Choose by line where it is collected, or how it is sent."""
    around = await surroundings(request.db.reading)
    choice = chosen(data.lines, around)
    step, caller, at = change_details.set_fulfilment, request.caller, clock.now()
    return await perform_change(request, around, step, caller, CartId(cart_id), choice, at=at)


@put(
    "/v1/carts/{cart_id:uuid}/slots",
    operation="setCartSlots",
    scope="carts",
    tag="carts",
    versioned=False,
    refusals=[InvalidInput, *CHANGING, SlotNotOffered, SlotFull],
)
async def set_cart_slots(request: Call, cart_id: FromPath[UUID], data: JSONBody[CartSlotsIn]) -> Response[CartOut]:
    """Choose pickup slots, at most one for each location; an empty list takes them all away. Checkout takes the places in them."""
    around, at = await surroundings(request.db.reading), clock.now()
    picked = await chosen_slots(request.db.reading, data.slots, at=at)
    step, caller = change_details.set_slots, request.caller
    return await perform_change(request, around, step, caller, CartId(cart_id), picked, at=at)


@get(
    "/v1/carts/{cart_id:uuid}/delivery-options",
    operation="getCartDeliveryOptions",
    scope="carts",
    tag="carts",
    refusals=[NotFound],
)
async def get_delivery_options(request: Call, cart_id: FromPath[UUID]) -> Response[CartDeliveryOptionsOut]:
    """List where the whole cart could be collected and from when, and how it could be sent and for how much."""
    around = await surroundings(request.db.reading)
    cart = await rows.mine(request.db.reading, request.caller, cart_id)
    found = await delivery_options(request.db.reading, around, cart, request.language, at=clock.now())
    return answer(request, found)


@get(
    "/v1/carts/{cart_id:uuid}/problems",
    operation="getCartProblems",
    scope="carts",
    tag="carts",
    refusals=[NotFound],
)
async def get_cart_problems(request: Call, cart_id: FromPath[UUID]) -> Response[CartProblemsOut]:
    """List all that stands between a cart and its order, too little stock included; nothing is kept by asking."""
    reading, at = request.db.reading, clock.now()
    cart = await rows.mine(reading, request.caller, cart_id)
    shown = await priced(reading, reading, cart, at=at)
    flaws = [*shown.flaws, *await short_lines(reading, cart, at=at)]
    return answer(request, CartProblemsOut(ready=not flaws, problems=problems_out(flaws, request.language)))


@delete(
    "/v1/carts/{cart_id:uuid}",
    operation="deleteCart",
    scope="carts",
    tag="carts",
    versioned=False,
    refusals=[NotFound, CartClosed],
)
async def delete_cart(request: Call, cart_id: FromPath[UUID]) -> Response[None]:
    """Throw a cart away."""
    return await perform(request, change_details.discard, request.caller, CartId(cart_id), at=clock.now())


def _address(given: CartAddressIn | None) -> Address | None:
    if given is None:
        return None
    return Address(**{name: getattr(given, name) for name in CartAddressIn.__struct_fields__})


ROUTES: list[object] = [
    create_cart,
    list_carts,
    get_cart,
    add_cart_lines,
    change_cart_line,
    remove_cart_line,
    set_cart_contact,
    set_cart_addresses,
    set_cart_fulfilment,
    set_cart_slots,
    get_delivery_options,
    get_cart_problems,
    delete_cart,
    *TERMS,
]
