"""The sandbox put together: the API, the issuer's page, the handles for tests, the worker."""

import msgspec
from litestar import Litestar, Response, get, post, route
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_404_NOT_FOUND, HTTP_405_METHOD_NOT_ALLOWED

from commerce.sandbox import challenge, control, forms
from commerce.sandbox.config import SandboxConfig
from commerce.sandbox.errors import Document, Refused, invalid
from commerce.sandbox.gate import serve
from commerce.sandbox.operations import OPERATIONS, Operation
from commerce.sandbox.state import AnyRequest, Sandbox
from commerce.sandbox.worker import Worker


def create_app(config: SandboxConfig | None = None) -> Litestar:
    """An ASGI app that speaks the Stripe API over HTTP.

    State lives in this process (and in the SQLite file of `data_dir`), so it runs in exactly one of them.
    """
    sandbox = Sandbox(config or SandboxConfig())
    worker = Worker(sandbox)
    handlers = [_handler(sandbox, operation) for operation in OPERATIONS]
    return Litestar(
        [*handlers, *_pages(sandbox), control.router(sandbox, worker)],
        on_startup=[worker.start],
        on_shutdown=[worker.stop],
        openapi_config=None,
        exception_handlers={Refused: _refused, HTTPException: _unreadable},
        request_max_body_size=MOST_BYTES,
        logging_config=None,
    )


MOST_BYTES = 1_000_000


def _handler(sandbox: Sandbox, operation: Operation) -> HTTPRouteHandler:
    """One route of the API."""
    if operation.on_one is None:

        @route(operation.path, http_method=operation.method, name=operation.name, status_code=200)
        async def on_all(request: AnyRequest) -> Response[bytes]:
            return await serve(sandbox, operation, request, None)

        return on_all

    @route(
        operation.path.replace("{id}", "{id:str}"), http_method=operation.method, name=operation.name, status_code=200
    )
    async def on_one(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:  # noqa: A002
        return await serve(sandbox, operation, request, id)

    return on_one


def _pages(sandbox: Sandbox) -> list[HTTPRouteHandler]:
    """The issuer's page: no key, since a shopper's browser opens it; the client secret is the key."""

    @get("/authenticate/{id:str}")
    async def question(id: FromPath[str], client_secret: FromQuery[str] = "") -> Response[str]:  # noqa: A002
        return challenge.show(sandbox, id, client_secret)

    @post("/authenticate/{id:str}", status_code=303)
    async def answer(request: AnyRequest, id: FromPath[str]) -> Response[str]:  # noqa: A002
        sent = forms.parse((await request.body()).decode())
        return challenge.answer(sandbox, id, str(sent.get("client_secret", "")), str(sent.get("outcome", "")))

    return [question, answer]


def _refused(_: AnyRequest, refused: Refused) -> Response[bytes]:
    return _json(refused.body, refused.status)


def _unreadable(request: AnyRequest, failure: HTTPException) -> Response[bytes]:
    """Stripe's words for an address that it does not know; else what was wrong with the request itself."""
    if failure.status_code not in {HTTP_404_NOT_FOUND, HTTP_405_METHOD_NOT_ALLOWED}:
        return _json(invalid(f"Invalid request: {failure.detail}").body, failure.status_code)
    unknown = invalid(
        f"Unrecognized request URL ({request.method}: {request.url.path}). Please see https://stripe.com/docs or we can "
        "help at https://support.stripe.com/."
    )
    return _json(unknown.body, HTTP_404_NOT_FOUND)


def _json(body: Document, status_code: int) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status_code, media_type="application/json")
