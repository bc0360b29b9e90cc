"""Which format a file is in, by what its first line says."""

from typing import BinaryIO, Final

from commerce.importing.errors import Unreadable
from commerce.importing.facts import Format
from commerce.importing.online_retail import RETAIL
from commerce.importing.plain_csv import PLAIN
from commerce.importing.plain_jsonl import MOST_LINE
from commerce.importing.read_csv import Columns, Lines, header_of, text_of
from commerce.importing.shopify import SHOPIFY

# The first one wins where two know as many of the columns: names in lower case alone are ours, Shopify writes none of its own so.
_BY_COLUMNS: Final[tuple[tuple[Format, Columns], ...]] = (
    ("csv", PLAIN),
    ("shopify", SHOPIFY),
    ("online-retail", RETAIL),
)


def recognised(stream: BinaryIO) -> Format:
    """Gives the format whose columns the first line names most of, and JSON lines for one that begins as an object; what is none of them is left
    to Shopify's reader to refuse.
    """
    try:
        with text_of(stream) as text:
            line, delimiter = header_of(Lines(text, MOST_LINE))
    except Unreadable:
        return "shopify"
    if line.lstrip().startswith("{"):
        return "jsonl"
    names = [name.strip().strip('"') for name in line.split(delimiter)]
    known = {format_: sum(columns.field(name) is not None for name in names) for format_, columns in _BY_COLUMNS}
    return max(known, key=known.__getitem__) if any(known.values()) else "shopify"
