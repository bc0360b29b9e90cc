"""The bundle: all that a till without a network needs to find articles, to price them as the server does and to check a quote.

It travels as one JSON document of `BundleDocument`; docs/decisions/0069-the-bundle.md.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from commerce.kernel.embedded_codes import KILOGRAM, Embedded, EmbeddedRule, worth
from commerce.kernel.money import added_tax
from commerce.kernel.signatures import from_base64, to_base64
from commerce.kernel.wire import Text3
from commerce.price_engine.assemble import circumstances, price_want, zone_of_place
from commerce.price_engine.book import Book, Channel, Frozen, Method, Outcome, Place, Want
from commerce.price_engine.choose_price import ListPrices, unit_price
from commerce.price_engine.errors import Malformed
from commerce.price_engine.facts import ArticleFact, PriceFact, PriceList
from commerce.price_engine.found import Code, Codes
from commerce.price_engine.priced import ENGINE_VERSION
from commerce.price_engine.promotion import Promotion
from commerce.price_engine.promotion_index import PromotionIndex
from commerce.price_engine.signed_quote import Flaw, QuoteDocument, key_named, open_signed
from commerce.price_engine.tax_book import TaxBook

FORMAT: Final = 1
"""Raised when a till of the time before could not read a document any more."""


class BundledPrice(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
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


class BundledPart(Struct, frozen=True, kw_only=True, gc=False):
    """So many units of an article in one kit."""

    variant_id: UUID
    quantity: int


class BundledArticle(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article as a till finds, shows and prices it. Categories in `fact` are the article's own; see `BundleDocument.categories`.

    A kit is taken from the shelf as its `parts`. Of what is not `stocked` (a service, a file) there is nothing on a shelf.
    """

    fact: ArticleFact
    sku: str
    barcode: str | None = None
    more_barcodes: tuple[str, ...] = ()
    short_code: str | None = None
    title: Text3
    option_text: str = ""
    prices: tuple[BundledPrice, ...] = ()
    parts: tuple[BundledPart, ...] = ()
    stocked: bool = True

    @property
    def every_barcode(self) -> tuple[str, ...]:
        """All barcodes, the first one first."""
        return self.more_barcodes if self.barcode is None else (self.barcode, *self.more_barcodes)


class Found(Struct, frozen=True, kw_only=True):
    """An article as a till finds it: `price` is that of one unit on the shelf, tax included, before any promotion; None where it has none.

    Where the code says something of the piece that it stands on, that is `embedded`, and `piece` what the piece costs, tax included.
    """

    article: BundledArticle
    price: int | None
    embedded: Embedded | None = None
    piece: int | None = None


class BundledCode(Struct, frozen=True, kw_only=True, gc=False):
    """A shared code as a till checks it: `code_digest` of the code, and the promotion that it opens."""

    digest: str
    promotion: UUID


class BundledKey(Struct, frozen=True, kw_only=True, gc=False):
    """A public key that quotes and bundles are signed with, as a JSON Web Key (RFC 8037): `x` is base64url of its 32 bytes."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"


class BundleDocument(Struct, frozen=True, kw_only=True):
    """A bundle, full or delta. It holds from `at` up to `expires_at`; after that a till asks for another one before it sells.

    A full one (`since` none) has every section. A delta names in `since` the version that it is laid over; it has whole
    the sections that moved and null for the others, whole the articles that moved, and in `removed` those that are gone.
    `categories` gives each category with itself and all above it. `customers` says whether lists and promotions of
    single customers are in it; where they are not, a customer's price comes from the server. `embedded_codes` say how
    barcodes with a weight or a price in them are read at this location, one for each prefix.
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
    codes: tuple[BundledCode, ...] | None
    categories: Mapping[UUID, tuple[UUID, ...]] | None
    charge_steps: Mapping[str, int] | None
    keys: tuple[BundledKey, ...] | None
    embedded_codes: tuple[EmbeddedRule, ...] | None = ()
    articles: tuple[BundledArticle, ...] = ()
    removed: tuple[UUID, ...] = ()


SECTIONS: Final = (
    "channel",
    "places",
    "methods",
    "lists",
    "taxes",
    "promotions",
    "codes",
    "categories",
    "charge_steps",
    "keys",
    "embedded_codes",
)
Section = TypeVar("Section")
_decoder: Final = msgspec.json.Decoder(BundleDocument)
_OUTSIDE: Final = re.compile(r"[^0-9A-Z]")
_MISREAD: Final = str.maketrans("OIL", "011")


