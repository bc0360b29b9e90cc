"""Make the files of what was sent: drawn in a thread, kept in the store, then told to the products that show it. No transaction is open
while that goes on, and each part may be done again: the same bytes give the same keys.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce.kernel import clock
from commerce.media import queries
from commerce.media.arrange import show_everywhere
from commerce.media.errors import MediaRefused
from commerce.media.facts import Made, Rendition, Seen, State
from commerce.media.ports import MediaStore
from commerce.media.render import render
from commerce.media.tables import media
from commerce.media.take_in import FORGET, MediaDue
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, given

_waits = (media.c.id == given("id", Uuid), media.c.state == State.WAITING.value)
_next = media.c.version + 1
READY = Statement(
    update(media)
    .where(*_waits)
    .values(
        state=State.READY.value,
        width=given("width", Integer),
        height=given("height", Integer),
        renditions=given("renditions", JSONB),
        url=given("url", Text),
        version=_next,
    )
)
REFUSE = Statement(
    update(media)
    .where(*_waits)
    .values(state=State.REFUSED.value, refused_because=given("because", Text), version=_next)
)
# One picture is drawn at a time in each process: a large one takes 200 MB while it is.
_drawing = asyncio.Semaphore(1)


async def prepare(db: Database, store: MediaStore, due: MediaDue) -> None:
    """Makes the files of a medium that waits; one that does not, or is gone, is left as it is."""
    reading = db.reading
    content = await queries.upload(reading, due.media_id)
    if content is None:
        return
    known = await queries.medium(reading, due.media_id)
    try:
        async with _drawing:
            seen, made = await asyncio.to_thread(render, content)
    except MediaRefused as refused:
        await db.transact(_refuse, due.media_id, refused.detail or "")
        return
    for each in made:
        await store.put(f"{known.sha256}/{each.rendition.name}", each.content, mime=each.rendition.mime)
    await db.transact(_ready, due.media_id, seen, _renditions(made), store.url(f"{known.sha256}/{_full(made)}"))


async def _ready(tx: Tx, media_id: UUID, seen: Seen, renditions: Sequence[Rendition], url: str) -> None:
    if await tx.execute(READY, id=media_id, width=seen.width, height=seen.height, renditions=list(renditions), url=url):
        await tx.execute(FORGET, media_id=media_id)
        await show_everywhere(tx, media_id, at=clock.now())


async def _refuse(tx: Tx, media_id: UUID, because: str) -> None:
    if await tx.execute(REFUSE, id=media_id, because=because):
        await tx.execute(FORGET, media_id=media_id)


def _full(made: Sequence[Made]) -> str:
    return made[0].rendition.name


def _renditions(made: Sequence[Made]) -> list[Rendition]:
    """Gives the files, smallest first, those of one size as WebP first, the largest last."""
    return sorted(
        (each.rendition for each in made),
        key=lambda each: (each.name.startswith("full"), each.width or 0, each.name.partition(".")[2] != "webp"),
    )
