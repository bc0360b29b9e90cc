"""The pictures of a product and of its variants, as pages show them; written by the slice that keeps media, in its transactions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Text, Uuid, null, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce.catalog import queries
from commerce.catalog.change_product import lock_product
from commerce.catalog.create_product import product_changed
from commerce.catalog.facts import Image
from commerce.catalog.on_show import on_show
from commerce.catalog.rows import touch
from commerce.catalog.tables import products, variants
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, any_of, given, unnested


class Pictures(msgspec.Struct, frozen=True, kw_only=True):
    """What a product shows now: its pictures in order, and the one of each variant that has one of its own."""

    product_id: UUID
    version: int
    images: tuple[Image, ...]


SHOWN = Statement(
    select(products.c.id.label("product_id"), products.c.version, products.c.images).where(
        any_of(products.c.id, "product_ids")
    ),
    into=Pictures,
)
ON_SHOW = Statement(
    select(products.c.id).where(
        or_(products.c.slug == given("slug", Text), products.c.id == given("id", Uuid)),
        on_show(given("at", DateTime(timezone=True)), given("channel_id", Uuid), null()),
    )
)
OF_VARIANTS = Statement(
    select(variants.c.id, variants.c.image_url).where(variants.c.product_id == given("product_id", Uuid))
)
SET_IMAGES = Statement(update(products).where(products.c.id == given("id", Uuid)).values(images=given("images", JSONB)))
_new = unnested("new", variant_id=Uuid, image_url=Text)
SET_VARIANT_IMAGES = Statement(
    update(variants)
    .where(variants.c.id == _new.c.variant_id, variants.c.image_url.is_distinct_from(_new.c.image_url))
    .values(image_url=_new.c.image_url, version=variants.c.version + 1)
)


async def shown_images(reads: Reads, product_ids: Sequence[UUID]) -> dict[UUID, Pictures]:
    """Gives what some products show."""
    return {each.product_id: each for each in await reads.fetch(SHOWN, product_ids=list(product_ids))}


async def product_on_show(reads: Reads, wanted: UUID | str, *, channel_id: UUID, at: datetime) -> UUID | None:
    """Gives the id of a product that a channel shows, by its id or slug; None where it shows none."""
    by = {"id": wanted, "slug": None} if isinstance(wanted, UUID) else {"id": None, "slug": wanted}
    found: UUID | None = await reads.fetch_value(ON_SHOW, **by, channel_id=channel_id, at=at)
    return found


async def lock_images(tx: Tx, product_id: UUID, expected_version: int | None = None) -> Pictures:
    """Locks a product and gives what it shows; refuses with NotFound, and with StaleVersion when another version was expected."""
    await lock_product(tx, product_id, expected_version)
    return (await shown_images(tx, [product_id]))[product_id]


async def variant_images(reads: Reads, product_id: UUID) -> dict[UUID, str | None]:
    """Gives the picture of each of a product's variants, withdrawn ones too."""
    return {row["id"]: row["image_url"] for row in await reads.fetch(OF_VARIANTS, product_id=product_id)}


async def set_images(
    tx: Tx,
    product_id: UUID,
    images: Sequence[Image],
    of_variants: Mapping[UUID, str | None],
    *,
    at: datetime,
) -> int:
    """Makes a product, whose row is locked, show these pictures, and the variants named theirs; gives the product's new version."""
    before = await queries.product(tx, product_id)
    await tx.execute(SET_IMAGES, id=product_id, images=list(images))
    if of_variants:
        await tx.execute(SET_VARIANT_IMAGES, variant_id=list(of_variants), image_url=list(of_variants.values()))
    await touch(tx, [product_id], at)
    after = await product_changed(tx, product_id, "changed", before=before)
    return after.version
