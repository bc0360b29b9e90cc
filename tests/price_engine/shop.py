"""A shop with many promotions at once, spread as a shop has them: some for everything, the rest for articles, categories, brands."""

import random
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from commerce.price_engine import (
    EVERYTHING,
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
)
from tests.given import engine as given

VARIANTS, PRODUCTS, BRANDS = 6_000, 2_000, 120
TOP, MIDDLE, LEAVES = 10, 60, 400
FOR_ALL = 100
"""One promotion in so many is for the whole shop."""
WEB, APP = UUID(int=0xC1), UUID(int=0xC2)
CLUB, STAFF = UUID(int=0x61), UUID(int=0x62)


def variant(number: int) -> UUID:
    """The id of an article."""
    return UUID(int=(1 << 100) + number)


def product(number: int) -> UUID:
    """The id of a product; it has three variants."""
    return UUID(int=(2 << 100) + number)


def category(number: int) -> UUID:
    """The id of a category."""
    return UUID(int=(3 << 100) + number)


def article(number: int) -> ArticleFact:
    """An article on a leaf of the tree of categories, with a brand."""
    of_product = number % PRODUCTS
    leaf = of_product % LEAVES
    middle, top = leaf % MIDDLE, leaf % TOP
    return ArticleFact(
        variant_id=variant(number),
        product_id=product(of_product),
        tax_category="standard",
        categories=(category(1_000 + leaf), category(100 + middle), category(top)),
        brand=f"brand {of_product % BRANDS}",
    )


def facts() -> Facts:
    """Facts of the whole shop, without promotions."""
    units = {variant(number): 199 + (number * 7_919) % 9_800 for number in range(VARIANTS)}
    return replace(given.facts(units), articles={variant(number): article(number) for number in range(VARIANTS)})


def basket(lines: int, chance: random.Random) -> Basket:
    """A basket of different articles, half of it collected, half sent."""
    chosen = chance.sample(range(VARIANTS), lines)
    return Basket(
        currency="EUR",
        country="ES",
        circumstances=Circumstances(
            at=given.AT, zone="Europe/Madrid", channel_id=WEB, groups=(CLUB,), orders_before=3, tender="card"
        ),
        lines=tuple(
            BasketLine(
                key=f"{place:02}",
                variant_id=variant(number),
                quantity=chance.choice((1, 1, 1, 2, 3, 6)),
                group="ship:post" if place % 2 else "pickup:shop",
            )
            for place, number in enumerate(chosen)
        ),
        deliveries=(
            DeliveryCharge(
                group="ship:post", method_id=UUID(int=0xD), amount=495, tax_category="standard", includes_tax=True
            ),
        )
        if lines > 1
        else (),
    )


def promotions(count: int, *, seed: int = 1, stacking: bool = False) -> list[Promotion]:
    """So many promotions that are live. With `stacking` all of them hold for everybody, and none excludes another."""
    chance = random.Random(seed)
    return [_promotion(number, chance, stacking=stacking) for number in range(count)]


def index(count: int, *, stacking: bool = False) -> PromotionIndex:
    """So many promotions, compiled."""
    return PromotionIndex(promotions(count, stacking=stacking), version=1)


def _promotion(number: int, chance: random.Random, *, stacking: bool) -> Promotion:
    for_all = number % FOR_ALL == 0
    targets = EVERYTHING if for_all else _targets(chance)
    exclusion = None if stacking else chance.choice((None, "offer", "offer", "brand week", "clearance"))
    return Promotion(
        id=UUID(int=(4 << 100) + chance.getrandbits(64)),
        version=1,
        code=f"promotion-{number}",
        priority=chance.choice((0, 0, 0, 10, 20)),
        currency="EUR",
        targets=targets,
        conditions=Conditions() if stacking else _conditions(chance),
        effect=_effect(chance, targets, for_all=for_all),
        exclusion=exclusion,
        alone=not stacking and chance.random() < 0.02,
        window=Window(starts_at=given.AT - timedelta(days=3), ends_at=given.AT + timedelta(days=chance.randint(1, 9))),
    )


def _targets(chance: random.Random) -> Targets:
    kind = chance.random()
    if kind < 0.35:
        return Targets(variants=tuple(variant(chance.randrange(VARIANTS)) for _ in range(chance.randint(1, 12))))
    if kind < 0.6:
        return Targets(products=tuple(product(chance.randrange(PRODUCTS)) for _ in range(chance.randint(1, 8))))
    if kind < 0.85:
        without = (product(chance.randrange(PRODUCTS)),) if chance.random() < 0.2 else ()
        return Targets(categories=(_some_category(chance),), not_products=without)
    return Targets(brands=(f"brand {chance.randrange(BRANDS)}",))


def _some_category(chance: random.Random) -> UUID:
    kind = chance.random()
    if kind < 0.02:
        return category(chance.randrange(TOP))
    return category(100 + chance.randrange(MIDDLE)) if kind < 0.2 else category(1_000 + chance.randrange(LEAVES))


def _conditions(chance: random.Random) -> Conditions:
    def one_in(times: int) -> bool:
        return chance.randrange(times) == 0

    return Conditions(
        channels=(chance.choice((WEB, APP)),) if one_in(5) else (),
        groups=(chance.choice((CLUB, STAFF)),) if one_in(8) else (),
        first_order=one_in(30),
        hours=(Hours(since=8 * 60, until=20 * 60),) if one_in(15) else (),
        tenders=(chance.choice(("card", "cash")),) if one_in(30) else (),
        fulfilment=(chance.choice(("pickup", "ship")),) if one_in(15) else (),
        needs=(Needs(amount=chance.choice((2_000, 5_000, 100_000))),) if one_in(6) else (),
        code=one_in(10),
    )


def _effect(chance: random.Random, targets: Targets, *, for_all: bool) -> Effect:
    rate = Decimal(chance.choice(("0.05", "0.1", "0.15", "0.2", "0.3")))
    everywhere: list[tuple[int, Effect]] = [
        (40, PercentOff(rate=rate)),
        (15, PercentOff(rate=rate, of="order")),
        (10, AmountOff(amount=1_000, of="order")),
        (10, Tiered(by="amount", tiers=(Tier(at_least=5_000, rate=rate), Tier(at_least=10_000, amount=2_500)))),
        (5, BuyGet(buy=4, get=1)),
        (12, DeliveryOff(rate=Decimal(1))),
        (5, Points(times=Decimal(2))),
        (3, Gift(variant_id=variant(7))),
    ]
    somewhere: list[tuple[int, Effect]] = [
        (60, PercentOff(rate=rate)),
        (10, AmountOff(amount=chance.choice((50, 100, 200)))),
        (6, FixedPrice(amount=1_999)),
        (6, Tiered(by="quantity", tiers=(Tier(at_least=2, rate=rate), Tier(at_least=6, amount=300)))),
        (4, BuyGet(buy=2, get=1)),
        (4, BuyGet(buy=1, get=1, rate=rate, get_targets=Targets(categories=(category(chance.randrange(TOP)),)))),
        (3, BundlePrice(parts=(Part(targets=targets, quantity=1), Part(targets=EVERYTHING, quantity=1)), amount=2_500)),
        (2, PercentOff(rate=rate, of="order")),
        (2, AmountOff(amount=500, of="order")),
        (1, DeliveryOff(amount=200)),
        (1, Points(times=Decimal("1.5"))),
        (1, Gift(variant_id=variant(8))),
    ]
    effects = everywhere if for_all else somewhere
    return chance.choices([each for _, each in effects], [weight for weight, _ in effects])[0]
