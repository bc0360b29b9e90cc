"""Suggestions as one types: how the begun word goes on, categories, brands and products that are called so.

The words come from what the process holds; which of them stand beside the words before, and the names, from one statement.
"""

import re
import unicodedata
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Integer, Text, cast, exists, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSQUERY

from commerce import catalog
from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront.fragments import json, listed, said
from commerce.storefront.schemas import SuggestionOut, SuggestionsOut
from commerce.storefront.shop import Shop
from commerce.storefront.sources import ON_SHOW, categories, products

MOST_WORDS_TRIED = 24
SHORTEST_FOR_NAMES = 2
LOOKED_AT = 200
OF_A_KIND = 3
MOST_CATEGORIES_LOOKED_AT = 5_000
_LAST_WORD = re.compile(r"[^\W_]+(?:·[^\W_]+)*[\W_]*\Z")

_before = (
    select(
        func.search_sought(func.search_parts(given("before", JSONB), type_=ARRAY(TSQUERY)), type_=TSQUERY).label(
            "query"
        ),
        func.search_sought(func.search_parts(given("sought", JSONB), type_=ARRAY(TSQUERY)), type_=TSQUERY)
        .op("||")(func.search_sought(func.search_parts(given("whole", JSONB), type_=ARRAY(TSQUERY)), type_=TSQUERY))
        .label("begun"),
    )
    .cte("asked")
    .prefix_with("MATERIALIZED")
)
_TYPED = given("typed", Text)


def _begins_so(name: ColumnElement[Any]) -> ColumnElement[bool]:
    """Says whether one of a name's words, and what follows it, begins as was typed."""
    space = literal_column("' '", Text)
    words: ColumnElement[str] = func.search_words(name, type_=Text)
    return func.strpos(space + words, space + _TYPED) > literal_column("0", Integer)


def _beside() -> ColumnElement[Any]:
    """Gives those of the `words` that stand beside the words before, in the order given."""
    word = (
        func.unnest(given("words", ARRAY(Text)))
        .table_valued("word", with_ordinality="nth", name="word")
        .render_derived(name="word")
    )
    exact = cast(func.quote_literal(word.c.word), TSQUERY)
    there = exists().where(
        products.c.search_head.op("@@")(select(_before.c.query).scalar_subquery().op("&&")(exact)), ON_SHOW
    )
    return select(listed(word.c.word, word.c.nth)).where(there.correlate(word)).scalar_subquery()


def _names() -> Statement[Any]:
    near = (
        select(
            products.c.id,
            products.c.slug,
            said(products.c.title).label("title"),
            products.c.vendor,
            cast(
                func.ts_rank(products.c.search_head, _before.c.begun)
                * literal_column("1e6")
                / (func.length(said(products.c.title)) + literal_column("20")),
                BigInteger,
            ).label("rank"),
        )
        .join_from(products, _before, products.c.search_head.op("@@")(_before.c.begun))
        .where(ON_SHOW)
        .limit(literal_column(str(LOOKED_AT)))
        .cte("near")
        .prefix_with("MATERIALIZED")
    )
    best = select(near).order_by(near.c.rank.desc(), near.c.id.desc()).limit(literal_column(str(OF_A_KIND))).subquery()
    of_brand = (
        select(near.c.vendor, func.count().label("count"))
        .where(near.c.vendor != literal_column("''"), _begins_so(near.c.vendor))
        .group_by(near.c.vendor)
        .order_by(func.count().desc(), near.c.vendor)
        .limit(literal_column(str(OF_A_KIND)))
        .subquery()
    )
    looked_at = (
        select(categories.c.id, categories.c.slug, said(categories.c.name).label("name"))
        .where(categories.c.withdrawn_at.is_(None))
        .limit(literal_column(str(MOST_CATEGORIES_LOOKED_AT)))
        .subquery()
    )
    called_so = (
        select(looked_at)
        .where(_begins_so(looked_at.c.name))
        .order_by(func.length(looked_at.c.name), looked_at.c.slug)
        .limit(literal_column(str(OF_A_KIND)))
        .subquery()
    )
    product = json(kind=literal_column("'product'"), text=best.c.title, slug=best.c.slug)
    brand = json(kind=literal_column("'brand'"), text=of_brand.c.vendor, slug=literal_column("null::text"))
    category = json(kind=literal_column("'category'"), text=called_so.c.name, slug=called_so.c.slug)
    return Statement(
        select(
            cast(_beside(), Text).label("words"),
            cast(select(listed(category, called_so.c.name)).scalar_subquery(), Text).label("categories"),
            cast(select(listed(brand, of_brand.c.count.desc())).scalar_subquery(), Text).label("brands"),
            cast(select(listed(product, best.c.rank.desc(), best.c.id.desc())).scalar_subquery(), Text).label(
                "products"
            ),
        )
    )


NAMES = _names()
_words = msgspec.json.Decoder(list[str])
_suggestions = msgspec.json.Decoder(list[SuggestionOut])


async def suggestions(reading: Reading, shop: Shop, *, text: str, most: int) -> SuggestionsOut:
    """Gives up to `most` suggestions for a text that is being typed: words first, then categories, brands, products. One statement."""
    vocabulary = await catalog.vocabulary(reading)
    typed = catalog.search_words(text)
    if not typed or sum(map(len, typed)) < SHORTEST_FOR_NAMES:
        return SuggestionsOut(query=text, suggestions=[])
    sought = catalog.sought(vocabulary, text, shop.language)
    read = [word for part in sought.parts for word in part[0].split()]
    *first, begun = sought.parts[-1][0].split()
    before = [*sought.parts[:-1], *([word] for word in first)]
    last = [f"{begun}*"] if first else [*sought.parts[-1], f"{begun}*"]
    completed = vocabulary.dictionary.completed(begun, shop.language, MOST_WORDS_TRIED)
    tried = [each for each in completed if each.word not in read[:-1]]
    row = await reading.fetch_one(
        NAMES,
        before=before,
        sought=[*before, last],
        whole=[*sought.parts[:-1], [*sought.parts[-1], f"{''.join(first)}{begun}*"]] if first else [],
        words=[each.word for each in tried],
        typed=" ".join(read),
        at=clock.now(),
        language=shop.language,
        channel_id=shop.audience.channel_id,
        place_id=shop.place_id,
    )
    if row is None:
        raise Bug("an aggregate gave no row")
    shown = {each.word: each.shown for each in tried}
    lead = _lead(text if sought.instead is None else sought.instead)
    words = [
        SuggestionOut(kind="words", text=lead + shown[word], slug=None) for word in _words.decode(row["words"])[:most]
    ]
    named = [each for kind in ("categories", "brands", "products") for each in _suggestions.decode(row[kind])]
    # Names keep their place beside many words.
    return SuggestionsOut(query=text, suggestions=[*words[: max(most - len(named), most // 2)], *named][:most])


def _lead(text: str) -> str:
    """Gives what was typed before the last word, as it was: `oli d'` of `oli d'oliva`."""
    typed = " ".join(unicodedata.normalize("NFC", text).split())
    last = _LAST_WORD.search(typed)
    return typed[: last.start()] if last else ""
