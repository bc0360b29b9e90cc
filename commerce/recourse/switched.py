"""A place that was switched off because nobody took work on waits for a person until it is switched on, whatever becomes of the work."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, column, literal, select, table, update

from commerce.kernel import clock
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.recourse.facts import RejectionState
from commerce.recourse.rules import REJECTION
from commerce.recourse.tables import order_exceptions, rejections
from commerce.stores import LocationPaused, LocationResumed

_at = DateTime(timezone=True)
_places = table("locations", column("id", Uuid), column("paused_at", _at), column("paused_until", _at))
_exception = order_exceptions.c
_nobody = _exception.kind == literal("not_accepted", Text)
# The place stays as it is until the commit: whoever switches it on meanwhile comes after, and finds the rejection ended.
OFF = Statement(
    select(_places.c.id)
    .join_from(order_exceptions, _places, _places.c.id == _exception.location_id)
    .where(
        _exception.rejection_id == given("rejection_id", Uuid),
        _nobody,
        _exception.resolved_at.is_(None),
        _places.c.paused_at.is_not(None),
        _places.c.paused_until.is_(None),
    )
    .with_for_update(read=True, of=_places)
)
ENDED = [state.value for state in RejectionState if REJECTION.terminal(state)]
RESOLVE_PLACE = Statement(
    update(order_exceptions)
    .where(
        _exception.location_id == given("location_id", Uuid),
        _nobody,
        _exception.resolved_at.is_(None),
        rejections.c.id == _exception.rejection_id,
        rejections.c.state.in_(ENDED),
    )
    .values(
        resolved_at=given("at", _exception.resolved_at.type),
        resolved_by=given("by", Text),
        version=_exception.version + 1,
    )
)


async def switched_off(tx: Tx, rejection_id: UUID) -> bool:
    """Says whether the place whose work nobody took on is off until somebody switches it on; it stays so until the commit."""
    return bool(await tx.fetch(OFF, rejection_id=rejection_id))


async def place_resumed(tx: Tx, resumed: LocationResumed) -> None:
    """Resolves that nobody took work on at a place that is on again, as far as that work is settled."""
    await _resolve(tx, resumed.location_id, resumed.by, clock.now())


async def place_paused(tx: Tx, paused: LocationPaused) -> None:
    """Resolves the same where somebody says until when the place is off: then it goes on by itself."""
    if paused.until is not None:
        await _resolve(tx, paused.location_id, paused.by, clock.now())


async def _resolve(tx: Tx, location_id: UUID, by: str, at: datetime) -> None:
    await tx.execute(RESOLVE_PLACE, location_id=location_id, by=by, at=at)
