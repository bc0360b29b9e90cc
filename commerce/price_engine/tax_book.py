"""Which tax holds where: rates by category and zone, who is taxed where, and which supplies are relieved of tax."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from commerce.price_engine.facts import TaxFact, TaxProfile


class Rate(Struct, frozen=True, kw_only=True):
    """A rate with the instants between which it holds, half-open; `zone` is `ES` or `ES-CN`."""

    id: UUID
    category: str
    zone: str
    rate: Decimal
    since: datetime | None
    until: datetime | None
    version: int


class Seller(Struct, frozen=True, kw_only=True):
    """How the shop is taxed as a seller of one country.

    `distance_at_origin`: its sales to consumers in other member states are still below the threshold of article 59c of
    Directive 2006/112/EC and it has not opted out, so they are taxed in its own country. `domestic_reverse` are the
    categories for which domestic sales to businesses are reverse-charged (article 199).
    """

    country: str
    distance_at_origin: bool = False
    domestic_reverse: tuple[str, ...] = ()


class TaxBook(Struct, frozen=True, kw_only=True):
    """Rates, sellers and profiles. A zone without a profile rounds each line."""

    rates: tuple[Rate, ...]
    sellers: Mapping[str, Seller]
    profiles: Mapping[str, TaxProfile]

    def at(self, at: datetime) -> Mapping[tuple[str, str], TaxFact]:
        """Gives every rate that holds at an instant, by category and zone."""
        return {
            (rate.category, rate.zone): TaxFact(
                category=rate.category, country=rate.zone, rate=rate.rate, id=rate.id, version=rate.version
            )
            for rate in self.rates
            if (rate.since is None or rate.since <= at) and (rate.until is None or at < rate.until)
        }
