"""Another article takes the place of missing units: on the order, on the shelf, in the work of the place; all of it or none."""

from datetime import datetime
from uuid import UUID

import msgspec

from commerce import fulfilment, inventory, orders, traceability
from commerce.fulfilment import Fulfilment
from commerce.inventory import Demand
from commerce.kernel.ids import HoldId, new_id
from commerce.orders import SubstituteArticle
from commerce.platform.database import Tx
from commerce.recourse.events import ChoiceMade, SubstituteAnswered
from commerce.recourse.facts import Choice, Rejection, RejectionState
from commerce.recourse.keep import keep
from commerce.recourse.substitute_facts import Substitute, SubstituteState
from commerce.recourse.substitute_rows import ended


async def take_instead(
    tx: Tx,
    case: Rejection,
    proposed: Substitute,
    *,
    by: str,
    agreed_by: str,
    at: datetime,
    command_id: UUID | None = None,
) -> Substitute:
    """Makes waiting units of a locked rejection, of a locked order, units of another article of the same place; gives the proposal.

    The order keeps its header; what the other article is cheaper is not charged. The units are reserved, and are the place's work, under
    the promise that holds. A rejection of which nothing waits any more is decided with it.
    Refuses with InsufficientStock when others were quicker: the transaction must end then. Emits SubstituteAnswered, ChoiceMade.
    """
    article = SubstituteArticle(**{name: getattr(proposed, name) for name in SubstituteArticle.__struct_fields__})
    order, split = await orders.substitute(
        tx,
        case.order_id,
        proposed.order_line_id,
        proposed.units,
        article,
        location_id=proposed.location_id,
        consent=proposed.consent,
        by=by,
        agreed_by=agreed_by,
    )
    work = await fulfilment.add_units(tx, order, proposed.fulfilment_order_id, split.line, proposed.units, by=by)
    taken = await ended(
        tx,
        proposed,
        SubstituteState.ACCEPTED,
        by=agreed_by,
        at=at,
        command_id=command_id,
        new_line_id=split.line.id,
        amount=split.amount,
    )
    await _decided(tx, case, taken, work, by=by, at=at)
    tx.emit(
        SubstituteAnswered(
            order_id=taken.order_id,
            rejection_id=taken.rejection_id,
            substitute=taken,
            amount=split.amount,
            fulfilment_order_id=work.id,
        )
    )
    await traceability.put_aside(tx, [(taken.variant_id, taken.location_id)], by)
    demand = Demand(taken.variant_id, taken.location_id, taken.units)
    await inventory.reserve(tx, [demand], case.order_id, HoldId(new_id()), at=at)
    return taken


async def _decided(tx: Tx, case: Rejection, taken: Substitute, work: Fulfilment, *, by: str, at: datetime) -> None:
    """Counts the units as substituted; where none waits any more, the choice was made."""
    lines = tuple(
        msgspec.structs.replace(line, substituted=line.substituted + taken.units)
        if line.order_line_id == taken.order_line_id
        else line
        for line in case.lines
    )
    after = msgspec.structs.replace(case, lines=lines)
    if after.units:
        await keep(tx, case, after, by=by, at=at)
        return
    chosen = msgspec.structs.replace(after, state=RejectionState.CHOSEN, choice=Choice.SUBSTITUTE)
    made = await keep(tx, case, chosen, by=by, at=at)
    tx.emit(
        ChoiceMade(
            rejection_id=made.id,
            order_id=made.order_id,
            rejection=made,
            choice=Choice.SUBSTITUTE,
            defaulted=False,
            amount=None,
            fulfilment_order_ids=(work.id,),
        )
    )
