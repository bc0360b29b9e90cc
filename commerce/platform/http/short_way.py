"""The short way of a plain request through the framework: the same routes, handlers and checks, without what none of our routes uses.

On its way Litestar enters two middlewares against exceptions, a stack for dependencies, a look for guards, caches, forms and hooks, and renders
the answer: a third of what a page costs this process. Whatever is not plain goes the framework's own way, which is also where each refusal of
the router is made: an unknown path, another method, a host that is no host.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, cast

from litestar import Litestar, Request
from litestar.enums import ScopeType
from litestar.exceptions import ClientException, HTTPException, SerializationException
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.types.empty import Empty

from commerce.platform.http.answers import Encoded
from commerce.platform.http.instants import check_parameters, ends

# A name or an address with its port, as nearly every client sends it; the framework judges the others.
_USUAL_HOST = re.compile(rb"[A-Za-z0-9.\-_:\[\]]+\Z")


class _Plain(NamedTuple):
    """A handler that takes nothing but parameters and a JSON body: what is asked first, how it gets its arguments, itself."""

    before: Callable[[Request[Any, Any, Any]], Awaitable[object]]
    parameters: Any
    signature: Any
    call: Callable[..., Awaitable[object]]


class ShortWay:
    """`ShortWay(litestar, app)` serves plain requests itself and passes the rest on to the application that it stands in front of."""

    def __init__(self, litestar: Litestar, app: ASGIApp) -> None:
        self._litestar = litestar
        self._app = app
        self._route = litestar.asgi_router.handle_routing
        self._plain = _plain_handlers(litestar)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        plain = self._found(scope)
        if plain is None:
            await self._app(scope, receive, send)
            return
        request = self._litestar.request_class(scope, receive, send)
        try:
            await plain.before(request)
            answer = await plain.call(**await _arguments(plain, request))
            sent = (
                answer.to_asgi_response()
                if isinstance(answer, Encoded)
                else await request.route_handler.to_response(app=self._litestar, data=answer, request=request)
            )
        except Exception as failure:  # noqa: BLE001 -- each has its handler, the last one is for all
            refused = _handler(self._litestar.exception_handlers, failure)(request, failure)
            sent = refused.to_asgi_response(app=None, request=request)
        await sent(scope, receive, send)

    def _found(self, scope: Scope) -> _Plain | None:
        """Gives the plain handler of a request, and notes it and its path parameters as the router does; None for what goes the long way."""
        path = scope["path"]
        if scope["type"] != ScopeType.HTTP or scope.get("root_path") or path[-1:] == "/" or "//" in path:
            return None
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        if not _USUAL_HOST.match(host):
            return None
        try:
            _, handler, _, scope["path_params"], scope["path_template"] = self._route(path=path, method=scope["method"])
        except HTTPException:
            return None
        scope["route_handler"] = handler
        return self._plain.get(handler)


async def _arguments(plain: _Plain, request: Request[Any, Any, Any]) -> dict[str, Any]:
    try:
        found = await plain.parameters.to_kwargs(connection=request)
    except SerializationException as wrong:
        raise ClientException(str(wrong)) from wrong
    if found.get("data") is Empty:
        del found["data"]
    values = plain.signature.parse_values_from_connection_kwargs(connection=request, kwargs=found)
    if any(ends(value) for value in values.values()):
        check_parameters(values, _known(request))
    return cast("dict[str, Any]", values)


def _known(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Gives the parameters of a route by their names in the code, as its clients know them."""
    told = request.route_handler.parsed_fn_signature.parameters.items()
    queries = {name: str(getattr(field.kwarg_definition, "name", None) or name) for name, field in told}
    return {name: name if name in request.path_params else f"?{known}" for name, known in queries.items()}


def _handler(handlers: Mapping[Any, Callable[..., Any]], failure: Exception) -> Callable[..., Any]:
    return next(handlers[kind] for kind in type(failure).__mro__ if kind in handlers)


def _plain_handlers(litestar: Litestar) -> dict[object, _Plain]:
    found: dict[object, _Plain] = {}
    for route in litestar.routes:
        if isinstance(route, HTTPRoute):
            for handler, parameters in route.route_handler_map.values():
                before = handler.resolve_before_request()
                if before is not None and _is_plain(handler, parameters):
                    found[handler] = _Plain(before, parameters, handler.signature_model, handler.fn)
    return found


def _is_plain(handler: HTTPRouteHandler, parameters: Any) -> bool:
    unusual = (
        handler.has_sync_callable,
        handler.cache,
        handler.resolve_guards(),
        handler.resolve_middleware(),
        handler.resolve_after_response(),
        handler.resolve_return_dto(),
        any(layer.after_request for layer in handler.ownership_layers),
        parameters.dependency_batches,
        parameters.expected_form_data,
        parameters.expected_msgpack_data,
    )
    return not any(unusual)


def by_the_short_way(litestar: Litestar) -> Litestar:
    """Lets an application serve its plain requests the short way, within its CORS where it has any."""
    outer: Any = litestar.asgi_handler
    if litestar.cors_config is not None:
        outer.app = ShortWay(litestar, outer.app)
    else:
        litestar.asgi_handler = ShortWay(litestar, outer)
    return litestar
