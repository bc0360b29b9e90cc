"""What a shop starts with: true to its sources, offered once, and never undoing what the shop changed."""

import asyncio
import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given as for_all, settings, strategies as st
from msgspec.structs import replace

from commerce import tax
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.price_engine import MEMBER_STATES, vat_state
from commerce.tax.audit import CHECKS
from commerce.tax.index import ALL
from commerce.tax.rates_data import CATEGORIES, RATES, StartingRate, starting_rates
from commerce.tax.schemas import TaxRatePatch
from commerce.tax.seeds import Plan, plan, seed_rates
from tests.given import pricing as given

# As the Commission gave them for 1 January of each year (standard rates, percent).
STANDARD_2020 = (
    "AT 20 BE 21 BG 20 CY 19 CZ 21 DE 19 DK 25 EE 20 ES 21 FI 24 FR 20 GR 24 HR 25 HU 27 IE 23 IT 22 LT 21 LU 17 "
    "LV 21 MT 18 NL 21 PL 23 PT 23 RO 19 SE 25 SI 22 SK 20"
)
STANDARD_2026 = (
    "AT 20 BE 21 BG 20 CY 19 CZ 21 DE 19 DK 25 EE 24 ES 21 FI 25.5 FR 20 GR 24 HR 25 HU 27 IE 23 IT 22 LT 21 LU 17 "
    "LV 21 MT 18 NL 21 PL 23 PT 23 RO 21 SE 25 SI 22 SK 23"
)


def held(category: str, zone: str, day: date) -> Decimal | None:
    """The rate in percent that the data has on a day."""
    found = [
        each.rate * 100
        for each in starting_rates()
        if (each.category, each.zone) == (category, zone)
        and each.since <= day
        and (each.until is None or day < each.until)
    ]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(("text", "day"), [(STANDARD_2020, date(2020, 1, 1)), (STANDARD_2026, date(2026, 1, 1))])
def test_each_member_state_has_its_standard_rate_then_and_now(text: str, day: date) -> None:
    words = text.split()
    assert {state: held("standard", state, day) for state in MEMBER_STATES} == dict(
        zip(words[::2], (Decimal(word) for word in words[1::2]), strict=True)
    )


@pytest.mark.parametrize(
    ("category", "zone", "day", "before", "after"),
    [
        ("standard", "DE", date(2020, 7, 1), "19", "16"),
        ("reduced", "DE", date(2020, 7, 1), "7", "5"),
        ("standard", "DE", date(2021, 1, 1), "16", "19"),
        ("standard", "IE", date(2020, 9, 1), "23", "21"),
        ("standard", "IE", date(2021, 3, 1), "21", "23"),
        ("standard", "PT-20", date(2021, 7, 1), "18", "16"),
        ("standard", "LU", date(2023, 1, 1), "17", "16"),
        ("parking", "LU", date(2024, 1, 1), "13", "14"),
        ("standard", "EE", date(2024, 1, 1), "20", "22"),
        ("standard", "EE", date(2025, 7, 1), "22", "24"),
        ("reduced", "CZ", date(2024, 1, 1), "15", "12"),
        ("second_reduced", "CZ", date(2024, 1, 1), "10", None),
        ("standard", "FI", date(2024, 9, 1), "24", "25.5"),
        ("reduced", "FI", date(2026, 1, 1), "14", "13.5"),
        ("reduced", "PT-30", date(2024, 10, 1), "5", "4"),
        ("standard", "SK", date(2025, 1, 1), "20", "23"),
        ("standard", "RO", date(2025, 8, 1), "19", "21"),
        ("reduced", "RO", date(2025, 8, 1), "9", "11"),
        ("reduced", "LT", date(2026, 1, 1), "9", "12"),
        ("super_reduced", "AT", date(2026, 7, 1), None, "4.9"),
    ],
)
def test_a_rate_changed_on_the_day_on_which_the_law_did(
    category: str, zone: str, day: date, before: str | None, after: str | None
) -> None:
    found = [held(category, zone, day - timedelta(days=1)), held(category, zone, day)]
    assert found == [None if each is None else Decimal(each) for each in (before, after)]


