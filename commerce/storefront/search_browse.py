"""What there is without a text: all that is on show, or what is in some categories, the newest first, to be narrowed, counted and sorted alike.

At most `MOST_FOUND` products are looked at. Where there are more, those that pass by brand and attributes are still found, by the index of words,
and so are those that sold best where they are wanted first; what else is older is not, and the answer says so.
"""

from typing import Any, NamedTuple, Self

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    cast,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from commerce import catalog
from commerce.platform.statement import given
from commerce.storefront.lists import below
from commerce.storefront.search_filters import Filters, SearchSort
from commerce.storefront.search_matches import MOST_FOUND
from commerce.storefront.sources import ON_SHOW, ZERO, product_categories, product_popularity, products

_MOST = literal_column(str(MOST_FOUND), Integer)
_NO_RANK = literal_column("0::bigint", BigInteger)


class Browsed(NamedTuple):
    """What decides how a statement without a text reads: categories, brands or attributes to find what is older by, best sellers first."""

    by_category: bool
    narrowed: bool
    popular: bool

    @classmethod
    def of(cls, filters: Filters, sort: SearchSort) -> Self:
        """Gives it for some filters and an order."""
        return cls(bool(filters.categories), bool(narrowing(filters)), sort is SearchSort.POPULARITY)


def browsed(shape: Browsed) -> tuple[CTE, ColumnElement[bool]]:
    """Gives the ids of what there is with brand and facets, and whether there is more than was looked at."""
    within = inside() if shape.by_category else None
    newest = _shown(within).limit(_MOST).cte("newest").prefix_with("MATERIALIZED")
    cut = _many(newest)
    older = _older(within, newest, cut, shape)
    if older is None:
        return newest, cut
    found = older.cte("older").prefix_with("MATERIALIZED")
    # By brand and attributes all are found, however many there are besides.
    missed = _many(found) if shape.narrowed else cut
    return union_all(select(*newest.c), select(*found.c)).cte("matches"), missed


def inside() -> CTE:
    """Gives the ids of what is in one of the categories or below, the newest first."""
    tree = below(any_(given("categories", ARRAY(Text))))
    ids = func.array(select(tree.c.id).scalar_subquery(), type_=ARRAY(Uuid))
    product_id = product_categories.c.product_id
    each = select(product_id).distinct().where(product_categories.c.category_id == any_(ids))
    return each.order_by(product_id.desc()).cte("inside").prefix_with("MATERIALIZED")


def _shown(within: CTE | None) -> Select[Any]:
    """Gives what is on show, the newest first. What is in categories is looked up one by one: the planner, who does not know how few they are,
    would else read the whole table.
    """
    columns = [products.c.id, products.c.vendor, products.c.facets]
    if within is None:
        return select(*columns, _NO_RANK.label("rank")).where(ON_SHOW).order_by(products.c.id.desc())
    one = select(*columns).where(products.c.id == within.c.product_id, ON_SHOW).offset(ZERO).lateral("one")
    return select(*one.c, _NO_RANK.label("rank")).join_from(within, one, true()).order_by(within.c.product_id.desc())


def _older(within: CTE | None, newest: CTE, cut: ColumnElement[bool], shape: Browsed) -> Select[Any] | None:
    if not shape.narrowed and not shape.popular:
        return None
    oldest = select(newest.c.id).order_by(newest.c.id).limit(literal_column("1", Integer)).scalar_subquery()
    columns = [products.c.id, products.c.vendor, products.c.facets, _NO_RANK.label("rank")]
    beyond: FromClause = products
    if not shape.narrowed:
        beyond = products.join(product_popularity, product_popularity.c.product_id == products.c.id)
    found = select(*columns).select_from(beyond).where(ON_SHOW, cut, products.c.id < oldest).limit(_MOST)
    if within is not None:
        found = found.where(products.c.id.in_(select(within.c.product_id)))
    if shape.narrowed:
        return found.where(products.c.search_body.op("@@")(cast(given("narrowing", Text), TSQUERY)))
    return found.order_by(product_popularity.c.units.desc(), products.c.id.desc())


def _many(found: CTE) -> ColumnElement[bool]:
    return select(func.count()).select_from(found).scalar_subquery() >= _MOST


def narrowing(filters: Filters) -> str:
    """Gives a query over words that all that passes by brand and attributes fulfils; empty where there is none."""
    brands = [" & ".join(map(_lexeme, catalog.search_words(each))) for each in filters.vendors]
    parts = [" | ".join(f"({brand})" for brand in brands)] if brands and all(brands) else []
    parts += [" | ".join(map(_lexeme, each.any)) for each in filters.attributes if each.any]
    return " & ".join(f"({part})" for part in parts)


def _lexeme(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def browse_arguments(filters: Filters, shape: Browsed) -> dict[str, object]:
    """Gives what `browsed` takes as arguments."""
    found: dict[str, object] = {"categories": list(filters.categories)} if shape.by_category else {}
    return found | ({"narrowing": narrowing(filters)} if shape.narrowed else {})
