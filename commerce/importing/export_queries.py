"""What an export reads: a page of products, their variants, what these cost, how many there are."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Text,
    and_,
    case,
    exists,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from commerce.importing.plain_records import ImageRecord, PartRecord, PartyRecord, PlaceRecord
from commerce.importing.sources import (
    assortments,
    categories,
    channels,
    collection_products,
    collections,
    kit_components,
    locations,
    parties,
    price_lists,
    prices,
    product_categories,
    products,
    stock_levels,
    variant_barcodes,
    variants,
)
from commerce.kernel.wire import Text3
from commerce.platform.statement import Statement, any_of, given


class ExportedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it stands, in the order of the plain format."""

    id: UUID
    variant_count: int
    handle: str
    slug: str
    status: str
    title: Text3
    description: Text3
    vendor: str
    product_type: str
    tags: list[str]
    tax_category: str
    categories: list[str]
    collections: list[str]
    images: list[ImageRecord]
    attributes: dict[str, object]
    custom: dict[str, object]
    on_show_from: datetime | None
    on_show_until: datetime | None
    assortment: list[PlaceRecord]
    minimum_age: int | None
    sale_rules: list[str]
    perishable: bool
    maker: PartyRecord | None
    responsible: PartyRecord | None
    warnings: Text3
    options: list[Text3]
    option_value_texts: list[dict[str, Text3]]


class ExportedVariant(msgspec.Struct, frozen=True, kw_only=True):
    """A variant as it stands, in the order of the plain format."""

    id: UUID
    product_id: UUID
    option_values: list[str]
    sku: str
    barcodes: list[str]
    short_code: str | None
    weight_grams: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    content_thousandths: int | None
    content_unit: str | None
    shippable: bool
    stock: str
    image_url: str | None
    attributes: dict[str, object]
    parts: list[PartRecord]


class ExportedPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A row of prices that holds now or will; no end is no bound."""

    variant_id: UUID
    code: str
    currency: str
    min_quantity: int
    begun: bool
    starts_at: datetime | None
    ends_at: datetime | None
    amount: int
    compare_at: int | None


class ExportedUnits(msgspec.Struct, frozen=True, kw_only=True):
    """The units on a shelf."""

    variant_id: UUID
    code: str
    on_hand: int


_product = products.c
_live = _product.withdrawn_at.is_(None)
_none = literal_column("'[]'::jsonb", JSONB)


def _object(*names_and_columns: tuple[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    parts: list[Any] = []
    for name, each in names_and_columns:
        parts += [literal_column(f"'{name}'"), each]
    return func.jsonb_build_object(*parts, type_=JSONB)


def _party(which: str) -> ColumnElement[Any]:
    told = _object(*((name, parties.c[name]) for name in PartyRecord.__struct_fields__))
    return select(told).where(parties.c.id == _product[which]).correlate(products).scalar_subquery()


_category_slugs = func.array(
    select(categories.c.slug)
    .join_from(product_categories, categories, categories.c.id == product_categories.c.category_id)
    .where(product_categories.c.product_id == _product.id, categories.c.withdrawn_at.is_(None))
    .order_by(categories.c.slug)
    .correlate(products)
    .scalar_subquery(),
    type_=ARRAY(Text),
)
_collection_slugs = func.array(
    select(collections.c.slug)
    .join_from(collection_products, collections, collections.c.id == collection_products.c.collection_id)
    .where(
        collection_products.c.product_id == _product.id,
        collections.c.rule.is_(None),
        collections.c.withdrawn_at.is_(None),
    )
    .order_by(collections.c.slug)
    .correlate(products)
    .scalar_subquery(),
    type_=ARRAY(Text),
)
_place = select(
    channels.c.code.label("channel"),
    locations.c.code.label("location"),
    assortments.c.begins_at,
    assortments.c.ends_at,
).select_from(
    assortments.outerjoin(channels, channels.c.id == assortments.c.channel_id).outerjoin(
        locations, locations.c.id == assortments.c.location_id
    )
)
_rows = (
    _place.where(assortments.c.product_id == _product.id)
    .order_by(channels.c.code, locations.c.code, assortments.c.begins_at, assortments.c.ends_at)
    .correlate(products)
    .subquery("rows")
)
_places = select(
    func.coalesce(func.jsonb_agg(_object(*((name, _rows.c[name]) for name in PlaceRecord.__struct_fields__))), _none)
).scalar_subquery()
_count = (
    select(func.count())
    .where(variants.c.product_id == _product.id, variants.c.withdrawn_at.is_(None))
    .correlate(products)
    .scalar_subquery()
)
_made: dict[str, ColumnElement[Any]] = {
    "variant_count": _count,
    "categories": _category_slugs,
    "collections": _collection_slugs,
    "assortment": case((_product.restricted, _places), else_=_none),
    "maker": _party("maker_id"),
    "responsible": _party("responsible_id"),
}
_has_kits = (
    select(variants.c.id)
    .where(variants.c.product_id == _product.id, variants.c.kit, variants.c.withdrawn_at.is_(None))
    .correlate(products)
    .exists()
)
PRODUCTS = Statement(
    select(
        *(_made[name].label(name) if name in _made else _product[name] for name in ExportedProduct.__struct_fields__)
    )
    .where(_live, _product.handle > given("after", Text), _has_kits == given("kits", Boolean))
    .order_by(_product.handle)
    .limit(given("most", Integer)),
    into=ExportedProduct,
)
_barcodes = func.array(
    select(variant_barcodes.c.barcode)
    .where(variant_barcodes.c.variant_id == variants.c.id)
    .order_by(variant_barcodes.c.position)
    .correlate(variants)
    .scalar_subquery(),
    type_=ARRAY(Text),
)
_part = variants.alias("part")
_parts = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                _object(("sku", _part.c.sku), ("quantity", kit_components.c.quantity)), kit_components.c.position
            ),
            type_=JSONB,
        )
    )
    .join_from(kit_components, _part, _part.c.id == kit_components.c.variant_id)
    .where(kit_components.c.kit_variant_id == variants.c.id)
    .correlate(variants)
    .scalar_subquery()
)
_of_variant: dict[str, ColumnElement[Any]] = {
    "barcodes": _barcodes,
    "parts": case((variants.c.kit, func.coalesce(_parts, _none)), else_=_none),
}
VARIANTS = Statement(
    select(
        *(
            _of_variant[name].label(name) if name in _of_variant else variants.c[name]
            for name in ExportedVariant.__struct_fields__
        )
    )
    .where(any_of(variants.c.product_id, "product_ids"), variants.c.withdrawn_at.is_(None))
    .order_by(variants.c.product_id, variants.c.position, variants.c.id),
    into=ExportedVariant,
)
# Lists that are for single customers stay out: a catalogue is nobody's.
_listed = and_(price_lists.c.active, price_lists.c.customer_id.is_(None))
_at = given("at", DateTime(timezone=True))
_ever: ColumnElement[Any] = literal_column("'infinity'::timestamptz")
PRICES = Statement(
    select(
        prices.c.variant_id,
        price_lists.c.code,
        price_lists.c.currency,
        prices.c.min_quantity,
        (prices.c.starts_at <= _at).label("begun"),
        case((prices.c.starts_at <= _at, null()), else_=prices.c.starts_at).label("starts_at"),
        case((prices.c.ends_at == _ever, null()), else_=prices.c.ends_at).label("ends_at"),
        prices.c.amount,
        prices.c.compare_at,
    )
    .join_from(prices, price_lists, price_lists.c.id == prices.c.price_list_id)
    .where(any_of(prices.c.variant_id, "variant_ids"), prices.c.ends_at > _at, _listed)
    .order_by(prices.c.variant_id, price_lists.c.code, prices.c.min_quantity, prices.c.starts_at),
    into=ExportedPrice,
)
UNITS = Statement(
    select(stock_levels.c.variant_id, locations.c.code, stock_levels.c.on_hand)
    .join_from(stock_levels, locations, locations.c.id == stock_levels.c.location_id)
    .where(any_of(stock_levels.c.variant_id, "variant_ids"), stock_levels.c.on_hand > literal_column("0"))
    .order_by(stock_levels.c.variant_id, locations.c.code),
    into=ExportedUnits,
)
# Columns are for what is used, so that a file does not change when a list is made that nothing stands on.
LISTS = Statement(
    select(price_lists.c.code)
    .where(_listed, exists().where(prices.c.price_list_id == price_lists.c.id))
    .order_by(price_lists.c.code)
)
LOCATIONS = Statement(
    select(locations.c.code)
    .where(exists().where(stock_levels.c.location_id == locations.c.id, stock_levels.c.on_hand > literal_column("0")))
    .order_by(locations.c.code)
)
