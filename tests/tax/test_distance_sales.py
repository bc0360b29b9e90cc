"""The threshold for distance sales: what counts, from which sale on, and for how long (Directive 2006/112/EC, article 59c)."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from commerce import tax
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement
from commerce.price_engine import Seller
from commerce.tax.audit import CHECKS
from commerce.tax.errors import DestinationOptionBinds, OneThresholdOnly, TaxSellerExists
from commerce.tax.schemas import TaxCategoryIn
from commerce.tax.schemas_sellers import TaxSellerIn, TaxSellerOut, TaxSellerPatch
from commerce.tax.sellers import add_seller, change_seller, tax_seller
from commerce.tax.tables import distance_sales, distance_totals


async def at_origin(db: Database, clock: HeldClock, country: str = "ES", **more: object) -> TaxSellerOut:
    """A shop that is taxed at origin while it is below the threshold."""
    return await db.transact(add_seller, TaxSellerIn(country=country, distance="origin", **more), at=clock.at)  # type: ignore[arg-type]


def sale(net: int, *, order_id: UUID | None = None, currency: str = "EUR", origin: bool = True) -> tax.DistanceSale:
    return tax.DistanceSale(
        order_id=order_id or new_id(),
        seller_country="ES",
        destination="DE",
        net=Money(net, currency),
        at_origin=origin,
    )


async def sell(db: Database, clock: HeldClock, net: int, **more: object) -> UUID:
    made = sale(net, **more)  # type: ignore[arg-type]
    await db.transact(tax.record_distance_sale, made, at=clock.at)
    return made.order_id


async def seller(db: Database) -> Seller:
    return (await tax.tax_book(db.reading)).seller("ES")


async def clean(db: Database) -> bool:
    return not any(finding.rows for finding in await run_checks(db.reading, CHECKS))


async def test_up_to_the_threshold_sales_are_taxed_at_origin_and_the_next_cent_is_not(
    db: Database, clock: HeldClock
) -> None:
    await at_origin(db, clock)
    await sell(db, clock, 600_000)
    await sell(db, clock, 400_000)
    assert (await seller(db)).at_origin(clock.at)
    assert (await seller(db)).room(clock.at) == 0
    with pytest.raises(tax.DistanceThresholdCrossed):
        await sell(db, clock, 1)
    assert (await seller(db)).at_origin(clock.at), "who is refused has sold nothing"
    await sell(db, clock, 1, origin=False)
    assert not (await seller(db)).at_origin(clock.at)
    (year,) = (await tax_seller(db.reading, "ES")).years
    assert (year.year, year.net, year.uncounted, year.beyond_since) == (2026, Money(1_000_001, "EUR"), 0, clock.at)
    assert await clean(db)


async def test_beyond_the_threshold_means_until_the_end_of_the_next_year_by_the_sellers_own_calendar(
    db: Database, clock: HeldClock
) -> None:
    await at_origin(db, clock)
    await sell(db, clock, 1_000_001, origin=False)
    found = await seller(db)
    assert not found.at_origin(datetime(2027, 12, 31, 22, 59, 59, tzinfo=UTC))
    assert found.at_origin(datetime(2027, 12, 31, 23, tzinfo=UTC)), "midnight in Madrid"
    clock.at = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    await sell(db, clock, 10, origin=False)
    years = (await tax_seller(db.reading, "ES")).years
    assert [(year.year, year.net.amount) for year in years] == [(2026, 1_000_011)], "it was 2026 in Madrid already"


async def test_a_sale_counts_once_and_is_taken_back_once_for_each_reason_and_never_more_than_it_was(
    db: Database, clock: HeldClock
) -> None:
    await at_origin(db, clock)
    order_id = await sell(db, clock, 500_000)
    await asyncio.gather(*(sell(db, clock, 500_000, order_id=order_id) for _ in range(5)))
    assert (await seller(db)).room(clock.at) == 500_000
    take = tax.reverse_distance_sale
    await asyncio.gather(
        *(
            db.transact(take, order_id, effect=f"return:{nth % 3}", net=Money(200_000, "EUR"), at=clock.at)
            for nth in range(12)
        )
    )
    assert (await seller(db)).room(clock.at) == 1_000_000, "200, 200 and the last 100"
    await db.transact(take, order_id, effect="cancel", at=clock.at)
    await db.transact(take, new_id(), effect="cancel", at=clock.at)
    assert (await seller(db)).room(clock.at) == 1_000_000
    assert await clean(db)


async def test_what_went_beyond_stays_beyond_when_the_sale_is_taken_back(db: Database, clock: HeldClock) -> None:
    await at_origin(db, clock)
    order_id = await sell(db, clock, 1_000_001, origin=False)
    await db.transact(tax.reverse_distance_sale, order_id, effect="cancel", at=clock.at)
    assert not (await seller(db)).at_origin(clock.at)
    with pytest.raises(tax.DistanceThresholdCrossed):
        await sell(db, clock, 1)
    assert await clean(db)


async def test_of_many_sales_at_once_as_many_are_taxed_at_origin_as_fit(db: Database, clock: HeldClock) -> None:
    await at_origin(db, clock)

    async def bought() -> bool:
        try:
            await sell(db, clock, 90_000)
        except tax.DistanceThresholdCrossed:
            return False
        return True

    assert sum(await asyncio.gather(*(bought() for _ in range(24)))) == 11
    assert (await seller(db)).room(clock.at) == 10_000
    assert await clean(db)


async def test_the_year_before_counts_too(db: Database, clock: HeldClock) -> None:
    await at_origin(db, clock)
    clock.at = datetime(2025, 6, 1, tzinfo=UTC)
    await sell(db, clock, 1_000_001, origin=False)
    clock.at = datetime(2026, 6, 1, tzinfo=UTC)
    with pytest.raises(tax.DistanceThresholdCrossed):
        await sell(db, clock, 1)
    clock.at = datetime(2027, 6, 1, tzinfo=UTC)
    await sell(db, clock, 1)


async def test_a_sale_in_a_currency_that_nobody_can_weigh_ends_the_relief(db: Database, clock: HeldClock) -> None:
    await at_origin(db, clock)
    with pytest.raises(tax.DistanceThresholdCrossed):
        await sell(db, clock, 100, currency="SEK")
    order_id = await sell(db, clock, 100, currency="SEK", origin=False)
    assert not (await seller(db)).at_origin(clock.at)
    (year,) = (await tax_seller(db.reading, "ES")).years
    assert (year.net, year.uncounted) == (Money(0, "EUR"), 1)
    await db.transact(tax.reverse_distance_sale, order_id, effect="cancel", at=clock.at)
    assert await clean(db)


async def test_a_threshold_may_be_in_the_states_own_currency(db: Database, clock: HeldClock) -> None:
    await at_origin(db, clock, threshold=Money(4_200_000, "PLN"))
    await sell(db, clock, 4_200_000, currency="PLN")
    assert (await seller(db)).room(clock.at) == 0


async def test_a_shop_that_has_said_nothing_is_taxed_at_destination_and_its_sales_are_on_record(
    db: Database, clock: HeldClock
) -> None:
    await sell(db, clock, 2_000_000, origin=False)
    with pytest.raises(tax.DistanceThresholdCrossed):
        await sell(db, clock, 1)
    found = await tax_seller(db.reading, "ES")
    assert (found.distance, found.years) == ("destination", [])
    assert not (await seller(db)).at_origin(clock.at)
    assert await clean(db)


async def test_who_turns_to_origin_is_weighed_by_what_was_sold_before(db: Database, clock: HeldClock) -> None:
    first = await sell(db, clock, 900_000, origin=False)
    clock.move(days=1)
    crossing = clock.at
    await sell(db, clock, 200_000, origin=False)
    clock.move(days=1)
    await db.transact(tax.reverse_distance_sale, first, effect="cancel", at=clock.at)
    await db.transact(change_seller, "ES", 1, TaxSellerPatch(distance="origin"), at=clock.at)
    (year,) = (await tax_seller(db.reading, "ES")).years
    assert (year.net, year.beyond_since) == (Money(200_000, "EUR"), crossing)
    assert not (await seller(db)).at_origin(clock.at)
    assert await clean(db)


async def test_the_option_for_destination_binds_for_two_calendar_years(db: Database, clock: HeldClock) -> None:
    await at_origin(db, clock)
    chosen = await db.transact(change_seller, "ES", 1, TaxSellerPatch(distance="destination"), at=clock.at)
    assert (chosen.opted_on, chosen.years, chosen.version) == (date(2026, 3, 10), [], 2)
    for day in (clock.at, datetime(2027, 12, 31, 22, 59, tzinfo=UTC)):
        with pytest.raises(DestinationOptionBinds) as refused:
            await db.transact(change_seller, "ES", 2, TaxSellerPatch(distance="origin"), at=day)
        assert refused.value.errors[0].pointer == "/distance"
    later = datetime(2027, 12, 31, 23, tzinfo=UTC)
    free = await db.transact(change_seller, "ES", 2, TaxSellerPatch(distance="origin"), at=later)
    assert (free.distance, free.opted_on) == ("origin", None)


async def test_sellers_that_cannot_be_are_refused_at_the_field_at_fault(db: Database, clock: HeldClock) -> None:
    for wrong, pointer in (
        (TaxSellerIn(country="CH", distance="origin"), "/country"),
        (TaxSellerIn(country="ES", distance="origin", threshold=Money(-1, "EUR")), "/threshold/amount"),
        (TaxSellerIn(country="ES", distance="origin", domestic_reverse=["phones"]), "/domestic_reverse/0"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await db.transact(add_seller, wrong, at=clock.at)
        assert refused.value.errors[0].pointer == pointer
    await at_origin(db, clock)
    with pytest.raises(OneThresholdOnly):
        await at_origin(db, clock, "FR")
    with pytest.raises(TaxSellerExists):
        await db.transact(add_seller, TaxSellerIn(country="ES", distance="destination"), at=clock.at)
    with pytest.raises(StaleVersion):
        await db.transact(change_seller, "ES", 7, TaxSellerPatch(), at=clock.at)
    with pytest.raises(NotFound):
        await tax_seller(db.reading, "FR")


async def test_reverse_charged_categories_reach_the_book(db: Database, clock: HeldClock) -> None:
    await db.transact(tax.add_category, TaxCategoryIn(code="phones", name="Telephones"), at=clock.at)
    await at_origin(db, clock, domestic_reverse=["phones"])
    assert (await seller(db)).domestic_reverse == ("phones",)
    changed = await db.transact(change_seller, "ES", 1, TaxSellerPatch(domestic_reverse=[]), at=clock.at)
    assert (changed.distance, (await seller(db)).domestic_reverse) == ("origin", ())


async def test_another_process_knows_within_a_second_that_the_threshold_was_crossed(
    dsn: str, db: Database, clock: HeldClock
) -> None:
    await at_origin(db, clock)
    other = Database(dsn)
    try:
        assert (await seller(other)).at_origin(clock.at)
        await sell(db, clock, 1_000_001, origin=False)
        await asyncio.sleep(1)
        assert not (await seller(other)).at_origin(clock.at)
    finally:
        await other.close()


async def found(db: Database) -> dict[str, int]:
    return {each.name: each.rows for each in await run_checks(db.reading, CHECKS) if each.rows}


async def test_faults_that_slipped_in_are_found(db: Database, clock: HeldClock) -> None:
    await at_origin(db, clock)
    await sell(db, clock, 500)
    await sell(db, clock, 700)

    async def run(tx: Tx, statement: Statement[Any]) -> None:
        await tx.execute(statement)

    await db.transact(run, Statement(update(distance_totals).values(total=distance_totals.c.total + 1)))
    assert await found(db) == {"distance_total_is_the_sum_of_its_sales": 1}
    await db.transact(run, Statement(update(distance_totals).values(total=1_200)))
    assert await found(db) == {}
    row = {
        "id": new_id(),
        "order_id": new_id(),
        "effect": "cancel",
        "country": "ES",
        "year": 2026,
        "destination": "DE",
        "net": -1,
        "currency": "SEK",
        "counted": False,
        "at": clock.at,
    }
    await db.transact(run, Statement(insert(distance_sales).values(row)))
    assert await found(db) == {"distance_sale_is_not_taken_back_twice": 1}


async def test_a_total_beyond_the_threshold_that_is_not_marked_is_found(db: Database, clock: HeldClock) -> None:
    await at_origin(db, clock)
    await sell(db, clock, 1_000_001, origin=False)

    async def unmark(tx: Tx) -> None:
        await tx.execute(Statement(update(distance_totals).values(crossed_at=None, crossed_by=None)))

    await db.transact(unmark)
    assert await found(db) == {"distance_sales_beyond_the_threshold_are_marked": 1}
