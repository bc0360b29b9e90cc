"""A small application of its own, with an operation of each kind, on which the manners of the API are shown."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Response
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta
from sqlalchemy import text

from commerce.kernel.errors import Refusal
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Language, Page, Quantity, WireIn, WireOut
from commerce.platform import audit_log, embedded, events
from commerce.platform.database import Database, Tx
from commerce.platform.http import (
    EXCEPTION_HANDLERS,
    PUBLIC,
    Call,
    Caller,
    Cursor,
    Limit,
    RateLimit,
    Surround,
    Unauthenticated,
    after_cursor,
    answer,
    authorise,
    by_the_short_way,
    delete,
    get,
    know_paths,
    paged,
    patch,
    perform,
    perform_flow,
    post,
)
from commerce.platform.statement import Statement

STAFF = new_id()
CALLERS = {
    None: Caller(kind="public"),
    "Bearer shopper": Caller(kind="shopper", id=new_id(), scopes=frozenset({"carts"})),
    "Bearer staff": Caller(kind="staff", id=STAFF, scopes=frozenset({"carts", "stock:adjust"})),
}
effects: list[str] = []


class Tired(Refusal):
    """The thing is tired."""

    code = "tired"
    es = "La cosa está cansada."
    ca = "La cosa està cansada."


class LineIn(WireIn):
    sku: Annotated[str, Meta(min_length=1)]
    quantity: Quantity
    colour: Literal["blue", "red"] | None = None


class ThingIn(WireIn):
    name: str
    lines: list[LineIn] = []  # noqa: RUF012


class ThingOut(WireOut):
    id: UUID
    name: str
    version: int = 1


class SecretOut(WireOut):
    id: UUID
    client_secret: str


async def make_secret(_: Tx, name: str) -> SecretOut:
    return SecretOut(id=new_id(), client_secret=f"hush {name}")


async def make(tx: Tx, name: str) -> ThingOut:
    if name == "tired":
        raise Tired("Let it rest.", hours=8)
    if name == "broken":
        raise RuntimeError("a secret that nobody must see")
    await tx.execute(Statement(text("SELECT pg_sleep(0.05)")))
    effects.append(name)
    tx.changed("thing", name, before={"name": "old", "password": "hidden"}, after={"name": name})
    return ThingOut(id=new_id(), name=name)


async def make_slowly(db: Database, command_id: UUID, name: str) -> ThingOut:
    effects.append(f"{name} {command_id}")
    if name == "tired":
        raise Tired
    await asyncio.sleep(0.2)
    return ThingOut(id=command_id, name=name)


@post("/v1/things", operation="createThing", scope="carts", tag="things", key="required")
async def create_thing(request: Call, data: JSONBody[ThingIn]) -> Response[ThingOut]:
    """Create a thing."""
    return await perform(request, make, data.name)


@post("/v1/secrets", operation="createSecret", scope="carts", tag="things")
async def create_secret(request: Call, data: JSONBody[ThingIn]) -> Response[SecretOut]:
    """Create a secret."""
    return await perform(request, make_secret, data.name)


@post("/v1/flows", operation="createFlow", scope="carts", tag="things")
async def create_flow(request: Call, data: JSONBody[ThingIn]) -> Response[ThingOut]:
    """Create a thing in several steps."""
    return await perform_flow(request, make_slowly, data.name)


@get("/v1/things/{thing_id:uuid}", operation="getThing", scope=PUBLIC, tag="things")
async def get_thing(request: Call, thing_id: FromPath[UUID]) -> Response[ThingOut]:
    """Get a thing."""
    return answer(request, ThingOut(id=thing_id, name="thing", version=7))


@get("/v1/probe", operation="probe", scope=PUBLIC, tag="things", unlimited=True)
async def probe(request: Call) -> Response[ThingOut]:
    """Say that one is there."""
    return answer(request, ThingOut(id=STAFF, name="probe"))


@get("/v1/things", operation="listThings", scope=PUBLIC, tag="things")
async def list_things(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    q: FromQuery[Annotated[int | None, Meta(ge=1)]] = None,
    sort: FromQuery[Literal["age", "name"]] = "age",
    lang: FromQuery[Language | None] = None,
) -> Response[Page[int]]:
    """List things."""
    start = (after_cursor(cursor, int) or (0,))[0]
    return answer(request, paged(list(range(start + 1, min(start + limit + 2, 8))), limit, key=lambda n: [n]))


@patch("/v1/things/{thing_id:uuid}", operation="patchThing", scope="stock:adjust", tag="things")
async def patch_thing(request: Call, thing_id: FromPath[UUID], data: JSONBody[ThingIn]) -> Response[ThingOut]:
    """Change a thing."""
    assert request.expected_version() == 7
    return await perform(request, make, data.name)


@delete("/v1/things/{thing_id:uuid}", operation="deleteThing", scope="stock:adjust", tag="things", versioned=False)
async def delete_thing(request: Call, thing_id: FromPath[UUID]) -> None:
    """Delete a thing."""
    return await perform(request, nothing)  # type: ignore[return-value]


async def nothing(tx: Tx) -> None:
    effects.append("nothing")


class Tokens:
    async def authenticate(self, authorization: str | None) -> Caller:
        if authorization not in CALLERS:
            raise Unauthenticated("Unknown token.")
        return CALLERS[authorization]


async def store(tx: Tx) -> None:
    await events.store(tx)
    await audit_log.store(tx)


@asynccontextmanager
async def serving(dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """Serves the application on a database of its own, over real HTTP; gives a client that speaks for a shopper."""
    effects.clear()
    db = Database(dsn, before_commit=store)
    app = Litestar(
        [create_thing, create_secret, create_flow, get_thing, probe, list_things, patch_thing, delete_thing],
        request_class=Call,
        before_request=authorise,
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
        request_max_body_size=10_000,
        state=State({"services": SimpleNamespace(db=db, tokens=Tokens()), "rate_limit": RateLimit(200)}),
        logging_config=None,
    )
    know_paths(app)
    port = embedded.free_port()
    server = Server(
        Surround(by_the_short_way(app)), address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False
    )
    running = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers={"authorization": "Bearer shopper"}, timeout=20
    ) as client:
        for _ in range(100):
            try:
                await client.get("/none")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.02)
        yield client
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait([running], timeout=10)
    await db.close()


def send(http: httpx.AsyncClient, path: str, body: Any, **headers: str) -> Any:  # noqa: ANN401
    return http.post(path, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})
