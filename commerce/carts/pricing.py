"""A cart with its price: asked for anew each time it is shown, never stored. Lines without a price are flagged and the rest is priced."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from commerce.carts.facts import Cart, CartLine, Flaw
from commerce.inventory import InsufficientStock, levels
from commerce.kernel.ids import CartLineId, LocationId, VariantId
from commerce.platform.database import Reading, Reads
from commerce.price_engine import Buyer, Destination, Frozen, facts_recorded
from commerce.promise import source
from commerce.promotions import opened, resolve_codes
from commerce.quotes import Quoted, RefusedCode, Surroundings, Want, WantLine, buyer_of, price_assessed
from commerce.tax import TaxEngine


class PricedCart(msgspec.Struct, frozen=True, kw_only=True):
    """A cart, its price of the moment, and what stands between it and its order as far as can be told without looking at stock.

    `refused` are the codes that open nothing; what became of the others is in the price. `buyer` is for whom it was priced, at the instant `at`.
    """

    cart: Cart
    quoted: Quoted
    flaws: tuple[Flaw, ...]
    refused: tuple[RefusedCode, ...] = ()
    buyer: Buyer
    at: datetime


async def priced(
    reads: Reads,
    around: Surroundings | Reading,
    cart: Cart,
    *,
    at: datetime,
    without: tuple[UUID, ...] = (),
    engine: TaxEngine | None = None,
) -> PricedCart:
    """Gives a cart with its price at an instant: one statement for articles and prices, one for codes, one for a buyer with an account.

    `without` are promotions that are to give nothing. `engine` is who computes the taxes, where that is not us; it is asked over the network,
    so none that asks is handed in inside a transaction. In a transaction `around` is what `quotes.surroundings` gave before it began.
    Refuses with CannotPrice only a basket that is too large, and with InvalidInput a VAT number whose digits are wrong.
    """
    resolved = await resolve_codes(reads, cart.codes, at=at) if cart.codes else []
    buyer = await buyer_of(reads, cart.shopper_id, vat_number=cart.vat_number, at=at)
    want = Want(
        channel_id=cart.channel_id,
        store_id=cart.store_id,
        destination=_destination(cart),
        buyer=buyer,
        codes=opened(resolved),
        without=without,
        tender=cart.tender,
        at=at,
        lines=tuple(
            WantLine(
                key=str(line.id),
                variant_id=line.variant_id,
                quantity=line.quantity,
                group=line.group or None,
                override=line.override,
            )
            for line in cart.lines
        ),
    )
    frozen = frozen_of(cart, at=at)
    quoted = await price_assessed(reads, around, want, engine, leave_out=True, frozen=frozen, email=cart.email)
    unpriced = (
        Flaw(
            code=problem.reason,
            detail=problem.detail,
            line_id=CartLineId(cart.lines[problem.position].id),
            variant_id=cart.lines[problem.position].variant_id,
        )
        for problem in quoted.problems
    )
    refused = tuple(
        RefusedCode(code=each.code, why=each.why, promotion_id=each.promotion_id)
        for each in resolved
        if each.why is not None
    )
    return PricedCart(cart=cart, quoted=quoted, flaws=(*unpriced, *missing(cart)), refused=refused, buyer=buyer, at=at)


def frozen_of(cart: Cart, *, at: datetime) -> Frozen | None:
    """Gives what a cart is priced on, where that is frozen at an instant; what is over needs nobody to take it away."""
    if cart.frozen_what is None or cart.frozen_record is None or not cart.frozen_at(at):
        return None
    return Frozen(what=cart.frozen_what, recorded=facts_recorded(cart.frozen_record))


def _destination(cart: Cart) -> Destination:
    to = cart.shipping_address
    if to is None:
        return Destination(country=cart.country)
    return Destination(country=to.country, region=to.region, postal_code=to.postal_code)


def missing(cart: Cart) -> Iterator[Flaw]:
    """Gives what a cart lacks of what an order needs."""
    if not cart.lines:
        yield Flaw(code="empty", detail="Put something into the cart.")
    for line in cart.lines:
        if not line.group:
            yield Flaw(
                code="no_fulfilment",
                detail="Choose whether it is collected, and where, or sent.",
                line_id=line.id,
                variant_id=line.variant_id,
            )
    if cart.email is None or cart.contact_name is None:
        yield Flaw(code="no_contact", detail="Say how the buyer is reached.")
    if cart.shipping_address is None and any(line.kind == "ship" for line in cart.lines):
        yield Flaw(code="no_shipping_address", detail="Say where the goods are sent to.")


async def short_lines(reading: Reading, cart: Cart, *, at: datetime) -> list[Flaw]:
    """Gives the lines for which there is too little stock where they are to come from, as it is now; nothing is kept by asking."""
    collected = [line for line in cart.lines if line.kind == "pickup"]
    sent = [line for line in cart.lines if line.kind == "ship"]
    return [*await _short_where_collected(reading, collected), *await _short_for_sending(reading, sent, at)]


async def _short_where_collected(reading: Reading, lines: Sequence[CartLine]) -> list[Flaw]:
    if not lines:
        return []
    places = {line.id: LocationId(line.target) for line in lines if line.target is not None}
    found = await levels(reading, {line.variant_id for line in lines}, set(places.values()))
    available = {(level.variant_id, level.location_id): level.available for level in found}
    return [
        _short(line, left)
        for line in lines
        if (left := available.get((line.variant_id, places[line.id]), 0)) < line.quantity
    ]


async def _short_for_sending(reading: Reading, lines: Sequence[CartLine], at: datetime) -> list[Flaw]:
    if not lines:
        return []
    try:
        await source(reading, [(line.variant_id, line.quantity) for line in lines], at)
    except InsufficientStock as refused:
        left: dict[VariantId, int] = {each.variant_id: each.available for each in refused.short}
        return [_short(line, left[line.variant_id]) for line in lines if line.variant_id in left]
    return []


def _short(line: CartLine, available: int) -> Flaw:
    return Flaw(
        code="insufficient_stock",
        detail=f"{available} can be had there now; {line.quantity} are wanted.",
        line_id=line.id,
        variant_id=line.variant_id,
        available=max(0, available),
    )
