"""What somebody who typed a text is looking for: its words, put right where they are misspelt, each with what means the same."""

import msgspec

from commerce.catalog.folding import search_words
from commerce.catalog.vocabulary import Vocabulary

MOST_WORDS_SOUGHT = 16
MOST_ALTERNATIVES = 12


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
    """Reads a text. A word that is in use in any form stays as it is; so does the last one where a word in use begins so, and any with digits."""
    typed = search_words(text)[:MOST_WORDS_SOUGHT]
    meant = [_put_right(vocabulary, word, language, last=nth == len(typed) - 1) for nth, word in enumerate(typed)]
    instead = None
    if meant != typed:
        shown = vocabulary.dictionary.shown
        instead = " ".join(
            word if word == before else shown(word, language) for before, word in zip(typed, meant, strict=True)
        )
    parts = _parts(vocabulary, meant, language)
    corrected = [word for word, before in zip(meant, typed, strict=True) if word != before]
    return Sought(parts=parts, begun=_begun(vocabulary, parts), instead=instead, corrected=corrected)


def _put_right(vocabulary: Vocabulary, word: str, language: str, *, last: bool) -> str:
    words = vocabulary.dictionary
    if words.knows(word) or (last and words.begins(word)):
        return word
    return words.corrected(word, language) or word


def _parts(vocabulary: Vocabulary, words: list[str], language: str) -> list[list[str]]:
    """Gives the words as they follow each other, the longest phrases that mean something else together; beside a rare
    word the common one of which it is probably a misspelling, as descriptions have them too.
    """
    parts: list[list[str]] = []
    at = 0
    while at < len(words):
        for length in range(min(vocabulary.longest, len(words) - at), 0, -1):
            same = vocabulary.same(words[at : at + length], language)
            if same or length == 1:
                rather = vocabulary.dictionary.rather(words[at]) if length == 1 else None
                said = [" ".join(words[at : at + length]), *([rather] if rather else []), *same]
                parts.append(said[:MOST_ALTERNATIVES])
                at += length
                break
    return parts


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
