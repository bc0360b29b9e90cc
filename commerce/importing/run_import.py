"""Bring a file in, batch by batch: each batch is one transaction that also records how far the import is.

So a run that was killed goes on after the last batch that was committed, and nothing is done twice; a second file with the same content finds
everything as it should be, and changes nothing.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
import structlog
from sqlalchemy import Integer, Text, Uuid, func, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce import catalog
from commerce.catalog import PutBy, PutResult
from commerce.importing import queries
from commerce.importing.errors import Unreadable
from commerce.importing.facts import Format, Passage, Reading, Readings, Trouble, as_read
from commerce.importing.marks import Marks, marks_of
from commerce.importing.put_offers import set_prices, set_stock
from commerce.importing.queries import PIECE, PIECES, DifferenceRow, ImportRow
from commerce.importing.read_csv import text_of
from commerce.importing.readers import A_VARIANT, readings, shop_of
from commerce.importing.schemas import ImportCountsOut, JobOut
from commerce.importing.start_import import ImportDue, ImportOf, record_import
from commerce.importing.stop_import import finish
from commerce.importing.tables import ImportState, import_troubles, imports
from commerce.importing.tell import note_differences, priced_in, tell
from commerce.kernel import clock
from commerce.kernel.errors import Bug, Refusal
from commerce.kernel.ids import LocationId
from commerce.platform.connections import Unavailable
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, given, unnested

BATCH_VARIANTS = 2_000
BATCH_PRODUCTS = 1_000
BREATHE = 4
# What the catalogue calls a field, as the columns' names for it.
FIELDS_OF = {"option_values": "option1_value", "options": "option1_name", "variants": "", "barcode": "barcode"}
Progress = Callable[[JobOut], None]
# What no second attempt mends: a value that the database cannot keep, or a mistake of ours. Of one product it is told like any other fault.
UNKEPT = (asyncpg.DataError, Bug)
log = structlog.get_logger("importing")

_row = imports.c
BEGIN = Statement(
    update(imports)
    .where(_row.id == given("id", Uuid), _row.state.in_([ImportState.WAITING.value, ImportState.RUNNING.value]))
    .values(
        state=ImportState.RUNNING.value,
        started_at=func.coalesce(_row.started_at, given("at", _row.started_at.type)),
    )
)
# Whoever else works on the same import gets no row here, and with it no effect.
ADVANCE = Statement(
    update(imports)
    .where(
        _row.id == given("id", Uuid),
        _row.next_line == given("expected_line", Integer),
        _row.state == ImportState.RUNNING.value,
    )
    .values(
        next_line=given("next_line", Integer),
        counts=given("counts", _row.counts.type),
        trouble=_row.trouble + given("trouble", Integer),
    )
)
_wrong = unnested("wrong", line=Integer, nth=Integer, column_name=Text, reason=Text)
ADD_TROUBLE = Statement(
    insert(import_troubles).from_select(
        ["import_id", "line", "nth", "column_name", "reason"],
        select(given("import_id", Uuid), _wrong.c.line, _wrong.c.nth, _wrong.c.column_name, _wrong.c.reason),
    )
)


class File(NamedTuple):
    """What is known of the file that comes in: its own names of columns, by field; the codes of locations; what was brought in before."""

    names: Mapping[str, str]
    locations: Mapping[LocationId, str]
    marks: Marks


class Done(NamedTuple):
    """What a batch came to: the import as it is after it, what was wrong, and (of a dry run) what it would make and change."""

    row: ImportRow
    trouble: list[Trouble]
    told: list[DifferenceRow]


class _Overtaken(Exception):  # noqa: N818 -- not an error: somebody else carries the import on
    pass


class _Undone(Exception):  # noqa: N818 -- how a dry run takes back what it did
    def __init__(self, done: Done) -> None:
        super().__init__()
        self.done = done


async def run_due(db: Database, due: ImportDue) -> None:
    """Carries on an import whose file is kept in the database; right to be run again at any time."""
    with TemporaryFile() as file:
        for position in range(await db.reading.fetch_value(PIECES, id=due.import_id)):
            piece = await db.reading.fetch_value(PIECE, id=due.import_id, position=position)
            file.write(piece or b"")  # none: it was called off meanwhile
        file.seek(0)
        await run_import(db, due.import_id, file)


async def import_file(
    db: Database,
    source: Path | BinaryIO,
    how: ImportOf,
    *,
    actor: str,
    progress: Progress | None = None,
) -> JobOut:
    """Brings a file in from a path or a stream, here and now; gives how it ended. `progress` is told after each batch.

    The stream is read once and never held whole. After a kill, the same file again finds what went in and goes on.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream:
            return await import_file(db, stream, how, actor=actor, progress=progress)
    import_id = await db.transact(record_import, how, actor=actor, lines=0, at=clock.now())
    return await run_import(db, import_id, source, progress=progress)


