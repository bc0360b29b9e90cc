"""The one place where a request is let in or not: token, scope, limit. Routes only name their scope."""

from typing import Any, cast

from litestar import Request, Response
from litestar.exceptions import ImproperlyConfiguredException

from commerce.platform.http.call import Call
from commerce.platform.http.caller import PUBLIC, Forbidden, Unauthenticated
from commerce.platform.http.limits import RateLimit, TooManyRequests
from commerce.platform.http.paging import listing
from commerce.platform.http.parameters import check_parameters


async def authorise(connection: Request[Any, Any, Any]) -> Response[Any] | None:
    """Finds the caller, counts the request, and refuses what the route's scope does not allow. Runs before anything of the body is read.

    Who asks a path for its methods is answered here, whoever it is.
    """
    request = cast("Call", connection)
    handler = request.route_handler
    if request.scope["method"] == "OPTIONS":
        allowed = request.app.state["methods"][request.scope["path_template"]]
        return Response(None, status_code=204, headers={"allow": allowed})
    scope = handler.opt.get("scope")
    if scope is None:
        raise ImproperlyConfiguredException(f"the route {request.scope['path']} names no scope")
    listing.set(str(handler.operation_id))
    caller = await request.services.tokens.authenticate(request.header(b"authorization"))
    state = request.scope["state"]
    state["caller"] = caller
    limit: RateLimit | None = request.app.state.get("rate_limit")
    unlimited = handler.opt.get("unlimited")  # a provider's news and probes come as they come
    if limit is not None and not unlimited:
        client = request.scope.get("client")
        who = caller.principal if caller.id is not None else f"public:{client[0] if client else ''}"
        remaining, reset = limit.count(who)
        state["rate_limit"] = f'"default";r={max(remaining, 0)};t={reset}'
        if remaining < 0:
            raise TooManyRequests(f"The limit is {limit.per_minute} requests a minute.", retry_after_seconds=reset)
    if scope == PUBLIC or scope in caller.scopes:
        if not unlimited and (known := request.app.state.get("parameters")):
            check_parameters(request, known[handler])
        return None
    if caller.id is None:
        raise Unauthenticated(
            "Send `Authorization: Bearer <access token>`; POST /v1/auth/anonymous gives a shopper's one."
        )
    raise Forbidden(f"The scope {scope} is needed.", scope=scope)
