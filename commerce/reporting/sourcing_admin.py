"""Back office: run a sourcing rule over the orders of a time, follow it, end it."""

from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from commerce import stores
from commerce.kernel import clock
from commerce.platform.http import Call, Cursor, Limit, Page, after_cursor, answer, get, paged, perform, post
from commerce.reporting import sourcing_queries as queries
from commerce.reporting.schemas import SimulationIn
from commerce.reporting.sourcing_schemas import ResourcedOrderOut, SourcingSimulationOut
from commerce.reporting.sourcing_start import cancel_sourcing_simulation, start_sourcing_simulation

TAG = "sourcing"
SCOPE = "sourcing:write"
PATH = "/v1/admin/sourcing-rules/{rule_id:uuid}/simulations"
ONE = "/v1/admin/sourcing-rules/{rule_id:uuid}/simulations/{simulation_id:uuid}"


@post(PATH, operation="simulateSourcingRule", scope=SCOPE, tag=TAG, status=202)
async def post_simulation(
    request: Call, rule_id: FromPath[UUID], data: JSONBody[SimulationIn]
) -> Response[SourcingSimulationOut]:
    """Run a rule, draft or published, over orders of the past that were sent: parcels, cost, distance and splits before and after."""
    return await perform(
        request,
        start_sourcing_simulation,
        await stores.channels(request.db.reading),
        rule_id,
        data,
        actor=request.caller.principal,
        at=clock.now(),
    )


@get(PATH, operation="listSourcingSimulations", scope=SCOPE, tag=TAG)
async def list_simulations(
    request: Call, rule_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[SourcingSimulationOut]]:
    """List the runs of a rule, the latest first; figures stand with each one."""
    place = after_cursor(cursor, UUID)
    before = None if place is None else place[0]
    rows = await queries.simulations_page(request.db.reading, rule_id, before=before, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@get(ONE, operation="getSourcingSimulation", scope=SCOPE, tag=TAG)
async def get_simulation(
    request: Call, rule_id: FromPath[UUID], simulation_id: FromPath[UUID]
) -> Response[SourcingSimulationOut]:
    """Get a run: how far it is, and its figures so far."""
    return answer(request, await queries.simulation(request.db.reading, rule_id, simulation_id))


@get(ONE + "/orders", operation="listResourcedOrders", scope=SCOPE, tag=TAG)
async def list_changed(
    request: Call, rule_id: FromPath[UUID], simulation_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[ResourcedOrderOut]]:
    """List orders that the rule would have sent otherwise: the first thousand of a run."""
    place = after_cursor(cursor, UUID)
    rows = await queries.changed_page(
        request.db.reading, rule_id, simulation_id, after=None if place is None else place[0], most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.order_id]))


@post(ONE + "/cancel", operation="cancelSourcingSimulation", scope=SCOPE, tag=TAG, status=200)
async def post_cancel(
    request: Call, rule_id: FromPath[UUID], simulation_id: FromPath[UUID]
) -> Response[SourcingSimulationOut]:
    """End a run; what was counted so far stays."""
    return await perform(request, cancel_sourcing_simulation, rule_id, simulation_id, at=clock.now())


ROUTES: list[HTTPRouteHandler] = [post_simulation, list_simulations, get_simulation, list_changed, post_cancel]
