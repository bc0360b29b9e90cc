"""A cart with its price: asked for anew each time it is shown, never stored. Lines without a price are flagged and the rest is priced."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from commerce.carts.facts import Cart, Flaw
from commerce.carts.read_ahead import Foreseen
from commerce.kernel.ids import CartLineId
from commerce.platform.database import Reading, Reads
from commerce.price_engine import Buyer, Destination, Frozen, facts_recorded, too_young
from commerce.promotions import opened, resolve_codes
from commerce.quotes import Quoted, RefusedCode, Surroundings, Want, WantLine, at_counter, buyer_of, price_assessed
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
    foreseen: Foreseen | None = None,
) -> PricedCart:
    """Gives a cart with its price at an instant: one statement for articles and prices, one for codes, one for a buyer with an account.

    `without` are promotions that are to give nothing. `engine` is who computes the taxes, where that is not us; it is asked over the network,
    so none that asks is handed in inside a transaction. `foreseen` is what was read together with the cart. In a transaction `around` is what `quotes.surroundings` gave before it began.
    Refuses with CannotPrice only a basket that is too large, and with InvalidInput a VAT number whose digits are wrong.
    """
    resolved = await resolve_codes(reads, cart.codes, at=at) if cart.codes else []
    buyer = None if foreseen is None else foreseen.buyer_of(cart)
    if buyer is None:
        buyer = await buyer_of(reads, cart.shopper_id, vat_number=cart.vat_number, at=at)
    want = _want(cart, buyer, opened(resolved), without, at)
    frozen = frozen_of(cart, at=at)
    ahead = None if foreseen is None else foreseen.facts
    quoted = await price_assessed(
        reads, around, want, engine, leave_out=True, frozen=frozen, email=cart.email, ahead=ahead
    )
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
    return PricedCart(
        cart=cart,
        quoted=quoted,
        flaws=(*unpriced, *_too_young(cart, quoted), *missing(cart, quoted.found.without_stock())),
        refused=refused,
        buyer=buyer,
        at=at,
    )


def _want(
    cart: Cart, buyer: Buyer, codes: tuple[tuple[str, UUID], ...], without: tuple[UUID, ...], at: datetime
) -> Want:
    return Want(
        channel_id=cart.channel_id,
        store_id=cart.store_id,
        counter=at_counter(cart.owner.partition(":")[0], cart.store_id),
        destination=_destination(cart),
        buyer=buyer,
        codes=codes,
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


def _too_young(cart: Cart, quoted: Quoted) -> Iterator[Flaw]:
    """Gives the lines whose article has an age limit that nobody confirmed the buyer to have."""
    articles = quoted.assembled.facts.articles
    for line in cart.lines:
        article = articles.get(line.variant_id)
        if article is not None and too_young(article.minimum_age, cart.confirmed_age):
            yield Flaw(
                code="age_not_confirmed",
                detail=f"Confirm that the buyer is at least {article.minimum_age} years old.",
                line_id=CartLineId(line.id),
                variant_id=line.variant_id,
            )


def missing(cart: Cart, without_stock: Collection[UUID] = ()) -> Iterator[Flaw]:
    """Gives what a cart lacks of what an order needs. What has no stock needs no way of fulfilment; where it has one, it goes with goods."""
    fetched = {line.group for line in cart.lines if line.variant_id not in without_stock}
    if not cart.lines:
        yield Flaw(code="empty", detail="Put something into the cart.")
    for line in cart.lines:
        if line.variant_id in without_stock:
            if line.group and line.group not in fetched:
                yield Flaw(
                    code="no_goods_there",
                    detail="There is nothing to hand over or send with it: choose no fulfilment for it.",
                    line_id=line.id,
                    variant_id=line.variant_id,
                )
        elif not line.group:
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
