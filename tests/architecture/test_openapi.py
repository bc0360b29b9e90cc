"""The committed OpenAPI document is valid, is what the code makes, and does not break what was promised before."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from commerce.app.documents import document, encoded_document
from commerce.app.http import create_http
from commerce.app.openapi_changes import breaking_changes
from commerce.platform.settings import load
from tests.served import House, Served

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


@pytest.fixture(scope="module")
def made() -> bytes:
    """The document that the code makes."""
    return encoded_document(create_http(load({}, env_file=None)))


def test_the_committed_document_is_what_the_code_makes(made: bytes) -> None:
    assert COMMITTED.read_bytes() == made, "run `make openapi`"


def test_the_document_is_valid_openapi_3_1(made: bytes) -> None:
    whole = json.loads(made)
    assert whole["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(whole).validate()


def test_every_operation_describes_its_errors_and_every_post_its_key(made: bytes) -> None:
    for path, item in json.loads(made)["paths"].items():
        for method, operation in item.items():
            responses = operation["responses"]
            assert {"401", "429", "500", "503"} <= set(responses), (path, method)
            for status, response in responses.items():
                assert status[0] in "23" or "Problem" in response["$ref"], (path, method, status)
            if method == "post" and not path.startswith(("/v1/auth/", "/v1/payments/webhooks/")):
                assert any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"]), path


def test_a_breaking_change_is_announced_in_the_changelog(made: bytes) -> None:
    shown = subprocess.run(
        ["git", "show", "HEAD:openapi/openapi.json"], capture_output=True, cwd=COMMITTED.parent, check=False
    )
    if shown.returncode != 0:
        pytest.skip("there is no committed document to compare with")
    announced = CHANGELOG.read_text()
    broken = [
        change for change in breaking_changes(json.loads(shown.stdout), json.loads(made)) if change not in announced
    ]
    assert broken == [], "announce each of these lines under `### Breaking` in CHANGELOG.md, or undo the change"


def _document() -> dict[str, Any]:
    return {
        "paths": {
            "/things": {
                "get": {
                    "operationId": "listThings",
                    "parameters": [{"name": "q", "in": "query", "required": False, "schema": {"type": "string"}}],
                    "responses": {
                        "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "Thing": {
                    "type": "object",
                    "properties": {"id": {"type": "string"}, "n": {"type": "integer"}},
                    "required": ["id"],
                }
            }
        },
    }


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda d: d["paths"].clear(), "GET /things is gone"),
        (
            lambda d: d["paths"]["/things"]["get"]["parameters"][0].update(required=True),
            "GET /things: parameter q is required now",
        ),
        (lambda d: d["paths"]["/things"]["get"]["parameters"].clear(), "GET /things: parameter q is gone"),
        (lambda d: d["components"]["schemas"]["Thing"]["properties"].pop("n"), "GET /things: answer field /n is gone"),
        (
            lambda d: d["components"]["schemas"]["Thing"]["properties"]["n"].update(type="string"),
            "GET /things: answer field /n changes its type from integer to string",
        ),
    ],
)
def test_a_breaking_change_is_recognised(break_it: Any, said: str) -> None:  # noqa: ANN401
    after = _document()
    break_it(after)
    assert breaking_changes(_document(), after) == [said]


def test_an_addition_is_no_breaking_change() -> None:
    after = _document()
    after["paths"]["/others"] = after["paths"]["/things"]
    after["components"]["schemas"]["Thing"]["properties"]["more"] = {"type": "string"}
    assert breaking_changes(_document(), after) == []


def test_the_document_needs_no_database() -> None:
    assert document(create_http(load({}, env_file=None)))["info"]["title"] == "Commerce"


async def test_the_document_is_made_beside_other_requests_and_once_for_all_who_ask(
    server: Served, whole_house: House
) -> None:
    whole_house.app.state.pop("openapi", None)
    asked = [asyncio.create_task(server.api.call("GET", "/openapi.json")) for _ in range(3)]
    answered = 0
    while not any(each.done() for each in asked):
        assert (await server.api.call("GET", "/docs")).status_code == 200
        answered += 1
    bodies = {(await each).content for each in asked}
    assert answered >= 25, "nobody else waits for it"
    assert len(bodies) == 1
    assert json.loads(bodies.pop())["openapi"].startswith("3.1")
