"""A promotion made ready for use: its stage, its rank, what it asks for, and whom it is for."""

from collections.abc import Callable, Container, Sequence
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Final
from uuid import UUID

from commerce.kernel.money import rounded
from commerce.price_engine.promotion import (
    EVERYTHING,
    NO_CONDITIONS,
    AmountOff,
    BundlePrice,
    BuyGet,
    DeliveryOff,
    Effect,
    FixedPrice,
    Gift,
    Hours,
    PercentOff,
    Promotion,
    Targets,
    Tier,
    Tiered,
)
from commerce.price_engine.window import ALWAYS

if TYPE_CHECKING:
    from commerce.price_engine.facts import ArticleFact, Circumstances
    from commerce.price_engine.trace import PromotionWhy

MINUTES_AN_HOUR: Final = 60
MONDAY_TO_SUNDAY: Final = 7
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


class Matcher:
    """Targets as sets of numbers, since those compare faster than ids."""

    __slots__ = (
        "brands",
        "categories",
        "everything",
        "excludes",
        "no_categories",
        "no_products",
        "no_variants",
        "products",
        "size",
        "variants",
    )

    def __init__(self, targets: Targets) -> None:
        self.variants = _numbers(targets.variants)
        self.products = _numbers(targets.products)
        self.categories = _numbers(targets.categories)
        self.brands = frozenset(targets.brands)
        self.no_variants = _numbers(targets.not_variants)
        self.no_products = _numbers(targets.not_products)
        self.no_categories = _numbers(targets.not_categories)
        self.size = len(self.variants) + len(self.products) + len(self.categories) + len(self.brands)
        self.everything = not self.size
        self.excludes = bool(self.no_variants or self.no_products or self.no_categories)

    def __call__(self, article: "ArticleFact") -> bool:
        """Says whether an article is among the targets."""
        if self.excludes and self.leaves_out(article):
            return False
        return (
            self.everything
            or article.variant_id.int in self.variants
            or article.product_id.int in self.products
            or (bool(article.brand) and article.brand in self.brands)
            or (bool(self.categories) and any(each.int in self.categories for each in article.categories))
        )

    def leaves_out(self, article: "ArticleFact") -> bool:
        """Says whether an article is among those that the targets leave out again."""
        return (
            article.variant_id.int in self.no_variants
            or article.product_id.int in self.no_products
            or (bool(self.no_categories) and any(each.int in self.no_categories for each in article.categories))
        )


class Need:
    """What the basket must hold: so many units of what is matched, worth so much."""

    __slots__ = ("amount", "matches", "quantity")

    def __init__(self, matches: Matcher, quantity: int, amount: int) -> None:
        self.matches, self.quantity, self.amount = matches, quantity, amount


