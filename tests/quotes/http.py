"""The routes of prices, taxes, delivery and quotes under the manners of the API, with real tokens on the test's database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
from litestar import Litestar
from litestar.datastructures import State

from commerce.delivery.admin import ROUTES as DELIVERY
from commerce.identity import Tokens
from commerce.platform.database import Database
from commerce.platform.http import EXCEPTION_HANDLERS, Call, Surround, authorise
from commerce.pricing.admin import ROUTES as PRICES
from commerce.quotes.routes import ROUTES as QUOTES
from commerce.tax.admin import ROUTES as TAX
from tests.given import identity


class Client:
    """Speaks for one caller; a fresh idempotency key with each POST unless one is given."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self._token = token

    async def __call__(
        self, method: str, path: str, body: object = None, *, key: str | None = None, match: int | None = None
    ) -> httpx.Response:
        """Sends one request."""
        headers = {} if self._token is None else {"authorization": f"Bearer {self._token}"}
        if method == "POST":
            headers["idempotency-key"] = key or str(uuid4())
        if match is not None:
            headers["if-match"] = f'"{match}"'
        return await self._http.request(method, path, headers=headers, json=body)

    async def good(self, method: str, path: str, body: object = None, **how: Any) -> Any:  # noqa: ANN401 -- JSON
        """Sends one request and gives the body of its success."""
        answer = await self(method, path, body, **how)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def as_(self, token: str) -> "Client":
        """Gives a client for another caller."""
        return Client(self._http, token)


@asynccontextmanager
async def serving(db: Database) -> AsyncIterator[tuple[Client, Tokens]]:
    """Gives a client without a token, and what makes tokens."""
    tokens = await identity.tokens(db)
    app = Litestar(
        route_handlers=[*PRICES, *TAX, *DELIVERY, *QUOTES],
        request_class=Call,
        before_request=authorise,
        exception_handlers=EXCEPTION_HANDLERS,
        state=State({"services": SimpleNamespace(db=db, tokens=tokens, settings=identity.SETTINGS)}),
        openapi_config=None,
        logging_config=None,
    )
    transport = httpx.ASGITransport(Surround(app))  # type: ignore[arg-type]  # two spellings of ASGI's types
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Client(http), tokens
