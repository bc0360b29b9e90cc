"""The pieces that the storefront's statements share: texts in a language, money, stock in bands, cards of lists."""

from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    SelectBase,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, aggregate_order_by, array

from commerce.kernel.wire import PAGE_DEFAULT
from commerce.platform.statement import given
from commerce.storefront.offers import offer_arguments, offers, prior, prior_price_arguments, unit_price
from commerce.storefront.shelves import FEW_UNITS, most_units
from commerce.storefront.shop import Prices, Shop
from commerce.storefront.sources import LIVE, ONE, TWO, ZERO, variants

FEW = literal_column(str(FEW_UNITS), Integer)
NOTHING = literal_column("'[]'::json", JSON)
# What unit prices are shown for; lists tell it by its place here.
UNITS = literal_column("('{kg,l,m,m2,piece}'::text[])", ARRAY(Text))
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


def card_arguments(shop: Shop, at: datetime) -> dict[str, object]:
    """Gives what a statement of cards takes as arguments."""
    counted = {} if shop.counted is None else {"counted": shop.counted}
    return {
        "at": at,
        "language": shop.language,
        "currency": shop.currency,
        "channel_id": shop.audience.channel_id,
        "place_id": shop.place_id,
        **counted,
        **offer_arguments(shop, taxed=False),
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


class CardShape(NamedTuple):
    """What decides how a statement of cards reads: which price lists hold, whether some places only are counted, the usual page size, kits."""

    prices: Prices
    some_places: bool
    usual: bool
    kits: bool = True

    @classmethod
    def of(cls, shop: Shop, limit: int) -> Self:
        """Gives the shape for a shop and a page size."""
        return cls(shop.prices, shop.counted is not None, limit == PAGE_DEFAULT, shop.definitions.kits)


def sold_as(product: FromClause, shape: CardShape) -> FromClause:
    """Gives, beside products, the range of prices of each product's variants and the best stock of any: for cards in lists."""
    offer = offers(shape.prices, product, taxed=False)
    # The lowest price with what is told beside it, in one aggregate: arrays are compared from their first element on.
    told = [
        offer.c.price,
        offer.c.compare_at,
        cast(variants.c.content_thousandths, BigInteger),
        func.array_position(UNITS, variants.c.content_unit),
    ]
    lowest = func.min(array(told), type_=ARRAY(BigInteger))
    reduced = []
    if shape.prices.reduced:
        # The same one: equal in price, whichever it is.
        by_price = [offer.c.price, offer.c.compare_at, *told[2:], variants.c.id]
        reduced = [
            func.array_agg(aggregate_order_by(each, *by_price), type_=ARRAY(Uuid))[ONE].label(name)
            for name, each in (("lowest_id", variants.c.id), ("lowest_list", offer.c.list_id))
        ]
    return (
        select(
            *reduced,
            lowest.label("lowest"),
            func.max(offer.c.price).label("highest"),
            func.count().label("variant_count"),
            func.max(most_units(some_places=shape.some_places, kits=shape.kits)).label("available"),
            func.min(variants.c.image_url).label("image_url"),
        )
        .select_from(variants.outerjoin(offer, true()))
        .where(variants.c.product_id == product.c.id, LIVE)
        .correlate(product)
        .lateral("sold")
    )


def card(product: FromClause, sold: FromClause, shape: CardShape) -> ColumnElement[Any]:
    """Gives a product as it stands in a list: the lowest price of its variants, and what is there of the best of them."""
    price, thousandths = sold.c.lowest[ONE], sold.c.lowest[literal_column("3", Integer)]
    before = prior(shape.prices, sold.c.lowest_id, lambda: sold.c.lowest_list) if shape.prices.reduced else null()
    return json(
        id=product.c.id,
        slug=product.c.slug,
        title=said(product.c.title),
        vendor=product.c.vendor,
        product_type=product.c.product_type,
        image_url=func.coalesce(image(product.c.images), sold.c.image_url),
        price_from=money(price),
        price_to=money(sold.c.highest),
        compare_at=money(sold.c.lowest[TWO]),
        prior=money(before),
        unit_price=per_unit(price, thousandths, UNITS[sold.c.lowest[literal_column("4", Integer)]]),
        variant_count=sold.c.variant_count,
        stock=band(sold.c.available),
    )


def page_size(limit: int) -> dict[str, object]:
    """Gives what a statement of pages takes as arguments: nothing for the usual size, which is written into a statement of its own."""
    return {} if limit == PAGE_DEFAULT else {"limit": limit}


def shown_at_most(shape: CardShape) -> ColumnElement[int]:
    """Gives the size of the page. The planner thinks of a size that it does not know as a tenth of all rows, and plans each time anew."""
    return literal_column(str(PAGE_DEFAULT), Integer) if shape.usual else given("limit", Integer)


def most(shape: CardShape) -> ColumnElement[int]:
    """Gives how many rows are fetched: one more than are shown."""
    return literal_column(str(PAGE_DEFAULT + 1), Integer) if shape.usual else given("limit", Integer) + ONE


def cards(page: FromClause, *also: ColumnElement[Any], shape: CardShape) -> Select[Any]:
    """Gives a page of cards: `items`, a JSON text of the first `limit` of its products by `place`; `more`, whether there is another; and
    `id` with the columns named, of the last one shown. `page` has the columns of `products` and a `place`.
    """
    sold = sold_as(page, shape)
    shown = (
        select(page.c.place, page.c.id, *also, card(page, sold, shape).label("card"))
        .select_from(page.outerjoin(sold, true()))
        .subquery("shown")
    )
    limit = shown_at_most(shape)
    item = func.json_agg(aggregate_order_by(shown.c.card, shown.c.place)).filter(shown.c.place <= limit)
    last = [
        func.array_agg(each, type_=ARRAY(each.type)).filter(shown.c.place == limit)[ONE].label(each.name)
        for each in (shown.c.id, *(shown.c[str(name.key)] for name in also))
    ]
    return select(
        cast(func.coalesce(item, NOTHING), Text).label("items"), (func.count() > limit).label("more"), *last
    ).select_from(shown)


def text(document: ColumnElement[Any] | SelectBase) -> ColumnElement[str]:
    """Gives a JSON document as the text that is sent."""
    inner = document.scalar_subquery() if isinstance(document, SelectBase) else document
    return cast(inner, Text)
