"""Price a basket: one statement for articles and prices, the rest is resident, then arithmetic."""

from collections.abc import Iterable
from uuid import UUID

from msgspec.structs import replace

from commerce import price_engine
from commerce.kernel.money import Money
from commerce.platform.database import Reading, Reads
from commerce.price_engine import Circumstances, Frozen, Outcome, Priced, Want, price_want
from commerce.pricing import Audience
from commerce.promotions import Customer, Use, unavailable
from commerce.quotes.errors import CannotPrice
from commerce.quotes.facts import Quoted, Surroundings
from commerce.quotes.read_facts import Found, read_facts
from commerce.quotes.surroundings import surroundings
from commerce.stores import Channel

TOO_LARGE = "The basket's total is too large to be charged; order in parts."
MOST_ROUNDS = 8  # of pricing again without what cannot be had; each leaves out one promotion more at least


async def price_basket(
    reads: Reads,
    around: Surroundings | Reading,
    want: Want,
    *,
    leave_out: bool = False,
    frozen: Frozen | None = None,
    email: str | None = None,
) -> Quoted:
    """Gives the basket with its price at the instant that it names: for quotes, carts and checkout alike.

    Articles and prices are read through `reads`. In a transaction, `around` is what `surroundings` gave before it began;
    outside of one the reading itself will do. `frozen` are prices, or a whole price, of before. Promotions that applied and
    are limited are asked whether they can still be had by this customer (or guest, by `email`); what cannot is left out.
    Refuses with CannotPrice, naming each line at fault; with `leave_out` those lines are named in the answer instead and
    the rest is priced. Refuses with NotFound when there is no such channel.
    """
    known = await surroundings(around) if isinstance(around, Reading) else around
    channel = known.channels.get(want.channel_id)
    zone = _zone(known, channel, want)
    audience = Audience(
        currency=channel.currency,
        channel_id=channel.id,
        store_id=want.store_id,
        groups=want.buyer.groups,
        customer_id=want.buyer.customer_id,
        zone=zone,
        country=channel.country,
    )
    wanted = dict.fromkeys(line.variant_id for line in want.lines)
    wanted.update(dict.fromkeys(_gifts(known, want, zone, frozen)))
    found = await read_facts(reads, wanted, audience=audience, at=want.at, lists=known.lists)
    outcome, priced = _price(known, want, found, leave_out=leave_out, frozen=frozen)
    for _ in range(MOST_ROUNDS):
        gone = await _gone(reads, priced, want, email)
        if not gone:
            break
        want = replace(want, without=(*want.without, *sorted(gone)))
        outcome, priced = _price(known, want, found, leave_out=leave_out, frozen=frozen)
    return Quoted(
        priced=priced,
        channel=channel,
        country=outcome.assembled.basket.country,
        charge_step=outcome.assembled.facts.charge_step,
        at=want.at,
        assembled=outcome.assembled,
        found=found,
        problems=outcome.assembled.problems,
    )


def _zone(known: Surroundings, channel: Channel, want: Want) -> str:
    """The clock on the wall: that of the store where there is one, else the channel's."""
    store = None if want.store_id is None else known.book.places.get(want.store_id)
    return channel.zone if store is None else store.zone


def _gifts(known: Surroundings, want: Want, zone: str, frozen: Frozen | None) -> Iterable[UUID]:
    """The articles that could be given for nothing: their facts are read with the others."""
    promotions = known.book.promotions
    recorded = () if frozen is None else frozen.recorded.facts.articles
    if not promotions.gifts:
        return recorded
    buyer = want.buyer
    circumstances = Circumstances(
        at=want.at,
        zone=zone,
        channel_id=want.channel_id,
        store_id=want.store_id,
        customer_id=buyer.customer_id,
        groups=buyer.groups,
        orders_before=buyer.orders_before,
        tender=want.tender,
        codes=want.codes,
        without=want.without,
    )
    return (*recorded, *promotions.gift_variants(circumstances))


def _price(
    known: Surroundings, want: Want, found: Found, *, leave_out: bool, frozen: Frozen | None
) -> tuple[Outcome, Priced]:
    book = known.book if found.lists is known.lists else replace(known.book, lists=found.lists.by_id)
    try:
        outcome = price_want(book, want, found.facts(known.tree), found.prices, leave_out=leave_out, frozen=frozen)
    except price_engine.CannotPrice as too_large:
        raise CannotPrice([], TOO_LARGE) from too_large
    if outcome.priced is None:
        raise CannotPrice(outcome.assembled.problems)
    return outcome, outcome.priced


async def _gone(reads: Reads, priced: Priced, want: Want, email: str | None) -> frozenset[UUID]:
    """The promotions that applied and cannot be had any more."""
    uses = [
        Use(
            promotion_id=each.promotion,
            version=each.version,
            code=each.code,
            saved=Money(each.saved, priced.currency),
        )
        for each in priced.applied
        if each.limited
    ]
    customer = Customer(account_id=want.buyer.customer_id, email=email)
    return await unavailable(reads, uses, customer=customer) if uses else frozenset()
