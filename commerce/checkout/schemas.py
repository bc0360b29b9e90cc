"""Checkout on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from commerce.kernel.ids import OrderId, PaymentId
from commerce.kernel.money import Money
from commerce.kernel.wire import WireIn, WireOut

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


class CheckoutIn(WireIn, frozen=True, kw_only=True):
    """What the buyer agrees to: the total that they saw."""

    accepted_total: Money
    payment: PayByIn


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


class CheckoutOut(WireOut, frozen=True, kw_only=True):
    """The order that the cart has become, and how its payment stands. A declined payment can be tried again until `pay_until`."""

    order_id: OrderId
    number: str
    state: Literal["pending_payment", "placed", "completed", "cancelled"]
    total: Money
    pay_until: datetime | None
    payment: CheckoutPaymentOut | None
