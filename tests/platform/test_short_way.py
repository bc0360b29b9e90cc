"""The short way through the framework answers as the framework's own way does, whatever comes; and nearly every route goes it."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import pytest
from litestar import Litestar, Response
from litestar.config.cors import CORSConfig
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from litestar.types import ASGIApp, Message
from msgspec import Meta

from commerce.app.http import create_http
from commerce.kernel.errors import Refusal
from commerce.kernel.wire import WireIn, WireOut
from commerce.platform.http import EXCEPTION_HANDLERS, PUBLIC, Call, answer, by_the_short_way, get, post
from commerce.platform.http.short_way import ShortWay
from commerce.platform.settings import load

ID = "01890000-0000-7000-8000-000000000001"
Sent = tuple[int, list[tuple[bytes, bytes]], bytes]


class Asleep(Refusal):
    """The thing sleeps."""

    code = "asleep"
    es = "Duerme."
    ca = "Dorm."


class ThingIn(WireIn):
    name: Annotated[str, Meta(max_length=5)]


class ThingOut(WireOut):
    id: UUID
    name: str


asked: list[str] = []


async def ask(request: Any) -> None:  # noqa: ANN401
    asked.append(request.scope["path"])
    if "sleeping" in request.scope["path"]:
        raise Asleep


@get("/v1/things/{thing_id:uuid}", operation="getThing", scope=PUBLIC, tag="things")
async def get_thing(
    request: Call, thing_id: FromPath[UUID], q: FromQuery[Annotated[int | None, Meta(ge=1)]] = None
) -> Response[ThingOut]:
    """Get a thing."""
    if q == 13:
        raise ValueError("nobody must see this")
    return answer(request, ThingOut(id=thing_id, name=f"{q} {request.language}"))


@get("/v1/sleeping", operation="getSleeping", scope=PUBLIC, tag="things")
async def get_sleeping(request: Call) -> Response[ThingOut]:
    """Get what sleeps."""
    return answer(request, None)


@get("/v1/written", operation="getWritten", scope=PUBLIC, tag="things", media_type="text/plain")
async def get_written(request: Call) -> Response[Any]:
    """Get what is written while it is sent."""

    async def parts() -> Any:  # noqa: ANN401
        yield b"one "
        yield b"two"

    return Stream(parts(), headers={"cache-control": "no-store"})


@post("/v1/things", operation="createThing", scope=PUBLIC, tag="things")
async def create_thing(request: Call, data: JSONBody[ThingIn]) -> Response[ThingOut]:
    """Create a thing."""
    return answer(request, ThingOut(id=UUID(ID), name=data.name), status=201)


def made(cors: CORSConfig | None) -> Litestar:
    return by_the_short_way(
        Litestar(
            [get_thing, get_sleeping, get_written, create_thing],
            request_class=Call,
            before_request=ask,
            exception_handlers=EXCEPTION_HANDLERS,
            cors_config=cors,
            openapi_config=None,
            request_max_body_size=1_000,
            logging_config=None,
        )
    )


async def sent(app: ASGIApp, method: str, target: str, headers: dict[str, str], body: bytes) -> Sent:
    path, _, query = target.partition("?")
    listed = [(name.encode(), value.encode("latin-1")) for name, value in {"host": "shop", **headers}.items()]
    about = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": listed}
    scope: Any = {**about, "state": {}}
    messages: list[Message] = []

    received: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:  # noqa: ANN401
        if not received:
            await asyncio.sleep(0.01)  # what is streamed is all there by then
        return received.pop() if received else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start: Any = messages[0]
    parts: list[Any] = [each for each in messages[1:] if each["type"] == "http.response.body"]
    return start["status"], sorted(start["headers"]), b"".join(each.get("body", b"") for each in parts)


REQUESTS: list[tuple[str, str, dict[str, str], bytes, int]] = [
    ("GET", f"/v1/things/{ID}", {}, b"", 200),
    ("GET", f"/v1/things/{ID}?q=3", {"accept-language": "ca"}, b"", 200),
    ("GET", f"/v1/things/{ID}?q=3", {"if-none-match": "*"}, b"", 304),
    ("GET", f"/v1/things/{ID}?q=0", {}, b"", 400),
    ("GET", f"/v1/things/{ID}?q=13", {}, b"", 500),
    ("GET", "/v1/things/no-id", {}, b"", 404),
    ("GET", f"/v1/things/{ID}/", {}, b"", 200),
    ("GET", f"/v1//things/{ID}", {}, b"", 200),
    ("GET", "/v1/nowhere", {}, b"", 404),
    ("PUT", "/v1/things", {}, b"", 405),
    ("OPTIONS", "/v1/things", {}, b"", 204),
    ("GET", "/v1/sleeping", {"accept-language": "es"}, b"", 409),
    ("GET", "/v1/written", {}, b"", 200),
    ("GET", f"/v1/things/{ID}", {"host": "a b"}, b"", 400),
    ("GET", f"/v1/things/{ID}", {"origin": "https://shop.example"}, b"", 200),
    ("POST", "/v1/things", {"content-type": "application/json"}, b'{"name":"a"}', 201),
    ("POST", "/v1/things", {"content-type": "application/json"}, b'{"name":"much too long"}', 400),
    ("POST", "/v1/things", {"content-type": "application/json"}, b"{", 400),
    ("POST", "/v1/things", {"content-type": "text/plain"}, b'{"name":"a"}', 415),
    ("POST", "/v1/things", {"content-length": "0"}, b"", 400),
    ("POST", "/v1/things", {"content-type": "application/json", "content-length": "5000"}, b" " * 5_000, 413),
]


@pytest.mark.parametrize("cors", [None, CORSConfig(allow_origins=["https://shop.example"])], ids=["plain", "cors"])
@pytest.mark.parametrize(("method", "target", "headers", "body", "status"), REQUESTS)
async def test_both_ways_answer_the_same(
    method: str, target: str, headers: dict[str, str], body: bytes, status: int, cors: CORSConfig | None
) -> None:
    asked.clear()
    litestar = made(cors)
    short = await sent(litestar, method, target, headers, body)
    times = len(asked)
    asked.clear()
    within: Any = litestar.asgi_handler
    if cors is None:
        litestar.asgi_handler = within._app
    else:
        within.app = within.app._app
    assert short == await sent(litestar, method, target, headers, body)
    assert short[0] == status
    assert times == len(asked)  # who asks is looked at on both ways, or on neither


def test_every_operation_but_the_one_with_a_form_goes_the_short_way() -> None:
    litestar = create_http(load({}, env_file=None))
    short = litestar.asgi_handler
    assert isinstance(short, ShortWay)
    handlers: list[Any] = [
        handler for route in litestar.routes for handler in getattr(route, "route_handlers", ()) if handler.operation_id
    ]
    assert [each.operation_id for each in handlers if each not in short._plain] == ["clientToken"]
