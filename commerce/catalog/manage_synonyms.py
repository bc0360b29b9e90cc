"""Make, change and take away sets of words that mean the same: a query with one of them finds what any of them finds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Integer, Text, Uuid, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.errors import TooManySynonyms
from commerce.catalog.folding import search_words
from commerce.catalog.resident import catalogue_changed
from commerce.catalog.vocabulary import MOST_SETS
from commerce.catalog.words_tables import LEAST_SYNONYMS, MOST_SYNONYMS, synonyms
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import new_id
from commerce.kernel.wire import WireIn, WireOut
from commerce.platform.database import Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given

MOST_WORDS_OF_PHRASE = 4
SynonymLanguage = Literal["ca", "en", "es"]
Phrase = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Phrases = Annotated[
    list[Phrase],
    Meta(
        min_length=LEAST_SYNONYMS,
        max_length=MOST_SYNONYMS,
        description="Words or phrases of up to four words; accents, case and number do not matter",
    ),
]


class SynonymsIn(WireIn, frozen=True, kw_only=True):
    """Words that mean the same on pages of a language."""

    language: SynonymLanguage
    words: Phrases


class SynonymsPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays."""

    language: SynonymLanguage | UnsetType = UNSET
    words: Phrases | UnsetType = UNSET


class SynonymsOut(WireOut, frozen=True, kw_only=True):
    """Words that mean the same on pages of a language."""

    id: UUID
    language: SynonymLanguage
    words: list[str]
    created_at: datetime
    version: int


_columns = [synonyms.c[name] for name in SynonymsOut.__struct_fields__]
_one = synonyms.c.id == given("id", Uuid)
ONE = Statement(select(*_columns).where(_one), into=SynonymsOut)
PAGE = Statement(
    select(*_columns)
    .where(
        or_(given("language", Text).is_(None), synonyms.c.language == given("language", Text)),
        or_(given("after", Uuid).is_(None), synonyms.c.id > given("after", Uuid)),
    )
    .order_by(synonyms.c.id)
    .limit(given("most", Integer)),
    into=SynonymsOut,
)
HOW_MANY = Statement(select(func.count()).select_from(synonyms))
_written = {"language": given("language", Text), "words": given("words", ARRAY(Text))}
ADD = Statement(
    insert(synonyms).values(
        id=given("id", Uuid), created_at=given("created_at", synonyms.c.created_at.type), **_written
    )
)
_expected = synonyms.c.version == given("expected_version", Integer)
SET = Statement(update(synonyms).where(_one, _expected).values(version=synonyms.c.version + 1, **_written))
DROP = Statement(delete(synonyms).where(_one, _expected))


async def synonym_set(reads: Reads, synonyms_id: UUID) -> SynonymsOut:
    """Gives a set; refuses with NotFound."""
    found = await reads.fetch_one(ONE, id=synonyms_id)
    if found is None:
        raise NotFound("There is no such set of synonyms.")
    return found


async def synonym_sets(reads: Reads, *, language: str | None, after: UUID | None, most: int) -> list[SynonymsOut]:
    """Gives up to `most` sets behind the one named, oldest first; of one language or of all."""
    return await reads.fetch(PAGE, language=language, after=after, most=most)


async def create_synonyms(tx: Tx, data: SynonymsIn, *, at: datetime) -> SynonymsOut:
    """Make a set. Refuses phrases that say nothing or too much, and with TooManySynonyms."""
    _require_words(data.words)
    if await tx.fetch_value(HOW_MANY) >= MOST_SETS:
        raise TooManySynonyms(f"There are {MOST_SETS}.")
    synonyms_id = new_id()
    await tx.execute(ADD, id=synonyms_id, created_at=at, language=data.language, words=data.words)
    return await _changed(tx, synonyms_id, None)


async def change_synonyms(tx: Tx, synonyms_id: UUID, expected_version: int, data: SynonymsPatch) -> SynonymsOut:
    """Change a set. Refuses with NotFound, StaleVersion, and phrases that say nothing or too much."""
    before = await synonym_set(tx, synonyms_id)
    words = before.words if data.words is UNSET else data.words
    _require_words(words)
    language = before.language if data.language is UNSET else data.language
    if not await tx.execute(
        SET, id=synonyms_id, expected_version=expected_version, language=language, words=list(words)
    ):
        raise StaleVersion
    return await _changed(tx, synonyms_id, before)


async def delete_synonyms(tx: Tx, synonyms_id: UUID, expected_version: int) -> None:
    """Take a set away. Refuses with NotFound and StaleVersion."""
    before = await synonym_set(tx, synonyms_id)
    if not await tx.execute(DROP, id=synonyms_id, expected_version=expected_version):
        raise StaleVersion
    tx.changed("synonyms", synonyms_id, before=before)
    await catalogue_changed(tx)


async def _changed(tx: Tx, synonyms_id: UUID, before: SynonymsOut | None) -> SynonymsOut:
    after = await synonym_set(tx, synonyms_id)
    tx.changed("synonyms", synonyms_id, before=before, after=after)
    await catalogue_changed(tx)
    return after


def _require_words(phrases: Sequence[str]) -> None:
    read = [" ".join(search_words(phrase)) for phrase in phrases]
    for nth, phrase in enumerate(read):
        if not 1 <= len(phrase.split()) <= MOST_WORDS_OF_PHRASE:
            raise invalid(f"/words/{nth}", f"Give one to {MOST_WORDS_OF_PHRASE} words.")
        if phrase in read[:nth]:
            raise invalid(f"/words/{nth}", "This is in the set already.")