def test_every_zone_has_its_own_and_none_of_them_reaches_beyond_what_the_directive_allows() -> None:
    assert {each.category for each in starting_rates()} == set(CATEGORIES)
    assert {each.zone for each in starting_rates()} == set(RATES)
    assert len({each.key for each in starting_rates()}) == len(starting_rates())
    for each in starting_rates():
        if vat_state(each.zone) is not None and each.category == "standard" and each.zone != "GB-NIR":
            assert each.rate >= Decimal("0.15") or each.zone == "PT-20", "article 97; article 105 for the Azores"
    assert [held(category, "ES-CN", date(2026, 1, 1)) for category in ("standard", "reduced", "increased", "zero")] == [
        Decimal(7),
        Decimal(3),
        Decimal("9.5"),
        Decimal(0),
    ]
    assert (held("standard", "ES-CE", date(2026, 1, 1)), held("zero", "ES-CE", date(2026, 1, 1))) == (None, Decimal(0))
    assert (held("standard", "US-MA", date(2026, 1, 1)), held("standard", "US", date(2026, 1, 1))) == (
        Decimal("6.25"),
        None,
    )


async def test_seeding_twice_or_at_once_makes_each_rate_once(db: Database, clock: HeldClock) -> None:
    made = await asyncio.gather(*(db.transact(tax.seed, at=clock.at) for _ in range(4)))
    assert sorted(made) == [0, 0, 0, len(seed_rates())]
    index = await tax.taxes(db.reading)
    assert index.at(clock.at)["reduced", "FR"].rate == Decimal("0.055")
    assert index.at(datetime(2020, 8, 1, tzinfo=UTC))["standard", "DE"].rate == Decimal("0.16")
    assert not any(finding.rows for finding in await run_checks(db.reading, CHECKS))


async def old_shop(db: Database, clock: HeldClock, rates: dict[tuple[str, str], str]) -> None:
    """A shop that was seeded before histories: open-ended rates from 2025 on, nothing remembered."""
    for (category, zone), figure in rates.items():
        await given.tax_rate(db, figure, country=zone, category=category, valid_from=date(2025, 1, 1))


async def test_a_shop_from_before_gets_histories_zones_and_new_laws_and_keeps_what_it_has(
    db: Database, clock: HeldClock
) -> None:
    await old_shop(db, clock, {("standard", "ES"): "0.21", ("standard", "DE"): "0.19", ("standard", "FI"): "0.255"})
    before = {rate.id for rate in await db.reading.fetch(ALL)}
    await db.transact(tax.seed, at=clock.at)
    rates = await db.reading.fetch(ALL)
    assert before <= {rate.id for rate in rates}
    assert all(rate.version == 1 for rate in rates if rate.id in before)
    index = await tax.taxes(db.reading)
    german = [index.at(datetime(year, 8, 1, tzinfo=UTC))["standard", "DE"].rate for year in (2020, 2021, 2024, 2026)]
    assert german == [Decimal("0.16"), Decimal("0.19"), Decimal("0.19"), Decimal("0.19")]
    assert index.at(clock.at)["standard", "ES-CN"].rate == Decimal("0.07")
    assert index.at(datetime(2024, 8, 31, tzinfo=UTC))["standard", "FI"].rate == Decimal("0.24")
    assert not any(finding.rows for finding in await run_checks(db.reading, CHECKS))
    assert await db.transact(tax.seed, at=clock.at) == 0


async def test_processes_that_start_at_once_on_a_shop_from_before_give_it_each_rate_once(
    db: Database, clock: HeldClock
) -> None:
    for code in CATEGORIES:
        zone, figure = next((each.zone, each.rate) for each in starting_rates() if each.category == code)
        await old_shop(db, clock, {(code, zone): str(figure)})
    before = len(await db.reading.fetch(ALL))
    made = await asyncio.gather(*(db.transact(tax.seed, at=clock.at) for _ in range(6)))
    assert sorted(made)[:5] == [0] * 5
    assert len(await db.reading.fetch(ALL)) == before + max(made)
    assert not any(finding.rows for finding in await run_checks(db.reading, CHECKS))


async def test_what_the_shop_ended_or_replaced_never_comes_back(db: Database, clock: HeldClock) -> None:
    await given.taxes(db)
    spanish = next(rate for rate in await db.reading.fetch(ALL) if (rate.category, rate.country) == ("standard", "ES"))
    await db.transact(tax.change_rate, spanish.id, 1, TaxRatePatch(valid_to=date(2026, 3, 1)), at=clock.at)
    assert await db.transact(tax.seed, at=clock.at) == 0
    assert ("standard", "ES") not in (await tax.taxes(db.reading)).at(clock.at)


