"""Products and variants for tests, made by the catalogue's own verbs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from commerce import catalog
from commerce.catalog import ProductDraft, Status, VariantDraft, queries
from commerce.catalog.change_product import withdraw_product
from commerce.kernel import clock
from commerce.kernel.ids import VariantId, readable_code
from commerce.kernel.wire import Text3
from commerce.platform.database import Database


async def product(
    db: Database,
    title: str | Text3 = "Clay pot",
    *,
    variants: Sequence[VariantDraft] = (VariantDraft(),),
    options: Sequence[str] = (),
    handle: str | None = None,
    vendor: str = "",
    product_type: str = "",
    description: str | Text3 = "",
    tags: Sequence[str] = (),
    status: Status = Status.PUBLISHED,
    tax_category: str = "standard",
) -> list[VariantId]:
    """A product on show, with one variant unless more are given; gives the ids of its variants in order."""
    draft = ProductDraft(
        handle=handle or f"product-{readable_code(8).lower()}",
        title=Text3(en=title) if isinstance(title, str) else title,
        description=Text3(en=description) if isinstance(description, str) else description,
        vendor=vendor,
        product_type=product_type,
        tags=tuple(tags),
        status=status,
        tax_category=tax_category,
        options=tuple(Text3(en=name) for name in options),
        variants=tuple(variants),
    )
    result = await db.transact(catalog.put_products, [draft], at=clock.now())
    assert not result.trouble, result.trouble
    return [result.variant_ids[0, nth] for nth in range(len(variants))]


async def variant(db: Database, title: str | Text3 = "Clay pot", **how: object) -> VariantId:
    """A product on show with a single variant; `sku`, `barcode`, `weight_grams`, `shippable` say how it is."""
    (only,) = await product(db, title, variants=[msgspec.convert(how, VariantDraft)])
    return only


async def variants(db: Database, count: int) -> list[VariantId]:
    """So many products with a single variant each, in one batch."""
    drafts = [
        ProductDraft(
            handle=f"product-{nth}",
            title=Text3(en=f"Article {nth}"),
            options=(),
            variants=(VariantDraft(sku=f"A-{nth}"),),
        )
        for nth in range(count)
    ]
    result = await db.transact(catalog.put_products, drafts, at=clock.now())
    assert not result.trouble, result.trouble
    return [result.variant_ids[nth, 0] for nth in range(count)]


async def withdrawn(db: Database, variant_id: UUID, *, at: datetime) -> None:
    """Takes an article away with its product."""
    there = await queries.variant(db.reading, variant_id)
    await db.transact(withdraw_product, there.product_id, at=at)
