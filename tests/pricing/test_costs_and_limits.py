"""What articles cost, the margin that is guarded, and prices by hand."""

import asyncio
from contextlib import nullcontext
from decimal import Decimal
from random import Random

import pytest

from commerce import pricing
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound, Refusal
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.platform.http import StaleVersion
from commerce.pricing.article_costs import cost_changes
from commerce.pricing.guard_margin import drop_margin_guard, margin_guards_now, set_margin_guard
from commerce.pricing.override_price import DEFAULTS, OverrideLimit, lowest, set_override_limit
from commerce.pricing.schemas import MarginGuardIn, OverrideLimitIn
from tests.given import pricing as given

# --- costs -------------------------------------------------------------------------------------------------------


async def test_each_change_of_a_cost_is_kept_and_a_repetition_changes_nothing(db: Database, clock: HeldClock) -> None:
    pot, start = new_id(), clock.at
    changed = []
    for amount in (900, 900, 950, None, None):
        entries = [pricing.CostEntry(variant_id=pot, amount=amount)]
        changed.append(await db.transact(pricing.set_costs, entries, currency="EUR", actor="staff:1", at=clock.at))
        clock.move(hours=1)
    assert changed == [(pot,), (), (pot,), (pot,), ()]
    assert await pricing.costs(db.reading, [pot], currency="EUR") == {}
    kept = await cost_changes(db.reading, pot, currency="EUR", before=None, most=10)
    assert [(each.cost and each.cost.amount, (each.since - start).total_seconds() / 3600) for each in kept] == [
        (None, 3),
        (950, 2),
        (900, 0),
    ]


async def test_costs_are_kept_by_currency_and_set_by_many_at_once(db: Database, clock: HeldClock) -> None:
    variants = [new_id() for _ in range(12)]
    await asyncio.gather(
        *(
            given.costs(db, dict.fromkeys(variants[nth % 6 :], 100 + nth), currency=("EUR", "USD")[nth % 2])
            for nth in range(16)
        )
    )
    for currency in ("EUR", "USD"):
        told = await pricing.costs(db.reading, variants, currency=currency)
        last = {each: (await cost_changes(db.reading, each, currency=currency, before=None, most=1)) for each in told}
        assert {each: changes[0].cost.amount for each, changes in last.items() if changes[0].cost} == told
    assert len(await pricing.costs(db.reading, variants, currency="EUR")) == 12


# --- the margin --------------------------------------------------------------------------------------------------


async def test_the_least_price_keeps_the_margin_of_the_price_or_on_top_of_the_cost(
    db: Database, clock: HeldClock
) -> None:
    pot, lid, cup = new_id(), new_id(), new_id()
    await given.costs(db, {pot: 700, lid: 100, cup: 0})
    assert await pricing.floors(db.reading, [pot, lid, cup], currency="EUR") == {}, "nothing is guarded"
    await given.margin_guard(db, "0.3")
    assert await pricing.floors(db.reading, [pot, lid, cup, new_id()], currency="EUR") == {pot: 1000, lid: 143, cup: 0}
    await given.margin_guard(db, "0.333333", of="cost")
    assert await pricing.floors(db.reading, [pot, lid, cup], currency="EUR") == {pot: 934, lid: 134, cup: 0}
    assert await pricing.floors(db.reading, [pot], currency="USD") == {}
    (guard,) = await margin_guards_now(db.reading)
    assert (guard.currency, guard.of, guard.share, guard.version) == ("EUR", "cost", "0.333333", 2)
    await db.transact(drop_margin_guard, "EUR", guard.version)
    assert await pricing.floors(db.reading, [pot], currency="EUR") == {}


async def test_no_price_below_the_least_keeps_the_margin_and_the_least_does(db: Database, clock: HeldClock) -> None:
    random = Random(7)
    for _ in range(8):
        share = Decimal(random.randrange(0, 999_999)) / 1_000_000
        of = random.choice(["price", "cost"])
        amounts = {
            new_id(): random.choice([random.randrange(1, 10**4), random.randrange(10**9, 10**12)]) for _ in range(20)
        }
        await given.costs(db, amounts)
        await given.margin_guard(db, str(share), of=of)  # type: ignore[arg-type]
        for variant, floor in (await pricing.floors(db.reading, list(amounts), currency="EUR")).items():
            cost = amounts[variant]
            kept = [
                net * (1 - share) >= cost if of == "price" else net >= cost * (1 + share) for net in (floor - 1, floor)
            ]
            assert kept == [False, True], (cost, share, of, floor)


