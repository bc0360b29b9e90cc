"""Random promotions of every kind; most hold, so that they meet."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from commerce.price_engine import (
    ALWAYS,
    EVERYTHING,
    AmountOff,
    BundlePrice,
    BuyGet,
    Conditions,
    DeliveryOff,
    Effect,
    FixedPrice,
    Gift,
    Hours,
    Needs,
    Part,
    PercentOff,
    Points,
    Promotion,
    Targets,
    Tier,
    Tiered,
)

if TYPE_CHECKING:
    from tests.price_engine.baskets import Shop

SHARES = ["0.05", "0.1", "0.15", "0.333", "0.5", "0.07", "1"]
FIRST_ID = {"channel": 0xC0, "store": 0x50, "group": 0x60, "customer": 0xA0, "method": 0xD0}


def some(shop: "Shop", kind: str) -> UUID:
    """One of two of a kind, mostly the first."""
    return UUID(int=FIRST_ID[kind] + shop.one_in(4))


def promotion(shop: "Shop", number: int, variants: Sequence[UUID]) -> Promotion:
    """A promotion whose id says nothing about when it was made."""
    chance = shop.chance
    return Promotion(
        id=UUID(int=(5 << 100) + chance.getrandbits(32) * 100 + number),
        version=chance.randint(1, 5),
        code=f"promotion-{number}",
        priority=chance.choice((0, 0, 0, 5, 10)),
        currency=shop.currency if not shop.one_in(15) else chance.choice((None, "USD")),
        targets=EVERYTHING if shop.one_in(2) else targets(shop, variants),
        conditions=Conditions() if shop.one_in(2) else conditions(shop, variants),
        effect=effect(shop, variants),
        exclusion=chance.choice((None, None, "offer", "sale")),
        alone=shop.one_in(8),
        limited=shop.one_in(3),
        window=shop.window() if shop.one_in(3) else ALWAYS,
    )


def targets(shop: "Shop", variants: Sequence[UUID]) -> Targets:
    """Some of what there is; sometimes of several kinds, sometimes only what is left out."""
    chance = shop.chance
    return Targets(
        variants=tuple(chance.sample(list(variants), chance.randint(0, min(2, len(variants)))))
        if shop.one_in(2)
        else (),
        products=(UUID(int=300 + chance.randrange(5)),) if shop.one_in(3) else (),
        categories=tuple({UUID(int=400 + chance.randrange(5)) for _ in range(2)}) if shop.one_in(2) else (),
        brands=(chance.choice(("acme", "bolt")),) if shop.one_in(4) else (),
        not_variants=(chance.choice(list(variants)),) if shop.one_in(6) else (),
        not_products=(UUID(int=300 + chance.randrange(5)),) if shop.one_in(8) else (),
        not_categories=(UUID(int=400 + chance.randrange(5)),) if shop.one_in(8) else (),
    )


def conditions(shop: "Shop", variants: Sequence[UUID]) -> Conditions:
    """One or the other condition."""
    chance = shop.chance
    return Conditions(
        channels=(some(shop, "channel"),) if shop.one_in(8) else (),
        stores=(some(shop, "store"),) if shop.one_in(12) else (),
        groups=(some(shop, "group"),) if shop.one_in(8) else (),
        customers=(some(shop, "customer"),) if shop.one_in(12) else (),
        first_order=shop.one_in(8),
        hours=tuple(_hours(shop) for _ in range(chance.randint(1, 2))) if shop.one_in(6) else (),
        tenders=("card",) if shop.one_in(12) else (),
        fulfilment=chance.choice((("pickup",), ("ship",), ("ship", "none"), ("pickup", "ship")))
        if shop.one_in(4)
        else (),
        needs=tuple(
            Needs(
                targets=EVERYTHING if shop.one_in(2) else targets(shop, variants),
                quantity=chance.choice((0, 1, 5)),
                amount=chance.choice((0, shop.amount())),
            )
            for _ in range(chance.randint(1, 2))
        )
        if shop.one_in(4)
        else (),
        code=shop.one_in(3),
    )


def _hours(shop: "Shop") -> Hours:
    since, until = shop.chance.randrange(1441), shop.chance.randrange(1441)
    weekdays = tuple(shop.chance.sample(range(1, 8), 4)) if shop.one_in(3) else ()
    return Hours(since=since, until=until, weekdays=weekdays)


def effect(shop: "Shop", variants: Sequence[UUID]) -> Effect:
    """Any effect."""
    chance = shop.chance
    rate = Decimal(chance.choice(SHARES))
    times_most = shop.maybe(chance.randint(1, 3), 3)
    match chance.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 9, 9, 9, 10, 11, 12)):
        case 0 | 1:
            return PercentOff(rate=rate)
        case 2:
            return PercentOff(rate=rate, of="order")
        case 3:
            return AmountOff(amount=shop.amount())
        case 4:
            return AmountOff(amount=shop.amount(), of="order")
        case 5:
            return FixedPrice(amount=shop.amount())
        case 6:
            return Tiered(by="quantity", tiers=_tiers(shop, (1, 2, 5, 12)))
        case 7:
            return Tiered(by="amount", tiers=_tiers(shop, (1, 50, 2_000, 90_000)))
        case 8:
            got = targets(shop, variants) if shop.one_in(2) else None
            buy, get = chance.randint(1, 3), chance.randint(1, 2)
            return BuyGet(buy=buy, get=get, rate=rate, get_targets=got, times_most=times_most)
        case 9:
            parts = tuple(
                Part(targets=EVERYTHING if shop.one_in(4) else targets(shop, variants), quantity=chance.randint(1, 3))
                for _ in range(chance.randint(1, 3))
            )
            return BundlePrice(parts=parts, amount=chance.choice((0, shop.amount())), times_most=times_most)
        case 10:
            # Sometimes of an article that the shop does not know.
            return Gift(variant_id=chance.choice([*variants, UUID(int=1)]), quantity=chance.randint(1, 2))
        case 11:
            methods = (some(shop, "method"),) if shop.one_in(3) else ()
            how = chance.randrange(3)
            return DeliveryOff(
                rate=rate if how == 0 else None,
                amount=chance.randint(1, 600) if how == 1 else None,
                price=chance.randint(0, 600) if how == 2 else None,
                methods=methods,
            )
        case _:
            return Points(times=Decimal(chance.choice(("1.5", "2", "3"))))


def _tiers(shop: "Shop", steps: Sequence[int]) -> tuple[Tier, ...]:
    chance = shop.chance
    chosen = chance.sample(list(steps), chance.randint(1, 3))
    return tuple(
        Tier(at_least=step, rate=Decimal(chance.choice(SHARES)))
        if shop.one_in(2)
        else Tier(at_least=step, amount=shop.amount())
        for step in chosen
    )
