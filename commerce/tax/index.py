"""All that is known of tax, in the process: rates, profiles and how the shop sells, looked up without a statement."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from commerce.platform.database import Reading
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement
from commerce.price_engine import Rate as RateFact, Seller, TaxBook, TaxFact, TaxProfile, YearOfSales
from commerce.tax.tables import distance_totals, tax_profiles, tax_rates, tax_sellers
from commerce.tax.zones import begins

_ALWAYS = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)
Pair = tuple[str, str]


class Rate(Struct, frozen=True, kw_only=True):
    """A rate with its days: from `valid_from` up to, not on, `valid_to`, by the zone's own calendar; `country` is the zone."""

    id: UUID
    category: str
    country: str
    rate: Decimal
    valid_from: date
    valid_to: date | None
    version: int


class SellerRow(Struct, frozen=True, kw_only=True):
    """How the shop sells from a country, as it is set; see `tax_sellers`."""

    country: str
    distance: str
    threshold: int
    currency: str
    domestic_reverse: tuple[str, ...]


class Year(Struct, frozen=True, kw_only=True):
    """What a calendar year's sales to consumers in other member states came to."""

    country: str
    year: int
    total: int
    crossed_at: datetime | None


class TaxIndex:
    """The rates of all categories and zones, at any instant, with the sellers and profiles: the engine's tax book."""

    def __init__(
        self,
        rates: Iterable[Rate],
        sellers: Mapping[str, Seller] | None = None,
        profiles: Mapping[str, str] | None = None,
    ) -> None:
        self.book = TaxBook(
            rates=tuple(_fact(rate) for rate in rates),
            sellers=sellers or {},
            profiles={
                zone: TaxProfile(rounding="document" if rounding == "document" else "line")
                for zone, rounding in (profiles or {}).items()
            },
        )

    @property
    def windows(self) -> list[tuple[datetime, datetime, TaxFact]]:
        """The rates with the instants between which they hold, half-open."""
        return [
            (
                rate.since or _ALWAYS,
                rate.until or _NEVER,
                TaxFact(category=rate.category, country=rate.zone, rate=rate.rate, id=rate.id, version=rate.version),
            )
            for rate in self.book.rates
        ]

    def at(self, at: datetime) -> Mapping[Pair, TaxFact]:
        """Gives every rate that holds at an instant, by category and zone."""
        return self.book.at(at)

    def facts(self, categories: Collection[str], countries: Collection[str], at: datetime) -> Mapping[Pair, TaxFact]:
        """Gives the rates that hold at an instant for these categories in these zones, as far as there are any.

        There may be more in the answer than was asked for: all that is known is handed out without a copy.
        """
        return self.at(at)

    def rate(self, category: str, country: str, at: datetime) -> TaxFact | None:
        """Gives the one rate that holds for a category in a zone at an instant, or None."""
        return self.at(at).get((category, country))


def _fact(rate: Rate) -> RateFact:
    return RateFact(
        id=rate.id,
        category=rate.category,
        zone=rate.country,
        rate=rate.rate,
        since=begins(rate.valid_from, rate.country),
        until=None if rate.valid_to is None else begins(rate.valid_to, rate.country),
        version=rate.version,
    )


def seller_of(row: SellerRow, years: Iterable[Year]) -> Seller:
    """Makes the engine's fact of how the shop sells from a country, by its calendar.

    A year that went beyond the threshold counts from that instant to the end of the next one (Directive 2006/112/EC,
    article 59c(1)(c): neither in the current nor in the preceding calendar year).
    """
    theirs = sorted((year for year in years if year.country == row.country), key=lambda year: year.year)
    return Seller(
        country=row.country,
        distance_at_origin=row.distance == "origin",
        beyond=tuple(
            (year.crossed_at, begins(date(year.year + 2, 1, 1), row.country))
            for year in theirs
            if year.crossed_at is not None
        ),
        threshold=row.threshold,
        currency=row.currency,
        sold=tuple(
            YearOfSales(
                since=begins(date(year.year, 1, 1), row.country),
                until=begins(date(year.year + 1, 1, 1), row.country),
                net=year.total,
            )
            for year in theirs
        ),
        domestic_reverse=row.domestic_reverse,
    )


ALL = Statement(
    select(
        tax_rates.c.id,
        tax_rates.c.category,
        tax_rates.c.country,
        tax_rates.c.rate,
        tax_rates.c.valid_from,
        tax_rates.c.valid_to,
        tax_rates.c.version,
    ),
    into=Rate,
)
SELLERS = Statement(
    select(
        tax_sellers.c.country,
        tax_sellers.c.distance,
        tax_sellers.c.threshold,
        tax_sellers.c.currency,
        tax_sellers.c.domestic_reverse,
    ),
    into=SellerRow,
)
YEARS = Statement(
    select(
        distance_totals.c.country, distance_totals.c.year, distance_totals.c.total, distance_totals.c.crossed_at
    ).order_by(distance_totals.c.country, distance_totals.c.year),
    into=Year,
)
PROFILES = Statement(select(tax_profiles.c.zone, tax_profiles.c.rounding))


async def _load(reading: Reading) -> TaxIndex:
    years = await reading.fetch(YEARS)
    return TaxIndex(
        await reading.fetch(ALL),
        {row.country: seller_of(row, years) for row in await reading.fetch(SELLERS)},
        {row["zone"]: row["rounding"] for row in await reading.fetch(PROFILES)},
    )


TAXES: Resident[TaxIndex] = Resident("tax", _load)


async def taxes(reading: Reading) -> TaxIndex:
    """Gives the rates as they were at most one second ago."""
    return await TAXES.get(reading)


async def tax_book(reading: Reading) -> TaxBook:
    """Gives the engine's tax book as it was at most one second ago: the same object until something changes."""
    return (await TAXES.get(reading)).book
