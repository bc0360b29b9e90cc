"""How far an import is, and what of it could not go in."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Integer, Uuid, func, or_, select, tuple_

from commerce.importing.facts import Format
from commerce.importing.schemas import FieldChangeOut, ImportCountsOut, ImportOut, JobOut, ProgressOut, RowErrorOut
from commerce.importing.tables import ImportState, import_differences, import_pieces, import_troubles, imports
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given

ERRORS_SHOWN = 100
KIND = "import"


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """An import as it is stored."""

    id: UUID
    state: ImportState
    format: Format
    language: str
    currency: str
    price_list_id: UUID | None
    location_id: UUID | None
    actor: str
    lines: int
    next_line: int
    counts: ImportCountsOut
    trouble: int
    stopped_because: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    dry_run: bool


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was wrong in a row; `nth` counts what was wrong on the same line."""

    line: int
    nth: int
    column_name: str
    reason: str


class DifferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a dry run would make of a product; `nth` counts the products of the file that it would touch."""

    nth: int
    line: int
    handle: str
    made: bool
    changes: list[FieldChangeOut]


ONE = Statement(
    select(*(imports.c[name] for name in ImportRow.__struct_fields__)).where(imports.c.id == given("id", Uuid)),
    into=ImportRow,
)
_before = given("before", Uuid)
NEWEST = Statement(
    select(*(imports.c[name] for name in ImportRow.__struct_fields__))
    .where(or_(_before.is_(None), imports.c.id < _before))
    .order_by(imports.c.id.desc())
    .limit(given("most", Integer)),
    into=ImportRow,
)
_error = import_troubles.c
_after = tuple_(given("after_line", BigInteger), given("after_nth", Integer))
ERRORS = Statement(
    select(_error.line, _error.nth, _error.column_name, _error.reason)
    .where(
        _error.import_id == given("id", Uuid),
        or_(given("after_line", BigInteger).is_(None), tuple_(_error.line, _error.nth) > _after),
    )
    .order_by(_error.line, _error.nth)
    .limit(given("most", Integer)),
    into=RowError,
)
_difference = import_differences.c
DIFFERENCES = Statement(
    select(_difference.nth, _difference.line, _difference.handle, _difference.made, _difference.changes)
    .where(
        _difference.import_id == given("id", Uuid),
        _difference.nth > given("after", Integer),
    )
    .order_by(_difference.nth)
    .limit(given("most", Integer)),
    into=DifferenceRow,
)
PIECE = Statement(
    select(import_pieces.c.content).where(
        import_pieces.c.import_id == given("id", Uuid), import_pieces.c.position == given("position", Integer)
    )
)
PIECES = Statement(
    select(func.count()).select_from(import_pieces).where(import_pieces.c.import_id == given("id", Uuid))
)


async def import_row(reads: Reads, import_id: UUID) -> ImportRow:
    """Gives an import as it is stored; refuses with NotFound."""
    found = await reads.fetch_one(ONE, id=import_id)
    if found is None:
        raise NotFound("There is no such job.")
    return found


async def newest(reads: Reads, *, before: UUID | None, most: int) -> list[ImportRow]:
    """Gives up to `most` imports, the newest first, before the one named."""
    return await reads.fetch(NEWEST, before=before, most=most)


def listed(row: ImportRow) -> ImportOut:
    """Gives an import as the list has it."""
    return ImportOut(
        id=row.id,
        state=row.state,
        format=row.format,
        language=row.language,
        dry_run=row.dry_run,
        by=row.actor,
        progress=_progress(row),
        counts=row.counts,
        error_count=row.trouble,
        detail=row.stopped_because,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


async def row_errors(reads: Reads, import_id: UUID, *, after: tuple[int, int] | None, most: int) -> list[RowError]:
    """Gives up to `most` of what was wrong, by line, after the place named."""
    line, nth = after or (None, None)
    return await reads.fetch(ERRORS, id=import_id, after_line=line, after_nth=nth, most=most)


async def differences(reads: Reads, import_id: UUID, *, after: int, most: int) -> list[DifferenceRow]:
    """Gives up to `most` of what a dry run would make and change, in the order of the file's products, after the place named."""
    return await reads.fetch(DIFFERENCES, id=import_id, after=after, most=most)


async def job(reads: Reads, import_id: UUID) -> JobOut:
    """Gives an import as a job; refuses with NotFound."""
    row = await import_row(reads, import_id)
    errors = await row_errors(reads, import_id, after=None, most=ERRORS_SHOWN) if row.trouble else []
    return JobOut(
        id=row.id,
        kind=KIND,
        state=row.state,
        progress=_progress(row),
        counts=row.counts,
        error_count=row.trouble,
        errors=[on_wire(error) for error in errors],
        detail=row.stopped_because,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        dry_run=row.dry_run,
    )


def _progress(row: ImportRow) -> ProgressOut:
    done = row.lines if row.state is ImportState.DONE and row.lines else row.next_line - 1
    return ProgressOut(done=done, total=row.lines or None)


def on_wire(error: RowError) -> RowErrorOut:
    """Gives what was wrong as clients see it."""
    return RowErrorOut(line=error.line, column=error.column_name, reason=error.reason)
