"""What somebody who typed a text is looking for: its words, put right where they are misspelt, each with what means the same."""

import re

import msgspec

from commerce.catalog.asking_words import ASKING
from commerce.catalog.folding import search_words
from commerce.catalog.vocabulary import Vocabulary

MOST_WORDS_SOUGHT = 16
MOST_ALTERNATIVES = 12
# Signs as they are meant: nothing where they cannot be seen (soft hyphens, spaces of no width), letters and digits of full width as others.
_AS_MEANT = str.maketrans(
    {"\u00ad": None, "\u200b": None, "\u2060": None, "\ufeff": None, "×": "x"}
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
)
_UNITS = "g|kg|mg|l|ml|cl|dl|m|cm|mm|km|w|kw|mah|wh|gb|tb|mb|oz|lb|ft"
# What is written with spaces and without, as words are parted: `13 x 18 cm`, `500 g`, `10 000`.
_MEASURE = re.compile(
    rf"(?:\d+(?: ?x ?\d+)+(?: ?(?:{_UNITS}))?|\d+ ?(?:{_UNITS})|[1-9]\d{{0,2}} \d00(?: ?(?:{_UNITS}))?)(?= |$)"
)
_BORDER = re.compile(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)")
_LAST_BORDER = re.compile(rf"(?<=\d)(?=(?:{_UNITS})$)")


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What is sought. `parts` are lists of words or phrases, one of each of which is to be found; `=code:value` is what a product is
    described by. `begun` are the same where a single word, and any that is not in use as it stands, may go on (`lam*`); empty where none may.

    `instead` is the text with its misspelt words put right, `corrected` what they were put right to; None and empty where none was.
    """

    parts: list[list[str]]
    begun: list[list[str]]
    instead: str | None
    corrected: list[str]


def sought(vocabulary: Vocabulary, text: str, language: str) -> Sought:
    """Reads a text. A word that is in use in any form stays as it is; so does the last one where a word in use begins so, and any with digits.

    Words that were run together are parted, those that were torn apart and measures are sought either way; words of asking that no product
    has are left out.
    """
    typed = search_words(text.translate(_AS_MEANT))[:MOST_WORDS_SOUGHT]
    told = [word for word in typed if word not in ASKING or vocabulary.dictionary.has(word)] or typed
    meant: list[str] = []
    corrected: list[str] = []
    groups = _groups(vocabulary, told)
    for nth, group in enumerate(groups):
        right = [group] if " " in group else _put_right(vocabulary, group, language, last=nth == len(groups) - 1)
        meant += right
        if right != [group]:
            corrected += right
    shown = vocabulary.dictionary.shown
    instead = " ".join(shown(word, language) if word in corrected else word for word in meant) if corrected else None
    parts = _parts(vocabulary, meant, language)
    return Sought(parts=parts, begun=_begun(vocabulary, parts), instead=instead, corrected=corrected)


def _groups(vocabulary: Vocabulary, words: list[str]) -> list[str]:
    """Gives the words, those together that are a measure, or one word written apart."""
    groups: list[str] = []
    while words:
        measure = _MEASURE.match(" ".join(words))
        many = measure.group().count(" ") + 1 if measure else 2 if _torn(vocabulary, words[:2]) else 1
        groups.append(" ".join(words[:many]))
        words = words[many:]
    return groups


def _torn(vocabulary: Vocabulary, words: list[str]) -> str | None:
    """Gives the one word that two were written apart of, unless the two mean something of their own."""
    two = len(words) == 2  # noqa: PLR2004 -- a word torn in two
    if not two or vocabulary.phrased(words):
        return None
    return vocabulary.dictionary.together(*words)


def _put_right(vocabulary: Vocabulary, word: str, language: str, *, last: bool) -> list[str]:
    """Gives a word, or what it was meant to be: one letter off, several without spaces, or two letters off."""
    words = vocabulary.dictionary
    if words.knows(word) or word in ASKING or (last and words.begins(word)):
        return [word]
    if one := words.corrected(word, language, 1):
        return [one]
    if several := words.apart(word, language):
        return several
    return [words.corrected(word, language) or word]


def _parts(vocabulary: Vocabulary, words: list[str], language: str) -> list[list[str]]:
    """Gives the words as they follow each other, the longest phrases that mean something else together."""
    parts: list[list[str]] = []
    at = 0
    while at < len(words):
        for length in range(min(vocabulary.longest, len(words) - at), 0, -1):
            same = vocabulary.same(words[at : at + length], language)
            if same or length == 1:
                either = _either(vocabulary, words[at], language) if length == 1 else []
                said = [" ".join(words[at : at + length]), *either, *same]
                parts.append(list(dict.fromkeys(said))[:MOST_ALTERNATIVES])
                at += length
                break
    return parts


def _either(vocabulary: Vocabulary, said: str, language: str) -> list[str]:
    """Gives how else a word, a measure or a word written apart stands in texts; beside a rare word the common one of which it is probably a
    misspelling, as descriptions have them too.
    """
    words = vocabulary.dictionary
    if _MEASURE.fullmatch(said):
        joined = said.replace(" ", "")
        return [joined, _LAST_BORDER.sub(" ", joined), _BORDER.sub(" ", joined)]
    if " " in said:
        joined = _torn(vocabulary, said.split()) or said
        return [joined, *vocabulary.same([joined], language)]
    rather, apart = words.rather(said), words.rather_apart(said, language)
    return [*([rather] if rather else []), *([" ".join(apart)] if apart else []), *words.bare(said)]


def _begun(vocabulary: Vocabulary, parts: list[list[str]]) -> list[list[str]]:
    """Gives the parts with the beginnings of words: a single one whatever it is, of several those that are no words as they stand."""
    words = vocabulary.dictionary
    open_ = [len(parts) == 1 or (" " not in part[0] and not words.has(part[0])) for part in parts]
    if not any(open_):
        return []
    return [
        [*part, *(f"{word}*" for word in part[:1] if " " not in word)] if begins else part
        for part, begins in zip(parts, open_, strict=True)
    ]
