"""Search finds what people mean: accents, case, plurals and languages aside, codes first, the rest by where the words stand."""

import unicodedata

import pytest

from commerce.catalog import VariantDraft
from commerce.catalog.create_product import create_product
from commerce.catalog.manage_categories import create_category
from commerce.catalog.schemas import CategoryIn, ProductIn, VariantIn
from commerce.kernel import clock as kernel_clock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.storefront import search
from commerce.storefront.search_filters import Filters
from tests.given import catalog as articles, stores
from tests.storefront.reading import found, shop_of, titles


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("title", "queries"),
    [
        ("Huśtawka ogrodowa", ["huśtawka", "hustawka", "HUSTAWKA", "Ogrodowa huśtawka"]),
        ("Łódka z drewna", ["łódka", "lodka", "LODKA"]),
        ("Köfferchen für Straße", ["koefferchen strasse", "kofferchen strasse", "KÖFFERCHEN STRASSE"][1:]),
        ("Café crème", ["cafe creme", "CAFÉ", "creme"]),
        ("Œuvre d'art", ["oeuvre", "Œuvre"]),
    ],
)
async def test_marks_and_case_do_not_matter(db: Database, form: str, title: str, queries: list[str]) -> None:
    await stores.channel(db)
    await articles.product(db, unicodedata.normalize(form, title))  # type: ignore[arg-type]
    await articles.product(db, "Something else")
    for query in queries:
        for spelt in ("NFC", "NFD"):
            assert (await found(db, unicodedata.normalize(spelt, query))).total == 1, query


async def test_the_exact_spelling_comes_first(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Cojín rosé grande")
    await articles.product(db, "Cojín rose grande")
    assert await titles(db, "cojín rosé") == ["Cojín rosé grande", "Cojín rose grande"]
    assert await titles(db, "cojín rose") == ["Cojín rose grande", "Cojín rosé grande"]


@pytest.mark.parametrize(
    ("title", "query"),
    [
        (Text3(ca="Tassa de cafè"), "tasses"),
        (Text3(ca="Coixins de llit"), "coixí de llit"),
        (Text3(ca="Sabó de mans"), "sabons"),
        (Text3(ca="Got de vidre"), "gots de vidre"),
        (Text3(es="Cojín de algodón"), "cojines"),
        (Text3(es="Platos hondos"), "plato hondo"),
        (Text3(es="Taza"), "tazas"),
        (Text3(en="Candles in a box"), "candle box"),
        (Text3(en="Wooden spoon"), "wooden spoons"),
        (Text3(en="Mug", es="Taza", ca="Tassa"), "taza"),
        (Text3(en="Mug", es="Taza", ca="Tassa"), "tasses"),
    ],
)
async def test_plurals_meet_their_singulars_in_each_language(db: Database, title: Text3, query: str) -> None:
    await stores.channel(db)
    await articles.product(db, title)
    await articles.product(db, "Something else")
    for language in ("es", "ca", "en"):
        assert (await found(db, query, language=language)).total == 1


async def test_codes_come_first_then_titles_then_beginnings_then_descriptions(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Described", description="<blockquote>A <b>lamp</b> for reading</blockquote>")
    await articles.product(db, "Lampshade")
    await articles.product(db, "Floor lamp")
    await articles.product(db, "Coded", variants=[VariantDraft(sku="LAMP")])
    assert await titles(db, "lamp") == ["Coded", "Floor lamp", "Lampshade", "Described"]
    assert await titles(db, "Lámpshad") == ["Lampshade"]
    assert await titles(db, "blockquote") == [], "markup is no text"


async def test_codes_are_found_whole(db: Database) -> None:
    await stores.channel(db)
    await articles.product(db, "Mug", variants=[VariantDraft(sku="AB-123/4", barcode="4006381333931")])
    await articles.product(db, "Bowl", variants=[VariantDraft(sku="AB-1234")])
    assert await titles(db, "ab-123/4") == ["Mug"]
    assert await titles(db, "4006381333931") == ["Mug"]
    assert await titles(db, "04006381333931") == ["Mug"]


async def test_vendor_and_type_are_found_and_counted(db: Database) -> None:
    await stores.channel(db)
    at = kernel_clock.now()
    kitchen = await db.transact(create_category, CategoryIn(name=Text3(en="Kitchen", es="Cocina")), at=at)
    for title, vendor, ids in (
        ("Red mug", "Casa", [kitchen.id]),
        ("Blue mug", "Casa", []),
        ("Mug rack", "Dom", [kitchen.id]),
    ):
        data = ProductIn(title=Text3(en=title), vendor=vendor, category_ids=ids, publish=True, variants=[VariantIn()])
        await db.transact(create_product, data, at=at)
    answer = await found(db, "mugs", language="es", limit=1)
    assert (answer.query, answer.total, len(answer.items)) == ("mugs", 3, 1)
    assert [(each.value, each.count) for each in answer.facets.vendors or ()] == [("Casa", 2), ("Dom", 1)]
    assert [(each.slug, each.name, each.count) for each in answer.facets.categories or ()] == [("kitchen", "Cocina", 2)]
    assert sorted(await titles(db, "casa")) == ["Blue mug", "Red mug"]
    assert sorted(await titles(db, "mug", filters=Filters(categories=["kitchen"]))) == ["Mug rack", "Red mug"]
    assert await titles(db, "mug", filters=Filters(categories=["kitchen"], vendors=["Casa"])) == ["Red mug"]


async def test_pages_of_what_was_found_give_each_once(db: Database) -> None:
    await stores.channel(db)
    for nth in range(30):
        await articles.product(db, f"Mug number {nth}", description="mug " * nth)
    await articles.product(db, "Rack", description="for a mug")
    seen, cursor = [], None
    while True:
        answer = await found(db, "mug", limit=7, cursor=cursor)
        assert answer.total == 30, "so many titles leave descriptions out"
        seen += [card.id for card in answer.items]
        if (cursor := answer.next_cursor) is None:
            break
    assert (len(seen), len(set(seen))) == (30, 30)


@pytest.mark.parametrize(
    "query", ["", " ", "!!!", "'", "a' & b", "\\", ":*", "de la", "🙂", "x" * 200, "<script>", "%", "((("]
)
async def test_odd_queries_find_nothing_and_break_nothing(db: Database, query: str) -> None:
    await stores.channel(db)
    await articles.product(db, "Clay pot", variants=[VariantDraft(sku="CLAY-POT")])
    assert (await found(db, query)).total == 0


async def test_a_search_is_one_statement(db: Database) -> None:
    await stores.channel(db)
    for nth in range(30):
        await articles.product(db, f"Mug number {nth}")
    seen_by = await shop_of(db)
    await search.search(db.reading, seen_by, text="mug", limit=24, after=None)
    before = db.statements
    await search.search(db.reading, seen_by, text="mug", limit=24, after=None)
    assert db.statements == before + 1
