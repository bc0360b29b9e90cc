"""Media whose address is no longer where the store says that they are read: the shop's address changed, a CDN came, a folder became a bucket.

Products are told the new address a medium at a time. What orders show keeps the address that it had: the old one has to lead on.
"""

from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, func, select, update

from commerce.kernel import clock
from commerce.media.arrange import show_everywhere
from commerce.media.facts import State
from commerce.media.ports import MediaStore
from commerce.media.tables import media
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, given

MOST = 200
MOST_PAGES = 50

ELSEWHERE = Statement(
    select(media.c.id, media.c.url)
    .where(media.c.state == State.READY.value, ~func.starts_with(media.c.url, given("base", Text)))
    .order_by(media.c.id)
    .limit(given("most", Integer))
)
MOVE = Statement(
    update(media)
    .where(media.c.id == given("id", Uuid), media.c.url == given("old", Text))
    .values(url=given("new", Text), version=media.c.version + 1)
)


async def readdress(db: Database, store: MediaStore) -> int:
    """Gives media the addresses that the store has for them now, a bounded number at a time; gives how many had another."""
    base, moved = store.url(""), 0
    for _ in range(MOST_PAGES):
        rows = await db.reading.fetch(ELSEWHERE, base=base, most=MOST)
        for row in rows:
            *_, sha256, name = row["url"].split("/")
            await db.transact(_move, row["id"], row["url"], store.url(f"{sha256}/{name}"))
        moved += len(rows)
        if len(rows) < MOST:
            break
    return moved


async def _move(tx: Tx, media_id: UUID, old: str, new: str) -> None:
    if await tx.execute(MOVE, id=media_id, old=old, new=new):
        await show_everywhere(tx, media_id, at=clock.now())