class Offer:
    """One promotion, compiled. `rank` is its place among all: the higher priority first, then the lower id.

    `asks` is what stages 1 and 3 and deliveries take off; where that goes by tiers, `tiers` has them, the highest first.
    An article that was found by targets takes part, unless it is left out again (`excludes`), bound another way
    (`fulfilment`), or there are several targets (`apart`: parts of a bundle, what is bought and got); any of it: `doubtful`.
    """

    __slots__ = (
        "_matches",
        "alone",
        "apart",
        "asks",
        "code",
        "conditional",
        "conditions",
        "currency",
        "doubtful",
        "effect",
        "excludes",
        "exclusion",
        "fulfilment",
        "id",
        "limited",
        "needs",
        "parts",
        "priority",
        "promotion",
        "rank",
        "source",
        "stage",
        "tiers",
        "version",
        "window",
    )

    def __init__(self, promotion: Promotion, rank: int, matchers: dict[Targets, Matcher]) -> None:
        conditions, effect = promotion.conditions, promotion.effect
        self.promotion, self.rank, self.effect, self.conditions = promotion, rank, effect, conditions
        self.id, self.version, self.priority = promotion.id, promotion.version, promotion.priority
        self.alone, self.exclusion, self.limited = promotion.alone, promotion.exclusion, promotion.limited
        self.currency, self.code = promotion.currency, conditions.code
        self.window = None if promotion.window is ALWAYS else promotion.window
        self.source = f"promotion:{promotion.id}"
        self.fulfilment = conditions.fulfilment
        self.stage, self.asks, self.tiers = _stage(effect)
        self.conditional = conditions is not NO_CONDITIONS and bool(
            conditions.channels
            or conditions.stores
            or conditions.groups
            or conditions.customers
            or conditions.first_order
            or conditions.hours
            or conditions.tenders
        )
        self._matches: Matcher | None = None
        targets = promotion.targets
        self.excludes = bool(targets.not_variants or targets.not_products or targets.not_categories)
        self.parts: tuple[Matcher, ...] = ()
        if isinstance(effect, BundlePrice):
            self.parts = tuple(_matcher(part.targets, matchers) for part in effect.parts)
        elif isinstance(effect, BuyGet) and effect.get_targets is not None:
            self.parts = (_matcher(effect.get_targets, matchers),)
        self.apart = bool(self.parts)
        self.doubtful = self.apart or self.excludes or bool(self.fulfilment)
        self.needs = tuple(
            Need(_matcher(need.targets, matchers), need.quantity, need.amount) for need in conditions.needs
        )

    @property
    def matches(self) -> Matcher:
        """The targets; made when they are first asked for, since most offers are found without."""
        found = self._matches
        if found is None:
            found = self._matches = Matcher(self.promotion.targets)
        return found

    def why_not(
        self, currency: str | None, around: "Circumstances", wall: datetime, offered: Container[UUID]
    ) -> "PromotionWhy | None":
        """Says which condition does not hold here and now, whatever is in the basket; None when all of them do.

        `offered` are the promotions of which a code was offered. Without a currency, that is not looked at.
        """
        if self.window is not None and not self.window.holds(around.at, wall):
            return "not_now"
        if self.conditional:
            why = self._why_not_for_them(around, wall)
            if why is not None:
                return why
        if self.currency is not None and currency is not None and self.currency != currency:
            return "other_currency"
        if self.code and self.id not in offered:
            return "no_code"
        return "used_up" if around.without and self.id in around.without else None

    def _why_not_for_them(self, around: "Circumstances", wall: datetime) -> "PromotionWhy | None":
        named = self.conditions
        if named.channels and around.channel_id not in named.channels:
            return "other_channel"
        if named.stores and around.store_id not in named.stores:
            return "other_store"
        if named.groups and not any(each in named.groups for each in around.groups):
            return "other_group"
        if named.customers and around.customer_id not in named.customers:
            return "other_customer"
        if named.first_order and around.orders_before != 0:
            return "not_first_order"
        if named.hours and not any(_within(each, wall) for each in named.hours):
            return "other_hours"
        return "other_tender" if named.tenders and around.tender not in named.tenders else None


by_rank: Final[Callable[[Offer], int]] = attrgetter("rank")


def reached(tiers: Sequence[tuple[int, Asks]], there: int) -> Asks | None:
    """Gives what the highest tier that is reached asks for, or None when none is."""
    return next((asks for at_least, asks in tiers if there >= at_least), None)


def _numbers(ids: tuple[UUID, ...]) -> frozenset[int]:
    return frozenset([each.int for each in ids]) if ids else NOTHING


NOTHING: Final[frozenset[int]] = frozenset()
_EVERYTHING: Final = Matcher(EVERYTHING)


def _matcher(targets: Targets, known: dict[Targets, Matcher]) -> Matcher:
    if targets is EVERYTHING:
        return _EVERYTHING
    found = known.get(targets)
    if found is None:
        found = known[targets] = Matcher(targets)
    return found


def _within(hours: Hours, wall: datetime) -> bool:
    minute, weekday = wall.hour * MINUTES_AN_HOUR + wall.minute, wall.isoweekday()
    if hours.until >= hours.since:
        return hours.since <= minute < hours.until and (not hours.weekdays or weekday in hours.weekdays)
    if minute >= hours.since:
        return not hours.weekdays or weekday in hours.weekdays
    yesterday = weekday - 1 or MONDAY_TO_SUNDAY
    return minute < hours.until and (not hours.weekdays or yesterday in hours.weekdays)


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
    """Asks for a share of what is left: the price that remains is rounded, not the discount (0020)."""
    numerator, denominator = rate.as_integer_ratio()
    remains = denominator - numerator

    def asks(left: int, _units: int) -> int:
        return left - rounded(left * remains, denominator)

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
