"""The pieces that the storefront's statements share: texts in a language, the price that holds with its tax, stock in bands.

Which price list holds is pricing's rule (docs/decisions/0040-which-price-list-holds.md): of the lists that hold, the one with the highest
priority that has the variant; at equal priority the channel's own; then the oldest. A test compares each page with what a quote says.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    FromClause,
    Integer,
    Numeric,
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
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, aggregate_order_by

from commerce import inventory
from commerce.platform.statement import any_of, given, unnested
from commerce.storefront.shop import Shop
from commerce.storefront.sources import LIVE, price_lists, prices, variants

FEW_UNITS = 5

AT = given("at", DateTime(timezone=True))
# Constants stand in the SQL itself: fewer arguments to send, and the planner sees them.
ZERO, ONE, FEW = (literal_column(str(number), Integer) for number in (0, 1, FEW_UNITS))
NOTHING = literal_column("'[]'::json", JSON)
LANGUAGE = given("language", Text)
CURRENCY = given("currency", Text)

RATES = unnested("rates", tax_category=Text, tax_rate=Numeric)
PLACES = unnested(
    "places", place_id=Uuid, place_code=Text, place_name=Text, collects=Boolean, ships=Boolean, exact=Boolean
)
LEVELS = inventory.live_levels(AT).subquery("levels")


def card_arguments(shop: Shop) -> dict[str, object]:
    """Gives what a statement of cards takes as arguments."""
    return {
        "at": shop.at,
        "language": shop.language,
        "currency": shop.currency,
        "channel_id": shop.channel_id,
        "tax_category": shop.tax_categories,
        "tax_rate": shop.tax_rates,
        "place_id": shop.counted_ids,
    }


def arguments(shop: Shop) -> dict[str, object]:
    """Gives what the fragments of a statement that tells prices and stock take as arguments."""
    return {
        "at": shop.at,
        "language": shop.language,
        "currency": shop.currency,
        "channel_id": shop.channel_id,
        "tax_category": shop.tax_categories,
        "tax_rate": shop.tax_rates,
        "place_id": shop.place_ids,
        "place_code": shop.place_codes,
        "place_name": shop.place_names,
        "collects": shop.collects,
        "ships": shop.ships,
        "exact": shop.exact,
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


def image(which: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives the address of the first of some images."""
    return which.op("->")(literal_column("0")).op("->>")(literal_column("'url'"))


_channel = given("channel_id", Uuid)
LISTS = (
    select(
        price_lists.c.id,
        price_lists.c.includes_tax,
        func.row_number()
        .over(order_by=[price_lists.c.priority.desc(), price_lists.c.channel_id.is_(None), price_lists.c.id])
        .label("place"),
    )
    .where(
        price_lists.c.currency == CURRENCY,
        or_(price_lists.c.channel_id.is_(None), price_lists.c.channel_id == _channel),
        price_lists.c.active,
        or_(price_lists.c.starts_at.is_(None), price_lists.c.starts_at <= AT),
        or_(price_lists.c.ends_at.is_(None), price_lists.c.ends_at > AT),
    )
    .cte("lists")
    .prefix_with("MATERIALIZED")
)


def offers(tax_rate: ColumnElement[Any]) -> FromClause:
    """Gives, beside `variants`, the price that holds for each: `price`, `compare_at` and the `tax` in it, all with tax included.

    A list without tax has the tax added, half-up; where the rate is not known, such a price cannot be told and is null.
    """
    amount, compare_at, included = prices.c.amount, prices.c.compare_at, LISTS.c.includes_tax
    gross = case((included, amount), else_=amount + func.round(amount * tax_rate))
    gross_compare = case((included, compare_at), else_=compare_at + func.round(compare_at * tax_rate))
    inside = case(
        (included, func.round(amount * tax_rate / (ONE + tax_rate))),
        else_=func.round(amount * tax_rate),
    )
    return (
        select(
            gross.label("price"),
            case((gross_compare > gross, gross_compare), else_=null()).label("compare_at"),
            inside.label("tax"),
        )
        .join_from(prices, LISTS, LISTS.c.id == prices.c.price_list_id)
        .where(prices.c.variant_id == variants.c.id)
        .order_by(LISTS.c.place)
        .limit(ONE)
        .correlate(variants, RATES)
        .lateral("offer")
    )


