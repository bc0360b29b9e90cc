"""Price a basket: two statements at most (articles, prices), the rest is resident, then arithmetic."""

from uuid import UUID

from msgspec.structs import replace

from commerce import price_engine
from commerce.catalog import Article, articles
from commerce.kernel.ids import VariantId
from commerce.platform.database import Reading, Reads
from commerce.price_engine import ArticleFact, price_want
from commerce.pricing import chosen_prices
from commerce.quotes.errors import CannotPrice
from commerce.quotes.facts import Quoted, Surroundings, Want
from commerce.quotes.surroundings import surroundings


async def price_basket(reads: Reads, around: Surroundings | Reading, want: Want, *, leave_out: bool = False) -> Quoted:
    """Gives the basket with its price at the instant that it names: for quotes, carts and checkout alike.

    Articles and prices are read through `reads`. In a transaction, `around` is what `surroundings` gave before it began;
    outside of one the reading itself will do. Tax holds where goods are collected or arrive, else in the basket's country.
    Refuses with CannotPrice, naming each line at fault; with `leave_out` those lines are named in the answer instead and
    the rest is priced. Refuses with NotFound when there is no such channel.
    """
    known = await surroundings(around) if isinstance(around, Reading) else around
    channel = known.channels.get(want.channel_id)
    wanted = list({line.variant_id: None for line in want.lines})
    found = await articles(reads, wanted)
    prices, lists = await chosen_prices(reads, wanted, channel_id=channel.id, currency=channel.currency, at=want.at)
    book = replace(known.book, lists=lists)
    try:
        outcome = price_want(book, want, _facts(found), prices, leave_out=leave_out)
    except price_engine.CannotPrice as too_large:
        raise CannotPrice([], "The basket's total is too large to be charged; order in parts.") from too_large
    if outcome.priced is None:
        raise CannotPrice(outcome.assembled.problems)
    return Quoted(
        priced=outcome.priced,
        articles=found,
        channel=channel,
        country=outcome.assembled.basket.country,
        charge_step=outcome.assembled.facts.charge_step,
        at=want.at,
        assembled=outcome.assembled,
        problems=outcome.assembled.problems,
    )


def _facts(found: dict[VariantId, Article]) -> dict[UUID, ArticleFact]:
    return {
        each.variant_id: ArticleFact(
            variant_id=each.variant_id,
            product_id=each.product_id,
            tax_category=each.tax_category,
            sellable=each.sellable,
            shippable=each.shippable,
        )
        for each in found.values()
    }
