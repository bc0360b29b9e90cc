"""How products and variants are written: whole sets in one statement each, as JSON that PostgreSQL reads as rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    TableValuedAlias,
    Text,
    Uuid,
    column,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR, aggregate_order_by
from sqlalchemy.types import TypeEngine

from commerce.catalog.facts import AttributeValue, Image, PlaceDraft
from commerce.catalog.kinds import SaleRule, Stocked
from commerce.catalog.option_words import OPTION_WORDS, ValueTexts
from commerce.catalog.tables import Status, products, variants
from commerce.catalog.words import Texts, note_words, note_words_of
from commerce.kernel.ids import ProductId, VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given


class ProductRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A product as it is stored; `codes` are the SKUs and barcodes of its variants, by which it is found too; `described` are its own and their
    attributes, from which its facets are made; `option_words` its variants' option values, as words; `version` is the one that was read.
    """

    id: ProductId
    slug: str
    handle: str
    title: Text3
    description: Text3
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    status: Status
    tax_category: str
    options: tuple[Text3, ...]
    option_value_texts: ValueTexts = ()
    images: tuple[Image, ...]
    codes: str
    attributes: dict[str, AttributeValue] = {}
    custom: dict[str, AttributeValue] = {}
    on_show_from: datetime | None = None
    on_show_until: datetime | None = None
    restricted: bool = False
    minimum_age: int | None = None
    sale_rules: tuple[SaleRule, ...] = ()
    perishable: bool = False
    maker_id: UUID | None = None
    responsible_id: UUID | None = None
    warnings: Text3 = Text3()
    categories: tuple[str, ...] = ()  # their slugs; written beside, as the assortment is
    collections: tuple[str, ...] = ()  # the slugs of those that somebody chose it for; written beside
    assortment: tuple[PlaceDraft, ...] = ()
    described: tuple[dict[str, object], ...] = ()
    option_words: tuple[str, ...] = ()
    version: int = 1


class VariantRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A variant as it is stored."""

    id: VariantId
    product_id: ProductId
    sku: str
    barcode: str | None
    barcode_key: str | None
    option_values: tuple[str, ...]
    weight_grams: int | None
    content_thousandths: int | None = None
    content_unit: str | None = None
    shippable: bool
    stock: Stocked = "kept"
    image_url: str | None
    position: int
    short_code: str | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    attributes: dict[str, AttributeValue] = {}
    more_barcodes: tuple[str, ...] = ()  # written beside
    parts: tuple[tuple[str, int], ...] = ()  # the SKUs of what a kit is made of, and how many; written beside


def _recordset(name: str, columns: dict[str, TypeEngine[Any]]) -> TableValuedAlias:
    """Gives the argument `rows`, a list of structs, as a table. Arrays of arrays cannot be unnested, so rows travel as JSON."""
    return (
        func.jsonb_to_recordset(given("rows", JSONB))
        .table_valued(*(column(each, kind) for each, kind in columns.items()), name=name)
        .render_derived(with_types=True)
    )


_PRODUCT_COLUMNS: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "slug": Text(),
    "handle": Text(),
    "title": JSONB(),
    "description": JSONB(),
    "vendor": Text(),
    "product_type": Text(),
    "tags": ARRAY(Text()),
    "status": Text(),
    "tax_category": Text(),
    "options": JSONB(),
    "option_value_texts": JSONB(),
    "images": JSONB(),
    "attributes": JSONB(),
    "custom": JSONB(),
    "on_show_from": DateTime(timezone=True),
    "on_show_until": DateTime(timezone=True),
    "restricted": Boolean(),
    "minimum_age": Integer(),
    "sale_rules": ARRAY(Text()),
    "perishable": Boolean(),
    "maker_id": Uuid(),
    "responsible_id": Uuid(),
    "warnings": JSONB(),
}
_VARIANT_COLUMNS: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "product_id": Uuid(),
    "sku": Text(),
    "barcode": Text(),
    "barcode_key": Text(),
    "option_values": ARRAY(Text()),
    "weight_grams": Integer(),
    "content_thousandths": Integer(),
    "content_unit": Text(),
    "shippable": Boolean(),
    "stock": Text(),
    "image_url": Text(),
    "position": Integer(),
    "short_code": Text(),
    "length_mm": Integer(),
    "width_mm": Integer(),
    "height_mm": Integer(),
    "attributes": JSONB(),
}


def body(
    product: FromClause, head: ColumnElement[Any], facets: ColumnElement[Any], option_values: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Gives the vector of all words of a product: of its head and facets, its tags and option values, its description."""
    tags = func.array_cat(product.c.tags, option_values, type_=ARRAY(Text))
    description = func.with_option_texts(product.c.description, product.c.option_value_texts, type_=JSONB)
    return func.product_body(head, description, tags, facets, type_=TSVECTOR)


_given = _recordset("given", {**_PRODUCT_COLUMNS, "codes": Text(), "described": JSONB(), "option_words": ARRAY(Text())})
_now = given("now", products.c.created_at.type)
# Made once: what the body is made of holds the head.
_new = (
    select(
        _given,
        func.product_head(_given.c.title, _given.c.vendor, _given.c.product_type, _given.c.codes, type_=TSVECTOR).label(
            "head"
        ),
        func.product_facets(_given.c.described, type_=ARRAY(Text)).label("facets"),
    )
    .cte("new")
    .prefix_with("MATERIALIZED")
)
_body = body(_new, _new.c.head, _new.c.facets, _new.c.option_words)

