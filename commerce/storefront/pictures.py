"""The pictures of a product as pages and lists show them: with their text in the language asked for, and in the sizes that they were made in.

The product's row has their addresses; what was arranged of them, and the renditions of each, is read beside it in the same statement: not
looked for by pages of a shop where none was ever arranged, nor by its cards where none has renditions.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, Text, case, column, func, literal_column, null, or_, select
from sqlalchemy.dialects.postgresql import JSON, JSONB, aggregate_order_by, distinct_on

from commerce.storefront.fragments import json, said
from commerce.storefront.sources import ONE, media, product_media

_NOTHING = literal_column("''", Text)
_NO_JSON = literal_column("'[]'::json", JSON)


def page_images(product: FromClause, *, any_: bool) -> ColumnElement[Any]:
    """Gives the pictures of a page, in order; as the product's row has them where none was ever arranged in this shop."""
    if not any_:
        return func.to_json(product.c.images, type_=JSON)
    image = (
        func.jsonb_array_elements(product.c.images)
        .table_valued(column("value", JSONB), with_ordinality="nth", name="image")
        .render_derived()
    )
    arranged = _arranged(product)
    address = image.c.value.op("->>")(literal_column("'url'"))
    own = image.c.value.op("->>")(literal_column("'alt'"))
    shown = _shown(address, own, arranged)
    return (
        select(func.coalesce(func.json_agg(aggregate_order_by(shown, image.c.nth)), _NO_JSON, type_=JSON))
        .select_from(image.outerjoin(arranged, arranged.c.address == address))
        .scalar_subquery()
    )


def card_image(product: FromClause, address: ColumnElement[Any], *, any_: bool) -> ColumnElement[Any]:
    """Gives the picture of a card by its address; null where it has no renditions."""
    if not any_:
        return null()
    arranged = _arranged(product)
    shown = _shown(address, _NOTHING, arranged)
    return (
        select(shown)
        .where(arranged.c.address == address, arranged.c.renditions.is_not(None))
        .limit(ONE)
        .scalar_subquery()
    )


def _arranged(product: FromClause) -> Subquery:
    """Gives, beside a product, what is arranged of its pictures by their address: the text, and the renditions of each."""
    address = func.coalesce(product_media.c.url, media.c.url, type_=Text)
    return (
        select(address.label("address"), product_media.c.alt, media.c.url, media.c.renditions)
        .ext(distinct_on(address))
        .select_from(product_media.outerjoin(media, media.c.id == product_media.c.media_id))
        .where(
            product_media.c.product_id == product.c.id,
            or_(media.c.kind.is_(None), media.c.kind == literal_column("'image'")),
        )
        .order_by(address, product_media.c.position, product_media.c.id)
        .correlate(product)
        .subquery("arranged")
    )


def _shown(address: ColumnElement[Any], own: ColumnElement[Any], arranged: Subquery) -> ColumnElement[Any]:
    alt = func.coalesce(func.nullif(said(arranged.c.alt), _NOTHING), own, _NOTHING, type_=Text)
    sized = json(url=address, alt=alt, renditions=_renditions(arranged))
    return case((arranged.c.renditions.is_(None), json(url=address, alt=alt)), else_=sized)


def _renditions(arranged: Subquery) -> ColumnElement[Any]:
    """Gives the files of a picture, the smallest first; they lie beside each other, each by its own name."""
    file = (
        func.jsonb_array_elements(arranged.c.renditions)
        .table_valued(column("value", JSONB), with_ordinality="nth", name="file")
        .render_derived()
    )

    def of(name: str) -> ColumnElement[Any]:
        return file.c.value.op("->")(literal_column(f"'{name}'"))

    folder = func.regexp_replace(arranged.c.url, literal_column("'[^/]*$'"), _NOTHING, type_=Text)
    name = file.c.value.op("->>")(literal_column("'name'"))
    made = json(url=folder + name, mime=of("mime"), width=of("width"), height=of("height"))
    return (
        select(func.coalesce(func.json_agg(aggregate_order_by(made, file.c.nth)), _NO_JSON, type_=JSON))
        .select_from(file)
        .scalar_subquery()
    )
