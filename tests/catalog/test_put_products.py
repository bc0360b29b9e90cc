"""Drafts become products once, whatever is tried; what cannot go in says why, and the rest goes in."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import func, select

from commerce import catalog
from commerce.catalog import ProductDraft, PutResult, Status, VariantDraft
from commerce.catalog.tables import products, variants
from commerce.kernel import clock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from tests.given import catalog as given

COUNTS = Statement(
    select(
        select(func.count()).select_from(products).scalar_subquery().label("products"),
        select(func.count()).select_from(variants).scalar_subquery().label("variants"),
        select(func.sum(products.c.version)).scalar_subquery().label("versions"),
        select(func.sum(variants.c.version)).scalar_subquery().label("variant_versions"),
    )
)
VARIANTS = Statement(select(variants.c.id, variants.c.sku, variants.c.option_values).order_by(variants.c.position))


async def put(db: Database, *drafts: ProductDraft) -> PutResult:
    return await db.transact(catalog.put_products, drafts, at=clock.now())


async def counts(db: Database) -> tuple[int, int, int, int]:
    row = await db.reading.fetch_one(COUNTS)
    assert row is not None
    return tuple(row)


def shirt(*sizes: str, handle: str = "shirt", skus: Sequence[str | None] = ()) -> ProductDraft:
    given_skus = [*skus, *[None] * len(sizes)]
    return ProductDraft(
        handle=handle,
        title=Text3(en="Shirt"),
        options=(Text3(en="Size"),),
        variants=tuple(
            VariantDraft(option_values=(size,), sku=sku) for size, sku in zip(sizes, given_skus, strict=False)
        ),
    )


async def test_the_same_drafts_a_second_time_change_nothing(db: Database) -> None:
    first = await put(db, shirt("S", "M"), shirt("L", handle="other"))
    before = await counts(db)
    second = await put(db, shirt("S", "M"), shirt("L", handle="other"))
    assert (first.created, first.variants_created, first.trouble) == (2, 3, [])
    assert (second.created, second.changed, second.unchanged, second.variants_created) == (0, 0, 2, 0)
    assert second.variant_ids == first.variant_ids
    assert await counts(db) == before


async def test_a_made_sku_stays_and_a_new_size_joins(db: Database) -> None:
    await put(db, shirt("S"))
    (small,) = await db.reading.fetch(VARIANTS)
    result = await put(db, shirt("S", "M"))
    after = await db.reading.fetch(VARIANTS)
    assert (result.changed, result.variants_created, result.variants_changed) == (1, 1, 0)
    assert [row["option_values"] for row in after] == [["S"], ["M"]]
    assert (after[0]["id"], after[0]["sku"]) == (small["id"], small["sku"])
    assert after[1]["sku"].startswith("SKU-")


async def test_a_renamed_option_value_keeps_its_variant_by_sku(db: Database) -> None:
    await put(db, shirt("Small", skus=["S-1"]))
    result = await put(db, shirt("S", skus=["s-1"]))
    rows = await db.reading.fetch(VARIANTS)
    assert (result.variants_created, result.variants_changed) == (0, 1)
    assert [(row["option_values"], row["sku"]) for row in rows] == [(["S"], "s-1")]


async def test_a_language_that_is_not_given_keeps_its_text(db: Database) -> None:
    (id_,) = await given.product(db, Text3(en="Mug", es="Taza"), handle="mug")
    await put(db, ProductDraft(handle="mug", title=Text3(en="Large mug")))
    article = (await catalog.articles(db.reading, [id_]))[id_]
    assert article.title == Text3(en="Large mug", es="Taza")


async def test_what_cannot_go_in_says_why_and_the_rest_goes_in(db: Database) -> None:
    await given.product(db, handle="taken", variants=[VariantDraft(sku="TAKEN", barcode="4006381333931")])
    result = await put(
        db,
        ProductDraft(handle="untitled", variants=(VariantDraft(),)),
        ProductDraft(handle="empty", title=Text3(en="Empty")),
        ProductDraft(
            handle="mixed",
            title=Text3(en="Mixed"),
            options=(Text3(en="Size"),),
            variants=(
                VariantDraft(option_values=("S",), sku="taken"),
                VariantDraft(option_values=("M",), barcode="4006381333932"),
                VariantDraft(option_values=("L",), barcode="04006381333931"),
                VariantDraft(option_values=("XL",)),
                VariantDraft(option_values=("XL",)),
                VariantDraft(option_values=()),
            ),
        ),
        ProductDraft(handle="Taken", title=Text3(en="Same address"), variants=(VariantDraft(),)),
    )
    assert [(each.product, each.variant, each.field) for each in result.trouble] == [
        (0, None, "title"),
        (1, None, "variants"),
        (2, 0, "sku"),
        (2, 1, "barcode"),
        (2, 2, "barcode"),
        (2, 4, "option_values"),
        (2, 5, "option_values"),
        (3, None, "handle"),
    ]
    assert (result.created, result.variants_created) == (1, 1)
    assert list(result.variant_ids) == [(2, 3)]


async def test_a_new_product_whose_variants_are_all_refused_is_not_made(db: Database) -> None:
    result = await put(db, ProductDraft(handle="x", title=Text3(en="X"), variants=(VariantDraft(barcode="12345678"),)))
    assert (result.created, len(result.trouble)) == (0, 1)
    assert (await counts(db))[:2] == (0, 0)


async def test_two_imports_of_the_same_file_at_once_make_each_product_once(db: Database) -> None:
    drafts = [shirt("S", "M", handle=f"shirt-{nth}") for nth in range(20)]
    results = await asyncio.gather(*(put(db, *drafts) for _ in range(4)))
    assert sorted(result.created for result in results) == [0, 0, 0, 20]
    assert (await counts(db))[:2] == (20, 40)


async def test_articles_say_what_a_basket_needs(db: Database) -> None:
    large, download = await given.product(
        db,
        "Pot",
        options=["Size", "Colour"],
        tax_category="reduced",
        variants=[
            VariantDraft(
                option_values=("L", "Blue"), sku="P-L", weight_grams=850, image_url="https://example.com/l.jpg"
            ),
            VariantDraft(option_values=("PDF", "-"), shippable=False),
        ],
    )
    (draft,) = await given.product(db, "Hidden", status=Status.DRAFT)
    found = await catalog.articles(db.reading, [large, download, draft])
    assert found[large].option_text == "L / Blue"
    assert (found[large].sku, found[large].weight_grams, found[large].tax_category) == ("P-L", 850, "reduced")
    assert (found[large].sellable, found[large].shippable, found[large].image_url) == (
        True,
        True,
        "https://example.com/l.jpg",
    )
    assert not found[download].shippable
    assert not found[draft].sellable
    assert await catalog.articles(db.reading, []) == {}
