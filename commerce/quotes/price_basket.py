"""Price a basket: two statements at most (articles, prices), the rest is resident, then arithmetic."""

from datetime import datetime

from commerce.catalog import articles
from commerce.delivery import methods
from commerce.platform.database import Reading, Reads
from commerce.pricing import prices
from commerce.quotes.facts import Quoted, Surroundings, Want
from commerce.quotes.rules import price_with
from commerce.stores import channels, locations
from commerce.tax import taxes


async def surroundings(reading: Reading) -> Surroundings:
    """Gives channels, tax rates, delivery methods and locations as they were at most a second ago; no statement mostly.

    To be asked for before a transaction begins: inside one it would wait for a second connection.
    """
    return Surroundings(
        channels=await channels(reading),
        taxes=await taxes(reading),
        methods=await methods(reading),
        locations=await locations(reading),
    )


async def price_basket(
    reads: Reads, around: Surroundings | Reading, want: Want, *, at: datetime, leave_out: bool = False
) -> Quoted:
    """Gives the basket with its price at an instant: for quotes, carts and checkout alike.

    Articles and prices are read through `reads`. In a transaction, `around` is what `surroundings` gave before it began;
    outside of one the reading itself will do. Tax holds where goods are collected or arrive, else in the basket's country.
    Refuses with CannotPrice, naming each line at fault; with `leave_out` those lines are named in the answer instead and
    the rest is priced. Refuses with NotFound when there is no such channel.
    """
    known = await surroundings(around) if isinstance(around, Reading) else around
    channel = known.channels.get(want.channel_id)
    wanted = list({line.variant_id: None for line in want.lines})
    found = await articles(reads, wanted)
    facts = await prices(
        reads,
        wanted,
        channel_id=channel.id,
        currency=channel.currency,
        at=at,
        categories={variant: article.tax_category for variant, article in found.items()},
    )
    return price_with(known, channel, want, found, facts, at, leave_out=leave_out)
