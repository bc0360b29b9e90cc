"""Pages at 1,000, 20,000 and 200,000 products: how much more a page of a large catalogue costs than that of a small one.

The shops are those of `tests/scale`: twenty stores, each article at five of them. Each size has a server of its own; in each round the sizes
are asked in turn, one request after the other (a page's own time, not that of a queue), so that a busy moment meets all of them. One line
has all sizes, and of each but the smallest the ratio to that.
"""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from statistics import median
from time import perf_counter
from urllib.parse import quote

import httpx
import msgspec

from tests.bench import machine
from tests.bench.house import EMPTY, SERVER, House, create_database
from tests.bench.load import Connection, RefusedError, request
from tests.bench.row import Figures
from tests.scale import articles, generate

ASKED = 200
LIST_PAGES = 20
FEED_PRODUCTS, FEED_SECONDS = 20_000, 60
SLICE = 10  # so many requests of a size, then as many of the next one

Requests = Callable[["Shop"], Awaitable[list[bytes]]]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A shop of one size and the server that shows it."""

    products: int
    server: machine.Running
    connection: Connection


class _Page(msgspec.Struct):
    next_cursor: str | None


class _Found(msgspec.Struct):
    total: int
    facets: dict[str, msgspec.Raw]


async def shops(house: House) -> list[Shop]:
    """Gives a shop of each size with its server, made when first asked for; all of them stand until the house is left."""
    made = house.kept.get("scale")
    if made is not None:
        assert isinstance(made, list)
        return made
    found: list[Shop] = []
    for products in house.how.scale:
        name = f"bench_scale_{products}"
        await create_database(house.postgres, name, template=EMPTY)
        await generate.fill(house.dsn(name), products=products, ledger=False)
        environment = {**house.environment, "DATABASE_URL": house.dsn(name)}
        server = house.lasting.enter_context(machine.application(SERVER, environment))
        connection = await Connection.open(server.url)
        house.lasting.callback(connection.close)
        found.append(Shop(products=products, server=server, connection=connection))
    house.kept["scale"] = found
    return found


def _some(shop: Shop, many: int = ASKED) -> list[int]:
    return [random.Random(nth).randrange(shop.products) for nth in range(many)]


async def _details(shop: Shop) -> list[bytes]:
    return [request("GET", f"/v1/products/{articles.handle(nth)}?lang=en") for nth in _some(shop)]


async def _lookups(shop: Shop) -> list[bytes]:
    codes = [articles.barcode(nth, nth % articles.OPTIONS) for nth in _some(shop)]
    return [request("GET", f"/v1/variants/lookup?barcode={code}&lang=en") for code in codes]


async def _lists(shop: Shop) -> list[bytes]:
    """The first pages, as people leaf through them."""
    found = ["/v1/products?lang=en"]
    while len(found) < LIST_PAGES:
        page = msgspec.json.decode(await shop.connection.expect(200, request("GET", found[-1])), type=_Page)
        if page.next_cursor is None:
            break
        found.append(f"/v1/products?lang=en&cursor={page.next_cursor}")
    return [request("GET", path) for path in found]


async def _selective(shop: Shop) -> list[bytes]:
    """Searches for a series, which twenty products are of in a shop of any size."""
    return await _searches(shop, [articles.series(nth) for nth in _some(shop)], most=3 * articles.IN_A_SERIES)


async def _broad(shop: Shop) -> list[bytes]:
    """Searches for the word that one product in a hundred has."""
    return await _searches(shop, [articles.BROAD], most=shop.products)


async def _searches(shop: Shop, words: Sequence[str], *, most: int) -> list[bytes]:
    asked = [request("GET", f"/v1/search?q={quote(word)}&lang=en") for word in words]
    for each in asked[:SLICE]:
        found = msgspec.json.decode(await shop.connection.expect(200, each), type=_Found)
        if not 0 < found.total <= most:
            raise RefusedError(f"{each.partition(b' HTTP')[0].decode()} found {found.total}")
    return asked


def _measured(requests: Requests, goal: float) -> Callable[[House], Awaitable[Mapping[str, float]]]:
    async def measure(house: House) -> Mapping[str, float]:
        every = await shops(house)
        asked = [await requests(shop) for shop in every]
        for shop, own in zip(every, asked, strict=True):
            await _timed(shop, own, 0, len(own))  # planned, and in memory
        used = [_used(house, shop) for shop in every]
        times: list[list[float]] = [[] for _ in every]
        spent = [0.0 for _ in every]
        database = machine.cpu_seconds(house.postgres.pid)
        for start in range(0, ASKED, SLICE):
            for place, shop in enumerate(every):
                times[place] += await _timed(shop, asked[place], start, SLICE)
                before, database = database, machine.cpu_seconds(house.postgres.pid)
                spent[place] += database - before
        return _figures(every, times, used, spent, goal, house)

    return measure


def _used(house: House, shop: Shop) -> float:
    return machine.cpu_seconds(shop.server.pid)


def _figures(
    every: list[Shop], times: list[list[float]], used: list[float], spent: list[float], goal: float, house: House
) -> dict[str, float]:
    p50 = [median(each) * 1e3 for each in times]
    found: dict[str, float] = {}
    for place, shop in enumerate(every):
        size = f"{shop.products}"
        found[f"p50_ms_{size}"] = p50[place]
        found[f"cpu_us_{size}"] = (_used(house, shop) - used[place] + spent[place]) * 1e6 / ASKED
        if place:
            found[f"ratio_{size}"] = p50[place] / p50[0]
    found["goal_at_most"] = goal
    return found


async def _timed(shop: Shop, asked: list[bytes], start: int, many: int) -> list[float]:
    times: list[float] = []
    for nth in range(start, start + many):
        began = perf_counter()
        await shop.connection.expect(200, asked[nth % len(asked)])
        times.append(perf_counter() - began)
    return times


async def feed(house: House) -> Mapping[str, float]:
    """Reads the product feed of each shop over HTTP, as far as the products counted; rates of products, and what the server holds afterwards."""
    found: dict[str, float] = {}
    rates: list[float] = []
    for shop in await shops(house):
        before = shop.server.memory_mb()
        began = perf_counter()
        items = await _items(shop, articles.OPTIONS * FEED_PRODUCTS)
        rates.append(items / articles.OPTIONS / (perf_counter() - began))
        size = f"{shop.products}"
        found[f"products_per_second_{size}"] = rates[-1]
        after = shop.server.memory_mb()
        found[f"mb_more_{size}"] = max(used - before.get(name, used) for name, used in after.items())
    for shop, rate in zip((await shops(house))[1:], rates[1:], strict=True):
        found[f"ratio_{shop.products}"] = rates[0] / rate
    return found


async def _items(shop: Shop, at_most: int) -> int:
    """Reads so many items of the feed, or all there are; whoever has enough goes away."""
    items, rest = 0, b""
    async with (
        httpx.AsyncClient(base_url=shop.server.url, timeout=FEED_SECONDS) as http,
        http.stream("GET", "/v1/feeds/google/products.xml?lang=en") as answer,
    ):
        if answer.status_code != HTTPStatus.OK:
            raise RefusedError(f"the feed answered {answer.status_code}")
        async for part in answer.aiter_bytes():
            text = rest + part
            items += text.count(b"</item>")
            rest = text[1 - len(b"</item>") :]  # too short to be counted twice
            if items >= at_most:
                break
    if not items:
        raise RefusedError("the feed has no items")
    return items


ROWS = [
    Figures(name="scale.detail", measure=_measured(_details, 1.2)),
    Figures(name="scale.list", measure=_measured(_lists, 1.5)),
    Figures(name="scale.search.selective", measure=_measured(_selective, 2)),
    Figures(name="scale.search.broad", measure=_measured(_broad, 10)),
    Figures(name="scale.lookup", measure=_measured(_lookups, 1.2)),
    Figures(name="scale.feed", measure=feed),
]
