"""A basket while it is being priced: what is left of each line and of each delivery charge, and what took something off it."""

from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from commerce.price_engine.facts import Allocation, ArticleFact, BasketLine, DeliveryCharge
from commerce.price_engine.offer import Offer
from commerce.price_engine.trace import PromotionWhy

Result = tuple[int, int, list[Allocation]]


class Passed(Struct, frozen=True, gc=False):
    """Why a promotion gave nothing; see `PromotionPassed`."""

    why: PromotionWhy
    needed: int | None = None
    there: int | None = None
    by: UUID | None = None


class Takeable:
    """Something that promotions take amounts off: `left` is what is left of it, `room` how much of that may be taken off."""

    __slots__ = ("_alone", "_exclusions", "_first", "discounts", "left", "room")

    left: int
    room: int
    discounts: list[Allocation]
    _first: Passed | None
    _alone: Passed | None
    _exclusions: dict[str, Passed] | None

    def closed_to(self, offer: Offer) -> Passed | None:
        """Says what keeps a promotion off; None: it is open."""
        if self._first is None:
            return None
        if self._alone is not None:
            return self._alone
        if offer.alone:
            return self._first
        if self._exclusions is not None and offer.exclusion is not None:
            return self._exclusions.get(offer.exclusion)
        return None

    def give(self, offer: Offer, asked: int) -> int:
        """Takes off what a promotion asks for as far as there is room, and says how much that was; then the promotion has taken this.

        Less than nothing is nothing.
        """
        room = self.room
        given = asked if asked < room else room  # noqa: FURB136 -- asked thousands of times, and a call costs as much as the rest
        if given <= 0:
            return 0
        self.left -= given
        self.room = room - given
        self.discounts.append(Allocation(offer.source, given))
        if self._first is None:
            self._first = Passed("alone", by=offer.id)
        if offer.alone:
            self._alone = Passed("alone", by=offer.id)
        if offer.exclusion is not None:
            if self._exclusions is None:
                self._exclusions = {}
            self._exclusions[offer.exclusion] = Passed("excluded", by=offer.id)
        return given

    def result(self) -> Result:
        """Gives what is left now, for `end_as`."""
        return self.left, self.room, self.discounts

    def end_as(self, result: Result) -> None:
        """Takes a result of before."""
        self.left, self.room, self.discounts = result


class LineWork(Takeable):
    """A line on its way to its price.

    `unit` is in the terms of the price that holds (`includes_tax`), after an override and after relief from tax;
    `least` is what all units together may be sold for at least.
    """

    __slots__ = (
        "article",
        "compare_at",
        "fulfilment",
        "includes_tax",
        "key",
        "least",
        "line",
        "list_unit",
        "points",
        "prior",
        "quantity",
        "subtotal",
        "takes",
        "unit",
    )

    def __init__(
        self,
        line: BasketLine,
        article: ArticleFact,
        *,
        unit: int,
        includes_tax: bool,
        floor: int,
        list_unit: int | None,
        compare_at: int | None,
        prior: int | None,
    ) -> None:
        self.line, self.article, self.key = line, article, line.key
        self.unit, self.quantity, self.includes_tax = unit, line.quantity, includes_tax
        self.list_unit, self.compare_at, self.prior = list_unit, compare_at, prior
        self.subtotal = unit * line.quantity
        self.least = floor * line.quantity
        self.begin_again()
        self.takes = line.discountable and not line.discounts
        self.fulfilment = line.group.partition(":")[0] or "none"
        self.points: Decimal | None = None

    def begin_again(self) -> None:
        """Goes back to what there was before any promotion."""
        self.left, self.room = self.subtotal, max(0, self.subtotal - self.least)
        self.discounts = []
        self._first = self._alone = self._exclusions = None


class ChargeWork(Takeable):
    """A delivery charge on its way to its price."""

    __slots__ = ("amount", "charge", "fulfilment", "includes_tax")

    def __init__(self, charge: DeliveryCharge, *, amount: int, includes_tax: bool) -> None:
        self.charge, self.amount, self.includes_tax = charge, amount, includes_tax
        self.fulfilment = charge.group.partition(":")[0] or "none"
        self.begin_again()

    def begin_again(self) -> None:
        """Goes back to what there was before any promotion."""
        self.left = self.room = self.amount
        self.discounts = []
        self._first = self._alone = self._exclusions = None


class GiftWork:
    """A line that a promotion adds."""

    __slots__ = ("group", "promotion", "quantity", "tax_country", "variant_id", "version")

    def __init__(
        self, *, promotion: UUID, version: int, variant_id: UUID, quantity: int, group: str, tax_country: str | None
    ) -> None:
        self.promotion, self.version, self.variant_id, self.quantity = promotion, version, variant_id, quantity
        self.group, self.tax_country = group, tax_country
