"""What a checkout is asked for and what it makes of a cart."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from commerce.inventory import Demand
from commerce.kernel.ids import CartLineId, LocationId, VariantId
from commerce.kernel.money import Money
from commerce.orders import Order, SubstituteWish
from commerce.payments import Payment
from commerce.promise import Window


class PayBy(msgspec.Struct, frozen=True, kw_only=True):
    """How the buyer pays: by card with a payment method of the provider, or in the store when they collect."""

    kind: Literal["card", "on_collection"]
    payment_method: str | None = None
    return_url: str | None = None


class SeenLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper saw of a line: its unit price, its tax and total, and the version of the list that gave it."""

    line_id: CartLineId
    unit: int
    total: int
    price_list_id: UUID | None = None
    price_list_version: int | None = None
    tax: int | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper saw of the cart beside its total, in minor units: lines, deliveries by way of fulfilment, what promotions saved, its tax."""

    lines: Sequence[SeenLine] = ()
    deliveries: Mapping[str, int] = msgspec.field(default_factory=dict)
    promotions: Mapping[UUID, int] = msgspec.field(default_factory=dict)
    tax_total: int | None = None
    taxed_by: Literal["rates", "engine"] | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """An order that somebody wants: the total that they saw and agreed to, what they saw of its parts, how they pay, and until when they would wait
    for what is not there yet; without an instant everything has to be there. `substitutes` is what they want when units turn out to be missing,
    `substitutes_of` where it is said of single lines of the cart, by their keys.
    """

    accepted_total: Money
    pay_by: PayBy
    seen: Seen | None = None
    wait_until: datetime | None = None
    substitutes: SubstituteWish = "ask"
    substitutes_of: Mapping[str, SubstituteWish] = msgspec.field(default_factory=dict)

    def substitutes_for(self, key: str) -> SubstituteWish:
        """Gives what is wanted instead of missing units of a line, by its key; a part of a kit (`<key>/<number>`) goes with its kit."""
        return self.substitutes_of.get(key.partition("/")[0], self.substitutes)


class Goods(msgspec.Struct, frozen=True):
    """Units of one basket line, by its key, that have to come from somewhere; of what is not `stocked` there is nothing to take from a shelf."""

    key: str
    variant_id: VariantId
    group: str
    quantity: int
    stocked: bool = True


class Piece(msgspec.Struct, frozen=True):
    """Units of one basket line, by its key, that come from one place. `start` is the first unit's position in the line, from 0. `waits` is when they
    are ready there, where they wait for supply.
    """

    key: str
    group: str
    location_id: LocationId
    start: int
    quantity: int
    waits: datetime | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Where each line's units come from, until when they are kept, and when the plan was made.

    `ready` says by way of fulfilment and place when they are ready: the promise, or the beginning of the pickup slot that was chosen.
    `windows` are the slots, and the store days with a limit of orders, in which the order takes a place.
    """

    pieces: Sequence[Piece]
    demands: Sequence[Demand]
    ready: Mapping[tuple[str, LocationId], datetime]
    windows: Sequence[Window]
    at: datetime
    until: datetime


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The order that a cart has become, its last attempt to pay, and the gifts that could not be had: promotion and article.

    `taxed_by` is not known of an order that was there already.
    """

    order: Order
    payment: Payment | None
    gifts_missing: Sequence[tuple[UUID, UUID]] = ()
    taxed_by: Literal["rates", "engine"] | None = None
