"""Reads a product CSV as a stream: one row at a time, with the line it begins on, whatever the file's length."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

import msgspec

from commerce.importing.errors import Unreadable

MOST_LINE = 1_000_000
MOST_CELL = 500_000
MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t")
MOST_BLANK = 100  # lines before the header
_SEPARATOR = re.compile(r"sep=([,;\t])", re.IGNORECASE)  # a line for Excel alone, which says what parts the cells
_PARTIAL = ("\udcff\udcfe", "\udcfe\udcff")  # how a mark of UTF-16 reads as UTF-8


class Row(msgspec.Struct, frozen=True, gc=False):
    """A row of the file: the line it begins on, and its cells by field; only fields that the file has."""

    line: int
    cells: dict[str, str]

    def said(self, field: str) -> str | None:
        """Gives a cell; None where the file has no such column."""
        return self.cells.get(field)

    def text(self, field: str) -> str:
        """Gives a cell; empty where the file has no such column."""
        return self.cells.get(field, "")


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """What a format makes of a header: the field that a column's name means (None: it says nothing that is kept), one of which there must be at
    least; what a cell becomes; and what is said of a header that has none of those, beside what it has.
    """

    field: Callable[[str], str | None]
    one_of: tuple[str, ...]
    cell: Callable[[str], str] = str.strip
    lacking: Callable[[Sequence[str]], str] | None = None


@contextmanager
def text_of(stream: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """Reads a stream as UTF-8 text, with or without a byte order mark, and leaves it open for whoever opened it.

    Bytes that are none come as lone surrogates, so that `Lines` can say on which line they stand, and what stands before them is read.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield text
    finally:
        text.detach()


class Lines:
    """The lines of a text, bounded; `done` counts those that were read."""

    def __init__(self, text: io.TextIOWrapper, most: int = MOST_LINE) -> None:
        """Begins at the first line."""
        self._text = text
        self._most = most
        self.done = 0

    def next(self) -> str | None:
        """Gives the next line with its end; None at the end of the file. Refuses with Unreadable what is no line of text."""
        line = self._text.readline(self._most)
        if not line:
            return None
        self.done += 1
        if not line.isascii():
            self._check_utf8(line)
        if len(line) == self._most:
            raise Unreadable(self.done, f"the line has {self._most:,} characters or more")
        if "\0" in line:
            raise Unreadable(self.done, "it holds a NUL character: this is no text file in UTF-8")
        return line

    def _check_utf8(self, line: str) -> None:
        if self.done == 1 and line.startswith(_PARTIAL):
            raise Unreadable(1, "the file is UTF-16 text, not UTF-8; save it as CSV UTF-8")
        try:
            line.encode()
        except UnicodeEncodeError as found:
            before = line[max(0, found.start - 20) : found.start].rpartition("\n")[2]
            near = f", right after {before!r}" if before.strip() else ""
            raise Unreadable(
                self.done, f"it holds bytes that are not UTF-8 text{near}; save the file as CSV UTF-8"
            ) from None


class Sheet:
    """A CSV file whose header has been read. `names` are the file's own column names by field, `others` those that say nothing; iterating gives
    rows.
    """

    def __init__(self, text: io.TextIOWrapper, columns: Columns) -> None:
        """Reads the header. Refuses with Unreadable a file that is not UTF-8 text with the format's columns, each of them once."""
        self._lines = Lines(text)
        header, delimiter = header_of(self._lines)
        csv.field_size_limit(MOST_CELL)
        self._reader = csv.reader(iter(self._lines.next, None), delimiter=delimiter, strict=True)
        self._cell = columns.cell
        found = names_in(header, delimiter, self._lines.done)
        self._fields = [columns.field(name) for name in found]
        self.names: dict[str, str] = {}
        for field, name in zip(self._fields, found, strict=True):
            if field and field in self.names:
                raise Unreadable(self._lines.done, _twice(self.names[field], name))
            if field:
                self.names[field] = name
        self.others = [name for field, name in zip(self._fields, found, strict=True) if name and not field]
        if not any(field in self.names for field in columns.one_of):
            seen = ", ".join(name[:40] for name in found[:8])
            wanted = " or ".join(name.capitalize() for name in columns.one_of)
            lacking = columns.lacking(found) if columns.lacking else f"there is no column {wanted}"
            raise Unreadable(self._lines.done, f"{lacking}; the first columns are: {seen}")

    def __iter__(self) -> Iterator[Row]:
        """Gives the rows; refuses with Unreadable at the line from which on the file cannot be read."""
        tidy = self._cell
        while True:
            begins = self._lines.done + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as broken:
                raise Unreadable(begins, _plainly(broken)) from None
            if not any(cells):
                continue
            named = zip(self._fields, cells, strict=False)
            row = Row(begins, {field: tidy(cell) for field, cell in named if field})
            if len(cells) > len(self._fields) and any(cells[len(self._fields) :]):
                row.cells["too_many"] = str(len(cells))
            yield row


def header_of(lines: Lines) -> tuple[str, str]:
    """Gives the line of the header and what parts its cells; blank lines above it say nothing. Refuses with Unreadable where there is none."""
    told = None
    for _ in range(MOST_BLANK):
        line = lines.next()
        if line is None:
            raise Unreadable(1, "the file is empty")
        if found := _SEPARATOR.fullmatch(line.strip(' "\r\n')):
            told = found[1]
        elif line.strip():
            return line, told or max(DELIMITERS, key=line.count)
    raise Unreadable(lines.done, "there are only blank lines")


def names_in(header: str, delimiter: str, at: int) -> list[str]:
    """Gives the names of the columns; refuses with Unreadable what is no list of them."""
    try:
        (columns,) = csv.reader([header], delimiter=delimiter, strict=True)
    except (csv.Error, ValueError):
        raise Unreadable(at, "the first line is no list of column names") from None
    if len(columns) > MOST_COLUMNS:
        raise Unreadable(at, f"there are more than {MOST_COLUMNS} columns")
    return [name.strip() for name in columns]


def _twice(first: str, second: str) -> str:
    if first == second:
        return f"the column {first[:100]} is there twice; leave the one that is meant"
    return f"the columns {first[:100]} and {second[:100]} say the same; leave the one that is meant"


def _plainly(broken: csv.Error) -> str:
    text = str(broken)
    if "unexpected end of data" in text:
        return "a quotation mark is opened here and never closed"
    if "field larger" in text:
        return f"a cell has more than {MOST_CELL:,} characters, or a quotation mark is never closed"
    return f"the quotation marks do not fit: {text}"
