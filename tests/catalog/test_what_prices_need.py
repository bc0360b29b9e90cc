"""What prices need of the catalogue: brand, categories with all above them, what a unit holds; and whom changes name."""

import pytest
from sqlalchemy import select

from commerce import catalog
from commerce.catalog.change_variants import change_variant
from commerce.catalog.create_product import create_product
from commerce.catalog.manage_categories import change_category, create_category, withdraw_category
from commerce.catalog.schemas import CategoryIn, CategoryPatch, ProductIn, VariantIn, VariantPatch
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.ids import ProductId
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.events import events
from commerce.platform.statement import Statement
from commerce.price_engine import Measure
from tests.given import catalog as given

TOLD = Statement(select(events.c.tag, events.c.payload).order_by(events.c.id))


async def test_an_article_says_its_brand_its_categories_and_what_a_unit_holds(db: Database, clock: HeldClock) -> None:
    names = [CategoryIn(name=Text3(en=name)) for name in ("Oil", "Gifts")]
    oil, gifts = [(await db.transact(create_category, each, at=clock.at)).id for each in names]
    made = await db.transact(
        create_product,
        ProductIn(
            title=Text3(en="Olive oil"),
            vendor="  La CÀNTIRA ",
            category_ids=[gifts, oil],
            publish=True,
            variants=[VariantIn(sku="OIL", content_thousandths=750, content_unit="l")],
        ),
        at=clock.at,
    )
    only = made.variants[0]
    before = db.statements
    article = (await catalog.articles(db.reading, [only.id]))[only.id]  # type: ignore[index]
    assert db.statements == before + 1
    assert (article.brand, article.category_ids) == ("la càntira", tuple(sorted((oil, gifts))))
    assert article.measure == Measure(thousandths=750, unit="l")
    patch = VariantPatch(content_thousandths=None, content_unit=None)
    changed = await db.transact(change_variant, only.id, only.version, patch, at=clock.at)
    assert (changed.content_thousandths, changed.content_unit) == (None, None)
    plain = await given.variant(db)
    bare = (await catalog.articles(db.reading, [plain]))[plain]
    assert (bare.brand, bare.category_ids, bare.measure) == ("", (), None)


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"content_thousandths": 5}, "/variants/0/content_unit"),
        ({"content_unit": "kg"}, "/variants/0/content_thousandths"),
    ],
)
async def test_a_content_without_its_unit_is_refused_with_its_field(
    db: Database, clock: HeldClock, content: dict[str, object], pointer: str
) -> None:
    variant = VariantIn(**content)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as refused:
        await db.transact(create_product, ProductIn(title=Text3(en="Oil"), variants=[variant]), at=clock.at)
    assert [error.pointer for error in refused.value.errors] == [pointer]


async def test_the_tree_gives_each_category_with_all_above_it_and_follows_a_move_at_once(
    db: Database, clock: HeldClock
) -> None:
    async def made(name: str, parent: object = None) -> ProductId:
        data = CategoryIn(name=Text3(en=name), parent_id=parent)  # type: ignore[arg-type]
        return (await db.transact(create_category, data, at=clock.at)).id  # type: ignore[return-value]

    shoes = await made("Shoes")
    boots = await made("Boots", shoes)
    winter = await made("Winter boots", boots)
    sale = await made("Sale")
    tree = await catalog.category_tree(db.reading)
    assert tree == {shoes: (shoes,), boots: (boots, shoes), winter: (winter, boots, shoes), sale: (sale,)}
    await db.transact(change_category, boots, 1, CategoryPatch(parent_id=sale), at=clock.at)
    assert (await catalog.category_tree(db.reading))[winter] == (winter, boots, sale)
    await db.transact(withdraw_category, winter, 1, at=clock.at)
    assert winter not in await catalog.category_tree(db.reading)
    told = [(row["tag"], row["payload"]) for row in await db.reading.fetch(TOLD)]
    assert len(told) == 6
    assert {tag for tag, _ in told} == {"catalog.category_changed.v1"}


async def test_a_file_s_batch_names_the_products_that_it_changed_and_no_others(db: Database, clock: HeldClock) -> None:
    drafts = [
        catalog.ProductDraft(handle=name, title=Text3(en=name), variants=(catalog.VariantDraft(),))
        for name in ("pot", "pan")
    ]
    await db.transact(catalog.put_products, drafts, at=clock.at)
    await db.transact(catalog.put_products, [drafts[0], drafts[1]], at=clock.at)
    changed = catalog.ProductDraft(handle="pan", title=Text3(en="Frying pan"), variants=(catalog.VariantDraft(),))
    await db.transact(catalog.put_products, [drafts[0], changed], at=clock.at)
    told = [row["payload"] for row in await db.reading.fetch(TOLD)]
    assert [payload.count('"', payload.index("product_ids") + 12) // 2 for payload in told] == [2, 1]
