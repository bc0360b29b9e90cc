"""Back office: what about money waits for a person."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.kernel.wire import Page
from commerce.payments import queries
from commerce.payments.queries import sight_of
from commerce.payments.resolve_alert import resolve_alert
from commerce.payments.schemas import PaymentAlertOut, ResolutionIn, alert_out
from commerce.platform.http import Call, Cursor, Limit, after_cursor, answer, get, paged, perform, post

SCOPE = "refunds:approve"
TAG = "payments"
OLDEST = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


@get("/v1/admin/payment-alerts", operation="listPaymentAlerts", scope=SCOPE, tag=TAG)
async def list_payment_alerts(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    resolved: FromQuery[Annotated[bool, Meta(description="Also those that were resolved")]] = False,
) -> Response[Page[PaymentAlertOut]]:
    """List what about money waits for a person, the longest waiting first."""
    after = after_cursor(cursor, datetime, UUID)
    rows = await queries.alerts(
        request.db.reading,
        sight_of(request.caller),
        only_open=not resolved,
        after=(after[0], after[1]) if after else OLDEST,
        most=limit + 1,
    )
    return answer(request, paged([alert_out(row) for row in rows], limit, key=lambda row: [row.raised_at, row.id]))


@post(
    "/v1/admin/payment-alerts/{alert_id:uuid}/resolve",
    operation="resolvePaymentAlert",
    scope=SCOPE,
    tag=TAG,
    status=200,
)
async def resolve_payment_alert(
    request: Call, alert_id: FromPath[UUID], data: JSONBody[ResolutionIn]
) -> Response[PaymentAlertOut]:
    """Say what was done about it. The alert stays readable."""
    return await perform(request, resolve_alert, request.caller, alert_id, data)


ROUTES: list[HTTPRouteHandler] = [list_payment_alerts, resolve_payment_alert]
