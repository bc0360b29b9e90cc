"""Back office: what kits are made of."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commerce.catalog.kit_errors import KitInKit, KitOfNothing, StockIsKept
from commerce.catalog.kit_tables import MOST_COMPONENTS, MOST_UNITS_EACH
from commerce.catalog.kits import Kit, kit, set_kit
from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Text3, WireIn, WireOut
from commerce.platform.database import Tx
from commerce.platform.http import Call, answer, get, perform, put

SCOPE = "catalog:write"
TAG = "products"


class ComponentIn(WireIn, frozen=True, kw_only=True):
    """So many units of an article in one kit."""

    variant_id: UUID
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS_EACH)] = 1


class KitIn(WireIn, frozen=True, kw_only=True):
    """What one kit is made of, in the order in which it is told; nothing: it is no kit any more."""

    components: Annotated[list[ComponentIn], Meta(max_length=MOST_COMPONENTS)]


class ComponentOut(WireOut, frozen=True, kw_only=True):
    """So many units of an article in one kit; with a withdrawn one the kit is not for sale."""

    variant_id: UUID
    quantity: int
    sku: str
    title: Text3
    withdrawn: bool


class KitOut(WireOut, frozen=True, kw_only=True):
    """What a variant is made of; no components: it is no kit. `version` is the variant's."""

    variant_id: UUID
    version: int
    components: list[ComponentOut]


@get("/v1/admin/variants/{variant_id:uuid}/kit", operation="getKit", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def get_kit(request: Call, variant_id: FromPath[UUID]) -> Response[KitOut]:
    """Get what a variant is made of."""
    return answer(request, _out(await kit(request.db.reading, variant_id)))


@put(
    "/v1/admin/variants/{variant_id:uuid}/kit",
    operation="setKit",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound, InvalidInput, KitInKit, KitOfNothing, StockIsKept],
)
async def put_kit(request: Call, variant_id: FromPath[UUID], data: JSONBody[KitIn]) -> Response[KitOut]:
    """Say what a variant is made of: its stock is then that of its components. An empty list makes it an article of its own again."""
    return await perform(request, _set, variant_id, request.expected_version(), data)


async def _set(tx: Tx, variant_id: UUID, expected_version: int, data: KitIn) -> KitOut:
    wanted = [(each.variant_id, each.quantity) for each in data.components]
    return _out(await set_kit(tx, variant_id, expected_version, wanted, at=clock.now()))


def _out(made: Kit) -> KitOut:
    return KitOut(
        variant_id=made.variant_id,
        version=made.version,
        components=[
            ComponentOut(
                variant_id=each.variant_id,
                quantity=each.quantity,
                sku=each.sku,
                title=each.title,
                withdrawn=each.withdrawn,
            )
            for each in made.components
        ],
    )


ROUTES: list[HTTPRouteHandler] = [get_kit, put_kit]
