"""Goods arrive: at a counter or a warehouse; nobody has looked at them yet."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from commerce.aftersale import rules
from commerce.aftersale.events import ReturnReceived, fact
from commerce.aftersale.facts import Return, ReturnState as S
from commerce.aftersale.keep import keep
from commerce.aftersale.policy import Policy
from commerce.aftersale.queries import lock, seen
from commerce.kernel import clock
from commerce.kernel.ids import LocationId
from commerce.platform.database import Tx
from commerce.platform.http import Caller


async def receive(
    tx: Tx,
    caller: Caller,
    policy: Policy,
    return_id: UUID,
    location_id: UUID,
    counted: Sequence[tuple[UUID, int]] | None,
) -> Return:
    """Take an approved return in at a location: all announced units, or those counted by line.

    Refuses with InvalidInput a location that is not the caller's, with WrongCount, NotFound, IllegalMove. Emits ReturnReceived.
    """
    await seen(tx, caller, return_id)
    asked = await lock(tx, return_id)
    place = policy.taking_in(caller, location_id, "/location_id")
    return await arrived(tx, asked, place, counted, by=caller.principal)


async def arrived(
    tx: Tx, asked: Return, location_id: LocationId, counted: Sequence[tuple[UUID, int]] | None, *, by: str
) -> Return:
    """Records the arrival of a locked return."""
    rules.RETURN.check(asked.state, S.RECEIVED)
    now = clock.now()
    here = msgspec.structs.replace(
        asked, state=S.RECEIVED, lines=rules.received(asked, counted), location_id=location_id, received_at=now
    )
    after = await keep(tx, asked, here, by=by, at=now)
    tx.emit(fact(ReturnReceived, after))
    return after
