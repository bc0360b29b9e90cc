"""Carts as values: what is wanted, by whom, and how it should reach them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.ids import CartId, CartLineId, LocationId, OrderId, VariantId
from commerce.price_engine import Override
from commerce.promise import Alternative

LINES_MOST = 100
QUANTITY_MOST = 9_999
CODES_MOST = 10
SLOTS_MOST = 20
PICKUP = "pickup:"
SHIP = "ship:"
GIFT = "gift+"
"""How the price engine names the line of a gift: this, then the promotion."""


class CartState(StrEnum):
    """Where a cart is: in use, become an order, or thrown away."""

    ACTIVE = "active"
    ORDERED = "ordered"
    DISCARDED = "discarded"


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    name: str
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str
    country: str
    phone: str | None = None


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one variant for one way of fulfilment. `group` is `pickup:<location id>`, `ship:<method id>`, or empty: not chosen yet.

    A price given by hand holds for all units of the line, in the terms of the list.
    """

    id: CartLineId
    variant_id: VariantId
    quantity: int
    group: str
    seq: int = 0
    override_unit: int | None = None
    override_by: str | None = None
    override_reason: str | None = None

    @property
    def override(self) -> Override | None:
        """The unit price that a person gave, if one did."""
        if self.override_unit is None or self.override_by is None:
            return None
        return Override(unit=self.override_unit, by=self.override_by, reason=self.override_reason or "")

    @property
    def kind(self) -> Literal["pickup", "ship"] | None:
        """How it reaches the shopper, when that is chosen."""
        if self.group.startswith(PICKUP):
            return "pickup"
        return "ship" if self.group.startswith(SHIP) else None

    @property
    def target(self) -> UUID | None:
        """The location where it is collected, or the delivery method by which it is sent."""
        return UUID(self.group.partition(":")[2]) if self.group else None


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    """A cart as it is stored; it has no prices: those are asked for when it is shown.

    `codes` are as they were typed. What is frozen holds until `frozen_until`: prices alone, or all with promotions, deliveries and taxes;
    `quote_id` is the quote that it was frozen on. `slots` are the pickup slots that are chosen, by location: when each begins. `shopper_id` is whose it is to be, also where staff fills it for them.
    """

    id: CartId
    owner: str
    shopper_id: UUID | None
    channel_id: UUID
    country: str
    language: str
    email: str | None
    contact_name: str | None
    contact_phone: str | None
    billing_address: Address | None
    shipping_address: Address | None
    state: CartState
    order_id: OrderId | None
    created_at: datetime
    updated_at: datetime
    version: int
    store_id: UUID | None = None
    confirmed_age: int | None = None
    vat_number: str | None = None
    tender: str | None = None
    codes: tuple[str, ...] = ()
    frozen_what: Literal["prices", "all"] | None = None
    frozen_until: datetime | None = None
    frozen_record: bytes | None = None
    frozen_by: str | None = None
    quote_id: UUID | None = None
    slots: Mapping[LocationId, datetime] = {}
    lines: tuple[CartLine, ...] = ()

    @property
    def destination(self) -> str:
        """The country that shipped goods go to and by whose rates the basket is taxed: the shipping address's, else the cart's own."""
        return self.shipping_address.country if self.shipping_address is not None else self.country

    def frozen_at(self, at: datetime) -> bool:
        """Says whether a freeze holds at an instant."""
        return self.frozen_until is not None and at < self.frozen_until

    def groups(self) -> Sequence[str]:
        """Gives the ways of fulfilment that are chosen, in the order of the lines."""
        return list(dict.fromkeys(line.group for line in self.lines if line.group))


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """Something that stands between a cart and its order: a stable code, and the line that is at fault, if one is.

    `available` says how many units could be had where stock is what is missing, `expected_from` from when all of them would be ready where they come
    and may be ordered now, and `alternatives` where and by when all units that are short
    there could be had instead.
    """

    code: Literal[
        "empty",
        "no_contact",
        "no_shipping_address",
        "no_fulfilment",
        "no_goods_there",
        "insufficient_stock",
        "comes_later",
        "unknown_article",
        "not_for_sale",
        "not_shippable",
        "no_price",
        "no_tax_rate",
        "unknown_method",
        "unknown_location",
        "not_delivered_there",
        "not_online",
        "not_shipped",
        "not_collected",
        "once_per_order",
        "age_not_confirmed",
        "slot_not_offered",
        "slot_full",
    ]
    detail: str
    line_id: CartLineId | None = None
    variant_id: VariantId | None = None
    available: int | None = None
    location_id: LocationId | None = None
    alternatives: tuple[Alternative, ...] = ()
    expected_from: datetime | None = None
