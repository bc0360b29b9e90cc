"""The back office makes, changes, shows and takes away products, variants and categories."""

import asyncio
from uuid import UUID, uuid4

import pytest

from commerce import catalog
from commerce.catalog import queries
from commerce.catalog.change_product import change_product, publish_product, withdraw_product
from commerce.catalog.change_variants import add_variant, change_variant, withdraw_variant
from commerce.catalog.create_product import create_product
from commerce.catalog.errors import (
    BarcodeTaken,
    CategoryInUse,
    HandleTaken,
    NothingToSell,
    OptionsTaken,
    SkuTaken,
    SlugTaken,
)
from commerce.catalog.manage_categories import change_category, create_category, withdraw_category
from commerce.catalog.schemas import (
    AdminCategoryOut,
    AdminProductOut,
    CategoryIn,
    CategoryPatch,
    ProductIn,
    ProductPatch,
    VariantIn,
    VariantPatch,
)
from commerce.catalog.tables import Status
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.http import StaleVersion


async def create(db: Database, data: ProductIn) -> AdminProductOut:
    return await db.transact(create_product, data, at=kernel_clock.now())


async def category(db: Database, name: str, parent: UUID | None = None) -> AdminCategoryOut:
    return await db.transact(create_category, CategoryIn(name=Text3(en=name), parent_id=parent), at=kernel_clock.now())


def mug(**more: object) -> ProductIn:
    values: dict[str, object] = {"title": Text3(en="Blue mug", es="Taza azul"), "variants": [VariantIn(sku="MUG-1")]}
    return ProductIn(**(values | more))  # type: ignore[arg-type]


