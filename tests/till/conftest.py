"""A shop with a till: a terminal of the store at Gràcia that speaks over HTTP."""

from dataclasses import dataclass

import pytest

from commerce.identity import Tokens
from commerce.platform.database import Database
from tests.given import checkout, identity
from tests.given.checkout import Shop
from tests.served import Api, Served


@dataclass
class Till:
    """A shop's till at Gràcia, and its administrator."""

    shop: Shop
    server: Served
    api: Api
    admin: Api
    db: Database
    tokens: Tokens

    async def bundle(self, query: str = "") -> bytes:
        """The bundle as the till gets it."""
        answer = await self.api.call("GET", f"/v1/pos/bundle{query}")
        assert answer.status_code == 200, answer.text[:2000]
        return answer.content


@pytest.fixture
async def till(server: Served) -> Till:
    """A shop that sells a cup and a plate, with a till at Gràcia."""
    db: Database = server.program.db
    tokens = server.tokens
    shop = await checkout.shop(db)
    terminal = await identity.terminal(db, shop.gracia)
    admin = await identity.administrator(db, tokens)
    return Till(
        shop=shop,
        server=server,
        api=server.api.as_(await identity.token_of(db, tokens, terminal)),
        admin=server.api.as_(admin.access_token),
        db=db,
        tokens=tokens,
    )
