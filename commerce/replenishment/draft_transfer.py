"""Transfers before anything moves: drafted, changed, approved, or asked for by the program itself."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET
from sqlalchemy import Text, Uuid, delete, update

from commerce import inventory
from commerce.inventory import Cause, Demand
from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, invalid
from commerce.kernel.ids import (
    HoldId,
    LocationId,
    OrderId,
    TransferId,
    TransferLineId,
    VariantId,
    document_number,
    new_id,
)
from commerce.platform.database import Tx
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement, given
from commerce.replenishment.errors import OtherSidesTurn
from commerce.replenishment.events import TransferApproved
from commerce.replenishment.facts import Transfer, TransferLine, TransferState as S, TransferWish
from commerce.replenishment.keep import TRANSFER_LINES, keep_transfer, open_transfer, put_lines
from commerce.replenishment.queries import lock_transfer
from commerce.replenishment.tables import transfer_lines, transfers
from commerce.replenishment.transfer_rules import TRANSFER
from commerce.replenishment.transfer_schemas import TransferIn, TransferLineIn, TransferPatch

DROP_LINES = Statement(delete(transfer_lines).where(transfer_lines.c.transfer_id == given("transfer_id", Uuid)))
SET_REASON = Statement(
    update(transfers).where(transfers.c.id == given("id", Uuid)).values(reason=given("reason", Text))
)


class Way(NamedTuple):
    """From where to where goods go."""

    origin_id: LocationId
    destination_id: LocationId


def require_side(caller: Caller, place: UUID, what: str) -> None:
    """Refuses with OtherSidesTurn an act of somebody who is not at the end that it belongs to; who is at neither got NotFound before."""
    if not caller.may_at(place):
        raise OtherSidesTurn(f"Only the location {place} can {what}.", location_id=place)


async def draft_transfer(tx: Tx, caller: Caller, data: TransferIn) -> Transfer:
    """Draft a transfer that begins or ends at one of the caller's locations: one end asks, or the other offers.

    Refuses with InvalidInput two ends of which none is the caller's, or that are the same, and an article that stands twice.
    """
    if not caller.may_at(data.origin_id) and not caller.may_at(data.destination_id):
        raise invalid("/origin_id", "is none of your locations, and neither is the destination")
    way = Way(LocationId(data.origin_id), LocationId(data.destination_id))
    return await drafted(tx, way, _wishes(data.lines), data.reason, by=caller.principal)


async def drafted(tx: Tx, way: Way, wishes: Sequence[TransferWish], reason: str, *, by: str) -> Transfer:
    """Stores a draft."""
    if way.origin_id == way.destination_id:
        raise invalid("/destination_id", "must be another location than the origin")
    new = Transfer(
        id=TransferId(new_id()),
        number=document_number("T"),
        origin_id=way.origin_id,
        destination_id=way.destination_id,
        state=S.DRAFT,
        reason=reason,
        created_by=by,
        created_at=clock.now(),
        lines=_lines(wishes),
    )
    return await open_transfer(tx, new)


async def change_transfer(tx: Tx, caller: Caller, transfer_id: UUID, expected: int, patch: TransferPatch) -> Transfer:
    """Change a draft, from either end. Refuses with NotFound, StaleVersion, IllegalMove, and as `draft_transfer` does."""
    before = await lock_transfer(tx, transfer_id, caller)
    if before.version != expected:
        raise StaleVersion
    if before.state is not S.DRAFT:
        raise TRANSFER.refusal(before.state, S.DRAFT)
    after = await keep_transfer(tx, before, before, by=caller.principal, at=clock.now())
    if patch.reason is not UNSET:
        await tx.execute(SET_REASON, id=after.id, reason=patch.reason)
        after = msgspec.structs.replace(after, reason=patch.reason)
    if patch.lines is not UNSET:
        await tx.execute(DROP_LINES, transfer_id=after.id)
        after = msgspec.structs.replace(after, lines=_lines(_wishes(patch.lines)))
        await put_lines(tx, TRANSFER_LINES, transfer_lines, "transfer_id", after)
    return after


async def approve_transfer(tx: Tx, caller: Caller, transfer_id: UUID) -> Transfer:
    """Approve a draft at its origin: the units are reserved there, so that nobody else can have them; they are on the shelf still.

    Refuses with NotFound, OtherSidesTurn, IllegalMove; with InsufficientStock when the origin has fewer units that are free.
    """
    draft = await lock_transfer(tx, transfer_id, caller)
    require_side(caller, draft.origin_id, "approve what leaves it")
    return await approved(tx, draft, by=caller.principal)


async def request_transfer(
    tx: Tx,
    by: Caller | str,
    origin: LocationId,
    destination: LocationId,
    wishes: Sequence[TransferWish],
    reason: str,
    *,
    take_reserved_of: OrderId | None = None,
) -> Transfer:
    """Ask for a transfer that nobody needs to approve: its units are reserved at the origin at once, in this transaction.

    `by` is who acts, or the principal of the program itself. With `take_reserved_of`, units that this order has reserved at the origin become
    the transfer's. Refuses with InsufficientStock when the origin has fewer units that are free, NotReserved when the order has fewer there.
    """
    who = by.principal if isinstance(by, Caller) else by
    draft = await drafted(tx, Way(origin, destination), wishes, reason, by=who)
    if take_reserved_of is not None:
        units = [(line.variant_id, origin, line.quantity) for line in draft.lines]
        await inventory.release(tx, take_reserved_of, units, Cause("transfer", draft.id, who, reason))
    return await approved(tx, draft, by=who)


async def approved(tx: Tx, draft: Transfer, *, by: str) -> Transfer:
    """Reserves the units of a draft, and moves it on."""
    TRANSFER.check(draft.state, S.READY_TO_SHIP)
    now = clock.now()
    moved = msgspec.structs.replace(draft, state=S.READY_TO_SHIP, approved_at=now)
    after = await keep_transfer(tx, draft, moved, by=by, at=now)
    demands = [Demand(line.variant_id, draft.origin_id, line.quantity) for line in draft.lines]
    await inventory.reserve(tx, demands, draft.id, HoldId(draft.id), at=now, owner="transfer")
    tx.emit(TransferApproved(transfer_id=after.id, transfer=after))
    return after


def _wishes(lines: Sequence[TransferLineIn]) -> list[TransferWish]:
    if len({line.variant_id for line in lines}) != len(lines):
        raise InvalidInput("An article stands twice in the lines; give each one line.")
    return [TransferWish(variant_id=VariantId(line.variant_id), quantity=line.quantity) for line in lines]


def _lines(wishes: Sequence[TransferWish]) -> tuple[TransferLine, ...]:
    return tuple(
        TransferLine(
            id=TransferLineId(new_id()),
            position=position,
            variant_id=wish.variant_id,
            quantity=wish.quantity,
            pegged=wish.quantity if wish.peg else 0,
            order_id=wish.peg.order_id if wish.peg else None,
            order_line_id=wish.peg.order_line_id if wish.peg else None,
            fulfilment_order_id=wish.peg.fulfilment_order_id if wish.peg else None,
        )
        for position, wish in enumerate(wishes)
    )