async def test_a_law_that_comes_with_a_new_version_ends_what_nobody_touched_and_only_that(
    db: Database, clock: HeldClock
) -> None:
    await given.taxes(db)
    rates = {(rate.category, rate.country): rate for rate in await db.reading.fetch(ALL) if rate.valid_to is None}
    touched = rates["standard", "FR"]
    await db.transact(tax.change_rate, touched.id, 1, TaxRatePatch(name="TVA"), at=clock.at)
    law = date(2027, 1, 1)
    wanted = [
        replace(each, until=law)
        if each.until is None and each.category == "standard" and each.zone in {"ES", "FR"}
        else each
        for each in starting_rates()
    ]
    wanted += [
        StartingRate(category="standard", zone=zone, rate=Decimal("0.22"), since=law, until=None)
        for zone in ("ES", "FR")
    ]
    made = await asyncio.gather(*(db.transact(tax.seed, at=clock.at, wanted=wanted) for _ in range(3)))
    assert sorted(made) == [0, 0, 1]
    index = await tax.taxes(db.reading)
    then = index.at(datetime(2027, 1, 2, tzinfo=UTC))
    assert (then["standard", "ES"].rate, then["standard", "FR"].rate) == (Decimal("0.22"), Decimal("0.20"))
    assert index.at(clock.at)["standard", "ES"].rate == Decimal("0.21")
    assert not any(finding.rows for finding in await run_checks(db.reading, CHECKS))


async def test_a_category_of_the_shops_own_making_is_left_alone(db: Database, clock: HeldClock) -> None:
    await given.tax_rate(db, "0.03", category="reduced", country="ES", valid_from=date(2024, 5, 1))
    await given.taxes(db)
    reduced = [rate for rate in await db.reading.fetch(ALL) if rate.category == "reduced"]
    assert [(rate.country, rate.rate) for rate in reduced] == [("ES", Decimal("0.03"))]


DAYS = st.integers(0, 3_000).map(lambda days: date(2019, 1, 1) + timedelta(days=days))


@settings(deadline=None)
@for_all(
    st.lists(
        st.tuples(st.sampled_from(["ES", "DE", "CZ", "RO"]), DAYS, st.integers(1, 2_000), st.booleans()), max_size=8
    ),
    st.sets(st.sampled_from([each.key for each in starting_rates() if each.zone in {"ES", "DE", "CZ", "RO"}])),
)
def test_whatever_a_shop_holds_no_two_rates_ever_share_a_day_and_its_own_stay(
    shop: list[tuple[str, date, int, bool]], offered: set[str]
) -> None:
    wanted = [
        each for each in starting_rates() if each.zone in {"ES", "DE", "CZ", "RO"} and each.category == "standard"
    ]
    held_now: list[tax.Rate] = []
    for zone, since, days, open_ended in sorted(shop, key=lambda each: (each[0], each[1])):
        last = next((rate for rate in reversed(held_now) if rate.country == zone), None)
        if last is not None and (last.valid_to is None or last.valid_to > since):
            continue
        held_now.append(
            tax.Rate(
                id=new_id(),
                category="standard",
                country=zone,
                rate=Decimal("0.21"),
                valid_from=since,
                valid_to=None if open_ended else since + timedelta(days=days),
                version=1,
            )
        )
    found = plan(wanted, held_now, offered, ["standard"])
    ends = dict(found.ended)
    windows: dict[str, list[tuple[date, date]]] = {}
    for rate in held_now:
        until = ends.get(rate.id, rate.valid_to) or date.max
        assert rate.valid_from < until
        windows.setdefault(rate.country, []).append((rate.valid_from, until))
    for each in found.made:
        assert each.until is None or each.since < each.until
        windows.setdefault(each.zone, []).append((each.since, each.until or date.max))
    for theirs in windows.values():
        theirs.sort()
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(theirs))
    assert all(rate.id not in ends or rate.valid_to is None for rate in held_now)


def test_a_plan_for_a_shop_that_was_offered_everything_is_empty() -> None:
    assert plan(starting_rates(), [], {each.key for each in starting_rates()}, []) == Plan(
        made=(), ended=(), offered=()
    )
