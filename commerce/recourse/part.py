"""Some of the units of a rejection, for which something else is chosen than for the rest: they become a rejection of their own, chosen at once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from commerce.kernel.errors import invalid
from commerce.kernel.ids import OrderLineId, RejectionId
from commerce.platform.database import Tx
from commerce.recourse.errors import NotOffered
from commerce.recourse.facts import RejectedLine, Rejection
from commerce.recourse.keep import keep, store
from commerce.recourse.substitute_facts import SubstituteState
from commerce.recourse.substitute_rows import ended, proposed_for

Units = Sequence[tuple[OrderLineId, int]]


def part_of(case: Rejection, units: Units, command_id: UUID, at: datetime) -> Rejection:
    """Gives the part of a rejection with these units, as a rejection that waits for its choice; all that waits is the rejection itself.

    Refuses with InvalidInput lines that are not of the rejection or are named twice, and with NotOffered more units than wait.
    """
    lines = {line.order_line_id: line for line in case.lines}
    wanted: dict[OrderLineId, int] = {}
    for nth, (line_id, quantity) in enumerate(units):
        if line_id not in lines:
            raise invalid(f"/lines/{nth}/order_line_id", "is no line of this rejection")
        if line_id in wanted:
            raise invalid(f"/lines/{nth}/order_line_id", "is named twice")
        if quantity > lines[line_id].open:
            raise NotOffered(f"Of this line {lines[line_id].open} units wait for a choice, not {quantity}.")
        wanted[line_id] = quantity
    if wanted == dict(case.units):
        return case
    return narrowed(
        msgspec.structs.replace(case, id=RejectionId(command_id), part_of=case.id, version=1, opened_at=at), wanted
    )


def narrowed(case: Rejection, wanted: dict[OrderLineId, int]) -> Rejection:
    """Gives a rejection as if these were all of its units, none of them decided about."""
    lines = tuple(
        RejectedLine(
            order_line_id=line.order_line_id,
            variant_id=line.variant_id,
            units=wanted[line.order_line_id],
            reason=line.reason,
        )
        for line in case.lines
        if wanted.get(line.order_line_id)
    )
    return msgspec.structs.replace(case, lines=lines)


async def take_apart(tx: Tx, case: Rejection, part: Rejection, *, by: str, at: datetime) -> None:
    """Stores a part, whose units wait no more in its locked rejection. Proposals for more units than are left there lapse."""
    taken = dict(part.units)
    lines = tuple(
        msgspec.structs.replace(line, apart=line.apart + taken.get(line.order_line_id, 0)) for line in case.lines
    )
    await store(tx, part, by=by)
    for line in lines:
        if line.order_line_id in taken:
            proposed = await proposed_for(tx, case.id, line.order_line_id)
            if proposed is not None and proposed.units > line.open:
                await ended(tx, proposed, SubstituteState.LAPSED, by=by, at=at)
    await keep(tx, case, msgspec.structs.replace(case, lines=lines), by=by, at=at)
