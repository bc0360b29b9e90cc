"""What promise answers: where a basket can be collected and from when, and from where it is sent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from commerce.inventory import Shortage
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId

Line = tuple[VariantId, int]


class PickupOption(msgspec.Struct, frozen=True, kw_only=True):
    """One location where one can collect. `available` when it has the whole basket and opens: then `ready_by` is the instant, in UTC, from
    which the basket waits there, if ordered now; `short` names what it has too few of.
    """

    location_id: LocationId
    ready_by: datetime | None
    available: bool
    short: Sequence[Shortage]


def summed(lines: Iterable[Line]) -> Mapping[VariantId, int]:
    """Gives the units wanted of each article; quantities below 1 are a Bug."""
    wanted: dict[VariantId, int] = {}
    for variant_id, quantity in lines:
        if quantity < 1:
            raise Bug(f"{quantity} is no number of units to promise")
        wanted[variant_id] = wanted.get(variant_id, 0) + quantity
    return wanted
