"""Which format a file is in, by what its first line says."""

from typing import BinaryIO, Final

from commerce.importing.facts import Format
from commerce.importing.online_retail import RETAIL
from commerce.importing.plain_csv import PLAIN
from commerce.importing.read_csv import DELIMITERS, MOST_LINE, Columns
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
    line = stream.readline(MOST_LINE).decode("utf-8-sig", errors="replace").strip()
    if line.startswith("{"):
        return "jsonl"
    names = [name.strip().strip('"') for name in line.split(max(DELIMITERS, key=line.count))]
    known = {format_: sum(columns.field(name) is not None for name in names) for format_, columns in _BY_COLUMNS}
    return max(known, key=known.__getitem__) if any(known.values()) else "shopify"
