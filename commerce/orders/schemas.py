"""Orders on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from commerce.kernel.ids import OrderId, OrderLineId
from commerce.kernel.money import Money
from commerce.kernel.wire import Email, WireIn, WireOut
from commerce.orders.facts import SubstituteWish
from commerce.quotes import AppliedPromotionOut, DiscountOut

State = Literal["pending_payment", "placed", "completed", "cancelled"]
Number = Annotated[str, Meta(min_length=3, max_length=32, pattern=r"^[A-Za-z0-9-]+\Z", examples=["O-7KQ2M9XW4T"])]
Token = Annotated[str, Meta(min_length=20, max_length=100, pattern=r"^[A-Za-z0-9_-]+\Z")]


class OrderAddressOut(WireOut, frozen=True, kw_only=True):
    """A postal address as it was given."""

    name: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str
    country: str
    phone: str | None


class OrderContactOut(WireOut, frozen=True, kw_only=True):
    """How the buyer is reached."""

    email: str
    name: str
    phone: str | None
    language: str


class OrderTaxOut(WireOut, frozen=True, kw_only=True):
    """What one rate of tax comes to, over lines and deliveries; 21 % is 0.21."""

    country: str
    category: str
    rate: str
    net: Money
    tax: Money


class ElsewhereOut(WireOut, frozen=True, kw_only=True):
    """Open units that another location than the group's has; with no location, they wait for one, or for supply: then they are expected to be ready
    at `expected_at`.
    """

    location_id: UUID | None
    units: int
    expected_at: datetime | None = None


class OrderKitOut(WireOut, frozen=True, kw_only=True):
    """The kit that a line is a part of: `units` of it were sold, as the `nth` kit of the order. Lines with the same `nth` are its parts."""

    nth: int
    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    option_text: str
    units: int


class OrderLineOut(WireOut, frozen=True, kw_only=True):
    """One line, as it was agreed. quantity = open + fulfilled + cancelled, and returned is part of fulfilled.

    A fee (`eco_fee`, `deposit`) is a line of its own, `of_line_id` the article's: its units go where the article's go, and it is named by no
    request. A gift costs nothing. `list_unit` is the list's price where a person gave another, `prior` the lowest price of the 30 days
    before a reduction, `unit_price` that of one `measure`, `relief` why no tax is charged. `instead_of_line_id` is the line whose units this
    one replaces; a `difference` is what is not charged of them, since the other article is cheaper. A line of which all units were replaced
    has none. A part of a `kit` carries its share of the kit's price; of what is not `stocked` there is nothing to fetch. `substitutes` is what the buyer wants when units are missing; `minimum_age`, in years, is from when one may collect them.
    """

    id: OrderLineId
    group_id: UUID
    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    option_text: str
    image_url: str | None
    quantity: int
    open: int
    fulfilled: int
    cancelled: int
    returned: int
    unit: Money
    compare_at: Money | None
    includes_tax: bool
    subtotal: Money
    discount: Money
    discounts: list[DiscountOut]
    net: Money
    tax: Money
    total: Money
    tax_rate: str
    kind: Literal["article", "eco_fee", "deposit", "gift", "difference"]
    of_line_id: OrderLineId | None
    instead_of_line_id: OrderLineId | None
    substitutes: SubstituteWish
    minimum_age: int | None
    kit: OrderKitOut | None
    stocked: bool
    list_unit: Money | None
    prior: Money | None
    unit_price: Money | None
    measure: str | None
    relief: Literal["intra_community", "reverse_charge", "export"] | None
    elsewhere: list[ElsewhereOut]


class OrderGroupOut(WireOut, frozen=True, kw_only=True):
    """What one location hands over or sends; of kind `none`, what needs neither. `ready_by` is the promise: waiting for collection, or on its way, by then.

    `delivery` is with tax, after `delivery_discount`.
    """

    id: UUID
    kind: Literal["pickup", "ship", "none"]
    location_id: UUID
    location_name: str
    method_id: UUID | None
    method_code: str
    method_name: str
    ready_by: datetime | None
    lines: Money
    delivery: Money
    rounding: Money
    total: Money
    delivery_discount: Money
    delivery_discounts: list[DiscountOut]


class OrderOut(WireOut, frozen=True, kw_only=True):
    """An order. total = subtotal - discount_total + tax_added + delivery_total + rounding = the sum of its groups.

    What deliveries cost less is inside `delivery_total`, not in `discount_total`. `vat_number` is the business's that bought.
    `pay_until` is until when an unpaid order keeps its goods.
    """

    id: OrderId
    number: str
    state: State
    version: int
    cart_id: UUID
    channel_id: UUID
    currency: str
    payment_kind: Literal["card", "on_collection"]
    contact: OrderContactOut
    shipping_address: OrderAddressOut | None
    billing_address: OrderAddressOut | None
    groups: list[OrderGroupOut]
    lines: list[OrderLineOut]
    taxes: list[OrderTaxOut]
    subtotal: Money
    discount_total: Money
    tax_added: Money
    delivery_total: Money
    net_total: Money
    tax_total: Money
    rounding: Money
    total: Money
    opened_at: datetime
    placed_at: datetime | None
    closed_at: datetime | None
    cancel_reason: str | None
    pay_until: datetime | None
    store_id: UUID | None
    tender: str | None
    vat_number: str | None
    promotions: list[AppliedPromotionOut]


class OrderRowLineOut(WireOut, frozen=True, kw_only=True):
    """A line of an order as a list shows it: the article as it was ordered, and of a kit's part the title of the kit."""

    sku: str
    title: str
    option_text: str
    image_url: str | None
    quantity: int
    kit_title: str | None


class OrderRowOut(WireOut, frozen=True, kw_only=True):
    """An order as a list shows it: `units` are those of all its articles, `first_lines` its first three lines of articles."""

    id: OrderId
    number: str
    state: State
    total: Money
    units: int
    first_lines: list[OrderRowLineOut]
    opened_at: datetime
    placed_at: datetime | None
    closed_at: datetime | None
    version: int


class HappeningOut(WireOut, frozen=True, kw_only=True):
    """Something that happened to the order or to what hangs on it: its payments, its fulfilment, its returns.

    `facts` is the state of `subject_id` after it; staff, terminals and services get it, shoppers do not.
    """

    id: UUID
    type: str
    at: datetime
    subject_id: UUID
    facts: msgspec.Raw | None


class TimelineOut(WireOut, frozen=True, kw_only=True):
    """What happened, in order; the first 500 happenings."""

    order_id: OrderId
    items: list[HappeningOut]


class LookupIn(WireIn, frozen=True, kw_only=True):
    """The number of an order, and the e-mail that it was placed with."""

    number: Number
    email: Email


class LookupOut(WireOut, frozen=True, kw_only=True):
    """What is answered always, whether or not there is such an order."""

    detail: str


class AccessIn(WireIn, frozen=True, kw_only=True):
    """The token of a mailed link."""

    token: Token
