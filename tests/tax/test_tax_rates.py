"""Tax rates: which one holds when, by whose calendar, and that no two ever hold at once."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select

from commerce import tax
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement
from commerce.tax.audit import CHECKS
from commerce.tax.queries import tax_rates_page
from commerce.tax.schemas import TaxCategoryIn, TaxRateIn, TaxRatePatch
from commerce.tax.seeds import seed_rates
from commerce.tax.tables import tax_rates
from tests.given import pricing as given


def rate(category: str, country: str, figure: str, since: date, until: date | None = None) -> tax.Rate:
    return tax.Rate(
        id=new_id(),
        category=category,
        country=country,
        rate=Decimal(figure),
        valid_from=since,
        valid_to=until,
        version=1,
    )


def held(index: tax.TaxIndex, category: str, country: str, at: datetime) -> Decimal | None:
    found = index.facts([category], [country], at).get((category, country))
    return None if found is None else found.rate


def test_a_rate_begins_and_ends_at_midnight_of_the_countrys_capital() -> None:
    change = date(2026, 7, 1)
    index = tax.TaxIndex(
        [
            rate("standard", "ES", "0.21", date(2012, 9, 1), change),
            rate("standard", "ES", "0.22", change),
            rate("standard", "PT", "0.23", date(2011, 1, 1), change),
        ]
    )
    midnight_in_madrid = datetime(2026, 6, 30, 22, tzinfo=UTC)
    just_before = datetime(2026, 6, 30, 21, 59, 59, 999999, tzinfo=UTC)
    assert held(index, "standard", "ES", just_before) == Decimal("0.21")
    assert held(index, "standard", "ES", midnight_in_madrid) == Decimal("0.22")
    assert held(index, "standard", "PT", midnight_in_madrid) == Decimal("0.23")
    assert held(index, "standard", "PT", datetime(2026, 6, 30, 23, tzinfo=UTC)) is None
    assert held(index, "standard", "ES", just_before) == Decimal("0.21"), "asking about the past again is right too"
    assert held(index, "standard", "ES", datetime(2012, 8, 31, tzinfo=UTC)) is None
    assert held(index, "reduced", "ES", just_before) is None


def test_days_at_both_ends_of_the_calendar_are_no_trouble() -> None:
    index = tax.TaxIndex([rate("a", "US", "0", date.min, date.max), rate("b", "JP", "0.1", date.min, date.max)])
    at = datetime(2026, 3, 10, tzinfo=UTC)
    assert (held(index, "a", "US", at), held(index, "b", "JP", at)) == (Decimal(0), Decimal("0.1"))


def test_an_index_without_rates_knows_none() -> None:
    assert not tax.TaxIndex([]).at(datetime(2026, 3, 10, tzinfo=UTC))


async def test_two_rates_that_share_a_day_are_refused_and_neighbours_are_not(db: Database, clock: HeldClock) -> None:
    await given.tax_rate(db, "0.21", valid_from=date(2026, 1, 1), valid_to=date(2026, 7, 1))
    await given.tax_rate(db, "0.22", valid_from=date(2026, 7, 1))
    await given.tax_rate(db, "0.18", valid_from=date(2025, 1, 1), valid_to=date(2026, 1, 1))
    await given.tax_rate(db, "0.19", country="DE", valid_from=date(2026, 1, 1))
    for since, until in (
        (date(2026, 6, 30), date(2026, 7, 1)),
        (date(2030, 1, 1), None),
        (date(2024, 1, 1), date(2025, 1, 2)),
        (date(2024, 1, 1), None),
    ):
        with pytest.raises(tax.TaxRatesOverlap) as refused:
            await given.tax_rate(db, "0.5", valid_from=since, valid_to=until)
        assert refused.value.errors[0].pointer == "/valid_from"
    assert held(await tax.taxes(db.reading), "standard", "ES", clock.at) == Decimal("0.21")


async def test_of_many_who_add_overlapping_rates_at_once_one_succeeds(db: Database, clock: HeldClock) -> None:
    await db.transact(tax.add_category, TaxCategoryIn(code="books", name="Books"), at=clock.at)

    async def add(nth: int) -> bool:
        new = TaxRateIn(category="books", country="ES", rate="0.04", name="Books", valid_from=date(2026, 1, 1 + nth))
        try:
            await db.transact(tax.add_rate, new, at=clock.at)
        except tax.TaxRatesOverlap:
            return False
        return True

    assert sum(await asyncio.gather(*(add(nth) for nth in range(12)))) == 1
    assert len(await tax_rates_page(db.reading, country="ES", category=None, after=None, most=100)) == 1


async def test_a_rate_is_ended_and_followed_by_another_but_never_rewritten(db: Database, clock: HeldClock) -> None:
    first = await given.tax_rate(db, "0.21", valid_from=date(2020, 1, 1))
    ended = await db.transact(tax.change_rate, first, 1, TaxRatePatch(valid_to=date(2026, 3, 10)), at=clock.at)
    assert (ended.rate, ended.valid_to, ended.version) == ("0.21", date(2026, 3, 10), 2)
    second = await given.tax_rate(db, "0.225", valid_from=date(2026, 3, 10))
    with pytest.raises(tax.TaxRatesOverlap):
        await db.transact(tax.change_rate, first, 2, TaxRatePatch(valid_to=None), at=clock.at)
    with pytest.raises(StaleVersion):
        await db.transact(tax.change_rate, first, 1, TaxRatePatch(name="VAT"), at=clock.at)
    with pytest.raises(InvalidInput):
        await db.transact(tax.change_rate, first, 2, TaxRatePatch(valid_to=date(2020, 1, 1)), at=clock.at)
    fact = (await tax.taxes(db.reading)).rate("standard", "ES", clock.at)
    assert fact is not None
    assert (fact.rate, fact.id, fact.version) == (Decimal("0.225"), second, 1)


async def test_a_rate_of_an_unknown_category_and_a_category_twice_are_refused(db: Database, clock: HeldClock) -> None:
    new = TaxRateIn(category="toys", country="ES", rate="0.21", name="Toys", valid_from=date(2026, 1, 1))
    with pytest.raises(InvalidInput) as refused:
        await db.transact(tax.add_rate, new, at=clock.at)
    assert refused.value.errors[0].pointer == "/category"
    await db.transact(tax.add_category, TaxCategoryIn(code="toys", name="Toys"), at=clock.at)
    with pytest.raises(tax.TaxCategoryTaken):
        await db.transact(tax.add_category, TaxCategoryIn(code="toys", name="Toys"), at=clock.at)


async def test_a_zone_that_there_is_not_is_refused_at_its_field_and_a_part_of_a_country_is_one(
    db: Database, clock: HeldClock
) -> None:
    for zone in ("XX", "ES-ZZ", "US-ZZ", "EU"):
        with pytest.raises(InvalidInput) as refused:
            await given.tax_rate(db, "0.07", country=zone)
        assert refused.value.errors[0].pointer == "/country"
    await given.tax_rate(db, "0.07", country="ES-CN", valid_from=date(2026, 3, 10))
    await given.tax_rate(db, "0.21", country="ES", valid_from=date(2026, 3, 10))
    index = await tax.taxes(db.reading)
    half_past_midnight_in_madrid = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    assert held(index, "standard", "ES", half_past_midnight_in_madrid) == Decimal("0.21")
    assert held(index, "standard", "ES-CN", half_past_midnight_in_madrid) is None, "an hour later there"
    assert held(index, "standard", "ES-CN", datetime(2026, 3, 10, tzinfo=UTC)) == Decimal("0.07")


async def test_walking_the_rates_gives_each_once(db: Database, clock: HeldClock) -> None:
    await given.taxes(db)
    seen = []
    after = None
    while page := await tax_rates_page(db.reading, country=None, category=None, after=after, most=10):
        seen += [row.id for row in page]
        last = page[-1]
        after = (last.country, last.category, last.valid_from, last.id)
    assert len(seen) == len(set(seen)) == len(seed_rates())
    spanish = await tax_rates_page(db.reading, country="ES", category="reduced", after=None, most=10)
    assert [(row.country, row.rate) for row in spanish] == [("ES", "0.1")]


ANOTHER = Statement(
    insert(tax_rates).from_select(
        ["id", "category", "country", "rate", "name", "valid_from", "created_at", "updated_at"],
        select(
            func.gen_random_uuid(),
            tax_rates.c.category,
            tax_rates.c.country,
            tax_rates.c.rate,
            tax_rates.c.name,
            tax_rates.c.valid_from + 30,
            tax_rates.c.created_at,
            tax_rates.c.updated_at,
        ),
    )
)


async def test_overlapping_rates_that_slipped_in_are_found(db: Database, clock: HeldClock) -> None:
    await given.tax_rate(db, "0.21")
    assert not any(finding.rows for finding in await run_checks(db.reading, CHECKS))

    async def fault(tx: Tx) -> None:
        await tx.execute(ANOTHER)

    await db.transact(fault)
    (finding,) = [each for each in await run_checks(db.reading, CHECKS) if each.rows]
    assert (finding.code, finding.name, finding.rows) == ("G15", "one_tax_rate_holds_at_a_time", 1)
