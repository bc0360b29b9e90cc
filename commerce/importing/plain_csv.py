"""Reads the plain CSV: a row for each variant, those of one product one below the other, the product's own cells on the first of them."""

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from rapidfuzz import fuzz, process

from commerce.importing.facts import Passage, Reading, Shop, Trouble, as_read
from commerce.importing.plain_cells import (
    COMPARE_AT,
    ON_HAND,
    OPTIONS,
    PRICE,
    PRODUCT,
    VARIANT,
    Odd,
    as_it_was,
    column_of,
    product_of,
    says_variant,
    variant_of,
)
from commerce.importing.read_csv import Columns, Row, Sheet
from commerce.importing.read_records import read_record
from commerce.importing.shopify import grouped, passage
from commerce.importing.shopify_columns import FIELDS

ALIKE = 80  # of 100, by rapidfuzz: from so much on a name is taken for another one misspelt
MOST_NAME = 100
_KNOWN = frozenset((*PRODUCT, *VARIANT))


def _field(name: str) -> str | None:
    return name if name in _KNOWN or name.startswith((PRICE, COMPARE_AT, ON_HAND)) else None


def _lacking(names: Sequence[str]) -> str:
    """Says what a header without a handle lacks, and whose it looks like."""
    shopifys = sum(name.casefold() in FIELDS and _field(name) is None for name in names)
    if shopifys > sum(_field(name) is not None for name in names):
        return "there is no column handle: this looks like Shopify's format, send it with format=shopify"
    return "there is no column handle, written in lower case"


PLAIN = Columns(field=_field, one_of=("handle",), cell=as_it_was, lacking=_lacking)


class PlainReadings:
    """A plain CSV, read product by product; `names` are its columns."""

    def __init__(self, text: io.TextIOWrapper, shop: Shop, after: int) -> None:
        """Reads the header; products whose rows begin up to the line `after` are passed over. Refuses with Unreadable as `Sheet` does."""
        self._sheet = Sheet(text, PLAIN)
        self._shop, self._after = shop, after
        self.names: Mapping[str, str] = {
            **self._sheet.names,
            "option_values": "option1_value",
            "options": "option1.en",
            "barcode": "barcodes",
            **{name: name for name in self._sheet.others},
        }

    def __iter__(self) -> Iterator[Passage]:
        """Gives first what is wrong in the header, then the products; raises Unreadable as `Sheet` does, after what stood before it."""
        if self._after < 1 and (trouble := tuple(self._unread())):
            yield as_read(Reading(1, 1, None, (), trouble))
        weight = 1 + sum(name.startswith((PRICE, ON_HAND)) for name in self._sheet.names) // 4
        for run in grouped(row for row in self._sheet if row.line > self._after):
            yield passage(run, partial(self._reading, run), weight)

    def _unread(self) -> Iterator[Trouble]:
        """Gives the columns that are not read, each with the one that may be meant."""
        names = self._sheet.names
        known = (*PRODUCT, *VARIANT, *(f"{kind}{code}" for kind in (PRICE, COMPARE_AT) for code in self._shop.lists))
        known += tuple(f"{ON_HAND}{code}" for code in self._shop.locations)
        free = [name for name in known if name not in names]
        for name in self._sheet.others:
            told = name[:MOST_NAME]
            near = process.extractOne(told, free, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=ALIKE)
            meant = f"; is {near[0]} meant?" if near else ""
            yield Trouble(1, told, f"this format has no such column, so it is not read{meant}")
        for name in names:
            price = name.replace(COMPARE_AT, PRICE, 1)
            if name.startswith(COMPARE_AT) and price not in names:
                yield Trouble(1, name[:MOST_NAME], f"it is not read without the column {price[:MOST_NAME]} beside it")

    def _reading(self, run: list[Row]) -> Reading:
        first, last = run[0], run[-1]
        trouble: list[Trouble] = []
        variants = []
        try:
            product = product_of(first.cells)
        except Odd as odd:
            return Reading(first.line, last.line, None, (), (Trouble(first.line, odd.field, odd.reason),))
        named = len(product.get("options", ())) or max(
            (nth for nth in OPTIONS if first.cells.get(f"option{nth}_value")), default=0
        )
        for row in run:
            trouble += _unpriced(row)
            try:
                if "too_many" in row.cells:
                    raise Odd("", f"the row has {row.cells['too_many']} cells, more than the header")
                if says_variant(row.cells):
                    variants.append((row.line, variant_of(row.cells, named)))
            except Odd as odd:
                trouble.append(Trouble(row.line, odd.field, odd.reason))
        cells = {row.line: row.cells for row in run}

        def told(nth: int | None, line: int, path: str, reason: str) -> Trouble:
            column, within = column_of(cells[line], path, of_variant=nth is not None)
            return Trouble(line, column, f"{within}: {reason}" if within else reason)

        read = read_record(self._shop, first.line, last.line, product, variants, told)
        return Reading(read.line, read.last_line, read.draft, read.offers, (*trouble, *read.trouble))


def _unpriced(row: Row) -> Iterator[Trouble]:
    """Gives the cells that are read beside a price which the row does not have."""
    for name, cell in row.cells.items():
        price = name.replace(COMPARE_AT, PRICE, 1)
        if cell and name.startswith(COMPARE_AT) and row.cells.get(price) == "":
            yield Trouble(row.line, name, f"it is not read without {price[:MOST_NAME]} in the same row")
