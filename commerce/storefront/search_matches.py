"""What matches a text, in tiers: exact codes; titles, brands and codes; titles by the beginnings of words; every word anywhere; most words.

A later tier is consulted only when those before it fill less than a page, the last one only when there is nothing else. Each tier gives at most
`MOST_FOUND` products.
"""

from typing import Any, NamedTuple, Self, TypeAlias

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    case,
    cast,
    exists,
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
MOST_KEPT = 10_000  # readings of texts, some 200 bytes each
_MOST = literal_column(str(MOST_FOUND), Integer)
_ZERO, _ONE, _TWO, _FOUR = (literal_column(str(number), Integer) for number in (0, 1, 2, 4))

CODE, HEAD, BEGUN, ANYWHERE, MOST_WORDS = (
    literal_column(f"{tier * 10_000_000}::bigint", BigInteger) for tier in (4, 3, 2, 1, 0)
)
AS_TYPED = literal_column("4000000::bigint", BigInteger)
A_WORD = literal_column("'[^0-9''&|!<>():* -]'", Text)  # in a query as it is written
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


class Tiers(NamedTuple):
    """Which tiers a text can have: whether words of it may go on, whether it has more words than one; and whether any was put right."""

    begun: bool
    several: bool
    corrected: bool

    @classmethod
    def of(cls, sought: catalog.Sought) -> Self:
        """Gives the tiers of what is sought; a tier that nothing can be in costs nothing."""
        return cls(bool(sought.begun), len(sought.parts) > 1, bool(sought.corrected))


def _asked(tiers: Tiers) -> CTE:
    """Gives what is sought as PostgreSQL reads it, once for the statement: each row that it is compared with would else make it anew."""
    read = given("read", ARRAY(Text))
    parts = (
        select(
            case(
                (read.is_(None), func.search_parts(given("sought", JSONB), type_=ARRAY(TSQUERY))),
                else_=cast(read, ARRAY(TSQUERY)),
            ).label("parts"),
            read.is_(None).label("new"),
        )
        .cte("parts")
        .prefix_with("MATERIALIZED")
    )
    whole = func.search_sought(parts.c.parts, type_=TSQUERY) if tiers.several else parts.c.parts[_ONE]
    return select(parts.c.parts, parts.c.new, whole.label("query")).cte("asked").prefix_with("MATERIALIZED")


def matches(tiers: Tiers) -> tuple[CTE, CTE]:
    """Gives what is `asked`, and the ids of what matches it with the best rank of each, its brand and its facets. Takes `match_arguments`."""
    asked = _asked(tiers)
    as_typed = func.strpos(func.lower(said(products.c.title)), func.lower(given("typed", Text))) > _ZERO
    head = (
        _tier(HEAD + _rank(products.c.search_head, asked.c.query) + case((as_typed, AS_TYPED), else_=_ZERO))
        .join_from(products, asked, products.c.search_head.op("@@")(asked.c.query))
        .cte("head")
        .prefix_with("MATERIALIZED")
    )
    coded = _coded().cte("coded").prefix_with("MATERIALIZED")
    titled = select(*head.c).where(head.c.id.not_in(select(coded.c.id)))
    late = union_all(*_late(tiers, asked, head)).subquery("late")
    later = (
        select(*late.c)
        .ext(distinct_on(late.c.id))
        .where(late.c.id.not_in(select(coded.c.id)), late.c.id.not_in(select(head.c.id)))
        .order_by(late.c.id, late.c.rank.desc())
        .subquery("later")
    )
    surely = [select(*coded.c), titled, select(*later.c)]
    if not tiers.several:
        return asked, union_all(*surely).cte("matches")
    found = union_all(*surely).cte("surely").prefix_with("MATERIALIZED")
    return asked, union_all(select(*found.c), _mostly(asked, found)).cte("matches")