def code_key(typed: str) -> str:
    """Gives the key of a code: full-width and small letters made plain capitals, only letters and digits kept, O read as 0, I and L as 1.

    Empty where nothing is left. `summer-2o` and `SUMMER 20` are one code; no two codes of a
    batch become one, because they hold none of these characters: docs/decisions/0068-codes.md.
    """
    return _OUTSIDE.sub("", unicodedata.normalize("NFKC", typed).upper()).translate(_MISREAD)


def code_digest(key: str) -> str:
    """Gives what a bundle keeps of a shared code: base64url of the SHA-256 of its key."""
    return to_base64(hashlib.sha256(key.encode()).digest())


class OtherEngine(Malformed):
    """A bundle whose figures this program would not compute: it was written for another version of the engine."""


def open_bundle(data: bytes | Iterable[bytes]) -> "Bundle":
    """Opens a full bundle, whole or in pieces.

    Raises Malformed for anything else, and OtherEngine for one that another version of the program has to read.
    """
    document = _decoded(data)
    if document.since is not None:
        raise Malformed(f"this is a delta over {document.since}: lay it over that bundle")
    return _opened(document)


class Bundle:
    """An opened bundle. Immutable: `updated` gives another one, which shares what did not move.

    `head` is its full document but for the articles, which `articles` has by variant, as they came.
    """

    def __init__(self, head: BundleDocument, articles: dict[UUID, BundledArticle]) -> None:
        self.head, self.articles = head, articles
        self.book = _book(head)
        self._categories = _there(head.categories)
        self._codes = {each.digest: each.promotion for each in _there(head.codes)}
        self._keys = {each.kid: from_base64(each.x) for each in _there(head.keys)}
        self._found_by = Codes(articles.items())
        self._facts: dict[UUID, ArticleFact] = {}

    def holds(self, at: datetime) -> bool:
        """Says whether the bundle may be sold from at an instant."""
        return self.head.at <= at < self.head.expires_at

    def by_sku(self, sku: str) -> BundledArticle | None:
        """Gives the article with this SKU."""
        meant = self._found_by.meant("sku", sku, ())
        return None if meant is None else self.articles[meant.variant_id]

    def by_barcode(self, barcode: str) -> BundledArticle | None:
        """Gives the article that has this barcode itself."""
        meant = self._found_by.meant("barcode", barcode, ())
        return None if meant is None else self.articles[meant.variant_id]

    def look_up(self, by: Code, code: str, *, at: datetime) -> Found | None:
        """Gives the article behind a scanned or typed code with its price, as the server's look-up has it at this location and instant."""
        meant = self._found_by.meant(by, code, _there(self.head.embedded_codes))
        if meant is None:
            return None
        article = self.articles[meant.variant_id]
        price, read = self._shelf_price(article, at), meant.embedded
        if read is None:
            return Found(article=article, price=price)
        measure = article.fact.measure
        weighed = price is not None and measure is not None and measure.unit == KILOGRAM
        per_kilogram = unit_price(price, measure) if weighed and price is not None else None
        return Found(article=article, price=price, embedded=read, piece=worth(read, per_kilogram))

    def promotion_of(self, typed: str) -> UUID | None:
        """Gives the promotion that a shared code opens, however it is typed; a code of a batch needs the server."""
        return self._codes.get(code_digest(code_key(typed)))

    def opened(self, typed: Iterable[str]) -> tuple[tuple[str, UUID], ...]:
        """Gives the codes that open something, with what they open, as a basket takes them; of several of one promotion the first,
        as the server does.
        """
        found: dict[UUID, str] = {}
        for each in typed:
            if (promotion := self.promotion_of(each)) is not None:
                found.setdefault(promotion, each)
        return tuple((code, promotion) for promotion, code in found.items())

    def price(self, want: Want, *, leave_out: bool = False, frozen: Frozen | None = None) -> Outcome:
        """Prices a basket as the server would at the same instant; see `price_want`. Whether the bundle still holds, ask `holds`."""
        articles: dict[UUID, ArticleFact] = {}
        prices: dict[UUID, tuple[PriceFact, ...]] = {}
        gifts = self.book.promotions.gift_variants(circumstances(self.book, want))
        for variant in {*(line.variant_id for line in want.lines), *gifts}:
            found = self.articles.get(variant)
            if found is not None:
                articles[variant] = self._facts.get(variant) or self._fact(found)
                prices[variant] = _held(found, want.at)
        return price_want(self.book, want, articles, prices, leave_out=leave_out, frozen=frozen)

    def verify(self, signed: str, *, at: datetime) -> tuple[QuoteDocument | None, Flaw | None]:
        """Checks a signed quote with the bundle's keys: its document when the signature is good, and what is wrong, if anything is."""
        kid = key_named(signed)
        return open_signed(signed, public_key=None if kid is None else self._keys.get(kid), at=at)

    def updated(self, delta: bytes | Iterable[bytes]) -> "Bundle":
        """Gives the bundle with a delta laid over it; a full document takes its place.

        Raises Malformed for a delta over another version, and for another channel's or location's.
        """
        new, old = _decoded(delta), self.head
        if (new.channel_id, new.location_id) != (old.channel_id, old.location_id):
            raise Malformed("this bundle is for another till")
        if new.since is None:
            return _opened(new)
        if new.since != old.version:
            raise Malformed(f"a delta over {new.since} does not fit {old.version}")
        kept = {name: getattr(old, name) for name in SECTIONS if getattr(new, name) is None}
        articles = self.articles
        if new.articles or new.removed:
            articles = articles | {each.fact.variant_id: each for each in new.articles}
            for variant in new.removed:
                articles.pop(variant, None)
        return Bundle(replace(new, **kept, since=None, articles=(), removed=()), articles)

    def _shelf_price(self, article: BundledArticle, at: datetime) -> int | None:
        """What one unit costs anybody at this location, tax included; None without a price, or where its tax is not known."""
        variant, channel = article.fact.variant_id, _there(self.head.channel)
        around = circumstances(self.book, Want(channel_id=channel.id, store_id=self.head.location_id, lines=(), at=at))
        prices = ListPrices(self.book.lists, {variant: _held(article, at)}, channel.currency, around)
        chosen = prices.choose("", variant, 1, [])
        if chosen is None:
            return None
        fact, terms = chosen
        zone = zone_of_place(self.book.places[self.head.location_id])
        tax = self.book.taxes.at(at).get((article.fact.tax_category, zone))
        if terms.includes_tax:
            return fact.unit
        return None if tax is None else fact.unit + added_tax(fact.unit, tax.rate)

    def _fact(self, article: BundledArticle) -> ArticleFact:
        """An article with all the categories above its own, worked out once."""
        own = article.fact.categories
        above = {category for each in own for category in self._categories.get(each, (each,))}
        fact = article.fact if above == set(own) else replace(article.fact, categories=tuple(sorted(above)))
        self._facts[fact.variant_id] = fact
        return fact


