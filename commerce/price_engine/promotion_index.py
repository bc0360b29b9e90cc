"""Promotions compiled for finding: those that an article could take, without a look at the others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from commerce.price_engine.facts import ArticleFact, Circumstances
from commerce.price_engine.offer import Offer
from commerce.price_engine.promotion import BundlePrice, BuyGet, Gift, Promotion, Targets
from commerce.price_engine.promotion_terms import Shared
from commerce.price_engine.window import wall_clock

Shelf = dict[int, list[Offer]]


class PromotionIndex:
    """Any number of promotions, found by variant, product, category and brand. Immutable; `version` names the set.

    A promotion that demands a code is found by its id only, once a code of it was offered. Several versions of one promotion
    may be there, of which no two hold at one instant: the one in force, and the one that waits for its turn.
    """

    __slots__ = ("_brands", "_categories", "_products", "_variants", "all", "by_id", "everywhere", "gifts", "version")

    def __init__(self, promotions: Iterable[Promotion], *, version: int = 0) -> None:
        self.all: tuple[Promotion, ...] = tuple(sorted(promotions, key=_by_id))
        self.version = version
        shared = Shared()
        ranked = sorted(self.all, key=lambda each: -each.priority)
        offers = [Offer(each, place, shared) for place, each in enumerate(ranked)]
        by_id: dict[UUID, list[Offer]] = {}
        for offer in offers:
            by_id.setdefault(offer.id, []).append(offer)
        self.by_id: Mapping[UUID, Sequence[Offer]] = by_id
        self.gifts = tuple(each for each in offers if isinstance(each.effect, Gift))
        self._variants: Shelf = {}
        self._products: Shelf = {}
        self._categories: Shelf = {}
        self._brands: dict[str, list[Offer]] = {}
        self.everywhere = tuple(each for each in offers if not each.code and not self._shelved(each))

    def _shelved(self, offer: Offer) -> bool:
        """Puts an offer where its articles will find it; says so, since one for every article has no such place."""
        sought = _sought(offer.promotion)
        for targets in sought:
            for each in targets.variants:
                self._variants.setdefault(each.int, []).append(offer)
            for each in targets.products:
                self._products.setdefault(each.int, []).append(offer)
            for each in targets.categories:
                self._categories.setdefault(each.int, []).append(offer)
            for brand in targets.brands:
                self._brands.setdefault(brand, []).append(offer)
        return bool(sought)

    def for_article(self, article: ArticleFact) -> list[Offer]:
        """Gives the offers that name the article, its product, one of its categories or its brand, each once.

        What an offer leaves out again has not been looked at, and offers for everything (`everywhere`) are not among them.
        """
        found = list(self._variants.get(article.variant_id.int, ()))
        found += self._products.get(article.product_id.int, ())
        of_categories = self._categories
        if of_categories:
            for category in article.categories:
                found += of_categories.get(category.int, ())
        if article.brand:
            found += self._brands.get(article.brand, ())
        return list(dict.fromkeys(found)) if len(found) > 1 else found

    def candidates(self, articles: Iterable[ArticleFact], codes: Iterable[UUID] = ()) -> tuple[Promotion, ...]:
        """Gives every promotion that pricing these articles looks at, when codes of these promotions were offered, by id.

        An index of these alone prices a basket of the articles as this one does, with the same trace.
        """
        found = set(self.everywhere)
        for article in articles:
            found.update(self.for_article(article))
        for each in codes:
            found.update(self.by_id.get(each, ()))
        return tuple(sorted((each.promotion for each in found), key=_by_id))

    def gift_variants(self, around: Circumstances) -> tuple[UUID, ...]:
        """Gives the articles that could be given for nothing in these circumstances, so that their facts can be read."""
        if not self.gifts:
            return ()
        wall = wall_clock(around.at, around.zone)
        offered = {promotion for _, promotion in around.codes}
        found = {
            each.effect.variant_id: None
            for each in self.gifts
            if isinstance(each.effect, Gift)
            and (not each.code or each.id in offered)
            and each.terms.why_not(None, around, wall) is None
        }
        return tuple(sorted(found, key=lambda each: each.int))


def _by_id(promotion: Promotion) -> tuple[int, int]:
    return promotion.id.int, promotion.version


def _sought(promotion: Promotion) -> tuple[Targets, ...]:
    """By which targets a promotion is found: enough that each basket finds it in which it could do something; none: by all."""
    if _named(promotion.targets):
        return (promotion.targets,)
    effect = promotion.effect
    sought: tuple[Targets, ...] = ()
    if isinstance(effect, BuyGet) and effect.get_targets is not None:
        sought = (effect.get_targets,)
    elif isinstance(effect, BundlePrice):
        sought = tuple(part.targets for part in effect.parts)
    return tuple(targets for targets in sought if _named(targets))


def _named(targets: Targets) -> bool:
    return bool(targets.variants or targets.products or targets.categories or targets.brands)


NO_PROMOTIONS: Final = PromotionIndex(())
