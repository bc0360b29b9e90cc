"""Price a basket: one statement for articles and prices, the rest is resident, then arithmetic."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from commerce import price_engine
from commerce.kernel.money import Money
from commerce.platform.database import Reading, Reads
from commerce.price_engine import (
    Assembled,
    BasketLine,
    Destination,
    Frozen,
    Outcome,
    Priced,
    Want,
    circumstances,
    price_want,
)
from commerce.pricing import Audience
from commerce.promotions import Customer, Use, unavailable
from commerce.quotes.errors import CannotPrice, refusal_of
from commerce.quotes.facts import Quoted, Surroundings
from commerce.quotes.read_facts import Ahead, Found, read_facts
from commerce.quotes.surroundings import surroundings
from commerce.stores import Channel
from commerce.tax import TaxEngine, assess, assess_request

TOO_LARGE: Final = "The basket's total is too large to be charged; order in parts."
MOST_ROUNDS: Final = 8  # of pricing again without what cannot be had; each leaves out one promotion more at least
Taxes = Mapping[str, int] | None


async def price_basket(
    reads: Reads,
    around: Surroundings | Reading,
    want: Want,
    *,
    leave_out: bool = False,
    frozen: Frozen | None = None,
    email: str | None = None,
    given_taxes: Taxes = None,
    ahead: Ahead | None = None,
) -> Quoted:
    """Gives the basket with its price at the instant that it names: for quotes, carts and checkout alike.

    Articles and prices are read through `reads`. In a transaction, `around` is what `surroundings` gave before it began;
    outside of one the reading itself will do. `frozen` are prices, or a whole price, of before; `given_taxes` what an outside
    engine computed for this very basket (see `price_assessed`); `ahead` what another statement read already. Promotions that applied and are limited are asked whether they
    can still be had by this customer (or guest, by `email`); what cannot is left out. Refuses with CannotPrice, naming each line
    at fault; with `leave_out` those lines are named in the answer instead and the rest is priced. Refuses with NotFound when
    there is no such channel.
    """
    known = await surroundings(around) if isinstance(around, Reading) else around
    channel = known.channels.get(want.channel_id)
    audience, gifts = asked_for(known, want)
    wanted = dict.fromkeys(line.variant_id for line in want.lines)
    wanted.update(dict.fromkeys(gifts))
    if frozen is not None:
        wanted.update(dict.fromkeys(frozen.recorded.facts.articles))
    found = await read_facts(reads, wanted, audience=audience, at=want.at, lists=known.lists, ahead=ahead)
    outcome, priced = _price(known, want, found, leave_out, frozen, given_taxes)
    for _ in range(MOST_ROUNDS):
        gone = await _gone(reads, priced, want, email)
        if not gone:
            break
        want = replace(want, without=(*want.without, *sorted(gone)))
        outcome, priced = _price(known, want, found, leave_out, frozen, given_taxes)
    return _quoted(channel, want, found, outcome, priced)


def asked_for(known: Surroundings, want: Want) -> tuple[Audience, Collection[UUID]]:
    """Gives for whom prices are asked, and the variants beside those of the lines: gifts that could be given.

    Refuses with NotFound when there is no such channel.
    """
    channel = known.channels.get(want.channel_id)
    here = circumstances(known.book, want)
    audience = Audience(
        currency=channel.currency,
        channel_id=channel.id,
        store_id=want.store_id,
        groups=want.buyer.groups,
        customer_id=want.buyer.customer_id,
        zone=here.zone,
        country=channel.country,
    )
    return audience, known.book.promotions.gift_variants(here)


async def price_assessed(
    reads: Reads,
    around: Surroundings | Reading,
    want: Want,
    engine: TaxEngine | None,
    *,
    leave_out: bool = False,
    frozen: Frozen | None = None,
    email: str | None = None,
    ahead: Ahead | None = None,
) -> Quoted:
    """Does the same and has the taxes computed by an outside engine, where one is configured and answers; else by our own rates.

    Which of the two is told by `Quoted.taxed_by`. What is frozen whole is not asked about: it keeps the taxes that it had, of
    whomever. Never called inside a transaction with an engine that asks: there it is given what was asked before
    (`AskedOnce.remembered`).
    """
    known = await surroundings(around) if isinstance(around, Reading) else around
    ours = await price_basket(reads, known, want, leave_out=leave_out, frozen=frozen, email=email, ahead=ahead)
    if engine is None or (frozen is not None and _agreed(frozen, ours.assembled)):
        return ours
    business = want.buyer.business
    sent_to = want.destination or Destination(country=ours.channel.country)
    request = assess_request(
        ours.priced, sent_to, at=want.at, vat_number=None if business is None else business.vat_number
    )
    taxes = await assess(engine, request)
    if taxes is None:
        return ours
    want = replace(want, without=ours.assembled.basket.circumstances.without)
    outcome, priced = _price(known, want, ours.found, leave_out, frozen, taxes)
    return _quoted(ours.channel, want, ours.found, outcome, priced)


def _agreed(frozen: Frozen, assembled: Assembled) -> bool:
    """Says whether a basket is the very one that was frozen with its taxes: the same units, going to the same place."""
    then, now = frozen.recorded.basket, assembled.basket
    same = Counter(map(_units, then.lines)) == Counter(map(_units, now.lines))
    return frozen.what == "all" and same and then.sent_to in {None, now.sent_to}


def _units(line: BasketLine) -> tuple[UUID, str, int]:
    return line.variant_id, line.group, line.quantity


def _price(
    known: Surroundings, want: Want, found: Found, leave_out: bool, frozen: Frozen | None, taxes: Taxes
) -> tuple[Outcome, Priced]:
    book = known.book if found.lists is known.lists else replace(known.book, lists=found.lists.by_id)
    facts = found.facts(known.tree)
    try:
        outcome = price_want(book, want, facts, found.prices, leave_out=leave_out, frozen=frozen, given_taxes=taxes)
    except price_engine.CannotPrice as too_large:
        raise CannotPrice([], TOO_LARGE) from too_large
    if outcome.priced is None:
        raise refusal_of(outcome.assembled.problems)
    return outcome, outcome.priced


def _quoted(channel: Channel, want: Want, found: Found, outcome: Outcome, priced: Priced) -> Quoted:
    assembled = outcome.assembled
    return Quoted(
        priced=priced,
        channel=channel,
        country=assembled.basket.country,
        charge_step=assembled.facts.charge_step,
        at=want.at,
        assembled=assembled,
        found=found,
        problems=assembled.problems,
    )


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
