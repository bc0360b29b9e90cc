"""Claimed units end: served or released, each once, and how is written down; what is expected of the rest moves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, insert, select, update

from commerce import inventory
from commerce.inventory import Place
from commerce.kernel.errors import Bug
from commerce.kernel.ids import OrderLineId, VariantId, new_id
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.supplies.facts import ChangeKind, Claim
from commerce.supplies.queries import claims_of
from commerce.supplies.tables import supply_claim_changes, supply_claims, supply_terms

_claim = supply_claims.c
_AT = given("at", DateTime(timezone=True))
_ending = unnested("ending", claim_id=Uuid, served=Integer, released=Integer)
END = Statement(
    update(supply_claims)
    .where(_claim.id == _ending.c.claim_id, _claim.open >= _ending.c.served + _ending.c.released)
    .values(
        open=_claim.open - _ending.c.served - _ending.c.released,
        served=_claim.served + _ending.c.served,
        released=_claim.released + _ending.c.released,
    )
    .returning(_claim.id)
)
_change = unnested(
    "change", claim_id=Uuid, kind=Text, units=Integer, expected_at=DateTime(timezone=True), effect_key=Text
)
NOTE = Statement(
    insert(supply_claim_changes).from_select(
        [*_change.c.keys(), "reason", "at"], select(*_change.c, given("reason", Text), _AT)
    )
)
_moving = unnested("moving", claim_id=Uuid, expected_at=DateTime(timezone=True))
MOVE = Statement(
    update(supply_claims)
    .where(_claim.id == _moving.c.claim_id, _claim.open > 0)
    .values(expected_at=_moving.c.expected_at)
)
_beyond = unnested("beyond", variant_id=Uuid, location_id=Uuid, units=Integer)
BEYOND = Statement(
    update(supply_terms)
    .where(supply_terms.c.variant_id == _beyond.c.variant_id, supply_terms.c.location_id == _beyond.c.location_id)
    .values(beyond=_beyond.c.units)
)
OVER = Statement(
    select(supply_claims)
    .where(any_of(_claim.variant_id, "variant_ids"), _claim.open > 0, _claim.expires_at <= _AT)
    .order_by(_claim.seq),
    into=Claim,
)
OF_LINES = Statement(
    select(supply_claims).where(any_of(_claim.order_line_id, "line_ids"), _claim.open > 0).order_by(_claim.seq),
    into=Claim,
)


async def end_some(
    tx: Tx,
    *,
    served: Sequence[tuple[Claim, int]] = (),
    released: Sequence[tuple[Claim, int]] = (),
    reason: str,
    at: datetime,
) -> None:
    """Ends units of claims whose levels are locked; their places wait for so many fewer. A unit that has ended already is a Bug."""
    endings = [(claim, units, 0) for claim, units in served] + [(claim, 0, units) for claim, units in released]
    for claims in _once_each(endings):
        done = await tx.fetch(
            END,
            claim_id=[claim.id for claim, _, _ in claims],
            served=[units for _, units, _ in claims],
            released=[units for _, _, units in claims],
        )
        if len(done) != len(claims):
            raise Bug("claimed units should end that have ended already")
    await note(tx, _noted(served, released), reason=reason, at=at)
    fewer: dict[Place, int] = {}
    for claim, *units in endings:
        fewer[claim.place] = fewer.get(claim.place, 0) - sum(units)
    await inventory.count_claimed(tx, fewer)


def _once_each(endings: Sequence[tuple[Claim, int, int]]) -> Iterable[Sequence[tuple[Claim, int, int]]]:
    """A claim of which some units are served and others released ends in two steps: an update changes a row once."""
    served = [each for each in endings if each[1]]
    released = [each for each in endings if each[2]]
    return [each for each in (served, released) if each]


def _noted(
    served: Sequence[tuple[Claim, int]], released: Sequence[tuple[Claim, int]]
) -> list[tuple[UUID, ChangeKind, int, datetime | None, str]]:
    """Gives the rows of history. The key says which units of the claim ended: from which one on; so none of them ends twice."""
    done = {claim.id: claim.units - claim.open for claim, _ in (*served, *released)}
    rows: list[tuple[UUID, ChangeKind, int, datetime | None, str]] = []
    for kind, parts in ((ChangeKind.SERVED, served), (ChangeKind.RELEASED, released)):
        for claim, units in parts:
            rows.append((claim.id, kind, units, None, f"from:{done[claim.id]}"))
            done[claim.id] += units
    return rows


async def note(
    tx: Tx, rows: Sequence[tuple[UUID, ChangeKind, int, datetime | None, str]], *, reason: str, at: datetime
) -> None:
    """Writes down what became of claims: claim, kind, units, instant where one moved, and the key of the effect."""
    if rows:
        await tx.execute(
            NOTE,
            claim_id=[row[0] for row in rows],
            kind=[row[1].value for row in rows],
            units=[row[2] for row in rows],
            expected_at=[row[3] for row in rows],
            effect_key=[row[4] for row in rows],
            reason=reason,
            at=at,
        )


async def moved(tx: Tx, claims: Sequence[tuple[Claim, datetime]], *, reason: str, at: datetime) -> None:
    """Expects claims at other instants than before."""
    if claims:
        await tx.execute(
            MOVE, claim_id=[claim.id for claim, _ in claims], expected_at=[instant for _, instant in claims]
        )
        rows = [(claim.id, ChangeKind.MOVED, 0, instant, f"moved:{new_id()}") for claim, instant in claims]
        await note(tx, rows, reason=reason, at=at)


async def set_beyond(tx: Tx, beyond: Mapping[Place, int]) -> None:
    """Notes how many waiting units nothing dated covers at places whose levels are locked."""
    if beyond:
        await tx.execute(
            BEYOND,
            variant_id=[place.variant_id for place in beyond],
            location_id=[place.location_id for place in beyond],
            units=list(beyond.values()),
        )


async def release_claims(tx: Tx, order_id: UUID, *, reason: str, at: datetime) -> list[Place]:
    """Ends all that an order waits for; gives the places. Again it changes nothing. The order is locked."""
    waiting = [claim for claim in await claims_of(tx, order_id) if claim.open]
    if not waiting:
        return []
    await inventory.lock_shelves(tx, {claim.place for claim in waiting})
    waiting = [claim for claim in await claims_of(tx, order_id) if claim.open]
    await end_some(tx, released=[(claim, claim.open) for claim in waiting], reason=reason, at=at)
    return sorted({claim.place for claim in waiting})


async def release_lines(tx: Tx, most: Mapping[OrderLineId, int], *, reason: str, at: datetime) -> list[Place]:
    """Leaves order lines no more waiting units than are named; gives the places of which some ended. The order is locked."""
    known = await tx.fetch(OF_LINES, line_ids=list(most))
    if not any(claim.open > most[claim.order_line_id] for claim in known):
        return []
    await inventory.lock_shelves(tx, {claim.place for claim in known})
    known = await tx.fetch(OF_LINES, line_ids=list(most))
    fewer = [(claim, claim.open - most[claim.order_line_id]) for claim in known]
    ended = [(claim, units) for claim, units in fewer if units > 0]
    await end_some(tx, released=ended, reason=reason, at=at)
    return sorted({claim.place for claim, _ in ended})


async def give_up(tx: Tx, units: Mapping[OrderLineId, int], *, reason: str, at: datetime) -> list[Place]:
    """Ends waiting units of order lines, exactly these; gives their places, whose levels are locked then. The order is locked.

    More units than wait is a Bug: whoever calls this has looked, and what waits ends under the order's lock alone.
    """
    known = await tx.fetch(OF_LINES, line_ids=list(units))
    await inventory.lock_shelves(tx, {claim.place for claim in known})
    known = await tx.fetch(OF_LINES, line_ids=list(units))
    if len(known) != len(units):
        raise Bug("units are given up that wait for nothing")
    await end_some(tx, released=[(claim, units[claim.order_line_id]) for claim in known], reason=reason, at=at)
    return sorted({claim.place for claim in known})


async def free_over(db: Database, variant_ids: Collection[VariantId], *, at: datetime) -> bool:
    """Releases what is kept of articles for orders whose time to pay is over; says whether there was any. A read where there is none."""
    over = await db.reading.fetch(OVER, variant_ids=list(variant_ids), at=at)
    return bool(over) and await db.transact(_free, sorted({claim.place for claim in over}), at)


async def _free(tx: Tx, places: Sequence[Place], at: datetime) -> bool:
    await inventory.lock_shelves(tx, places)
    return await end_over(tx, places, at=at)


async def end_over(tx: Tx, places: Collection[Place], *, at: datetime) -> bool:
    """Releases claims at locked places that are over; says whether there were any. Whoever meets them does it."""
    over = [
        claim
        for claim in await tx.fetch(OVER, variant_ids=list({place.variant_id for place in places}), at=at)
        if claim.place in places
    ]
    await end_some(tx, released=[(claim, claim.open) for claim in over], reason="expired", at=at)
    return bool(over)
