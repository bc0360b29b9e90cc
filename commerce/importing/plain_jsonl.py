"""Reads JSON lines: a product to a line (plain_records.py)."""

import io
import re
from collections.abc import Iterator, Mapping
from functools import partial

import msgspec

from commerce.importing.errors import Unreadable
from commerce.importing.facts import Passage, Reading, Shop, Trouble, as_read
from commerce.importing.plain_records import ProductRecord
from commerce.importing.read_csv import Lines
from commerce.importing.read_records import read_record

MOST_LINE = 10_000_000
MOST_VARIANTS = 2_048
LETTERS_OF_A_VARIANT = 500
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # escaped, and not a backslash before "u0000"


class JsonReadings:
    """A file of JSON lines, read product by product."""

    def __init__(self, text: io.TextIOWrapper, shop: Shop, after: int) -> None:
        """Begins at the first line; lines up to `after` are passed over."""
        self._lines = Lines(text, MOST_LINE)
        self._shop, self._after = shop, after
        self.names: Mapping[str, str] = {}

    def __iter__(self) -> Iterator[Passage]:
        """Gives the products; raises Unreadable where a line is no text, or where the first one does not even begin as an object."""
        begun = self._after > 0
        while (line := self._lines.next()) is not None:
            at = self._lines.done
            if at <= self._after or not line.strip():
                continue
            if not begun and not _begins_object(line):
                raise Unreadable(
                    at, "these are no JSON lines; each line is a whole product as a JSON object, from { to }"
                )
            begun = True
            if _NUL.search(line):
                yield as_read(_bad(at, "it holds a NUL character, which no text may have"))
                continue
            try:
                product = msgspec.json.decode(line)
            except msgspec.ValidationError:
                yield as_read(_bad(at, "a number in the line has more digits than can be read"))
                continue
            except (msgspec.DecodeError, RecursionError) as wrong:
                yield as_read(_bad(at, f"the line is no JSON: {str(wrong)[:120]}"))
                continue
            yield Passage(
                at,
                at,
                partial(self._reading, at, product),
                handle=_handle(product),
                size=1 + len(line) // LETTERS_OF_A_VARIANT,
                said=line.strip().encode(),
            )

    def _reading(self, at: int, product: object) -> Reading:
        if not isinstance(product, dict):
            return _bad(at, "the line is no JSON object")
        variants = product.pop("variants", [])
        if not isinstance(variants, list) or not all(isinstance(each, dict) for each in variants):
            return _bad(at, "a list of objects is expected", "variants")
        if len(variants) > MOST_VARIANTS:
            return _bad(at, f"a product has at most {MOST_VARIANTS:,} variants", "variants")
        several = len(variants) > 1

        def told(nth: int | None, line: int, path: str, reason: str) -> Trouble:
            return Trouble(line, f"variants[{nth}].{path}" if several and nth is not None else path, reason)

        return read_record(self._shop, at, at, product, [(at, each) for each in variants], told)


def _begins_object(line: str) -> bool:
    """Says whether a line may be a product: a brace alone begins an object that goes on below it."""
    return line.lstrip().startswith("{") and line.strip() != "{"


def _handle(product: object) -> str:
    handle = product.get("handle") if isinstance(product, dict) else None
    return handle if isinstance(handle, str) else ""


def _bad(line: int, reason: str, field: str = "") -> Reading:
    return Reading(line, line, None, (), (Trouble(line, field, reason),))


assert "variants" not in ProductRecord.__struct_fields__  # noqa: S101 -- they are read one by one
