"""How products and variants are written: whole sets in one statement each, as JSON that PostgreSQL reads as rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    Boolean,
    Integer,
    TableValuedAlias,
    Text,
    Uuid,
    column,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.types import TypeEngine

from commerce.catalog.facts import Image
from commerce.catalog.tables import Status, products, variants
from commerce.kernel.ids import ProductId, VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it is stored; `codes` are the SKUs and barcodes of its variants, by which it is found too."""

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
    images: tuple[Image, ...]
    codes: str


class VariantRow(msgspec.Struct, frozen=True, kw_only=True):
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
    image_url: str | None
    position: int


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
    "images": JSONB(),
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
    "image_url": Text(),
    "position": Integer(),
}

_new = _recordset("new", {**_PRODUCT_COLUMNS, "codes": Text()})
_now = given("now", products.c.created_at.type)
_head = func.product_head(_new.c.title, _new.c.vendor, _new.c.product_type, _new.c.codes)
_body = func.product_body(_new.c.description, _new.c.tags)

INSERT_PRODUCTS = Statement(
    insert(products).from_select(
        [*_PRODUCT_COLUMNS, "search_head", "search_body", "created_at", "updated_at"],
        select(*(_new.c[each] for each in _PRODUCT_COLUMNS), _head, _body, _now, _now),
    )
)
# The handle is identity and the slug is the back office's own: neither changes here. Vectors only when what they are made of changed.
_kept = {"id", "handle", "slug"}
UPDATE_PRODUCTS = Statement(
    update(products)
    .where(products.c.id == _new.c.id)
    .values(
        **{each: _new.c[each] for each in _PRODUCT_COLUMNS if each not in _kept},
        search_head=_head,
        search_body=_body,
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
REFRESH = Statement(
    update(products)
    .where(any_of(products.c.id, "ids"))
    .values(
        search_head=func.product_head(products.c.title, products.c.vendor, products.c.product_type, CODES),
        search_body=func.product_body(products.c.description, products.c.tags),
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
    if variants_new:
        await tx.execute(INSERT_VARIANTS, rows=variants_new, now=at)


async def update_rows(
    tx: Tx, products_changed: Sequence[ProductRow], variants_changed: Sequence[VariantRow], at: datetime
) -> None:
    """Writes changed products and variants, one statement each; the id, the handle, the slug and the position stay."""
    if products_changed:
        await tx.execute(UPDATE_PRODUCTS, rows=products_changed, now=at)
    if variants_changed:
        await tx.execute(UPDATE_VARIANTS, rows=variants_changed)


async def touch(tx: Tx, product_ids: Iterable[UUID], at: datetime) -> None:
    """Makes the products' vectors anew from their rows and variants, and raises their versions."""
    await tx.execute(REFRESH, ids=list(product_ids), now=at)


def codes_of(rows: Iterable[VariantRow]) -> str:
    """Gives the codes of some variants as one text for the product's vector."""
    in_order = sorted(rows, key=lambda row: row.sku.encode())
    return " ".join(f"{row.sku} {row.barcode}" if row.barcode else row.sku for row in in_order)
