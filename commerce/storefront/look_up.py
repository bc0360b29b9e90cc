"""The look-up of a code, as a till scans or types it: one article with its price and stock, in one statement."""

from functools import cache
from typing import Literal

import msgspec
from asyncpg import Record
from sqlalchemy import ColumnElement, Text, case, cast, func, or_, select, true

from commerce import catalog
from commerce.kernel import clock
from commerce.kernel.embedded_codes import Embedded
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront.described import shown_variant, whole_variant, with_beside
from commerce.storefront.embedded import read_code, worth_of
from commerce.storefront.fragments import LANGUAGE, image, json, page_arguments, said
from commerce.storefront.offers import offers, tax_rate
from commerce.storefront.shop import Shape, Shop
from commerce.storefront.sources import LIVE, ON_SHOW, ONE, ZERO, products, variant_barcodes, variants

Code = Literal["barcode", "sku", "short_code"]
"""By what an article is asked for."""


def _has(by: Code | Literal["embedded"]) -> ColumnElement[bool]:
    code = given("code", Text)
    if by == "sku":
        return func.upper(variants.c.sku, type_=Text) == func.upper(code)
    if by == "short_code":
        return func.upper(variants.c.short_code, type_=Text) == func.upper(code)
    if by == "embedded":
        return _carries_value()
    one = select(variant_barcodes.c.variant_id).where(
        variant_barcodes.c.barcode_key == code, variant_barcodes.c.withdrawn_at.is_(None)
    )
    return variants.c.id == one.scalar_subquery()


def _carries_value() -> ColumnElement[bool]:
    """An article of a code with a value in it: by the barcode that it has without one, or by its digits as a short code, zeros before aside."""
    short = func.upper(variants.c.short_code, type_=Text).in_([given("code", Text), given("short", Text)])
    return or_(_barcoded(), short)


def _barcoded() -> ColumnElement[bool]:
    bare = select(variant_barcodes.c.variant_id).where(
        variant_barcodes.c.barcode_key == given("bare", Text), variant_barcodes.c.withdrawn_at.is_(None)
    )
    return variants.c.id == bare.scalar_subquery()


@cache
def _lookup(by: Code | Literal["embedded"], shape: Shape) -> Statement[Record]:
    offer = offers(shape.prices, products, taxed=True)
    product = json(
        id=products.c.id,
        slug=products.c.slug,
        title=said(products.c.title),
        vendor=products.c.vendor,
        image_url=image(products.c.images),
        minimum_age=products.c.minimum_age,
        sale_rules=products.c.sale_rules,
    )
    own = json(language=LANGUAGE, product=product, tax_rate=tax_rate(products))
    variant = shown_variant(shape, offer)
    found = (
        select(
            cast(own, Text).label("own"),
            products.c.product_type,
            cast(products.c.options, Text).label("options"),
            with_beside(variant, shape).label("variant"),
        )
        .select_from(variants.join(products, products.c.id == variants.c.product_id).outerjoin(offer, true()))
        .where(_has(by), LIVE, ON_SHOW)
    )
    if by == "embedded":
        found = found.order_by(case((_barcoded(), ZERO), else_=ONE), func.length(variants.c.short_code).desc()).limit(
            ONE
        )
    return Statement(found)


async def lookup(reading: Reading, shop: Shop, *, by: Code, code: str) -> bytes:
    """Gives the variant on show that has a barcode, a SKU or a short code, as JSON, in one statement; refuses with NotFound.

    A GTIN is found with or without its leading zeros, a SKU and a short code in any case. A barcode that no article has is read by the rules of
    the place as one with a weight or a price in it, and its article looked up by a second statement.
    """
    key = catalog.barcode_key(code) if by == "barcode" else code.strip()
    arguments = page_arguments(shop, clock.now())
    row = await reading.fetch_one(_lookup(by, shop.shape), code=key, **arguments)
    embedded = None
    if row is None and by == "barcode":
        embedded = await read_code(reading, code, country=shop.audience.country, location_id=shop.place_id)
        if embedded is not None:
            (near, short), bare = embedded.codes, catalog.barcode_key(embedded.bare)
            keys = {"code": near, "short": short, "bare": bare}
            row = await reading.fetch_one(_lookup("embedded", shop.shape), **keys, **arguments)
    if row is None:
        raise NotFound(f"No article has this {by.replace('_', ' ')}.")
    options = shop.definitions.options(row["options"], shop.language)
    variant = whole_variant(row["variant"], row["product_type"], shop)
    piece = "null" if embedded is None else _piece(embedded, variant, shop.currency)
    return f'{row["own"][:-1]}, "options" : {options}, "embedded" : {piece}, "variant" : {variant}}}'.encode()


def _piece(embedded: Embedded, variant: str, currency: str) -> str:
    """Gives as JSON what a code says of the one piece that it stands on."""
    amount = worth_of(embedded, msgspec.json.decode(variant))
    price = None if amount is None else {"amount": amount, "currency": currency}
    grams = embedded.value if embedded.kind == "weight" else None
    return msgspec.json.encode({"kind": embedded.kind, "weight_grams": grams, "price": price}).decode()
