"""What a record may not be, in the words of whoever made the file: a decoder's own say what it expected of a type."""

import re
from collections.abc import Mapping
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
_PATTERN = re.compile(r"^Expected `str` matching regex (?P<pattern>.*)$", re.DOTALL)


def plainly(text: str) -> str:
    """Gives what a decoder found wrong, without the place, in plain words."""
    if found := _MISSING.match(text):
        return f"{found['name']} is missing"
    if found := _UNKNOWN.match(text):
        return f"there is no member {found['name'][:MOST]}"
    if found := _PATTERN.match(text):
        return f"expected {_WORDS.get(found['pattern'], 'other characters')}"
    if text == "Invalid RFC3339 encoded datetime":
        return "expected an instant with its offset, such as 2026-03-01T00:00:00Z"
    text = text.replace("`", "").replace("Object", "it")
    return text[0].lower() + text[1:MOST]
