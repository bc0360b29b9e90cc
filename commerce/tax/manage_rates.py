"""Add a category; add a rate, end it, rename it. Windows of one category and country never overlap."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy import Date, Integer, Numeric, Text, Uuid, insert, or_, select, update

from commerce.kernel.errors import FieldError, invalid
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.tax.errors import TaxRatesOverlap
from commerce.tax.index import TAXES
from commerce.tax.queries import tax_rate
from commerce.tax.schemas import TaxCategoryIn, TaxCategoryOut, TaxRateIn, TaxRateOut, TaxRatePatch
from commerce.tax.tables import tax_categories, tax_rates
from commerce.tax.zones import check_zone

_rate = tax_rates.c
_instant = tax_rates.c.created_at.type
ADD_CATEGORY = Statement(
    insert(tax_categories).values(code=given("code", Text), name=given("name", Text), created_at=given("at", _instant))
)
LOCK_CATEGORY = Statement(
    select(tax_categories.c.code).where(tax_categories.c.code == given("category", Text)).with_for_update()
)
OVERLAPPING = Statement(
    select(_rate.id, _rate.valid_from, _rate.valid_to)
    .where(
        _rate.category == given("category", Text),
        _rate.country == given("country", Text),
        _rate.id != given("except_id", Uuid),
        or_(given("valid_to", Date).is_(None), _rate.valid_from < given("valid_to", Date)),
        or_(_rate.valid_to.is_(None), _rate.valid_to > given("valid_from", Date)),
    )
    .order_by(_rate.valid_from)
    .limit(1)
)
ADD_RATE = Statement(
    insert(tax_rates).values(
        id=given("id", Uuid),
        category=given("category", Text),
        country=given("country", Text),
        rate=given("rate", Numeric),
        name=given("name", Text),
        valid_from=given("valid_from", Date),
        valid_to=given("valid_to", Date),
        created_at=given("at", _instant),
        updated_at=given("at", _instant),
    )
)
CHANGE_RATE = Statement(
    update(tax_rates)
    .where(_rate.id == given("rate_id", Uuid), _rate.version == given("expected", Integer))
    .values(
        name=given("name", Text),
        valid_to=given("valid_to", Date),
        version=_rate.version + 1,
        updated_at=given("at", _instant),
    )
)


async def add_category(tx: Tx, data: TaxCategoryIn, *, at: datetime) -> TaxCategoryOut:
    """Add a category; a code that is there already is refused with TaxCategoryTaken."""
    await tx.execute(ADD_CATEGORY, code=data.code, name=data.name, at=at)
    made = TaxCategoryOut(code=data.code, name=data.name)
    tx.changed("tax_category", data.code, after=made)
    return made


async def add_rate(tx: Tx, data: TaxRateIn, *, at: datetime) -> TaxRateOut:
    """Add a rate.

    Refuses an unknown category, an unknown zone, a window without a day, and one that shares a day with another rate of the same
    category and country (TaxRatesOverlap): end that one first.
    """
    check_zone(data.country, "/country")
    await _lock(tx, data.category)
    identifier = new_id()
    await _refuse_overlap(tx, data.category, data.country, identifier, data.valid_from, data.valid_to)
    values = msgspec.structs.asdict(data) | {"rate": Decimal(data.rate)}
    await tx.execute(ADD_RATE, id=identifier, at=at, **values)
    await TAXES.changed(tx)
    made = await tax_rate(tx, identifier)
    tx.changed("tax_rate", identifier, after=made)
    return made


async def change_rate(tx: Tx, rate_id: UUID, expected_version: int, data: TaxRatePatch, *, at: datetime) -> TaxRateOut:
    """Rename a rate, or set the day up to which it holds. Refuses as `add_rate` does, and with StaleVersion."""
    await _lock(tx, (await tax_rate(tx, rate_id)).category)
    before = await tax_rate(tx, rate_id)
    name = before.name if data.name is msgspec.UNSET else data.name
    valid_to = before.valid_to if data.valid_to is msgspec.UNSET else data.valid_to
    await _refuse_overlap(tx, before.category, before.country, rate_id, before.valid_from, valid_to)
    if not await tx.execute(
        CHANGE_RATE, rate_id=rate_id, expected=expected_version, name=name, valid_to=valid_to, at=at
    ):
        raise StaleVersion
    await TAXES.changed(tx)
    after = await tax_rate(tx, rate_id)
    tx.changed("tax_rate", rate_id, before=before, after=after)
    return after


async def _lock(tx: Tx, category: str) -> None:
    if await tx.fetch_value(LOCK_CATEGORY, category=category) is None:
        raise invalid("/category", "There is no such tax category; add it first.")


async def _refuse_overlap(
    tx: Tx, category: str, country: str, except_id: UUID, valid_from: date, valid_to: date | None
) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise invalid("/valid_to", "The rate holds up to, not on, this day: it must come after `valid_from`.")
    other = await tx.fetch_one(
        OVERLAPPING,
        category=category,
        country=country,
        except_id=except_id,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    if other is not None:
        until = other["valid_to"] or "further notice"
        raise TaxRatesOverlap(
            f"Another rate of {category} in {country} holds from {other['valid_from']} until {until}; end it first.",
            errors=[FieldError("/valid_from", f"Overlaps with the rate {other['id']}.")],
            tax_rate_id=str(other["id"]),
        )
