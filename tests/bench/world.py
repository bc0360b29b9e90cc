"""The shop that is measured: a made-up, always identical catalogue with prices and stock, built by the product's own verbs."""

from dataclasses import dataclass
from uuid import UUID

from commerce import catalog, inventory, pricing
from commerce.catalog import ProductDraft, Status, VariantDraft
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from tests.given import pricing as given_pricing, stores as given_stores

BATCH = 500
ADJECTIVES = "clay linen oak steel glass wool copper cork marble bamboo velvet slate cotton walnut brass paper".split()
NOUNS = "pot lamp chair towel bowl vase basket clock mirror cushion tray candle shelf blanket jug stool".split()
PLENTY = 1_000_000


@dataclass
class World:
    """What the rows need to know of the shop."""

    products: int
    variant_ids: list[VariantId]
    product_ids: list[UUID]
    slugs: list[str]
    barcodes: list[str]
    stores: list[LocationId]
    warehouse: LocationId


async def build(db: Database, products: int) -> World:
    """Makes the shop: so many products of three variants, in five stores and a warehouse with plenty of everything."""
    await given_stores.channel(db)
    stores = [
        await given_stores.location(db, f"store-{nth}", hours=given_stores.round_the_clock(), latitude=41.40 + nth / 100)
        for nth in range(5)
    ]
    warehouse = await given_stores.warehouse(db)
    await given_pricing.taxes(db)
    await given_pricing.methods(db)
    ids: list[VariantId] = []
    for start in range(0, products, BATCH):
        drafts = [_product(nth) for nth in range(start, min(start + BATCH, products))]
        put = await db.transact(catalog.put_products, drafts, at=clock.now())
        made = [put.variant_ids[nth, option] for nth in range(len(drafts)) for option in range(3)]
        ids += made
        entries = [(variant, 500 + 7 * nth % 9_000, None) for nth, variant in enumerate(made)]
        await given_pricing.prices(db, {variant: amount for variant, amount, _ in entries})
        for place in (*stores, warehouse):
            cause = inventory.Cause("goods_receipt", None, "service:bench")
            await db.transact(inventory.receive, [(variant, place, PLENTY) for variant in made], cause, f"bench:{new_id()}")
    rows = await db.reading.fetch(_PRODUCTS)
    return World(
        products=products,
        variant_ids=ids,
        product_ids=[row["id"] for row in rows],
        slugs=[row["slug"] for row in rows],
        barcodes=[f"A-{nth}-0" for nth in range(products)],
        stores=stores,
        warehouse=warehouse,
    )


def _product(nth: int) -> ProductDraft:
    title = f"{ADJECTIVES[nth % 16].title()} {NOUNS[nth // 16 % 16]} {nth}"
    return ProductDraft(
        handle=f"product-{nth}",
        title=Text3(en=title, es=f"{title} es", ca=f"{title} ca"),
        description=Text3(en=f"A {title.lower()} for every day, made to last. Care: wipe with a damp cloth."),
        vendor=f"Maker {nth % 40}",
        product_type=NOUNS[nth // 16 % 16],
        status=Status.PUBLISHED,
        options=(Text3(en="Size"),),
        variants=tuple(
            VariantDraft(option_values=(size,), sku=f"A-{nth}-{option}", weight_grams=500)
            for option, size in enumerate(("Small", "Medium", "Large"))
        ),
    )
