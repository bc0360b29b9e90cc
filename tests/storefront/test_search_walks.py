"""Walks from page to page over HTTP while another client writes: what each order promises of products that are there all the time.

By age a product has its place for good: each that is there throughout comes exactly once. By relevance, price, popularity and title the same holds
of each whose own texts, price, sales and title stay; one that moves meanwhile may be missed, or come twice, as it passes the place of the cursor.
"""

import asyncio
from itertools import count
from random import Random
from uuid import UUID

import pytest

from commerce.catalog import ProductDraft, VariantDraft, articles as catalog_articles, put_products
from commerce.catalog.change_product import withdraw_product
from commerce.kernel import clock
from commerce.kernel.ids import VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from tests.given import pricing, stores
from tests.served import Api, Served

PRODUCTS = 60  # more than a page of titles, so that descriptions are not consulted


def _mug(nth: int, title: str) -> ProductDraft:
    return ProductDraft(
        handle=f"mug-{nth}", title=Text3(en=title), vendor=f"Maker {nth % 3}", variants=(VariantDraft(sku=f"M-{nth}"),)
    )


async def _shop(db: Database) -> dict[int, tuple[UUID, VariantId]]:
    await stores.channel(db)
    await pricing.taxes(db)
    put = await db.transact(
        put_products, [_mug(nth, f"Mug {'of clay ' * (nth % 5)}{nth}") for nth in range(PRODUCTS)], at=clock.now()
    )
    assert not put.trouble
    made = [put.variant_ids[nth, 0] for nth in range(PRODUCTS)]
    await pricing.prices(db, {variant: 1_000 + 100 * (nth % 7) for nth, variant in enumerate(made)})
    articles = await catalog_articles(db.reading, made)
    return {nth: (articles[variant].product_id, variant) for nth, variant in enumerate(made)}


async def _others(db: Database, made: dict[int, tuple[UUID, VariantId]], done: asyncio.Event) -> None:
    """Withdraws every fifth, changes title and price of the next one to and fro, and makes new ones, at all prices and places."""
    dice, fresh = Random(7), count(1_000)
    for nth in range(0, PRODUCTS, 5):
        await db.transact(withdraw_product, made[nth][0], at=clock.now())
        new = next(fresh)
        put = await db.transact(put_products, [_mug(new, f"Mug {new}")], at=clock.now())
        moving = made[nth + 1]
        amounts = {put.variant_ids[0, 0]: dice.randrange(900, 1_800), moving[1]: dice.randrange(900, 1_800)}
        await pricing.prices(db, amounts)
        title = f"{dice.choice(['A', 'Z'])} mug {'made by hand ' * dice.randrange(4)}{nth + 1}"
        await db.transact(put_products, [_mug(nth + 1, title)], at=clock.now())
    done.set()


@pytest.mark.parametrize(
    ("path", "moving_too"),
    [
        ("/v1/products?limit=7", True),
        ("/v1/products?limit=7&sort=oldest", True),
        ("/v1/products?limit=7&sort=title", False),
        ("/v1/search?limit=7", True),
        ("/v1/search?limit=7&sort=price", False),
        ("/v1/search?limit=7&q=mug", False),
        ("/v1/search?limit=7&q=mug&sort=newest", True),
        ("/v1/search?limit=7&q=mug&sort=price&vendor=Maker%200&vendor=Maker%201", False),
        ("/v1/search?limit=7&q=mug&sort=-price", False),
        ("/v1/search?limit=7&q=mug&sort=popularity", True),
    ],
)
async def test_what_is_there_throughout_and_keeps_its_place_comes_exactly_once_while_another_client_writes(
    server: Served, api: Api, path: str, moving_too: bool
) -> None:
    db = server.program.db
    made = await _shop(db)
    done = asyncio.Event()
    stay = {str(made[nth][0]) for nth in made if nth % 5 > (0 if moving_too else 1)}
    if "vendor" in path:
        stay &= {str(made[nth][0]) for nth in made if nth % 3 < 2}
    walks = 0
    async with asyncio.TaskGroup() as group:
        group.create_task(_others(db, made, done))
        while not done.is_set() or not walks:
            seen: list[str] = []
            cursor = ""
            while True:
                page = await api.get(f"{path}{cursor}")
                seen += [card["id"] for card in page["items"]]
                if page["next_cursor"] is None:
                    break
                cursor = f"&cursor={page['next_cursor']}"
            assert not (stay - set(seen)), "one was missed"
            kept = [each for each in seen if each in stay]
            assert len(kept) == len(set(kept)), "one came twice"
            walks += 1