def _late(tiers: Tiers, asked: CTE, head: CTE) -> list[Select[Any]]:
    """Gives the tiers that are consulted where titles give too little, and read then only."""
    too_few = select(func.count()).select_from(head).scalar_subquery() < literal_column(str(ENOUGH))
    anywhere = (
        _tier(ANYWHERE + _rank(products.c.search_body, asked.c.query))
        .join_from(products, asked, products.c.search_body.op("@@")(asked.c.query))
        .where(too_few)
    )
    if not tiers.begun:
        return [anywhere]
    read = func.search_parts(given("begun", JSONB), type_=ARRAY(TSQUERY))
    goes_on = select(func.search_sought(read, type_=TSQUERY).label("query")).cte("begun").prefix_with("MATERIALIZED")
    begun = (
        _tier(BEGUN + _rank(products.c.search_head, goes_on.c.query))
        .join_from(products, goes_on, products.c.search_head.op("@@")(goes_on.c.query))
        .where(too_few)
    )
    return [begun, anywhere]


def _mostly(asked: CTE, found: CTE) -> Select[Any]:
    """Gives what has at least half of the words, where nothing else was found: figures are no words, since any article may have the same."""
    every = func.unnest(asked.c.parts).table_valued("query", name="every").render_derived(name="every")
    worded = select(every.c.query).where(cast(every.c.query, Text).op("~")(A_WORD)).correlate(asked)
    # Not taken into what is around it, which would find the words twice.
    words = (
        select(asked.c.parts, func.array(worded.scalar_subquery(), type_=ARRAY(TSQUERY)).label("words"))
        .where(func.cardinality(asked.c.parts) > _ONE)
        .offset(_ZERO)
        .subquery()
    )
    either = (
        select(
            words.c.words,
            func.search_either(words.c.words, type_=TSQUERY).label("of_words"),
            func.search_either(words.c.parts, type_=TSQUERY).label("query"),
        )
        .cte("either")
        .prefix_with("MATERIALIZED")
    )
    part = func.unnest(either.c.words).table_valued("query", name="part").render_derived(name="part")
    hits = (
        select(func.count())
        .select_from(part)
        .where(products.c.search_body.op("@@")(cast(part.c.query, TSQUERY)))
        .correlate(products, either)
        .scalar_subquery()
    )
    return (
        _tier(MOST_WORDS + hits * EACH_WORD + _rank(products.c.search_body, either.c.query).op("/")(_FOUR))
        .join_from(products, either, products.c.search_body.op("@@")(either.c.of_words))
        .where(~select(found.c.id).exists(), hits * _TWO >= func.cardinality(either.c.words))
    )


def in_use() -> ColumnElement[bool]:
    """Says whether each of the words `corrected` is a word of something on show: else nobody is told that there is such a word."""
    word = func.unnest(given("corrected", ARRAY(Text))).table_valued("word", name="corrected").render_derived()
    there = exists().where(products.c.search_body.op("@@")(func.search_query(word.c.word)), ON_SHOW).correlate(word)
    return select(func.bool_and(there)).select_from(word).scalar_subquery()


Known: TypeAlias = tuple[tuple[str, ...], ...]
_read: dict[Known, list[str]] = {}


def _known(sought: catalog.Sought) -> Known:
    return tuple(map(tuple, sought.parts))


def keep(sought: catalog.Sought, read: list[str]) -> None:
    """Keeps how PostgreSQL reads what is sought. Its functions are immutable: words are read the same way as long as the process runs."""
    if len(_read) >= MOST_KEPT:
        _read.clear()
    _read[_known(sought)] = read


def match_arguments(sought: catalog.Sought, text: str, barcode: str) -> dict[str, object]:
    """Gives what `matches` and `in_use` take as arguments."""
    typed, read = text.strip(), _read.get(_known(sought))
    begun = {"begun": sought.begun} if sought.begun else {}
    corrected = {"corrected": sought.corrected} if sought.corrected else {}
    return {
        "sought": sought.parts if read is None else None,
        "read": read,
        "typed": typed,
        "code": typed,
        "barcode": barcode,
        **begun,
        **corrected,
    }
