"""Products as they stand in lists: cards, a page of them at a time."""

from datetime import datetime
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array

from commerce.kernel.wire import PAGE_DEFAULT
from commerce.platform.statement import given
from commerce.storefront.fragments import NOTHING, band, image, json, money, per_unit, said
from commerce.storefront.offers import offer_arguments, offers, prior, prior_price_arguments
from commerce.storefront.pictures import card_image
from commerce.storefront.shelves import most_units
from commerce.storefront.shop import Prices, Shop
from commerce.storefront.sources import LIVE, ONE, TWO, variants

# What unit prices are shown for; lists tell it by its place here.
UNITS = literal_column("('{kg,l,m,m2,piece}'::text[])", ARRAY(Text))


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


class CardShape(NamedTuple):
    """What decides how a statement of cards reads: which price lists hold, whether some places only are counted, the usual page size, whether there are
    kits, and renditions of pictures.
    """

    prices: Prices
    some_places: bool
    usual: bool
    kits: bool = True
    renditions: bool = True

    @classmethod
    def of(cls, shop: Shop, limit: int) -> Self:
        """Gives the shape for a shop and a page size."""
        return cls(
            shop.prices,
            shop.counted is not None,
            limit == PAGE_DEFAULT,
            shop.definitions.kits,
            shop.definitions.renditions,
        )


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
    address = func.coalesce(image(product.c.images), sold.c.image_url, type_=Text)
    return json(
        id=product.c.id,
        slug=product.c.slug,
        title=said(product.c.title),
        vendor=product.c.vendor,
        product_type=product.c.product_type,
        image_url=address,
        image=card_image(product, address, any_=shape.renditions),
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
