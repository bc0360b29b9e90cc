"""The OpenAPI document and the page that shows it, with no outside network.

The framework derives paths and parameters from the routes, msgspec the shapes of bodies (see `shapes`); what every route shares (errors,
keys, versions, security) is added here, from what the routes declared.
"""

import asyncio
import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import swagger_ui
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.params import FromPath

import commerce
from commerce.app.shapes import Shape, Shapes, handlers, pattern, shape, shapes
from commerce.kernel.errors import NotFound, Refusal, all_refusals
from commerce.platform.http import PUBLIC, Call, answer_bytes, content_etag, get
from commerce.platform.http.problems import PLAIN, PROBLEM_JSON, Problem

CONFIG = OpenAPIConfig(
    title="Commerce",
    version=commerce.__version__,
    description="One API for the web, the app, the till, the phone and the chat.",
    use_handler_docstrings=True,
    path=None,
)
ASSETS: Final = Path(swagger_ui.__file__).parent / "static"
ASSET_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
SHOWN_ASSETS: Final = ("swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "swagger-ui.css", "favicon-32x32.png")
ALWAYS = (429, 500, 503)
HEADERS: Final = {
    "ETag": "The version of what is answered, for If-Match and If-None-Match.",
    "Location": "The address that it has now.",
    "Idempotent-Replayed": "`true` where this is the first answer under the key once more.",
    "Retry-After": "After how many seconds the request can be repeated.",
    "WWW-Authenticate": "How to authenticate (RFC 6750).",
}
PROBLEM_HEADERS: Final = {401: "WWW-Authenticate", 409: "Retry-After", 429: "Retry-After", 503: "Retry-After"}
HEADER_SCHEMA = {"type": "string", "maxLength": 255}
JSON: Final = "application/json"
MOVED_TEXT: Final = "It has another slug now; `Location` leads to it, with all else that was asked."


def document(app: Litestar) -> dict[str, Any]:
    """Gives the whole OpenAPI 3.1 document of an application."""
    schema: dict[str, Any] = app.openapi_schema.to_schema()
    operations = {str(handler.operation_id): handler for handler in handlers(app)}
    found = {name: shape(handler) for name, handler in operations.items()}
    known = shapes(found.values(), Problem)
    kinds = schema.get("components", {}).get("schemas", {})
    used: set[int] = set()
    responses: dict[str, Any] = {}
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and (name := operation.get("operationId")):
                operation["parameters"] = [_parameter(each, kinds) for each in operation.get("parameters", [])]
                used |= _complete(operation, operations[name], method, path)
                _put_shapes(operation, found[name], known, responses)
    known.components["Problem"]["required"] = ["type", "title", "status", "detail", "code"]
    schema["components"] = {
        "schemas": known.components,
        "responses": {f"Problem{status}": _problem_response(status) for status in sorted(used)} | responses,
        "headers": {name: {"description": text, "schema": HEADER_SCHEMA} for name, text in HEADERS.items()},
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "An access token from `/v1/auth/*`."}
        },
    }
    schema["servers"] = [{"url": "/"}]
    return schema


def _complete(operation: dict[str, Any], handler: HTTPRouteHandler, method: str, path: str) -> set[int]:
    """Adds what the manners of the API give to an operation; gives the statuses of the problems that it may answer with."""
    option = handler.opt
    _words(operation)
    parameters = operation["parameters"]
    if option["key"] != "none":
        parameters.append(
            _header("Idempotency-Key", "A new UUID for each new act.", required=option["key"] == "required")
        )
    if option["versioned"]:
        parameters.append(_header("If-Match", "The ETag of the version that was read.", required=True))
    if not parameters:
        del operation["parameters"]
    public = option["scope"] == PUBLIC
    operation["security"] = [{}, {"bearer": []}] if public else [{"bearer": [option["scope"]]}]
    responses = {status: each for status, each in operation["responses"].items() if status.startswith(("2", "3"))}
    statuses = {401, *ALWAYS, *(refusal.status for refusal in option["refusals"])}
    if not option.get("unlimited"):
        statuses.add(400)  # a parameter that the operation does not take
    if not public:
        statuses.add(403)
    if "{" in path or any(each["schema"].get("format") == "uuid" for each in parameters):
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {413, 415, 422}
    if method != "get":
        statuses |= {404, 409}
    else:
        responses.setdefault(
            "304", {"description": "Not changed since the version in If-None-Match."} | _headers("ETag")
        )
    if option["key"] != "none":
        statuses.add(422)
    if option["versioned"]:
        statuses |= {412, 428}
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"] = responses
    return statuses


def _words(operation: dict[str, Any]) -> None:
    """The first line of a handler's docstring is the operation's summary; what follows is its description."""
    first, _, rest = operation.get("description", "").partition("\n")
    operation["summary"] = first.strip().removesuffix(".")
    operation["description"] = re.sub(r"\n +", "\n", rest).strip() or first.strip()


def _parameter(made: dict[str, Any], kinds: dict[str, Any]) -> dict[str, Any]:
    """Corrects what the framework says of a parameter: none can be null, a limit of a whole number is one, a list's limits count its items."""
    kept: dict[str, Any] = {name: made[name] for name in ("name", "in", "required", "description") if name in made}
    schema: dict[str, Any] = {
        key: value for key, value in made["schema"].items() if key not in {"description", "oneOf"}
    }
    schema |= next((each for each in made["schema"].get("oneOf", ()) if each.get("type") != "null"), {})
    if "$ref" in schema:
        named = kinds[schema.pop("$ref").rpartition("/")[2]]
        schema |= {"type": "string", "enum": list(named["enum"])}
    if isinstance(schema.get("type"), list):
        schema["type"] = next(each for each in schema["type"] if each != "null")
    if "enum" in schema:
        schema["enum"] = [each for each in schema["enum"] if each is not None]
    for name in ("minimum", "maximum"):
        if isinstance(limit := schema.get(name), float) and limit.is_integer():
            schema[name] = int(limit)
    if "pattern" in schema:
        schema["pattern"] = pattern(schema["pattern"])
    if schema.get("type") == "array":
        for old, new in (("minLength", "minItems"), ("maxLength", "maxItems")):
            if old in schema:
                schema[new] = schema.pop(old)
    return {**kept, "schema": schema}


