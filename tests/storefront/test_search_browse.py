"""Without a text a search goes through everything on show: a category with its facets, a brand, the whole shop; and says where it stopped looking."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from asyncpg import Record
from sqlalchemy import Integer, Uuid, literal_column, select

from commerce.catalog import ProductDraft, VariantDraft, put_products
from commerce.catalog.change_product import change_product
from commerce.catalog.definition_schemas import AttributeIn, ProductTypeIn
from commerce.catalog.manage_categories import change_category, create_category
from commerce.catalog.manage_definitions import create_attribute, create_product_type
from commerce.catalog.schemas import CategoryIn, CategoryPatch, ProductPatch
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given
from commerce.storefront import search, search_browse
from commerce.storefront.jobs import count_popularity
from commerce.storefront.search_filters import Filters, SearchSort
from commerce.storefront.sources import variants
from tests.given import orders, stores
from tests.served import Api, Served
from tests.storefront.reading import found, shop_of, titles

BRANDS = ("Casa", "L'Atelier & Co")


async def _shop(db: Database, products: int = 6) -> None:
    """So many mugs of two brands and two colours in turn, all below the kitchen, every third one in the bin beside it, too."""
    await stores.channel(db)
    at = kernel_clock.now()
    colour = AttributeIn(code="colour", name=Text3(en="Colour"), kind="text", filterable=True)
    await db.transact(create_attribute, colour, at=at)
    kind = ProductTypeIn(code="mug", name=Text3(en="Mug"), attributes=["colour"])
    await db.transact(create_product_type, kind, at=at)
    kitchen = await db.transact(create_category, CategoryIn(name=Text3(en="Kitchen")), at=at)
    await db.transact(create_category, CategoryIn(name=Text3(en="Cups"), parent_id=kitchen.id), at=at)
    await db.transact(create_category, CategoryIn(name=Text3(en="Bin")), at=at)
    drafts = [
        ProductDraft(
            handle=f"mug-{nth}",
            title=Text3(en=f"Mug {nth}"),
            vendor=BRANDS[nth % 2],
            product_type="mug",
            attributes={"colour": ("o'red", "blue")[nth // 2 % 2]},
            categories=("cups", "bin") if nth % 3 == 0 else ("cups",),
            variants=(VariantDraft(sku=f"M-{nth}"),),
        )
        for nth in range(products)
    ]
    for draft in drafts:  # one after the other: so they are older and newer
        assert not (await db.transact(put_products, [draft], at=at)).trouble


@pytest.fixture
def _three_at_most(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At most three products are looked at, so that a handful is more than that."""
    monkeypatch.setattr(search_browse, "_MOST", literal_column("3", Integer))
    search._search.cache_clear()
    yield
    search._search.cache_clear()


async def test_a_category_has_filters_counts_and_orders_as_a_search_has(db: Database) -> None:
    await _shop(db)
    await stores.location(db)
    answer = await found(db, None, filters=Filters(categories=["kitchen"]))
    assert [card.title for card in answer.items] == [f"Mug {nth}" for nth in (5, 4, 3, 2, 1, 0)], "the newest first"
    assert (answer.query, answer.searched_for, answer.instead_of) == ("", "", None)
    assert (answer.total, answer.total_is_exact) == (6, True)
    assert {each.slug: each.count for each in answer.facets.categories or ()} == {"kitchen": 6, "cups": 6}
    assert {each.value: each.count for each in answer.facets.vendors or ()} == {"Casa": 3, "L'Atelier & Co": 3}
    colours = (answer.facets.attributes or [])[0]
    assert {each.value: each.count for each in colours.values} == {"o'red": 4, "blue": 2}
    red = await search.wanted(db.reading, ["colour:o'red"])
    some = await found(db, None, filters=Filters(categories=["bin"], vendors=["Casa"], attributes=red))
    assert [card.title for card in some.items] == ["Mug 0"]
    assert {each.value: each.count for each in some.facets.vendors or ()} == {"Casa": 1}
    assert await titles(db, None, filters=Filters(categories=["bin"])) == ["Mug 3", "Mug 0"]
    assert await titles(db, None, filters=Filters(categories=["nowhere"])) == []
    assert await titles(db, None, filters=Filters(in_stock=True)) == []


async def test_everything_on_show_is_gone_through_and_nothing_else(db: Database, clock: HeldClock) -> None:
    await _shop(db)
    product = (await found(db, None, limit=1)).items[0].id
    await db.transact(change_product, product, 1, ProductPatch(on_show_from=clock.at + timedelta(hours=1)), at=clock.at)
    assert (await found(db, None)).total == 5
    clock.move(hours=1)
    assert (await found(db, None)).total == 6


