"""A basket while it is being priced: what is left of each line and of each delivery charge."""

from decimal import Decimal
from uuid import UUID

from commerce.price_engine.facts import Allocation, ArticleFact, BasketLine, DeliveryCharge


class LineWork:
    """A line on its way to its price. `left` is what is left of it, `room` how much of that may be taken off.

    `unit` is in the terms of the price that holds (`includes_tax`), after an override and after relief from tax.
    """

    __slots__ = (
        "article",
        "compare_at",
        "discounts",
        "fulfilment",
        "includes_tax",
        "key",
        "left",
        "line",
        "list_unit",
        "points",
        "prior",
        "quantity",
        "room",
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
        self.subtotal = self.left = unit * line.quantity
        self.room = max(0, self.left - floor * line.quantity)
        self.discounts: list[Allocation] = []
        self.takes = line.discountable and not line.discounts
        self.fulfilment = line.group.partition(":")[0] or "none"
        self.points: Decimal | None = None

    def give(self, source: str, asked: int) -> int:
        """Takes an amount off as far as there is room, and says how much that was."""
        given = min(asked, self.room)
        if given > 0:
            self.left -= given
            self.room -= given
            self.discounts.append(Allocation(source, given))
        return given


class ChargeWork:
    """A delivery charge on its way to its price."""

    __slots__ = ("amount", "charge", "discounts", "includes_tax", "left")

    def __init__(self, charge: DeliveryCharge, *, amount: int, includes_tax: bool) -> None:
        self.charge, self.amount, self.includes_tax = charge, amount, includes_tax
        self.left = amount
        self.discounts: list[Allocation] = []


class GiftWork:
    """A line that a promotion adds."""

    __slots__ = ("group", "promotion", "quantity", "tax_country", "variant_id", "version")

    def __init__(
        self, *, promotion: UUID, version: int, variant_id: UUID, quantity: int, group: str, tax_country: str | None
    ) -> None:
        self.promotion, self.version, self.variant_id, self.quantity = promotion, version, variant_id, quantity
        self.group, self.tax_country = group, tax_country
