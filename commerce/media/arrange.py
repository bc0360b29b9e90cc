"""What a product shows, in which order; written together with what pages read, in one transaction.

The product's row is locked first, then media. While nobody has arranged a product's pictures here, those that the catalogue or a file gave it
are its list; the first act here takes them over.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import DateTime, Integer, Text, Uuid, delete, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce import catalog
from commerce.catalog import Image, Pictures
from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.media import queries
from commerce.media.facts import MOST_PER_PRODUCT, Entry, State
from commerce.media.ports import KEY
from commerce.media.schemas import ShownIn
from commerce.media.tables import media, product_media
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, any_of, given, unnested

_new = unnested("new", id=Uuid, variant_id=Uuid, media_id=Uuid, url=Text, alt=JSONB, position=Integer)
_COLUMNS = ["id", "variant_id", "media_id", "url", "alt", "position"]
REPLACE = Statement(
    insert(product_media).from_select(
        ["product_id", *_COLUMNS], select(given("product_id", Uuid), *(_new.c[name] for name in _COLUMNS))
    )
)
CLEAR = Statement(delete(product_media).where(product_media.c.product_id == given("product_id", Uuid)))
# Locks the media, so that none of them is swept away meanwhile; what is being deleted, or was refused, is not among the rows.
ATTACH = Statement(
    update(media)
    .where(any_of(media.c.id, "ids"), media.c.state.in_([State.WAITING.value, State.READY.value]))
    .values(unattached_since=None)
    .returning(media.c.id)
)
DETACH = Statement(
    update(media)
    .where(
        any_of(media.c.id, "ids"),
        ~select(product_media.c.id).where(product_media.c.media_id == media.c.id).exists(),
    )
    .values(unattached_since=given("at", DateTime(timezone=True)))
)


async def set_product_media(
    tx: Tx, product_id: UUID, expected_version: int, wanted: Sequence[ShownIn], *, at: datetime
) -> int:
    """Makes this the whole list of what a product shows, in this order; gives the product's new version.

    Refuses with NotFound, StaleVersion, and with InvalidInput a medium that is not there or was refused, a variant of another product, and
    the same thing twice.
    """
    shown = await catalog.lock_images(tx, product_id, expected_version)
    before = await listed(tx, shown)
    return await _write(tx, shown, before, [_entry(shown.product_id, each) for each in wanted], at, "/items")


async def add_product_media(tx: Tx, product_id: UUID, wanted: ShownIn, *, at: datetime) -> int:
    """Puts one more thing at the end of what a product shows; the same one again changes nothing. Refuses as `set_product_media` does."""
    shown = await catalog.lock_images(tx, product_id)
    before = await listed(tx, shown)
    if any(_same(each) == (wanted.variant_id, wanted.media_id, wanted.url) for each in before):
        return shown.version
    return await _write(tx, shown, before, [*before, _entry(product_id, wanted)], at, "/")


async def show_everywhere(tx: Tx, media_id: UUID, *, at: datetime) -> None:
    """Lets every product that names a medium show it, now that it is ready."""
    for product_id in await queries.shown_by(tx, media_id):
        shown = await catalog.lock_images(tx, product_id)
        entries = await queries.entries(tx, [product_id])
        await _show(tx, shown, entries, entries, at)


async def keep_up(tx: Tx, product_ids: Iterable[UUID], *, at: datetime) -> None:
    """Follows what the catalogue or a file did to the pictures of products that are arranged here: what pages show is what counts.

    A picture that is new is taken over by its address, one that is gone is no longer shown; documents, and media that are not ready yet, stay.
    """
    wanted = await queries.managed(tx, list(product_ids))
    if not wanted:
        return
    pictures = await catalog.shown_images(tx, wanted)
    by_product: dict[UUID, list[Entry]] = {each: [] for each in wanted}
    for entry in await queries.entries(tx, wanted):
        by_product[entry.product_id].append(entry)
    for product_id in sorted(wanted):
        images, entries = pictures[product_id].images, by_product[product_id]
        if _images(entries) != list(images):
            hidden = [each for each in entries if each.kind != "image" or each.address is None]
            followed = [*(await _from_images(tx, product_id, images, entries)), *hidden]
            await _replace(tx, product_id, entries, followed[:MOST_PER_PRODUCT], at)


async def listed(reads: Reads, shown: Pictures) -> list[Entry]:
    """Gives what a product shows; as the catalogue has it, where nobody has arranged it here."""
    entries = await queries.entries(reads, [shown.product_id])
    return entries or await _from_images(reads, shown.product_id, shown.images, [])


async def _from_images(reads: Reads, product_id: UUID, images: Sequence[Image], known: Sequence[Entry]) -> list[Entry]:
    """Gives a list made of a product's pictures; one that is known by its address keeps its variant, and its texts unless its text is another."""
    by_address: dict[str, list[Entry]] = {}
    for each in known:
        if each.kind == "image" and each.address is not None:
            by_address.setdefault(each.address, []).append(each)
    strangers = {
        key.group(0)[:64] for image in images if image.url not in by_address and (key := KEY.search(image.url))
    }
    ours = {
        each.url: each.id
        for each in (await queries.by_sha256(reads, sorted(strangers))).values()
        if each.state is State.READY and each.url is not None
    }
    made: dict[tuple[UUID | None, UUID | None, str | None], Entry] = {}
    for image in images:
        entry = _elsewhere(product_id, image, ours.get(image.url))
        for kept in by_address.get(image.url, [entry]):
            alt = kept.alt if kept.alt.said("en") == image.alt else Text3(en=image.alt or None)
            made.setdefault(_same(kept), replace(kept, alt=alt))
    return list(made.values())