async def test_a_category_is_found_by_the_slug_that_it_had_before(db: Database) -> None:
    await _shop(db)
    kitchen = next(each for each in (await found(db, None)).facets.categories or () if each.slug == "bin")
    await db.transact(change_category, kitchen.id, 1, CategoryPatch(slug="box"), at=kernel_clock.now())
    for slug in ("box", "bin", str(kitchen.id)):
        for text in (None, "mug"):
            assert len(await titles(db, text, filters=Filters(categories=[slug]))) == 2, (slug, text)


async def test_relevance_without_a_text_is_the_newest_first_and_so_is_its_cursor(db: Database) -> None:
    await _shop(db)
    first = await found(db, None, limit=4)
    for sort in (SearchSort.RELEVANCE, SearchSort.NEWEST):
        assert [card.title for card in (await found(db, None, sort=sort, cursor=first.next_cursor)).items] == [
            "Mug 1",
            "Mug 0",
        ]
    for sort, text in ((SearchSort.PRICE, None), (SearchSort.RELEVANCE, "mug")):
        with pytest.raises(InvalidInput):
            await found(db, text, sort=sort, cursor=first.next_cursor)


async def test_browsing_is_one_statement(db: Database) -> None:
    await _shop(db)
    shop, filters = await shop_of(db), Filters(categories=["kitchen"], vendors=["Casa"])
    await search.search(db.reading, shop, text=None, filters=filters, limit=24, after=None)
    before = db.statements
    await search.search(db.reading, shop, text=None, filters=filters, limit=24, after=None)
    assert db.statements == before + 1


@pytest.mark.usefixtures("_three_at_most")
async def test_what_is_older_than_what_is_looked_at_is_found_by_brand_and_attributes(db: Database) -> None:
    await _shop(db, 8)
    everything = await found(db, None)
    assert (everything.total, everything.total_is_exact) == (3, False), "there are at least three"
    for sort in SearchSort:
        exact = sort not in {SearchSort.PRICE, SearchSort.PRICE_DOWN}
        assert (await found(db, None, sort=sort)).order_is_exact is exact, "an older one may cost less"
    assert (await found(db, None, sort=SearchSort.PRICE, filters=Filters(vendors=["Casa"]))).order_is_exact is False
    assert [card.title for card in everything.items] == ["Mug 7", "Mug 6", "Mug 5"]
    for category in ("kitchen", None):
        inside = [category] if category else []
        for brand, nths in zip(BRANDS, ((6, 4, 2, 0), (7, 5, 3, 1)), strict=True):
            answer = await found(db, None, filters=Filters(categories=inside, vendors=[brand]))
            assert [card.title for card in answer.items] == [f"Mug {nth}" for nth in nths]
        blue = await search.wanted(db.reading, ["colour:blue"])
        answer = await found(db, None, filters=Filters(categories=inside, vendors=[BRANDS[0]], attributes=blue))
        assert ([card.title for card in answer.items], answer.total_is_exact) == (["Mug 6", "Mug 2"], True)
    assert (await found(db, None, filters=Filters(categories=["bin"]))).total_is_exact is False, "three, or more"
    assert (await found(db, "mug")).total_is_exact


@pytest.mark.usefixtures("_three_at_most")
async def test_best_sellers_are_among_what_is_looked_at_however_old(db: Database) -> None:
    await _shop(db)
    oldest = (await found(db, "m-0")).items[0]
    variant = await db.reading.fetch_value(_variant_of(), product_id=oldest.id)
    await orders.placed(db, orders.Want(variant_id=variant, product_id=oldest.id, quantity=3))
    await db.transact(count_popularity, None)
    for filters in (Filters(), Filters(categories=["kitchen"])):
        assert (await titles(db, None, sort=SearchSort.POPULARITY, filters=filters))[0] == "Mug 0"


def _variant_of() -> Statement[Record]:
    return Statement(select(variants.c.id).where(variants.c.product_id == given("product_id", Uuid)))


async def test_a_category_page_over_http(server: Served, api: Api) -> None:
    db = server.program.db
    await _shop(db)
    page = await api.get("/v1/search?category=kitchen&vendor=Casa&sort=price&limit=2&count=price&count=vendor")
    assert (page["query"], page["total"], page["total_is_exact"], len(page["items"])) == ("", 3, True, 2)
    assert page["facets"]["prices"] == []
    more = await api.get(f"/v1/search?category=kitchen&vendor=Casa&sort=price&limit=2&cursor={page['next_cursor']}")
    assert (len(more["items"]), more["next_cursor"]) == (1, None)
    assert (await api.call("GET", "/v1/search?q=")).status_code == 400, "a text that is empty is none that was left out"
