"""How a route is declared: its operation, its scope, whether it takes an idempotency key, which refusals it knows.

These are Litestar's own decorators with what this program demands of every route made obligatory. A route without a scope cannot be
written, and what is declared here is what the OpenAPI document says.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import litestar
from litestar.handlers import HTTPRouteHandler

from commerce.kernel.errors import Refusal

Key = Literal["none", "optional", "required"]
Decorator = Callable[[Callable[..., Any]], HTTPRouteHandler]


def _options(scope: str, key: Key, refusals: Sequence[type[Refusal]], *, versioned: bool) -> dict[str, Any]:
    return {"scope": scope, "key": key, "refusals": tuple(refusals), "versioned": versioned}


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
    return litestar.get(
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
    return litestar.post(
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
    return litestar.patch(
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
    return litestar.put(
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
    return litestar.delete(
        path,
        operation_id=operation,
        tags=[tag],
        status_code=status,
        opt=_options(scope, "none", refusals, versioned=versioned),
        **more,
    )
