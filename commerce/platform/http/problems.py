"""Errors as problem documents (RFC 9457): one shape for refusals, invalid input, unknown paths and bugs."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException

from commerce.kernel.errors import PROBLEM_BASE, FieldError, InvalidInput, Refusal
from commerce.kernel.wire import WireOut
from commerce.platform.http.body import field_error
from commerce.platform.http.call import preferred_language
from commerce.platform.http.caller import Unauthenticated
from commerce.platform.http.wording import explained

PROBLEM_JSON = "application/problem+json"
HUNG_UP = "client disconnected prematurely"  # as the framework says it, of a body that ends early
SERVER_ERRORS = 500
TOO_LARGE = 413
log = structlog.get_logger("http")

# What Litestar and HTTP itself refuse, by status: code, then the title in English, Spanish and Catalan.
PLAIN: dict[int, tuple[str, str, str, str]] = {
    400: ("invalid_input", "Some fields of the request are not valid.", InvalidInput.es, InvalidInput.ca),
    404: ("not_found", "There is no such thing here.", "No existe nada así aquí.", "No hi ha res així aquí."),
    405: (
        "method_not_allowed",
        "The path does not know this method.",
        "La ruta no admite este método.",
        "La ruta no admet aquest mètode.",
    ),
    406: ("not_acceptable", "No such representation.", "No hay tal representación.", "No hi ha aquesta representació."),
    413: ("body_too_large", "The body is too large.", "El cuerpo es demasiado grande.", "El cos és massa gran."),
    415: (
        "unsupported_media_type",
        "The body's type is not understood.",
        "No se entiende el tipo del cuerpo.",
        "No s'entén el tipus del cos.",
    ),
    500: (
        "internal_error",
        "Something went wrong on our side.",
        "Algo ha fallado por nuestra parte.",
        "Alguna cosa ha fallat per part nostra.",
    ),
}


class FieldProblem(WireOut):
    """One field at fault."""

    pointer: str
    detail: str


class Problem(WireOut):
    """A problem document. Further members carry the facts of the problem, by its `type`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None
    errors: list[FieldProblem] = msgspec.field(default_factory=list)


def refusal(request: Request[Any, Any, Any], refused: Refusal) -> Response[Any]:
    """Renders a refusal in the caller's language, with its facts as members."""
    language = preferred_language(request.headers.get("accept-language"))
    headers = {"content-language": language}
    if refused.retry_after_seconds is not None:
        headers["retry-after"] = str(refused.retry_after_seconds)
    if refused.status == Unauthenticated.status:
        headers["www-authenticate"] = 'Bearer realm="commerce"'
    return _respond(
        request,
        refused.status,
        code=refused.code,
        title=refused.title(language),
        detail=refused.detail or refused.title(language),
        errors=refused.errors,
        facts=refused.facts,
        headers=headers,
    )


def invalid(request: Request[Any, Any, Any], failure: ValidationException) -> Response[Any]:
    """Renders what the framework found wrong with parameters or body, each field by its pointer."""
    errors = list(_fields(request, failure))
    detail = "; ".join(error.told() for error in errors[:5]) or failure.detail
    return plain(request, 400, detail=detail, errors=errors)


def http_failure(request: Request[Any, Any, Any], failure: HTTPException) -> Response[Any]:
    """Renders what HTTP itself refuses: unknown paths, methods, unreadable or oversized bodies."""
    if isinstance(failure, InternalServerException) and failure.detail == HUNG_UP:
        return plain(request, 400, detail="The body ended before its length.")  # who hung up reads no answer
    if failure.status_code >= SERVER_ERRORS:
        return bug(request, failure)
    headers = {
        name: value for name, value in (failure.headers or {}).items() if name.lower() in {"allow", "retry-after"}
    }
    detail = _readable(failure.detail)
    if failure.status_code == TOO_LARGE:
        detail = f"It may have at most {request.route_handler.resolve_request_max_body_size():,} bytes."
    return plain(request, failure.status_code, detail=detail, headers=headers)


def bug(request: Request[Any, Any, Any], failure: Exception) -> Response[Any]:
    """Logs what cannot be with all that is needed, and tells the caller nothing but the request's id."""
    log.error("bug", path=request.scope["path"], error=type(failure).__name__, exc_info=failure)
    return plain(request, 500, detail="The failure was recorded; name the request id when you report it.")


def plain(
    request: Request[Any, Any, Any],
    status: int,
    *,
    detail: str = "",
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
) -> Response[Any]:
    """Renders a problem that HTTP has a status for."""
    code, *titles = PLAIN.get(status) or (
        f"http_{status}",
        "The request was refused.",
        "Petición rechazada.",
        "Petició rebutjada.",
    )
    language = preferred_language(request.headers.get("accept-language"))
    title = dict(zip(("en", "es", "ca"), titles, strict=True))[language]
    return _respond(
        request, status, code=code, title=title, detail=detail or title, errors=errors, facts={}, headers=headers or {}
    )


def _respond(
    request: Request[Any, Any, Any],
    status: int,
    *,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[FieldError],
    facts: dict[str, object],
    headers: dict[str, str],
) -> Response[Any]:
    body: dict[str, object] = {
        "type": PROBLEM_BASE + code,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request.scope["state"].get("request_id"),
    }
    if errors:
        body["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in errors]
    for name, value in facts.items():
        body.setdefault(name, value)
    headers = {"cache-control": "no-store", **headers}
    return Response(msgspec.json.encode(body), status_code=status, media_type=PROBLEM_JSON, headers=headers)


NO_BODY = "'data'"  # what the framework says of a body that was not sent
_MISSING = re.compile(r"^Missing required (query|header) parameter '([^']+)'")


def _fields(request: Request[Any, Any, Any], failure: ValidationException) -> Iterator[FieldError]:
    """Gives Litestar's messages as fields: bodies as JSON pointers, parameters as `?name`, by the names that clients know."""
    if missing := _MISSING.match(failure.detail):
        kind, name = missing.groups()
        yield FieldError(f"?{name}" if kind == "query" else name, "is missing")
    extra: Any = failure.extra
    for each in extra if isinstance(extra, list) else []:
        message, key = str(each.get("message", "")), str(each.get("key", ""))
        source = str(getattr(each.get("source"), "value", each.get("source")))
        if message == NO_BODY:
            yield FieldError("", "is missing: send a JSON body")
        elif source == "body":
            yield field_error(key, message)
        else:
            asked = FieldError(f"?{_alias(request, key)}" if source == "query" else key or "?", message)
            field = request.route_handler.parsed_fn_signature.parameters.get(key)
            yield asked if field is None else explained(asked, field.raw)


def _alias(request: Request[Any, Any, Any], key: str) -> str:
    """Gives a parameter's name in the query, which is not always its name in the code."""
    field = request.route_handler.parsed_fn_signature.parameters.get(key)
    marker = None if field is None else field.kwarg_definition
    return str(getattr(marker, "name", None) or key)


def _readable(detail: str) -> str:
    return re.sub(r"\s+", " ", detail)[:300]


EXCEPTION_HANDLERS: dict[Any, Any] = {
    Refusal: refusal,
    ValidationException: invalid,
    HTTPException: http_failure,
    Exception: bug,
}
