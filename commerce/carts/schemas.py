"""Carts on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from commerce.carts.facts import CODES_MOST, LINES_MOST, SLOTS_MOST
from commerce.kernel.ids import CartId, CartLineId, LocationId, OrderId, VariantId
from commerce.kernel.money import Money
from commerce.kernel.wire import Country, Email, Instant, Language, Name, Quantity, WireIn, WireOut
from commerce.promise import Alternative
from commerce.quotes import (
    AppliedPromotionOut,
    CodeOut,
    CouponCode,
    DiscountOut,
    TaxedBy,
    Tender,
    UnitPriceOut,
    VatNumber,
)

Phone = Annotated[str, Meta(min_length=3, max_length=40, pattern=r"^[+0-9][0-9 ().-]*\Z")]
PostalCode = Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]*\Z")]


class FulfilmentChoice(WireIn, frozen=True, kw_only=True):
    """How a line reaches the shopper: collected at a location (`location_id`), or sent by a delivery method (`method_id`)."""

    kind: Literal["pickup", "ship"]
    location_id: UUID | None = None
    method_id: UUID | None = None


class AddLineIn(WireIn, frozen=True, kw_only=True):
    """Units of a variant; how they reach the shopper may be chosen later."""

    variant_id: VariantId
    quantity: Quantity = 1
    fulfilment: FulfilmentChoice | None = None


class NewCartIn(WireIn, frozen=True, kw_only=True):
    """A cart to begin with; all of it may be left out. The channel is the token's, else the one named here, else the default one.

    `store_id` is the store where it is bought, for a terminal its own unless another is named. `customer_id` is whose cart it is to be:
    only staff, terminals and services name one; a shopper is their own customer.
    """

    channel_id: UUID | None = None
    country: Country | None = None
    store_id: UUID | None = None
    customer_id: UUID | None = None
    lines: Annotated[list[AddLineIn], Meta(max_length=LINES_MOST)] = msgspec.field(default_factory=list)


class AddLinesIn(WireIn, frozen=True, kw_only=True):
    """Lines to add; units of the same variant for the same fulfilment join the line that is there."""

    lines: Annotated[list[AddLineIn], Meta(min_length=1, max_length=LINES_MOST)]


class ChangeLineIn(WireIn, frozen=True, kw_only=True):
    """How many units a line should have."""

    quantity: Quantity


class CartContactIn(WireIn, frozen=True, kw_only=True):
    """How the buyer is reached; mails are written in `language`.

    `confirmed_age` are the years that the buyer says to have, or that somebody at the counter has checked: what has an age limit is not sold
    without.
    """

    email: Email
    name: Name
    phone: Phone | None = None
    language: Language | None = None
    confirmed_age: Annotated[int, Meta(ge=1, le=150)] | None = None


class CartAddressIn(WireIn, frozen=True, kw_only=True):
    """A postal address."""

    name: Name
    line1: Name
    line2: Name | None = None
    city: Name
    region: Name | None = None
    postal_code: PostalCode
    country: Country
    phone: Phone | None = None


class CartAddressesIn(WireIn, frozen=True, kw_only=True):
    """Where goods and bills go; one that is left out is taken away."""

    shipping: CartAddressIn | None = None
    billing: CartAddressIn | None = None


class ChosenIn(WireIn, frozen=True, kw_only=True):
    """How one line reaches the shopper; null takes the choice away."""

    line_id: CartLineId
    fulfilment: FulfilmentChoice | None


class CartFulfilmentIn(WireIn, frozen=True, kw_only=True):
    """How lines reach the shopper; lines that are not named stay as they are."""

    lines: Annotated[list[ChosenIn], Meta(min_length=1, max_length=LINES_MOST)]


class SlotChoice(WireIn, frozen=True, kw_only=True):
    """A pickup slot of a location, by the instant at which it begins."""

    location_id: LocationId
    starts_at: Instant


class CartSlotsIn(WireIn, frozen=True, kw_only=True):
    """The pickup slots, at most one for each location; what stood before is replaced."""

    slots: Annotated[list[SlotChoice], Meta(max_length=SLOTS_MOST)]


class CartCouponsIn(WireIn, frozen=True, kw_only=True):
    """Codes; one that stands twice, however it is typed, counts once."""

    codes: Annotated[list[CouponCode], Meta(min_length=1, max_length=CODES_MOST)]


class CartTenderIn(WireIn, frozen=True, kw_only=True):
    """How it will be paid, where promotions ask for it; null: not said."""

    tender: Tender | None


class CartVatNumberIn(WireIn, frozen=True, kw_only=True):
    """The VAT number of the business that buys; null: nobody's, or the customer's own where one is known."""

    vat_number: VatNumber | None


class CartFreezeIn(WireIn, frozen=True, kw_only=True):
    """What is to stay as it is now: prices alone, or all with promotions, deliveries and taxes; for a day unless `until` says how long."""

    what: Literal["prices", "all"]
    until: Instant | None = None


class CartQuoteIn(WireIn, frozen=True, kw_only=True):
    """A signed quote, from whatever channel."""

    signed: Annotated[str, Meta(min_length=1, max_length=400_000, pattern=r"^[A-Za-z0-9_.-]+\Z")]


class CartAddressOut(WireOut, frozen=True, kw_only=True):
    """A postal address."""

    name: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str
    country: str
    phone: str | None


class CartContactOut(WireOut, frozen=True, kw_only=True):
    """How the buyer is reached."""

    email: str
    name: str
    phone: str | None
    language: str
    confirmed_age: int | None


class CartFulfilmentOut(WireOut, frozen=True, kw_only=True):
    """How a line or a group reaches the shopper; `name` is the location's or the method's."""

    kind: Literal["pickup", "ship"]
    location_id: UUID | None
    method_id: UUID | None
    name: str


class CartSlotOut(WireOut, frozen=True, kw_only=True):
    """A pickup slot that is chosen; its place in it is taken with the order."""

    location_id: UUID
    starts_at: datetime


class CartProblemOut(WireOut, frozen=True, kw_only=True):
    """What stands between the cart and its order.

    Where there is too little stock, `available` is what could be had of it there, `expected_from` is from when all of it would be ready where it comes
    and may be ordered now (checkout takes that as `wait_until`), and `alternatives` say where and by when all that is short
    there could be had instead. `location_id` is the place whose pickup slot cannot be had.
    """

    code: str
    detail: str
    line_id: CartLineId | None
    variant_id: VariantId | None
    available: int | None
    location_id: UUID | None
    alternatives: list[Alternative]
    expected_from: datetime | None = None


class CartOverrideOut(WireOut, frozen=True, kw_only=True):
    """A unit price that a person gave instead of the list's, and why."""

    unit: Money
    by: str
    reason: str


