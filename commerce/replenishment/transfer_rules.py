"""Which moves a transfer has, whose turn it is, and what a shipment, a scan, an early end comes to. Pure."""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.states import Machine
from commerce.replenishment.errors import MoreThanInTransit, NotInTransfer, NotOnThatLine
from commerce.replenishment.facts import Condition, LineUnits, Transfer, TransferLine, TransferState as S
from commerce.replenishment.rules import NO_NAMES

TRANSFER = Machine(
    "transfer",
    start={S.DRAFT, S.IN_TRANSIT},
    moves={
        S.DRAFT: {S.READY_TO_SHIP, S.CANCELLED},
        S.READY_TO_SHIP: {S.IN_TRANSIT, S.CANCELLED},
        S.IN_TRANSIT: {S.PARTIALLY_RECEIVED, S.RECEIVED, S.CANCELLED},
        S.PARTIALLY_RECEIVED: {S.RECEIVED, S.CANCELLED},
    },
)
"""A transfer that brings goods back begins in transit: they are on the road already."""

SHIPPING = (S.READY_TO_SHIP, S.IN_TRANSIT, S.PARTIALLY_RECEIVED)
ON_ITS_WAY = (S.IN_TRANSIT, S.PARTIALLY_RECEIVED)
InTransit = Literal["return", "write_off"]
Units = Sequence[tuple[TransferLine, int]]


def shipping(transfer: Transfer, wanted: Mapping[UUID, int] | None) -> Units:
    """Gives the units that leave: those named by line, or all that are approved and have not left. Refuses with NotOnThatLine, IllegalMove."""
    if transfer.state not in SHIPPING:
        raise TRANSFER.refusal(transfer.state, S.IN_TRANSIT)
    if wanted is None:
        units = [(line, line.to_ship) for line in transfer.lines if line.to_ship]
    else:
        units = []
        for position, (line_id, quantity) in enumerate(wanted.items()):
            line = transfer.line(line_id)
            if line is None or quantity > line.to_ship:
                left = 0 if line is None else line.to_ship
                raise NotOnThatLine.at(position, f"has {left} approved units that have not left, not {quantity}")
            units.append((line, quantity))
    if not units:
        raise NotOnThatLine("Everything that was approved has left.")
    return units


def shipped(transfer: Transfer, units: Units) -> Transfer:
    """Gives the transfer after units left the origin."""
    leaving = {line.id: quantity for line, quantity in units}
    state = S.IN_TRANSIT if transfer.state is S.READY_TO_SHIP else transfer.state
    return _with(transfer, {line_id: {"shipped": quantity} for line_id, quantity in leaving.items()}, state)


def arriving(
    transfer: Transfer,
    wanted: Sequence[tuple[UUID, int]],
    condition: Condition,
    skus: Mapping[UUID, str] = NO_NAMES,
) -> list[LineUnits]:
    """Gives what arrives of which lines when so many units of articles are scanned: those for an order's line first, then by position.

    Refuses with NotInTransfer an article that is not on the transfer, and with MoreThanInTransit more units than are on their way;
    both name it by its SKU, where `skus` has it.
    """
    left = {line.id: line.in_transit for line in transfer.lines}
    found: list[LineUnits] = []
    for variant_id, quantity in wanted:
        lines = [line for line in transfer.lines if line.variant_id == variant_id]
        name = skus.get(variant_id, variant_id)
        if not lines:
            raise NotInTransfer(
                f"{name} is not on {transfer.number}. If it is really there, send the scan with `found` and a reason: it is booked "
                "as found, and the origin should count its shelf.",
                variant_id=variant_id,
            )
        rest = quantity
        for line in sorted(lines, key=lambda each: (each.peg is None, each.position)):
            units = min(rest, left[line.id])
            if units:
                found.append(of_line(line, condition, units))
                left[line.id] -= units
                rest -= units
        if rest:
            raise MoreThanInTransit(
                f"{quantity - rest} units of {name} are in transit, not {quantity}. Receive no more than that; a unit more on the "
                "shelf is for a count at both ends.",
                variant_id=variant_id,
                in_transit=quantity - rest,
                scanned=quantity,
            )
    return found


def of_line(line: TransferLine, condition: Condition, units: int) -> LineUnits:
    """Gives units of a line as what arrived, in a condition; good ones are the order's first, as far as they are pegged."""
    good = condition == "good"
    return LineUnits(
        transfer_line_id=line.id,
        variant_id=line.variant_id,
        received=units if good else 0,
        reserved=min(line.received + units, line.pegged) - line.for_order if good else 0,
        damaged=0 if good else units,
        peg=line.peg,
    )


def received(transfer: Transfer, units: Sequence[LineUnits]) -> Transfer:
    """Gives the transfer after units arrived: received when nothing is on its way and nothing is left to ship, else partially."""
    if transfer.state not in ON_ITS_WAY:
        raise TRANSFER.refusal(transfer.state, S.RECEIVED)
    after = _added(transfer, units, S.PARTIALLY_RECEIVED)
    done = all(line.in_transit == 0 and line.to_ship == 0 for line in after.lines)
    return msgspec.structs.replace(after, state=S.RECEIVED) if done else after


def closing_short(transfer: Transfer) -> list[LineUnits]:
    """Gives what is lost when nothing more is expected: what is on its way; what never left is free at the origin again."""
    if transfer.state not in ON_ITS_WAY:
        raise TRANSFER.refusal(transfer.state, S.RECEIVED)
    return _rest(transfer, "lost")


def cancelling(transfer: Transfer, in_transit: InTransit | None) -> list[LineUnits]:
    """Gives what becomes of the open units: free at the origin, and what is on its way comes back or is written off, as was chosen."""
    TRANSFER.check(transfer.state, S.CANCELLED)
    return _rest(transfer, "returned" if in_transit == "return" else "lost")


def on_its_way(transfer: Transfer) -> int:
    """Gives the units of a transfer that are in transit."""
    return sum(line.in_transit for line in transfer.lines)


def ended(transfer: Transfer, units: Sequence[LineUnits], state: S, reason: str, claim: str | None = None) -> Transfer:
    """Gives the transfer when nothing of it is open any more."""
    return msgspec.structs.replace(_added(transfer, units, state), close_reason=reason, claim=claim)


def _rest(transfer: Transfer, becomes: Literal["lost", "returned"]) -> list[LineUnits]:
    return [
        LineUnits(
            transfer_line_id=line.id,
            variant_id=line.variant_id,
            lost=line.in_transit if becomes == "lost" else 0,
            returned=line.in_transit if becomes == "returned" else 0,
            cancelled=line.to_ship,
            peg=line.peg,
        )
        for line in transfer.lines
        if line.in_transit or line.to_ship
    ]


def _added(transfer: Transfer, units: Sequence[LineUnits], state: S) -> Transfer:
    more: dict[UUID, dict[str, int]] = {}
    for each in units:
        counts = more.setdefault(each.transfer_line_id, {})
        for name in ("received", "damaged", "lost", "returned", "cancelled"):
            counts[name] = counts.get(name, 0) + getattr(each, name)
    return _with(transfer, more, state)


def _with(transfer: Transfer, more: Mapping[UUID, Mapping[str, int]], state: S) -> Transfer:
    lines = tuple(
        msgspec.structs.replace(
            line, **{name: getattr(line, name) + units for name, units in more.get(line.id, {}).items()}
        )
        for line in transfer.lines
    )
    return msgspec.structs.replace(transfer, lines=lines, state=state)
