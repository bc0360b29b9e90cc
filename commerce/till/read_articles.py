"""Reads articles for a bundle, a page at a time: memory does not grow with the catalogue."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct
from sqlalchemy import (
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    case,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from commerce import catalog, pricing, tax
from commerce.catalog import Article, There, on_show
from commerce.platform.statement import Statement, any_of, given
from commerce.price_engine import ArticleFact, BundledArticle, BundledPart, BundledPrice, FeeFact
from commerce.till.snapshot import Snapshot
from commerce.till.sources import price_lists, prices, products, variant_barcodes, variants

PAGE: Final = 250
_AT = given("at", DateTime(timezone=True))
_there = There(_AT, given("channel_id", Uuid), given("location_id", Uuid))
_on_show = and_(on_show(*_there, of=products), variants.c.withdrawn_at.is_(None))
IDS = Statement(
    select(variants.c.id)
    .join_from(variants, products, products.c.id == variants.c.product_id)
    .where(_on_show, variants.c.id > given("after", Uuid))
    .order_by(variants.c.id)
    .limit(given("most", Integer))
)


class _Shown(Article, frozen=True, kw_only=True):
    """An article with its first barcode, as it was given, and its short code."""

    barcode: str | None
    short_code: str | None


ARTICLES = Statement(
    catalog.articles_select(there=_there).add_columns(
        *(literal_column(f"variants.{name}", Text).label(name) for name in ("barcode", "short_code"))
    ),
    into=_Shown,
)
_barcode = variant_barcodes.c
MORE_BARCODES = Statement(
    select(_barcode.variant_id, _barcode.barcode)
    .where(
        any_of(_barcode.variant_id, "variant_ids"),
        _barcode.position > literal_column("0", Integer),
        _barcode.withdrawn_at.is_(None),
    )
    .order_by(_barcode.variant_id, _barcode.position)
)
_price = prices.c
_begun = _price.starts_at <= _AT
_reduced = and_(
    _begun,
    _price.price_list_id == any_(given("reduced_lists", ARRAY(Uuid))),
    _price.min_quantity == literal_column("1", Integer),
)
PRICES = Statement(
    select(
        _price.variant_id,
        _price.price_list_id.label("list_id"),
        _price.amount.label("unit"),
        price_lists.c.version,
        _price.min_quantity,
        func.nullif(_price.starts_at, literal_column("'-infinity'::timestamptz")).label("starts_at"),
        func.nullif(_price.ends_at, literal_column("'infinity'::timestamptz")).label("ends_at"),
        _price.compare_at,
        case((_reduced, pricing.shown_prior(_price.variant_id)), else_=null()).label("prior"),
    )
    .join_from(prices, price_lists, price_lists.c.id == _price.price_list_id)
    .where(any_of(_price.variant_id, "variant_ids"), any_of(_price.price_list_id, "list_ids"), _price.ends_at > _AT)
    .order_by(_price.variant_id, _price.price_list_id, _price.min_quantity, _price.starts_at)
)


class Wanted(Struct, frozen=True, kw_only=True):
    """For whom articles are read: the lists of the bundle, and what else prices are asked with."""

    currency: str
    list_ids: list[UUID]
    price_arguments: dict[str, object]
    at: datetime
    channel_id: UUID | None
    location_id: UUID | None

    @property
    def there(self) -> dict[str, object]:
        """What decides of an article whether it is on show here, as arguments."""
        return {"at": self.at, "channel_id": self.channel_id, "location_id": self.location_id}


def wanted(lists: pricing.PriceLists, audience: pricing.Audience, list_ids: Collection[UUID], at: datetime) -> Wanted:
    """Gives how articles are read for a till's audience."""
    arguments = pricing.candidate_arguments(lists, audience, at)
    return Wanted(
        currency=audience.currency,
        list_ids=list(list_ids),
        price_arguments={**arguments, "list_ids": list(list_ids)},
        at=at,
        channel_id=audience.channel_id,
        location_id=audience.store_id,
    )


async def every_article(snapshot: Snapshot, how: Wanted) -> AsyncIterator[list[BundledArticle]]:
    """Gives all articles on show, by id, some hundreds at a time."""
    after = UUID(int=0)
    while rows := await snapshot.fetch(IDS, after=after, most=PAGE, **how.there):
        after = rows[-1]["id"]
        yield await read_articles(snapshot, [row["id"] for row in rows], how)


async def read_articles(snapshot: Snapshot, ids: Sequence[UUID], how: Wanted) -> list[BundledArticle]:
    """Gives those of the articles that are on show, with all their prices on the lists, now and to come."""
    found = [each for each in await snapshot.fetch(ARTICLES, ids=list(ids), **how.there) if each.sellable]
    found.sort(key=_variant)
    if not found:
        return []
    there = [each.variant_id for each in found]
    floors = await pricing.floors(snapshot, there, currency=how.currency)
    charged = await tax.fees_of(snapshot, there, currency=how.currency, at=how.at)
    of: dict[UUID, list[BundledPrice]] = {}
    for row in await snapshot.fetch(PRICES, variant_ids=there, **how.price_arguments):
        of.setdefault(row["variant_id"], []).append(_bundled(row))
    more: dict[UUID, list[str]] = {}
    for row in await snapshot.fetch(MORE_BARCODES, variant_ids=there):
        more.setdefault(row["variant_id"], []).append(row["barcode"])
    return [
        _article(each, of.get(each.variant_id, []), more.get(each.variant_id, []), floors, charged) for each in found
    ]


def _article(
    each: _Shown,
    of: Sequence[BundledPrice],
    more_barcodes: Sequence[str],
    floors: Mapping[UUID, int],
    charged: Mapping[UUID, tuple[FeeFact, ...]],
) -> BundledArticle:
    return BundledArticle(
        fact=ArticleFact(
            variant_id=each.variant_id,
            product_id=each.product_id,
            tax_category=each.tax_category,
            categories=each.category_ids,
            brand=each.brand,
            shippable=each.shippable,
            measure=each.measure,
            floor_net=floors.get(each.variant_id),
            fees=charged.get(each.variant_id, ()),
            minimum_age=each.minimum_age,
            sale_rules=each.sale_rules,
        ),
        sku=each.sku,
        barcode=each.barcode,
        more_barcodes=tuple(more_barcodes),
        short_code=each.short_code,
        title=each.title,
        option_text=each.option_text,
        prices=tuple(of),
        parts=tuple(BundledPart(variant_id=part.variant_id, quantity=part.quantity) for part in each.parts or ()),
        stocked=each.stock == "kept",
    )


def _bundled(row: Record) -> BundledPrice:
    return BundledPrice(
        list_id=row["list_id"],
        unit=row["unit"],
        version=row["version"],
        min_quantity=row["min_quantity"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        compare_at=row["compare_at"],
        prior=row["prior"],
    )


def _variant(each: Article) -> UUID:
    return each.variant_id
