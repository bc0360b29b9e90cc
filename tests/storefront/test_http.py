"""The public catalogue over HTTP: no token, validators, a cache that nobody can tell from the truth for longer than a second."""

import asyncio
import json
from datetime import timedelta
from typing import Any, NoReturn

import httpx
import pytest
from litestar.types import Message, Receive, Scope, Send

from commerce.catalog import VariantDraft
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.platform.http import encode_cursor
from commerce.storefront import PublicCache
from tests.given import catalog as articles, identity as given_callers, inventory, pricing as prices, stores
from tests.served import Api, Served
from tests.soon import seen_soon

STRANGE = "01900000-0000-7000-8000-000000000000"


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def test_anybody_sees_pages_lists_search_and_look_up(server: Served, api: Api) -> None:
    db = server.program.db
    channel = await stores.channel(db)
    await prices.taxes(db)
    gracia = await stores.location(db)
    (mug,) = await articles.product(
        db, Text3(en="Blue mug", es="Taza azul"), handle="blue-mug", variants=[VariantDraft(barcode="4006381333931")]
    )
    await prices.prices(db, {mug: 1999})
    await inventory.stock(db, {(mug, gracia): 2})
    answer = await api.call("GET", f"/v1/products/blue-mug?lang=es&channel={channel}&location={gracia}")
    page = answer.json()
    assert page["title"] == "Taza azul"
    assert page["variants"][0]["price"] == {"amount": 1999, "currency": "EUR"}
    assert page["variants"][0]["pickup"][0]["stock"] == "few"
    assert "available" not in page["variants"][0]["pickup"][0]
    assert (answer.headers["cache-control"], answer.headers.get("vary")) == ("public, max-age=1", None)
    unchanged = await api.call(
        "GET",
        f"/v1/products/blue-mug?lang=es&channel={channel}&location={gracia}",
        if_none_match=answer.headers["etag"],
    )
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (await api.get(f"/v1/products/{page['id']}"))["title"] == "Blue mug"
    by_header = await api.call("GET", "/v1/products/blue-mug", accept_language="es")
    assert (by_header.json()["title"], by_header.headers["vary"]) == ("Taza azul", "Accept-Language")
    assert [card["slug"] for card in (await api.get("/v1/products"))["items"]] == ["blue-mug"]
    assert (await api.get("/v1/search?q=TAZAS&lang=es"))["total"] == 1
    assert (await api.get("/v1/variants/lookup?barcode=04006381333931"))["variant"]["id"] == str(mug)
    assert (await api.get("/v1/categories"))["items"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/products/none", 404),
        (f"/v1/products/{STRANGE}", 404),
        (f"/v1/products?channel={STRANGE}", 404),
        (f"/v1/products?location={STRANGE}", 404),
        ("/v1/products?limit=0", 400),
        ("/v1/products?limit=101", 400),
        ("/v1/products?sort=price", 400),
        ("/v1/products?cursor=nonsense", 400),
        (f"/v1/products?sort=title&cursor={encode_cursor(['nul' + chr(0), new_id()])}", 400),
        (f"/v1/search?q=mug&cursor={encode_cursor([10**30, new_id()])}", 400),
        ("/v1/products?lang=fr", 400),
        ("/v1/search?category=", 400),
        ("/v1/search?q=", 400),
        ("/v1/search?q=%00", 400),
        ("/v1/search?q=mug&cursor=WzFd", 400),
        ("/v1/search?q=mug&cursor=WyJhIiwgImIiXQ", 400),
        ("/v1/variants/lookup", 400),
        ("/v1/variants/lookup?barcode=1&sku=2", 400),
        ("/v1/variants/lookup?sku=none", 404),
    ],
)
async def test_what_cannot_be_answered_is_a_problem(server: Served, api: Api, path: str, status: int) -> None:
    await stores.channel(server.program.db)
    assert problem(await api.call("GET", path))[0] == status


