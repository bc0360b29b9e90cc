"""A category's figure is what choosing it finds: what stands in it or anywhere below, each product once."""

from commerce.catalog import ProductDraft, VariantDraft, put_products
from commerce.catalog.manage_categories import create_category
from commerce.catalog.schemas import CategoryIn
from commerce.kernel import clock as kernel_clock
from commerce.kernel.wire import Page, Text3
from commerce.platform.database import Database
from commerce.storefront import lists
from commerce.storefront.schemas import CategoryOut, SearchOut
from commerce.storefront.search_filters import Filters
from tests.given import stores
from tests.storefront.reading import as_described, found, shop_of

# Home, with the kitchen below it, with cups below that; the garden beside home, with pots below it; a bin with nothing in it.
PRODUCTS = {
    "Mug of all": ("cups", "kitchen", "home", "pots"),
    "Mug of cups": ("cups",),
    "Mug of the kitchen": ("kitchen",),
    "Mug of both": ("cups", "kitchen"),
    "Mug of pots": ("pots",),
    "Mug": (),
    "Spade": ("garden",),
}
FOUND = {"home": 4, "kitchen": 4, "cups": 3, "garden": 3, "pots": 2}


async def _shop(db: Database) -> None:
    await stores.channel(db)
    at = kernel_clock.now()
    home = await db.transact(create_category, CategoryIn(name=Text3(en="Home")), at=at)
    kitchen = await db.transact(create_category, CategoryIn(name=Text3(en="Kitchen"), parent_id=home.id), at=at)
    await db.transact(create_category, CategoryIn(name=Text3(en="Cups"), parent_id=kitchen.id), at=at)
    garden = await db.transact(create_category, CategoryIn(name=Text3(en="Garden")), at=at)
    await db.transact(create_category, CategoryIn(name=Text3(en="Pots"), parent_id=garden.id), at=at)
    await db.transact(create_category, CategoryIn(name=Text3(en="Bin")), at=at)
    for title, inside in PRODUCTS.items():
        draft = ProductDraft(
            handle=title.replace(" ", "-").lower(),
            title=Text3(en=title),
            vendor="Casa" if "of" in title else "",
            categories=inside,
            variants=(VariantDraft(),),
        )
        assert not (await db.transact(put_products, [draft], at=at)).trouble


def _counts(answer: SearchOut) -> dict[str, int]:
    return {each.slug: each.count for each in answer.facets.categories or ()}


async def test_the_tree_counts_what_choosing_each_category_finds(db: Database) -> None:
    await _shop(db)
    body = await lists.category_tree(db.reading, await shop_of(db))
    told = {each.slug: each.product_count for each in as_described(body, Page[CategoryOut]).items}
    assert told == {**FOUND, "bin": 0}
    for slug, count in told.items():
        assert (await found(db, None, filters=Filters(categories=[slug]))).total == count, slug


async def test_a_search_counts_what_choosing_each_category_leaves(db: Database) -> None:
    await _shop(db)
    for text, filters in (("mug", Filters()), ("mug", Filters(vendors=["Casa"])), (None, Filters(vendors=["Casa"]))):
        told = _counts(await found(db, text, filters=filters))
        assert told == {**FOUND, "garden": 2}, "the spade is no mug, nor of the brand"
        for slug, count in told.items():
            chosen = Filters(categories=[slug], vendors=filters.vendors)
            assert (await found(db, text, filters=chosen)).total == count, (text, slug)
    assert _counts(await found(db, None)) == FOUND, "everything"
    mugs = {**FOUND, "garden": 2}
    assert _counts(await found(db, "mug", filters=Filters(categories=["cups"]))) == mugs, "another one can be chosen"


async def test_a_category_counts_itself_and_what_is_below_it(db: Database) -> None:
    await _shop(db)
    assert _counts(await found(db, None, filters=Filters(categories=["home"]))) == {"home": 4, "kitchen": 4, "cups": 3}
    assert _counts(await found(db, None, filters=Filters(categories=["kitchen"]))) == {"kitchen": 4, "cups": 3}, (
        "not the garden, of which but one stands in the kitchen, too, and choosing it finds three"
    )
    assert _counts(await found(db, None, filters=Filters(categories=["cups", "pots"]))) == {"cups": 3, "pots": 2}


async def test_where_no_category_is_below_another_each_counts_what_stands_in_it(db: Database) -> None:
    await stores.channel(db)
    at = kernel_clock.now()
    for name in ("Cups", "Bin"):
        await db.transact(create_category, CategoryIn(name=Text3(en=name)), at=at)
    for nth, inside in enumerate((("cups", "bin"), ("cups",))):
        draft = ProductDraft(handle=f"mug-{nth}", title=Text3(en="Mug"), categories=inside, variants=(VariantDraft(),))
        assert not (await db.transact(put_products, [draft], at=at)).trouble
    for text in ("mug", None):
        assert _counts(await found(db, text)) == {"cups": 2, "bin": 1}
    assert _counts(await found(db, None, filters=Filters(categories=["cups"]))) == {"cups": 2}
