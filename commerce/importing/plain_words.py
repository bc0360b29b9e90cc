"""What a record may not be, in the words of whoever made the file: a decoder's own say what it expected of a type."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

MOST = 300
# By the patterns of the records (plain_records.py, kernel/wire.py) what a text has to be; a test sees that none is missing.
PATTERNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        r"^[^\x00-\x1f\x7f]*\Z": "a text without control characters",
        r"^[^\x00-\x1f\x7f]+\Z": "a text without control characters",
        r"^[^\x00]*\Z": "a text without NUL characters",
        r"^[^\x00]+\Z": "a text without NUL characters",
        r"^[^\s\x00-\x1f\x7f]+\Z": "a text without spaces",
        r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?\Z": "a text without control characters that neither begins nor ends with a space",
        r"^[!-~]+\Z": "printable ASCII characters without spaces",
        r"^https?://[^\s\x00-\x1f\x7f]+\Z": "an address that begins with http:// or https://, without spaces",
        r"^(?:[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+|https?://[^\s\x00-\x1f\x7f]+)\Z": (
            "an e-mail address, or one that begins with http:// or https://"
        ),
        r"^\d{1,15}(?:\.\d{1,4})?\Z": "an amount such as 1234.50, without currency and grouping",
        r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z": "a code of letters, digits, dots, hyphens and underscores that begins with a letter or digit",
        r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z": "lower-case letters and digits, parted by single hyphens",
        r"^[A-Z]{2}\Z": "a country's two capital letters, such as ES",
    }
)
_WORDS: Final = {repr(pattern): words for pattern, words in PATTERNS.items()}
_MISSING = re.compile(r"^Object missing required field `(?P<name>.*)`$", re.DOTALL)
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<name>.*)`$", re.DOTALL)
_BOUND = re.compile(
    r"^Expected `(?P<kind>int|float|str|array|object)`(?P<length> of length)? (?P<side><=|>=) (?P<bound>\d+)$"
)
_CHOICE = re.compile(r"^Invalid enum value (?P<said>.*)$", re.DOTALL)
_OF: Final = {"int": "", "float": "", "str": " characters", "array": " of them", "object": " of them"}
_PATTERN = re.compile(r"^Expected `str` matching regex (?P<pattern>.*)$", re.DOTALL)


def plainly(text: str, choices: Sequence[str] = ()) -> str:
    """Gives what a decoder found wrong, without the place, in plain words; `choices` are what a member may say where it has few."""
    if found := _MISSING.match(text):
        return f"{found['name']} is missing"
    if found := _UNKNOWN.match(text):
        return f"there is no member {found['name'][:MOST]}"
    if found := _PATTERN.match(text):
        return f"expected {_WORDS.get(found['pattern'], 'other characters')}"
    if found := _BOUND.match(text):
        bound = f"{'at most' if found['side'] == '<=' else 'at least'} {int(found['bound']):,}"
        return f"expected {bound}{_OF[found['kind']]}"
    if (found := _CHOICE.match(text)) and choices:
        return f"{found['said'][:MOST]} is none of {', '.join(choices)}"
    if text == "Invalid RFC3339 encoded datetime":
        return "expected an instant with its offset, such as 2026-03-01T00:00:00Z"
    text = text.replace("`", "").replace("Object", "it")
    return text[0].lower() + text[1:MOST]
