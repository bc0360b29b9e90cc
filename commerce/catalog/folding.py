"""The twin in Python of the SQL functions `folded` and `search_words`; a test runs both over the same texts."""

import re
import unicodedata

_MARKS = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans("łŁøØđĐðÐħĦıŀĿ", "lLoOdDdDhHilL")
_PAIRS = str.maketrans(
    {"·": "", "ß": "ss", "ẞ": "ss", "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "þ": "th", "Þ": "th"}
)
_ASCII_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_BETWEEN_WORDS = re.compile("[^a-z0-9\u00c0-\u1fff\u2c00-\ud7ff]+")


def folded(text: str) -> str:
    """Gives a text without accents and case: `Cançó` and `CANCO` are one."""
    plain = _MARKS.sub("", unicodedata.normalize("NFD", text))
    return plain.translate(_LETTERS).translate(_PAIRS).translate(_ASCII_LOWER)


def search_words(text: str) -> list[str]:
    """Gives the folded words of a text, in order."""
    return _BETWEEN_WORDS.sub(" ", folded(text)).split()


def slug_of(text: str) -> str:
    """Gives a slug made from a text: its folded ASCII words with hyphens, at most 120 characters; empty when it has none."""
    words = re.findall("[a-z0-9]+", folded(text))
    return "-".join(words)[:120].rstrip("-")


def catalan_stem(word: str) -> str:
    """Gives a folded word as the SQL function `catalan_stems` leaves it, where it is no stop word."""
    for pattern, instead in _CATALAN:
        word = pattern.sub(instead, word)
    return word


_CATALAN = [
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"(\w{2,}[aeiou])ns$", r"\1"),
        (r"(\w{3,})s$", r"\1"),
        (r"(\w{3,})[aeo]$", r"\1"),
        (r"(\w{2,})qu$", r"\1c"),
        (r"(\w{2,})gu$", r"\1g"),
        (r"(\w{2,})j$", r"\1g"),
        (r"(\w{2,})ss$", r"\1s"),
    )
]
