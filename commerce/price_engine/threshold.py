"""What a priced basket is as a distance sale, and whether it takes its seller beyond the threshold of article 59c.

A sale that goes beyond is itself taxed where it arrives (Directive 2006/112/EC, article 59c(2): "as of that time"), so a
basket that was priced at origin and turns out to be too large is priced again with `TaxBook.beyond_threshold`.
"""

from datetime import datetime

from msgspec import Struct

from commerce.price_engine.book import Business
from commerce.price_engine.priced import Priced, PricedDelivery, PricedLine
from commerce.price_engine.supply import state_of_number, vat_state
from commerce.price_engine.tax_book import TaxBook

SENT = "ship:"


class Distance(Struct, frozen=True, kw_only=True, gc=False):
    """Goods sent to a consumer in another member state: before tax, with their delivery, and whether taxed at origin."""

    net: int
    at_origin: bool


def distance_of(priced: Priced, *, seller_country: str, destination: str, business: Business | None) -> Distance | None:
    """Gives a basket's distance sale, or None: nothing is sent, not to another member state, or not to a consumer.

    `destination` is the zone where goods arrive. What is collected and what is exempt is no part of it.
    """
    arrives = vat_state(destination)
    if arrives in {None, seller_country}:
        return None
    if business is not None and business.valid and state_of_number(business.vat_number) is not None:
        return None
    every: tuple[PricedLine | PricedDelivery, ...] = (*priced.lines, *priced.deliveries)
    parts = [part for part in every if part.group.startswith(SENT) and part.relief is None]
    if not parts:
        return None
    return Distance(
        net=sum(part.net for part in parts),
        at_origin=any(vat_state(part.tax_country) == seller_country for part in parts),
    )


def goes_beyond(distance: Distance | None, seller_country: str, taxes: TaxBook, at: datetime) -> bool:
    """Says whether a distance sale that was taxed at origin is more than what its seller can still sell so this year."""
    return distance is not None and distance.at_origin and distance.net > taxes.seller(seller_country).room(at)
