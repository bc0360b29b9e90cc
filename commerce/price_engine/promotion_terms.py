"""For whom, when and for what promotions are: compiled, and one of each for all promotions that say the same."""

from datetime import datetime
from typing import Final
from uuid import UUID

from commerce.price_engine.facts import ArticleFact, Circumstances
from commerce.price_engine.promotion import EVERYTHING, NO_CONDITIONS, Hours, Promotion, Targets
from commerce.price_engine.trace import PromotionWhy

MINUTES_AN_HOUR: Final = 60
MONDAY_TO_SUNDAY: Final = 7
NOTHING: Final[frozenset[int]] = frozenset()


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
        "not_size",
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
        self.not_size = len(self.no_variants) + len(self.no_products) + len(self.no_categories)
        self.excludes = bool(self.not_size)

    def __call__(self, article: ArticleFact) -> bool:
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

    def leaves_out(self, article: ArticleFact) -> bool:
        """Says whether an article is among those that the targets leave out again."""
        return (
            article.variant_id.int in self.no_variants
            or article.product_id.int in self.no_products
            or (bool(self.no_categories) and any(each.int in self.no_categories for each in article.categories))
        )


class Terms:
    """Whom a promotion is for, and when. Campaigns have many promotions with the same terms: a basket judges those once."""

    __slots__ = ("_conditions", "_currency", "_window")

    def __init__(self, promotion: Promotion) -> None:
        self._window, self._conditions, self._currency = promotion.window, promotion.conditions, promotion.currency

    def why_not(self, currency: str | None, around: Circumstances, wall: datetime) -> "PromotionWhy | None":
        """Says which condition does not hold here and now; None when all of them do. Without a currency, that is not looked at."""
        named = self._conditions
        if not self._window.holds(around.at, wall):
            return "not_now"
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
        if named.tenders and around.tender not in named.tenders:
            return "other_tender"
        return None if self._currency is None or currency is None or self._currency == currency else "other_currency"


class Shared:
    """What promotions have in common while an index is made of them."""

    __slots__ = ("_matchers", "_terms")

    def __init__(self) -> None:
        self._matchers: dict[Targets, Matcher] = {EVERYTHING: Matcher(EVERYTHING)}
        self._terms: dict[object, Terms] = {}

    def matcher(self, targets: Targets) -> Matcher:
        """Gives the compiled targets."""
        found = self._matchers.get(targets)
        if found is None:
            found = self._matchers[targets] = Matcher(targets)
        return found

    def terms(self, promotion: Promotion) -> Terms:
        """Gives the compiled terms."""
        named = promotion.conditions
        rest: tuple[object, ...] = NO_TERMS
        if named is not NO_CONDITIONS:
            rest = (
                named.channels,
                named.stores,
                named.groups,
                named.customers,
                named.first_order,
                named.hours,
                named.tenders,
            )
        key = (promotion.window, promotion.currency, rest)
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = Terms(promotion)
        return found


NO_TERMS: Final[tuple[object, ...]] = ((), (), (), (), False, (), ())


def _numbers(ids: tuple[UUID, ...]) -> frozenset[int]:
    return frozenset([each.int for each in ids]) if ids else NOTHING


def _within(hours: Hours, wall: datetime) -> bool:
    minute, weekday = wall.hour * MINUTES_AN_HOUR + wall.minute, wall.isoweekday()
    if hours.until >= hours.since:
        return hours.since <= minute < hours.until and (not hours.weekdays or weekday in hours.weekdays)
    if minute >= hours.since:
        return not hours.weekdays or weekday in hours.weekdays
    yesterday = weekday - 1 or MONDAY_TO_SUNDAY
    return minute < hours.until and (not hours.weekdays or yesterday in hours.weekdays)
