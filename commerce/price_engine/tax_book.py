"""Which tax holds where: rates by category and zone, who is taxed where, and which supplies are relieved of tax."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from commerce.price_engine.facts import TaxFact, TaxProfile

Period = tuple[datetime, datetime]
BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
EACH_LINE: Final = TaxProfile()


class Rate(Struct, frozen=True, kw_only=True):
    """A rate with the instants between which it holds, half-open; `zone` is `ES` or `ES-CN`."""

    id: UUID
    category: str
    zone: str
    rate: Decimal
    since: datetime | None
    until: datetime | None
    version: int


class YearOfSales(Struct, frozen=True, kw_only=True, gc=False):
    """Net value of the sales to consumers in other member states within a calendar year of the seller's, half-open."""

    since: datetime
    until: datetime
    net: int


class Seller(Struct, frozen=True, kw_only=True):
    """How the shop is taxed as a seller of one member state of the European Union.

    `distance_at_origin`: it has not opted for taxation in the member states of its customers (Directive 2006/112/EC,
    article 59c(3)), so its sales to consumers in other member states are taxed in its own, except in the periods of
    `beyond`: from the instant at which a calendar year's sales passed the threshold to the end of the year after it
    (article 59c(1)(c) and (2)), half-open. `threshold` is in minor units of `currency`. `domestic_reverse` are the
    categories for which domestic sales to businesses are reverse-charged (articles 199 and 199a, where the state uses
    them).
    """

    country: str
    distance_at_origin: bool = False
    beyond: tuple[Period, ...] = ()
    threshold: int = 1_000_000
    currency: str = "EUR"
    sold: tuple[YearOfSales, ...] = ()
    domestic_reverse: tuple[str, ...] = ()

    def at_origin(self, at: datetime) -> bool:
        """Says whether sales to consumers in other member states are taxed in the seller's own at an instant."""
        return self.distance_at_origin and not any(since <= at < until for since, until in self.beyond)

    def room(self, at: datetime) -> int:
        """Gives what can still be sold below the threshold in the year of an instant; a larger sale is beyond it itself."""
        return self.threshold - sum(year.net for year in self.sold if year.since <= at < year.until)


class TaxBook(Struct, frozen=True, kw_only=True, dict=True):
    """Rates, sellers by country and profiles by zone. Of one category and zone at most one rate holds at an instant."""

    rates: tuple[Rate, ...]
    sellers: Mapping[str, Seller]
    profiles: Mapping[str, TaxProfile]

    def at(self, at: datetime) -> Mapping[tuple[str, str], TaxFact]:
        """Gives every rate that holds at an instant, by category and zone: the same mapping until the next change."""
        place = bisect_right(self._bounds, at)
        held = self._held.get(place)
        if held is None:
            held = self._held[place] = {
                (fact.category, fact.country): fact
                for rate, fact in self._facts
                if (rate.since is None or rate.since <= at) and (rate.until is None or at < rate.until)
            }
        return held

    def seller(self, country: str) -> Seller:
        """Gives how the shop sells from a country; one of which nothing is set taxes distance sales where they arrive."""
        return self.sellers.get(country) or Seller(country=country)

    def beyond_threshold(self, country: str) -> "TaxBook":
        """Gives the book for a sale that takes a seller beyond its threshold: it is taxed where it arrives."""
        seller = replace(self.seller(country), distance_at_origin=False)
        return replace(self, sellers={**self.sellers, country: seller})

    def profile(self, zone: str) -> TaxProfile:
        """Gives how tax is rounded in a zone: by its own profile, else by its country's, else on each line."""
        return self.profiles.get(zone) or self.profiles.get(zone[:2]) or EACH_LINE

    @cached_property
    def _bounds(self) -> list[datetime]:
        return sorted({bound for rate in self.rates for bound in (rate.since, rate.until) if bound is not None})

    @cached_property
    def _facts(self) -> list[tuple[Rate, TaxFact]]:
        return [
            (
                rate,
                TaxFact(category=rate.category, country=rate.zone, rate=rate.rate, id=rate.id, version=rate.version),
            )
            for rate in self.rates
        ]

    @cached_property
    def _held(self) -> dict[int, Mapping[tuple[str, str], TaxFact]]:
        return {}
