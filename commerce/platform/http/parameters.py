"""What a path takes: its methods, and the names that a query may hold, so that a misspelt filter is told and not passed over."""

from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl

from litestar import Litestar, Request
from litestar.enums import HttpMethod
from litestar.routes import HTTPRoute

from commerce.kernel.errors import FieldError, InvalidInput

Parameters = dict[object, frozenset[bytes]]


def know_paths(litestar: Litestar) -> None:
    """Puts what each path and handler takes into an application's state, for whoever lets requests in."""
    litestar.state["parameters"], litestar.state["methods"] = _parameters_of(litestar), _methods_of(litestar)


def _parameters_of(litestar: Litestar) -> Parameters:
    """Gives the names of each handler's query parameters."""
    return {
        handler: frozenset(each.field_alias.encode() for each in model.expected_query_params)
        for route in litestar.routes
        if isinstance(route, HTTPRoute)
        for handler, model in route.route_handler_map.values()
    }


def _methods_of(litestar: Litestar) -> dict[str, str]:
    """Gives the methods of each path as an Allow header, by the path's template; the framework's own answer knows those of one handler only."""
    return {
        route.path_format: ", ".join(sorted(route.methods | ({HttpMethod.HEAD} if "GET" in route.methods else set())))
        for route in litestar.routes
        if isinstance(route, HTTPRoute)
    }


def check_parameters(request: Request[Any, Any, Any], known: frozenset[bytes]) -> None:
    """Refuses with InvalidInput a query that holds a parameter which the operation does not take, and says which it may have meant."""
    asked = request.scope["query_string"]
    if not asked or known.issuperset(each.partition(b"=")[0] for each in asked.split(b"&") if each):
        return
    names = sorted(each.decode() for each in known)
    unknown = [name for name, _ in parse_qsl(asked.decode("latin-1"), keep_blank_values=True) if name not in names]
    errors = [FieldError(f"?{name}", _told(name, names)) for name in dict.fromkeys(unknown)]
    if errors:
        raise InvalidInput("; ".join(each.told() for each in errors[:5]), errors=errors[:20])


def _told(name: str, names: list[str]) -> str:
    if near := get_close_matches(name, names, n=1):
        return f"is no parameter of this operation; it has ?{near[0]}"
    takes = f"it takes {', '.join(f'?{each}' for each in names)}" if names else "it takes none"
    return f"is no parameter of this operation: {takes}"
