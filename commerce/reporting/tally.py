"""Counting what a rule changes: one order priced without and with it, added to the sums of its batch. Pure, no statement."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from commerce.price_engine import Allocation, Priced, PricedLine
from commerce.reporting.sold_orders import SoldOrder

PROMOTION: Final = "promotion:"
GOODS: Final = frozenset({"article", "gift"})


@dataclass
class Figures:
    """The sums of one currency. `net` is before tax with delivery; `costed_net` is that of goods whose cost is known; without fees."""

    orders: int = 0
    changed: int = 0
    uses: int = 0
    discount_before: int = 0
    discount_after: int = 0
    net_before: int = 0
    net_after: int = 0
    costed_net_before: int = 0
    costed_net_after: int = 0
    cost_before: int = 0
    cost_after: int = 0
    uncosted_lines: int = 0


@dataclass
class OfPromotion:
    """What one promotion gave, and to how many orders."""

    orders_before: int = 0
    orders_after: int = 0
    saved_before: int = 0
    saved_after: int = 0


@dataclass
class OfArticle:
    """What one article was sold for; `units` without gifts."""

    units: int = 0
    discount_before: int = 0
    discount_after: int = 0
    net_before: int = 0
    net_after: int = 0


@dataclass
class Tally:
    """The sums of some orders, by currency, by currency and promotion, by currency and article."""

    looked: int = 0
    left_out: int = 0
    figures: dict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))
    promotions: dict[tuple[str, UUID], OfPromotion] = field(default_factory=lambda: defaultdict(OfPromotion))
    articles: dict[tuple[str, UUID], OfArticle] = field(default_factory=lambda: defaultdict(OfArticle))

    def add(self, order: SoldOrder, before: Priced, after: Priced, costs: Mapping[UUID, int], rule: UUID) -> None:
        """Adds one order. `costs` are what one unit of an article costs before tax, as far as known."""
        currency = order.currency
        saved_before, saved_after = saved(before), saved(after)
        sums = self.figures[currency]
        self.looked += 1
        sums.orders += 1
        sums.changed += _outcome(before) != _outcome(after)
        sums.uses += rule in {each.promotion for each in after.applied} or rule in saved_after
        sums.discount_before += sum(saved_before.values())
        sums.discount_after += sum(saved_after.values())
        sums.net_before += _net(before)
        sums.net_after += _net(after)
        for promotion, amount in saved_before.items():
            self.promotions[currency, promotion].orders_before += 1
            self.promotions[currency, promotion].saved_before += amount
        for promotion, amount in saved_after.items():
            self.promotions[currency, promotion].orders_after += 1
            self.promotions[currency, promotion].saved_after += amount
        self._add_goods(currency, before, after, costs)

    def _add_goods(self, currency: str, before: Priced, after: Priced, costs: Mapping[UUID, int]) -> None:
        sums = self.figures[currency]
        for line in _goods(before):
            of = self.articles[currency, line.variant_id]
            of.units += line.quantity if line.kind == "article" else 0
            of.discount_before += line.discount
            of.net_before += line.net
            cost = costs.get(line.variant_id)
            if cost is None:
                sums.uncosted_lines += 1
            else:
                sums.costed_net_before += line.net
                sums.cost_before += cost * line.quantity
        for line in _goods(after):
            of = self.articles[currency, line.variant_id]
            of.discount_after += line.discount
            of.net_after += line.net
            cost = costs.get(line.variant_id)
            if cost is not None:
                sums.costed_net_after += line.net
                sums.cost_after += cost * line.quantity


def saved(priced: Priced) -> dict[UUID, int]:
    """Gives what each promotion took off lines and deliveries of a basket, gifts at their whole price."""
    found: dict[UUID, int] = {}
    given_away = [each.discounts for each in priced.lines] + [each.discounts for each in priced.deliveries]
    for discounts in given_away:
        for given in discounts:
            if given.source.startswith(PROMOTION):
                promotion = UUID(given.source.removeprefix(PROMOTION))
                found[promotion] = found.get(promotion, 0) + given.amount
    return {promotion: amount for promotion, amount in found.items() if amount}


def _goods(priced: Priced) -> list[PricedLine]:
    return [line for line in priced.lines if line.kind in GOODS]


def _net(priced: Priced) -> int:
    return sum(line.net for line in _goods(priced)) + sum(delivery.net for delivery in priced.deliveries)


def _outcome(priced: Priced) -> tuple[list[object], dict[str, tuple[Allocation, ...]]]:
    """What a customer would notice: each line with its discounts and points, each delivery with its discounts."""
    lines: list[object] = [
        (line.key, line.variant_id, line.quantity, line.discounts, line.points)
        for line in sorted(priced.lines, key=_key)
    ]
    return lines, {delivery.group: delivery.discounts for delivery in priced.deliveries}


def _key(line: PricedLine) -> str:
    return line.key
