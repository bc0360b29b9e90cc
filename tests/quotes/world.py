"""The shop of `shop.py` behind the real HTTP server, with a client for each kind of caller."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from commerce.identity import Tokens
from tests.given import identity
from tests.quotes.shop import Shop, open_shop
from tests.served import Api, Served


class World(Struct, frozen=True, kw_only=True):
    """The shop and who asks."""

    server: Served
    shop: Shop
    web: Api
    staff: Api
    till: Api

    async def quote(self, who: Api, *lines: tuple[UUID, int, str | None], **basket: Any) -> Any:  # noqa: ANN401 -- JSON
        """The quote of variant, quantity, group."""
        return await who.post("/v1/quotes", body(*lines, **basket))


def body(*lines: tuple[UUID, int, str | None], **basket: Any) -> Any:  # noqa: ANN401 -- JSON
    """A basket as it is sent."""
    return {
        "lines": [
            {"variant_id": str(variant), "quantity": quantity, **({} if group is None else {"group": group})}
            for variant, quantity, group in lines
        ],
        **basket,
    }


async def open_world(server: Served, **how: Any) -> World:
    """A shop with its callers: an anonymous shopper on the web, an administrator, and the till of its store."""
    db, tokens = server.program.db, server.tokens
    assert isinstance(tokens, Tokens)
    shop = await open_shop(db, **how)
    terminal = await identity.terminal(db, shop.store)
    return World(
        server=server,
        shop=shop,
        web=server.api.as_((await identity.anonymous(db, tokens)).access_token),
        staff=server.api.as_((await identity.administrator(db, tokens)).access_token),
        till=server.api.as_(await identity.token_of(db, tokens, terminal)),
    )