def _decoded(data: bytes | Iterable[bytes]) -> BundleDocument:
    try:
        document = _decoder.decode(data if isinstance(data, bytes) else b"".join(data))
    except msgspec.MsgspecError as error:
        raise Malformed(f"this is no bundle: {error}") from error
    if (document.format, document.engine) != (FORMAT, ENGINE_VERSION):
        raise OtherEngine(f"a bundle in the form {document.format} for version {document.engine} of the engine")
    return document


def _opened(document: BundleDocument) -> Bundle:
    articles = {each.fact.variant_id: each for each in document.articles}
    return Bundle(replace(document, articles=(), removed=()), articles)


def _book(head: BundleDocument) -> Book:
    channel = _there(head.channel)
    return Book(
        channels={channel.id: channel},
        places={each.id: each for each in _there(head.places)},
        methods={each.id: each for each in _there(head.methods)},
        lists={each.id: each for each in _there(head.lists)},
        taxes=_there(head.taxes),
        promotions=PromotionIndex(_there(head.promotions)),
        charge_steps=_there(head.charge_steps),
    )


def _held(article: BundledArticle, at: datetime) -> tuple[PriceFact, ...]:
    variant = article.fact.variant_id
    return tuple(
        PriceFact(
            variant_id=variant,
            list_id=each.list_id,
            unit=each.unit,
            version=each.version,
            min_quantity=each.min_quantity,
            compare_at=each.compare_at,
            prior=each.prior,
        )
        for each in article.prices
        if (each.starts_at is None or each.starts_at <= at) and (each.ends_at is None or at < each.ends_at)
    )


def _there(section: Section | None) -> Section:
    if section is None:
        raise Malformed("a full bundle lacks a section")
    return section
