"""Reads the plain CSV: a row for each variant, those of one product one below the other, the product's own cells on the first of them."""

import io
from collections.abc import Iterator, Mapping
from functools import partial

from commerce.importing.facts import Passage, Reading, Shop, Trouble
from commerce.importing.plain_cells import (
    COMPARE_AT,
    ON_HAND,
    OPTIONS,
    PRICE,
    PRODUCT,
    VARIANT,
    Odd,
    as_it_was,
    product_of,
    says_variant,
    variant_of,
)
from commerce.importing.read_csv import Columns, Row, Sheet
from commerce.importing.read_records import read_record
from commerce.importing.shopify import grouped, passage

_KNOWN = frozenset((*PRODUCT, *VARIANT))


def _field(name: str) -> str | None:
    return name if name in _KNOWN or name.startswith((PRICE, COMPARE_AT, ON_HAND)) else None


PLAIN = Columns(field=_field, one_of=("handle",), cell=as_it_was)


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
        }

    def __iter__(self) -> Iterator[Passage]:
        """Gives the products; raises Unreadable as `Sheet` does, after what stood before it."""
        weight = 1 + sum(name.startswith((PRICE, ON_HAND)) for name in self._sheet.names) // 4
        for run in grouped(row for row in self._sheet if row.line > self._after):
            yield passage(run, partial(self._reading, run), weight)

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
            try:
                if "too_many" in row.cells:
                    raise Odd("", f"the row has {row.cells['too_many']} cells, more than the header")
                if says_variant(row.cells):
                    variants.append((row.line, variant_of(row.cells, named)))
            except Odd as odd:
                trouble.append(Trouble(row.line, odd.field, odd.reason))
        read = read_record(self._shop, first.line, last.line, product, variants)
        return Reading(read.line, read.last_line, read.draft, read.offers, (*trouble, *read.trouble))
