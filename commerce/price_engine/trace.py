"""How each figure came about: one step for each list and promotion that was looked at, and for each rounding."""

from decimal import Decimal
from fractions import Fraction
from typing import Literal
from uuid import UUID

from msgspec import Struct

from commerce.price_engine.facts import ReliefKind

ListWhy = Literal[
    "outranked", "other_channel", "other_store", "other_group", "other_customer", "not_now", "other_currency", "too_few"
]
PromotionWhy = Literal[
    "not_now",
    "other_channel",
    "other_store",
    "other_group",
    "other_customer",
    "not_first_order",
    "other_hours",
    "other_tender",
    "other_fulfilment",
    "other_currency",
    "no_code",
    "other_code",
    "used_up",
    "no_article",
    "no_gift",
    "no_delivery",
    "needs_quantity",
    "needs_amount",
    "excluded",
    "alone",
    "outdone",
    "nothing_left",
    "no_saving",
]


class ListPrice(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="list_price", tag_field="step"):
    """The line took its unit price from this version of this price list, at this many units of the variant.

    `agreed`: as it was when the price was agreed on, at another time.
    """

    line: str
    list_id: UUID
    list_version: int
    unit: int
    compare_at: int | None
    prior: int | None = None
    min_quantity: int = 1
    agreed: bool = False


class ListPassed(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="list_passed", tag_field="step"):
    """A list that has the variant was looked at and did not give the price."""

    line: str
    list_id: UUID
    list_version: int
    unit: int
    min_quantity: int
    why: ListWhy


class Overridden(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="override", tag_field="step"):
    """A person gave another unit price."""

    line: str
    unit: int
    by: str
    reason: str


class Relieved(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="relief", tag_field="step"):
    """No tax is charged; `net` is what was left of `gross`, per unit or delivery, when the tax inside was taken out, rounded half-up."""

    of: Literal["line", "delivery"]
    key: str
    kind: ReliefKind
    inside: Decimal
    gross: int
    net: int


class Discounted(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="discount", tag_field="step"):
    """A discount was asked for, and this much of it was given: never more than was left of the line.

    `asked` is after rounding; `version` is the promotion's, none for a discount that was granted before.
    """

    line: str
    source: str
    asked: int
    given: int
    version: int | None = None


class DeliveryDiscounted(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="delivery_discount", tag_field="step"
):
    """A delivery costs less."""

    group: str
    source: str
    asked: int
    given: int
    version: int


class PromotionPassed(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="promotion_passed", tag_field="step"
):
    """A promotion was looked at and gave nothing, to the whole basket or, where it gave something elsewhere, to one line or delivery, and why.

    `needed` and `there` are units or amounts, where that is what was missing; `by` is the promotion that it gave way to.
    The reasons: a condition does not hold (`not_now`, `other_*`, `not_first_order`, `no_code`, `used_up`, `needs_*`); another
    code of the promotion counts (`other_code`); no line takes part (`no_article`, `other_fulfilment`); there is nothing
    that it is for (`no_gift`: the gift cannot be had; `no_delivery`: no delivery costs something there); a promotion of the
    same exclusion was first (`excluded`), or either of two tolerates no other (`alone`); more is saved or earned without it
    (`outdone`); nothing may be taken off any more (`nothing_left`), or it would take nothing off (`no_saving`).
    """

    promotion: UUID
    version: int
    why: PromotionWhy
    line: str | None = None
    group: str | None = None
    needed: int | None = None
    there: int | None = None
    by: UUID | None = None


class Guarded(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="margin_guard", tag_field="step"):
    """A discount stopped at the least that the article may be sold for; `floor` is that of all units of the line together."""

    line: str
    promotion: UUID
    floor: int


class BestDeal(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="best_deal", tag_field="step"):
    """The basket was priced with and without the promotions that tolerate no other; what saves more was taken (G3)."""

    with_alone: int
    without_alone: int


class GiftGiven(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="gift", tag_field="step"):
    """A line was added for nothing."""

    line: str
    promotion: UUID
    version: int
    quantity: int


class Pointed(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="points", tag_field="step"):
    """The line earns this many times the usual points."""

    line: str
    promotion: UUID
    version: int
    times: Decimal


class Taxed(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="tax", tag_field="step"):
    """The tax of a line or delivery, taken out of its base (`included`) or put on top of it, rounded half-up.

    `given`: an outside engine computed it. Where the document is rounded, `tax` is the line's part of a `DocumentTaxed`.
    """

    of: Literal["line", "delivery"]
    key: str
    tax_id: UUID
    tax_version: int
    category: str
    country: str
    rate: Decimal
    base: int
    included: bool
    tax: int
    given: bool = False

    @property
    def exact(self) -> Fraction:
        """The tax before it was rounded."""
        rate = Fraction(self.rate)
        return self.base * (rate / (1 + rate) if self.included else rate)


class DocumentTaxed(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="document_tax", tag_field="step"
):
    """The tax of one rate was rounded once, over all its lines and deliveries, and spread over them by largest remainder."""

    country: str
    category: str
    rate: Decimal
    included: bool
    base: int
    tax: int


class SteppedTotal(
    Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="charge_step", tag_field="step"
):
    """The total of a group was moved to the nearest amount that can be charged; carries no tax."""

    group: str
    smallest: int
    exact: int
    rounding: int


TraceStep = (
    ListPrice
    | ListPassed
    | Overridden
    | Relieved
    | Discounted
    | DeliveryDiscounted
    | PromotionPassed
    | Guarded
    | BestDeal
    | GiftGiven
    | Pointed
    | Taxed
    | DocumentTaxed
    | SteppedTotal
)
