"""Categories and rates as the back office sees them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import Integer, Select, Text, Uuid, or_, select, tuple_

from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.tax.schemas import TaxCategoryOut, TaxRateOut
from commerce.tax.tables import tax_categories, tax_rates

_rate = tax_rates.c
_category = tax_categories.c


def _rates() -> Select[Any]:
    return select(
        _rate.id,
        _rate.category,
        _rate.country,
        _rate.rate,
        _rate.name,
        _rate.valid_from,
        _rate.valid_to,
        _rate.version,
    )


ONE = Statement(_rates().where(_rate.id == given("rate_id", Uuid)))
RATES = Statement(
    _rates()
    .where(
        or_(given("country", Text).is_(None), _rate.country == given("country", Text)),
        or_(given("category", Text).is_(None), _rate.category == given("category", Text)),
        or_(
            given("after_id", Uuid).is_(None),
            tuple_(_rate.country, _rate.category, _rate.valid_from, _rate.id)
            > tuple_(
                given("after_country", Text),
                given("after_category", Text),
                given("after_from", _rate.valid_from.type),
                given("after_id", Uuid),
            ),
        ),
    )
    .order_by(_rate.country, _rate.category, _rate.valid_from, _rate.id)
    .limit(given("most", Integer))
)
CATEGORIES = Statement(
    select(_category.code, _category.name)
    .where(or_(given("after", Text).is_(None), _category.code > given("after", Text)))
    .order_by(_category.code)
    .limit(given("most", Integer)),
    into=TaxCategoryOut,
)

Place = tuple[str, str, date, UUID]


def plain(rate: Decimal) -> str:
    """Writes a rate with no zeros at its end: 0.21, 0.055, 0."""
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def on_wire(row: Record) -> TaxRateOut:
    """Gives a row as the wire has it."""
    return TaxRateOut(
        id=row["id"],
        category=row["category"],
        country=row["country"],
        rate=plain(row["rate"]),
        name=row["name"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        version=row["version"],
    )


async def tax_rate(reads: Reads, rate_id: UUID) -> TaxRateOut:
    """Gives one rate; refuses with NotFound."""
    row = await reads.fetch_one(ONE, rate_id=rate_id)
    if row is None:
        raise NotFound("There is no such tax rate.")
    return on_wire(row)


async def tax_rates_page(
    reads: Reads, *, country: str | None, category: str | None, after: Place | None, most: int
) -> list[TaxRateOut]:
    """Gives up to `most` rates by country, category and first day, after the place named."""
    after_country, after_category, after_from, after_id = after or (None, None, None, None)
    rows = await reads.fetch(
        RATES,
        country=country,
        category=category,
        after_country=after_country,
        after_category=after_category,
        after_from=after_from,
        after_id=after_id,
        most=most,
    )
    return [on_wire(row) for row in rows]


async def tax_categories_page(reads: Reads, *, after: str | None, most: int) -> list[TaxCategoryOut]:
    """Gives up to `most` categories by code, after the code named."""
    return await reads.fetch(CATEGORIES, after=after, most=most)
