"""Limits in units, set for all, for a location, for a role, or for a role at a location."""

from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Integer, Text, Uuid, delete, select
from sqlalchemy.dialects.postgresql import insert

from commerce.counting import named, rules
from commerce.counting.facts import LimitKind
from commerce.counting.tables import stock_limits
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import LocationId, new_id
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement, given


class SetLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit as it is kept."""

    id: UUID
    kind: LimitKind
    location_id: UUID | None
    role: str | None
    units: int
    version: int


_limit = stock_limits.c
COLUMNS = (_limit.id, _limit.kind, _limit.location_id, _limit.role, _limit.units, _limit.version)
LIMITS_MOST = 10_000
"""The most limits that can be set: one for each role at some hundreds of locations."""

ALL = Statement(select(*COLUMNS).where(_limit.kind == given("kind", Text)).limit(LIMITS_MOST), into=SetLimit)
PAGE = Statement(
    select(*COLUMNS)
    .where(_limit.id > given("after", Uuid), named.seen(_limit.location_id) | _limit.location_id.is_(None))
    .order_by(_limit.id)
    .limit(given("most", Integer)),
    into=SetLimit,
)
_put = insert(stock_limits).values(
    id=given("id", Uuid),
    kind=given("kind", Text),
    location_id=given("location_id", Uuid),
    role=given("role", Text),
    units=given("units", Integer),
    updated_at=given("at", DateTime(timezone=True)),
)
PUT = Statement(
    _put.on_conflict_do_update(
        constraint="uq_stock_limits_place",
        set_={"units": _put.excluded.units, "updated_at": _put.excluded.updated_at, "version": _limit.version + 1},
    ).returning(*COLUMNS),
    into=SetLimit,
)
ONE = select(*COLUMNS).where(_limit.id == given("id", Uuid))
GET = Statement(ONE, into=SetLimit)
LOCK = Statement(ONE.with_for_update(), into=SetLimit)
DROP = Statement(delete(stock_limits).where(_limit.id == given("id", Uuid)))


async def limit_for(reads: Reads, caller: Caller, location_id: LocationId, kind: LimitKind) -> int:
    """Gives the limit that holds for a caller at a location."""
    rows = await reads.fetch(ALL, kind=kind)
    limits = [rules.Limit(row.kind, row.location_id, row.role, row.units) for row in rows]
    return rules.limit_of(kind, limits, location_id, await named.roles_of(reads, caller, location_id))


async def page(reading: Reading, caller: Caller, after: UUID | None, most: int) -> list[SetLimit]:
    """Gives the limits that hold at the caller's locations, those for all included, oldest first."""
    return await reading.fetch(PAGE, after=after or UUID(int=0), locations=named.listed(caller), most=most)


async def read(reading: Reading, caller: Caller, limit_id: UUID) -> SetLimit:
    """Gives a limit; refuses with NotFound one for another's location."""
    limit = await reading.fetch_one(GET, id=limit_id)
    if limit is None or (limit.location_id is not None and not caller.may_at(limit.location_id)):
        raise NotFound
    return limit


async def set_limit(
    tx: Tx, caller: Caller, kind: LimitKind, location_id: UUID | None, role: str | None, units: int
) -> SetLimit:
    """Sets the limit for a location (or all) and a role (or everybody), in the place of the one that is there."""
    if location_id is None:
        named.check_everywhere(caller, "/location_id")
    else:
        await named.check_location(tx, caller, location_id, "/location_id")
    if role is not None:
        await named.check_role(tx, role, "/role")
    [limit] = await tx.fetch(
        PUT, id=new_id(), kind=kind, location_id=location_id, role=role, units=units, at=clock.now()
    )
    tx.changed("stock_limit", limit.id, after=limit)
    return limit


async def drop_limit(tx: Tx, caller: Caller, limit_id: UUID, version: int) -> None:
    """Takes a limit away, so that the more general one holds. Refuses with NotFound and StaleVersion."""
    limit = await tx.fetch_one(LOCK, id=limit_id)
    if limit is None or (limit.location_id is not None and not caller.may_at(limit.location_id)):
        raise NotFound
    if limit.location_id is None:
        named.check_everywhere(caller, "?limit_id")
    if limit.version != version:
        raise StaleVersion(f"The limit has version {limit.version} now.")
    await tx.execute(DROP, id=limit_id)
    tx.changed("stock_limit", limit_id, before=limit)
