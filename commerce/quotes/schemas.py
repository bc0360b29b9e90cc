"""Baskets and quotes on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from commerce.kernel.money import Money
from commerce.kernel.wire import Country, Quantity, WireIn, WireOut
from commerce.price_engine import Measured, ReliefKind, TraceStep
from commerce.quotes.signed import Flaw

MOST_LINES = 100
MOST_CODES = 10
Key = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+\Z", description="The line's own name, unique")
]
GroupKey = Annotated[
    str,
    Meta(
        pattern=r"^(pickup|ship):[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z",
        description="`pickup:<location id>` or `ship:<delivery method id>`; left out: no delivery is charged",
    ),
]
Rate = Annotated[str, Meta(description="Exact decimal: 21 % is 0.21", examples=["0.21"])]


Region = Annotated[
    str,
    Meta(
        max_length=10,
        pattern=r"^[A-Z0-9-]+\Z",
        description="The part of the country, by its ISO 3166-2 code, where it has a tax of its own: `CN` or `ES-CN`, `NY`",
    ),
]
PostalCode = Annotated[str, Meta(max_length=20, pattern=r"^[A-Za-z0-9 -]+\Z")]
Tender = Annotated[
    str,
    Meta(
        max_length=40,
        pattern=r"^[a-z0-9_]+\Z",
        description="How it will be paid, where promotions ask for it: `card`, `cash`, `gift_card` …",
    ),
]
CouponCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f]+\Z",
        description="As it was typed; capitals, spaces and hyphens do not matter",
    ),
]
VatNumber = Annotated[
    str,
    Meta(
        min_length=4,
        max_length=30,
        pattern=r"^[A-Za-z]{2}[A-Za-z0-9+*. /-]*\Z",
        description="With the prefix of its state; spaces, dots and hyphens do not matter",
        examples=["ESB58378431"],
    ),
]


class OverrideIn(WireIn, frozen=True, kw_only=True):
    """A unit price that a person gives instead of the list's and below it, and why; needs `prices:override`."""

    unit: Money
    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z")] | None = None


class BasketLineIn(WireIn, frozen=True, kw_only=True):
    """Some units of a variant. Lines of the same variant may stand side by side under different keys."""

    key: Key | None = None
    variant_id: UUID
    quantity: Quantity
    group: GroupKey | None = None
    override: OverrideIn | None = None


class BasketIn(WireIn, frozen=True, kw_only=True):
    """A basket to be priced.

    `country`, `region` and `postal_code` are where shipped goods go to; left out, it is the channel's country. `store_id` is the store
    where it is bought, for a terminal its own unless another is named. `customer_id` is whose basket it is: only staff, terminals and
    services name one, a shopper is their own customer. `vat_number` is that of the business that buys, left out, the customer's.
    """

    channel_id: UUID | None = None
    country: Country | None = None
    region: Region | None = None
    postal_code: PostalCode | None = None
    store_id: UUID | None = None
    customer_id: UUID | None = None
    codes: Annotated[list[CouponCode], Meta(max_length=MOST_CODES)] = msgspec.field(default_factory=list)
    tender: Tender | None = None
    vat_number: VatNumber | None = None
    lines: Annotated[list[BasketLineIn], Meta(min_length=1, max_length=MOST_LINES)]


class DiscountOut(WireOut, frozen=True, kw_only=True):
    """An amount taken off: by a promotion, or by whoever `source` names where it was granted before."""

    source: str
    promotion_id: UUID | None
    amount: Money


class UnitPriceOut(WireOut, frozen=True, kw_only=True):
    """What one kilogram, litre, metre … costs, before promotions."""

    price: Money
    unit: Measured


class PricedLineOut(WireOut, frozen=True, kw_only=True):
    """One line: subtotal = unit × quantity; total is what is paid for it, with tax and after discounts; net + tax = total.

    A fee and a gift are lines of their own: a fee is `of` the line that it comes with. `prior` is the lowest price of the 30 days
    before the price was reduced. `list_unit` is the list's price where a person gave another. `relief` says why no tax is charged.
    """

    key: str
    variant_id: UUID
    quantity: int
    group: str | None
    unit: Money
    compare_at: Money | None
    includes_tax: bool
    subtotal: Money
    discount: Money
    net: Money
    tax: Money
    total: Money
    tax_category: str
    tax_country: str
    tax_rate: Rate
    kind: Literal["article", "eco_fee", "deposit", "gift"] = "article"
    of: str | None = None
    list_unit: Money | None = None
    prior: Money | None = None
    unit_price: UnitPriceOut | None = None
    discounts: list[DiscountOut] = msgspec.field(default_factory=list)
    points: Rate | None = None
    relief: ReliefKind | None = None


