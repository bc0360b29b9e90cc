"""What was found is counted, narrowed and sorted as shops do it."""

from datetime import timedelta
from uuid import UUID

import pytest

from commerce import catalog
from commerce.catalog import AttributeValue, ProductDraft, VariantDraft
from commerce.catalog.definition_schemas import AttributeIn, ChoiceIn, ProductTypeIn
from commerce.catalog.manage_categories import create_category
from commerce.catalog.manage_definitions import create_attribute, create_product_type
from commerce.catalog.schemas import CategoryIn
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.storefront import search
from commerce.storefront.jobs import count_popularity
from commerce.storefront.schemas import FacetsOut
from commerce.storefront.search_filters import Count, Filters, SearchSort
from commerce.storefront.search_places import places_for
from tests.given import catalog as articles, inventory, kits, orders, pricing, stores
from tests.storefront.reading import found, titles

EVERY = frozenset(Count)


async def _attributes(db: Database) -> None:
    at = kernel_clock.now()
    colours = [
        ChoiceIn(code="red", label=Text3(en="Red", es="Rojo", ca="Vermell")),
        ChoiceIn(code="blue", label=Text3(en="Blue", es="Azul", ca="Blau")),
    ]
    sizes = [ChoiceIn(code=each, label=Text3(en=each.upper())) for each in ("s", "m", "l")]
    for data in (
        AttributeIn(
            code="colour", name=Text3(en="Colour", es="Color"), kind="choice", choices=colours, filterable=True
        ),
        AttributeIn(
            code="size", name=Text3(en="Size"), kind="choice", choices=sizes, filterable=True, for_variants=True
        ),
        AttributeIn(code="width", name=Text3(en="Width"), kind="number", unit="cm", filterable=True),
        AttributeIn(code="vegan", name=Text3(en="Vegan", es="Vegano"), kind="boolean", filterable=True),
        AttributeIn(code="secret", name=Text3(en="Secret"), kind="text"),
    ):
        await db.transact(create_attribute, data, at=at)
    kind = ProductTypeIn(code="mug", name=Text3(en="Mug"), attributes=["colour", "size", "width", "vegan", "secret"])
    await db.transact(create_product_type, kind, at=at)


async def _shop(db: Database) -> list[VariantId]:
    """Four mugs, two of them red: the first variants of each."""
    await stores.channel(db)
    await _attributes(db)
    mugs: list[tuple[str, str, str, dict[str, AttributeValue], tuple[str, ...]]] = [
        ("one", "Mug one", "Casa", {"colour": "red", "width": 5, "secret": "x"}, ("s", "m")),
        ("two", "Mug two", "Casa", {"colour": "blue", "width": 10, "vegan": True}, ("m",)),
        ("three", "Mug three", "Dom", {"colour": "red", "width": 12.5}, ("l",)),
        ("four", "Mug four", "Dom", {}, ("s",)),
    ]
    drafts = [
        ProductDraft(
            handle=handle,
            title=Text3(en=title),
            vendor=vendor,
            product_type="mug",
            attributes=attributes,
            options=(Text3(en="Size"),),
            variants=tuple(VariantDraft(option_values=(size,), attributes={"size": size}) for size in sizes),
        )
        for handle, title, vendor, attributes, sizes in mugs
    ]
    put = await db.transact(catalog.put_products, drafts, at=kernel_clock.now())
    assert not put.trouble, put.trouble
    return [put.variant_ids[nth, 0] for nth in range(4)]


def _counts(facets: FacetsOut, code: str) -> dict[str, int]:
    return {value.value: value.count for each in facets.attributes or () if each.code == code for value in each.values}


async def _filters(db: Database, *attributes: str, **others: object) -> Filters:
    return Filters(attributes=await search.wanted(db.reading, attributes), **others)  # type: ignore[arg-type]


async def test_attributes_are_counted_with_their_labels_and_bounds(db: Database) -> None:
    await _shop(db)
    facets = (await found(db, "mug", language="es")).facets
    assert facets.attributes is not None
    assert [each.code for each in facets.attributes] == ["colour", "size", "vegan", "width"], (
        "only what can be filtered by"
    )
    colour = facets.attributes[0]
    assert (colour.name, colour.kind) == ("Color", "choice")
    assert [(each.value, each.label, each.count) for each in colour.values] == [("red", "Rojo", 2), ("blue", "Azul", 1)]
    assert _counts(facets, "size") == {"s": 2, "m": 2, "l": 1}, (
        "a product counts once for each value that a variant has"
    )
    assert (facets.attributes[3].least, facets.attributes[3].most, facets.attributes[3].unit) == ("5", "12.5", "cm")
    assert facets.prices is None
    assert facets.availability is None


