"""The book: all that is known beside articles and prices, and a basket as somebody wants it. What the server keeps in memory and a till in its bundle."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import force_setattr

from commerce.kernel.currencies import Currency
from commerce.price_engine.facts import Basket, Override, PriceList
from commerce.price_engine.known import Facts
from commerce.price_engine.priced import Priced
from commerce.price_engine.promotion_index import PromotionIndex
from commerce.price_engine.tax_book import TaxBook

Reason = Literal[
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
]


class Channel(Struct, frozen=True, kw_only=True):
    """Where something is sold: its currency, its country (ISO 3166-1 alpha-2) and its IANA zone."""

    id: UUID
    currency: Currency
    country: str
    zone: str


class Place(Struct, frozen=True, kw_only=True):
    """A location: where what is collected there is supplied, and its IANA zone. `pickup` says that one can collect there now."""

    id: UUID
    country: str
    region: str | None
    postal_code: str
    zone: str
    pickup: bool


class Method(Struct, frozen=True, kw_only=True):
    """A way of delivery; `amount` is charged once for each group. `countries` none named: anywhere."""

    id: UUID
    kind: Literal["pickup", "ship"]
    amount: int
    currency: Currency
    includes_tax: bool
    tax_category: str
    countries: tuple[str, ...] = ()


class PickupMethods(Struct, frozen=True):
    """The oldest method by which goods are collected, by currency; `of` are the methods that it was taken from."""

    of: Mapping[UUID, Method]
    by_currency: Mapping[str, Method]


class Book(Struct, frozen=True, kw_only=True):
    """All that is known beside articles and prices. `methods` and `places` hold only what is in use.

    `pickup` is worked out of `methods`, and again only when those are others.
    """

    channels: Mapping[UUID, Channel]
    places: Mapping[UUID, Place]
    methods: Mapping[UUID, Method]
    lists: Mapping[UUID, PriceList]
    taxes: TaxBook
    promotions: PromotionIndex
    charge_steps: Mapping[str, int]
    pickup: PickupMethods | None = None

    def __post_init__(self) -> None:
        if self.pickup is None or self.pickup.of is not self.methods:
            found: dict[str, Method] = {}
            for method in sorted(self.methods.values(), key=lambda each: each.id):
                if method.kind == "pickup":
                    found.setdefault(method.currency, method)
            force_setattr(self, "pickup", PickupMethods(self.methods, found))

    def pickup_method(self, currency: str) -> Method | None:
        """Gives the method by which goods are collected; None where collecting costs nothing and is nobody's method."""
        return None if self.pickup is None else self.pickup.by_currency.get(currency)


class Destination(Struct, frozen=True, kw_only=True, gc=False):
    """Where goods are sent to."""

    country: str
    region: str | None = None
    postal_code: str | None = None


class Business(Struct, frozen=True, kw_only=True, gc=False):
    """A buyer that is a taxable person: its VAT number with the country prefix, and whether that was found valid."""

    vat_number: str
    valid: bool


class Buyer(Struct, frozen=True, kw_only=True):
    """Who buys, as far as prices may depend on it; see `Circumstances`."""

    customer_id: UUID | None = None
    groups: tuple[UUID, ...] = ()
    orders_before: int | None = None
    business: Business | None = None


NOBODY = Buyer()


class WantLine(Struct, frozen=True, kw_only=True):
    """Some units of a variant. `group` is `pickup:<location id>` or `ship:<method id>`; without one nothing is charged for delivery."""

    key: str
    variant_id: UUID
    quantity: int
    group: str | None = None
    override: Override | None = None


class Want(Struct, frozen=True, kw_only=True):
    """A basket to be priced at an instant. Keys of lines are distinct; one variant may stand in several lines.

    `destination` none means the channel's country. `codes` are pairs of the code as it was typed and the promotion that
    it opens; `without` are promotions that cannot be had any more. `counter` says that somebody of the store sells it there.
    """

    channel_id: UUID
    store_id: UUID | None = None
    counter: bool = False
    destination: Destination | None = None
    buyer: Buyer = NOBODY
    codes: tuple[tuple[str, UUID], ...] = ()
    without: tuple[UUID, ...] = ()
    tender: str | None = None
    lines: tuple[WantLine, ...]
    at: datetime


class Frozen(Struct, frozen=True, kw_only=True):
    """What a basket is to be priced on: what was recorded before (see `facts_recorded`), in the same currency.

    - `prices`: variants that were recorded keep the prices and lists of that time, at the tier reached now; promotions,
      deliveries and taxes are as now.
    - `all`: prices, promotions with their codes, deliveries and taxes are those of that time, in its circumstances, and so
      are prices given by hand and taxes of an outside engine when the lines are the same. What has no price there has today's.
      Where goods now go to another zone of tax, deliveries and taxes are as now. So a quote is honoured until it expires.

    An article that is not for sale any more is not sold on a frozen price either, and a promotion that the want names in
    `without` gives nothing.
    """

    what: Literal["prices", "all"]
    recorded: "Assembled"


class LineProblem(Struct, frozen=True, kw_only=True):
    """Why a line has no price. `position` counts from 0; `field` is what is at fault; `detail` says what to change."""

    position: int
    key: str
    variant_id: UUID
    field: Literal["variant_id", "group"]
    reason: Reason
    detail: str


class Assembled(Struct, frozen=True, kw_only=True):
    """A basket made of a want, with the facts that hold for it, and the lines that had to be left out."""

    basket: Basket
    facts: Facts
    problems: tuple[LineProblem, ...]


class Outcome(Struct, frozen=True, kw_only=True):
    """A want with its price, and what it was priced from."""

    priced: Priced | None
    assembled: Assembled
