"""Which promotions hold for a basket, and which lines take part in them: settled once, before anything is taken off."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from commerce.price_engine.facts import Circumstances
from commerce.price_engine.offer import Asks, Matcher, Offer, Stage, by_rank, reached
from commerce.price_engine.promotion import Fulfilment
from commerce.price_engine.promotion_index import PromotionIndex
from commerce.price_engine.trace import PromotionPassed, PromotionWhy
from commerce.price_engine.work import LineWork

Bound = tuple[Fulfilment, ...]


class Passed(Struct, frozen=True, gc=False):
    """Why a promotion gave nothing."""

    why: PromotionWhy
    needed: int | None = None
    there: int | None = None
    by: UUID | None = None
    line: str | None = None
    group: str | None = None

    def of_all(self) -> "Passed":
        """Gives the same reason for the whole basket."""
        return Passed(self.why, self.needed, self.there, self.by)

    def step(self, offer: Offer) -> PromotionPassed:
        """Gives it as a step of the trace."""
        return PromotionPassed(
            promotion=offer.id,
            version=offer.version,
            why=self.why,
            line=self.line,
            group=self.group,
            needed=self.needed,
            there=self.there,
            by=self.by,
        )


class Plan:
    """What can have its turn. `by_line` has for each line the promotions of the first stage, by rank; `takers` the lines of each other one.

    `asks` is what promotions with tiers ask for; `verdicts` has all that were looked at, and whether their conditions hold;
    `passed` has those that cannot have a turn.
    """

    __slots__ = (
        "_around",
        "_bound",
        "_currency",
        "_doubted",
        "_lines",
        "_offered",
        "_totals",
        "_wall",
        "asks",
        "by_line",
        "passed",
        "takers",
        "verdicts",
    )

    def __init__(
        self,
        lines: Sequence[LineWork],
        index: PromotionIndex,
        currency: str,
        around: Circumstances,
        wall: datetime,
    ) -> None:
        self._lines, self._currency, self._around, self._wall = lines, currency, around, wall
        self._offered: frozenset[UUID] = frozenset([promotion for _, promotion in around.codes])
        self.verdicts: dict[Offer, bool] = {}
        self._totals: dict[tuple[Matcher, Bound], tuple[int, int]] = {}
        self._doubted: dict[Offer, PromotionWhy | None] = {}
        self.asks: dict[Offer, Asks] = {}
        self.passed: dict[Offer, Passed] = {}
        self.takers: dict[Offer, list[LineWork]] = {}
        self.by_line: list[tuple[LineWork, list[Offer]]] = [(line, []) for line in lines if line.takes]
        self._fill(index)
        self._settle_doubts()
        self._settle_tiers()

    def of(self, stage: Stage) -> list[Offer]:
        """Gives the promotions of a later stage that some line takes part in, by rank."""
        return sorted((each for each in self.takers if each.stage is stage), key=by_rank)

    def why_not(self, offer: Offer) -> Passed:
        """Gives why a promotion that nothing led to could not have its turn."""
        why = offer.why_not(self._currency, self._around, self._wall, self._offered)
        return Passed(why or "no_article")

    def _fill(self, index: PromotionIndex) -> None:
        """Lets each line join what it takes part in.

        Most are found by the line. Those with several targets, and those that a code opens, are asked about every line.
        """
        common = [each for each in index.everywhere if self._holds(each)]
        by_hand = dict.fromkeys(each for each in common if each.apart)
        by_hand |= dict.fromkeys(self._opened_by_codes(index))
        common = [each for each in common if not each.apart]
        for line, turns in self.by_line:
            found = self._found(index, line)
            by_hand |= dict.fromkeys(each for each in found if each.apart)
            for offer in (*found, *common):
                if not offer.apart and (not offer.doubtful or self._takes_part(offer, line, found=True)):
                    self._join(offer, line, turns)
        for offer in by_hand:
            for line, turns in self.by_line:
                if self._takes_part(offer, line, found=False):
                    self._join(offer, line, turns)
        for _, turns in self.by_line:
            turns.sort(key=by_rank)

    def _opened_by_codes(self, index: PromotionIndex) -> list[Offer]:
        offered = (index.by_id.get(each) for each in self._offered)
        return [each for each in offered if each is not None and each.code and self._holds(each)]

    def _found(self, index: PromotionIndex, line: LineWork) -> list[Offer]:
        """Gives what holds of the promotions that name the line's article."""
        verdicts, found = self.verdicts, []
        for offer in index.for_article(line.article):
            holds = verdicts.get(offer)
            if holds or (holds is None and self._holds(offer)):
                found.append(offer)
        return found

    def _join(self, offer: Offer, line: LineWork, turns: list[Offer]) -> None:
        if offer.stage is Stage.LINES:
            turns.append(offer)
            if not offer.tiers:
                return
        takers = self.takers.get(offer)
        if takers is None:
            takers = self.takers[offer] = []
        takers.append(line)

    def _takes_part(self, offer: Offer, line: LineWork, *, found: bool) -> bool:
        """Says whether a line takes part; `found`: it was found by the promotion's targets, and may only be left out again."""
        matches = (
            not (offer.excludes and offer.matches.leaves_out(line.article)) if found else offer.is_about(line.article)
        )
        if not matches:
            self._doubted.setdefault(offer, "no_article")
            return False
        if offer.fulfilment and line.fulfilment not in offer.fulfilment:
            if self._doubted.get(offer, "no_article") is not None:
                self._doubted[offer] = "other_fulfilment"
            return False
        self._doubted[offer] = None
        return True

    def _holds(self, offer: Offer) -> bool:
        why = offer.why_not(self._currency, self._around, self._wall, self._offered)
        passed = None if why is None else Passed(why)
        if passed is None and offer.needs:
            passed = self._missing(offer)
        if passed is not None:
            self.passed[offer] = passed
        self.verdicts[offer] = passed is None
        return passed is None

    def _missing(self, offer: Offer) -> Passed | None:
        for need in offer.needs:
            units, amount = self._there(need.matches, offer.fulfilment)
            if units < need.quantity:
                return Passed("needs_quantity", needed=need.quantity, there=units)
            if amount < need.amount:
                return Passed("needs_amount", needed=need.amount, there=amount)
        return None

    def _there(self, matches: Matcher, bound: Bound) -> tuple[int, int]:
        """Units and amount of what is matched among all lines that are bound so, before any discount."""
        found = self._totals.get((matches, bound))
        if found is None:
            lines = [line for line in self._lines if (not bound or line.fulfilment in bound) and matches(line.article)]
            found = sum(line.quantity for line in lines), sum(line.subtotal for line in lines)
            self._totals[matches, bound] = found
        return found

    def _settle_doubts(self) -> None:
        if not self.by_line:
            self._doubted = {offer: "no_article" for offer, holds in self.verdicts.items() if holds}
        for offer, why in self._doubted.items():
            if why is not None:
                self.passed[offer] = Passed(why)

    def _settle_tiers(self) -> None:
        for offer, takers in self.takers.items():
            if not offer.tiers:
                continue
            by_amount = offer.stage is Stage.ORDER
            there = sum(line.subtotal if by_amount else line.quantity for line in takers)
            asks = reached(offer.tiers, there)
            if asks is None:
                why: PromotionWhy = "needs_amount" if by_amount else "needs_quantity"
                self.passed[offer] = Passed(why, needed=offer.tiers[-1][0], there=there)
            else:
                self.asks[offer] = asks
