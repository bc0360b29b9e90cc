"""Reads of media."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, func, literal_column, or_, select

from commerce.kernel.errors import NotFound
from commerce.media.facts import Entry, Kind, Rendition, State
from commerce.media.tables import media, media_uploads, product_media
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given


class Medium(msgspec.Struct, frozen=True, kw_only=True):
    """A picture or document that was sent."""

    id: UUID
    sha256: str
    state: State
    kind: Kind
    mime: str
    file_name: str
    bytes: int
    width: int | None
    height: int | None
    renditions: list[Rendition]
    url: str | None
    refused_because: str | None
    created_at: datetime
    unattached_since: datetime | None
    version: int


_columns = [media.c[name] for name in Medium.__struct_fields__]
MEDIUM = Statement(select(*_columns).where(media.c.id == given("id", Uuid)), into=Medium)
BY_SHA256 = Statement(select(*_columns).where(any_of(media.c.sha256, "sha256s")), into=Medium)
MEDIA = Statement(
    select(*_columns)
    .where(or_(given("after", Uuid).is_(None), media.c.id < given("after", Uuid)))
    .order_by(media.c.id.desc())
    .limit(given("most", Integer)),
    into=Medium,
)
UPLOAD = Statement(select(media_uploads.c.content).where(media_uploads.c.media_id == given("id", Uuid)))
ENTRIES = Statement(
    select(
        *(product_media.c[name] for name in ("id", "product_id", "variant_id", "media_id", "url", "alt", "position")),
        *(media.c[name] for name in ("sha256", "state", "file_name", "renditions")),
        func.coalesce(media.c.kind, literal_column("'image'")).label("kind"),
        media.c.url.label("media_url"),
    )
    .select_from(product_media.outerjoin(media, media.c.id == product_media.c.media_id))
    .where(any_of(product_media.c.product_id, "product_ids"))
    .order_by(product_media.c.product_id, product_media.c.position, product_media.c.id),
    into=Entry,
)
SHOWN_BY = Statement(
    select(product_media.c.product_id)
    .distinct()
    .where(product_media.c.media_id == given("media_id", Uuid))
    .order_by(product_media.c.product_id)
)
MANAGED = Statement(
    select(product_media.c.product_id).distinct().where(any_of(product_media.c.product_id, "product_ids"))
)


async def medium(reads: Reads, media_id: UUID) -> Medium:
    """Gives a medium; refuses with NotFound, also when its bytes are being deleted."""
    found = await reads.fetch_one(MEDIUM, id=media_id)
    if found is None or found.state is State.LEAVING:
        raise NotFound("There is no such picture or document.")
    return found


async def media_page(reads: Reads, *, after: UUID | None, most: int) -> list[Medium]:
    """Gives up to `most` media, newest first, below the id named."""
    return await reads.fetch(MEDIA, after=after, most=most)


async def by_sha256(reads: Reads, sha256s: Sequence[str]) -> dict[str, Medium]:
    """Gives media by the SHA-256 of what was sent."""
    return {each.sha256: each for each in await reads.fetch(BY_SHA256, sha256s=list(sha256s))}


async def upload(reads: Reads, media_id: UUID) -> bytes | None:
    """Gives what was sent, as long as it waits."""
    found: bytes | None = await reads.fetch_value(UPLOAD, id=media_id)
    return found


async def entries(reads: Reads, product_ids: Sequence[UUID]) -> list[Entry]:
    """Gives what some products show, each in its order; nothing for those whose pictures were never arranged here."""
    return await reads.fetch(ENTRIES, product_ids=list(product_ids))


async def shown_by(reads: Reads, media_id: UUID) -> list[UUID]:
    """Gives the products that show a medium, in the order of their ids."""
    return [row["product_id"] for row in await reads.fetch(SHOWN_BY, media_id=media_id)]


async def managed(reads: Reads, product_ids: Sequence[UUID]) -> list[UUID]:
    """Gives those of some products whose pictures are arranged here."""
    return [row["product_id"] for row in await reads.fetch(MANAGED, product_ids=list(product_ids))]