def band(available: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives `in`, `few` (1 to 5) or `out`."""
    return case(
        (func.coalesce(available, ZERO) <= ZERO, literal_column("'out'")),
        (available <= FEW, literal_column("'few'")),
        else_=literal_column("'in'"),
    )


def stock(*, figures: bool) -> FromClause:
    """Gives, beside `variants`, what is there of each: `pickup`, a JSON list by place, and `delivery`, the band of what can be sent."""
    fields: dict[str, Any] = {
        "location_id": PLACES.c.place_id,
        "code": PLACES.c.place_code,
        "name": PLACES.c.place_name,
        "stock": band(LEVELS.c.available),
    }
    if figures:
        fields["available"] = case((PLACES.c.exact, func.coalesce(LEVELS.c.available, ZERO)), else_=null())
    here = and_(LEVELS.c.variant_id == variants.c.id, LEVELS.c.location_id == PLACES.c.place_id)
    return (
        select(
            func.coalesce(
                func.json_agg(aggregate_order_by(json(**fields), PLACES.c.place_code)).filter(PLACES.c.collects),
                NOTHING,
            ).label("pickup"),
            band(func.sum(LEVELS.c.available).filter(PLACES.c.ships)).label("delivery"),
        )
        .select_from(PLACES.outerjoin(LEVELS, here))
        .correlate(variants)
        .lateral("stock")
    )


def shown_variant(offer: FromClause, there: FromClause) -> ColumnElement[Any]:
    """Gives a variant as everybody sees it."""
    return json(
        id=variants.c.id,
        sku=variants.c.sku,
        barcode=variants.c.barcode,
        option_values=variants.c.option_values,
        weight_grams=variants.c.weight_grams,
        shippable=variants.c.shippable,
        image_url=variants.c.image_url,
        price=money(offer.c.price),
        compare_at=money(offer.c.compare_at),
        tax=money(offer.c.tax),
        delivery=there.c.delivery,
        pickup=there.c.pickup,
    )


def sold_as(product: FromClause) -> FromClause:
    """Gives, beside products and `rates`, the range of prices of each product's variants and the best stock of any: for cards in lists."""
    offer = offers(RATES.c.tax_rate)
    most = (
        select(func.max(LEVELS.c.available).label("available"))
        .select_from(LEVELS)
        .where(LEVELS.c.variant_id == variants.c.id, any_of(LEVELS.c.location_id, "place_id"))
        .correlate(variants)
        .lateral("most")
    )
    return (
        select(
            func.min(offer.c.price).label("lowest"),
            func.max(offer.c.price).label("highest"),
            func.array_agg(aggregate_order_by(offer.c.compare_at, offer.c.price), type_=ARRAY(offer.c.compare_at.type))[
                ONE
            ].label("compare_at"),
            func.count().label("variant_count"),
            func.max(most.c.available).label("available"),
            func.min(variants.c.image_url).label("image_url"),
        )
        .select_from(variants.outerjoin(offer, true()).outerjoin(most, true()))
        .where(variants.c.product_id == product.c.id, LIVE)
        .correlate(product, RATES)
        .lateral("sold")
    )


def card(product: FromClause, sold: FromClause) -> ColumnElement[Any]:
    """Gives a product as it stands in a list: the lowest price of its variants, and what is there of the best of them."""
    return json(
        id=product.c.id,
        slug=product.c.slug,
        title=said(product.c.title),
        vendor=product.c.vendor,
        product_type=product.c.product_type,
        image_url=func.coalesce(image(product.c.images), sold.c.image_url),
        price_from=money(sold.c.lowest),
        price_to=money(sold.c.highest),
        compare_at=money(sold.c.compare_at),
        variant_count=sold.c.variant_count,
        stock=band(sold.c.available),
    )


def cards(page: FromClause, *also: ColumnElement[Any]) -> Select[Any]:
    """Gives a page of cards: `items`, a JSON text of the first `limit` of its products by `place`; `more`, whether there is another; and
    `id` with the columns named, of the last one shown. `page` has the columns of `products` and a `place`.
    """
    sold = sold_as(page)
    shown = (
        select(page.c.place, page.c.id, *also, card(page, sold).label("card"))
        .select_from(page.outerjoin(RATES, RATES.c.tax_category == page.c.tax_category).outerjoin(sold, true()))
        .subquery("shown")
    )
    limit = given("limit", Integer)
    item = func.json_agg(aggregate_order_by(shown.c.card, shown.c.place)).filter(shown.c.place <= limit)
    last = [
        func.array_agg(column, type_=ARRAY(column.type)).filter(shown.c.place == limit)[ONE].label(column.name)
        for column in (shown.c.id, *(shown.c[str(each.key)] for each in also))
    ]
    return select(
        cast(func.coalesce(item, NOTHING), Text).label("items"), (func.count() > limit).label("more"), *last
    ).select_from(shown)


def text(document: ColumnElement[Any] | SelectBase) -> ColumnElement[str]:
    """Gives a JSON document as the text that is sent."""
    inner = document.scalar_subquery() if isinstance(document, SelectBase) else document
    return cast(inner, Text)
