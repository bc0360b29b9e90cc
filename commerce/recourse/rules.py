"""Which moves there are, and how units are handed to the places that were found for them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from commerce.inventory import Demand
from commerce.kernel.ids import LocationId, OrderLineId
from commerce.kernel.states import Machine
from commerce.recourse.facts import Rejection, RejectionState as S

REJECTION = Machine(
    "rejection",
    start={S.ROUTING, S.WAITING_FOR_CHOICE},
    moves={
        S.ROUTING: {S.ROUTED, S.WAITING_FOR_CHOICE, S.CLOSED},
        S.WAITING_FOR_CHOICE: {S.CHOSEN, S.DEFAULTED, S.CLOSED},
    },
)
Units = Sequence[tuple[OrderLineId, int]]


def handed_out(rejection: Rejection, demands: Sequence[Demand]) -> dict[LocationId, list[tuple[OrderLineId, int]]]:
    """Gives each place the units of lines that it takes on; a line is cut where one place does not have enough."""
    left = {line.order_line_id: line.open for line in rejection.lines}
    parts: defaultdict[LocationId, list[tuple[OrderLineId, int]]] = defaultdict(list)
    for demand in demands:
        units = demand.quantity
        for line in rejection.lines:
            taken = min(units, left[line.order_line_id]) if line.variant_id == demand.variant_id else 0
            if taken:
                parts[demand.location_id].append((line.order_line_id, taken))
                left[line.order_line_id] -= taken
                units -= taken
    return dict(parts)


def routed_units(parts: Iterable[Units]) -> dict[OrderLineId, int]:
    """Gives how many units of each line are in any of the parts."""
    taken: dict[OrderLineId, int] = {}
    for units in parts:
        for line_id, quantity in units:
            taken[line_id] = taken.get(line_id, 0) + quantity
    return taken


def routed(rejection: Rejection, parts: Sequence[Units]) -> Rejection:
    """Gives the rejection after places took units on."""
    taken = routed_units(parts)
    lines = tuple(
        msgspec.structs.replace(line, routed=line.routed + taken.get(line.order_line_id, 0)) for line in rejection.lines
    )
    return msgspec.structs.replace(rejection, lines=lines)
