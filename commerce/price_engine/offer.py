"""A promotion made ready for use: its stage, its rank, and what it asks for."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from operator import attrgetter
from typing import Final

from commerce.price_engine.promotion import (
    AmountOff,
    BundlePrice,
    BuyGet,
    DeliveryOff,
    Effect,
    FixedPrice,
    Gift,
    Needs,
    PercentOff,
    Promotion,
    Tier,
    Tiered,
)
from commerce.price_engine.promotion_terms import Matcher, Shared

Asks = Callable[[int, int], int]
"""What is asked off an amount that is left of so many units; may be more than that, or less than nothing."""


class Stage(IntEnum):
    """When a promotion has its turn, by its effect."""

    LINES = 1
    SETS = 2
    ORDER = 3
    GIFTS = 4
    DELIVERY = 5
    POINTS = 6


class Need:
    """What the basket must hold: so many units of what is matched, worth so much."""

    __slots__ = ("amount", "matches", "quantity")

    def __init__(self, matches: Matcher, quantity: int, amount: int) -> None:
        self.matches, self.quantity, self.amount = matches, quantity, amount


class Offer:
    """One promotion, compiled. `rank` is its place among all: the higher priority first, then the lower id.

    `asks` is what stages 1 and 3 and deliveries take off; where that goes by tiers, `tiers` has them, the highest first.
    An article that was found by targets takes part, unless it is left out again (`excludes`), bound another way
    (`fulfilment`), or there are several targets (`apart`: parts of a bundle, what is bought and got). One that is `plain`
    has nothing to be judged but its `terms`.
    """

    __slots__ = (
        "_matches",
        "alone",
        "apart",
        "asks",
        "code",
        "effect",
        "excludes",
        "exclusion",
        "fulfilment",
        "id",
        "limited",
        "needs",
        "parts",
        "plain",
        "priority",
        "promotion",
        "rank",
        "source",
        "stage",
        "terms",
        "tiers",
        "version",
    )

    def __init__(self, promotion: Promotion, rank: int, shared: Shared) -> None:
        conditions, effect = promotion.conditions, promotion.effect
        self.promotion, self.rank, self.effect = promotion, rank, effect
        self.id, self.version, self.priority = promotion.id, promotion.version, promotion.priority
        self.alone, self.exclusion, self.limited = promotion.alone, promotion.exclusion, promotion.limited
        self.terms, self.code = shared.terms(promotion), conditions.code
        self.source = f"promotion:{promotion.id}"
        self.fulfilment = conditions.fulfilment
        self.stage, self.asks, self.tiers = _stage(effect)
        self._matches: Matcher | None = None
        targets = promotion.targets
        self.excludes = bool(targets.not_variants or targets.not_products or targets.not_categories)
        self.parts = _parts(effect, shared) if self.stage is Stage.SETS else ()
        self.apart = bool(self.parts)
        self.needs = _needs(conditions.needs, shared) if conditions.needs else ()
        self.plain = not (self.code or self.needs or self.apart or self.excludes or self.fulfilment or self.tiers)

    @property
    def matches(self) -> Matcher:
        """The targets; made when they are first asked for, since most offers are found without."""
        found = self._matches
        if found is None:
            found = self._matches = Matcher(self.promotion.targets)
        return found


by_rank: Final[Callable[[Offer], int]] = attrgetter("rank")


def reached(tiers: Sequence[tuple[int, Asks]], there: int) -> Asks | None:
    """Gives what the highest tier that is reached asks for, or None when none is."""
    return next((asks for at_least, asks in tiers if there >= at_least), None)


def _parts(effect: Effect, shared: Shared) -> tuple[Matcher, ...]:
    """The parts of a bundle, or what is got by buying something else."""
    if isinstance(effect, BundlePrice):
        return tuple([shared.matcher(part.targets) for part in effect.parts])
    if isinstance(effect, BuyGet) and effect.get_targets is not None:
        return (shared.matcher(effect.get_targets),)
    return ()


def _needs(needs: Sequence[Needs], shared: Shared) -> tuple[Need, ...]:
    return tuple([Need(shared.matcher(each.targets), each.quantity, each.amount) for each in needs])


def _stage(effect: Effect) -> tuple[Stage, Asks | None, tuple[tuple[int, Asks], ...]]:
    if isinstance(effect, PercentOff):
        return (Stage.LINES if effect.of == "line" else Stage.ORDER), percentage(effect.rate), ()
    if isinstance(effect, AmountOff):
        return (Stage.LINES if effect.of == "unit" else Stage.ORDER), _each(effect.amount), ()
    if isinstance(effect, FixedPrice):
        return Stage.LINES, _down_to(effect.amount), ()
    if isinstance(effect, Tiered):
        tiers = sorted(effect.tiers, key=lambda each: -each.at_least)
        asked = tuple((each.at_least, _tier(each)) for each in tiers)
        return (Stage.LINES if effect.by == "quantity" else Stage.ORDER), None, asked
    if isinstance(effect, BuyGet | BundlePrice):
        return Stage.SETS, None, ()
    if isinstance(effect, Gift):
        return Stage.GIFTS, None, ()
    if isinstance(effect, DeliveryOff):
        return Stage.DELIVERY, _off_delivery(effect), ()
    return Stage.POINTS, None, ()


@lru_cache(maxsize=1_024)
def percentage(rate: Decimal) -> Asks:
    """Asks for a share of what is left: the price that remains is rounded half-up, not the discount (0020).

    `rounded` is written out: a basket among thousands of promotions asks this thousands of times.
    """
    numerator, denominator = rate.as_integer_ratio()
    remains, whole = 2 * (denominator - numerator), 2 * denominator

    def asks(left: int, _units: int) -> int:
        return left - (left * remains + denominator) // whole

    return asks


def _each(amount: int) -> Asks:
    def asks(_left: int, units: int) -> int:
        return amount * units

    return asks


def _down_to(price: int) -> Asks:
    def asks(left: int, units: int) -> int:
        return left - price * units

    return asks


def _tier(tier: Tier) -> Asks:
    return percentage(tier.rate) if tier.rate is not None else _each(tier.amount or 0)


def _off_delivery(effect: DeliveryOff) -> Asks:
    if effect.rate is not None:
        return percentage(effect.rate)
    return _each(effect.amount) if effect.amount is not None else _down_to(effect.price or 0)
