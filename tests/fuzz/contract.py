"""The API's contract as a judge: which operations there are, how a request is sent, and whether an answer is within the document."""

from typing import Any, Final, TypeAlias
from urllib.parse import quote
from uuid import uuid4

import httpx
import jsonschema_rs
import msgspec

from commerce.app.documents import document
from commerce.app.http import create_http
from commerce.platform.settings import load
from tests.fuzz.examples import Example
from tests.fuzz.streams import EVENT_STREAM, listened, stream_faults
from tests.fuzz.world import World

Json: TypeAlias = Any
PROBLEM: Final = "application/problem+json"


class Operation(msgspec.Struct, frozen=True):
    """One operation of the document."""

    id: str
    method: str
    path: str
    spec: Json

    @property
    def scope(self) -> str | None:
        """The scope that is needed; None where anybody may ask."""
        needed: list[str] = [] if {} in self.spec["security"] else self.spec["security"][0]["bearer"]
        return needed[0] if needed else None

    @property
    def headers(self) -> set[str]:
        """The headers that it takes, such as Idempotency-Key and If-Match."""
        return {each["name"] for each in self.spec.get("parameters", ()) if each["in"] == "header"}

    @property
    def queries(self) -> set[str]:
        """The parameters of its query."""
        return {each["name"] for each in self.spec.get("parameters", ()) if each["in"] == "query"}

    @property
    def body_type(self) -> str | None:
        """The media type of its body."""
        return next(iter(self.spec["requestBody"]["content"]), None) if "requestBody" in self.spec else None

    @property
    def is_stream(self) -> bool:
        """Whether what it answers has no end of its own."""
        return EVENT_STREAM in self.spec["responses"].get("200", {}).get("content", {})


class Contract:
    """The document that the code makes, compiled for judging answers."""

    def __init__(self) -> None:
        self.document: Json = document(create_http(load({}, env_file=None)))
        self.operations = {
            spec["operationId"]: Operation(spec["operationId"], method.upper(), path, spec)
            for path, item in self.document["paths"].items()
            for method, spec in item.items()
        }
        self._strict = {"schemas": _strict(self.document["components"]["schemas"])}
        self._judges: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def judge(self, schema: Json, *, strict: bool = False) -> jsonschema_rs.Draft202012Validator:
        """Gives what tells whether something is as a schema says; strictly, whether it holds nothing that the shape does not name."""
        components = self._strict if strict else self.document["components"]
        whole = {**schema, "components": {"schemas": reached(schema, components["schemas"])}}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def _answers(self, name: str) -> jsonschema_rs.Draft202012Validator:
        if name not in self._judges:
            self._judges[name] = self.judge({"$ref": f"#/components/schemas/{name}"}, strict=True)
        return self._judges[name]

    def faults(self, operation: Operation, answer: httpx.Response) -> list[str]:
        """Says what of an answer is outside the document: its status, its media type, its body, a 5xx in any case; nothing is good news."""
        where = f"{operation.id}: {operation.method} {answer.request.url} gave {answer.status_code}"
        if answer.status_code >= 500:
            return [f"{where}: {answer.text[:500]}"]
        described = operation.spec["responses"].get(str(answer.status_code))
        if described is None:
            return [f"{where}, which the document does not know: {answer.text[:500]}"]
        if "$ref" in described:
            described = self.document["components"]["responses"][described["$ref"].rpartition("/")[2]]
        contents: Json = described.get("content", {})
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
        if not contents:
            return [f"{where} with a body: {answer.text[:200]}"] if answer.content else []
        if media_type not in contents:
            return [f"{where} as {media_type!r}, not as one of {sorted(contents)}"]
        if media_type == EVENT_STREAM:
            return [f"{where}, but {each}" for each in stream_faults(operation.id, answer.text)]
        schema = contents[media_type]["schema"]
        if "$ref" not in schema:
            return []
        judge = self._answers(schema["$ref"].rpartition("/")[2])
        errors = [f"{error.instance_path}: {error.message}" for error in judge.iter_errors(answer.json())]
        if media_type == PROBLEM and answer.json()["status"] != answer.status_code:
            errors.append("the problem names another status")
        return [f"{where}, but its body {'; '.join(errors)[:600]}"] if errors else []


def reached(schema: Json, schemas: Json) -> dict[str, Json]:
    """Gives the schemas that one needs, by name: a judge that held all of them would take megabytes."""
    found: dict[str, Json] = {}
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            name = ref.rpartition("/")[2] if isinstance(ref := part.get("$ref"), str) else None
            if name is not None and name not in found:
                found[name] = schemas[name]
                waiting.append(schemas[name])
    return found


def _strict(schema: Json) -> Json:
    """The document's components as judges of answers: what a shape does not name must not be there. Problems carry facts of their own."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key == "Problem" else _strict(value) for key, value in schema.items()}
    if "properties" in made and isinstance(made["properties"], dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


class Sender:
    """Sends requests as any of the callers of a world."""

    def __init__(self, http: httpx.AsyncClient, world: World, contract: Contract) -> None:
        self.http = http
        self.world = world
        self.contract = contract

    async def send(
        self,
        operation: Operation,
        example: Example,
        *,
        who: str | None = None,
        key: str | None = None,
        if_match: str | None = None,
        content: bytes | None = None,
        **headers: str,
    ) -> httpx.Response:
        """Sends an example, as somebody else where `who` says so, under a fresh key, with the version that is current unless one is given."""
        asking = example.who if who is None else who
        sent = {**example.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if (token := self.world.tokens[asking]) is not None:
            sent["authorization"] = f"Bearer {token}"
        if "Idempotency-Key" in operation.headers:
            sent["idempotency-key"] = key or str(uuid4())
        if "If-Match" in operation.headers and if_match != "":
            sent["if-match"] = if_match or await self.version(operation, example)
        return await self.raw(operation, example, sent, content)

    async def raw(
        self, operation: Operation, example: Example, headers: dict[str, str], content: bytes | None = None
    ) -> httpx.Response:
        """Sends an example with just these headers."""
        body = example.encoded() if content is None else content
        how: dict[str, Any] = {"content": body}
        if example.form is not None and content is None:
            how = {"data": example.form}
        elif body or operation.body_type:
            headers = {"content-type": example.media_type, **headers}
        path, how = self.path(operation, example), {**how, "params": example.query, "headers": headers}
        if operation.is_stream:
            return await listened(self.http, operation.method, path, **how)
        return await self.http.request(operation.method, path, **how)

    async def version(self, operation: Operation, example: Example) -> str:
        """The ETag of the thing as an administrator reads it now."""
        path = example.version_at or self.path(operation, example)
        token = self.world.tokens["administrator"]
        answer = await self.http.get(path, headers={"authorization": f"Bearer {token}"})
        return str(answer.headers.get("etag", '"1"'))

    def path(self, operation: Operation, example: Example) -> str:
        """The path with its values in place."""
        path = operation.path
        for name, value in example.path.items():
            path = path.replace("{" + name + "}", quote(value, safe=""))
        return path
