"""All tax rates in the process, looked up without a statement."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select

from commerce.platform.database import Reading
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement
from commerce.price_engine import TaxFact
from commerce.tax.tables import tax_rates
from commerce.tax.zones import begins

_ALWAYS = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)
Pair = tuple[str, str]


class Rate(Struct, frozen=True, kw_only=True):
    """A rate with its days: from `valid_from` up to, not on, `valid_to`, by the country's own calendar."""

    id: UUID
    category: str
    country: str
    rate: Decimal
    valid_from: date
    valid_to: date | None
    version: int


class TaxIndex:
    """The rates of all categories and countries, at any instant."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self.windows = [(begins(rate.valid_from, rate.country), _end(rate), _fact(rate)) for rate in rates]
        self._bounds = sorted({bound for since, until, _ in self.windows for bound in (since, until)})
        self._since, self._until = _NEVER, _NEVER
        self._facts: Mapping[Pair, TaxFact] = {}

    def at(self, at: datetime) -> Mapping[Pair, TaxFact]:
        """Gives every rate that holds at an instant, by category and country."""
        if not self._since <= at < self._until:
            self._since = max((bound for bound in self._bounds if bound <= at), default=_ALWAYS)
            self._until = min((bound for bound in self._bounds if bound > at), default=_NEVER)
            held = {(fact.category, fact.country): fact for since, until, fact in self.windows if since <= at < until}
            self._facts = MappingProxyType(held)
        return self._facts

    def facts(self, categories: Collection[str], countries: Collection[str], at: datetime) -> Mapping[Pair, TaxFact]:
        """Gives the rates that hold at an instant for these categories in these countries, as far as there are any.

        There may be more in the answer than was asked for: all that is known is handed out without a copy.
        """
        return self.at(at)

    def rate(self, category: str, country: str, at: datetime) -> TaxFact | None:
        """Gives the one rate that holds for a category in a country at an instant, or None."""
        return self.at(at).get((category, country))


def _end(rate: Rate) -> datetime:
    return _NEVER if rate.valid_to is None else begins(rate.valid_to, rate.country)


def _fact(rate: Rate) -> TaxFact:
    return TaxFact(category=rate.category, country=rate.country, rate=rate.rate, id=rate.id, version=rate.version)


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


async def _load(reading: Reading) -> TaxIndex:
    return TaxIndex(await reading.fetch(ALL))


TAXES: Resident[TaxIndex] = Resident("tax", _load)


async def taxes(reading: Reading) -> TaxIndex:
    """Gives the rates as they were at most one second ago."""
    return await TAXES.get(reading)
