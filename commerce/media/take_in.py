"""Take a picture or document in; its files are made afterwards, by a job."""

import asyncio
import hashlib
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, LargeBinary, Text, Uuid, delete, update
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.errors import Bug
from commerce.kernel.ids import new_id
from commerce.media import queries
from commerce.media.errors import MediaLeaving
from commerce.media.facts import Seen, State
from commerce.media.look import look
from commerce.media.queries import Medium
from commerce.media.tables import media, media_uploads
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.platform.work import enqueue

PREPARE = "media.prepare"
_row = media.c
_at = given("at", _row.created_at.type)
INSERT = Statement(
    insert(media)
    .values(
        id=given("id", Uuid),
        sha256=given("sha256", Text),
        state=State.WAITING.value,
        kind=given("kind", Text),
        mime=given("mime", Text),
        file_name=given("file_name", Text),
        bytes=given("bytes_", BigInteger),
        created_at=_at,
        unattached_since=_at,
    )
    .on_conflict_do_nothing(index_elements=["sha256"])
    .returning(_row.id)
)
# Whoever sends it again wants it: it is kept another day.
WANTED_AGAIN = Statement(
    update(media)
    .where(_row.sha256 == given("sha256", Text), _row.unattached_since.is_not(None), _row.state != State.LEAVING.value)
    .values(unattached_since=_at)
)
KEEP = Statement(insert(media_uploads).values(media_id=given("media_id", Uuid), content=given("content", LargeBinary)))
FORGET = Statement(delete(media_uploads).where(media_uploads.c.media_id == given("media_id", Uuid)))


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent, looked at: its bytes, their SHA-256, what they are."""

    content: bytes
    sha256: str
    seen: Seen


class MediaDue(msgspec.Struct, frozen=True):
    """A medium whose files wait to be made."""

    media_id: UUID


async def looked_at(content: bytes) -> Sent:
    """Says what was sent, in a thread; refuses with MediaRefused. Reads no pixels, so it takes milliseconds."""
    return await asyncio.to_thread(
        lambda: Sent(content=content, sha256=hashlib.sha256(content).hexdigest(), seen=look(content))
    )


async def take_in(tx: Tx, sent: Sent, *, file_name: str, at: datetime) -> Medium:
    """Keeps what was sent and lets the worker make its files; gives the medium that these bytes are already, where they came before.

    Bytes, row and job are of one transaction: what dies in the middle leaves none of them. Refuses with MediaLeaving while the same bytes are
    being deleted.
    """
    media_id = await tx.fetch_value(
        INSERT,
        id=new_id(),
        sha256=sent.sha256,
        kind=sent.seen.kind,
        mime=sent.seen.mime,
        file_name=file_name,
        bytes_=len(sent.content),
        at=at,
    )
    if media_id is not None:
        await tx.execute(KEEP, media_id=media_id, content=sent.content)
        await enqueue(tx, PREPARE, MediaDue(media_id), dedupe=f"{PREPARE}:{media_id}")
        tx.changed("media", media_id, after={"sha256": sent.sha256, "mime": sent.seen.mime, "file_name": file_name})
        return await queries.medium(tx, media_id)
    await tx.execute(WANTED_AGAIN, sha256=sent.sha256, at=at)
    known = (await queries.by_sha256(tx, [sent.sha256])).get(sent.sha256)
    if known is None:
        raise Bug("bytes that are there already are not found")
    if known.state is State.LEAVING:
        raise MediaLeaving("Send it again in a minute.", retry_after_seconds=60)
    return known
