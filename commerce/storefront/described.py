"""How a variant is shown, and what a page says of a product beside its texts: who answers for it, warnings.

PostgreSQL writes what is the row's own. What is named in the whole catalogue's words, or told place by place, stands behind that in few
characters and is written out here: a part of a statement that is never looked at is still set up for each page.
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, Uuid, and_, case, cast, func, literal_column, null, select
from sqlalchemy.dialects.postgresql import JSON, JSONB, aggregate_order_by

from commerce import catalog
from commerce.platform.statement import given
from commerce.storefront.fragments import json, money, options_said, per_unit, said
from commerce.storefront.offers import prior
from commerce.storefront.shelves import told
from commerce.storefront.shop import Shape, Shop
from commerce.storefront.sources import AT, kit_components, parties, products, variants

_EMPTY = literal_column("'{}'::jsonb", JSONB)
# A character that no JSON text holds unescaped: what follows a variant's own JSON stands behind it.
BESIDE = "\x1f"
_beside = literal_column("U&'\\001f'", Text)


def party(which: ColumnElement[Any], *, any_: bool) -> ColumnElement[Any]:
    """Gives name and addresses of who made a product or answers for it; null where nobody is named, or there are no parties at all."""
    if not any_:
        return null()
    found = (
        select(
            json(
                name=parties.c.name,
                postal_address=parties.c.postal_address,
                electronic_address=parties.c.electronic_address,
                country=parties.c.country,
            )
        )
        .where(parties.c.id == which)
        .correlate(products)
        .scalar_subquery()
    )
    return case((which.is_(None), null()), else_=found)


def warnings() -> ColumnElement[Any]:
    """Gives the warnings in the language, null where there are none."""
    return case(
        (products.c.warnings == _EMPTY, null()), else_=func.nullif(said(products.c.warnings), literal_column("''"))
    )


def made_of(shape: Shape) -> ColumnElement[Any]:
    """Gives what a kit is made of; null of what is no kit, and where there are none at all. A part that has no page of its own has no slug."""
    if not shape.kits:
        return null()
    part, of = variants.alias("part"), products.alias("part_of")
    paged = and_(
        part.c.withdrawn_at.is_(None), catalog.on_show(AT, given("channel_id", Uuid), given("place_id", Uuid), of=of)
    )
    each = json(
        variant_id=part.c.id,
        quantity=kit_components.c.quantity,
        title=said(of.c.title),
        slug=case((paged, of.c.slug), else_=null()),
        option_values=options_said(part, of, any_=shape.called),
    )
    parts = (
        select(func.json_agg(aggregate_order_by(each, kit_components.c.position), type_=JSON))
        .join_from(kit_components, part, part.c.id == kit_components.c.variant_id)
        .join(of, of.c.id == part.c.product_id)
        .where(kit_components.c.kit_variant_id == variants.c.id)
        .correlate(variants)
        .scalar_subquery()
    )
    return case((variants.c.kit, parts), else_=null())


def shown_variant(shape: Shape, offer: FromClause) -> ColumnElement[Any]:
    """Gives a variant as everybody sees it, but for its attributes and its stock, with which `whole_variant` ends it."""
    return json(
        id=variants.c.id,
        sku=variants.c.sku,
        barcode=variants.c.barcode,
        option_values=options_said(variants, products, any_=shape.called),
        weight_grams=variants.c.weight_grams,
        shippable=variants.c.shippable,
        image_url=variants.c.image_url,
        price=money(offer.c.price),
        compare_at=money(offer.c.compare_at),
        tax=money(offer.c.tax),
        prior=money(prior(shape.prices, variants.c.id, lambda: offer.c.list_id)),
        unit_price=per_unit(offer.c.price, variants.c.content_thousandths, variants.c.content_unit),
        keeps_stock=variants.c.stock == literal_column("'kept'"),
        parts=made_of(shape),
    )


def with_beside(variant: ColumnElement[Any], shape: Shape) -> ColumnElement[str]:
    """Gives a variant's JSON as text with its attributes and what there is of it behind: what `whole_variant` takes."""
    own = cast(variant, Text) + _beside + cast(variants.c.attributes, Text) + _beside
    return own + told(figures=shape.figures, kits=shape.kits, some_places=shape.some_places)


def whole_variant(beside: str, product_type: str, shop: Shop) -> str:
    """Gives a variant as JSON."""
    own, values, units = beside.split(BESIDE)
    described = shop.definitions.attributes(values, product_type, shop.language)
    return f'{own[:-1]}, "attributes" : {described}{shop.shelves.written(units)}}}'