class PricedDeliveryOut(WireOut, frozen=True, kw_only=True):
    """The delivery of one group: net + tax = total, which is what the method charges less the discount."""

    group: str
    method_id: UUID
    net: Money
    tax: Money
    total: Money
    tax_category: str
    tax_country: str
    tax_rate: Rate
    charge: Money | None = None
    discount: Money | None = None
    discounts: list[DiscountOut] = msgspec.field(default_factory=list)
    relief: ReliefKind | None = None


class GroupTotalOut(WireOut, frozen=True, kw_only=True):
    """What one group comes to: lines + delivery + rounding = total; all with tax."""

    group: str | None
    lines: Money
    delivery: Money
    tax: Money
    rounding: Money
    total: Money


class TaxTotalOut(WireOut, frozen=True, kw_only=True):
    """What one rate of tax comes to: net + tax = gross."""

    country: str
    category: str
    rate: Rate
    net: Money
    tax: Money
    gross: Money


class AppliedPromotionOut(WireOut, frozen=True, kw_only=True):
    """A promotion that gave something: what it took off lines and deliveries together, and the code that opened it."""

    promotion_id: UUID
    version: int
    code: str | None
    saved: Money


class PricedOut(WireOut, frozen=True, kw_only=True):
    """A priced basket. total = subtotal - discount_total + tax_added + delivery_total + rounding = net_total + tax_total + rounding.

    `tax_added` is the tax on top of prices that exclude it; `rounding` is what was added to reach amounts that can be charged.
    """

    currency: str
    lines: list[PricedLineOut]
    deliveries: list[PricedDeliveryOut]
    groups: list[GroupTotalOut]
    taxes: list[TaxTotalOut]
    subtotal: Money
    discount_total: Money
    tax_added: Money
    delivery_total: Money
    net_total: Money
    tax_total: Money
    rounding: Money
    total: Money
    promotions: list[AppliedPromotionOut] = msgspec.field(default_factory=list)


class CodeOut(WireOut, frozen=True, kw_only=True):
    """What became of a code: applied, with what it saves, or `why` not, with a `text` for the buyer in the language of the request."""

    code: str
    applied: bool
    saved: Money
    promotion_id: UUID | None
    why: str | None
    text: str


TaxedBy = Annotated[
    Literal["rates", "engine"],
    Meta(description="Our own rates, or the outside tax engine; `rates`, too, where that one did not answer"),
]


class QuoteOut(WireOut, frozen=True, kw_only=True):
    """A basket with its price, which holds until it expires.

    `signed` is the same as a JSON Web Signature (compact, EdDSA) that every channel honours. `trace` says how each figure came about, in
    minor units of the basket's currency; it comes where it was asked for. `codes` answers each code that was offered.
    """

    id: UUID
    channel_id: UUID
    country: str
    basket: PricedOut
    created_at: datetime
    expires_at: datetime
    signed: str
    trace: list[TraceStep] | None = None
    codes: list[CodeOut] = msgspec.field(default_factory=list)
    taxed_by: TaxedBy = "rates"


class SignedQuoteIn(WireIn, frozen=True, kw_only=True):
    """A signed quote to be checked, and the total that somebody was shown for it."""

    signed: Annotated[str, Meta(min_length=1, max_length=400_000, pattern=r"^[A-Za-z0-9_.-]+\Z")]
    total: Money | None = None


class VerifiedOut(WireOut, frozen=True, kw_only=True):
    """Whether a signed quote is ours, holds now, and comes to the total that was shown; if not, `flaw` says why.

    `figures` means that the total is another one. The quote is there when its signature is good, also when it has expired.
    """

    valid: bool
    flaw: Flaw | None
    id: UUID | None = None
    channel_id: UUID | None = None
    country: str | None = None
    expires_at: datetime | None = None
    basket: PricedOut | None = None