INSERT_PRODUCTS = Statement(
    insert(products).from_select(
        [*_PRODUCT_COLUMNS, "search_head", "search_body", "facets", "created_at", "updated_at"],
        select(*(_new.c[each] for each in _PRODUCT_COLUMNS), _new.c.head, _body, _new.c.facets, _now, _now),
    )
)
# The handle is identity and the slug is the back office's own: neither changes here. Vectors only when what they are made of changed.
_kept = {"id", "handle", "slug"}
UPDATE_PRODUCTS = Statement(
    update(products)
    .where(products.c.id == _new.c.id)
    .values(
        **{each: _new.c[each] for each in _PRODUCT_COLUMNS if each not in _kept},
        search_head=_new.c.head,
        search_body=_body,
        facets=_new.c.facets,
        updated_at=_now,
        version=products.c.version + 1,
    )
)

_variant = _recordset("new", _VARIANT_COLUMNS)
INSERT_VARIANTS = Statement(
    insert(variants).from_select(
        [*_VARIANT_COLUMNS, "created_at"], select(*(_variant.c[each] for each in _VARIANT_COLUMNS), _now)
    )
)
UPDATE_VARIANTS = Statement(
    update(variants)
    .where(variants.c.id == _variant.c.id)
    .values(
        **{each: _variant.c[each] for each in _VARIANT_COLUMNS if each not in {"id", "product_id", "position"}},
        version=variants.c.version + 1,
    )
)

# In the order of the SKUs' bytes, as `codes_of` gives them, so that a vector can be compared with what it is made of.
CODES = (
    select(
        func.coalesce(
            func.string_agg(
                func.concat_ws(" ", variants.c.sku, variants.c.barcode),
                aggregate_order_by(literal(" "), variants.c.sku.collate("C")),
            ),
            "",
        )
    )
    .where(variants.c.product_id == products.c.id, variants.c.withdrawn_at.is_(None))
    .scalar_subquery()
)
# What a product and its live variants are described by; the order does not matter.
_variant_attributes = (
    select(func.coalesce(func.jsonb_agg(variants.c.attributes), literal_column("'[]'::jsonb", JSONB), type_=JSONB))
    .where(
        variants.c.product_id == products.c.id,
        variants.c.withdrawn_at.is_(None),
        variants.c.attributes != literal_column("'{}'::jsonb", JSONB),
    )
    .correlate(products)
    .scalar_subquery()
)
DESCRIBED: ColumnElement[Any] = func.product_facets(
    func.jsonb_build_array(products.c.attributes, type_=JSONB).op("||")(_variant_attributes), type_=ARRAY(Text)
)
HEAD: ColumnElement[Any] = func.product_head(
    products.c.title, products.c.vendor, products.c.product_type, CODES, type_=TSVECTOR
)
_made = (
    select(
        products.c.id,
        products.c.description,
        products.c.tags,
        products.c.option_value_texts,
        OPTION_WORDS.label("option_words"),
        HEAD.label("head"),
        DESCRIBED.label("facets"),
    )
    .where(any_of(products.c.id, "ids"))
    .cte("made")
    .prefix_with("MATERIALIZED")
)
REFRESH = Statement(
    update(products)
    .where(products.c.id == _made.c.id)
    .values(
        search_head=_made.c.head,
        search_body=body(_made, _made.c.head, _made.c.facets, _made.c.option_words),
        facets=_made.c.facets,
        version=products.c.version + 1,
        updated_at=_now,
    )
)


async def insert_rows(
    tx: Tx, products_new: Sequence[ProductRow], variants_new: Sequence[VariantRow], at: datetime
) -> None:
    """Writes new products and variants, one statement each."""
    if products_new:
        await tx.execute(INSERT_PRODUCTS, rows=products_new, now=at)
        await note_words(tx, _texts(products_new))
    if variants_new:
        await tx.execute(INSERT_VARIANTS, rows=variants_new, now=at)


async def update_rows(
    tx: Tx, products_changed: Sequence[ProductRow], variants_changed: Sequence[VariantRow], at: datetime
) -> None:
    """Writes changed products and variants, one statement each; the id, the handle, the slug and the position stay."""
    if products_changed:
        await tx.execute(UPDATE_PRODUCTS, rows=products_changed, now=at)
        await note_words(tx, _texts(products_changed))
    if variants_changed:
        await tx.execute(UPDATE_VARIANTS, rows=variants_changed)


async def touch(tx: Tx, product_ids: Iterable[UUID], at: datetime) -> None:
    """Makes the products' vectors anew from their rows and variants, and raises their versions."""
    ids = list(product_ids)
    await tx.execute(REFRESH, ids=ids, now=at)
    await note_words_of(tx, ids)


def _texts(rows: Iterable[ProductRow]) -> Iterable[Texts]:
    return (
        Texts(
            title=row.title,
            description=row.description,
            vendor=row.vendor,
            product_type=row.product_type,
            tags=row.tags,
            option_words=row.option_words,
            option_value_texts=row.option_value_texts,
        )
        for row in rows
        if row.status is Status.PUBLISHED
    )


def codes_of(rows: Iterable[VariantRow]) -> str:
    """Gives the codes of some variants as one text for the product's vector."""
    in_order = sorted(rows, key=lambda row: row.sku.encode())
    return " ".join(f"{row.sku} {row.barcode}" if row.barcode else row.sku for row in in_order)
