"""Imports and their progress on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from commerce.importing.tables import ImportState
from commerce.kernel.wire import WireOut

JsonValue = Any  # whatever JSON has: a field's value, as the catalogue has it


class ImportCountsOut(WireOut, frozen=True, kw_only=True):
    """What became of the products of the file, and of their variants, prices and quantities."""

    products_created: int = 0
    products_changed: int = 0
    products_unchanged: int = 0
    variants_created: int = 0
    variants_changed: int = 0
    prices_changed: int = 0
    quantities_set: int = 0


class RowErrorOut(WireOut, frozen=True, kw_only=True):
    """Why a row did not go in: the line on which it begins, the file's own name of the column ("" is the whole row), and the reason."""

    line: int
    column: str
    reason: str


class ProgressOut(WireOut, frozen=True, kw_only=True):
    """How many lines of the file are done, of how many; the total is null where it is not known."""

    done: int
    total: int | None


class FieldChangeOut(WireOut, frozen=True, kw_only=True):
    """A field that would be another one; a text of more than 500 characters is cut off with an ellipsis."""

    field: str
    before: JsonValue
    after: JsonValue


class DifferenceOut(WireOut, frozen=True, kw_only=True):
    """A product that would be made or changed, by the line on which it begins, and in what; at most 100 fields are told."""

    line: int
    handle: str
    made: bool
    changes: list[FieldChangeOut]


class ImportOut(WireOut, frozen=True, kw_only=True):
    """An import in the list of them, as its job has it, with who sent it in and as what."""

    id: UUID
    state: ImportState
    format: str
    language: str
    dry_run: bool
    by: str
    progress: ProgressOut
    counts: ImportCountsOut
    error_count: int
    detail: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobOut(WireOut, frozen=True, kw_only=True):
    """Work that takes long: its progress, its counts, and what could not be done. `errors` are the first hundred of `error_count`.

    `stopped` says in `detail` from which line on the file could not be read; what stood before it went in. A dry run (`dry_run`) changed nothing:
    its counts say what the file would do, its differences in what.
    """

    id: UUID
    kind: str
    state: ImportState
    progress: ProgressOut
    counts: ImportCountsOut
    error_count: int
    errors: list[RowErrorOut]
    detail: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    dry_run: bool
