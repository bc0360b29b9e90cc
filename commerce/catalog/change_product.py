"""Change a product; show it; take it away."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import Uuid, exists, select, update

from commerce.catalog import queries
from commerce.catalog.clean_html import clean_texts
from commerce.catalog.codes_taken import Wanted, require_free
from commerce.catalog.create_product import product_changed, require_options, require_text, set_categories
from commerce.catalog.describe import (
    DESCRIBED,
    attributes_of_variants,
    redirect,
    require_described,
    set_assortment,
)
from commerce.catalog.errors import NothingToSell
from commerce.catalog.missing import lacking, require_complete
from commerce.catalog.option_words import require_value_texts
from commerce.catalog.rows import touch
from commerce.catalog.schemas import AdminProductOut, ProductPatch
from commerce.catalog.tables import Status, products, variants
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.states import Machine
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given

PRODUCT: Machine[Status] = Machine(
    "product",
    start={Status.DRAFT, Status.PUBLISHED},
    moves={
        Status.DRAFT: {Status.PUBLISHED, Status.WITHDRAWN},
        Status.PUBLISHED: {Status.WITHDRAWN},
        Status.WITHDRAWN: {Status.PUBLISHED},
    },
)

_row = products.c
LOCK = Statement(
    select(_row.status, _row.version, _row.withdrawn_at).where(_row.id == given("id", Uuid)).with_for_update()
)
CHANGEABLE = (
    "title",
    "slug",
    "description",
    "vendor",
    "product_type",
    "tags",
    "tax_category",
    "options",
    "option_value_texts",
    "images",
    *DESCRIBED,
)
SET = Statement(
    update(products)
    .where(_row.id == given("id", Uuid))
    .values(**{name: given(name, _row[name].type) for name in CHANGEABLE})
)
_at = given("at", _row.withdrawn_at.type)
SHOW = Statement(
    update(products).where(_row.id == given("id", Uuid)).values(status=Status.PUBLISHED.value, withdrawn_at=None)
)
HIDE = Statement(
    update(products).where(_row.id == given("id", Uuid)).values(status=Status.WITHDRAWN.value, withdrawn_at=_at)
)
_of_product = variants.c.product_id == given("id", Uuid)
HAS_VARIANTS = Statement(select(exists().where(_of_product, variants.c.withdrawn_at.is_(None))))
SHOW_VARIANTS = Statement(
    update(variants)
    .where(_of_product, variants.c.withdrawn_at == _at)
    .values(withdrawn_at=None, version=variants.c.version + 1)
)
HIDE_VARIANTS = Statement(
    update(variants)
    .where(_of_product, variants.c.withdrawn_at.is_(None))
    .values(withdrawn_at=_at, version=variants.c.version + 1)
)


async def lock_product(tx: Tx, product_id: UUID, expected_version: int | None = None) -> Record:
    """Locks a product's row; refuses with NotFound, and with StaleVersion when another version was expected."""
    row = await tx.fetch_one(LOCK, id=product_id)
    if row is None:
        raise NotFound("There is no such product.")
    if expected_version is not None and row["version"] != expected_version:
        raise StaleVersion
    return row


