"""How an import ends: by itself, or because somebody called it off."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, delete, select, update

from commerce.importing import queries
from commerce.importing.errors import ImportOver
from commerce.importing.events import ImportFinished
from commerce.importing.queries import ImportRow
from commerce.importing.schemas import JobOut
from commerce.importing.tables import ImportState, import_pieces, imports
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given

CALLED_OFF = "It was called off; what went in before stays."

_row = imports.c
_going = _row.state.in_([ImportState.WAITING.value, ImportState.RUNNING.value])
LOCK = Statement(select(_row.id).where(_row.id == given("id", Uuid), _going).with_for_update())
FINISH = Statement(
    update(imports)
    .where(_row.id == given("id", Uuid), _going)
    .values(
        state=given("state", Text),
        stopped_because=given("stopped_because", Text),
        finished_at=given("at", _row.finished_at.type),
    )
)
FORGET = Statement(delete(import_pieces).where(import_pieces.c.import_id == given("id", Uuid)))


async def stop_import(tx: Tx, import_id: UUID, *, at: datetime) -> JobOut:
    """Call an import off: whoever works on it finds it over at the end of the batch under way, and takes that back.

    Refuses with NotFound, and with ImportOver one that has ended.
    """
    held = await tx.fetch_value(LOCK, id=import_id)
    row = await queries.import_row(tx, import_id)
    if held is None:
        raise ImportOver(f"It is {row.state.value} since {row.finished_at:%Y-%m-%d %H:%M} UTC.")
    tx.changed("import", import_id, before=row.state.value, after=ImportState.STOPPED.value)
    return await finish(tx, row, ImportState.STOPPED, CALLED_OFF, at=at)


async def finish(tx: Tx, row: ImportRow, state: ImportState, because: str | None, *, at: datetime) -> JobOut:
    """Writes down that an import is over, and forgets its file; where it is over already, nothing happens."""
    if await tx.execute(FINISH, id=row.id, state=state, stopped_because=because, at=at):
        await tx.execute(FORGET, id=row.id)
        tx.emit(
            ImportFinished(
                import_id=row.id,
                state=state,
                created=row.counts.products_created,
                changed=row.counts.products_changed,
                unchanged=row.counts.products_unchanged,
                trouble=row.trouble,
            )
        )
    return await queries.job(tx, row.id)
