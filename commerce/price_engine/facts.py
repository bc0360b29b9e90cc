"""What goes in: a basket, and the facts about articles, prices, taxes and promotions that hold for it.

All amounts are whole minor units of the basket's currency. Who gathers the facts hands over every candidate; which list,
which rate and which promotion hold is decided here, so that a till without a network decides the same.
A *zone* of tax is a country (ISO 3166-1 alpha-2, `ES`) or a part of one that has its own tax (ISO 3166-2, `ES-CN`).
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from commerce.kernel.currencies import Currency
from commerce.price_engine.sale_rules import SaleRule
from commerce.price_engine.window import ALWAYS, Window

Measured = Literal["kg", "l", "m", "m2", "piece"]
ReliefKind = Literal["intra_community", "reverse_charge", "export"]


class Allocation(Struct, frozen=True, gc=False):
    """An amount taken off a line, and whose doing it is: `promotion:<id>`, or `override:<staff id>`."""

    source: str
    amount: int


class PriceList(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The terms of a price list: who it is for and when. What is not named does not matter.

    `terms` counts the changes of these terms, `version` every change, also of a price on it.
    """

    id: UUID
    code: str
    version: int
    terms: int
    currency: Currency
    includes_tax: bool
    priority: int
    channel_id: UUID | None = None
    store_id: UUID | None = None
    group_id: UUID | None = None
    customer_id: UUID | None = None
    window: Window = ALWAYS


class PriceFact(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The price of one unit of a variant on one list, from `min_quantity` units of it in the basket on.

    `version` is the list's version at which the price was read. `prior` is the lowest price of the 30 days before the
    reduction began, where this price is a reduced one (Directive 98/6/EC, article 6a).
    """

    variant_id: UUID
    list_id: UUID
    unit: int
    version: int = 1
    min_quantity: int = 1
    compare_at: int | None = None
    prior: int | None = None


class Measure(Struct, frozen=True, kw_only=True, gc=False):
    """What one unit of sale contains, in thousandths of the unit that its unit price is shown for: 750 of `l` is 0.75 l."""

    thousandths: int
    unit: Measured


class FeeFact(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A charge that comes with each unit of an article, a line of its own: an eco-fee, a deposit. Never discounted.

    `zone` none means everywhere; a fee that names a zone holds where the goods are supplied.
    """

    code: str
    kind: Literal["eco_fee", "deposit"]
    amount: int
    currency: Currency
    includes_tax: bool
    tax_category: str
    zone: str | None = None


class ArticleFact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What prices need to know of an article.

    `categories` are its own and all above them; `brand` is in small letters, empty when it has none. `floor_net` is the
    least that one unit may be sold for before tax (its cost and the margin that is guarded); none: not guarded. `minimum_age`
    is in years, that of the buyer; the sale rules are those of its product.
    """

    variant_id: UUID
    product_id: UUID
    tax_category: str
    categories: tuple[UUID, ...] = ()
    brand: str = ""
    sellable: bool = True
    shippable: bool = True
    measure: Measure | None = None
    floor_net: int | None = None
    fees: tuple[FeeFact, ...] = ()
    minimum_age: int | None = None
    sale_rules: tuple[SaleRule, ...] = ()


class TaxFact(Struct, frozen=True, kw_only=True, gc=False):
    """The rate of tax for a category of goods in a zone; 21 % is `Decimal("0.21")`. `country` is the zone."""

    category: str
    country: str
    rate: Decimal
    id: UUID
    version: int


class TaxProfile(Struct, frozen=True, kw_only=True, gc=False):
    """How tax is rounded: on each line, or on each rate of the document and then spread over its lines."""

    rounding: Literal["line", "document"] = "line"


class Relief(Struct, frozen=True, kw_only=True, gc=False):
    """No tax is charged on a supply. `inside` is the rate that prices with tax contain: it is taken out of them first."""

    kind: ReliefKind
    inside: Decimal


class Override(Struct, frozen=True, kw_only=True, gc=False):
    """A unit price that a person gave, instead of the list's and below it. `by` is a principal."""

    unit: int
    by: str
    reason: str


class BasketLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some units of one variant, bound for one fulfilment group.

    `key` is the caller's own, unique in the basket and without `+`; `group` is such as `pickup:<location>`, `ship:<method>` or empty.
    `tax_country` is the zone where the goods are supplied; none means the basket's.
    `discounts` were granted before, for example frozen on an order that is being edited: each is given as far as
    there is something left of the line, in this order, and no promotion comes on top.
    `discountable` false keeps promotions off the line. `inside_fees` are, where there is relief, the rates that prices of
    fees contain, by their category of tax; one that is not named contains the relief's.
    """

    key: str
    variant_id: UUID
    quantity: int
    group: str
    tax_country: str | None = None
    relief: Relief | None = None
    override: Override | None = None
    discounts: tuple[Allocation, ...] = ()
    discountable: bool = True
    inside_fees: tuple[tuple[str, Decimal], ...] = ()


class DeliveryCharge(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the delivery of one fulfilment group costs; at most one for each group that has lines."""

    group: str
    method_id: UUID
    amount: int
    tax_category: str
    includes_tax: bool
    tax_country: str | None = None
    relief: Relief | None = None


class Circumstances(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who buys, where and when: what price lists and promotions may depend on.

    `zone` is the IANA zone of the store, or of the channel where there is no store. `orders_before` counts the
    customer's earlier orders; none means that nobody knows, so that it is no first order. `codes` are the codes that
    were offered, each with the promotion that it opens; `without` are promotions that cannot be had (used up).
    """

    at: datetime
    zone: str = "UTC"
    channel_id: UUID | None = None
    store_id: UUID | None = None
    customer_id: UUID | None = None
    groups: tuple[UUID, ...] = ()
    orders_before: int | None = None
    tender: str | None = None
    codes: tuple[tuple[str, UUID], ...] = ()
    without: tuple[UUID, ...] = ()


class Basket(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be priced; the order of its lines and deliveries does not matter to any figure.

    `country` is the zone of tax of lines and deliveries that name none; `sent_to` the zone that goods are sent to, where
    that is known.
    """

    currency: Currency
    country: str
    circumstances: Circumstances
    lines: tuple[BasketLine, ...]
    deliveries: tuple[DeliveryCharge, ...] = ()
    sent_to: str | None = None


class Agreed(Struct, frozen=True, kw_only=True):
    """Prices that were agreed on before, judged in the circumstances of that time: at a tier that is reached now.

    `first`: they go before the basket's own prices; otherwise they are for what those do not have.
    """

    circumstances: Circumstances
    lists: Mapping[UUID, PriceList]
    prices: Mapping[UUID, tuple[PriceFact, ...]]
    first: bool = True


def delivery_key(group: str) -> str:
    """Gives the name of a group's delivery among the keys of lines, none of which has a `+` of its own."""
    return f"delivery+{group}"
