"""Take a file in; what it says goes in afterwards, piece by piece."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Integer, LargeBinary, Uuid, insert

from commerce import pricing
from commerce.importing import queries
from commerce.importing.facts import Format
from commerce.importing.schemas import ImportCountsOut, JobOut
from commerce.importing.tables import ImportState, import_pieces, imports
from commerce.kernel.currencies import is_currency
from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.platform.work import enqueue

PIECE_BYTES = 1_000_000
RUN = "importing.run"

_row = imports.c
INSERT = Statement(
    insert(imports).values(
        id=given("id", Uuid),
        state=ImportState.WAITING.value,
        format=given("format", _row.format.type),
        language=given("language", _row.language.type),
        currency=given("currency", _row.currency.type),
        price_list_id=given("price_list_id", Uuid),
        location_id=given("location_id", Uuid),
        actor=given("actor", _row.actor.type),
        lines=given("lines", Integer),
        dry_run=given("dry_run", Boolean),
        counts=given("counts", _row.counts.type),
        created_at=given("at", _row.created_at.type),
    )
)
INSERT_PIECE = Statement(
    insert(import_pieces).values(
        import_id=given("import_id", Uuid), position=given("position", Integer), content=given("content", LargeBinary)
    )
)


class ImportOf(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be read: its texts' language; its prices' currency, and the list that they go on (the default one of the currency
    unless given); the location whose first stock its quantities are (ignored unless given). The plain formats name lists and locations
    themselves. A dry run changes nothing and tells what the file would do.
    """

    format: Format = "shopify"
    language: str = "en"
    currency: str
    price_list_id: UUID | None = None
    location_id: UUID | None = None
    dry_run: bool = False


class ImportDue(msgspec.Struct, frozen=True):
    """An import that waits to be carried on."""

    import_id: UUID


async def record_import(tx: Tx, how: ImportOf, *, actor: str, lines: int, at: datetime) -> UUID:
    """Writes down that a file is coming in; refuses what is no currency, and a price list that is not there or is of another currency."""
    if not is_currency(how.currency):
        raise invalid("?currency", "Not the ISO 4217 code of a currency in use.")
    if how.price_list_id is not None:
        listed_in = (await pricing.price_list(tx, how.price_list_id)).currency
        if listed_in != how.currency:
            raise invalid("?price_list_id", f"The list is in {listed_in}, the file in {how.currency}.")
    import_id = new_id()
    await tx.execute(
        INSERT, id=import_id, actor=actor, lines=lines, counts=ImportCountsOut(), at=at, **msgspec.structs.asdict(how)
    )
    return import_id


async def start_import(tx: Tx, content: bytes, how: ImportOf, *, actor: str, at: datetime) -> JobOut:
    """Keep a file and let the worker bring it in. Refuses as `record_import` does; what is wrong in the file is told by the job."""
    lines = max(content.count(b"\n"), content.count(b"\r")) + (not content.endswith((b"\n", b"\r")))
    import_id = await record_import(tx, how, actor=actor, lines=lines, at=at)
    for position, begin in enumerate(range(0, len(content), PIECE_BYTES)):
        piece = content[begin : begin + PIECE_BYTES]
        await tx.execute(INSERT_PIECE, import_id=import_id, position=position, content=piece)
    await enqueue(tx, RUN, ImportDue(import_id), dedupe=f"{RUN}:{import_id}")
    tx.changed("import", import_id, after=how)
    return await queries.job(tx, import_id)
