"""Checkout on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from commerce.carts import LINES_MOST, FulfilmentChoice
from commerce.kernel.ids import CartLineId, OrderId, PaymentId, VariantId
from commerce.kernel.money import Money
from commerce.kernel.wire import Instant, WireIn, WireOut
from commerce.orders import SubstituteWish
from commerce.quotes import TaxedBy

PaymentMethod = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=255,
        pattern=r"^(pm|ctoken)_[A-Za-z0-9_]+\Z",
        description="A payment method or confirmation token of the provider, made in the buyer's browser; never a card number",
        examples=["pm_card_visa"],
    ),
]
ReturnUrl = Annotated[
    str,
    Meta(
        max_length=2_000,
        pattern=r"^https?://[^\s]+\Z",
        description="Where the buyer comes back to after the bank has asked them",
    ),
]


class PayByIn(WireIn, frozen=True, kw_only=True):
    """How the buyer pays: by card (`payment_method` is needed), or in the store when everything is collected."""

    kind: Literal["card", "on_collection"]
    payment_method: PaymentMethod | None = None
    return_url: ReturnUrl | None = None


class AcceptedLineIn(WireIn, frozen=True, kw_only=True):
    """What the buyer saw of a line; the price list and its version are those of the cart's line."""

    line_id: CartLineId
    unit: Money
    total: Money
    tax: Money | None = None
    price_list_id: UUID | None = None
    price_list_version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None


class AcceptedDeliveryIn(WireIn, frozen=True, kw_only=True):
    """What the buyer saw of a delivery: `delivery` of a group of the cart."""

    fulfilment: FulfilmentChoice
    total: Money


class AcceptedPromotionIn(WireIn, frozen=True, kw_only=True):
    """What the buyer saw of a promotion that applied."""

    promotion_id: UUID
    saved: Money


class AcceptedIn(WireIn, frozen=True, kw_only=True):
    """What the buyer saw beside the total, as the cart had it; a refusal then says what moved, from what to what, and why."""

    lines: Annotated[list[AcceptedLineIn], Meta(max_length=LINES_MOST)] = msgspec.field(default_factory=list)
    deliveries: Annotated[list[AcceptedDeliveryIn], Meta(max_length=LINES_MOST)] = msgspec.field(default_factory=list)
    promotions: Annotated[list[AcceptedPromotionIn], Meta(max_length=LINES_MOST)] = msgspec.field(default_factory=list)
    tax_total: Money | None = None
    taxed_by: TaxedBy | None = None


class LineSubstitutesIn(WireIn, frozen=True, kw_only=True):
    """What the buyer wants instead of missing units of one line of the cart."""

    line_id: CartLineId
    wish: SubstituteWish


class SubstitutesIn(WireIn, frozen=True, kw_only=True):
    """What the buyer wants when units are missing: `no` other article, to be asked first (`ask`), or something similar without being asked.

    Another article never costs more than was agreed. `wish` is for every line that is not named.
    """

    wish: SubstituteWish = "ask"
    lines: Annotated[list[LineSubstitutesIn], Meta(max_length=LINES_MOST)] = msgspec.field(default_factory=list)


class CheckoutIn(WireIn, frozen=True, kw_only=True):
    """What the buyer agrees to: the total that they saw, and what they saw of its parts, where that is sent along.

    `wait_until`: what is not there and comes may be ready as late as that. Without it, everything has to be there now. `substitutes` says what
    the buyer wants when units turn out to be missing; nobody gets another article without having agreed to it.
    """

    accepted_total: Money
    payment: PayByIn
    accepted: AcceptedIn | None = None
    wait_until: Instant | None = None
    substitutes: SubstitutesIn | None = None


class PayAgainIn(WireIn, frozen=True, kw_only=True):
    """Another attempt to pay an order."""

    payment: PayByIn


class CheckoutPaymentOut(WireOut, frozen=True, kw_only=True):
    """How the payment stands. `next_action_url` is where the buyer has to go now, if anywhere; `decline_code` is the provider's."""

    id: PaymentId
    kind: Literal["card", "on_collection"]
    state: str
    next_action_url: str | None
    decline_code: str | None


class GiftMissingOut(WireOut, frozen=True, kw_only=True):
    """A gift that could not be had; the order goes on without it, at the same total."""

    promotion_id: UUID
    variant_id: VariantId


class CheckoutOut(WireOut, frozen=True, kw_only=True):
    """The order that the cart has become, and how its payment stands. A declined payment can be tried again until `pay_until`.

    `gifts_missing` are gifts that were not to be had any more. `taxed_by` is whose taxes they are, as on the cart; null where the order
    was there already.
    """

    order_id: OrderId
    number: str
    state: Literal["pending_payment", "placed", "completed", "cancelled"]
    total: Money
    pay_until: datetime | None
    payment: CheckoutPaymentOut | None
    gifts_missing: list[GiftMissingOut]
    taxed_by: TaxedBy | None = None
