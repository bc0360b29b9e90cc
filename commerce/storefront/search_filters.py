"""What narrows a search: category, brand, attributes, price, stock; and, of each product found, which of these it fails.

So that the counts of a facet are those without its own filter, as shops count: a product that fails only there counts there.
"""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Numeric,
    Text,
    Uuid,
    and_,
    any_,
    case,
    cast,
    column,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.platform.statement import given
from commerce.storefront.cards import CardShape
from commerce.storefront.lists import below
from commerce.storefront.offers import offers
from commerce.storefront.sources import (
    LIVE,
    ONLINE,
    ZERO,
    kit_components,
    product_categories,
    product_popularity,
    products,
    stock_levels,
    variants,
)

NO_PRICE = literal_column(f"{-(2**60)}::bigint", BigInteger)


class SearchSort(StrEnum):
    """Orders of what was found."""

    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DOWN = "-price"
    NEWEST = "newest"
    POPULARITY = "popularity"


class Count(StrEnum):
    """What can be counted among all that was found."""

    CATEGORY = "category"
    VENDOR = "vendor"
    ATTRIBUTE = "attribute"
    PRICE = "price"
    AVAILABILITY = "availability"


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an attribute has to be: one of some values (as `code:value`), or a number (`least`, `most`) or date (`since`, `until`) within bounds, both included."""

    code: str
    any: list[str] | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    since: str | None = None
    until: str | None = None


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked to be shown only. `places`: in stock at one of them; None: wherever. Prices are in minor units, both included."""

    categories: Sequence[str] = ()
    vendors: Sequence[str] = ()
    attributes: Sequence[Wanted] = ()
    price_from: int | None = None
    price_to: int | None = None
    in_stock: bool = False
    places: Sequence[UUID] | None = None

    @property
    def by_price(self) -> bool:
        """Whether a price is asked for."""
        return self.price_from is not None or self.price_to is not None

    @property
    def of_categories_only(self) -> bool:
        """Whether nothing but categories is asked for, if anything."""
        judged = (self.vendors, self.attributes, self.by_price, self.in_stock, self.places is not None)
        return not any(judged)


class Shape(NamedTuple):
    """What decides how the statement of a search narrows, counts, sorts and shows: `everything`, or what was sought or is in categories
    (`within`); whether categories are `nested`.
    """

    card: CardShape
    everything: bool
    by_category: bool
    by_vendor: bool
    by_attribute: bool
    by_price: bool
    in_stock: bool
    at_places: bool
    sort: SearchSort
    counts: frozenset[Count]
    first: bool
    within: bool = False
    nested: bool = False

    @property
    def filtered(self) -> bool:
        """Whether anything is left out of what matches."""
        return any((self.by_category, self.by_vendor, self.by_attribute, self.by_price, self.in_stock, self.at_places))

    @property
    def priced(self) -> bool:
        """Whether the price of each product found must be known."""
        return self.by_price or Count.PRICE in self.counts or self.sort in {SearchSort.PRICE, SearchSort.PRICE_DOWN}

    @property
    def stocked(self) -> bool:
        """Whether the stock of each product found must be known."""
        return self.in_stock or self.at_places or Count.AVAILABILITY in self.counts


def named(which: str) -> ColumnElement[Any]:
    """Gives the name of a filter among those that a product fails; no attribute's code has such a sign."""
    return literal_column(f"'#{which}'", Text)


def _price(shape: Shape, found: FromClause) -> FromClause:
    """Gives, beside what was found, the lowest price of each product."""
    offer = offers(shape.card.prices, found, taxed=False)
    return (
        select(func.min(offer.c.price).label("price"))
        .select_from(variants.join(offer, true()))
        .where(variants.c.product_id == found.c.id, LIVE)
        .correlate(found)
        .lateral("cheapest")
    )


def _available(shape: Shape, found: FromClause) -> ColumnElement[bool]:
    """Says whether a variant of a product can be had: at one of the places named, or of those that the page counts."""
    level = stock_levels.c
    where: list[ColumnElement[bool]] = []
    if shape.at_places:
        where = [level.location_id == any_(given("at_places", ARRAY(Uuid)))]
    elif shape.card.some_places:
        where = [level.location_id == any_(given("counted", ARRAY(Uuid)))]
    there = exists().where(level.variant_id == variants.c.id, ONLINE > ZERO, *where).correlate(variants)
    return (
        exists()
        .where(
            variants.c.product_id == found.c.id,
            LIVE,
            or_(there, variants.c.stock == literal_column("'none'"), and_(variants.c.kit, _kit_there(where))),
        )
        .correlate(found)
    )


