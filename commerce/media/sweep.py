"""Delete the bytes that nobody shows any more, a day later, so many at a time.

A medium goes when no product shows it and no order line does: an order keeps the picture that it was placed with (G13). Files that no medium
owns, left by a process that died or by a database that was restored, go too. Either way a row says `leaving` first, then the bytes go, then
the row: whoever sends the same bytes meanwhile is asked to come back, and what dies half way is taken up by the next sweep.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Integer, Text, Uuid, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce import orders
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.media import queries
from commerce.media.facts import KEEP_UNATTACHED_SECONDS, State
from commerce.media.ports import Kept, MediaStore
from commerce.media.tables import media, product_media
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, any_of, given

SWEEP = "media.sweep"
EVERY_SECONDS = 3_600
MOST = 200
PAGE = 1_000
MOST_PAGES = 20

_before = given("before", DateTime(timezone=True))
DUE = Statement(
    select(media.c.id, media.c.sha256)
    .where(media.c.unattached_since < _before, media.c.state != State.LEAVING.value)
    .order_by(media.c.unattached_since)
    .limit(given("most", Integer))
)
# Pictured by an order: looked at again only after another day, so that a sweep does not stand still before them.
POSTPONE = Statement(
    update(media)
    .where(any_of(media.c.sha256, "sha256s"), media.c.unattached_since.is_not(None))
    .values(unattached_since=given("at", DateTime(timezone=True)))
)
LEAVE = Statement(
    update(media)
    .where(
        any_of(media.c.id, "ids"),
        media.c.unattached_since < _before,
        ~select(product_media.c.id).where(product_media.c.media_id == media.c.id).exists(),
    )
    .values(state=State.LEAVING.value, refused_because=None, version=media.c.version + 1)
)
LEAVING = Statement(
    select(media.c.id, media.c.sha256).where(media.c.state == State.LEAVING.value).limit(given("most", Integer))
)
GONE = Statement(delete(media).where(media.c.id == given("id", Uuid), media.c.state == State.LEAVING.value))
CLAIM = Statement(
    insert(media)
    .values(
        id=given("id", Uuid),
        sha256=given("sha256", Text),
        state=State.LEAVING.value,
        kind="image",
        mime="",
        bytes=given("bytes_", BigInteger),
        created_at=given("at", DateTime(timezone=True)),
    )
    .on_conflict_do_nothing(index_elements=["sha256"])
)


async def sweep(db: Database, store: MediaStore) -> int:
    """Deletes what is due, up to MOST media, and looks over up to MOST_PAGES pages of files; gives how many media and strays went."""
    now = clock.now()
    before = now - timedelta(seconds=KEEP_UNATTACHED_SECONDS)
    due = {row["sha256"]: row["id"] for row in await db.reading.fetch(DUE, before=before, most=MOST)}
    if due:
        pictured = await orders.pictured(db.reading, list(due))
        await db.transact(
            _leave, [each for sha, each in due.items() if sha not in pictured], sorted(pictured), before, now
        )
    await _claim_strays(db, store, now, before)
    leaving = await db.reading.fetch(LEAVING, most=MOST)
    for row in leaving:
        await store.delete(await _files_of(store, row["sha256"]))
        await db.transact(_gone, row["id"])
    return len(leaving)


async def _leave(tx: Tx, ids: list[UUID], pictured: list[str], before: datetime, at: datetime) -> None:
    if ids:
        await tx.execute(LEAVE, ids=ids, before=before)
    if pictured:
        await tx.execute(POSTPONE, sha256s=pictured, at=at)


async def _gone(tx: Tx, media_id: UUID) -> None:
    await tx.execute(GONE, id=media_id)
    tx.changed("media", media_id, after={"deleted": True})


async def _claim_strays(db: Database, store: MediaStore, now: datetime, before: datetime) -> None:
    """Puts files that are older than a day and of no medium under a row that says `leaving`. Each hour begins elsewhere in the store, so that
    a store of any size is gone through in the end.
    """
    begin = f"{int(now.timestamp()) // EVERY_SECONDS % 256:02x}"
    after, wrapped = begin, False
    for _ in range(MOST_PAGES):
        page = await store.listed(after=after, most=PAGE)
        old: dict[str, list[Kept]] = {}
        for each in page:
            if each.at < before:
                old.setdefault(each.key.partition("/")[0], []).append(each)
        known = await queries.by_sha256(db.reading, list(old)) if old else {}
        for sha256 in sorted(old.keys() - known.keys())[:MOST]:
            await db.transact(_claim, sha256, now)
        await store.delete([each.key for sha in known for each in old[sha] if each.key.endswith(".part")])
        if len(page) == PAGE:
            after = page[-1].key
        elif wrapped or begin == "00":
            return
        else:
            after, wrapped = "", True
        if wrapped and after[:2] >= begin:
            return


async def _claim(tx: Tx, sha256: str, at: datetime) -> None:
    await tx.execute(CLAIM, id=new_id(), sha256=sha256, bytes_=0, at=at)


async def _files_of(store: MediaStore, sha256: str) -> list[str]:
    """Gives the files that are under a SHA-256, at most a page of them."""
    page = await store.listed(after=f"{sha256}/", most=PAGE)
    return [each.key for each in page if each.key.startswith(f"{sha256}/")]
