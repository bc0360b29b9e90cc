"""Reads a product CSV as a stream: one row at a time, with the line it begins on, whatever the file's length."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import msgspec

from commerce.importing.errors import Unreadable
from commerce.importing.shopify_columns import FIELDS

MOST_LINE = 1_000_000
MOST_CELL = 131_072  # the csv module's own limit
MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t")


class Row(msgspec.Struct, frozen=True):
    """A row of the file: the line it begins on, and its cells by field, without spaces around them; only fields that the file has."""

    line: int
    cells: dict[str, str]

    def said(self, field: str) -> str | None:
        """Gives a cell; None where the file has no such column."""
        return self.cells.get(field)

    def text(self, field: str) -> str:
        """Gives a cell; empty where the file has no such column."""
        return self.cells.get(field, "")


@contextmanager
def opened(stream: BinaryIO) -> "Iterator[Sheet]":
    """Reads a stream as a sheet, and leaves it open for whoever opened it. Refuses as `Sheet` does."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield Sheet(text)
    finally:
        text.detach()


class Sheet:
    """A file whose header has been read. `names` are the file's own column names by field; iterating gives rows."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        """Reads the header. Refuses with Unreadable a file that is not UTF-8 text with Shopify's columns."""
        self._text = text
        self._line = 0
        header = self._next_line()
        if header is None:
            raise Unreadable(1, "the file is empty")
        delimiter = max(DELIMITERS, key=header.count)
        self._reader = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        columns = self._header(header, delimiter)
        self._fields = [FIELDS.get(name.strip().casefold()) for name in columns]
        self.names = {field: name.strip() for field, name in zip(self._fields, columns, strict=True) if field}
        if "handle" not in self.names and "title" not in self.names:
            seen = ", ".join(name.strip()[:40] for name in columns[:8])
            raise Unreadable(1, f"there is no column Handle or Title; the first columns are: {seen}")

    def __iter__(self) -> Iterator[Row]:
        """Gives the rows; refuses with Unreadable at the line from which on the file cannot be read."""
        while True:
            begins = self._line + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as broken:
                raise Unreadable(begins, _plainly(broken)) from None
            if not any(cells):
                continue
            named = zip(self._fields, cells, strict=False)
            row = Row(begins, {field: cell.strip() for field, cell in named if field})
            if len(cells) > len(self._fields) and any(cells[len(self._fields) :]):
                row.cells["too_many"] = str(len(cells))
            yield row

    def _header(self, line: str, delimiter: str) -> list[str]:
        try:
            (columns,) = csv.reader([line], delimiter=delimiter, strict=True)
        except (csv.Error, ValueError):
            raise Unreadable(1, "the first line is no list of column names") from None
        if len(columns) > MOST_COLUMNS:
            raise Unreadable(1, f"there are more than {MOST_COLUMNS} columns")
        return columns

    def _lines(self) -> Iterator[str]:
        while (line := self._next_line()) is not None:
            yield line

    def _next_line(self) -> str | None:
        try:
            line = self._text.readline(MOST_LINE)
        except UnicodeDecodeError:
            raise Unreadable(
                self._line + 1, "from about here on it is not UTF-8 text; save the file as CSV UTF-8"
            ) from None
        if not line:
            return None
        self._line += 1
        if len(line) == MOST_LINE:
            raise Unreadable(self._line, f"the line has {MOST_LINE:,} characters or more")
        if "\0" in line:
            raise Unreadable(self._line, "it holds a NUL character: this is no text file in UTF-8")
        return line


def _plainly(broken: csv.Error) -> str:
    text = str(broken)
    if "unexpected end of data" in text:
        return "a quotation mark is opened here and never closed"
    if "field larger" in text:
        return f"a cell has more than {MOST_CELL:,} characters, or a quotation mark is never closed"
    return f"the quotation marks do not fit: {text}"