class CartFreezeOut(WireOut, frozen=True, kw_only=True):
    """What of the price stays until when; `quote_id` is the quote that it stays on."""

    what: Literal["prices", "all"]
    until: datetime
    quote_id: UUID | None


class CartFeeOut(WireOut, frozen=True, kw_only=True):
    """A charge that comes with the units of a line; it is in `subtotal`, and no discount touches it."""

    of_line_id: CartLineId
    code: str
    kind: Literal["eco_fee", "deposit"]
    quantity: int
    unit: Money
    subtotal: Money
    tax: Money
    total: Money


class CartGiftOut(WireOut, frozen=True, kw_only=True):
    """Some units for nothing: their price is in `subtotal` and in `discount_total`. Whether they can be had is known at checkout."""

    promotion_id: UUID
    variant_id: VariantId
    product_id: UUID | None
    sku: str | None
    title: str
    option_text: str
    image_url: str | None
    quantity: int
    fulfilment: CartFulfilmentOut | None
    subtotal: Money
    discount: Money
    total: Money


class CartLineOut(WireOut, frozen=True, kw_only=True):
    """One line; a line without a price has no amounts, and a problem that says why.

    `price_list_id` and `price_list_version` are the list that gave the price. `list_unit` is its price where a person gave another
    (`override`), `prior` the lowest of the 30 days before it was reduced, `points` how many times the usual points the line earns.
    """

    id: CartLineId
    variant_id: VariantId
    product_id: UUID | None
    sku: str | None
    title: str
    option_text: str
    image_url: str | None
    quantity: int
    fulfilment: CartFulfilmentOut | None
    unit: Money | None
    compare_at: Money | None
    subtotal: Money | None
    discount: Money | None
    tax: Money | None
    total: Money | None
    discounts: list[DiscountOut]
    list_unit: Money | None
    prior: Money | None
    unit_price: UnitPriceOut | None
    override: CartOverrideOut | None
    points: str | None
    price_list_id: UUID | None
    price_list_version: int | None


class CartGroupOut(WireOut, frozen=True, kw_only=True):
    """What is collected at one place, or sent in one way: lines + delivery + rounding = total, all with tax.

    `lines` has fees and gifts; `delivery` is after `delivery_discount`.
    """

    fulfilment: CartFulfilmentOut | None
    lines: Money
    delivery: Money
    rounding: Money
    total: Money
    delivery_discount: Money
    delivery_discounts: list[DiscountOut]


class CartTaxOut(WireOut, frozen=True, kw_only=True):
    """What one rate of tax comes to; 21 % is 0.21."""

    country: str
    category: str
    rate: str
    net: Money
    tax: Money


class CartOut(WireOut, frozen=True, kw_only=True):
    """A cart with its price of this moment.

    total = subtotal - discount_total + tax_added + delivery_total + rounding; subtotal is that of lines, fees and gifts. `codes` says of each
    code what it gives or why not; one that gives nothing is in nobody's way. `order_id` is the order that it has become.
    """

    id: CartId
    version: int
    state: Literal["active", "ordered"]
    order_id: OrderId | None
    channel_id: UUID
    country: str
    currency: str
    contact: CartContactOut | None
    shipping_address: CartAddressOut | None
    billing_address: CartAddressOut | None
    lines: list[CartLineOut]
    groups: list[CartGroupOut]
    taxes: list[CartTaxOut]
    subtotal: Money
    discount_total: Money
    tax_added: Money
    delivery_total: Money
    tax_total: Money
    rounding: Money
    total: Money
    problems: list[CartProblemOut]
    created_at: datetime
    updated_at: datetime
    fees: list[CartFeeOut]
    gifts: list[CartGiftOut]
    codes: list[CodeOut]
    promotions: list[AppliedPromotionOut]
    store_id: UUID | None
    customer_id: UUID | None
    vat_number: str | None
    tender: str | None
    frozen: CartFreezeOut | None
    taxed_by: TaxedBy = "rates"
    slots: list[CartSlotOut] = msgspec.field(default_factory=list)


class CartRowOut(WireOut, frozen=True, kw_only=True):
    """An open cart as a list shows it, without its price: that is made when the cart itself is read."""

    id: CartId
    version: int
    channel_id: UUID
    country: str
    store_id: UUID | None
    line_count: int
    units: int
    created_at: datetime
    updated_at: datetime


class CartProblemsOut(WireOut, frozen=True, kw_only=True):
    """All that stands between the cart and its order, stock included; `ready` when there is nothing."""

    ready: bool
    problems: list[CartProblemOut]