def _elsewhere(product_id: UUID, image: Image, media_id: UUID | None) -> Entry:
    return Entry(
        id=new_id(),
        product_id=product_id,
        variant_id=None,
        media_id=media_id,
        url=None if media_id else image.url,
        alt=Text3(en=image.alt or None),
        position=0,
        media_url=image.url if media_id else None,
    )


def _entry(product_id: UUID, wanted: ShownIn) -> Entry:
    return Entry(
        id=new_id(),
        product_id=product_id,
        variant_id=wanted.variant_id,
        media_id=wanted.media_id,
        url=wanted.url,
        alt=wanted.alt,
        position=0,
    )


def _same(entry: Entry) -> tuple[UUID | None, UUID | None, str | None]:
    return entry.variant_id, entry.media_id, entry.url


async def _write(
    tx: Tx, shown: Pictures, before: Sequence[Entry], after: Sequence[Entry], at: datetime, pointer: str
) -> int:
    if len(after) > MOST_PER_PRODUCT:
        raise invalid(pointer, f"A product shows at most {MOST_PER_PRODUCT} pictures and documents.")
    if len({_same(each) for each in after}) != len(after):
        raise invalid(pointer, "The same picture or document is named twice.")
    own = await catalog.variant_images(tx, shown.product_id)
    if not {each.variant_id for each in after if each.variant_id is not None} <= own.keys():
        raise invalid(pointer, "One of these variants is not the product's.")
    await _replace(tx, shown.product_id, before, after, at, pointer)
    return await _show(tx, shown, before, await queries.entries(tx, [shown.product_id]), at)


async def _replace(
    tx: Tx, product_id: UUID, before: Sequence[Entry], after: Sequence[Entry], at: datetime, pointer: str = "/"
) -> None:
    """Writes a product's list, and says of each medium whether some product shows it."""
    named = sorted({each.media_id for each in after if each.media_id is not None})
    if named and {row["id"] for row in await tx.fetch(ATTACH, ids=named)} != set(named):
        raise invalid(pointer, "One of these media does not exist, or was refused.")
    await tx.execute(CLEAR, product_id=product_id)
    if after:
        await tx.execute(
            REPLACE,
            product_id=product_id,
            id=[each.id for each in after],
            variant_id=[each.variant_id for each in after],
            media_id=[each.media_id for each in after],
            url=[each.url for each in after],
            alt=[each.alt for each in after],
            position=list(range(len(after))),
        )
    gone = sorted({each.media_id for each in before if each.media_id is not None} - set(named))
    if gone:
        await tx.execute(DETACH, ids=gone, at=at)


async def _show(tx: Tx, shown: Pictures, before: Sequence[Entry], after: Sequence[Entry], at: datetime) -> int:
    """Writes what pages read: the pictures that are there to be seen, and each variant's own one."""
    of_variants: dict[UUID, str | None] = {each.variant_id: None for each in before if each.variant_id is not None}
    for each in reversed(after):
        if each.variant_id is not None and each.kind == "image":
            of_variants[each.variant_id] = each.address
    return await catalog.set_images(tx, shown.product_id, _images(after), of_variants, at=at)


def _images(entries: Iterable[Entry]) -> list[Image]:
    seen = {each.address: each.alt.said("en") for each in reversed(list(entries)) if each.kind == "image"}
    return [Image(url=address, alt=alt) for address, alt in reversed(seen.items()) if address is not None]
