"""What a checkout is asked for and what it makes of a cart."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from commerce.inventory import Demand
from commerce.kernel.ids import LocationId
from commerce.kernel.money import Money
from commerce.orders import Order
from commerce.payments import Payment


class PayBy(msgspec.Struct, frozen=True, kw_only=True):
    """How the buyer pays: by card with a payment method of the provider, or in the store when they collect."""

    kind: Literal["card", "on_collection"]
    payment_method: str | None = None
    return_url: str | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """An order that somebody wants: the total that they saw and agreed to, and how they pay."""

    accepted_total: Money
    pay_by: PayBy


class Piece(msgspec.Struct, frozen=True):
    """Units of one basket line, by its key, that come from one place. `start` is the first unit's position in the line, from 0."""

    key: str
    group: str
    location_id: LocationId
    start: int
    quantity: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Where each line's units come from, until when they are kept, and when the plan was made."""

    pieces: Sequence[Piece]
    demands: Sequence[Demand]
    at: datetime
    until: datetime


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The order that a cart has become, and its last attempt to pay."""

    order: Order
    payment: Payment | None
