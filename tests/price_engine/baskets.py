"""Random shops and baskets: lists, prices, promotions, taxes and a basket, with all that may meet."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import settings, strategies as st
from msgspec.structs import replace

from commerce.price_engine import (
    Allocation,
    ArticleFact,
    Basket,
    BasketLine,
    Circumstances,
    DeliveryCharge,
    Facts,
    FeeFact,
    Measure,
    Override,
    PriceFact,
    PriceList,
    Promotion,
    PromotionIndex,
    Relief,
    TaxFact,
    TaxProfile,
    Window,
)
from tests.given.engine import AT
from tests.price_engine.random_promotions import effect, promotion, some

# A busy machine is no failure, so no example has a deadline.
unhurried = settings(deadline=None)
thorough = settings(deadline=None, max_examples=250)

CURRENCY_STEPS = {"EUR": 1, "JPY": 1, "KWD": 10, "ISK": 1, "UGX": 1, "HUF": 1}
ZONES = ["ES", "FR", "ES-CN", "US-CA"]
CATEGORIES = ["standard", "reduced", "zero"]
GROUPS = ["pickup:one", "pickup:two", "ship:standard", "ship:express", ""]
RATES = ["0.21", "0.10", "0.04", "0", "0.055", "0.2", "0.081", "0.1075", "0.25", "0.5", "1"]
# When clocks are put forward and back in Europe and in California.
CLOCKS_CHANGE = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 10, tzinfo=UTC),
    datetime(2026, 11, 1, 9, tzinfo=UTC),
]
WALL_ZONES = ["UTC", "Europe/Madrid", "Atlantic/Canary", "America/Los_Angeles"]

T = TypeVar("T")


def uid(number: int) -> UUID:
    """A fixed id."""
    return UUID(int=number)


@dataclass(frozen=True)
class Shop:
    """What random things refer to: few of each, so that they meet."""

    chance: random.Random
    currency: str
    most: int
    now: datetime = AT
    zone: str = "UTC"

    def amount(self) -> int:
        """An amount of money, often of a few cents."""
        return self.chance.choice(
            (self.chance.randint(0, 60), self.chance.randint(0, 3_000), self.chance.randint(0, self.most))
        )

    def one_in(self, times: int) -> bool:
        """True once in so many times."""
        return self.chance.randrange(times) == 0

    def maybe(self, value: T, times: int = 2) -> T | None:
        """The value, once in so many times."""
        return value if self.one_in(times) else None

    def window(self) -> Window:
        """A window that mostly holds; near a change of the clocks one that begins or ends within hours of it, mostly in store time."""
        if self.now != AT and self.one_in(2):
            # A wall time near the change: the hour that is skipped, the one that comes twice.
            wall = self.now.astimezone(ZoneInfo(self.zone)).replace(tzinfo=UTC)
            bound = wall + timedelta(minutes=30 * self.chance.randint(-3, 3))
            begins = self.one_in(2)
            return Window(
                starts_at=bound if begins else None, ends_at=None if begins else bound, store_time=not self.one_in(4)
            )
        if not self.one_in(3):
            return Window()
        now, store_time = self.now, self.one_in(2)
        days = self.chance.choice((-2, 0, 1, 1, 9))
        since = self.chance.choice(
            (None, now - timedelta(days=9), now, now + timedelta(minutes=self.chance.choice((-60, 60))))
        )
        return Window(starts_at=since, ends_at=None if days == 9 else now + timedelta(days=days), store_time=store_time)


def world(chance: random.Random, *, most_lines: int = 12, promotions: int = 12) -> tuple[Basket, Facts]:
    """A basket and the facts for it: every line has a price and a rate of tax."""
    shop = Shop(
        chance,
        chance.choice(sorted(CURRENCY_STEPS)),
        chance.choice((100, 5_000, 1_000_000)),
        chance.choice((AT, *CLOCKS_CHANGE)),
        chance.choice(WALL_ZONES),
    )
    variants = [uid(100 + number) for number in range(chance.randint(1, 9))]
    lists = _lists(shop)
    rules = [
        version
        for number in range(chance.randint(0, promotions))
        for version in _versions(shop, promotion(shop, number, variants), variants)
    ]
    lines = _lines(shop, variants, chance.randint(1, most_lines))
    basket = Basket(
        currency=shop.currency,
        country=chance.choice(ZONES),
        circumstances=_circumstances(shop, rules),
        lines=lines,
        deliveries=_deliveries(shop, lines),
    )
    facts = Facts(
        lists={each.id: each for each in lists},
        prices={variant: _prices(shop, variant, lists) for variant in variants},
        articles={variant: _article(shop, number, variant) for number, variant in enumerate(variants)},
        taxes=_taxes(shop),
        promotions=PromotionIndex(rules, version=1),
        charge_step=CURRENCY_STEPS[shop.currency],
        profile=TaxProfile(rounding=chance.choice(("line", "document"))),
    )
    return basket, facts


def priced_worlds(*, most_lines: int = 12, promotions: int = 12) -> st.SearchStrategy[tuple[Basket, Facts]]:
    """Worlds for properties, each from a number that can be tried again."""
    return st.integers(0, 2**40).map(
        lambda seed: world(random.Random(seed), most_lines=most_lines, promotions=promotions)
    )


def _versions(shop: Shop, rule: Promotion, variants: Sequence[UUID]) -> list[Promotion]:
    """Sometimes a promotion changes: one version until then, another one from then on."""
    if not shop.one_in(8):
        return [rule]
    then = shop.now + timedelta(minutes=shop.chance.choice((-30, 0, 30)))
    return [
        replace(rule, window=Window(ends_at=then)),
        replace(rule, window=Window(starts_at=then), version=rule.version + 1, effect=effect(shop, variants)),
    ]


def _lists(shop: Shop) -> list[PriceList]:
    """The first one is for everybody at any time, so that everything has a price."""
    chance = shop.chance
    others = [
        PriceList(
            id=uid(800 + number),
            code=f"list-{number}",
            version=chance.randint(1, 9),
            terms=1,
            currency="USD" if shop.one_in(9) else shop.currency,
            includes_tax=chance.random() < 0.6,
            priority=chance.choice((0, 0, 0, 10, -10)),
            channel_id=shop.maybe(some(shop, "channel"), 3),
            store_id=shop.maybe(some(shop, "store"), 4),
            group_id=shop.maybe(some(shop, "group"), 4),
            customer_id=shop.maybe(some(shop, "customer"), 6),
            window=shop.window(),
        )
        for number in range(1, chance.randint(1, 6))
    ]
    general = PriceList(
        id=uid(900),
        code="general",
        version=7,
        terms=1,
        currency=shop.currency,
        includes_tax=chance.random() < 0.7,
        priority=chance.choice((0, 0, 5)),
    )
    chance.shuffle(others)
    return [*others, general]


def _prices(shop: Shop, variant: UUID, lists: Sequence[PriceList]) -> tuple[PriceFact, ...]:
    chance = shop.chance
    found: list[PriceFact] = []
    for terms in lists:
        general = terms.code == "general"
        if not general and shop.one_in(2):
            continue
        tiers = [1] if general else [chance.choice((1, 1, 3))]
        if shop.one_in(3):
            tiers += [5, 20][: chance.randint(1, 2)]
        found += [
            PriceFact(
                variant_id=variant,
                list_id=terms.id,
                unit=shop.amount(),
                version=terms.version,
                min_quantity=least,
                compare_at=shop.maybe(shop.amount(), 4),
                prior=shop.maybe(shop.amount(), 6),
            )
            for least in tiers
        ]
    chance.shuffle(found)
    return tuple(found)


def _article(shop: Shop, number: int, variant: UUID) -> ArticleFact:
    chance = shop.chance
    return ArticleFact(
        variant_id=variant,
        product_id=uid(300 + number // 2),
        tax_category=chance.choice(CATEGORIES),
        categories=tuple(chance.sample([uid(400 + each) for each in range(5)], chance.randint(0, 3))),
        brand=chance.choice(("", "acme", "bolt", "cosy")),
        sellable=not shop.one_in(10),
        measure=shop.maybe(Measure(thousandths=chance.randint(1, 3_000), unit="kg"), 4),
        floor_net=shop.maybe(shop.amount(), 4),
        fees=tuple(
            _fee(shop, code) for code in chance.sample(("bottle", "crate", "eco"), chance.choice((0, 0, 0, 1, 2)))
        ),
    )


def _fee(shop: Shop, code: str) -> FeeFact:
    chance = shop.chance
    return FeeFact(
        code=code,
        kind="eco_fee" if code == "eco" else "deposit",
        amount=chance.randint(0, 90),
        currency="USD" if shop.one_in(6) else shop.currency,
        includes_tax=shop.one_in(2),
        tax_category=chance.choice(CATEGORIES),
        zone=shop.maybe(chance.choice(ZONES), 4),
    )


def _taxes(shop: Shop) -> dict[tuple[str, str], TaxFact]:
    return {
        (category, zone): TaxFact(
            category=category,
            country=zone,
            rate=Decimal(shop.chance.choice(RATES)),
            id=uid(700),
            version=shop.chance.randint(1, 3),
        )
        for category in CATEGORIES
        for zone in ZONES
    }


def _relief(shop: Shop) -> Relief:
    chance = shop.chance
    return Relief(
        kind=chance.choice(("intra_community", "reverse_charge", "export")), inside=Decimal(chance.choice(RATES))
    )


def _lines(shop: Shop, variants: Sequence[UUID], count: int) -> tuple[BasketLine, ...]:
    chance = shop.chance
    zone_of = {group: shop.maybe(chance.choice(ZONES)) for group in GROUPS}
    groups = chance.sample(GROUPS, chance.randint(1, len(GROUPS)))
    relief = shop.maybe(_relief(shop), 8)
    lines: list[BasketLine] = []
    for number in range(count):
        group = chance.choice(groups)
        agreed = shop.one_in(12)
        lines.append(
            BasketLine(
                key=f"line-{number:02}",
                variant_id=chance.choice(variants),
                quantity=chance.choice((1, 1, 2, 3, chance.randint(1, 40))),
                group=group,
                tax_country=zone_of[group],
                relief=relief,
                override=shop.maybe(Override(unit=shop.amount(), by="staff:one", reason="scratched"), 12),
                discounts=tuple(
                    Allocation(f"agreed:{position}", shop.amount()) for position in range(chance.randint(1, 3))
                )
                if agreed
                else (),
                discountable=not shop.one_in(15),
                inside_fees=(("reduced", Decimal("0.1")),) if relief is not None and shop.one_in(2) else (),
            )
        )
    return tuple(lines)


def _deliveries(shop: Shop, lines: Sequence[BasketLine]) -> tuple[DeliveryCharge, ...]:
    chance = shop.chance
    return tuple(
        DeliveryCharge(
            group=group,
            method_id=some(shop, "method"),
            amount=chance.choice((0, chance.randint(0, 99), chance.randint(0, 5_000))),
            tax_category=chance.choice(CATEGORIES),
            includes_tax=chance.random() < 0.7,
            tax_country=shop.maybe(chance.choice(ZONES)),
            relief=shop.maybe(_relief(shop), 8),
        )
        for group in sorted({line.group for line in lines})
        if chance.random() < 0.7
    )


def _circumstances(shop: Shop, rules: Sequence[Promotion]) -> Circumstances:
    chance = shop.chance
    at: datetime = shop.now + timedelta(minutes=chance.choice((0, 0, chance.randint(-3_000, 3_000))))
    if shop.now != AT and not shop.one_in(4):
        at = shop.now + timedelta(minutes=15 * chance.randint(-6, 6))
    offered = [each for each in rules if each.conditions.code and not shop.one_in(4)]
    offered += [each for each in rules if shop.one_in(12)]
    chance.shuffle(offered)
    codes = [(f"CODE{number}", each.id) for number, each in enumerate(offered)]
    if shop.one_in(6):
        codes.append(("GONE", uid(666)))
    return Circumstances(
        at=at,
        zone=shop.zone,
        channel_id=shop.maybe(some(shop, "channel"), 1),
        store_id=shop.maybe(some(shop, "store")),
        customer_id=shop.maybe(some(shop, "customer")),
        groups=tuple({some(shop, "group") for _ in range(chance.randint(0, 2))}),
        orders_before=chance.choice((None, 0, 0, 3)),
        tender=chance.choice((None, "card", "cash")),
        codes=tuple(codes),
        without=tuple(each.id for each in rules if shop.one_in(20)),
    )