async def test_a_facet_counts_what_all_filters_but_its_own_leave(db: Database) -> None:
    await _shop(db)
    answer = await found(db, "mug", filters=await _filters(db, "colour:red", vendors=["Casa"]))
    assert [card.title for card in answer.items] == ["Mug one"]
    assert answer.total == 1
    assert _counts(answer.facets, "colour") == {"red": 1, "blue": 1}, "of Casa"
    assert {each.value: each.count for each in answer.facets.vendors or ()} == {"Casa": 1, "Dom": 1}, "of red ones"
    assert _counts(answer.facets, "size") == {"s": 1, "m": 1}
    both = await found(db, "mug", filters=await _filters(db, "colour:red", "colour:blue"))
    assert both.total == 3, "the same attribute twice: one of two values"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (["width:6..12.5"], {"Mug two", "Mug three"}),
        (["width:..10"], {"Mug one", "Mug two"}),
        (["width:11.."], {"Mug three"}),
        (["size:s", "colour:red"], {"Mug one"}),
        (["vegan:true"], {"Mug two"}),
        (["colour:green"], set()),
    ],
)
async def test_attributes_narrow_what_is_found(db: Database, attributes: list[str], expected: set[str]) -> None:
    await _shop(db)
    assert set(await titles(db, "mug", filters=await _filters(db, *attributes))) == expected


@pytest.mark.parametrize("wrong", ["secret:x", "nothing:x", "colour", "colour:", "width:a..b", "width:..NaN"])
async def test_what_cannot_be_filtered_by_is_refused(db: Database, wrong: str) -> None:
    await _attributes(db)
    with pytest.raises(InvalidInput):
        await search.wanted(db.reading, [wrong])


async def test_labels_of_attributes_are_words_in_every_language(db: Database) -> None:
    await _shop(db)
    assert set(await titles(db, "rojas mug", language="es")) == {"Mug one", "Mug three"}
    assert set(await titles(db, "mug vermell", language="ca")) == {"Mug one", "Mug three"}
    assert await titles(db, "vegano mug", language="es") == ["Mug two"]


async def test_prices_narrow_count_and_sort(db: Database) -> None:
    one, two, three, _ = await _shop(db)
    await pricing.taxes(db)
    await pricing.prices(db, {one: 500, two: 1_999, three: 2_000})
    assert (await titles(db, "mug", sort=SearchSort.PRICE))[:3] == ["Mug one", "Mug two", "Mug three"]
    assert await titles(db, "mug", sort=SearchSort.PRICE_DOWN) == ["Mug three", "Mug two", "Mug one", "Mug four"]
    assert await titles(db, "mug", sort=SearchSort.PRICE, filters=Filters(price_from=501, price_to=1_999)) == [
        "Mug two"
    ]
    facets = (await found(db, "mug", filters=Filters(price_to=1_999), counts=frozenset({Count.PRICE}))).facets
    assert [(each.least, each.below, each.count) for each in facets.prices or ()] == [
        (500, 1_000, 1),
        (1_000, 2_000, 1),
        (2_000, 5_000, 1),
    ]
    assert facets.vendors is None, "only what was asked for is counted"


