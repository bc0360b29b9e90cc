"""How a route is declared: its operation, its scope, whether it takes an idempotency key, which refusals it knows.

These are Litestar's own decorators with what this program demands of every route made obligatory. A route without a scope cannot be
written, and what is declared here is what the OpenAPI document says.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import wraps
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import litestar
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg
from msgspec import Meta

from commerce.kernel.errors import FieldError, InvalidInput, Refusal

LIMITS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "title", "description")
Key = Literal["none", "optional", "required"]
Decorator = Callable[[Callable[..., Any]], HTTPRouteHandler]


def _options(scope: str, key: Key, refusals: Sequence[type[Refusal]], *, versioned: bool) -> dict[str, Any]:
    return {"scope": scope, "key": key, "refusals": tuple(refusals), "versioned": versioned}


def _declared(kind: Callable[..., Any], path: str, **options: Any) -> Decorator:
    def declare(handler: Callable[..., Any]) -> HTTPRouteHandler:
        made: HTTPRouteHandler = kind(path, **options)(_zoned(_with_limits(handler)))
        return made

    return declare


def _with_limits(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Gives each parameter's limits (`msgspec.Meta`) to Litestar's marker, which otherwise drops them: nothing would check them."""
    hints = get_type_hints(handler, include_extras=True)
    handler.__annotations__ = {name: _limited(hint) for name, hint in hints.items()}
    return handler


def _zoned(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Refuses instants in the address that do not say their zone, which Litestar lets pass; what comes as a body is checked by its type."""
    instants = {
        name: next((note.query for note in get_args(hint)[1:] if isinstance(note, ParameterKwarg)), None) or name
        for name, hint in handler.__annotations__.items()
        if name not in {"data", "return"} and datetime in _members(hint)
    }
    if not instants:
        return handler

    @wraps(handler)
    async def zoned(*args: Any, **given: Any) -> Any:
        for name, told in instants.items():
            if given.get(name) is not None and given[name].tzinfo is None:
                wrong = FieldError(f"?{told}", "An instant with its zone (RFC 3339), such as 2026-03-01T09:30:00Z")
                raise InvalidInput("Say which zone the time is of.", errors=[wrong])
        return await handler(*args, **given)

    return zoned


def _members(hint: Any) -> Iterator[Any]:
    """Gives the types that a parameter may have."""
    if get_origin(hint) is Annotated:
        yield from _members(get_args(hint)[0])
    elif get_origin(hint) in {Union, UnionType}:
        for member in get_args(hint):
            yield from _members(member)
    else:
        yield hint


def _limited(hint: Any) -> Any:
    if get_origin(hint) is not Annotated:
        return hint
    inner, *notes = get_args(hint)
    marker = next((note for note in notes if isinstance(note, ParameterKwarg)), None)
    if marker is None:
        return hint
    limits: dict[str, Any] = {}
    for meta in (*_metas(inner), *(note for note in notes if isinstance(note, Meta))):
        limits |= {name: value for name in LIMITS if (value := getattr(meta, name)) is not None}
    return Annotated[inner, replace(marker, **limits)]


def _metas(hint: Any) -> Iterator[Meta]:
    """Gives the limits of the members of a union: those of `Annotated[str, Meta(…)] | None`."""
    if get_origin(hint) in {Union, UnionType}:
        for member in get_args(hint):
            yield from (note for note in get_args(member)[1:] if isinstance(note, Meta))


def get(
    path: str,
    *,
    operation: str,
    scope: str,
    tag: str,
    refusals: Sequence[type[Refusal]] = (),
    status: int = 200,
    **more: Any,
) -> Decorator:
    """Declares a read."""
    return _declared(
        litestar.get,
        path,
        operation_id=operation,
        tags=[tag],
        status_code=status,
        opt=_options(scope, "none", refusals, versioned=False),
        **more,
    )


def post(
    path: str,
    *,
    operation: str,
    scope: str,
    tag: str,
    status: int = 201,
    key: Key = "optional",
    refusals: Sequence[type[Refusal]] = (),
    **more: Any,
) -> Decorator:
    """Declares a POST. `key` says whether an Idempotency-Key is required (money and stock), optional, or not taken (`/auth`, webhooks)."""
    return _declared(
        litestar.post,
        path,
        operation_id=operation,
        tags=[tag],
        status_code=status,
        opt=_options(scope, key, refusals, versioned=False),
        **more,
    )


def patch(
    path: str,
    *,
    operation: str,
    scope: str,
    tag: str,
    versioned: bool = True,
    refusals: Sequence[type[Refusal]] = (),
    status: int = 200,
    **more: Any,
) -> Decorator:
    """Declares a PATCH; `versioned` ones call `request.expected_version()`, and so take If-Match."""
    return _declared(
        litestar.patch,
        path,
        operation_id=operation,
        tags=[tag],
        status_code=status,
        opt=_options(scope, "none", refusals, versioned=versioned),
        **more,
    )


def put(
    path: str,
    *,
    operation: str,
    scope: str,
    tag: str,
    versioned: bool = True,
    refusals: Sequence[type[Refusal]] = (),
    status: int = 200,
    **more: Any,
) -> Decorator:
    """Declares a PUT; `versioned` ones call `request.expected_version()`, and so take If-Match."""
    return _declared(
        litestar.put,
        path,
        operation_id=operation,
        tags=[tag],
        status_code=status,
        opt=_options(scope, "none", refusals, versioned=versioned),
        **more,
    )


def delete(
    path: str,
    *,
    operation: str,
    scope: str,
    tag: str,
    versioned: bool = True,
    refusals: Sequence[type[Refusal]] = (),
    status: int = 204,
    **more: Any,
) -> Decorator:
    """Declares a DELETE; `versioned` ones call `request.expected_version()`, and so take If-Match."""
    return _declared(
        litestar.delete,
        path,
        operation_id=operation,
        tags=[tag],
        status_code=status,
        opt=_options(scope, "none", refusals, versioned=versioned),
        **more,
    )
