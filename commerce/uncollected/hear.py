"""Work became ready, was taken back, left the house or ended: its pickup begins, pauses and ends in the same transaction."""

from datetime import datetime

import msgspec

from commerce import stores
from commerce.fulfilment import (
    Fulfilment,
    FulfilmentCancelled,
    FulfilmentReady,
    FulfilmentRejected,
    FulfilmentState,
    FulfilmentUnpacked,
    HandedOver,
    UnitsRefused,
)
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.stores import Location
from commerce.uncollected.facts import Terms, Wait, WaitState as S
from commerce.uncollected.keep import keep, keep_deadline, open_wait, until
from commerce.uncollected.policies import terms_for
from commerce.uncollected.queries import lock_of
from commerce.uncollected.rules import deadline

SYSTEM = "system"


async def ready(tx: Tx, told: FulfilmentReady) -> None:
    """Begins a pickup, or gives one that was taken back to picking a new deadline. A reminder that staff sends moves nothing."""
    if told.reminder:
        return
    work, at = told.fulfilment, clock.now()
    since = work.ready_at or at
    place = await stores.location(tx, work.location_id)
    terms = await terms_for(tx, place, [line.variant_id for line in work.lines if line.quantity > line.short], since)
    before = await lock_of(tx, work.id)
    if before is None:
        await open_wait(tx, _begun(work, terms, place, since), place, by=SYSTEM, at=at)
    elif before.state is S.WAITING:
        again = msgspec.structs.replace(before, round=before.round + 1, ready_at=since, terms=terms, extended_at=None)
        after = until(again, deadline(place.calendar, since, terms))
        await keep_deadline(tx, before, after, place, why="ready", by=SYSTEM, at=at)


async def unpacked(tx: Tx, told: FulfilmentUnpacked) -> None:
    """Takes the deadline away while the work is picked again: nobody can collect it now."""
    before = await lock_of(tx, told.fulfilment_order_id)
    if before is not None and before.state is S.WAITING and before.ready_at is not None:
        place = await stores.location(tx, before.location_id)
        after = until(msgspec.structs.replace(before, ready_at=None), None)
        await keep_deadline(tx, before, after, place, why="unpacked", by=SYSTEM, at=clock.now())


async def handed_over(tx: Tx, told: HandedOver) -> None:
    """Ends a pickup of which everything was collected; what is left of another one waits on."""
    if told.fulfilment.state is FulfilmentState.HANDED_OVER:
        await _end(tx, told.fulfilment, S.COLLECTED)


async def refused(tx: Tx, told: UnitsRefused) -> None:
    """Ends a pickup of which nothing is left after its customer did not want the rest: collected where some of it was."""
    state = told.fulfilment.state
    if state in {FulfilmentState.HANDED_OVER, FulfilmentState.REJECTED}:
        await _end(tx, told.fulfilment, S.COLLECTED if state is FulfilmentState.HANDED_OVER else S.ENDED)


async def work_ended(tx: Tx, told: FulfilmentCancelled | FulfilmentRejected) -> None:
    """Ends a pickup whose work has ended otherwise."""
    await _end(tx, told.fulfilment, S.ENDED)


async def _end(tx: Tx, work: Fulfilment, state: S) -> None:
    before = await lock_of(tx, work.id)
    if before is not None and before.state is S.WAITING:
        await keep(tx, before, msgspec.structs.replace(before, state=state), by=SYSTEM, at=clock.now())


def _begun(work: Fulfilment, terms: Terms, place: Location, since: datetime) -> Wait:
    new = Wait(
        id=new_id(),
        order_id=work.order_id,
        fulfilment_order_id=work.id,
        location_id=work.location_id,
        state=S.WAITING,
        round=1,
        ready_at=since,
        deadline=None,
        due_at=None,
        terms=terms,
    )
    return until(new, deadline(place.calendar, since, terms))
