"""The shop that is measured: a made-up, always identical catalogue with prices and stock, built by the product's own verbs."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from commerce import catalog, inventory
from commerce.catalog import ProductDraft, Status, VariantDraft
from commerce.catalog.tables import products as product_rows
from commerce.kernel import clock
from commerce.kernel.ids import ChannelId, LocationId, VariantId, new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from tests.given import pricing as given_pricing, stores as given_stores

BATCH = 500
STORES = 4
OPTIONS = ("Small", "Medium", "Large")
ADJECTIVES = "clay linen oak steel glass wool copper cork marble bamboo velvet slate cotton walnut brass paper".split()
NOUNS = "pot lamp chair towel bowl vase basket clock mirror cushion tray candle shelf blanket jug stool".split()
PLENTY = 100_000_000
NEWEST_FIRST = Statement(select(product_rows.c.id, product_rows.c.slug).order_by(product_rows.c.id.desc()))


@dataclass(frozen=True, kw_only=True)
class World:
    """What the rows need to know of the shop. `variant_ids` are in the order of the drafts, three for each product."""

    channel: ChannelId
    stores: list[LocationId]
    warehouse: LocationId
    variant_ids: list[VariantId]
    product_ids: list[UUID]
    slugs: list[str]
    barcodes: list[str]

    @property
    def sizes(self) -> dict[str, int]:
        """How much there is."""
        return {"products": len(self.slugs), "variants": len(self.variant_ids), "locations": len(self.stores) + 1}


async def build(db: Database, products: int) -> World:
    """Makes the shop: so many products of three variants, in four stores and a warehouse with plenty of everything."""
    channel = await given_stores.channel(db)
    stores = [
        await given_stores.location(
            db, f"store-{nth}", hours=given_stores.round_the_clock(), latitude=41.40 + nth / 100, longitude=2.15
        )
        for nth in range(STORES)
    ]
    warehouse = await given_stores.warehouse(db)
    await given_pricing.taxes(db)
    await given_pricing.delivery_method(db, kind="pickup", code="pickup", amount=0, min_days=0, max_days=0)
    made: list[VariantId] = []
    for start in range(0, products, BATCH):
        drafts = [_product(nth) for nth in range(start, min(start + BATCH, products))]
        put = await db.transact(catalog.put_products, drafts, at=clock.now())
        assert not put.trouble, put.trouble
        made += [put.variant_ids[nth, option] for nth in range(len(drafts)) for option in range(len(OPTIONS))]
    await given_pricing.prices(db, {variant: 500 + 7 * nth % 9_000 for nth, variant in enumerate(made)})
    cause = inventory.Cause("goods_receipt", None, "service:bench")
    for place in (*stores, warehouse):
        for start in range(0, len(made), BATCH):
            entries = [(variant, place, PLENTY) for variant in made[start : start + BATCH]]
            await db.transact(inventory.receive, entries, cause, f"bench:{new_id()}")
    rows = await db.reading.fetch(NEWEST_FIRST)
    return World(
        channel=channel,
        stores=stores,
        warehouse=warehouse,
        variant_ids=made,
        product_ids=[row["id"] for row in rows],
        slugs=[row["slug"] for row in rows],
        barcodes=[barcode(nth, option) for nth in range(products) for option in range(len(OPTIONS))],
    )


def barcode(nth: int, option: int) -> str:
    """Gives a GTIN of thirteen digits from the range that is kept for use within a company (GS1 General Specifications, section 2.1.11)."""
    digits = f"2{nth:08}{option:03}"
    return digits + str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10)


def title(nth: int) -> str:
    """Gives the English name of the product of this number."""
    return f"{ADJECTIVES[nth % 16].title()} {NOUNS[nth // 16 % 16]} {nth}"


def _product(nth: int) -> ProductDraft:
    name = title(nth)
    return ProductDraft(
        handle=f"product-{nth}",
        title=Text3(en=name, es=f"{name} es", ca=f"{name} ca"),
        description=Text3(en=f"A {name.lower()} for every day, made to last. Care: wipe with a damp cloth."),
        vendor=f"Maker {nth % 40}",
        product_type=NOUNS[nth // 16 % 16],
        status=Status.PUBLISHED,
        options=(Text3(en="Size"),),
        variants=tuple(
            VariantDraft(option_values=(size,), sku=f"A-{nth}-{option}", barcode=barcode(nth, option), weight_grams=500)
            for option, size in enumerate(OPTIONS)
        ),
    )
