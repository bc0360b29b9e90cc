"""What places say that a parcel from them costs: said, read as it holds, and as it held."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Text, Uuid, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from commerce.kernel.currencies import EXPONENTS, Currency
from commerce.kernel.errors import Bug, invalid
from commerce.kernel.ids import LocationId
from commerce.kernel.money import Money
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement, any_of, given
from commerce.sourcing.facts import NO_RATES, Rate, Rates
from commerce.sourcing.schemas import ParcelCostIn, ParcelCostOut
from commerce.sourcing.tables import parcel_costs
from commerce.stores import channel, location

NEWEST = 2**62

_row = parcel_costs.c


class _Said(Struct, frozen=True, kw_only=True):
    """A row as it is stored."""

    seq: int
    location_id: LocationId
    currency: Currency
    amount: int | None
    per_km: int
    at: datetime
    actor: str

    @property
    def rate(self) -> Rate | None:
        return None if self.amount is None else Rate(self.amount, self.per_km)


_said = select(*(_row[name] for name in _Said.__struct_fields__))
SAY = Statement(
    insert(parcel_costs)
    .values(
        location_id=given("location_id", Uuid),
        currency=given("currency", Text),
        amount=given("amount", BigInteger),
        per_km=given("per_km", BigInteger),
        at=given("at", _row.at.type),
        actor=given("actor", Text),
    )
    .returning(*(_row[name] for name in _Said.__struct_fields__)),
    into=_Said,
)
IN_FORCE = Statement(
    _said.ext(distinct_on(_row.location_id, _row.currency)).order_by(_row.location_id, _row.currency, _row.seq.desc()),
    into=_Said,
)
OF_PLACE = Statement(
    _said.where(_row.location_id == given("location_id", Uuid), _row.seq < given("before", BigInteger))
    .order_by(_row.seq.desc())
    .limit(given("most", BigInteger)),
    into=_Said,
)
HISTORY = Statement(
    _said.where(any_of(_row.currency, "currencies")).order_by(_row.seq),
    into=_Said,
)


async def say_parcel_cost(tx: Tx, location_id: UUID, data: ParcelCostIn, *, actor: str, at: datetime) -> ParcelCostOut:
    """Says what a parcel from a place costs in a currency from now on; without an amount the place says nothing more, and rules do.

    Every process ranks by it within a second; what was said before stays as it was. Of two at once the one that is listed last holds.
    Refuses with NotFound an unknown location, and at their fields a code that is no currency, and kilometres without an amount.
    """
    if data.currency not in EXPONENTS:
        raise invalid("/currency", "This is the code of no currency in use.")
    if data.amount is None and data.per_km:
        raise invalid("/per_km", "A place that says nothing more says nothing of kilometres either.")
    await location(tx, location_id)
    said = await tx.fetch_one(
        SAY,
        location_id=location_id,
        currency=data.currency,
        amount=data.amount,
        per_km=data.per_km,
        at=at,
        actor=actor,
    )
    if said is None:
        raise Bug("what was said is there")
    await COSTS.changed(tx)
    made = cost_out(said)
    tx.changed("parcel_cost", location_id, after=made)
    return made


async def said_page(
    reads: Reads, location_id: UUID, *, before: int | None, most: int
) -> list[tuple[int, ParcelCostOut]]:
    """Gives up to `most` of what was said of a place, the latest first, each with its position; refuses with NotFound an unknown location."""
    rows = await reads.fetch(OF_PLACE, location_id=location_id, before=before or NEWEST, most=most)
    if not rows:
        await location(reads, location_id)
    return [(row.seq, cost_out(row)) for row in rows]


def cost_out(said: _Said) -> ParcelCostOut:
    """Gives a row as clients see it."""
    return ParcelCostOut(
        location_id=said.location_id,
        currency=said.currency,
        amount=None if said.amount is None else Money(said.amount, said.currency),
        per_km=Money(said.per_km, said.currency),
        at=said.at,
        actor=said.actor,
    )


async def _load(reading: Reading) -> Mapping[Currency, Rates]:
    found: dict[Currency, dict[LocationId, Rate]] = {}
    for said in await reading.fetch(IN_FORCE):
        if said.rate is not None:
            found.setdefault(said.currency, {})[said.location_id] = said.rate
    return found


COSTS: Resident[Mapping[Currency, Rates]] = Resident("parcel_costs", _load)


async def rates_now(reading: Reading, channel_id: UUID | None) -> Rates:
    """Gives what places say that parcels cost in the currency of a channel (None: the default one), as it was at most one second ago.

    Refuses with NotFound an unknown channel, where any place says anything.
    """
    known = await COSTS.get(reading)
    return known.get((await channel(reading, channel_id)).currency, NO_RATES) if known else NO_RATES


class RatesThen:
    """What places said that parcels cost, at instants of the past."""

    def __init__(self, said: Sequence[_Said]) -> None:
        self._said: dict[tuple[Currency, LocationId], tuple[list[datetime], list[Rate | None]]] = {}
        for each in said:
            times, rates = self._said.setdefault((each.currency, each.location_id), ([], []))
            # Clocks of two machines differ; what was said later holds later.
            times.append(max(each.at, times[-1]) if times else each.at)
            rates.append(each.rate)

    def of(self, location_id: LocationId, currency: Currency, at: datetime) -> Rate | None:
        """Gives what a place said in a currency at an instant; None where it said nothing."""
        times, rates = self._said.get((currency, location_id), ([], []))
        place = bisect_right(times, at)
        return rates[place - 1] if place else None


async def rates_then(reading: Reading, currencies: Collection[Currency]) -> RatesThen:
    """Gives what places ever said in these currencies. One statement."""
    return RatesThen(await reading.fetch(HISTORY, currencies=list(currencies)))
