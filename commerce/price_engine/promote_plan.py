"""Which promotions hold for a basket, and which lines take part in them: settled once, before anything is taken off."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from commerce.price_engine.facts import Circumstances
from commerce.price_engine.offer import Asks, Offer, Stage, by_rank, reached
from commerce.price_engine.promotion import BundlePrice, Fulfilment
from commerce.price_engine.promotion_index import PromotionIndex
from commerce.price_engine.promotion_terms import Matcher, Terms
from commerce.price_engine.work import LineWork, Passed

STAGES: Final = len(Stage) + 1
MANY: Final = 8
"""Where more targets than this come on a line, each line is looked at instead of each target."""
Bound = tuple[Fulfilment, ...]
Some = int
"""Some lines of a basket as bits of a number: the first line is bit 0. Sets of lines are joined and compared in one step."""
Shelf = dict[int, Some]
NO_ARTICLE: Final = Passed("no_article")


class Lines:
    """The lines of a basket, found by what they are of: a target costs a look-up, and not a comparison with each line."""

    __slots__ = ("_bound", "_brands", "_categories", "_found", "_listed", "_products", "_totals", "_variants", "all")

    def __init__(self, lines: Sequence[LineWork]) -> None:
        self.all = lines
        self._found: dict[Matcher, Some] = {}
        self._bound: dict[Bound, Some] = {}
        self._totals: dict[Some, tuple[int, int]] = {}
        self._listed: dict[Some, list[LineWork]] = {}
        self._variants: Shelf = {}
        self._products: Shelf = {}
        self._categories: Shelf = {}
        self._brands: dict[str, Some] = {}

    def of(self, matches: Matcher) -> Some:
        """Gives the lines whose article is matched."""
        found = self._found.get(matches)
        if found is None:
            found = self._found[matches] = self._matched(matches)
        return found

    def bound(self, how: Bound) -> Some:
        """Gives the lines that are bound in one of these ways."""
        found = self._bound.get(how)
        if found is None:
            found = self._bound[how] = self._where(line.fulfilment in how for line in self.all)
        return found

    def totals(self, some: Some) -> tuple[int, int]:
        """Gives units and amount of some lines, before any discount."""
        found = self._totals.get(some)
        if found is None:
            lines = self.listed(some)
            found = sum(line.quantity for line in lines), sum(line.subtotal for line in lines)
            self._totals[some] = found
        return found

    def listed(self, some: Some) -> list[LineWork]:
        """Gives some lines by themselves, in their order; the same list for the same lines, not to be changed."""
        found = self._listed.get(some)
        if found is None:
            found = self._listed[some] = [line for place, line in enumerate(self.all) if some >> place & 1]
        return found

    def _where(self, holds: Iterable[bool]) -> Some:
        return sum(1 << place for place, each in enumerate(holds) if each)

    def _matched(self, matches: Matcher) -> Some:
        if matches.size + matches.not_size > MANY * len(self.all):
            return self._where(matches(line.article) for line in self.all)
        if not self._variants:
            self._shelve()
        some = (1 << len(self.all)) - 1
        if not matches.everything:
            some = self._any(matches.variants, matches.products, matches.categories)
            for brand in matches.brands:
                some |= self._brands.get(brand, 0)
        if matches.excludes:
            some &= ~self._any(matches.no_variants, matches.no_products, matches.no_categories)
        return some

    def _any(self, variants: Iterable[int], products: Iterable[int], categories: Iterable[int]) -> Some:
        some = 0
        for each in variants:
            some |= self._variants.get(each, 0)
        for each in products:
            some |= self._products.get(each, 0)
        for each in categories:
            some |= self._categories.get(each, 0)
        return some

    def _shelve(self) -> None:
        for place, line in enumerate(self.all):
            article, bit = line.article, 1 << place
            self._variants[article.variant_id.int] = self._variants.get(article.variant_id.int, 0) | bit
            self._products[article.product_id.int] = self._products.get(article.product_id.int, 0) | bit
            for category in article.categories:
                self._categories[category.int] = self._categories.get(category.int, 0) | bit
            if article.brand:
                self._brands[article.brand] = self._brands.get(article.brand, 0) | bit


class Plan:
    """What can have its turn. `turns` has for each line the promotions of the first stage, `stages` those of the others, by rank.

    `takers` are the lines that take part, `asks` what is asked off by promotions of stages 1 and 3. `passed` has those that
    cannot have a turn, and `seen` all that were looked at.
    """

    __slots__ = (
        "_around",
        "_currency",
        "_offered",
        "_takers",
        "_wall",
        "asks",
        "lines",
        "passed",
        "seen",
        "stages",
        "takers",
        "turns",
    )

    def __init__(
        self,
        lines: Sequence[LineWork],
        index: PromotionIndex,
        currency: str,
        around: Circumstances,
        wall: datetime,
    ) -> None:
        self._currency, self._around, self._wall = currency, around, wall
        self._offered: frozenset[UUID] = frozenset([promotion for _, promotion in around.codes])
        self.lines = Lines(lines)
        self._takers: Some = sum(1 << place for place, line in enumerate(lines) if line.takes)
        self.turns: dict[LineWork, list[Offer]] = {line: [] for line in lines if line.takes}
        self.stages: list[list[Offer]] = [[] for _ in range(STAGES)]
        self.takers: dict[Offer, list[LineWork]] = {}
        self.asks: dict[Offer, Asks] = {}
        self.passed: dict[Offer, Passed] = {}
        found = self._found(index)
        self.seen: Collection[Offer] = found
        judged: dict[Terms, Passed | None] = {}
        for offer in sorted(found, key=by_rank):
            terms = offer.terms
            if terms in judged:
                passed = judged[terms]
            else:
                passed = judged[terms] = self._terms(terms)
            if passed is None:
                some = found[offer]
                plain = offer.plain and not around.without
                passed = self._join(offer, offer.asks, some) if plain else self._judged(offer, some)
            if passed is not None:
                self.passed[offer] = passed

    def why_not(self, offer: Offer) -> Passed:
        """Gives why a promotion that nothing led to could not have its turn."""
        return self._terms(offer.terms) or self._unopened(offer) or NO_ARTICLE

    def _terms(self, terms: Terms) -> Passed | None:
        why = terms.why_not(self._currency, self._around, self._wall)
        return None if why is None else Passed(why)

    def _unopened(self, offer: Offer) -> Passed | None:
        if offer.code and offer.id not in self._offered:
            return Passed("no_code")
        return Passed("used_up") if offer.id in self._around.without else None

    def _found(self, index: PromotionIndex) -> dict[Offer, Some]:
        """Gives every promotion that could hold, with the lines that it was found by."""
        found: dict[Offer, Some] = dict.fromkeys(index.everywhere, self._takers)
        for place, line in enumerate(self.lines.all):
            if line.takes:
                bit = 1 << place
                for offer in index.for_article(line.article):
                    found[offer] = found.get(offer, 0) | bit
        for identifier in self._offered:
            for opened in index.by_id.get(identifier, ()):
                if opened not in found:
                    found[opened] = self._takers & self.lines.of(opened.matches)
        return found

    def _judged(self, offer: Offer, some: Some) -> Passed | None:
        """Gives a promotion its turns, or says what beside its terms keeps it from them."""
        missing = self._unopened(offer) or self._missing(offer)
        if missing is not None:
            return missing
        if offer.apart:
            some = self._about(offer)
        elif offer.excludes:
            some &= self.lines.of(offer.matches)
        if offer.fulfilment and some:
            some &= self.lines.bound(offer.fulfilment)
            if not some:
                return Passed("other_fulfilment")
        asks = offer.asks
        if offer.tiers and some:
            by_amount = offer.stage is Stage.ORDER
            there = self.lines.totals(some)[by_amount]
            asks = reached(offer.tiers, there)
            if asks is None:
                return Passed("needs_amount" if by_amount else "needs_quantity", needed=offer.tiers[-1][0], there=there)
        return self._join(offer, asks, some)

    def _missing(self, offer: Offer) -> Passed | None:
        """Says which of its needs the basket does not hold."""
        for need in offer.needs:
            some = self.lines.of(need.matches)
            if offer.fulfilment:
                some &= self.lines.bound(offer.fulfilment)
            units, amount = self.lines.totals(some)
            if units < need.quantity:
                return Passed("needs_quantity", needed=need.quantity, there=units)
            if amount < need.amount:
                return Passed("needs_amount", needed=need.amount, there=amount)
        return None

    def _join(self, offer: Offer, asks: Asks | None, some: Some) -> Passed | None:
        """Lets lines take part, if there are any."""
        if not some:
            return NO_ARTICLE
        if asks is not None:
            self.asks[offer] = asks
        lines = self.lines.listed(some)
        if offer.stage is Stage.LINES:
            turns = self.turns
            for line in lines:
                turns[line].append(offer)
        else:
            self.takers[offer] = lines
            self.stages[offer.stage].append(offer)
        return None

    def _about(self, offer: Offer) -> Some:
        """Gives the lines that a promotion with several targets is about, of those that take promotions at all."""
        of_targets, of_parts = self.lines.of(offer.matches), 0
        for part in offer.parts:
            of_parts |= self.lines.of(part)
        about = of_targets & of_parts if isinstance(offer.effect, BundlePrice) else of_targets | of_parts
        return self._takers & about
