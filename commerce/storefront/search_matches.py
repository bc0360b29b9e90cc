"""What matches a text, in tiers: exact codes; titles, brands and codes; titles by the beginnings of words; every word anywhere; most words.

A later tier is consulted only when those before it fill less than a page, the last one only when there is nothing else. Each tier gives at most
`MOST_FOUND` products.
"""

from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSQUERY, distinct_on

from commerce import catalog
from commerce.platform.statement import given
from commerce.storefront.fragments import said
from commerce.storefront.sources import LIVE, ON_SHOW, products, variant_barcodes, variants

ENOUGH = 24  # a page: with so many in titles, nothing else is consulted
MOST_FOUND = 20_000
_MOST = literal_column(str(MOST_FOUND), Integer)
_ZERO, _ONE, _TWO, _FOUR = (literal_column(str(number), Integer) for number in (0, 1, 2, 4))

# What is sought, made once for the statement: each row that it is compared with would else make it anew.
_parts = (
    select(
        func.search_parts(given("sought", JSONB), type_=ARRAY(TSQUERY)).label("parts"),
        func.search_parts(given("begun", JSONB), type_=ARRAY(TSQUERY)).label("begun"),
    )
    .cte("parts")
    .prefix_with("MATERIALIZED")
)
_ASKED = (
    select(
        _parts.c.parts,
        func.search_sought(_parts.c.parts, type_=TSQUERY).label("query"),
        func.search_sought(_parts.c.begun, type_=TSQUERY).label("begun"),
        func.search_either(_parts.c.parts, type_=TSQUERY).label("either"),
    )
    .cte("asked")
    .prefix_with("MATERIALIZED")
)
CODE, HEAD, BEGUN, ANYWHERE, MOST_WORDS = (
    literal_column(f"{tier * 10_000_000}::bigint", BigInteger) for tier in (4, 3, 2, 1, 0)
)
AS_TYPED = literal_column("4000000::bigint", BigInteger)
EACH_WORD = literal_column("1000000::bigint", BigInteger)


def _rank(vector: ColumnElement[Any], query: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives a whole number below four million: the better the match and the shorter the title, the higher."""
    length = func.length(said(products.c.title)) + literal_column("20")
    scaled = func.ts_rank(literal_column("'{0.05,0.1,0.4,1}'::real[]"), vector, query) * literal_column("60000000")
    return func.least(cast(scaled / length, BigInteger), literal_column("3999999::bigint"))


def _tier(rank: ColumnElement[Any]) -> Select[Any]:
    return select(products.c.id, products.c.vendor, products.c.facets, rank.label("rank")).where(ON_SHOW).limit(_MOST)


def _coded() -> Select[Any]:
    code, barcode = given("code", Text), given("barcode", Text)
    by_sku = select(variants.c.product_id).where(LIVE, func.upper(variants.c.sku, type_=Text) == func.upper(code))
    by_barcode = (
        select(variants.c.product_id)
        .join_from(variant_barcodes, variants, variants.c.id == variant_barcodes.c.variant_id)
        .where(LIVE, variant_barcodes.c.barcode_key == barcode, variant_barcodes.c.withdrawn_at.is_(None))
    )
    found = union_all(by_sku, by_barcode).subquery("coded")
    return _tier(CODE).where(products.c.id.in_(select(found.c.product_id)))


def matches() -> CTE:
    """Gives the ids of what matches with the best rank of each, its brand and its facets. Takes `sought`, `begun`, `typed`, `code`, `barcode`."""
    as_typed = func.strpos(func.lower(said(products.c.title)), func.lower(given("typed", Text))) > _ZERO
    head = (
        _tier(HEAD + _rank(products.c.search_head, _ASKED.c.query) + case((as_typed, AS_TYPED), else_=_ZERO))
        .join_from(products, _ASKED, products.c.search_head.op("@@")(_ASKED.c.query))
        .cte("head")
        .prefix_with("MATERIALIZED")
    )
    too_few = select(func.count()).select_from(head).scalar_subquery() < literal_column(str(ENOUGH))
    begun = (
        _tier(BEGUN + _rank(products.c.search_head, _ASKED.c.begun))
        .join_from(products, _ASKED, products.c.search_head.op("@@")(_ASKED.c.begun))
        .where(too_few)
    )
    anywhere = (
        _tier(ANYWHERE + _rank(products.c.search_body, _ASKED.c.query))
        .join_from(products, _ASKED, products.c.search_body.op("@@")(_ASKED.c.query))
        .where(too_few)
    )
    coded = _coded().cte("coded").prefix_with("MATERIALIZED")
    titled = select(*head.c).where(head.c.id.not_in(select(coded.c.id)))
    late = union_all(begun, anywhere).subquery("late")
    later = (
        select(*late.c)
        .ext(distinct_on(late.c.id))
        .where(late.c.id.not_in(select(coded.c.id)), late.c.id.not_in(select(head.c.id)))
        .order_by(late.c.id, late.c.rank.desc())
        .subquery("later")
    )
    surely = union_all(select(*coded.c), titled, select(*later.c)).cte("surely").prefix_with("MATERIALIZED")
    part = func.unnest(_ASKED.c.parts).table_valued("query", name="part").render_derived(name="part")
    hits = (
        select(func.count())
        .select_from(part)
        .where(products.c.search_body.op("@@")(cast(part.c.query, TSQUERY)))
        .correlate(products, _ASKED)
        .scalar_subquery()
    )
    mostly = (
        _tier(MOST_WORDS + hits * EACH_WORD + _rank(products.c.search_body, _ASKED.c.either).op("/")(_FOUR))
        .join_from(products, _ASKED, products.c.search_body.op("@@")(_ASKED.c.either))
        .where(
            func.cardinality(_ASKED.c.parts) > _ONE,
            ~select(surely.c.id).exists(),
            hits * _TWO >= func.cardinality(_ASKED.c.parts),
        )
    )
    return union_all(select(*surely.c), mostly).cte("matches")


def match_arguments(sought: catalog.Sought, text: str, barcode: str) -> dict[str, object]:
    """Gives what `matches` takes as arguments."""
    return {
        "sought": sought.parts,
        "begun": sought.begun,
        "typed": text.strip(),
        "code": text.strip(),
        "barcode": barcode,
    }