async def change_product(
    tx: Tx, product_id: UUID, expected_version: int, data: ProductPatch, *, at: datetime
) -> AdminProductOut:
    """Change what the patch names; a slug that is given up leads to the new one. Refuses with NotFound, StaleVersion, SlugTaken, a title in
    no language, and what `require_described` refuses of what is new: attributes have to be such as the type has them, also where only the type
    changes, and what is on show keeps what its type asks.
    """
    await lock_product(tx, product_id, expected_version)
    before = await queries.product(tx, product_id)
    if data.title is not msgspec.UNSET:
        require_text("/title", data.title)
    if data.options is not msgspec.UNSET and len(data.options) != len(before.options):
        raise invalid(
            "/options", f"The variants have {len(before.options)} option values each; that many options stay."
        )
    if data.options is not msgspec.UNSET:
        require_options(data.options)
    values: dict[str, Any] = {name: getattr(before, name) for name in CHANGEABLE}
    values |= {name: value for name in CHANGEABLE if (value := getattr(data, name)) is not msgspec.UNSET}
    values["description"] = clean_texts(values["description"])
    values["tags"] = list(dict.fromkeys(values["tags"]))
    values["option_value_texts"] = require_value_texts(values["option_value_texts"], len(before.options))
    described = any(getattr(data, name) is not msgspec.UNSET for name in ("product_type", *DESCRIBED))
    lacked: list[str] = []
    if described and values["product_type"] == before.product_type:
        lacked = await lacking(tx, product_id)
        await require_described(tx, before.product_type, values, {}, has=msgspec.structs.asdict(before))
    elif described:
        of_variants = await attributes_of_variants(tx, product_id)
        has = {name: getattr(before, name) for name in ("custom", "maker_id", "responsible_id")}
        await require_described(tx, values["product_type"], values, of_variants, has=has)
    await tx.execute(SET, id=product_id, **values)
    if values["slug"] != before.slug:
        await redirect(tx, before.slug, product_id=product_id, at=at)
    if data.assortment is not msgspec.UNSET:
        await set_assortment(tx, product_id, data.assortment)
    if data.category_ids is not msgspec.UNSET:
        await set_categories(tx, product_id, data.category_ids)
    if described and before.status is Status.PUBLISHED:
        await require_complete(tx, product_id, but=lacked)
    await touch(tx, [product_id], at)
    return await product_changed(tx, product_id, "changed", before=before)


async def publish_product(tx: Tx, product_id: UUID, *, at: datetime) -> AdminProductOut:
    """Put a draft on show, or bring a withdrawn product back with the variants that went with it.

    Refuses with IllegalMove when it is on show already, with NothingToSell when it has no variant, with InvalidInput when it lacks an attribute
    that its type asks or comes back with values or parties that there are no more, and with SlugTaken, SkuTaken and the like when another one has taken its place meanwhile.
    """
    row = await lock_product(tx, product_id)
    PRODUCT.check(Status(row["status"]), Status.PUBLISHED)
    before = await queries.product(tx, product_id)
    await tx.execute(SHOW, id=product_id)
    if row["withdrawn_at"] is not None:
        await require_free(tx, _coming_back(before))
        await tx.execute(SHOW_VARIANTS, id=product_id, at=row["withdrawn_at"])
        # What it is described by may have gone while it was away.
        of_variants = await attributes_of_variants(tx, product_id)
        await require_described(tx, before.product_type, msgspec.structs.asdict(before), of_variants)
    await touch(tx, [product_id], at)
    if not await tx.fetch_value(HAS_VARIANTS, id=product_id):
        raise NothingToSell("Add a variant first.")
    await require_complete(tx, product_id)
    return await product_changed(tx, product_id, "published", before=before)


def _coming_back(before: AdminProductOut) -> list[Wanted]:
    """Gives what the variants that were withdrawn with their product were known by, up to as many as are read with it."""
    names = ("option_values", "sku", "barcode", "more_barcodes", "short_code")
    return [
        Wanted(pointer=f"/variants/{nth}", variant_id=each.id, **{name: getattr(each, name) for name in names})
        for nth, each in enumerate(before.variants)
        if each.withdrawn_at == before.withdrawn_at
    ]


async def withdraw_product(
    tx: Tx, product_id: UUID, *, at: datetime, expected_version: int | None = None
) -> AdminProductOut:
    """Take a product away with its variants; its slug, handle, SKUs and barcodes are free again, and orders keep what they say.

    Refuses with NotFound, with IllegalMove when it is withdrawn already, and with StaleVersion.
    """
    row = await lock_product(tx, product_id, expected_version)
    PRODUCT.check(Status(row["status"]), Status.WITHDRAWN)
    before = await queries.product(tx, product_id)
    await tx.execute(HIDE, id=product_id, at=at)
    await tx.execute(HIDE_VARIANTS, id=product_id, at=at)
    await touch(tx, [product_id], at)
    return await product_changed(tx, product_id, "withdrawn", before=before)
