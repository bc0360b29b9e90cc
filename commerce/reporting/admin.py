"""Back office: run a promotion over the orders of a time, follow it, end it; price a basket without and with a promotion."""

from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from commerce import stores
from commerce.kernel import clock
from commerce.platform.http import Call, Cursor, Limit, Page, after_cursor, answer, get, paged, perform, post
from commerce.quotes import CannotPrice, surroundings
from commerce.reporting import pickup_service, queries, sourcing_admin
from commerce.reporting.preview import preview
from commerce.reporting.schemas import PreviewIn, PreviewOut, SimulationIn, SimulationOut, SimulationSummaryOut
from commerce.reporting.start_simulation import cancel_simulation, start_simulation

TAG = "admin: promotions"
SCOPE = "promotions:write"
COSTS = "costs:read"
PATH = "/v1/admin/promotions/{promotion_id:uuid}/simulations"
ONE = "/v1/admin/promotions/{promotion_id:uuid}/simulations/{simulation_id:uuid}"


@post(PATH, operation="simulatePromotion", scope=SCOPE, tag=TAG, status=202)
async def post_simulation(
    request: Call, promotion_id: FromPath[UUID], data: JSONBody[SimulationIn]
) -> Response[SimulationOut]:
    """Run a promotion, draft or published, over placed orders of the past: what it would have cost, and how many orders it would change."""
    return await perform(
        request,
        start_simulation,
        await stores.channels(request.db.reading),
        promotion_id,
        data,
        actor=request.caller.principal,
        at=clock.now(),
        with_costs=request.caller.has(COSTS),
    )


@get(PATH, operation="listSimulations", scope=SCOPE, tag=TAG)
async def list_simulations(
    request: Call, promotion_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[SimulationSummaryOut]]:
    """List the simulations of a promotion, the latest first."""
    place = after_cursor(cursor, UUID)
    before = None if place is None else place[0]
    rows = await queries.simulations_page(request.db.reading, promotion_id, before=before, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@get(ONE, operation="getSimulation", scope=SCOPE, tag=TAG)
async def get_simulation(
    request: Call, promotion_id: FromPath[UUID], simulation_id: FromPath[UUID]
) -> Response[SimulationOut]:
    """Get a simulation: how far it is, and its figures so far."""
    found = await queries.simulation(
        request.db.reading,
        promotion_id,
        simulation_id,
        with_costs=request.caller.has(COSTS),
        language=request.language,
    )
    return answer(request, found)


@post(ONE + "/cancel", operation="cancelSimulation", scope=SCOPE, tag=TAG, status=200)
async def post_cancel(
    request: Call, promotion_id: FromPath[UUID], simulation_id: FromPath[UUID]
) -> Response[SimulationOut]:
    """End a simulation; what was counted so far stays."""
    return await perform(
        request,
        cancel_simulation,
        promotion_id,
        simulation_id,
        at=clock.now(),
        with_costs=request.caller.has(COSTS),
    )


@post(
    "/v1/admin/promotions/{promotion_id:uuid}/preview",
    operation="previewPromotion",
    scope=SCOPE,
    tag=TAG,
    status=200,
    refusals=[CannotPrice],
)
async def post_preview(request: Call, promotion_id: FromPath[UUID], data: JSONBody[PreviewIn]) -> Response[PreviewOut]:
    """Price a basket without and with a promotion as it is written now, draft or published; nothing is kept."""
    around = await surroundings(request.db.reading)
    return await perform(request, preview, around, promotion_id, data, at=clock.now())


ROUTES: list[HTTPRouteHandler] = [
    post_simulation,
    list_simulations,
    get_simulation,
    post_cancel,
    post_preview,
    *sourcing_admin.ROUTES,
    *pickup_service.ROUTES,
]
