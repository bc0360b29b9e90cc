"""The price that holds for a variant, with its tax, as a piece of a statement. There is one piece for each kind of answer to "which lists hold".

As a rule one list holds, and a price is one look into an index; where several do, each variant takes the first that has it. A test compares
pages with what pricing and the price engine's arithmetic say.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Numeric,
    Uuid,
    any_,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.platform.statement import given
from commerce.pricing import prior_arguments, shown_prior
from commerce.storefront.shop import Held, Prices, Shop
from commerce.storefront.sources import ONE, prices, variants


def tax_rate(product: FromClause) -> ColumnElement[Any]:
    """Gives the rate of a product's tax category as text, such as 0.21; null where none is known."""
    return given("rates", JSONB).op("->>")(product.c.tax_category)


def offers(shape: Prices, product: FromClause, *, taxed: bool, listed: bool = False) -> FromClause:
    """Gives, beside `variants` and their products, the price that holds: `price` and `compare_at` with tax, and the `tax` in it if wanted.
    Where prices on some list are announced as reduced, or it is `listed`, also the `list_id`.

    A list without tax has the tax added, half-up; where the rate is not known, such a price cannot be told and is null.
    """
    columns = _columns(shape.held, cast(tax_rate(product), Numeric))
    at = given("at", DateTime(timezone=True))
    offer = select(*(column.label(name) for name, column in columns.items() if taxed or name != "tax")).where(
        prices.c.variant_id == variants.c.id,
        prices.c.min_quantity == ONE,
        prices.c.starts_at <= at,
        prices.c.ends_at > at,
    )
    if shape.reduced or listed:
        offer = offer.add_columns(prices.c.price_list_id.label("list_id"))
    if shape.held is Held.SEVERAL:
        lists = given("lists", ARRAY(Uuid))
        offer = (
            offer.where(prices.c.price_list_id == any_(lists))
            .order_by(func.array_position(lists, prices.c.price_list_id))
            .limit(ONE)
        )
    else:
        offer = offer.where(prices.c.price_list_id == given("list_id", Uuid))
    return offer.correlate(variants, product).lateral("offer")


def prior(shape: Prices, variant: ColumnElement[Any], list_id: Callable[[], ColumnElement[Any]]) -> ColumnElement[Any]:
    """Gives the prior price of a variant whose price is on a list: null unless that one's prices are announced as reduced.

    A shop without such a list is asked nothing; with one, only prices on it look into their history.
    """
    if not shape.reduced:
        return null()
    return case((list_id() == any_(given("reduced_lists", ARRAY(Uuid))), shown_prior(variant)), else_=null())


def unit_price(price: ColumnElement[Any], thousandths: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives the price of one kilogram, litre, metre … half-up, as the engine has it; null where the content is not known."""
    twice = cast(thousandths, BigInteger) * literal_column("2", BigInteger)
    return (price * literal_column("2000", BigInteger) + thousandths) // twice


def _columns(held: Held, rate: ColumnElement[Any]) -> dict[str, ColumnElement[Any]]:
    amount, compare_at = prices.c.amount, prices.c.compare_at
    added = _whole(amount * rate)
    with_tax = {"price": amount, "compare_at": compare_at, "tax": _whole(amount * rate / (ONE + rate))}
    without = {"price": amount + added, "compare_at": compare_at + _whole(compare_at * rate), "tax": added}
    # Two prices that differ may be the same after the tax.
    without["compare_at"] = case((without["compare_at"] > without["price"], without["compare_at"]), else_=null())
    match held:
        case Held.ONE_WITH_TAX:
            return with_tax
        case Held.ONE_WITHOUT_TAX:
            return without
        case Held.SEVERAL:
            gross = prices.c.price_list_id == any_(given("lists_with_tax", ARRAY(Uuid)))
            return {name: case((gross, with_tax[name]), else_=without[name]) for name in with_tax}


def offer_arguments(shop: Shop, *, taxed: bool) -> dict[str, object]:
    """Gives what `offers` takes as arguments; `taxed` where the tax itself is told, for which the rates are always needed."""
    rates: dict[str, object] = {"rates": shop.rates} if taxed or shop.prices.held is not Held.ONE_WITH_TAX else {}
    if shop.prices.held is Held.SEVERAL:
        return {"lists": shop.lists, "lists_with_tax": shop.lists_with_tax, **rates}
    return {"list_id": shop.lists[0], **rates}


def prior_price_arguments(shop: Shop, at: datetime) -> dict[str, object]:
    """Gives what `prior` takes as arguments."""
    return {"reduced_lists": shop.reduced_lists, **prior_arguments(shop.audience, at)} if shop.prices.reduced else {}


def _whole(amount: ColumnElement[Any]) -> ColumnElement[Any]:
    """Rounds to minor units, halves away from zero."""
    return cast(func.round(amount), BigInteger)
