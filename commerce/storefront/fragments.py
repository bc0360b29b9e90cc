"""The pieces that the storefront's statements share: texts in a language, money, stock in bands."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    SelectBase,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, aggregate_order_by

from commerce.platform.statement import given
from commerce.storefront.offers import offer_arguments, prior_price_arguments, unit_price
from commerce.storefront.shelves import FEW_UNITS
from commerce.storefront.shop import Shop
from commerce.storefront.sources import ZERO

FEW = literal_column(str(FEW_UNITS), Integer)
NOTHING = literal_column("'[]'::json", JSON)
LANGUAGE = given("language", Text)
CURRENCY = given("currency", Text)


def page_arguments(shop: Shop, at: datetime) -> dict[str, object]:
    """Gives what a statement that tells prices and stock place by place takes as arguments."""
    some_places = {"place_ids": shop.shelves.ids} if shop.shelves.some else {}
    return {
        "at": at,
        "language": shop.language,
        "currency": shop.currency,
        "channel_id": shop.audience.channel_id,
        "place_id": shop.place_id,
        **some_places,
        **offer_arguments(shop, taxed=True),
        **prior_price_arguments(shop, at),
    }


def json(**fields: Any) -> ColumnElement[Any]:
    """Gives a JSON object of columns, in this order."""
    pairs: list[Any] = []
    for name, value in fields.items():
        pairs += [literal_column(f"'{name}'"), value]
    return func.json_build_object(*pairs, type_=JSON)


def listed(item: ColumnElement[Any], *order: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives a JSON list of items in an order; an empty one when there are none."""
    return func.coalesce(func.json_agg(aggregate_order_by(item, *order)), NOTHING, type_=JSON)


def said(text: ColumnElement[Any]) -> ColumnElement[str]:
    """Gives a text in the language that was asked for, or in the first of en, es, ca that there is."""
    return func.text_in(text, LANGUAGE, type_=Text)


def options_said(variant: FromClause, product: FromClause, *, any_: bool = True) -> ColumnElement[Any]:
    """Gives what a variant's option values are called in the language, each as it was written where its product has no text for it; `any_` says
    whether any product has.
    """
    values: ColumnElement[Any] = variant.c.option_values
    if not any_:
        return values
    texts = product.c.option_value_texts
    said_so = func.options_in(values, texts, LANGUAGE, type_=ARRAY(Text))
    return case((texts == literal_column("'[]'::jsonb"), values), else_=said_so)


def money(amount: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives an amount in the channel's currency, null where there is none."""
    return case((amount.is_not(None), json(amount=amount, currency=CURRENCY)), else_=null())


def per_unit(
    price: ColumnElement[Any], thousandths: ColumnElement[Any], unit: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Gives a unit price with its unit, null where there is no price or the content is not known."""
    amount = unit_price(price, thousandths)
    there = and_(thousandths.is_not(None), price.is_not(None))
    return case((there, json(price=json(amount=amount, currency=CURRENCY), unit=unit)), else_=null())


def image(which: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives the address of the first of some images."""
    return which.op("->")(literal_column("0")).op("->>")(literal_column("'url'"))


def band(available: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives `in`, `few` (1 to 5) or `out`."""
    return case(
        (func.coalesce(available, ZERO) <= ZERO, literal_column("'out'")),
        (available <= FEW, literal_column("'few'")),
        else_=literal_column("'in'"),
    )


def text(document: ColumnElement[Any] | SelectBase) -> ColumnElement[str]:
    """Gives a JSON document as the text that is sent."""
    inner = document.scalar_subquery() if isinstance(document, SelectBase) else document
    return cast(inner, Text)
