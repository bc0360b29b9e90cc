"""The places that could send a basket, from stock, places and movements as they are."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import DateTime, Interval, Text, Uuid, cast, column, func, literal, select, table

from commerce.inventory import available
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given
from commerce.sourcing.facts import Candidate, Rates
from commerce.stores import Locations

Point = tuple[float, float]

_moved = table(
    "stock_movements",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("quantity"),
    column("spot", Text),
    column("at", DateTime(timezone=True)),
)
_at = given("at", DateTime(timezone=True))
AGES = Statement(
    select(
        _moved.c.variant_id,
        _moved.c.location_id,
        func.floor(func.extract("epoch", cast(_at - func.max(_moved.c.at), Interval)) / 86_400).label("days"),
    )
    .where(
        any_of(_moved.c.variant_id, "variant_ids"),
        _moved.c.quantity > 0,
        _moved.c.spot == literal("shelf", Text),
        _moved.c.at <= _at,
    )
    .group_by(_moved.c.variant_id, _moved.c.location_id)
)


async def stock_ages(
    reads: Reads, variant_ids: Collection[VariantId], at: datetime
) -> Mapping[LocationId, Mapping[VariantId, int]]:
    """Gives how many whole days before an instant units of an article last came to a shelf, by location. One statement."""
    found: dict[LocationId, dict[VariantId, int]] = {}
    for variant_id, location_id, days in await reads.fetch(AGES, variant_ids=list(variant_ids), at=at):
        found.setdefault(location_id, {})[variant_id] = int(days)
    return found


async def candidates(
    reads: Reads,
    places: Locations,
    wanted: Collection[VariantId],
    *,
    to: Point | None,
    at: datetime,
    ages: bool,
    rates: Rates,
) -> list[Candidate]:
    """Gives the places that send and have something of a basket, from stock as it is: one statement, and one more where ages are wanted.

    Places that do not open in the time ahead are left out. What is not known of a place here, its open work and what it can still take
    today, is no bound.
    """
    stock = await available(reads, wanted)
    aged = await stock_ages(reads, wanted, at) if ages else {}
    found: list[Candidate] = []
    for place in places.shipping_points():
        ready = place.ready_at(at) if place.id in stock else None
        if ready is not None:
            found.append(
                Candidate(
                    location_id=place.id,
                    kind=place.kind,
                    stock=stock[place.id],
                    code=place.code,
                    online=place.takes_online(at),
                    distance_km=None if to is None else place.distance_km(*to),
                    rate=rates.get(place.id),
                    age_days=aged.get(place.id, {}),
                    ready_at=ready,
                )
            )
    return found