async def test_a_product_is_made_with_its_variants_in_one_call(db: Database, clock: HeldClock) -> None:
    tableware = await category(db, "Tableware")
    made = await create(
        db,
        mug(
            options=[Text3(en="Size", es="Talla")],
            variants=[
                VariantIn(option_values=["S"], sku="MUG-S", barcode="4006381333931", weight_grams=250),
                VariantIn(option_values=["L"]),
            ],
            category_ids=[tableware.id],
            publish=True,
        ),
    )
    assert (made.slug, made.handle, made.status, made.version) == ("blue-mug", "blue-mug", Status.PUBLISHED, 1)
    assert [(each.option_values, each.position) for each in made.variants] == [(["S"], 1), (["L"], 2)]
    assert made.variants[1].sku.startswith("SKU-")
    assert made.category_ids == [tableware.id]
    assert made.created_at == clock.at


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"title": Text3()}, "/title"),
        ({"title": Text3(en="  ")}, "/title"),
        ({"variants": [VariantIn(option_values=["S"])]}, "/variants/0/option_values"),
        ({"variants": [VariantIn(), VariantIn(barcode="4006381333932")]}, "/variants/1/barcode"),
        ({"category_ids": [uuid4()]}, "/category_ids"),
        ({"options": [Text3()], "variants": [VariantIn(option_values=["S"])]}, "/options/0"),
        (
            {"options": [Text3(es="Talla"), Text3(en=" talla")], "variants": [VariantIn(option_values=["S", "M"])]},
            "/options/1",
        ),
    ],
)
async def test_a_product_that_cannot_be_is_refused_with_its_field(
    db: Database, wrong: dict[str, object], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await create(db, mug(**wrong))
    assert [error.pointer for error in refusal.value.errors] == [pointer]
    assert await queries.products_page(db.reading, status=None, text=None, after=None, most=10) == []


async def test_slugs_skus_and_barcodes_are_taken_until_they_are_withdrawn(db: Database) -> None:
    first = await create(db, mug(publish=True, variants=[VariantIn(sku="MUG-1", barcode="4006381333931")]))
    with pytest.raises(SlugTaken):
        await create(db, mug(variants=[VariantIn(sku="OTHER")]))
    with pytest.raises(SkuTaken):
        await create(db, mug(slug="other", variants=[VariantIn(sku="mug-1")]))
    with pytest.raises(BarcodeTaken):
        await create(db, mug(slug="other", variants=[VariantIn(barcode="04006381333931")]))
    with pytest.raises(OptionsTaken):
        await db.transact(add_variant, first.id, VariantIn(), at=kernel_clock.now())
    withdrawn = await db.transact(withdraw_product, first.id, at=kernel_clock.now())
    assert withdrawn.status is Status.WITHDRAWN
    second = await create(db, mug(variants=[VariantIn(sku="MUG-1", barcode="4006381333931")]))
    with pytest.raises((SlugTaken, HandleTaken)):
        await db.transact(publish_product, first.id, at=kernel_clock.now())
    await db.transact(change_product, second.id, second.version, ProductPatch(slug="other"), at=kernel_clock.now())
    assert (await queries.product(db.reading, first.id)).status is Status.WITHDRAWN


async def test_a_withdrawn_product_comes_back_with_the_variants_that_went_with_it(
    db: Database, clock: HeldClock
) -> None:
    made = await create(
        db, mug(options=[Text3(en="Size")], variants=[VariantIn(option_values=[size]) for size in "SML"])
    )
    await db.transact(withdraw_variant, made.variants[0].id, 1, at=kernel_clock.now())
    clock.move(minutes=1)
    await db.transact(withdraw_product, made.id, at=kernel_clock.now())
    clock.move(minutes=1)
    back = await db.transact(publish_product, made.id, at=kernel_clock.now())
    assert (back.status, back.withdrawn_at) == (Status.PUBLISHED, None)
    assert [each.withdrawn_at is None for each in back.variants] == [False, True, True]
    with pytest.raises(IllegalMove):
        await db.transact(publish_product, made.id, at=kernel_clock.now())


async def test_a_product_without_variants_cannot_be_shown(db: Database) -> None:
    made = await create(db, mug())
    await db.transact(withdraw_variant, made.variants[0].id, 1, at=kernel_clock.now())
    with pytest.raises(NothingToSell):
        await db.transact(publish_product, made.id, at=kernel_clock.now())
    assert (await queries.product(db.reading, made.id)).status is Status.DRAFT


async def test_the_last_variant_of_what_is_on_show_goes_with_its_product_only(db: Database) -> None:
    sizes = [VariantIn(option_values=[size]) for size in "SM"]
    made = await create(db, mug(options=[Text3(en="Size")], publish=True, variants=sizes))
    small, medium = made.variants
    await db.transact(withdraw_variant, small.id, 1, at=kernel_clock.now())
    with pytest.raises(NothingToSell):
        await db.transact(withdraw_variant, medium.id, 1, at=kernel_clock.now())
    assert (await queries.variant(db.reading, medium.id)).withdrawn_at is None
    gone = await db.transact(withdraw_product, made.id, at=kernel_clock.now())
    assert [each.withdrawn_at is None for each in gone.variants] == [False, False]


async def test_a_tag_is_there_once_and_options_keep_names_of_their_own(db: Database) -> None:
    sizes = [Text3(en="Size"), Text3(en="Colour")]
    made = await create(
        db, mug(tags=["new", "new", "New"], options=sizes, variants=[VariantIn(option_values=["S", "R"])])
    )
    assert made.tags == ["new", "New"]
    patch = ProductPatch(tags=["a", "b", "a"])
    changed = await db.transact(change_product, made.id, 1, patch, at=kernel_clock.now())
    assert changed.tags == ["a", "b"]
    for wrong in ([Text3(en="Size"), Text3(es="size")], [Text3(en="Size"), Text3(en=" ")]):
        with pytest.raises(InvalidInput) as refusal:
            await db.transact(change_product, made.id, 2, ProductPatch(options=wrong), at=kernel_clock.now())
        assert [error.pointer for error in refusal.value.errors] == ["/options/1"]


async def test_of_two_changes_at_once_on_one_version_one_is_stale(db: Database) -> None:
    made = await create(db, mug())
    changes = [
        db.transact(change_product, made.id, 1, ProductPatch(vendor=f"Vendor {nth}"), at=kernel_clock.now())
        for nth in range(5)
    ]
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["AdminProductOut"] + ["StaleVersion"] * 4
    after = await queries.product(db.reading, made.id)
    assert (after.version, after.title, after.slug) == (2, made.title, "blue-mug")


async def test_twenty_products_with_one_slug_at_once_make_one(db: Database) -> None:
    results = await asyncio.gather(
        *(create(db, mug(variants=[VariantIn()])) for _ in range(20)), return_exceptions=True
    )
    assert [type(result) for result in results].count(AdminProductOut) == 1
    assert {type(result) for result in results} <= {AdminProductOut, SlugTaken, HandleTaken}
    assert len(await queries.products_page(db.reading, status=None, text=None, after=None, most=10)) == 1


async def test_a_variant_is_added_changed_and_taken_away(db: Database) -> None:
    made = await create(
        db, mug(options=[Text3(en="Size")], variants=[VariantIn(option_values=["S"], barcode="4006381333931")])
    )
    large = await db.transact(add_variant, made.id, VariantIn(option_values=["L"]), at=kernel_clock.now())
    assert (large.position, large.version) == (2, 1)
    small = made.variants[0]
    changed = await db.transact(
        change_variant, small.id, 1, VariantPatch(barcode=None, weight_grams=300, sku="S-1"), at=kernel_clock.now()
    )
    assert (changed.barcode, changed.weight_grams, changed.sku, changed.version) == (None, 300, "S-1", 2)
    with pytest.raises(StaleVersion):
        await db.transact(change_variant, small.id, 1, VariantPatch(sku="S-2"), at=kernel_clock.now())
    with pytest.raises(InvalidInput):
        await db.transact(change_variant, small.id, 2, VariantPatch(option_values=[]), at=kernel_clock.now())
    await db.transact(withdraw_variant, small.id, 2, at=kernel_clock.now())
    with pytest.raises(NotFound):
        await db.transact(change_variant, small.id, 3, VariantPatch(sku="S-3"), at=kernel_clock.now())
    found = await queries.products_page(db.reading, status="draft", text="s-1", after=None, most=10)
    assert found == [], "a withdrawn variant's code finds nothing"
    after = await queries.product(db.reading, made.id)
    assert (after.version, [each.withdrawn_at is None for each in after.variants]) == (4, [False, True])


async def test_options_can_be_renamed_but_not_added(db: Database) -> None:
    made = await create(db, mug(options=[Text3(en="Size")], variants=[VariantIn(option_values=["S"])]))
    renamed = await db.transact(
        change_product, made.id, 1, ProductPatch(options=[Text3(en="Talla")]), at=kernel_clock.now()
    )
    assert renamed.options == [Text3(en="Talla")]
    with pytest.raises(InvalidInput):
        await db.transact(change_product, made.id, 2, ProductPatch(options=[]), at=kernel_clock.now())


async def test_the_list_of_the_back_office_is_newest_first_and_finds_drafts_by_word(db: Database) -> None:
    await create(db, mug())
    await create(db, mug(title=Text3(es="Cojín rojo"), variants=[VariantIn()]))
    await create(db, mug(title=Text3(en="Lamp"), variants=[VariantIn()], publish=True))
    rows = await queries.products_page(db.reading, status=None, text=None, after=None, most=2)
    assert [row.slug for row in rows] == ["lamp", "cojin-rojo"]
    rest = await queries.products_page(db.reading, status=None, text=None, after=rows[-1].id, most=2)
    assert [row.slug for row in rest] == ["blue-mug"]
    found = await queries.products_page(db.reading, status="draft", text="COJINES", after=None, most=10)
    assert [row.slug for row in found] == ["cojin-rojo"]


async def test_categories_are_a_tree_without_rings(db: Database) -> None:
    home = await category(db, "Home")
    kitchen = await category(db, "Kitchen", home.id)
    knives = await category(db, "Knives", kitchen.id)
    with pytest.raises(InvalidInput):
        await db.transact(change_category, home.id, 1, CategoryPatch(parent_id=knives.id), at=kernel_clock.now())
    with pytest.raises(InvalidInput):
        await category(db, "Lost", uuid4())
    with pytest.raises(CategoryInUse):
        await db.transact(withdraw_category, kitchen.id, 1, at=kernel_clock.now())
    moved = await db.transact(change_category, knives.id, 1, CategoryPatch(parent_id=None), at=kernel_clock.now())
    assert (moved.parent_id, moved.version) == (None, 2)
    made = await create(db, mug(category_ids=[kitchen.id, home.id]))
    await db.transact(withdraw_category, kitchen.id, 1, at=kernel_clock.now())
    assert (await queries.product(db.reading, made.id)).category_ids == [home.id]
    assert (await category(db, "Kitchen")).slug == "kitchen"


async def test_two_moves_at_once_close_no_ring(db: Database) -> None:
    for nth in range(5):
        one = await category(db, f"One {nth}")
        two = await category(db, f"Two {nth}")
        results = await asyncio.gather(
            db.transact(change_category, one.id, 1, CategoryPatch(parent_id=two.id), at=kernel_clock.now()),
            db.transact(change_category, two.id, 1, CategoryPatch(parent_id=one.id), at=kernel_clock.now()),
            return_exceptions=True,
        )
        assert sorted(type(result).__name__ for result in results) == ["AdminCategoryOut", "InvalidInput"]


async def test_a_withdrawn_article_still_says_what_it_was(db: Database) -> None:
    made = await create(db, mug(publish=True))
    await db.transact(withdraw_product, made.id, at=kernel_clock.now())
    (article,) = (await catalog.articles(db.reading, [made.variants[0].id])).values()
    assert (article.sku, article.sellable, article.title.es) == ("MUG-1", False, "Taza azul")
