"""What is called odd is odd: a promotion that can never apply, or that another one always goes before, gives nothing in any basket."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from commerce.price_engine import (
    AmountOff,
    ArticleFact,
    Basket,
    BasketLine,
    BundlePrice,
    BuyGet,
    Circumstances,
    Conditions,
    DeliveryCharge,
    DeliveryOff,
    Effect,
    Facts,
    FixedPrice,
    Gift,
    Hours,
    Needs,
    Part,
    PercentOff,
    Points,
    Promotion,
    PromotionIndex,
    Targets,
    Tier,
    Tiered,
    Window,
    price,
)
from commerce.promotions.lint import Finding, World, never_applies, price_reduction, shadowed_by, shadows, things_named
from tests.given import engine

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
VARIANTS = tuple(UUID(int=0x100 + nth) for nth in range(6))
PRODUCTS = tuple(UUID(int=0x200 + nth) for nth in range(3))
CATEGORIES = tuple(UUID(int=0x300 + nth) for nth in range(3))
BRANDS = ("acme", "bolt")
CHANNELS = tuple(UUID(int=0x400 + nth) for nth in range(2))
STORES = tuple(UUID(int=0x500 + nth) for nth in range(2))
GROUPS = tuple(UUID(int=0x600 + nth) for nth in range(2))
SHIPPING, COLLECTING = UUID(int=0x700), UUID(int=0x701)
WAYS = {SHIPPING: "ship", COLLECTING: "pickup"}


def article(nth: int) -> ArticleFact:
    return ArticleFact(
        variant_id=VARIANTS[nth],
        product_id=PRODUCTS[nth // 2],
        tax_category="standard",
        categories=(CATEGORIES[nth % 2], CATEGORIES[2]) if nth != 5 else (),
        brand=BRANDS[nth % 2] if nth < 4 else "",
    )


ARTICLES = tuple(article(nth) for nth in range(6))


@dataclass(frozen=True)
class Chance:
    """Random rules out of few words, so that they meet."""

    of: random.Random

    def some(self, things: Sequence[object], *, none: float = 0.6) -> tuple[object, ...]:
        if self.of.random() < none:
            return ()
        return tuple(self.of.sample(things, self.of.randint(1, min(3, len(things)))))

    def targets(self, *, none: float = 0.6) -> Targets:
        return Targets(
            variants=self.some(VARIANTS, none=none),  # type: ignore[arg-type]
            products=self.some(PRODUCTS, none=0.85),  # type: ignore[arg-type]
            categories=self.some(CATEGORIES, none=0.8),  # type: ignore[arg-type]
            brands=self.some(BRANDS, none=0.85),  # type: ignore[arg-type]
            not_variants=self.some(VARIANTS, none=0.85),  # type: ignore[arg-type]
            not_categories=self.some(CATEGORIES, none=0.95),  # type: ignore[arg-type]
        )

    def rate(self) -> Decimal:
        return Decimal(self.of.choice(["0.1", "0.2", "0.2", "0.5", "1"]))

    def effect(self) -> Effect:
        amount = self.of.choice([1, 50, 100, 100, 700])
        match self.of.randint(0, 13):
            case 0 | 1 | 2 | 3:
                return PercentOff(rate=self.rate(), of=self.of.choice(["line", "line", "line", "order"]))
            case 4 | 5:
                return AmountOff(amount=amount, of=self.of.choice(["unit", "unit", "order"]))
            case 6 | 7:
                return FixedPrice(amount=amount)
            case 8:
                got = self.targets(none=0.2) if self.of.random() < 0.6 else None
                return BuyGet(buy=self.of.randint(1, 2), get=1, rate=self.rate(), get_targets=got)
            case 9:
                parts = tuple(Part(targets=self.targets(none=0.2), quantity=1) for _ in range(self.of.randint(1, 2)))
                return BundlePrice(parts=parts, amount=amount)
            case 10:
                return Tiered(by="quantity", tiers=(Tier(at_least=2, rate=self.rate()),))
            case 11:
                return Gift(variant_id=self.of.choice(VARIANTS))
            case 12:
                return DeliveryOff(rate=self.rate(), methods=self.some((SHIPPING, COLLECTING)))  # type: ignore[arg-type]
            case _:
                return Points(times=Decimal(self.of.choice([2, 2, 3])))

    def conditions(self) -> Conditions:
        needs = tuple(
            Needs(
                targets=self.targets(none=0.5),
                quantity=self.of.choice([0, 1, 2]),
                amount=self.of.choice([0, 0, 500]),
            )
            for _ in range(self.of.choice([0, 0, 0, 1, 2]))
        )
        return Conditions(
            channels=self.some(CHANNELS, none=0.8),  # type: ignore[arg-type]
            stores=self.some(STORES, none=0.85),  # type: ignore[arg-type]
            groups=self.some(GROUPS, none=0.85),  # type: ignore[arg-type]
            first_order=self.of.random() < 0.1,
            hours=(Hours(since=self.of.choice([0, 600]), until=self.of.choice([600, 1440])),)
            if self.of.random() < 0.1
            else (),
            tenders=("cash",) if self.of.random() < 0.1 else (),
            fulfilment=self.some(("pickup", "ship", "none"), none=0.8),  # type: ignore[arg-type]
            needs=needs,
            code=self.of.random() < 0.15,
        )

    def window(self) -> Window:
        starts = self.of.choice([None, None, AT - DAY, AT + DAY])
        ends = self.of.choice([None, None, AT, AT - DAY, AT + 2 * DAY])
        if starts is not None and ends is not None and starts >= ends:
            return Window()
        return Window(starts_at=starts, ends_at=ends, store_time=self.of.random() < 0.2)

    def promotion(self, nth: int) -> Promotion:
        plain = self.of.random() < 0.5
        return Promotion(
            id=UUID(int=self.of.randint(1, 10**6) * 100 + nth),
            version=1,
            code=f"p{nth}",
            priority=self.of.choice([0, 0, 1, 2]),
            currency=self.of.choice([None, "EUR"]),
            targets=self.targets(),
            conditions=Conditions() if plain else self.conditions(),
            effect=self.effect(),
            exclusion=self.of.choice([None, "a", "a", "b"]),
            alone=self.of.random() < 0.15,
            window=Window() if plain else self.window(),
        )

    def world(self, promotions: Sequence[Promotion], shown: Sequence[ArticleFact]) -> World:
        there: set[tuple[str, object]] = set()
        for each in shown:
            there |= {("variant", each.variant_id), ("product", each.product_id), ("brand", each.brand)}
            there |= {("category", category) for category in each.categories}
        there |= {("channel", CHANNELS[0]), ("store", STORES[0]), ("group", GROUPS[0]), ("method", SHIPPING)}
        ways = {SHIPPING: "ship"}
        if self.of.random() < 0.7:
            there.add(("method", COLLECTING))
            ways[COLLECTING] = "pickup"
        opened = {each.id for each in promotions if each.conditions.code and self.of.random() < 0.6}
        named = things_named(promotions)
        return World(things=frozenset(there & named), opened=frozenset(opened), ways=ways)

    def basket(self, world: World, shown: Sequence[ArticleFact], at: datetime) -> Basket:
        groups = ["", f"ship:{SHIPPING}"] + ([f"pickup:{STORES[0]}"] if COLLECTING in world.ways else [])
        lines = tuple(
            BasketLine(
                key=f"line{nth}",
                variant_id=self.of.choice(shown).variant_id,
                quantity=self.of.randint(1, 4),
                group=self.of.choice(groups),
            )
            for nth in range(self.of.randint(1, 4))
        )
        charges = tuple(
            DeliveryCharge(
                group=group,
                method_id=SHIPPING if group.startswith("ship") else COLLECTING,
                amount=495,
                tax_category="standard",
                includes_tax=True,
            )
            for group in sorted({line.group for line in lines})
            if group
        )
        around = Circumstances(
            at=at,
            zone="Europe/Madrid",
            channel_id=CHANNELS[0],
            store_id=self.of.choice([None, STORES[0]]),
            groups=self.of.choice([(), (GROUPS[0],)]),
            orders_before=self.of.choice([None, 0, 1]),
            tender=self.of.choice([None, "cash"]),
            codes=tuple((f"C{nth}", each) for nth, each in enumerate(sorted(world.opened))),
        )
        return Basket(currency="EUR", country="ES", circumstances=around, lines=lines, deliveries=charges)

    def facts(self, shown: Sequence[ArticleFact], promotions: Sequence[Promotion]) -> Facts:
        units = {each.variant_id: self.of.choice([1, 2, 5, 100, 333, 1999]) for each in shown}
        floored = [replace(each, floor_net=self.of.choice([None, None, units[each.variant_id] // 2])) for each in shown]
        found = engine.facts(units, articles=floored)
        return replace(found, promotions=PromotionIndex(promotions))


def judged(seed: int) -> Counter[str]:
    """Prices baskets of one random world and asserts that nothing that was called odd gave anything; counts what was found."""
    chance = Chance(random.Random(seed))
    promotions = [chance.promotion(nth) for nth in range(chance.of.randint(2, 7))]
    if chance.of.random() < 0.5:
        twin = chance.of.choice(promotions)
        promotions.append(
            replace(
                twin,
                id=UUID(int=twin.id.int + 50),
                code="twin",
                priority=chance.of.choice([0, 1, 3]),
                alone=chance.of.choice([twin.alone, True, False]),
                targets=chance.of.choice([twin.targets, twin.targets, Targets(), chance.targets(none=0.3)]),
                effect=chance.of.choice([twin.effect, PercentOff(rate=Decimal(1))]),
            )
        )
    shown = chance.of.sample(ARTICLES, chance.of.randint(1, 5))
    world = chance.world(promotions, shown)
    never = {each.promotion.id: each for one in promotions for each in never_applies(one, world, AT)}
    shadowed = {each.promotion.id: each for each in shadows(promotions)}
    facts = chance.facts(shown, promotions)
    seen: Counter[str] = Counter()
    for _ in range(6):
        basket = chance.basket(world, shown, AT + chance.of.choice([0, 0, 1, 3]) * DAY)
        for applied in price(basket, facts).applied:
            seen["applied"] += 1
            odd: Finding | None = never.get(applied.promotion) or shadowed.get(applied.promotion)
            assert odd is None, (seed, odd, applied)
    seen.update(each.reason for each in never.values())
    seen.update(f"shadowed:{type(each.promotion.effect).__name__}" for each in shadowed.values())
    return seen


def judged_all(seeds: range) -> Counter[str]:
    total: Counter[str] = Counter()
    for seed in seeds:
        total += judged(seed)
    return total


REASONS = {
    "window_past",
    "no_channel",
    "no_store",
    "no_group",
    "no_code",
    "no_article",
    "nothing_to_buy",
    "no_gift",
    "no_delivery",
    "shadowed:PercentOff",
    "shadowed:AmountOff",
    "shadowed:FixedPrice",
    "shadowed:Points",
}


def test_what_is_called_odd_gives_nothing_in_random_baskets() -> None:
    found = judged_all(range(1_500))
    assert found.keys() >= REASONS
    assert found["applied"] > 3_000


@pytest.mark.nightly
def test_what_is_called_odd_gives_nothing_in_very_many_random_baskets() -> None:
    judged_all(range(10_000, 60_000))


# --- one by one ----------------------------------------------------------------------------------------------------

EVERYTHING_THERE = World(things=frozenset(), opened=frozenset(), ways=WAYS)


def percent(rate: str, nth: int = 1, **fields: object) -> Promotion:
    made = Promotion(id=UUID(int=nth), version=1, code=f"p{nth}", effect=PercentOff(rate=Decimal(rate)))
    return replace(made, **fields)


POT, LAMP = Targets(variants=(VARIANTS[0],)), Targets(variants=(VARIANTS[1],))


def test_a_better_one_for_more_articles_that_goes_first_shadows_within_an_exclusion() -> None:
    wide, narrow = percent("0.3", 1, exclusion="a"), percent("0.2", 2, exclusion="a", targets=POT)
    assert shadowed_by(narrow, wide)
    assert not shadowed_by(wide, narrow)
    cases = {
        "no exclusion": (narrow, replace(wide, exclusion=None)),
        "another exclusion": (narrow, replace(wide, exclusion="b")),
        "gives less": (narrow, replace(wide, effect=PercentOff(rate=Decimal("0.1")))),
        "goes later": (replace(narrow, priority=1), wide),
        "is for others": (narrow, replace(wide, targets=LAMP)),
        "asks more": (narrow, replace(wide, conditions=Conditions(first_order=True))),
        "wants a code": (narrow, replace(wide, conditions=Conditions(code=True))),
        "may be used up": (narrow, replace(wide, limited=True)),
        "is over earlier": (narrow, replace(wide, window=Window(ends_at=AT))),
        "tolerates no other": (narrow, replace(wide, alone=True)),
        "is of one currency": (narrow, replace(wide, currency="EUR")),
        "is off the order": (narrow, replace(wide, effect=PercentOff(rate=Decimal("0.3"), of="order"))),
    }
    assert {name for name, (less, more) in cases.items() if shadowed_by(less, more)} == set()


def test_of_two_alike_the_later_one_is_shadowed() -> None:
    first, second = percent("0.2", 1, exclusion="a"), percent("0.2", 2, exclusion="a")
    assert [(each.promotion.id, each.other) for each in shadows([first, second])] == [(second.id, first.id)]


def test_one_that_tolerates_no_other_gives_way_to_any_that_goes_first() -> None:
    plain, alone = percent("0.3", 1), percent("0.2", 2, alone=True)
    assert shadowed_by(alone, plain)


def test_what_everybody_gets_on_articles_is_a_price_reduction() -> None:
    found = price_reduction(percent("0.2", targets=POT, conditions=Conditions(channels=(CHANNELS[0],))))
    assert found is not None
    assert "art. 6a" in found.detail
    for conditions in (
        Conditions(code=True),
        Conditions(groups=(GROUPS[0],)),
        Conditions(needs=(Needs(quantity=2),)),
        Conditions(tenders=("cash",)),
    ):
        assert price_reduction(percent("0.2", conditions=conditions)) is None
    assert price_reduction(percent("0.2", effect=PercentOff(rate=Decimal("0.2"), of="order"))) is None
    assert price_reduction(percent("0.2", effect=BuyGet(buy=2, get=1))) is None


def test_a_window_in_store_time_is_past_when_it_is_past_everywhere() -> None:
    ended = percent("0.2", window=Window(ends_at=AT, store_time=True))
    assert never_applies(ended, EVERYTHING_THERE, AT) == []
    assert [each.reason for each in never_applies(ended, EVERYTHING_THERE, AT + DAY)] == ["window_past"]


def test_ten_thousand_promotions_are_looked_over_in_seconds() -> None:
    chance = Chance(random.Random(7))
    many = [
        replace(chance.promotion(0), id=UUID(int=nth), targets=Targets(variants=(UUID(int=10**9 + nth // 4),)))
        for nth in range(10_000)
    ]
    world = World(things=frozenset(), opened=frozenset(), ways=WAYS)
    assert len([each for one in many for each in never_applies(one, world, AT)]) >= 10_000
    assert any(True for _ in shadows(many))
