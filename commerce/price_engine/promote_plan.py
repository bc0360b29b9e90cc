"""Which promotions hold for a basket, and which lines take part in them: settled once, before anything is taken off."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from commerce.price_engine.facts import Circumstances
from commerce.price_engine.offer import Asks, Matcher, Offer, Stage, by_rank, reached
from commerce.price_engine.promotion import BundlePrice, Fulfilment
from commerce.price_engine.promotion_index import PromotionIndex
from commerce.price_engine.work import LineWork, Passed

STAGES: Final = len(Stage) + 1
MANY: Final = 8
"""Where more targets than this come on a line, each line is looked at instead of each target."""
Bound = tuple[Fulfilment, ...]
Shelf = dict[int, list[LineWork]]


class Lines:
    """The lines of a basket, found by what they are of: a target costs a look-up, and not a comparison with each line."""

    __slots__ = ("_brands", "_categories", "_found", "_products", "_totals", "_variants", "all")

    def __init__(self, lines: Sequence[LineWork]) -> None:
        self.all = lines
        self._found: dict[Matcher, set[LineWork]] = {}
        self._totals: dict[tuple[Matcher, Bound], tuple[int, int]] = {}
        self._variants: Shelf | None = None
        self._products: Shelf = {}
        self._categories: Shelf = {}
        self._brands: dict[str, list[LineWork]] = {}

    def of(self, matches: Matcher) -> set[LineWork]:
        """Gives the lines whose article is matched."""
        found = self._found.get(matches)
        if found is None:
            found = set(self.all) if matches.everything else self._named(matches)
            if matches.excludes:
                found = {line for line in found if not matches.leaves_out(line.article)}
            self._found[matches] = found
        return found

    def there(self, matches: Matcher, bound: Bound) -> tuple[int, int]:
        """Gives units and amount of what is matched, of the lines that are bound so, before any discount."""
        found = self._totals.get((matches, bound))
        if found is None:
            lines = [line for line in self.of(matches) if not bound or line.fulfilment in bound]
            found = sum(line.quantity for line in lines), sum(line.subtotal for line in lines)
            self._totals[matches, bound] = found
        return found

    def _named(self, matches: Matcher) -> set[LineWork]:
        if matches.size > MANY * len(self.all):
            return {line for line in self.all if matches(line.article)}
        variants = self._variants
        if variants is None:
            variants = self._variants = self._shelved()
        found: set[LineWork] = set()
        for numbers, shelf in (
            (matches.variants, variants),
            (matches.products, self._products),
            (matches.categories, self._categories),
        ):
            for each in numbers:
                found.update(shelf.get(each, ()))
        for brand in matches.brands:
            found.update(self._brands.get(brand, ()))
        return found

    def _shelved(self) -> Shelf:
        variants: Shelf = {}
        for line in self.all:
            article = line.article
            variants.setdefault(article.variant_id.int, []).append(line)
            self._products.setdefault(article.product_id.int, []).append(line)
            for category in article.categories:
                self._categories.setdefault(category.int, []).append(line)
            if article.brand:
                self._brands.setdefault(article.brand, []).append(line)
        return variants


class Plan:
    """What can have its turn. `turns` has for each line the promotions of the first stage, `stages` those of the others, by rank.

    `takers` are the lines that take part, `asks` what is asked off by promotions of stages 1 and 3. `passed` has those that
    cannot have a turn, and `seen` all that were looked at.
    """

    __slots__ = (
        "_around",
        "_currency",
        "_lines",
        "_offered",
        "_wall",
        "asks",
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
        self._lines = Lines(lines)
        self.turns: dict[LineWork, list[Offer]] = {line: [] for line in lines if line.takes}
        self.stages: list[list[Offer]] = [[] for _ in range(STAGES)]
        self.takers: dict[Offer, list[LineWork]] = {}
        self.asks: dict[Offer, Asks] = {}
        self.passed: dict[Offer, Passed] = {}
        found = self._found(index)
        self.seen: Collection[Offer] = found
        for offer in sorted(found, key=by_rank):
            passed = self._judged(offer, found[offer])
            if passed is not None:
                self.passed[offer] = passed

    def why_not(self, offer: Offer) -> Passed:
        """Gives why a promotion that nothing led to could not have its turn."""
        why = offer.why_not(self._currency, self._around, self._wall, self._offered)
        return Passed(why or "no_article")

    def _found(self, index: PromotionIndex) -> dict[Offer, list[LineWork]]:
        """Gives every promotion that could hold, with the lines that it was found by."""
        everyone = list(self.turns)
        found: dict[Offer, list[LineWork]] = dict.fromkeys(index.everywhere, everyone)
        for line in everyone:
            for offer in index.for_article(line.article):
                lines = found.get(offer)
                if lines is None:
                    found[offer] = [line]
                else:
                    lines.append(line)
        for identifier in self._offered:
            opened = index.by_id.get(identifier)
            if opened is not None and opened not in found:
                found[opened] = [line for line in everyone if line in self._lines.of(opened.matches)]
        return found

    def _judged(self, offer: Offer, lines: list[LineWork]) -> Passed | None:
        """Gives a promotion its turns, or says why it has none."""
        why = offer.why_not(self._currency, self._around, self._wall, self._offered)
        if why is not None:
            return Passed(why)
        missing = self._missing(offer) if offer.needs else None
        if missing is not None:
            return missing
        if offer.doubtful:
            lines = self._about(offer, lines)
            if lines and offer.fulfilment:
                lines = [line for line in lines if line.fulfilment in offer.fulfilment]
                if not lines:
                    return Passed("other_fulfilment")
        if not lines:
            return Passed("no_article")
        if offer.tiers:
            return self._settled(offer, lines)
        if offer.asks is not None:
            self.asks[offer] = offer.asks
        self._join(offer, lines)
        return None

    def _missing(self, offer: Offer) -> Passed | None:
        """Says which of its needs the basket does not hold."""
        for need in offer.needs:
            units, amount = self._lines.there(need.matches, offer.fulfilment)
            if units < need.quantity:
                return Passed("needs_quantity", needed=need.quantity, there=units)
            if amount < need.amount:
                return Passed("needs_amount", needed=need.amount, there=amount)
        return None

    def _settled(self, offer: Offer, lines: list[LineWork]) -> Passed | None:
        """Takes the highest tier that is reached by all lines that take part."""
        by_amount = offer.stage is Stage.ORDER
        there = sum(line.subtotal if by_amount else line.quantity for line in lines)
        asks = reached(offer.tiers, there)
        if asks is None:
            return Passed("needs_amount" if by_amount else "needs_quantity", needed=offer.tiers[-1][0], there=there)
        self.asks[offer] = asks
        self._join(offer, lines)
        return None

    def _join(self, offer: Offer, lines: list[LineWork]) -> None:
        if offer.stage is Stage.LINES:
            turns = self.turns
            for line in lines:
                turns[line].append(offer)
        else:
            self.takers[offer] = lines
            self.stages[offer.stage].append(offer)

    def _about(self, offer: Offer, lines: list[LineWork]) -> list[LineWork]:
        """Gives the lines that the promotion is about, of those that take promotions at all."""
        if offer.apart:
            of_parts = set().union(*(self._lines.of(part) for part in offer.parts))
            of_targets = self._lines.of(offer.matches)
            about = of_targets & of_parts if isinstance(offer.effect, BundlePrice) else of_targets | of_parts
            return [line for line in self.turns if line in about]
        return [line for line in lines if not offer.matches.leaves_out(line.article)] if offer.excludes else lines