def _kit_there(where: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Says whether some place has all parts of a kit that stock is kept of; where it is kept of none of them, it can always be had. With a
    part that is withdrawn it is nowhere.
    """
    part, level = kit_components.c, stock_levels.c
    article = variants.alias("article")
    own, withdrawn = part.kit_variant_id == variants.c.id, article.c.withdrawn_at.is_not(None)
    stocked = and_(own, article.c.stock == literal_column("'kept'"))
    parts = (
        select(func.count())
        .join_from(kit_components, article, article.c.id == part.variant_id)
        .where(or_(stocked, and_(own, withdrawn)))
        .correlate(variants)
        .scalar_subquery()
    )
    place = (
        select(level.location_id)
        .join_from(kit_components, article, article.c.id == part.variant_id)
        .join(stock_levels, level.variant_id == part.variant_id)
        .where(stocked, ~withdrawn, part.quantity <= ONLINE, *where)
        .group_by(level.location_id)
        .having(func.count() == parts)
        .correlate(variants)
    )
    return or_(parts == ZERO, place.exists())


_want = (
    func.jsonb_to_recordset(given("wanted", JSONB))
    .table_valued(
        column("code", Text),
        column("any", ARRAY(Text)),
        column("least", Numeric),
        column("most", Numeric),
        column("since", Text),
        column("until", Text),
        name="want",
    )
    .render_derived(with_types=True)
)


def _failed_attributes(found: FromClause) -> ColumnElement[Any]:
    """Gives the codes of the attributes asked for that a product does not have so."""
    want = _want.c
    facet = func.unnest(found.c.facets).table_valued("said", name="facet").render_derived(name="facet")
    value = func.substr(facet.c.said, func.length(want.code) + literal_column("2"), type_=Text)
    number = cast(case((want.least.is_not(None) | want.most.is_not(None), value), else_=null()), Numeric)
    within = exists().where(
        func.split_part(facet.c.said, literal_column("':'"), literal_column("1")) == want.code,
        want.any.is_(None),
        or_(want.least.is_(None), number >= want.least),
        or_(want.most.is_(None), number <= want.most),
        or_(want.since.is_(None), value >= want.since),
        or_(want.until.is_(None), value <= want.until),
    )
    has_one = func.coalesce(found.c.facets.bool_op("&&")(want.any), literal_column("false"), type_=Boolean)
    failed = select(want.code).select_from(_want).where(~has_one, ~within.correlate(found, _want)).correlate(found)
    return func.array(failed.scalar_subquery(), type_=ARRAY(Text))


def _in_categories(found: FromClause) -> ColumnElement[bool]:
    """Says whether a product is in one of the categories given, by id or slug (that of now or one of before), or in one below."""
    tree = below(any_(given("categories", ARRAY(Text))))
    return (
        exists()
        .where(
            product_categories.c.product_id == found.c.id,
            product_categories.c.category_id.in_(select(tree.c.id)),
        )
        .correlate(found)
    )


def judged(matches: CTE, shape: Shape) -> CTE:
    """Gives what matches with what it is sorted by, its lowest `price` and whether it is `available` where that is asked for, and the filters
    that it `failed`.
    """
    columns: list[Any] = [matches.c.id, matches.c.vendor, matches.c.facets]
    source: FromClause = matches
    if shape.priced or shape.stocked:
        # Its tax category decides its price where lists are without tax.
        source = source.join(products, products.c.id == matches.c.id)
    price: ColumnElement[Any] = null()
    if shape.priced:
        cheapest = _price(shape, products)
        source = source.outerjoin(cheapest, true())
        price = cheapest.c.price
        columns.append(price.label("price"))
    if shape.sort is SearchSort.POPULARITY:
        source = source.outerjoin(product_popularity, product_popularity.c.product_id == matches.c.id)
    if shape.stocked:
        columns.append(_available(shape, products).label("available"))
    known = select(*columns, _sorted_by(shape, matches, price).label("rank")).select_from(source).subquery("known")
    return select(*known.c, _failed(shape, known).label("failed")).cte("judged").prefix_with("MATERIALIZED")


def _sorted_by(shape: Shape, matches: CTE, price: ColumnElement[Any]) -> ColumnElement[Any]:
    match shape.sort:
        case SearchSort.RELEVANCE:
            return matches.c.rank
        case SearchSort.NEWEST:
            return literal_column("0::bigint", BigInteger)
        case SearchSort.PRICE:
            return func.coalesce(-cast(price, BigInteger), NO_PRICE)
        case SearchSort.PRICE_DOWN:
            return func.coalesce(cast(price, BigInteger), NO_PRICE)
        case SearchSort.POPULARITY:
            return func.coalesce(product_popularity.c.units, literal_column("0::bigint"))


def _failed(shape: Shape, known: FromClause) -> ColumnElement[Any]:
    conditions: dict[str, ColumnElement[bool]] = {}
    if shape.by_category:
        conditions["category"] = _in_categories(known)
    if shape.by_vendor:
        conditions["vendor"] = known.c.vendor == any_(given("vendors", ARRAY(Text)))
    if shape.by_price:
        low, high = given("price_from", BigInteger), given("price_to", BigInteger)
        conditions["price"] = and_(or_(low.is_(None), known.c.price >= low), or_(high.is_(None), known.c.price <= high))
    if shape.in_stock or shape.at_places:
        conditions["availability"] = known.c.available
    none = literal_column("'{}'::text[]", ARRAY(Text))
    failed: ColumnElement[Any] = none
    for name, holds in conditions.items():
        alone = literal_column(f"'{{#{name}}}'::text[]", ARRAY(Text))
        failed = failed.op("||")(case((holds.is_(true()), none), else_=alone))
    return failed.op("||")(_failed_attributes(known)) if shape.by_attribute else failed


def filter_arguments(filters: Filters, shape: Shape) -> dict[str, object]:
    """Gives what `judged` takes as arguments."""
    found: dict[str, object] = {}
    if shape.by_category:
        found["categories"] = list(filters.categories)
    if shape.by_vendor:
        found["vendors"] = list(filters.vendors)
    if shape.by_attribute:
        found["wanted"] = list(filters.attributes)
    if shape.by_price:
        found |= {"price_from": filters.price_from, "price_to": filters.price_to}
    if shape.at_places:
        found["at_places"] = list(filters.places or ())
    return found
