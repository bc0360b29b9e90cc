"""Brings products and variants to the state that drafts describe: what files and feeds are imported with.

A product is known by its handle, a variant by its option values (or else by its SKU, when an option was renamed). What is already as
described is left untouched, so that the same drafts a second time change nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Text, any_, func, literal, or_, select, union
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.codes import barcode_key
from commerce.catalog.events import ProductsPut
from commerce.catalog.facts import ProductDraft, PutResult
from commerce.catalog.folding import slug_of
from commerce.catalog.put_plan import Known, Plan
from commerce.catalog.resident import catalogue_changed
from commerce.catalog.rows import ProductRow, VariantRow, insert_rows, update_rows
from commerce.catalog.tables import products, variants
from commerce.kernel.errors import Bug
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given

# One import at a time writes a batch: two files with the same handles would else collide half way.
_TURN = 0x636174616C6F67
TAKE_TURN = Statement(select(func.pg_advisory_xact_lock(given("turn", BigInteger))))

_live = products.c.withdrawn_at.is_(None)
FOUND_PRODUCTS = Statement(
    select(
        products.c.id,
        products.c.slug,
        products.c.handle,
        products.c.title,
        products.c.description,
        products.c.vendor,
        products.c.product_type,
        products.c.tags,
        products.c.status,
        products.c.tax_category,
        products.c.options,
        products.c.images,
        literal("").label("codes"),
    )
    .where(_live, or_(any_of(products.c.handle, "handles"), any_of(products.c.slug, "slugs")))
    .order_by(products.c.id)
    .with_for_update(),
    into=ProductRow,
)
_live_variants = select(variants.c.id).where(variants.c.withdrawn_at.is_(None))
# Three looks into three indexes; one condition with OR would look at every variant there is.
_meant = union(
    _live_variants.where(any_of(variants.c.product_id, "product_ids")),
    _live_variants.where(func.upper(variants.c.sku, type_=Text) == any_(given("skus", ARRAY(Text)))),
    _live_variants.where(any_of(variants.c.barcode_key, "barcode_keys")),
).subquery("meant")
FOUND_VARIANTS = Statement(
    select(*(variants.c[name] for name in VariantRow.__struct_fields__))
    .join_from(_meant, variants, variants.c.id == _meant.c.id)
    .order_by(variants.c.product_id, variants.c.position),
    into=VariantRow,
)


async def put_products(tx: Tx, drafts: Sequence[ProductDraft], *, at: datetime) -> PutResult:
    """Makes the catalogue as the drafts say, in at most eight statements however many drafts there are; each handle once.

    Drafts and variants that cannot go in are left out and named in `trouble`; the others go in. Variants that a draft does not name stay.
    New products are published unless the draft says otherwise.
    """
    handles = [draft.handle for draft in drafts]
    if len(set(handles)) < len(handles):
        raise Bug("the same handle was drafted twice in one batch")
    await tx.fetch(TAKE_TURN, turn=_TURN)
    plan = Plan(await _known(tx, drafts))
    for place, draft in enumerate(drafts):
        plan.consider(place, draft)
    await update_rows(tx, plan.changed_products, plan.changed_variants, at)
    await insert_rows(tx, plan.new_products, plan.new_variants, at)
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
    )


async def _known(tx: Tx, drafts: Sequence[ProductDraft]) -> Known:
    found = await tx.fetch(
        FOUND_PRODUCTS, handles=[draft.handle for draft in drafts], slugs=[slug_of(draft.handle) for draft in drafts]
    )
    wanted = [variant for draft in drafts for variant in draft.variants]
    return Known(
        found,
        await tx.fetch(
            FOUND_VARIANTS,
            product_ids=[product.id for product in found],
            skus=[variant.sku.upper() for variant in wanted if variant.sku],
            barcode_keys=[barcode_key(variant.barcode) for variant in wanted if variant.barcode],
        ),
    )
