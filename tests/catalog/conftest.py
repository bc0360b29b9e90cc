"""The back office over HTTP."""

import pytest

from tests.given import identity as given_callers
from tests.served import Api, Served


@pytest.fixture
async def admin(server: Served) -> Api:
    """The server as an administrator sees it."""
    tokens = server.program.services.tokens
    signed_in = await given_callers.administrator(server.program.db, tokens)  # type: ignore[arg-type]
    return server.api.as_(signed_in.access_token)