def _put_shapes(operation: dict[str, Any], found: Shape, known: Shapes, responses: dict[str, Any]) -> None:
    """Puts the shapes of the bodies where the framework put its own; a declared answer that is no problem stands beside the problem."""
    if (taken := known.schema(found.taken)) is not None:
        for content in operation["requestBody"]["content"].values():
            content["schema"] = taken
    given = known.schema(found.given)
    for status, response in operation["responses"].items():
        if not status.startswith("2"):
            continue
        takes_key = any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
        response.pop("headers", None)
        response.update(_headers(*(["Idempotent-Replayed"] if takes_key else [])))
        response["description"] = "Done." if "content" in response else "Done; there is no body."
        if found.given is None or found.given is type(None):
            response.pop("content", None)
            response["description"] = "Done; there is no body."
        elif given is not None:
            response["content"] = {JSON: {"schema": given}}
        for media, content in response.get("content", {}).items():
            if media.startswith("image/"):
                content["schema"] = {"type": "string", "format": "binary"}
    for status, kind in found.others.items():
        if status < HTTPStatus.MULTIPLE_CHOICES:  # a stream: the schema is that of what one message of it tells
            response = operation["responses"][str(status)]
            media = next(iter(response.get("content", {JSON: None})))
            told = "Server-sent events; the schema is that of the `data` of one."
            response.update(description=told, content={media: {"schema": known.schema(kind)}})
            continue
        if status < HTTPStatus.BAD_REQUEST:
            operation["responses"][str(status)] = {"description": MOVED_TEXT} | _headers("Location")
            continue
        name = f"{operation['operationId']}Problem{status}"
        responses[name] = _problem_response(status)
        responses[name]["content"][JSON] = {"schema": known.schema(kind)}
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/{name}"}


def _header(name: str, description: str, *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": description, "schema": HEADER_SCHEMA}


def _headers(*names: str) -> dict[str, Any]:
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}} if names else {}


def _problem_response(status: int) -> dict[str, Any]:
    codes = [kind.code for kind in refusal_types() if kind.status == status]
    title = PLAIN[status][1] if status in PLAIN else "The request was refused."
    return {
        "description": f"{title} Codes: {', '.join(codes)}." if codes else title,
        **_headers(*([PROBLEM_HEADERS[status]] if status in PROBLEM_HEADERS else [])),
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


@get("/openapi.json", operation="getOpenApi", scope=PUBLIC, tag="operation", include_in_schema=False)
async def get_openapi(request: Call) -> Response[dict[str, Any]]:
    """Give the OpenAPI document."""
    state = request.app.state
    if (making := state.get("openapi")) is None:
        # It takes a second or two, once in a process: beside everybody else's requests, and once for all who ask meanwhile.
        making = state["openapi"] = asyncio.create_task(asyncio.to_thread(encoded_document, request.app))
    body: bytes = await asyncio.shield(making)
    return answer_bytes(request, body, cache="public, max-age=60", etag=content_etag(body))


@get("/docs", operation="getDocs", scope=PUBLIC, tag="operation", include_in_schema=False, media_type="text/html")
async def get_docs(request: Call) -> Response[str]:
    """Show the API in a page whose files all come from this server."""
    return Response(PAGE, media_type="text/html", headers={"content-security-policy": POLICY})


@get("/docs/assets/{name:str}", operation="getDocsAsset", scope=PUBLIC, tag="operation", include_in_schema=False)
async def get_docs_asset(request: Call, name: FromPath[str]) -> Response[bytes]:
    """Give one file of the documentation page."""
    if name == "start.js":
        return Response(START.encode(), media_type="text/javascript")
    if name not in SHOWN_ASSETS:
        raise NotFound
    path = ASSETS / name
    headers = {"cache-control": "public, max-age=86400"}
    return Response(path.read_bytes(), media_type=ASSET_TYPES[path.suffix], headers=headers)


def encoded_document(app: Litestar) -> bytes:
    """Gives the document as indented JSON with sorted keys and a line end, as it is committed."""
    return (json.dumps(document(app), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def refusal_types() -> list[type[Refusal]]:
    """Gives every refusal of the program, by code."""
    own = {kind.code: kind for kind in all_refusals() if kind.__module__.partition(".")[0] == commerce.__name__}
    return [own[code] for code in sorted(own)]


POLICY: Final = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
START: Final = """\
window.onload = () => SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#page", deepLinking: true, docExpansion: "none", tagsSorter: "alpha", validatorUrl: null, filter: true,
  persistAuthorization: true, presets: [SwaggerUIBundle.presets.apis],
});
"""
PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Commerce API</title>
  <link rel="icon" href="/docs/assets/favicon-32x32.png">
  <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
  <div id="page"></div>
  <script src="/docs/assets/swagger-ui-bundle.js"></script>
  <script src="/docs/assets/start.js"></script>
</body>
</html>
"""

ROUTES: list[Any] = [get_openapi, get_docs, get_docs_asset]
