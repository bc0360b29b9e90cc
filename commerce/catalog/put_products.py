"""Brings products and variants to the state that drafts describe: what files and feeds are imported with.

A product is known by its handle, a variant by its option values (or else by its SKU, when an option was renamed). What is already as
described is left untouched, so that the same drafts a second time change nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Text, any_, case, func, literal, literal_column, select, union
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from commerce.catalog.codes import barcode_key
from commerce.catalog.collection_tables import collection_products, collections
from commerce.catalog.events import ProductsPut
from commerce.catalog.facts import ProductDraft, PutBy, PutResult
from commerce.catalog.folding import slug_of
from commerce.catalog.kit_tables import kit_components
from commerce.catalog.put_beside import free_barcodes, named, put_beside
from commerce.catalog.put_differences import differences
from commerce.catalog.put_history import note_changed
from commerce.catalog.put_kits import known_kits, put_kits
from commerce.catalog.put_plan import Known, Plan
from commerce.catalog.put_rows import barcodes_of, in_order
from commerce.catalog.resident import catalogue_changed
from commerce.catalog.rows import ProductRow, VariantRow, insert_rows, update_rows
from commerce.catalog.tables import assortments, categories, product_categories, products, variant_barcodes, variants
from commerce.kernel.errors import Bug
from commerce.kernel.ids import new_id
from commerce.platform.connections import Unavailable
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given

# One import at a time writes a batch: two files with the same handles would else collide half way.
_TURN = 0x636174616C6F67
ROUNDS = 8
TAKE_TURN = Statement(select(func.pg_advisory_xact_lock(given("turn", BigInteger))))

_live_products = select(products.c.id).where(products.c.withdrawn_at.is_(None))
# Two looks into two indexes; one condition with OR would look at every product there is.
_named = union(
    _live_products.where(any_of(products.c.handle, "handles")), _live_products.where(any_of(products.c.slug, "slugs"))
).subquery("named")
_category_slugs: ColumnElement[Any] = func.array(
    select(categories.c.slug)
    .join_from(product_categories, categories, categories.c.id == product_categories.c.category_id)
    .where(product_categories.c.product_id == products.c.id, categories.c.withdrawn_at.is_(None))
    .order_by(categories.c.slug)
    .correlate(products)
    .scalar_subquery(),
    type_=ARRAY(Text),
)
_place_parts: list[ColumnElement[Any]] = []
for _name in ("channel_id", "location_id", "begins_at", "ends_at"):
    _place_parts += [literal_column(f"'{_name}'"), assortments.c[_name]]
_places = (
    select(
        func.jsonb_agg(
            func.jsonb_build_object(*_place_parts),
            type_=JSONB,
        )
    )
    .where(assortments.c.product_id == products.c.id)
    .correlate(products)
    .scalar_subquery()
)
_chosen: ColumnElement[Any] = func.array(
    select(collections.c.slug)
    .join_from(collection_products, collections, collections.c.id == collection_products.c.collection_id)
    .where(
        collection_products.c.product_id == products.c.id,
        collections.c.rule.is_(None),
        collections.c.withdrawn_at.is_(None),
    )
    .order_by(collections.c.slug)
    .correlate(products)
    .scalar_subquery(),
    type_=ARRAY(Text),
)
_no_places = literal_column("'[]'::jsonb", JSONB)
_beside = {
    "codes": literal(""),
    "described": _no_places,
    "option_words": literal_column("'{}'::text[]", ARRAY(Text)),
    "categories": _category_slugs,
    "collections": _chosen,
    "assortment": case((products.c.restricted, func.coalesce(_places, _no_places)), else_=_no_places),
}
FOUND_PRODUCTS = Statement(
    select(
        *(_beside[name].label(name) if name in _beside else products.c[name] for name in ProductRow.__struct_fields__)
    ).join_from(_named, products, products.c.id == _named.c.id),
    into=ProductRow,
)
# What stays as it is needs no lock; what changes is locked, in the one order, and told by its version to be as it was read.
LOCK_PRODUCTS = Statement(
    select(products.c.id, products.c.version)
    .where(any_of(products.c.id, "ids"), products.c.withdrawn_at.is_(None))
    .order_by(products.c.id)
    .with_for_update()
)
_live_variants = select(variants.c.id).where(variants.c.withdrawn_at.is_(None))
_some_barcode = select(variant_barcodes.c.variant_id).where(
    variant_barcodes.c.withdrawn_at.is_(None), any_of(variant_barcodes.c.barcode_key, "barcode_keys")
)
# Looks into an index each; one condition with OR would look at every variant there is.
_meant = union(
    _live_variants.where(any_of(variants.c.product_id, "product_ids")),
    _live_variants.where(func.upper(variants.c.sku, type_=Text) == any_(given("skus", ARRAY(Text)))),
    _live_variants.where(func.upper(variants.c.short_code, type_=Text) == any_(given("short_codes", ARRAY(Text)))),
    _some_barcode,
).subquery("meant")
_more_barcodes: ColumnElement[Any] = func.array(
    select(variant_barcodes.c.barcode)
    .where(variant_barcodes.c.variant_id == variants.c.id, variant_barcodes.c.position > literal_column("0"))
    .order_by(variant_barcodes.c.position)
    .correlate(variants)
    .scalar_subquery(),
    type_=ARRAY(Text),
).label("more_barcodes")
_part = variants.alias("part")
_parts = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                func.jsonb_build_array(_part.c.sku, kit_components.c.quantity), kit_components.c.position
            ),
            type_=JSONB,
        )
    )
    .join_from(kit_components, _part, _part.c.id == kit_components.c.variant_id)
    .where(kit_components.c.kit_variant_id == variants.c.id)
    .correlate(variants)
    .scalar_subquery()
)
_of_variant = {
    "more_barcodes": _more_barcodes,
    "parts": case((variants.c.kit, func.coalesce(_parts, _no_places)), else_=_no_places).label("parts"),
}
FOUND_VARIANTS = Statement(
    select(*(_of_variant[name] if name in _of_variant else variants.c[name] for name in VariantRow.__struct_fields__))
    .join_from(_meant, variants, variants.c.id == _meant.c.id)
    .order_by(variants.c.product_id, variants.c.position),
    into=VariantRow,
)


async def put_products(
    tx: Tx, drafts: Sequence[ProductDraft], *, at: datetime, tell: bool = False, by: PutBy | None = None
) -> PutResult:
    """Makes the catalogue as the drafts say, in some twenty statements at the most however many drafts there are; each handle once.

    Drafts and variants that cannot go in are left out and named in `trouble`; the others go in. Variants that a draft does not name stay.
    New products are published unless the draft says otherwise. With `tell`, the result says field by field what is another one now; with
    `by`, the history of each product that changes says who changed it.
    """
    handles = [draft.handle for draft in drafts]
    if len(set(handles)) < len(handles):
        raise Bug("the same handle was drafted twice in one batch")
    await tx.fetch(TAKE_TURN, turn=_TURN)
    plan, known = await _planned(tx, drafts, at)
    varied = plan.variant_changes()
    await free_barcodes(tx, varied)
    await update_rows(tx, plan.changed_products, plan.changed_variants, at)
    await insert_rows(tx, plan.new_products, plan.new_variants, at)
    await put_beside(tx, known.names, plan.product_changes(), varied)
    await put_kits(tx, known.kits.parts, [row.id for _, row in varied])
    if by is not None:
        await note_changed(tx, by, plan.product_changes(), varied)
    if touched := [row.id for row in (*plan.new_products, *plan.changed_products)]:
        tx.emit(ProductsPut(batch_id=new_id(), product_ids=list(touched)))
        await catalogue_changed(tx)
    return PutResult(
        created=len(plan.new_products),
        changed=len(plan.changed_products),
        unchanged=plan.unchanged,
        variants_created=len(plan.new_variants),
        variants_changed=len(plan.changed_variants),
        variant_ids=plan.variant_ids,
        trouble=plan.trouble,
        differences=differences(plan.product_changes(), varied) if tell else [],
    )


async def _planned(tx: Tx, drafts: Sequence[ProductDraft], at: datetime) -> tuple[Plan, Known]:
    """Compares the drafts with what is there, and locks what has to change. What somebody else changed meanwhile is compared once more:
    it is locked by then, so that each round leaves less to be found changed.
    """
    for _ in range(ROUNDS):
        known = await _known(tx, drafts, at)
        plan = Plan(known)
        for place, draft in enumerate(drafts):
            plan.consider(place, draft)
        wanted = {row.id: row.version for row in plan.changed_products}
        if not wanted:
            return plan, known
        locked = await tx.fetch(LOCK_PRODUCTS, ids=list(wanted))
        if wanted == {row["id"]: row["version"] for row in locked}:
            return plan, known
    raise Unavailable("Others keep changing these products; try again.", retry_after_seconds=1)


async def _known(tx: Tx, drafts: Sequence[ProductDraft], at: datetime) -> Known:
    found = await tx.fetch(
        FOUND_PRODUCTS,
        handles=[draft.handle for draft in drafts],
        slugs=[draft.slug or slug_of(draft.handle) for draft in drafts],
    )
    found = [
        msgspec.structs.replace(row, assortment=in_order(row.assortment)) if row.restricted else row for row in found
    ]
    wanted = [variant for draft in drafts for variant in draft.variants]
    there = await tx.fetch(
        FOUND_VARIANTS,
        product_ids=[product.id for product in found],
        skus=[variant.sku.upper() for variant in wanted if variant.sku],
        short_codes=[variant.short_code.upper() for variant in wanted if variant.short_code],
        barcode_keys=[barcode_key(code) for variant in wanted for code in barcodes_of(variant) or ()],
    )
    kits = await known_kits(tx, wanted, there)
    return Known(found, there, await named(tx, drafts, found, at=at), kits)
