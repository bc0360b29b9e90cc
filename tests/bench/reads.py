"""What anybody reads: the product page, the list, the search, the look-up of a code; and page and list from the cache."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from urllib.parse import quote

import msgspec

from tests.bench import load, machine
from tests.bench.house import SERVER, House, Sample
from tests.bench.load import Connection, RefusedError, request
from tests.bench.row import Row, Sides
from tests.bench.world import ADJECTIVES, NOUNS

PAGES = 200
LIST_PAGES = 20
STALE_SHARE = (
    0.25  # a page that is kept for most of a second is asked of the database about once a second, whatever the load
)
CACHED_PAGES = 50
QUERY = "a bare ASGI app with one hand-written query on held connections"
KEPT = "a bare Litestar handler that gives kept bytes"

Pair = tuple[str, str]
"""The path of a page at the product, and at its floor."""
Pages = Callable[[House], Awaitable[list[Pair]]]


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]
    next_cursor: str | None


async def _details(house: House) -> list[Pair]:
    slugs = random.Random(1).sample(house.world.slugs, min(PAGES, len(house.world.slugs)))
    return [(f"/v1/products/{slug}?lang=en", f"/bare/products/{slug}") for slug in slugs]


async def _lists(house: House) -> list[Pair]:
    found: list[Pair] = [("/v1/products?lang=en", "/bare/list")]
    connection = await Connection.open(house.server.url)
    while len(found) < LIST_PAGES:
        page = msgspec.json.decode(await connection.expect(200, request("GET", found[-1][0])), type=_Page)
        if page.next_cursor is None:
            break
        last = house.world.product_ids[len(found) * 24 - 1]
        found.append((f"/v1/products?lang=en&cursor={page.next_cursor}", f"/bare/list?after={last}"))
    connection.close()
    return found


async def _searches(house: House) -> list[Pair]:
    dice = random.Random(2)
    texts: list[str] = []
    while len(texts) < PAGES:
        nth = dice.randrange(len(house.world.slugs))
        adjective, noun = ADJECTIVES[nth % 16], NOUNS[nth // 16 % 16]
        texts.append(noun if len(texts) % 2 else f"{adjective} {noun}")
    return [(f"/v1/search?q={quote(text)}&lang=en", f"/bare/search?q={quote(text)}") for text in texts]


async def _lookups(house: House) -> list[Pair]:
    codes = random.Random(3).sample(house.world.barcodes, min(PAGES, len(house.world.barcodes)))
    return [(f"/v1/variants/lookup?barcode={code}&lang=en", f"/bare/lookup?barcode={code}") for code in codes]


def _read(pages: Pages) -> Callable[[House], AbstractAsyncContextManager[Sides]]:
    @asynccontextmanager
    async def ready(house: House) -> AsyncIterator[Sides]:
        pairs: list[Pair] = await pages(house)
        await _same_bytes(house, pairs)
        ours, floor = ([request("GET", pair[side]) for pair in pairs] for side in (0, 1))

        async def measured() -> Sample:
            sample = await house.served(_reading(ours))
            if sample.sql is not None and sample.sql < 1 - STALE_SHARE:
                raise RefusedError(f"a cache answered: {sample.sql:.2f} statements a request")
            return sample

        yield Sides(
            ours=measured,
            floor=lambda: house.served(_reading(floor), by=house.floor),
            says=QUERY,
            clients=house.how.clients,
            seconds=house.how.seconds,
            data={**house.world.sizes, "pages": len(pairs)},
        )

    return ready


def _cached(pages: Pages) -> Callable[[House], AbstractAsyncContextManager[Sides]]:
    @asynccontextmanager
    async def ready(house: House) -> AsyncIterator[Sides]:
        pairs: list[Pair] = (await pages(house))[:CACHED_PAGES]
        with ExitStack() as started:
            cached = started.enter_context(
                machine.application(SERVER, {**house.environment, "COMMERCE_PUBLIC_CACHE": "true"})
            )
            await _keep(house, [ours for ours, _ in pairs])
            ours = [request("GET", pair[0]) for pair in pairs]
            floor = [request("GET", f"/litestar/kept/{nth}") for nth in range(len(pairs))]

            async def measured() -> Sample:
                sample = await house.served(_reading(ours), by=cached)
                if sample.sql is not None and sample.sql > STALE_SHARE:
                    raise RefusedError(f"the cache did not answer: {sample.sql:.2f} statements a request")
                return sample

            yield Sides(
                ours=measured,
                floor=lambda: house.served(_reading(floor), by=house.floor),
                says=KEPT,
                clients=house.how.clients,
                seconds=house.how.seconds,
                data={**house.world.sizes, "pages": len(pairs)},
            )

    return ready


def _reading(requests: list[bytes]) -> load.Unit:
    many = len(requests)

    async def unit(connection: Connection, client: int, count: int) -> None:
        await connection.expect(200, requests[(client * 7919 + count) % many])

    return unit


async def _same_bytes(house: House, pairs: list[Pair]) -> None:
    """Refuses to compare what is not the same: each page, byte for byte."""
    ours, floor = await Connection.open(house.server.url), await Connection.open(house.floor.url)
    for path, bare in pairs:
        wanted, given = await ours.expect(200, request("GET", path)), await floor.expect(200, request("GET", bare))
        if wanted != given:
            at = next((n for n, pair in enumerate(zip(wanted, given, strict=False)) if pair[0] != pair[1]), 0)
            around = slice(max(at - 60, 0), at + 60)
            raise RefusedError(f"{path} and its floor differ at {at}: {wanted[around]!r}, {given[around]!r}")
    ours.close()
    floor.close()


async def _keep(house: House, paths: list[str]) -> None:
    """Gives the floor the bytes that it is to answer with."""
    ours, floor = await Connection.open(house.server.url), await Connection.open(house.floor.url)
    for nth, path in enumerate(paths):
        body = await ours.expect(200, request("GET", path))
        await floor.expect(204, request("PUT", f"/bare/keep/{nth}", body))
    ours.close()
    floor.close()


ROWS = [
    Row(name="product.detail", ready=_read(_details), goal=0.6),
    Row(name="product.list", ready=_read(_lists), goal=0.6),
    Row(name="search", ready=_read(_searches), goal=0.6),
    Row(name="lookup", ready=_read(_lookups), goal=0.6),
    Row(name="product.detail.cached", ready=_cached(_details), goal=0.7),
    Row(name="product.list.cached", ready=_cached(_lists), goal=0.7),
]