async def test_a_guard_that_leaves_no_price_and_one_of_no_currency_are_refused(db: Database, clock: HeldClock) -> None:
    with pytest.raises(InvalidInput) as refused:
        await db.transact(set_margin_guard, "EUR", 0, MarginGuardIn(of="price", share="1"), at=clock.at)
    assert [error.pointer for error in refused.value.errors] == ["/share"]
    with pytest.raises(NotFound):
        await db.transact(set_margin_guard, "XXX", 0, MarginGuardIn(of="cost", share="1"), at=clock.at)
    with pytest.raises(NotFound):
        await db.transact(drop_margin_guard, "EUR", 1)


async def test_a_guard_and_a_limit_are_changed_on_the_version_that_was_read(db: Database, clock: HeldClock) -> None:
    share = MarginGuardIn(of="cost", share="0.1")

    async def guarded(version: int) -> int:
        return (await db.transact(set_margin_guard, "EUR", version, share, at=clock.at)).version

    async def limited(version: int) -> int:
        data = OverrideLimitIn(most="0.2")
        return (await db.transact(set_override_limit, "prices:override", version, data, at=clock.at)).version

    for change in (guarded, limited):
        with pytest.raises(StaleVersion):
            await change(1)
        for version in (0, 1):
            told = await asyncio.gather(*(change(version) for _ in range(4)), return_exceptions=True)
            assert [each for each in told if isinstance(each, int)] == [version + 1]
            assert [type(each) for each in told if isinstance(each, Exception)] == [StaleVersion] * 3
    for version in (0, 1, 3):
        with pytest.raises(StaleVersion):
            await db.transact(drop_margin_guard, "EUR", version)
    await db.transact(drop_margin_guard, "EUR", 2)
    with pytest.raises(StaleVersion):
        await db.transact(set_margin_guard, "EUR", 2, share, at=clock.at)


# --- prices by hand ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "unit", "reason", "refused"),
    [
        ({"prices:override"}, 900, "scratched", None),
        ({"prices:override"}, 899, "scratched", "override_too_deep"),
        ({"prices:override"}, 900, " ", "override_reason_missing"),
        ({"prices:override"}, 999, None, "override_reason_missing"),
        ({"prices:override"}, 999, "", "override_reason_missing"),
        ({"prices:override"}, 1000, None, None),
        ({"prices:override"}, 1001, "scratched", "invalid_input"),
        ({"prices:override"}, -1, "scratched", "invalid_input"),
        ({"prices:override", "prices:write"}, 0, "a gift", None),
        ({"quotes"}, 999, "scratched", "override_too_deep"),
        (set(), 1000, None, None),
    ],
)
def test_a_price_by_hand_is_as_low_as_the_scope_reaches_and_says_why(
    scopes: set[str], unit: int, reason: str | None, refused: str | None
) -> None:
    with pytest.raises(Refusal) if refused else nullcontext() as caught:
        pricing.judge_override(DEFAULTS, scopes, listed=1000, unit=unit, reason=reason, pointer="/lines/0/override")
    if caught is None:
        return
    refusal = caught.value
    assert refusal.code == refused
    assert all(error.pointer.startswith("/lines/0/override/") for error in refusal.errors)
    if refused == "override_too_deep":
        assert refusal.facts == {"lowest": 900 if "prices:override" in scopes else 1000}


def test_the_lowest_price_by_hand_is_rounded_up_to_whole_minor_units() -> None:
    assert [lowest(999, Decimal(most)) for most in ("0", "0.1", "0.333333", "1")] == [999, 900, 667, 0]


async def test_limits_are_set_by_scope_and_hold_at_once(db: Database, clock: HeldClock) -> None:
    assert await pricing.override_limits(db.reading) == DEFAULTS
    data = OverrideLimitIn(most="0.25", reason_required=False)
    await db.transact(set_override_limit, "prices:override", 0, data, at=clock.at)
    limits = await pricing.override_limits(db.reading)
    assert limits["prices:override"] == OverrideLimit(most=Decimal("0.25"), reason_required=False, version=1)
    pricing.judge_override(limits, {"prices:override"}, listed=1000, unit=750, reason=None)
    with pytest.raises(NotFound):
        await db.transact(set_override_limit, "orders:read", 0, data, at=clock.at)
