"""Shelves that hold less than is promised from them: told once, with the orders at risk, until a person has seen to it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Integer, Text, Uuid, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce.counting import ledger, named
from commerce.counting.events import ShelfShort
from commerce.counting.facts import AtRisk, FigureKind
from commerce.counting.tables import stock_shortfalls
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, NotFound
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Reading, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given, unnested


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """Units that are promised from a shelf and are not there, and who waits for some there."""

    id: UUID
    variant_id: UUID
    location_id: UUID
    units: int
    kind: FigureKind
    document_id: UUID
    at_risk: list[AtRisk]
    raised_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    version: int


_short = stock_shortfalls.c
_new = unnested("new", id=Uuid, variant_id=Uuid, units=Integer, at_risk=JSONB)
RAISE = Statement(
    insert(stock_shortfalls).from_select(
        [*_new.c.keys(), "location_id", "kind", "document_id", "raised_at"],
        select(
            *_new.c,
            given("location_id", Uuid),
            given("kind", Text),
            given("document_id", Uuid),
            given("at", DateTime(timezone=True)),
        ),
    )
)
_at = given("location_id", Uuid)
_resolved = given("resolved", Integer)
PAGE = Statement(
    select(*_short)
    .where(
        _short.id > given("after", Uuid),
        or_(_at.is_(None), _short.location_id == _at),
        or_(_resolved == 1, _short.resolved_at.is_(None)),
        named.seen(_short.location_id),
    )
    .order_by(_short.id)
    .limit(given("most", Integer)),
    into=Shortfall,
)
ONE = Statement(select(*_short).where(_short.id == given("id", Uuid)).with_for_update(), into=Shortfall)
RESOLVE = Statement(
    update(stock_shortfalls)
    .where(_short.id == given("shortfall_id", Uuid))
    .values(
        resolved_at=given("at", DateTime(timezone=True)),
        resolved_by=given("by", Text),
        resolution=given("said", Text),
        version=_short.version + 1,
    )
    .returning(*_short),
    into=Shortfall,
)


async def raise_shortfalls(
    tx: Tx, location_id: LocationId, short: Mapping[VariantId, int], kind: FigureKind, document_id: UUID
) -> None:
    """Writes down which shelves lack how many units that are promised from them, and tells it with the orders at risk."""
    if not short:
        return
    at_risk = await ledger.at_risk(tx, location_id, short)
    ids = {variant_id: new_id() for variant_id in short}
    await tx.execute(
        RAISE,
        id=list(ids.values()),
        variant_id=list(short),
        units=list(short.values()),
        at_risk=[at_risk[variant_id] for variant_id in short],
        location_id=location_id,
        kind=kind,
        document_id=document_id,
        at=clock.now(),
    )
    for variant_id, units in short.items():
        tx.emit(
            ShelfShort(
                shortfall_id=ids[variant_id],
                location_id=location_id,
                variant_id=variant_id,
                units=units,
                at_risk=at_risk[variant_id],
            )
        )


async def page(
    reading: Reading, caller: Caller, location_id: UUID | None, after: UUID | None, most: int, *, resolved: bool
) -> list[Shortfall]:
    """Gives shortfalls at the caller's locations, the oldest first; those that were seen to only where asked for."""
    return await reading.fetch(
        PAGE,
        location_id=location_id,
        after=after or UUID(int=0),
        resolved=int(resolved),
        locations=named.listed(caller),
        most=most,
    )


async def resolve_shortfall(tx: Tx, caller: Caller, shortfall_id: UUID, said: str) -> Shortfall:
    """Notes what was done about a shortfall; moves no units. Refuses with NotFound, and with IllegalMove one that was resolved before."""
    before = await tx.fetch_one(ONE, id=shortfall_id)
    if before is None or not caller.may_at(before.location_id):
        raise NotFound
    if before.resolved_at is not None:
        raise IllegalMove("This shortfall was resolved before.", state="resolved", allowed=[])
    [after] = await tx.fetch(RESOLVE, shortfall_id=shortfall_id, at=clock.now(), by=caller.principal, said=said)
    tx.changed("stock_shortfall", shortfall_id, before=before, after=after)
    return after
