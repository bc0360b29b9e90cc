"""What stands around a body: odd headers, odd encodings, odd methods; whatever comes, the answer is a problem or the thing itself."""

from urllib.parse import quote

import httpx
import pytest

from tests.fuzz.conftest import Stage
from tests.fuzz.contract import PROBLEM
from tests.fuzz.examples import examples
from tests.fuzz.share import WHOLE, part_of

ODD_VALUES: tuple[bytes, ...] = (
    b"",
    b"\xff\xfe",
    b"x" * 4_000,
    b'"',
    b"W/",
    b"*",
    b",,;;=",
    b"q=0;q=x",
    "é".encode(),
)
HEADERS = (
    "accept",
    "accept-language",
    "content-language",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "traceparent",
    "x-request-id",
    "x-forwarded-for",
    "origin",
    "stripe-signature",
)
SEVEN = (
    "getCart",
    "makeQuote",
    "changeChannel",
    "listProducts",
    "clientToken",
    "receiveStripeWebhook",
    "startImport",
)
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"}
EACH_SHARE = pytest.mark.parametrize("share", [4, pytest.param(WHOLE, marks=pytest.mark.nightly)])
"""One in four, other ones for each operation; all of it in the nightly run."""
ODD_QUERIES = (
    "%ff",
    "%00",
    "%ed%a0%80",
    "a=%",
    "limit=1&limit=2",
    "&&&",
    "=",
    "cursor=%F0%9F%98%80",
    "limit[]=1",
    "q" * 4_000,
)


@EACH_SHARE
async def test_an_odd_header_is_no_bug(stage: Stage, share: int) -> None:
    """On a read, a keyed act, a versioned change, a public page, a form, a signed event, a file."""
    found, faults = examples(stage.world), []
    for nth, name in enumerate(SEVEN):
        operation, example = stage.contract.operations[name], found[name]
        plain = {"content-type": example.media_type, "if-match": '"1"'}
        if (token := stage.world.tokens[example.who]) is not None:
            plain["authorization"] = f"Bearer {token}"
        for header in HEADERS:
            for value in part_of(ODD_VALUES, nth, share):
                sent = [(key.encode(), text.encode()) for key, text in plain.items() if key != header]
                answer = await stage.server.api.http.request(
                    operation.method,
                    stage.sender.path(operation, example),
                    params=example.query,
                    headers=[*sent, (header.encode(), value)],
                    content=example.encoded(),
                )
                faults += [
                    f"{fault} with {header}: {value[:20]!r}" for fault in stage.contract.faults(operation, answer)
                ]
    assert not faults, "\n".join(faults)


@EACH_SHARE
async def test_an_odd_query_is_no_bug(stage: Stage, share: int) -> None:
    found, faults = examples(stage.world), []
    for nth, operation in enumerate(stage.contract.operations.values()):
        if operation.method != "GET":
            continue
        example = found[operation.id]
        headers = {"authorization": f"Bearer {stage.world.tokens['administrator']}"}
        for query in part_of(ODD_QUERIES, nth, share):
            url = httpx.URL(stage.server.url + stage.sender.path(operation, example)).copy_with(query=query.encode())
            answer = await stage.server.api.http.get(url, headers=headers)
            faults += stage.contract.faults(operation, answer)
    assert not faults, "\n".join(faults)


@EACH_SHARE
async def test_any_other_method_is_refused_by_name(stage: Stage, share: int) -> None:
    found, faults = examples(stage.world), []
    known: dict[str, set[str]] = {}
    for operation in stage.contract.operations.values():
        known.setdefault(operation.path, set()).add(operation.method)
    for nth, operation in enumerate(stage.contract.operations.values()):
        path = stage.sender.path(operation, found[operation.id])
        for method in part_of(sorted(METHODS - known[operation.path]), nth, share):
            answer = await stage.server.api.http.request(method, path)
            problem = answer.headers["content-type"] == PROBLEM and answer.json()["code"]
            # A path with a word where another has an id is that other's.
            if (answer.status_code, problem) not in {
                (405, "method_not_allowed"),
                (401, "unauthenticated"),
                (404, "not_found"),
            }:
                faults.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/carts/",
        "//v1/carts",
        "/v1/%2e%2e/health",
        "/\x00",
        "/é",
        "/docs/assets/../../x",
    ],
)
async def test_a_path_that_is_none_is_a_problem(stage: Stage, path: str) -> None:
    answer = await stage.server.api.http.get(stage.server.url + quote(path, safe="/%"))
    assert answer.status_code in {401, 404, 405}
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["x-request-id"]
