"""Which units of an article go to which order of a pick list, and when the next carrier comes. Pure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from commerce.fulfilment.pick_facts import PickListState as S, Share, ShelfPlace, Walk, walk_key
from commerce.kernel.ids import FulfilmentOrderId, VariantId
from commerce.kernel.states import Machine
from commerce.kernel.wire import Text3
from commerce.stores import Location

PICK_LIST = Machine("pick list", start=S.OPEN, moves={S.OPEN: {S.CLOSED}})
DAYS_AHEAD = 8
Allotted = list[tuple[Share, int]]


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the work on a list; `aisle` None where nobody said where its article lies."""

    fulfilment_order_id: FulfilmentOrderId
    number: str
    line_id: UUID
    variant_id: VariantId
    sku: str
    title: Text3
    option_text: str
    quantity: int
    picked: int
    short: int
    aisle: str | None
    bay: str | None
    position: str | None


def walks(lines: Sequence[WantedLine]) -> list[Walk]:
    """Gives what the lines want, summed by article, in walking order; the orders of an article as the lines come (their promises)."""
    by_article: dict[VariantId, list[WantedLine]] = {}
    for line in lines:
        by_article.setdefault(line.variant_id, []).append(line)
    made = [_walk(wanting) for wanting in by_article.values()]
    return sorted(made, key=lambda walk: walk_key(walk.place, walk.sku))


def _walk(lines: Sequence[WantedLine]) -> Walk:
    first = lines[0]
    place = None
    if first.aisle is not None:
        place = ShelfPlace(
            variant_id=first.variant_id, aisle=first.aisle, bay=first.bay or "", position=first.position or ""
        )
    return Walk(
        variant_id=first.variant_id,
        sku=first.sku,
        title=first.title,
        option_text=first.option_text,
        place=place,
        shares=tuple(
            Share(
                fulfilment_order_id=line.fulfilment_order_id,
                number=line.number,
                line_id=line.line_id,
                quantity=line.quantity,
                picked=line.picked,
                short=line.short,
            )
            for line in lines
        ),
    )


def allot(walk: Walk, units: int, *, last_first: bool = False) -> Allotted:
    """Gives found units to the orders in the order of their promises, or missing ones to the last first; `units` are left, at the most."""
    allotted: Allotted = []
    for share in reversed(walk.shares) if last_first else walk.shares:
        taken = min(units, share.left)
        if taken:
            allotted.append((share, taken))
        units -= taken
    return allotted


def next_cut_off(place: Location, at: datetime) -> datetime | None:
    """Gives when the carriers next come to a place, by the cut-offs of its parcels in its own zone; None where it has none."""
    zone = ZoneInfo(place.timezone)
    cutoffs = {each.weekday: each.at for each in place.terms_of("ships").cutoffs}
    today = at.astimezone(zone).date()
    for ahead in range(DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        said = cutoffs.get(day.isoweekday())
        if said is None or said == "00:00":
            continue
        hour, minute = int(said[:2]), int(said[3:])
        if hour == 24:  # noqa: PLR2004 -- the end of the day
            day, hour = day + timedelta(days=1), 0
        instant = datetime.combine(day, time(hour, minute), zone).astimezone(at.tzinfo)
        if instant > at:
            return instant
    return None
