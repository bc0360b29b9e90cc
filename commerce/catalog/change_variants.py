"""Add a variant to a product, change it, take it away."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, func, select, update

from commerce.catalog import queries
from commerce.catalog.change_product import HAS_VARIANTS, lock_product
from commerce.catalog.codes import barcode_key
from commerce.catalog.codes_taken import Wanted, require_free, require_options_free
from commerce.catalog.create_product import (
    new_variant,
    product_changed,
    require_barcode,
    require_content,
    require_values,
    wanted_codes,
)
from commerce.catalog.definitions import require_defined
from commerce.catalog.describe import OF_VARIANT, describe_variants, newly_said, require_barcodes, set_more_barcodes
from commerce.catalog.errors import NothingToSell
from commerce.catalog.facts import MOST_VARIANTS
from commerce.catalog.missing import lacking, require_complete
from commerce.catalog.rows import insert_rows, touch
from commerce.catalog.schemas import AdminVariantOut, VariantIn, VariantPatch
from commerce.catalog.tables import Status, variants
from commerce.kernel.errors import IllegalMove, NotFound, invalid
from commerce.kernel.ids import ProductId
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given

_row = variants.c
LAST_POSITION = Statement(
    select(func.coalesce(func.max(_row.position), 0)).where(_row.product_id == given("product_id", Uuid))
)
CHANGEABLE = (
    "option_values",
    "sku",
    "barcode",
    "weight_grams",
    "content_thousandths",
    "content_unit",
    "shippable",
    "stock",
    "image_url",
    "position",
    *OF_VARIANT,
)
SET = Statement(
    update(variants)
    .where(
        _row.id == given("id", Uuid),
        _row.version == given("expected_version", Integer),
        _row.withdrawn_at.is_(None),
    )
    .values(
        **{name: given(name, _row[name].type) for name in (*CHANGEABLE, "barcode_key")},
        version=_row.version + 1,
    )
)
WITHDRAW = Statement(
    update(variants)
    .where(
        _row.id == given("id", Uuid),
        _row.version == given("expected_version", Integer),
        _row.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=given("at", _row.withdrawn_at.type), version=_row.version + 1)
)


async def add_variant(tx: Tx, product_id: UUID, data: VariantIn, *, at: datetime) -> AdminVariantOut:
    """Add a variant after the others. Refuses with NotFound, with IllegalMove on a withdrawn product, and as `create_product` does."""
    row = await lock_product(tx, product_id)
    if row["withdrawn_at"] is not None:
        raise IllegalMove("The product is withdrawn; publish it first.", state="withdrawn", allowed=["published"])
    before = await queries.product(tx, product_id)
    if before.variant_count >= MOST_VARIANTS:
        raise invalid("/", f"A product has at most {MOST_VARIANTS} variants.")
    last: int = await tx.fetch_value(LAST_POSITION, product_id=product_id)
    new = new_variant(data, ProductId(product_id), last + 1, len(before.options), "")
    await require_defined(tx, before.product_type, values={}, of_variants={"": dict(data.attributes)}, custom={})
    wanted = wanted_codes("", new, data)
    await require_free(tx, [wanted])
    await require_options_free(tx, product_id, wanted)
    await insert_rows(tx, [], [new], at)
    await describe_variants(tx, {new.id: data})
    await touch(tx, [product_id], at)
    made = await queries.variant(tx, new.id)
    await product_changed(tx, product_id, "changed", before=before, variant=(None, made))
    return made


async def change_variant(
    tx: Tx, variant_id: UUID, expected_version: int, data: VariantPatch, *, at: datetime
) -> AdminVariantOut:
    """Change what the patch names. Refuses with NotFound, StaleVersion, and as `create_product` does."""
    there = await _locked(tx, variant_id)
    before = await queries.product(tx, there.product_id)
    values: dict[str, Any] = {name: getattr(there, name) for name in CHANGEABLE}
    values |= {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    require_values("/option_values", values["option_values"], len(before.options))
    require_barcode("/barcode", values["barcode"])
    require_content("", values["content_thousandths"], values["content_unit"])
    lacked: list[str] = []
    if data.attributes is not msgspec.UNSET:
        lacked = await lacking(tx, there.product_id)
        new = newly_said(data.attributes, there.attributes)
        await require_defined(tx, before.product_type, values={}, of_variants={"": new}, custom={})
    more = values.pop("more_barcodes", None)
    wanted = Wanted(
        pointer="",
        variant_id=variant_id,
        more_barcodes=there.more_barcodes if more is None else more,
        **{name: values[name] for name in ("option_values", "sku", "barcode", "short_code")},
    )
    await require_free(tx, [wanted])
    await require_options_free(tx, there.product_id, wanted)
    if more is not None:
        require_barcodes("/more_barcodes", more)
        await set_more_barcodes(tx, {variant_id: []})  # so that one of them may be its first from now on
    key = barcode_key(values["barcode"]) if values["barcode"] else None
    if not await tx.execute(SET, id=variant_id, expected_version=expected_version, barcode_key=key, **values):
        raise StaleVersion
    if more is not None:
        await set_more_barcodes(tx, {variant_id: more}, fresh=True)
    if data.attributes is not msgspec.UNSET and before.status is Status.PUBLISHED:
        await require_complete(tx, there.product_id, but=lacked)
    await touch(tx, [there.product_id], at)
    after = await queries.variant(tx, variant_id)
    await product_changed(tx, there.product_id, "changed", before=before, variant=(there, after))
    return after


async def withdraw_variant(tx: Tx, variant_id: UUID, expected_version: int, *, at: datetime) -> None:
    """Take a variant away; its SKU, barcode and option values are free again.

    Refuses with NotFound, StaleVersion, and with NothingToSell the last one of a product on show, which would be shown with nothing to buy.
    """
    there = await _locked(tx, variant_id)
    before = await queries.product(tx, there.product_id)
    if not await tx.execute(WITHDRAW, id=variant_id, expected_version=expected_version, at=at):
        raise StaleVersion
    if before.status is Status.PUBLISHED and not await tx.fetch_value(HAS_VARIANTS, id=there.product_id):
        raise NothingToSell(
            "It is the last variant of a product on show: add another one first, or withdraw the product."
        )
    await touch(tx, [there.product_id], at)
    await product_changed(tx, there.product_id, "changed", before=before, variant=(there, None))


async def _locked(tx: Tx, variant_id: UUID) -> AdminVariantOut:
    """Locks the product first, as every writer does; a withdrawn variant is not found."""
    there = await queries.variant(tx, variant_id)
    await lock_product(tx, there.product_id)
    there = await queries.variant(tx, variant_id)
    if there.withdrawn_at is not None:
        raise NotFound("There is no such variant.")
    return there