async def run_import(db: Database, import_id: UUID, stream: BinaryIO, *, progress: Progress | None = None) -> JobOut:
    """Brings in what is left of a file. A file that cannot be read further ends the import as stopped; what stood before it went in."""
    if not await db.transact(_begin, import_id):
        return await queries.job(db.reading, import_id)
    row = await queries.import_row(db.reading, import_id)
    state, because = ImportState.DONE, None
    try:
        with text_of(stream) as text:
            shop = await shop_of(db.reading, row)
            read = readings(row.format, text, shop, after=row.next_line - 1)
            codes = {location: code for code, location in shop.locations.items()}
            file = File(read.names, codes, await marks_of(db.reading, row, shop))
            async with _read_ahead(_batches(read, file.marks)) as batches:
                async for batch in batches:
                    row = await _brought_in(db, row, batch, file)
                    if progress is not None:
                        progress(await queries.job(db.reading, import_id))
    except Unreadable as broken:
        state, because = ImportState.STOPPED, broken.detail
    except UNKEPT as failed:
        log.exception("import_stopped", import_id=str(import_id), line=row.next_line)
        row = await queries.import_row(db.reading, import_id)
        state, because = (
            ImportState.STOPPED,
            f"Line {row.next_line}: from here on it cannot be taken in ({type(failed).__name__})",
        )
    except _Overtaken:
        return await queries.job(db.reading, import_id)
    return await db.transact(finish, row, state, because, at=clock.now())


async def _begin(tx: Tx, import_id: UUID) -> int:
    return await tx.execute(BEGIN, id=import_id, at=clock.now())


@asynccontextmanager
async def _read_ahead(batches: AsyncIterator[list[Passage]]) -> AsyncIterator[AsyncIterator[list[Passage]]]:
    """Reads one batch ahead while the one before goes in: the file is read on one core, the database writes on another."""
    ahead = [asyncio.ensure_future(anext(batches, None))]

    async def following() -> AsyncIterator[list[Passage]]:
        while (batch := await ahead[0]) is not None:
            ahead[0] = asyncio.ensure_future(anext(batches, None))
            yield batch

    try:
        yield following()
    finally:
        ahead[0].cancel()
        await asyncio.gather(ahead[0], return_exceptions=True)


async def _batches(file: Readings, marks: Marks) -> AsyncIterator[list[Passage]]:
    """Gives the products of a file, some hundreds at a time, no handle twice in one batch; what was not brought in before is read.

    Lets others have their turn after every few products. Raises Unreadable once what stood before has been given.
    """
    batch: list[Passage] = []
    handles: set[str] = set()
    size, broken, each = 0, None, iter(file)
    for nth in itertools.count():
        try:
            passage = next(each, None)
        except Unreadable as failed:
            passage, broken = None, failed
        if passage is None:
            break
        full = size + passage.size > BATCH_VARIANTS or len(batch) >= BATCH_PRODUCTS
        if batch and (full or passage.handle in handles):
            yield await _read(batch, marks)
            batch, handles, size = [], set(), 0
        batch.append(passage)
        handles |= {passage.handle} - {""}
        size += passage.size
        if nth % BREATHE == 0:
            await asyncio.sleep(0)
    if batch:
        yield await _read(batch, marks)
    if broken is not None:
        raise broken


async def _read(batch: list[Passage], marks: Marks) -> list[Passage]:
    await marks.look(batch)
    for nth, passage in enumerate(each for each in batch if not each.marked):
        passage.reading()
        if nth % BREATHE == 0:
            await asyncio.sleep(0)
    return batch


async def _brought_in(db: Database, row: ImportRow, batch: Sequence[Passage], file: File) -> ImportRow:
    """Brings one batch in as one transaction. What the database refuses is looked for by halves and told, so that the rest goes in."""
    try:
        if row.dry_run:
            return await _tried(db, row, batch, file)
        return (await db.transact(_bring_in, row, batch, file, at=clock.now())).row
    except Unavailable:
        raise
    except (Refusal, *UNKEPT) as refused:
        if len(batch) > 1:
            middle = len(batch) // 2
            return await _brought_in(db, await _brought_in(db, row, batch[:middle], file), batch[middle:], file)
        only = batch[0].reading()
        if only.draft is None:
            raise  # it is not the product that is refused
        told = Trouble(only.line, "", f"{only.draft.handle}: {_why(refused)}")
        left_out = as_read(Reading(only.line, only.last_line, None, (), (*only.trouble, told)))
        return (await db.transact(_bring_in, row, [left_out], file, at=clock.now())).row


def _why(refused: Exception) -> str:
    if isinstance(refused, Refusal):
        return refused.detail or refused.title()
    log.error("product_left_out", exc_info=refused)
    return "it has a value that cannot be kept"


