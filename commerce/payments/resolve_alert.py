"""A person has looked at what waited for one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, update

from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove
from commerce.payments import queries
from commerce.payments.queries import sight_of
from commerce.payments.schemas import PaymentAlertOut, ResolutionIn, alert_out
from commerce.payments.tables import payment_alerts
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

_alert = payment_alerts.c
RESOLVE = Statement(
    update(payment_alerts)
    .where(_alert.id == given("alert_id", Uuid), _alert.resolved_at.is_(None))
    .values(
        resolved_at=given("at", DateTime(timezone=True)),
        resolved_by=given("by", Text),
        resolution=given("said", Text),
        version=_alert.version + 1,
    )
)


async def resolve_alert(
    tx: Tx, caller: Caller, alert_id: UUID, data: ResolutionIn, *, at: datetime | None = None
) -> PaymentAlertOut:
    """Note what was done about an alert. Refuses with NotFound, and with IllegalMove one that was resolved before."""
    before = await queries.alert(tx, sight_of(caller), alert_id)
    if not await tx.execute(
        RESOLVE, alert_id=alert_id, at=at or clock.now(), by=caller.principal, said=data.resolution
    ):
        raise IllegalMove("This alert was resolved before.", state="resolved", allowed=[])
    after = await queries.alert(tx, sight_of(caller), alert_id)
    tx.changed("payment_alert", alert_id, before=alert_out(before), after=alert_out(after))
    return alert_out(after)
