"""Which moves there are, and what a pick, a hand-over, a short unit comes to."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from commerce.fulfilment.errors import WrongKind, WrongUnits
from commerce.fulfilment.facts import (
    Fulfilment,
    FulfilmentLine,
    FulfilmentState as S,
    RejectedUnits,
    ShortReason,
)
from commerce.kernel.states import Machine

FULFILMENT = Machine(
    "fulfilment order",
    start={S.OFFERED, S.WAITING_FOR_TRANSFER},
    moves={
        S.WAITING_FOR_TRANSFER: {S.OFFERED, S.REJECTED, S.CANCELLED},
        S.OFFERED: {S.ACCEPTED, S.REJECTED, S.CANCELLED},
        S.ACCEPTED: {S.PICKING, S.REJECTED, S.CANCELLED},
        S.PICKING: {S.PACKED, S.READY_FOR_PICKUP, S.REJECTED, S.CANCELLED},
        S.PACKED: {S.PICKING, S.READY_FOR_PICKUP, S.SHIPPED, S.REJECTED, S.CANCELLED},
        S.READY_FOR_PICKUP: {S.PICKING, S.HANDED_OVER, S.EXPIRED, S.REJECTED, S.CANCELLED},
    },
)
CLOSED = tuple(state.value for state in S if FULFILMENT.terminal(state))
ONLY = {S.READY_FOR_PICKUP: "pickup", S.HANDED_OVER: "pickup", S.EXPIRED: "pickup", S.SHIPPED: "ship"}
Units = Sequence[tuple[FulfilmentLine, int]]


class Pick(msgspec.Struct, frozen=True):
    """What was found of one line, and how many units were not, with the reason, and with their serial numbers as far as somebody read them."""

    line_id: UUID
    picked: int
    short: int = 0
    reason: ShortReason | None = None
    serials: Sequence[str] = ()


def check(fulfilment: Fulfilment, after: S) -> None:
    """Refuses a move that is not in the table with IllegalMove, and one that belongs to the other kind of work with WrongKind."""
    if ONLY.get(after, fulfilment.kind) != fulfilment.kind:
        raise WrongKind(
            f"This is {fulfilment.kind} work; {after.value} belongs to {ONLY[after]} work.", kind=fulfilment.kind
        )
    FULFILMENT.check(fulfilment.state, after)


def picked(fulfilment: Fulfilment, picks: Sequence[Pick]) -> Fulfilment:
    """Gives the work after a pick. Refuses with WrongUnits, naming the line, what is no line of it or more than is left to pick."""
    wanted: dict[UUID, Pick] = {}
    for position, pick in enumerate(picks):
        line = fulfilment.line(pick.line_id)
        if line is None or pick.line_id in wanted:
            raise WrongUnits.at(position, "is no line of this fulfilment order, or stands twice")
        if pick.picked + pick.short > line.to_pick:
            raise WrongUnits.at(position, f"has {line.to_pick} units left to pick, not {pick.picked + pick.short}")
        if (pick.short > 0) is not (pick.reason is not None):
            raise WrongUnits.at(position, "needs a reason for its short units, and has none to give without them")
        if len(pick.serials) > pick.short:
            raise WrongUnits.at(position, "has serial numbers of its short units only")
        wanted[pick.line_id] = pick
    return msgspec.structs.replace(
        fulfilment,
        lines=tuple(_after(line, wanted[line.id]) if line.id in wanted else line for line in fulfilment.lines),
    )


def _after(line: FulfilmentLine, pick: Pick) -> FulfilmentLine:
    return msgspec.structs.replace(
        line,
        picked=line.picked + pick.picked,
        short=line.short + pick.short,
        short_reason=pick.reason or line.short_reason,
    )


def newly_short(before: Fulfilment, after: Fulfilment) -> list[tuple[FulfilmentLine, int]]:
    """Gives the lines with more short units than before, and how many more."""
    pairs = zip(before.lines, after.lines, strict=True)
    return [(new, new.short - old.short) for old, new in pairs if new.short > old.short]


def rejected_units(short: Sequence[tuple[FulfilmentLine, int]]) -> tuple[RejectedUnits, ...]:
    """Gives newly short units as what others are told of them."""
    return tuple(
        RejectedUnits(line.order_line_id, line.variant_id, units, line.short_reason or ShortReason.MISMATCH)
        for line, units in short
    )


def handing(fulfilment: Fulfilment, wanted: Mapping[UUID, int] | None) -> Units:
    """Gives the units that leave: those named, or all that were picked. Refuses with WrongUnits what was not picked."""
    if wanted is None:
        units = [(line, line.to_hand) for line in fulfilment.lines if line.to_hand]
    else:
        units = []
        for position, (line_id, quantity) in enumerate(wanted.items()):
            line = fulfilment.line(line_id)
            if line is None or quantity > line.to_hand:
                left = 0 if line is None else line.to_hand
                raise WrongUnits.at(position, f"has {left} picked units in the house, not {quantity}")
            units.append((line, quantity))
    if not units:
        raise WrongUnits("Nothing is picked that could leave.")
    return units


def handed(fulfilment: Fulfilment, units: Units) -> Fulfilment:
    """Gives the work after units left."""
    leaving = {line.id: quantity for line, quantity in units}
    return msgspec.structs.replace(
        fulfilment,
        lines=tuple(
            msgspec.structs.replace(line, handed=line.handed + leaving.get(line.id, 0)) for line in fulfilment.lines
        ),
    )


def all_left(fulfilment: Fulfilment) -> bool:
    """Says whether nothing is left to pick or to hand out."""
    return all(line.handed + line.short == line.quantity for line in fulfilment.lines)


def unpicked(fulfilment: Fulfilment) -> Fulfilment:
    """Gives the work after unpacking: what is still in the house is to be picked again."""
    return msgspec.structs.replace(
        fulfilment, lines=tuple(msgspec.structs.replace(line, picked=line.handed) for line in fulfilment.lines)
    )