async def test_stock_narrows_and_is_counted_by_place(db: Database, clock: HeldClock) -> None:
    one, two, three, _ = await _shop(db)
    gracia = await stores.location(db, "gracia", hours=stores.round_the_clock())
    sants = await stores.location(db, "sants", hours=stores.round_the_clock(), latitude=41.37)
    await inventory.stock(db, {(one, gracia): 5, (two, sants): 1, (three, gracia): 1})
    await inventory.hold(db, [(three, gracia, 1)])
    assert set(await titles(db, "mug", filters=Filters(in_stock=True))) == {"Mug one", "Mug two"}
    facets = (await found(db, "mug", filters=Filters(in_stock=True), counts=EVERY)).facets
    assert facets.availability is not None
    assert (facets.availability.available, facets.availability.out) == (2, 2)

    async def at(location: UUID | None, *, minutes: int | None = None) -> set[str]:
        by = None if minutes is None else kernel_clock.now() + timedelta(minutes=minutes)
        places = await places_for(db.reading, location, by, at=kernel_clock.now())
        return set(await titles(db, "mug", filters=Filters(places=places)))

    assert await at(gracia) == {"Mug one"}
    assert await at(sants) == {"Mug two"}
    assert await at(None, minutes=24 * 60) == {"Mug one", "Mug two"}
    assert await at(gracia, minutes=24 * 60) == {"Mug one"}
    assert await at(gracia, minutes=0) == set(), "nothing is ready at once"
    assert await at(None, minutes=0) == set()
    with pytest.raises(NotFound):
        await places_for(db.reading, UUID(int=1), None, at=kernel_clock.now())
    clock.move(minutes=16)
    assert "Mug three" in await titles(db, "mug", filters=Filters(in_stock=True)), "its hold is over"


async def test_a_kit_is_available_where_the_parts_are_that_stock_is_kept_of(db: Database) -> None:
    await stores.channel(db)
    gracia, sants = await stores.location(db, "gracia"), await stores.location(db, "sants")
    cup, plate = await articles.variant(db, "Cup"), await articles.variant(db, "Plate")
    book = await articles.variant(db, "Book", stock="none")
    await kits.kit(db, "Kit for tea", {cup: 2, plate: 1, book: 1})
    await kits.kit(db, "Kit to read", {plate: 1, book: 2})
    await inventory.stock(db, {(cup, gracia): 2, (plate, sants): 1})

    async def there(**how: object) -> set[str]:
        return set(await titles(db, "kit", filters=Filters(**how)))  # type: ignore[arg-type]

    assert await there(in_stock=True) == {"Kit to read"}, "no place has both parts that stock is kept of"
    await inventory.stock(db, {(plate, gracia): 1})
    assert await there(in_stock=True) == {"Kit for tea", "Kit to read"}
    assert await there(places=[sants]) == {"Kit to read"}
    facets = (await found(db, "kit", counts=EVERY)).facets
    assert facets.availability is not None
    assert (facets.availability.available, facets.availability.out) == (2, 0)


async def test_categories_below_the_one_named_count_too(db: Database) -> None:
    await _shop(db)
    at = kernel_clock.now()
    top = await db.transact(create_category, CategoryIn(name=Text3(en="Kitchen")), at=at)
    await db.transact(create_category, CategoryIn(name=Text3(en="Cups"), parent_id=top.id), at=at)
    assert await titles(db, "mug", filters=Filters(categories=["kitchen"])) == []


async def test_sorted_by_newest_or_by_what_sold_most(db: Database) -> None:
    _, two, *_ = await _shop(db)
    newest = (await found(db, "mug", sort=SearchSort.NEWEST)).items
    assert [card.id for card in newest] == sorted((card.id for card in newest), reverse=True), "ids are made in time"
    article = (await catalog.articles(db.reading, [two]))[two]
    await orders.placed(db, orders.Want(variant_id=two, product_id=article.product_id, quantity=3))
    await db.transact(count_popularity, None)
    assert (await titles(db, "mug", sort=SearchSort.POPULARITY))[0] == "Mug two"


@pytest.mark.parametrize("sort", list(SearchSort))
async def test_pages_in_each_order_give_each_once(db: Database, sort: SearchSort) -> None:
    await _shop(db)
    seen: list[str] = []
    cursor = None
    while True:
        answer = await found(db, "mug", sort=sort, limit=1, cursor=cursor)
        seen += [card.title for card in answer.items]
        if (cursor := answer.next_cursor) is None:
            break
    assert sorted(seen) == ["Mug four", "Mug one", "Mug three", "Mug two"]


async def test_a_cursor_of_another_order_is_refused(db: Database) -> None:
    await _shop(db)
    cursor = (await found(db, "mug", sort=SearchSort.NEWEST, limit=1)).next_cursor
    with pytest.raises(InvalidInput):
        await found(db, "mug", sort=SearchSort.RELEVANCE, limit=1, cursor=cursor)
