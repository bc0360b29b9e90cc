"""Which moves there are, which limit holds for whom, which lines are counted again, and where the units of a difference go. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from commerce.counting.facts import (
    CorrectionState as C,
    CountLine,
    CountState as S,
    Direction,
    Figure,
    LimitKind,
    Outcome,
    Reason,
    Shelf,
    Weighed,
)
from commerce.inventory import Move, Spot
from commerce.kernel.ids import LocationId
from commerce.kernel.states import Machine

COUNT = Machine(
    "count",
    start=S.COUNTING,
    moves={
        S.COUNTING: {S.RECOUNTING, S.AWAITING_APPROVAL, S.BOOKED, S.CANCELLED},
        S.RECOUNTING: {S.RECOUNTING, S.AWAITING_APPROVAL, S.BOOKED, S.CANCELLED},
        S.AWAITING_APPROVAL: {S.RECOUNTING, S.BOOKED, S.CANCELLED},
    },
)
CORRECTION = Machine("correction", start={C.WAITING, C.BOOKED}, moves={C.WAITING: {C.BOOKED, C.REJECTED, C.WITHDRAWN}})

OPEN: Final = (S.COUNTING, S.RECOUNTING)
"""The states in which scans are taken."""

DEFAULT_LIMITS: Final = {LimitKind.CORRECTION: 20, LimitKind.RECOUNT: 2, LimitKind.COUNT: 10}
"""The limits, in units, that hold where nobody has set one."""

UNTIL_AGREED: Final = 3
"""A line that differs beyond the limit is counted until two rounds in a row agree, or until this round."""


def _reason(code: str, direction: Direction, spot: Spot, en: str, es: str, ca: str) -> Reason:
    return Reason(code=code, name={"en": en, "es": es, "ca": ca}, direction=direction, spot=spot)


OFF, ONTO = Direction.OFF, Direction.ONTO
REASONS: Final[Mapping[str, Reason]] = {
    reason.code: reason
    for reason in (
        _reason("lost", OFF, Spot.SHRINKAGE, "Cannot be found", "No aparece", "No apareix"),
        _reason("stolen", OFF, Spot.SHRINKAGE, "Stolen", "Robado", "Robat"),
        _reason("own_use", OFF, Spot.SHRINKAGE, "Taken for our own use", "Consumo propio", "Consum propi"),
        _reason("damaged", OFF, Spot.DAMAGED, "Damaged", "Dañado", "Malmès"),
        _reason(
            "quarantine", OFF, Spot.QUARANTINE, "Set aside to be looked at", "Apartado para revisar", "Per revisar"
        ),
        _reason("found", ONTO, Spot.SHRINKAGE, "Found again", "Ha aparecido", "Ha aparegut"),
        _reason("repaired", ONTO, Spot.DAMAGED, "Repaired", "Reparado", "Reparat"),
        _reason("cleared", ONTO, Spot.QUARANTINE, "Looked at and good", "Revisado y correcto", "Revisat i correcte"),
    )
}
"""The reasons that come with the product, by code. A row with the same code stands in their place."""


class Limit(NamedTuple):
    """A limit that was set: for one location or all of them, for one role or everybody."""

    kind: LimitKind
    location_id: UUID | None
    role: str | None
    units: int


def limit_of(kind: LimitKind, limits: Iterable[Limit], location_id: UUID, roles: Collection[str]) -> int:
    """Gives the limit that holds for somebody somewhere.

    The most special one that was set holds: for role and location, then for the role, then for the location, then for all. Of several
    roles the one that may do most counts.
    """
    ranked: dict[int, list[int]] = {}
    for limit in limits:
        if limit.kind is not kind or limit.location_id not in {None, location_id}:
            continue
        if limit.role is not None and limit.role not in roles:
            continue
        rank = 2 * (limit.role is not None) + (limit.location_id is not None)
        ranked.setdefault(rank, []).append(limit.units)
    return max(ranked[max(ranked)]) if ranked else DEFAULT_LIMITS[kind]


def to_count_again(lines: Sequence[CountLine], round_: int, beyond: int) -> list[CountLine]:
    """Gives the lines of this round that go to another one.

    Those whose units moved between their first and their last scan; and those that differ by more than the limit, until two rounds in a row
    agree or the third has spoken.
    """
    return [
        line
        for line in lines
        if line.round == round_
        and line.counted is not None
        and (line.moved_meanwhile or _doubted(line, round_, beyond))
    ]


def _doubted(line: CountLine, round_: int, beyond: int) -> bool:
    difference = line.difference or 0
    return abs(difference) > beyond and round_ < UNTIL_AGREED and difference != line.difference_before


def units_off(lines: Iterable[CountLine]) -> int:
    """Gives by how many units the counted lines differ together, more and fewer alike."""
    return sum(abs(line.difference or 0) for line in lines)


def weigh(figure: Figure, shelf: Shelf, booked_since: int, later: int | None) -> Weighed:
    """Compares a figure with what the ledger said at its position, and says what that changes now.

    What moved since stays: only the difference is booked, less the differences of figures that were booked since (`booked_since`). A figure
    about a position before that of one that was weighed already (`later`) changes nothing. The shelf keeps what is reserved; what the place
    has less than that is its shortage.
    """
    if later is not None and later > figure.position:
        return _weighed(figure, shelf, Outcome.SUPERSEDED, 0, 0)
    difference = figure.counted - figure.expected - booked_since
    due = shelf.due + difference
    on_hand = max(due, shelf.reserved) if difference else shelf.on_hand
    outcome = Outcome.BOOKED if difference else Outcome.AGREED
    return _weighed(figure, shelf, outcome, on_hand - shelf.on_hand, shelf.due + difference - on_hand - shelf.shortage)


def _weighed(figure: Figure, shelf: Shelf, outcome: Outcome, on_shelf: int, shortage: int) -> Weighed:
    return Weighed(
        variant_id=figure.variant_id,
        outcome=outcome,
        difference=on_shelf + shortage,
        shelf=on_shelf,
        shortage=shortage,
        on_hand=shelf.on_hand + on_shelf,
        reserved=shelf.reserved,
    )


def moves_of(weighed: Weighed, location_id: LocationId) -> list[Move]:
    """Gives the movements that make a weighed figure true: between shelf and shortage what the two settle, the rest from or to shrinkage."""
    settled = min(max(-weighed.shelf, 0), max(weighed.shortage, 0))
    found = [
        _move(weighed, location_id, Spot.SHELF, weighed.shelf + settled),
        _move(weighed, location_id, Spot.SHORTAGE, weighed.shortage - settled),
    ]
    if settled:
        found.append(Move(weighed.variant_id, settled, Spot.SHELF, location_id, Spot.SHORTAGE, location_id))
    return [move for move in found if move is not None]


def _move(weighed: Weighed, location_id: LocationId, spot: Spot, units: int) -> Move | None:
    if units == 0:
        return None
    if units > 0:
        return Move(weighed.variant_id, units, Spot.SHRINKAGE, None, spot, location_id)
    return Move(weighed.variant_id, -units, spot, location_id, Spot.SHRINKAGE, None)
