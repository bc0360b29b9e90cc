"""The switch for online work: off with a reason, maybe until an instant, and on again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, insert, select, update

from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.stores.change_location import told
from commerce.stores.events import LocationPaused, LocationResumed
from commerce.stores.facts import Location
from commerce.stores.queries import one_location
from commerce.stores.tables import location_switches, locations

LOCK = Statement(select(locations.c.id).where(locations.c.id == given("id_", Uuid)).with_for_update())
_now = given("now", DateTime(timezone=True))
SWITCH = Statement(
    update(locations)
    .where(locations.c.id == given("id_", Uuid))
    .values(
        paused_at=given("since", DateTime(timezone=True)),
        paused_until=given("until", DateTime(timezone=True)),
        pause_reason=given("reason", Text),
        version=locations.c.version + 1,
        updated_at=_now,
    )
)
NOTE = Statement(insert(location_switches))


async def pause(tx: Tx, location_id: UUID, until: datetime | None, reason: str, by: str) -> Location:
    """Switches online work off from now until an instant, or until somebody switches it on; a pause that holds already is replaced.

    Nothing new is promised from the location before the end of the pause, and nothing at all while it has none. Open work stays where it
    is. `by` is a principal. Refuses with NotFound, and with InvalidInput an end that is not ahead, or no reason.
    """
    now = clock.now()
    if until is not None and until <= now:
        raise invalid("/until", "must be ahead of now")
    if not reason:
        raise invalid("/reason", "is needed")
    before = await _locked(tx, location_id)
    await tx.execute(SWITCH, id_=location_id, since=now, until=until, reason=reason, now=now)
    await _note(tx, before, "off", until=until, reason=reason, by=by, at=now)
    after = await told(tx, before, "paused")
    tx.emit(LocationPaused(location_id=after.id, until=until, by=by))
    return after


async def resume(tx: Tx, location_id: UUID, by: str) -> Location:
    """Switches online work on. Where it is on, also because a pause is over by its time, nothing happens. Refuses with NotFound."""
    before, now = await _locked(tx, location_id), clock.now()
    if not before.is_paused(now):
        return before
    await tx.execute(SWITCH, id_=location_id, since=None, until=None, reason=None, now=now)
    await _note(tx, before, "on", until=None, reason=None, by=by, at=now)
    after = await told(tx, before, "resumed")
    tx.emit(LocationResumed(location_id=after.id, by=by))
    return after


async def _locked(tx: Tx, location_id: UUID) -> Location:
    if await tx.fetch_one(LOCK, id_=location_id) is None:
        raise NotFound("There is no such location.")
    return await one_location(tx, location_id)


async def _note(tx: Tx, location: Location, turned: str, **fields: object) -> None:
    await tx.execute(NOTE, id=new_id(), location_id=location.id, turned=turned, **fields)
