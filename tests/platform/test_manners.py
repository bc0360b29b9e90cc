"""The manners of the API on a small application of its own: versions, pages, problems, who may do what, limits."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from commerce.kernel.ids import new_id
from tests.platform.things import STAFF, effects, send, serving


@pytest.fixture
async def http(dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the small application."""
    async with serving(dsn) as client:
        yield client


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
