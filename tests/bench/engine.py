"""The price engine by itself, in CPU time of one core: a basket of twenty lines in a shop with many live promotions, five without any."""

import gc
import random
import time
from collections.abc import Mapping
from statistics import median
from typing import Any

from msgspec.structs import replace

from commerce.price_engine import NO_PROMOTIONS, price
from tests.bench.house import House
from tests.bench.row import Figures
from tests.price_engine import shop

BASKETS, ROUNDS = 40, 5


def _milliseconds(live: int, lines: int) -> Mapping[str, Any]:
    facts = replace(shop.facts(), promotions=shop.index(live) if live else NO_PROMOTIONS)
    chance = random.Random(5)
    baskets = [shop.basket(lines, chance) for _ in range(BASKETS)]
    taken: list[int] = []
    gc.collect()
    gc.freeze()  # as the server does with what start-up made
    for basket in baskets * (1 + ROUNDS):
        began = time.process_time_ns()
        price(basket, facts)
        taken.append(time.process_time_ns() - began)
    gc.unfreeze()
    ordered = sorted(taken[BASKETS:])
    return {
        "median_ms": median(ordered) / 1_000_000,
        "p95_ms": ordered[len(ordered) * 95 // 100] / 1_000_000,
        "lines": lines,
        "promotions": live,
    }


async def _among_none(_house: House) -> Mapping[str, Any]:
    return _milliseconds(0, 5)


async def _among_200(_house: House) -> Mapping[str, Any]:
    return _milliseconds(200, 20)


async def _among_10000(_house: House) -> Mapping[str, Any]:
    return _milliseconds(10_000, 20)


ROWS = [
    Figures(name="engine.0", measure=_among_none),
    Figures(name="engine.200", measure=_among_200),
    Figures(name="engine.10000", measure=_among_10000),
]
