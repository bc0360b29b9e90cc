"""The words in use: noted in the transaction that writes a product, counted again by a job that also drops those that nothing uses.

Only words of three to twenty-four letters are noted: codes and figures are never corrected.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Integer, Text, delete, exists, func, literal_column, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from commerce.catalog.folding import folded
from commerce.catalog.option_words import OPTION_WORDS, ValueTexts
from commerce.catalog.tables import products
from commerce.catalog.words_tables import words
from commerce.kernel.wire import Text3
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested

SHORTEST, LONGEST = 3, 24
COUNTED_AT_ONCE = 1_000
COUNTED_TO = 1_000
COUNT_SECONDS = 600

_TOKEN = re.compile(r"[^\W_]+(?:·[^\W_]+)*")
_MARKUP = re.compile("<[^>]*>")


class Texts(msgspec.Struct, frozen=True, kw_only=True):
    """What is written on a product: brand, type, tags and option values as they stand have no language."""

    title: Text3
    description: Text3
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    option_words: tuple[str, ...]
    option_value_texts: ValueTexts


_now = func.clock_timestamp(type_=DateTime(timezone=True))
_new = unnested("new", language=Text, word=Text, shown=Text, uses=Integer)
_there = words.alias("there")
NOTE = Statement(
    insert(words)
    .from_select(
        ["language", "word", "shown", "uses", "added_at", "counted_at"],
        select(_new.c.language, _new.c.word, _new.c.shown, _new.c.uses, _now, _now)
        .where(~exists().where(_there.c.language == _new.c.language, _there.c.word == _new.c.word))
        .order_by(_new.c.language, _new.c.word),
    )
    .on_conflict_do_nothing()
)
TEXTS = Statement(
    select(
        *(products.c[name] for name in Texts.__struct_fields__ if name != "option_words"),
        OPTION_WORDS.label("option_words"),
    ).where(any_of(products.c.id, "ids"), products.c.status == literal_column("'published'")),
    into=Texts,
)

_stalest = (
    select(words.c.language, words.c.word).order_by(words.c.counted_at).limit(given("most", Integer)).cte("stalest")
)
# Read once a word, also where the planner goes through all products, as it does before there are statistics.
_read = (
    select(func.search_query(_stalest.c.word).label("query"))
    .correlate(_stalest)
    .offset(literal_column("0"))
    .lateral("read")
)
_one_by_one = (
    select(literal_column("1").label("one"))
    .where(
        products.c.status == literal_column("'published'"),
        products.c.search_body.op("@@")(_read.c.query),
    )
    .limit(literal_column(str(COUNTED_TO)))
    .correlate(_read)
    .lateral("one_by_one")
)
_used = select(_stalest.c.language, _stalest.c.word, func.count(_one_by_one.c.one).label("uses"))
_counted = (
    _used.select_from(_stalest.join(_read, literal_column("true")).outerjoin(_one_by_one, literal_column("true")))
    .group_by(_stalest.c.language, _stalest.c.word)
    .cte("counted")
    .prefix_with("MATERIALIZED")
)
_same = tuple_(words.c.language, words.c.word) == tuple_(_counted.c.language, _counted.c.word)
_dropped = delete(words).where(_same, _counted.c.uses == 0).returning(words.c.word).cte("dropped")
COUNT = Statement(
    update(words)
    .where(_same, _counted.c.uses > 0)
    .values(uses=_counted.c.uses, counted_at=_now)
    .returning(words.c.word)
    .add_cte(_dropped)
)


async def note_words(tx: Tx, texts: Iterable[Texts]) -> None:
    """Notes the words of products on show that are being written, in one statement; those that are known stay as they are."""
    shown: dict[tuple[str, str], str] = {}
    uses: Counter[tuple[str, str]] = Counter()
    for each in texts:
        of_product = _words_of(each)
        shown = of_product | shown
        uses.update(of_product.keys())
    if not uses:
        return
    keys = sorted(uses)  # in one order, so that two that add the same words never wait for each other
    await tx.execute(
        NOTE,
        language=[language for language, _ in keys],
        word=[word for _, word in keys],
        shown=[shown[key] for key in keys],
        uses=[uses[key] for key in keys],
    )


async def note_words_of(tx: Tx, ids: Iterable[UUID]) -> None:
    """Notes the words of those of some products that are on show, as their rows have them."""
    await note_words(tx, await tx.fetch(TEXTS, ids=list(ids)))


async def count_words(tx: Tx, _: object) -> None:
    """Counts anew in how many products on show the words are used that were counted longest ago, and drops those that none uses.

    A bounded number of words each time. A word that a product begins to use at this very moment may be dropped; it is noted again when that
    product, or another one with it, is next written.
    """
    await tx.execute(COUNT, most=COUNTED_AT_ONCE)


def _words_of(texts: Texts) -> dict[tuple[str, str], str]:
    """Gives the words of a product by language and folded form, each as it is written."""
    found: dict[tuple[str, str], str] = {}
    for language in ("es", "ca", "en"):
        called = (text for option in texts.option_value_texts for text in option.values())
        for text in (getattr(each, language) for each in (texts.title, texts.description, *called)):
            if text:
                _gather(found, language, _MARKUP.sub(" ", text) if "<" in text else text)
    _gather(found, "", " ".join((texts.vendor, texts.product_type, *texts.tags, *texts.option_words)))
    return found


def _gather(found: dict[tuple[str, str], str], language: str, text: str) -> None:
    for shown in set(_TOKEN.findall(unicodedata.normalize("NFC", text).lower())):
        word = _noted(shown)
        if word is not None:
            found.setdefault((language, word), shown)


@lru_cache(maxsize=50_000)
def _noted(shown: str) -> str | None:
    """Gives the folded form of a word that is noted, None for any other."""
    word = folded(shown)
    return word if SHORTEST <= len(word) <= LONGEST and word.isalpha() else None
