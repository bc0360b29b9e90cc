"""What each process holds to read a query by: the words in use, what means the same, and the labels of what products are described by.

All of it follows the catalogue's version: within a second of a change every process reads what was added since.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Literal
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import DateTime, Integer, func, select

from commerce.catalog.definition_tables import attributes
from commerce.catalog.folding import search_words
from commerce.catalog.kinds import AttributeKind
from commerce.catalog.words_dictionary import Dictionary, Word, stems
from commerce.catalog.words_tables import synonyms, words
from commerce.kernel.wire import Text3
from commerce.platform.database import Reading
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement, given

MOST_WORDS = 60_000
MOST_SETS = 2_000
MOST_ATTRIBUTES = 1_000
WHOLE_AGAIN_SECONDS = 3_600
WORTH_A_THREAD = 1_000
EVER = datetime(1970, 1, 1, tzinfo=UTC)
# A transaction commits some time after it noted its words: what is read again overlaps by more than one may take.
OVERLAP = timedelta(minutes=2)

Language = Literal["", "ca", "en", "es"]


class _Row(msgspec.Struct, frozen=True):
    language: str
    word: str
    shown: str
    uses: int
    now: datetime


class SynonymSet(msgspec.Struct, frozen=True):
    """Words or phrases that mean the same on pages of a language."""

    language: str
    words: tuple[str, ...]


class Choice(msgspec.Struct, frozen=True):
    """One of the values of an attribute."""

    code: str
    label: Text3


class Facet(msgspec.Struct, frozen=True):
    """An attribute that products are filtered by."""

    code: str
    name: Text3
    kind: AttributeKind
    unit: str | None
    choices: tuple[Choice, ...]
    many: bool


_now = func.clock_timestamp(type_=DateTime(timezone=True))
WORDS = Statement(
    select(words.c.language, words.c.word, words.c.shown, words.c.uses, _now.label("now"))
    .where(words.c.added_at > given("since", DateTime(timezone=True)))
    .order_by(words.c.uses.desc(), words.c.word)
    .limit(given("most", Integer)),
    into=_Row,
)
SYNONYMS = Statement(
    select(synonyms.c.language, synonyms.c.words).order_by(synonyms.c.id).limit(given("most", Integer)), into=SynonymSet
)
FACETS = Statement(
    select(*(attributes.c[name] for name in Facet.__struct_fields__))
    .where(attributes.c.filterable)
    .order_by(attributes.c.code)
    .limit(given("most", Integer)),
    into=Facet,
)


class Vocabulary:
    """Words, what means the same as them, and the attributes that can be filtered by."""

    def __init__(self, dictionary: Dictionary, sets: Iterable[SynonymSet], facets: Iterable[Facet]) -> None:
        self.dictionary = dictionary
        self.facets: Mapping[str, Facet] = {each.code: each for each in facets}
        self._same: dict[str, dict[tuple[str, ...], list[str]]] = {"ca": {}, "en": {}, "es": {}}
        self._labels: dict[tuple[str, ...], list[str]] = {}
        self.longest = 1
        for each in sets:
            phrases = [" ".join(search_words(said)) for said in each.words]
            for phrase in phrases:
                self._means(self._same[each.language], phrase, [other for other in phrases if other != phrase])
                dictionary.add(_added(phrase, each.language))
        for facet in self.facets.values():
            for label, token in _labels(facet):
                for language in ("es", "ca", "en"):
                    phrase = " ".join(search_words(getattr(label, language) or ""))
                    self._means(self._labels, phrase, [token])
                    dictionary.add(_added(phrase, language))

    def _means(self, into: dict[tuple[str, ...], list[str]], phrase: str, others: Iterable[str]) -> None:
        for key in _keys(phrase.split()):
            self.longest = max(self.longest, len(key))
            into.setdefault(key, []).extend(each for each in others if each not in into.get(key, ()))

    def phrased(self, said: list[str]) -> bool:
        """Says whether some words in a row mean something together, in any language."""
        return any(key in known for key in _keys(said) for known in (*self._same.values(), self._labels))

    def same(self, said: list[str], language: str) -> list[str]:
        """Gives what means the same as some words in a row: synonyms of the language, else of another one, and labels as `=code:value`."""
        found: list[str] = []
        for key in _keys(said):
            for each in (language, *(other for other in self._same if other != language)):
                if more := self._same[each].get(key):
                    found += more
                    break
            found += self._labels.get(key, ())
        return list(dict.fromkeys(found))


def _labels(facet: Facet) -> list[tuple[Text3, str]]:
    if facet.kind == "boolean":
        return [(facet.name, f"={facet.code}:true")]
    return [(each.label, f"={facet.code}:{each.code}") for each in facet.choices]


def _keys(said: list[str]) -> list[tuple[str, ...]]:
    """Gives by what some words in a row are known, whatever their number and gender."""
    if not said:
        return []
    if len(said) == 1:
        return [(each,) for each in sorted(stems(said[0]) or {said[0]})]
    return [tuple(min(stems(each) or {each}, key=lambda stem: (len(stem), stem)) for each in said)]


def _added(phrase: str, language: str) -> list[Word]:
    return [Word(language, each, each, 0) for each in phrase.split() if each.isalpha()]


class _Held:
    """The dictionary of one database as this process has it."""

    def __init__(self) -> None:
        self.dictionary = Dictionary()
        self.since = EVER
        self.whole_at = float("-inf")
        self.made_of: object = None
        self.vocabulary: Vocabulary | None = None


_held: WeakKeyDictionary[Reading, _Held] = WeakKeyDictionary()


async def _load(reading: Reading) -> Vocabulary:
    held = _held.setdefault(reading, _Held())
    if monotonic() - held.whole_at > WHOLE_AGAIN_SECONDS:
        held.since, held.whole_at = EVER, monotonic()
    rows = await reading.fetch(WORDS, since=held.since, most=MOST_WORDS)
    new = [Word(row.language, row.word, row.shown, row.uses) for row in rows]
    if held.since == EVER:
        held.dictionary = await asyncio.to_thread(Dictionary, new) if len(new) > WORTH_A_THREAD else Dictionary(new)
    else:
        held.dictionary.add(new)
    if rows:
        held.since = rows[0].now - OVERLAP
    sets, facets = await reading.fetch(SYNONYMS, most=MOST_SETS), await reading.fetch(FACETS, most=MOST_ATTRIBUTES)
    made_of = (held.dictionary, sets, facets)
    if held.vocabulary is None or held.made_of != made_of:
        held.vocabulary, held.made_of = Vocabulary(*made_of), made_of
    return held.vocabulary


# Under the catalogue's own name: its version moves with each change of it.
VOCABULARY: Resident[Vocabulary] = Resident("catalog", _load)


async def vocabulary(reading: Reading) -> Vocabulary:
    """Gives the words, synonyms and labels of the catalogue; in the process, at most one second old, and no statement of the search."""
    return await VOCABULARY.get(reading)
