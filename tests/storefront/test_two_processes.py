"""Two server processes on one database, their caches on: what changes shows in both within a second, and a walk misses and doubles nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Final

from sqlalchemy import select

from commerce import catalog
from commerce.catalog import ProductDraft, Status, VariantDraft, put_products
from commerce.catalog.change_product import withdraw_product
from commerce.catalog.tables import products
from commerce.kernel import clock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from tests.given import catalog as articles, inventory, kits, pricing as prices, stores
from tests.quotes.test_two_processes import two_processes
from tests.served import Api

AT_MOST_SECONDS: Final = 1.0
LOOKED_SECONDS: Final = 1.05
PRODUCTS: Final = 60

IDS = Statement(select(products.c.id, products.c.slug))

log = logging.getLogger(__name__)
Look = Callable[[Api], Awaitable[Any]]


async def seen_after(apis: list[Api], look: Look, wanted: object, change: Awaitable[object]) -> list[float]:
    """Makes a change while both processes are asked all the time; gives by process after how many seconds the last old answer was asked for.

    Refuses an answer that is the new one before the change, and a process that does not show it at the end.
    """
    asked: list[list[tuple[float, float, Any]]] = [[] for _ in apis]
    until = float("inf")

    async def ask(number: int) -> None:
        at = 0.0
        while at < until:
            at = monotonic()
            said = await look(apis[number])
            asked[number].append((at, monotonic(), said))
            await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as group:
        for number in range(len(apis)):
            group.create_task(ask(number))
        await asyncio.sleep(0.05)
        began = monotonic()
        await change
        committed = monotonic()
        until = committed + LOOKED_SECONDS
    for mine in asked:
        assert all(said != wanted for _, answered, said in mine if answered < began)
        assert mine[-1][-1] == wanted
    return [max((at - committed for at, _, said in mine if said != wanted), default=0.0) for mine in asked]


async def test_publishing_a_price_and_stock_show_in_every_process_within_a_second(
    dsn: str, db: Database, tmp_path: Path
) -> None:
    await stores.channel(db)
    gracia = await stores.location(db)
    draft = ProductDraft(handle="mug", title=Text3(en="Mug"), variants=(VariantDraft(sku="MUG"),), status=Status.DRAFT)
    mug = (await db.transact(put_products, [draft], at=clock.now())).variant_ids[0, 0]
    await prices.prices(db, {mug: 1999})

    async def published(api: Api) -> int:
        return (await api.call("GET", "/v1/products/mug")).status_code

    async def listed(api: Api) -> int:
        return len((await api.get("/v1/products"))["items"])

    async def price(api: Api) -> int:
        amount: int = (await api.get("/v1/products/mug"))["variants"][0]["price"]["amount"]
        return amount

    async def band(api: Api) -> str:
        told: str = (await api.get("/v1/variants/lookup?sku=mug"))["variant"]["pickup"][0]["stock"]
        return told

    async def kit_band(api: Api) -> str:
        told: str = (await api.get("/v1/variants/lookup?sku=set"))["variant"]["pickup"][0]["stock"]
        return told

    def put(**how: Any) -> Awaitable[object]:
        return db.transact(put_products, [ProductDraft(handle="mug", title=Text3(en="Mug"), **how)], at=clock.now())

    async with two_processes(dsn, tmp_path) as started:
        apis = [Api(each.http) for each in started]
        figures = {
            "published": await seen_after(apis, published, 200, put(status=Status.PUBLISHED)),
            "price": await seen_after(apis, price, 2099, prices.prices(db, {mug: 2099})),
            "stock": await seen_after(apis, band, "in", inventory.stock(db, {(mug, gracia): 9})),
            "taken away": await seen_after(apis, listed, 0, put(on_show_until=clock.now() - timedelta(days=1))),
        }
        cup = await articles.variant(db, "Cup", sku="CUP")
        plate = await articles.variant(db, "Plate", sku="PLATE")
        await kits.kit(db, "Set", {cup: 1, plate: 1}, sku="SET")
        await inventory.stock(db, {(cup, gracia): 9, (plate, gracia): 9})
        await asyncio.sleep(AT_MOST_SECONDS)
        product = (await catalog.articles(db.reading, [plate]))[plate].product_id
        gone = db.transact(withdraw_product, product, at=clock.now())
        figures["a component withdrawn"] = await seen_after(apis, kit_band, "out", gone)
        walks = await _walks(db, apis)
    log.info("seconds until the last old answer was asked for, by process: %s; walks: %d", figures, walks)
    for each in figures.values():
        assert max(each) < AT_MOST_SECONDS, figures


async def _walks(db: Database, apis: list[Api]) -> int:
    """Walks the whole list over HTTP in its default order, each page at another process, while products come, go and change."""
    drafts = [
        ProductDraft(handle=f"p-{nth}", title=Text3(en=f"P {nth}"), variants=(VariantDraft(),))
        for nth in range(PRODUCTS)
    ]
    drafts += [
        ProductDraft(handle=f"draft-{nth}", title=Text3(en="D"), variants=(VariantDraft(),), status=Status.DRAFT)
        for nth in range(PRODUCTS // 10)
    ]
    await db.transact(put_products, drafts, at=clock.now())
    ids = {row["slug"]: row["id"] for row in await db.reading.fetch(IDS)}
    made = [ids[f"p-{nth}"] for nth in range(PRODUCTS)]
    gone = made[::7]
    stay = {str(each) for each in made} - {str(each) for each in gone}
    done = asyncio.Event()

    async def others() -> None:
        for nth, each in enumerate(gone):
            await db.transact(withdraw_product, each, at=clock.now())
            await articles.product(db, f"New {nth}")
            changed = [ProductDraft(handle=f"p-{7 * nth + 1}", title=Text3(en=f"Changed {nth}"))]
            changed += [ProductDraft(handle=f"draft-{nth % (PRODUCTS // 10)}", status=Status.PUBLISHED)]
            await db.transact(put_products, changed, at=clock.now())
        done.set()

    walks = 0
    async with asyncio.TaskGroup() as group:
        group.create_task(others())
        while not done.is_set() or not walks:
            seen = await _walk(apis)
            assert len(seen) == len(set(seen))
            assert set(seen) >= stay
            walks += 1
    return walks


async def _walk(apis: list[Api]) -> list[str]:
    seen: list[str] = []
    path, pages = "/v1/products?limit=7", 0
    while True:
        page = await apis[pages % 2].get(path)
        seen += [card["id"] for card in page["items"]]
        if page["next_cursor"] is None:
            return seen
        path, pages = f"/v1/products?limit=7&cursor={page['next_cursor']}", pages + 1
