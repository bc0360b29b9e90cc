"""The bundle as a document: what a till needs to give the price without a network. JSON, of kernel and price engine only.

One shape for both: a *full* bundle (`since` none) has every section; a *delta* (`since` names the version that it is laid over) has the
sections that moved, whole, and null for the others; of the articles it has those that moved, each whole with all its prices, and in
`removed` those that are no longer in it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from commerce.kernel.wire import Text3
from commerce.price_engine.book import Channel, Method, Place
from commerce.price_engine.facts import ArticleFact, PriceList
from commerce.price_engine.promotion import Promotion
from commerce.price_engine.tax_book import TaxBook

FORMAT: Final = 1
"""Raised when a till of the time before could not read a document any more."""


class BundlePrice(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A price of the article on a list, from `min_quantity` units on, at the instants from `starts_at` up to, not at, `ends_at`.

    A bound that is missing does not bind. The rows of one list and quantity never overlap.
    """

    list_id: UUID
    unit: int
    version: int = 1
    min_quantity: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    compare_at: int | None = None
    prior: int | None = None


class BundleArticle(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article as a till finds, shows and prices it. Categories in `fact` are the article's own; see `BundleDocument.categories`."""

    fact: ArticleFact
    sku: str
    barcode: str | None = None
    title: Text3
    option_text: str = ""
    prices: tuple[BundlePrice, ...] = ()


class BundleCode(Struct, frozen=True, kw_only=True, gc=False):
    """A shared code as a till checks it: base64url of the SHA-256 of the code's normal form, and the promotion that it opens."""

    digest: str
    promotion: UUID


class BundleKey(Struct, frozen=True, kw_only=True, gc=False):
    """A public key that quotes and bundles are signed with, as a JSON Web Key (RFC 8037): `x` is base64url of its 32 bytes."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"


class BundleDocument(Struct, frozen=True, kw_only=True):
    """A bundle, full or delta. It holds from `at` up to `expires_at`; after that a till asks for another one before it sells.

    `categories` gives each category with itself and all above it. `customers` says whether lists and promotions of single customers are in
    it; where they are not, a customer's price comes from the server.
    """

    format: int = FORMAT
    engine: int
    version: str
    since: str | None
    at: datetime
    expires_at: datetime
    channel_id: UUID
    location_id: UUID
    customers: bool
    channel: Channel | None
    places: tuple[Place, ...] | None
    methods: tuple[Method, ...] | None
    lists: tuple[PriceList, ...] | None
    taxes: TaxBook | None
    promotions: tuple[Promotion, ...] | None
    codes: tuple[BundleCode, ...] | None
    categories: Mapping[UUID, tuple[UUID, ...]] | None
    charge_steps: Mapping[str, int] | None
    keys: tuple[BundleKey, ...] | None
    removed: tuple[UUID, ...] = ()
    articles: tuple[BundleArticle, ...] = ()