async def test_figures_are_told_to_a_terminal_for_its_own_store_and_never_kept(server: Served, api: Api) -> None:
    db, tokens = server.program.db, server.program.services.tokens
    await stores.channel(db)
    gracia, sants = await stores.location(db, "gracia"), await stores.location(db, "sants")
    (mug,) = await articles.product(db, handle="mug")
    await inventory.stock(db, {(mug, gracia): 41, (mug, sants): 17})
    till = await given_callers.token_of(db, tokens, await given_callers.terminal(db, gracia))  # type: ignore[arg-type]
    answer = await api.as_(till).call("GET", "/v1/products/mug")
    assert [each["available"] for each in answer.json()["variants"][0]["pickup"]] == [41, None]
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_new_price_a_new_list_and_stock_show_within_a_second(
    server: Served, api: Api, clock: HeldClock
) -> None:
    db = server.program.db
    await stores.channel(db)
    gracia = await stores.location(db)
    (mug,) = await articles.product(db, handle="mug")
    await prices.prices(db, {mug: 1999})

    async def shown() -> tuple[int, str]:
        (variant,) = (await api.get("/v1/products/mug"))["variants"]
        return variant["price"]["amount"], variant["pickup"][0]["stock"]

    assert await shown() == (1999, "out")
    await prices.prices(db, {mug: 2099})
    await inventory.stock(db, {(mug, gracia): 9})
    await seen_soon(shown, (2099, "in"))
    sale = await prices.price_list(db, priority=5, starts_at=clock.at + timedelta(hours=1))
    await prices.prices(db, {mug: 999}, list_id=sale)
    await asyncio.sleep(0.6)
    assert await shown() == (2099, "in"), "the sale has not begun"
    await server.work()
    clock.move(hours=1)
    await seen_soon(shown, (999, "in"))


class Pages:
    """An application that counts how often it is asked, and says what it is told to say."""

    def __init__(self) -> None:
        self.asked = 0
        self.says: Any = "first"
        self.cache = b"public, max-age=1"
        self.status = 200

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        body = json.dumps(self.says).encode()
        headers = [
            (b"cache-control", self.cache),
            (b"etag", f'"{self.says}"'.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"x-request-id", b"of-one-request"),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


async def get(
    app: PublicCache, path: str = "/v1/products/mug", query: str = "", **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    sent: list[Message] = []

    async def receive() -> NoReturn:
        raise AssertionError("a GET has no body to read")

    async def send(message: Message) -> None:
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: Any = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": given}
    await app(scope, receive, send)
    start, body = sent
    found = {name.decode(): value.decode() for name, value in start["headers"]}  # type: ignore[typeddict-item]
    return start["status"], body["body"], found  # type: ignore[typeddict-item]


async def test_a_public_page_is_kept_for_less_than_a_second() -> None:
    pages = Pages()
    app = PublicCache(pages, seconds=0.2)
    first = await get(app)
    pages.says = "second"
    kept = await get(app)
    assert (pages.asked, kept[0], kept[1]) == (1, 200, first[1])
    assert "x-request-id" not in kept[2]
    assert await get(app, if_none_match='"first"') == (
        304,
        b"",
        {"cache-control": "public, max-age=1", "etag": '"first"'},
    )
    await asyncio.sleep(0.21)
    assert (await get(app))[1] == b'"second"'
    assert pages.asked == 2


async def test_what_differs_is_kept_apart_and_what_is_private_is_not_kept() -> None:
    pages = Pages()
    app = PublicCache(pages)
    await get(app)
    await get(app, query="lang=es")
    await get(app, accept_language="es")
    await get(app, origin="https://shop.example.com")
    await get(app, path="/v1/products/other")
    assert pages.asked == 5
    for _ in range(2):
        await get(app, authorization="Bearer x")
        await get(app, path="/v1/carts")
    assert pages.asked == 9
    pages.cache = b"private, no-store"
    for _ in range(2):
        await get(app, path="/v1/products/private")
    pages.cache, pages.status = b"public", 404
    for _ in range(2):
        await get(app, path="/v1/products/none")
    assert pages.asked == 13


async def test_without_seconds_nothing_is_kept() -> None:
    pages = Pages()
    app = PublicCache(pages, seconds=0)
    await get(app)
    await get(app)
    assert pages.asked == 2


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commerce.storefront.cache.MOST_ENTRIES", 10)
    monkeypatch.setattr("commerce.storefront.cache.MOST_BYTES", 100)
    pages = Pages()
    app = PublicCache(pages, seconds=60)
    for nth in range(50):
        await get(app, path=f"/v1/products/{nth}")
    assert pages.asked == 50
    await get(app, path="/v1/products/49")
    assert pages.asked == 50
    await get(app, path="/v1/products/0")
    assert pages.asked == 51
    pages.says = "x" * 200
    await get(app, path="/v1/products/large")
    await get(app, path="/v1/products/49")
    assert pages.asked == 53, "what is larger than the bound goes at once, and all the rest with it"