async def _tried(db: Database, row: ImportRow, batch: Sequence[Passage], file: File) -> ImportRow:
    """Does what a batch says, takes it all back, and writes down what it came to."""
    try:
        await db.transact(_try, row, batch, file, at=clock.now())
    except _Undone as undone:
        return await db.transact(_note_tried, row, undone.done, file.names)
    raise Bug("a dry run was not taken back")


async def _try(tx: Tx, row: ImportRow, batch: Sequence[Passage], file: File, *, at: datetime) -> None:
    raise _Undone(await _bring_in(tx, row, batch, file, at=at))


async def _note_tried(tx: Tx, row: ImportRow, done: Done, names: Mapping[str, str]) -> ImportRow:
    await _advance(tx, row, done.row, done.trouble, names)
    await note_differences(tx, row.id, done.told)
    return done.row


async def _bring_in(tx: Tx, row: ImportRow, batch: Sequence[Passage], file: File, *, at: datetime) -> Done:
    """Brings one batch in with its prices and first stock, and records that the import is past it. Gives the import as it is now.

    What is still as it was brought in before is passed over.
    """
    unchanged = await file.marks.unchanged(tx, batch)
    others = [each for each in batch if each.handle not in unchanged]
    readings = [each.reading() for each in others]
    read = [reading for reading in readings if reading.draft is not None]
    by = PutBy(actor=row.actor, import_id=row.id)
    put = await catalog.put_products(tx, [each.draft for each in read if each.draft], at=at, tell=row.dry_run, by=by)
    offers = {put.variant_ids[place, nth]: read[place].offers[nth] for place, nth in put.variant_ids}
    trouble = [each for reading in readings for each in reading.trouble] + _untaken(put, read, row.format)
    stocked, unstocked = await set_stock(tx, row, offers, batch[0].line)
    trouble += unstocked
    counts = _added(row.counts, put, await set_prices(tx, row, offers, at), len(stocked), len(unchanged))
    after = msgspec.structs.replace(
        row, next_line=batch[-1].last_line + 1, counts=counts, trouble=row.trouble + len(trouble)
    )
    await _advance(tx, row, after, trouble, file.names)
    if row.dry_run:
        return Done(after, trouble, tell(put, read, await priced_in(tx), stocked, file.locations))
    faulty = {each.line for each in trouble}
    await file.marks.keep(
        tx, [each for each in others if not faulty.intersection(range(each.line, each.last_line + 1))]
    )
    return Done(after, trouble, [])


async def _advance(
    tx: Tx, row: ImportRow, after: ImportRow, trouble: Sequence[Trouble], names: Mapping[str, str]
) -> None:
    """Records that the import is past a batch, with what was wrong in it."""
    advanced = await tx.execute(
        ADVANCE,
        id=row.id,
        expected_line=row.next_line,
        next_line=after.next_line,
        counts=after.counts,
        trouble=len(trouble),
    )
    if not advanced:
        raise _Overtaken
    if trouble:
        await _note(tx, row.id, sorted(trouble, key=lambda each: each.line), names)


def _untaken(put: PutResult, readings: Sequence[Reading], format_: Format) -> list[Trouble]:
    """Gives what the catalogue could not take, by the lines of the file. A product whose rows all said already what is wrong is not told
    a second time that it has no variant.
    """
    found = []
    for each in put.trouble:
        reading = readings[each.product]
        if each.variant is not None:
            field = FIELDS_OF.get(each.field, each.field)
            found.append(Trouble(reading.offers[each.variant].line, field, each.reason))
        elif not (each.field == "variants" and reading.trouble):
            without = each.field == "variants" and reading.draft is not None and not reading.draft.variants
            reason = f"{each.reason}: {A_VARIANT[format_]}" if without else each.reason
            found.append(Trouble(reading.line, FIELDS_OF.get(each.field, each.field), reason))
    return found


def _added(counts: ImportCountsOut, put: PutResult, prices: int, quantities: int, passed_over: int) -> ImportCountsOut:
    return ImportCountsOut(
        products_created=counts.products_created + put.created,
        products_changed=counts.products_changed + put.changed,
        products_unchanged=counts.products_unchanged + put.unchanged + passed_over,
        variants_created=counts.variants_created + put.variants_created,
        variants_changed=counts.variants_changed + put.variants_changed,
        prices_changed=counts.prices_changed + prices,
        quantities_set=counts.quantities_set + quantities,
    )


async def _note(tx: Tx, import_id: UUID, trouble: Sequence[Trouble], names: Mapping[str, str]) -> None:
    """Keeps what was wrong, under the file's own names of the columns; several things of one line are numbered."""
    on_line: Counter[int] = Counter()
    numbers = []
    for each in trouble:
        on_line[each.line] += 1
        numbers.append(on_line[each.line])
    await tx.execute(
        ADD_TROUBLE,
        import_id=import_id,
        line=[each.line for each in trouble],
        nth=numbers,
        column_name=[names.get(each.field, each.field) for each in trouble],
        reason=[each.reason for each in trouble],
    )
