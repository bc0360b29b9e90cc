"""The manners of the API on a small application of its own: keys, versions, pages, problems, the audit log, who may do what."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Response
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta
from sqlalchemy import func, select, text

from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Language, Page, Quantity, WireIn, WireOut
from commerce.platform import audit_log, embedded, events, idempotency
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
ENTRIES = Statement(select(audit_log.audit_entries).order_by(audit_log.audit_entries.c.at))
KEYS = Statement(select(func.count()).select_from(idempotency.idempotency_keys))
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


@pytest.fixture
async def http(dsn: str) -> AsyncIterator[httpx.AsyncClient]:
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


async def test_a_key_has_one_effect_however_often_and_at_once_it_is_sent(http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(send(http, "/v1/things", {"name": "a"}, idempotency_key="k1") for _ in range(10)))
    assert {response.status_code for response in answers} == {201}
    assert len({response.text for response in answers}) == 1
    assert sum("idempotent-replayed" in response.headers for response in answers) == 9
    assert answers[0].headers["etag"] == '"1"'


async def test_a_secret_is_shown_once_and_never_kept(http: httpx.AsyncClient, dsn: str) -> None:
    first = await send(http, "/v1/secrets", {"name": "till"}, idempotency_key="k1")
    again = await send(http, "/v1/secrets", {"name": "till"}, idempotency_key="k1")
    assert (first.json()["client_secret"], again.json()["client_secret"]) == ("hush till", "(shown once)")
    db = Database(dsn)
    stored = await db.reading.fetch(Statement(select(idempotency.idempotency_keys.c.answer)))
    assert b"hush" not in stored[0]["answer"]
    await db.close()


async def test_the_same_key_with_another_body_is_refused(http: httpx.AsyncClient) -> None:
    await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")
    other = await send(http, "/v1/things", {"name": "b"}, idempotency_key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_belongs_to_its_caller(http: httpx.AsyncClient) -> None:
    one = await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")
    two = await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1", authorization="Bearer staff")
    assert one.json()["id"] != two.json()["id"]


async def test_a_required_key_is_asked_for_and_a_bad_one_refused(http: httpx.AsyncClient) -> None:
    missing = await send(http, "/v1/things", {"name": "a"})
    bad = await send(http, "/v1/things", {"name": "a"}, idempotency_key="x" * 256)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    assert (bad.status_code, bad.json()["code"]) == (400, "idempotency_key_malformed")
    assert effects == []


async def test_a_refusal_keeps_no_key(http: httpx.AsyncClient) -> None:
    refused = await send(http, "/v1/things", {"name": "tired"}, idempotency_key="k1")
    assert refused.status_code == 409
    assert (await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")).status_code == 201


async def test_a_flow_under_one_key_runs_once_and_says_so_while_it_runs(http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(send(http, "/v1/flows", {"name": "f"}, idempotency_key="k1") for _ in range(5)))
    statuses = sorted(response.status_code for response in answers)
    assert statuses == [201, 409, 409, 409, 409]
    assert all(response.headers["retry-after"] == "1" for response in answers if response.status_code == 409)
    again = await send(http, "/v1/flows", {"name": "f"}, idempotency_key="k1")
    assert (again.status_code, again.headers["idempotent-replayed"], len(effects)) == (201, "true", 1)


async def test_a_flow_whose_process_died_goes_on_under_the_same_command(
    http: httpx.AsyncClient, dsn: str, clock: HeldClock
) -> None:
    db = Database(dsn)
    caller = CALLERS["Bearer shopper"]
    body = b'{"name":"f"}'
    command = idempotency.command(
        principal=caller.principal, operation="createFlow", key="k1", request=b"/v1/flows?\n" + body
    )
    claimed = await db.transact(idempotency.claim, command)  # and the process dies here
    headers = {"idempotency-key": "k1", "content-type": "application/json"}
    assert (await http.post("/v1/flows", content=body, headers=headers)).status_code == 409
    clock.move(seconds=idempotency.LEASE_SECONDS + 1)
    assert (await http.post("/v1/flows", content=body, headers=headers)).json()["id"] == str(claimed)
    await db.close()


async def test_what_staff_does_leaves_an_entry_and_what_shoppers_do_leaves_none(
    http: httpx.AsyncClient, dsn: str
) -> None:
    db = Database(dsn)
    await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")
    await send(http, "/v1/things", {"name": "b"}, idempotency_key="k1", authorization="Bearer staff")
    await http.delete(f"/v1/things/{new_id()}", headers={"authorization": "Bearer staff"})
    first, second = await db.reading.fetch(ENTRIES)
    assert (first["actor_kind"], first["actor_id"], first["operation"], first["subject_id"]) == (
        "staff",
        STAFF,
        "createThing",
        "b",
    )
    assert first["before"] == '{"name": "old"}'
    assert second["operation"] == "deleteThing"
    await db.close()


async def test_an_etag_saves_the_body_and_if_match_is_demanded(http: httpx.AsyncClient) -> None:
    path = f"/v1/things/{new_id()}"
    first = await http.get(path)
    assert first.headers["etag"] == '"7"'
    same = await http.get(path, headers={"if-none-match": 'W/"7"'})
    assert (same.status_code, same.content) == (304, b"")
    staff = {"authorization": "Bearer staff"}
    assert (await http.patch(path, json={"name": "x"}, headers=staff)).status_code == 428
    assert (await http.patch(path, json={"name": "x"}, headers={**staff, "if-match": '"abc"'})).status_code == 412
    assert (await http.patch(path, json={"name": "x"}, headers={**staff, "if-match": '"7"'})).status_code == 200


async def test_pages_follow_each_other_and_a_foreign_cursor_is_refused(http: httpx.AsyncClient) -> None:
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page = (await http.get("/v1/things", params={"limit": 3, **({"cursor": cursor} if cursor else {})})).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    foreign = await http.get("/v1/things", params={"cursor": "IiI"})
    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (400, "?cursor")
    refused = await http.get("/v1/things", params={"limit": 101})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "?limit")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": 3}, "/name"),
        ({"name": "a", "colour": "red"}, "/colour"),
        ({"name": "a", "lines": [{"sku": "x", "quantity": 1}, {"sku": "x", "quantity": 0}]}, "/lines/1/quantity"),
        ({"name": "a", "lines": [{"sku": "", "quantity": 1}]}, "/lines/0/sku"),
        ([], ""),
    ],
)
async def test_bad_input_names_the_field_at_fault(http: httpx.AsyncClient, body: Any, pointer: str) -> None:  # noqa: ANN401
    refused = await send(http, "/v1/things", body, idempotency_key="k1")
    problem = refused.json()
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["detail"]


async def test_what_would_have_been_right_is_said(http: httpx.AsyncClient) -> None:
    sort = (await http.get("/v1/things?sort=price")).json()["errors"]
    lang = (await http.get("/v1/things?lang=fr")).json()["errors"]
    line = {"sku": "x", "quantity": 1, "colour": "green"}
    colour = (await send(http, "/v1/things", {"name": "a", "lines": [line]}, idempotency_key="k1")).json()["errors"]
    assert sort == [{"pointer": "?sort", "detail": "Invalid enum value 'price': it is one of age, name"}]
    assert (lang[0]["pointer"], lang[0]["detail"].endswith("(es, ca or en)")) == ("?lang", True)
    assert colour == [{"pointer": "/lines/0/colour", "detail": "Invalid enum value 'green': it is one of blue, red"}]


async def test_a_parameter_that_an_operation_does_not_take_is_refused_with_the_one_that_was_meant(
    http: httpx.AsyncClient,
) -> None:
    misspelt = await http.get("/v1/things?limt=3&sort=name")
    strange = await http.get(f"/v1/things/{STAFF}?q=3&%66oo=")
    escaped = await http.get("/v1/things?%6cimit=3")
    assert (misspelt.status_code, misspelt.json()["errors"]) == (
        400,
        [{"pointer": "?limt", "detail": "is no parameter of this operation; it has ?limit"}],
    )
    assert [each["pointer"] for each in strange.json()["errors"]] == ["?q", "?foo"]
    assert strange.json()["errors"][0]["detail"] == "is no parameter of this operation: it takes none"
    assert (escaped.status_code, len(escaped.json()["items"])) == (200, 3)


async def test_a_head_is_what_a_get_says_without_its_content(http: httpx.AsyncClient) -> None:
    got, head = await http.get("/v1/things"), await http.head("/v1/things")
    none = await http.head("/v1/nothing")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", got.headers["etag"])
    assert int(head.headers["content-length"]) == len(got.content) > 0
    assert (none.status_code, none.content) == (404, b"")
    assert (await http.get("/v1/things")).content == got.content


async def test_a_path_says_which_methods_it_has(http: httpx.AsyncClient) -> None:
    asked = await http.options("/v1/things")
    assert asked.status_code == 204
    assert {"GET", "POST"} <= set(asked.headers["allow"].replace(" ", "").split(","))


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"name":"' + b"a" * 20_000 + b'"}', "application/json", 413),
        (b"", "application/json", 400),
    ],
)
async def test_an_unreadable_body_is_a_problem_and_no_bug(
    http: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    refused = await http.post("/v1/things", content=content, headers={"content-type": kind, "idempotency-key": "k1"})
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.status_code in {status, 415}
    assert status != 413 or refused.json()["detail"] == "It may have at most 10,000 bytes."
    assert effects == []


async def test_a_refusal_speaks_three_languages_and_carries_its_facts(http: httpx.AsyncClient) -> None:
    titles, problems = [], []
    for language in ("en", "es-ES,es;q=0.9", "fr, ca;q=0.8, en;q=0.1"):
        refused = await send(http, "/v1/things", {"name": "tired"}, idempotency_key="k1", accept_language=language)
        titles.append(refused.json()["title"])
        problems.append(refused.json())
    assert titles == ["The thing is tired.", "La cosa está cansada.", "La cosa està cansada."]
    assert (problems[0]["hours"], problems[0]["type"].rpartition("/")[2]) == (8, "tired")


async def test_a_bug_tells_nothing_but_its_request_id(http: httpx.AsyncClient) -> None:
    failed = await send(http, "/v1/things", {"name": "broken"}, idempotency_key="k1", x_request_id="my-request-1")
    assert failed.status_code == 500
    assert "secret" not in failed.text
    assert (failed.json()["request_id"], failed.headers["x-request-id"]) == ("my-request-1", "my-request-1")


async def test_unknown_paths_methods_and_ids_are_problems(http: httpx.AsyncClient) -> None:
    for method, path, status in [
        ("GET", "/none", 404),
        ("GET", "/v1/things/not-a-uuid", 404),
        ("PUT", "/v1/things", 405),
    ]:
        refused = await http.request(method, path)
        assert refused.status_code == status
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["x-request-id"]


async def test_nobody_and_the_wrong_scope_are_turned_away_before_the_body_is_read(http: httpx.AsyncClient) -> None:
    nobody = await http.post("/v1/things", content=b"{", headers={"authorization": "Bearer forged"})
    scope = await http.patch(f"/v1/things/{new_id()}", content=b"{")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, 'Bearer realm="commerce"')
    assert (scope.status_code, scope.json()["scope"]) == (403, "stock:adjust")


async def test_too_many_requests_are_told_when_to_come_back(http: httpx.AsyncClient) -> None:
    path = f"/v1/things/{new_id()}"
    statuses = [(await http.get(path)).status_code for _ in range(202)]
    last = await http.get(path)
    assert (statuses[0], last.status_code) == (200, 429)
    assert 1 <= int(last.headers["retry-after"]) <= 61


async def test_what_is_not_limited_is_not_counted(http: httpx.AsyncClient) -> None:
    answers = [await http.get("/v1/probe") for _ in range(205)]
    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


async def test_an_answer_says_what_remains_of_the_limit(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/v1/things/{new_id()}")).headers["ratelimit"].startswith('"default";r=1')


async def test_old_keys_are_forgotten(http: httpx.AsyncClient, dsn: str, clock: HeldClock) -> None:
    db = Database(dsn)
    await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")
    clock.move(days=idempotency.KEEP_DAYS, seconds=1)
    await db.transact(idempotency.purge)
    assert await db.reading.fetch_value(KEYS) == 0
    await db.close()
