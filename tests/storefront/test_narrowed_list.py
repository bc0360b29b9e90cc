"""The list takes the filters of a search and passes on exactly what that passes, page by page, however little is looked at for one of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Integer, literal_column

from commerce.catalog import ProductDraft, VariantDraft, put_products
from commerce.catalog.definition_schemas import AttributeIn, ProductTypeIn
from commerce.catalog.manage_categories import create_category
from commerce.catalog.manage_definitions import create_attribute, create_product_type
from commerce.catalog.schemas import CategoryIn
from commerce.kernel import clock as kernel_clock
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.storefront import narrowed_list, search
from commerce.storefront.lists import Sort
from commerce.storefront.search_filters import Filters
from tests.given import inventory, pricing, stores
from tests.served import Api, Served
from tests.storefront.reading import found, listed, shop_of

MUGS = 12


async def _shop(db: Database) -> LocationId:
    """Mugs of three brands, two colours and four prices, each second one below the kitchen, each fifth one on the shelf."""
    await stores.channel(db)
    shelf = await stores.location(db)
    at = kernel_clock.now()
    colour = AttributeIn(code="colour", name=Text3(en="Colour"), kind="text", filterable=True)
    await db.transact(create_attribute, colour, at=at)
    width = AttributeIn(code="width", name=Text3(en="Width"), kind="number", filterable=True)
    await db.transact(create_attribute, width, at=at)
    kind = ProductTypeIn(code="mug", name=Text3(en="Mug"), attributes=["colour", "width"])
    await db.transact(create_product_type, kind, at=at)
    kitchen = await db.transact(create_category, CategoryIn(name=Text3(en="Kitchen")), at=at)
    await db.transact(create_category, CategoryIn(name=Text3(en="Cups"), parent_id=kitchen.id), at=at)
    await db.transact(create_category, CategoryIn(name=Text3(en="Bin")), at=at)
    made: list[VariantId] = []
    for nth in range(MUGS):
        draft = ProductDraft(
            handle=f"mug-{nth}",
            title=Text3(en=f"Mug {nth * 7 % MUGS:02}"),
            vendor=("Casa", "Dom & Co", "L'Atelier")[nth % 3],
            product_type="mug",
            attributes={"colour": ("red", "blue")[nth // 3 % 2], "width": nth},
            categories=("bin",) if nth % 2 else ("cups",),
            variants=(VariantDraft(sku=f"M-{nth}"),),
        )
        put = await db.transact(put_products, [draft], at=at)
        assert not put.trouble
        made.append(put.variant_ids[0, 0])
    await pricing.prices(db, {variant: 1_000 + 100 * (nth % 4) for nth, variant in enumerate(made)})
    await inventory.stock(db, {(variant, shelf): 3 for variant in made[::5]})
    return shelf


@pytest.fixture
def _three_at_most(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three products are looked at for a page, so that a handful is more than that."""
    monkeypatch.setattr(narrowed_list, "_MOST", literal_column("3", Integer))
    narrowed_list._narrowed.cache_clear()
    yield
    narrowed_list._narrowed.cache_clear()


async def _walked(db: Database, filters: Filters, **how: Any) -> tuple[list[str], int]:
    """All products of the list in their order, and how many pages they were on."""
    seen: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor is not None:
        page = await listed(db, filters=filters, cursor=cursor, **how)
        seen += [card.title for card in page.items]
        cursor, pages = page.next_cursor, pages + 1
    return seen, pages


@pytest.mark.usefixtures("_three_at_most")
async def test_a_list_passes_on_what_a_search_passes_in_each_order_however_little_is_looked_at(db: Database) -> None:
    shelf = await _shop(db)
    red, wide = await search.wanted(db.reading, ["colour:red"]), await search.wanted(db.reading, ["width:3..7.5"])
    asked = {
        "brands": (Filters(vendors=["Casa", "Dom & Co"]), 8),
        "one colour": (Filters(attributes=red), 6),
        "widths": (Filters(attributes=wide), 5),
        "prices": (Filters(price_from=1_100, price_to=1_200), 6),
        "in stock": (Filters(in_stock=True), 3),
        "at a place": (Filters(places=[shelf], vendors=["Casa"]), 1),
        "at another place": (Filters(places=[new_id()]), 0),
        "at no place": (Filters(places=[]), 0),
        "all of it": (Filters(categories=["kitchen"], attributes=red, price_to=1_000, in_stock=True), 1),
        "in some categories": (Filters(categories=["cups", "bin"], price_from=1_300), 3),
    }
    for name, (filters, many) in asked.items():
        expected = [card.title for card in (await found(db, None, filters=filters)).items]
        assert len(expected) == many, name
        newest, pages = await _walked(db, filters, limit=2)
        assert newest == expected, name
        assert pages >= MUGS / 3 or name != "in stock", "each page went on where looking ended"
        assert (await _walked(db, filters, limit=2, sort=Sort.OLDEST))[0] == expected[::-1], name
        assert (await _walked(db, filters, limit=2, sort=Sort.TITLE))[0] == sorted(expected), name


async def test_a_narrowed_list_is_one_statement_and_a_full_page_where_there_is_enough(db: Database) -> None:
    await _shop(db)
    shop, filters = await shop_of(db), Filters(categories=["kitchen"], vendors=["Casa", "L'Atelier"], price_from=1)
    before = db.statements
    for _ in range(2):
        await narrowed_list.narrowed_list(db.reading, shop, filters=filters, limit=24, sort=Sort.NEWEST, after=None)
    assert db.statements == before + 2
    seen, pages = await _walked(db, filters, limit=3)
    assert (len(seen), pages) == (4, 2)


@pytest.mark.usefixtures("_three_at_most")
async def test_a_list_without_filters_judges_nothing_so_that_its_pages_are_full(server: Served, api: Api) -> None:
    await _shop(server.program.db)
    for asked, on_pages in (("", [5, 5, 2]), ("&category=kitchen", [5, 1]), ("&in_stock=false", [5, 5, 2])):
        seen: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await api.get(f"/v1/products?limit=5{asked}{cursor}")
            seen.append(len(page["items"]))
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        assert seen == on_pages, asked


async def test_lists_and_searches_refuse_what_they_do_not_know_and_say_which_parameter_it_was(
    server: Served, api: Api
) -> None:
    await _shop(server.program.db)
    page = await api.get("/v1/products?category=kitchen&vendor=Casa&attribute=colour:red&price_to=1300&limit=1")
    assert [card["title"] for card in page["items"]] == ["Mug 06"]
    more = await api.get(
        f"/v1/products?category=kitchen&vendor=Casa&attribute=colour:red&price_to=1300&limit=1&cursor={page['next_cursor']}"
    )
    assert [card["title"] for card in more["items"]] == ["Mug 00"]
    other = new_id()
    for asked, parameter in (
        ("category=kitchen&category=nowhere", "?category"),
        (f"category={other}", "?category"),
        (f"available_at={other}", "?available_at"),
        (f"location={other}", "?location"),
        (f"store={other}", "?store"),
        (f"channel={other}", "?channel"),
        ("attribute=colour:red&attribute=taste:salt", "?attribute"),
    ):
        for path in ("/v1/products", "/v1/search", "/v1/search?q=mug"):
            answer = await api.call("GET", f"{path}{'&' if '?' in path else '?'}{asked}")
            status = 400 if parameter == "?attribute" else 404
            problem = answer.json()
            assert (answer.status_code, [each["pointer"] for each in problem["errors"]]) == (status, [parameter]), (
                problem
            )
