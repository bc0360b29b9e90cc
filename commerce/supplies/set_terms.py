"""Staff say whether, and on which terms, an article is sold ahead at a location."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    column,
    insert,
    literal_column,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.types import TypeEngine

from commerce import inventory, stores
from commerce.inventory import Place
from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement, given
from commerce.supplies.events import SupplyTermsChanged
from commerce.supplies.facts import Kind, Terms
from commerce.supplies.schemas import SupplyTermsChangeOut, SupplyTermsIn, SupplyTermsOut
from commerce.supplies.tables import supply_claims, supply_terms, supply_terms_changes

RELEASE_MOST_DAYS = 730
NEWEST = 2**62

_terms, _change = supply_terms.c, supply_terms_changes.c
_variants, _locations = table("variants", column("id", Uuid)), table("locations", column("id", Uuid))
_here = (given("variant_id", Uuid), given("location_id", Uuid))
# One row, also where nobody ever said anything; none without such an article and location.
TERMS = Statement(
    select(
        _variants.c.id.label("variant_id"),
        _locations.c.id.label("location_id"),
        *(_terms[name] for name in ("kind", "allowed", "lead_days", "release_at", "beyond", "version")),
    )
    .select_from(
        _variants.join(_locations, literal_column("true")).outerjoin(
            supply_terms, and_(_terms.variant_id == _variants.c.id, _terms.location_id == _locations.c.id)
        )
    )
    .where(_variants.c.id == _here[0], _locations.c.id == _here[1])
)
_FIELDS: dict[str, type[TypeEngine[Any]] | TypeEngine[Any]] = {
    "variant_id": Uuid,
    "location_id": Uuid,
    "kind": Text,
    "allowed": Integer,
    "lead_days": Integer,
    "release_at": DateTime(timezone=True),
    "version": Integer,
}
_put = upsert(supply_terms).values({name: given(name, kind) for name, kind in _FIELDS.items()})
PUT = Statement(
    _put.on_conflict_do_update(
        constraint=supply_terms.primary_key,
        set_={name: _put.excluded[name] for name in _FIELDS if name not in {"variant_id", "location_id"}},
    )
)
WRITE = Statement(
    insert(supply_terms_changes).values(
        {name: given(name, kind) for name, kind in _FIELDS.items()}
        | {"actor": given("actor", Text), "reason": given("reason", Text), "at": given("at", DateTime(timezone=True))}
    )
)
NOT_BEFORE = Statement(
    update(supply_claims)
    .where(
        supply_claims.c.variant_id == _here[0],
        supply_claims.c.location_id == _here[1],
        supply_claims.c.open > 0,
        supply_claims.c.served == 0,
    )
    .values(not_before=given("release_at", DateTime(timezone=True)))
)
CHANGES = Statement(
    select(*(_change[name] for name in SupplyTermsChangeOut.__struct_fields__))
    .where(_change.variant_id == _here[0], _change.location_id == _here[1], _change.seq < given("before", BigInteger))
    .order_by(_change.seq.desc())
    .limit(given("most", Integer)),
    into=SupplyTermsChangeOut,
)


async def terms_of(reads: Reads, variant_id: UUID, location_id: UUID) -> Terms:
    """Gives the terms of an article at a location; not sold ahead unless somebody said so. Refuses with NotFound what is not there."""
    row = await reads.fetch_one(TERMS, variant_id=variant_id, location_id=location_id)
    if row is None:
        raise NotFound("There is no such article, or no such location.")
    if row["kind"] is None:
        return Terms(variant_id=VariantId(variant_id), location_id=LocationId(location_id))
    return msgspec.convert(dict(row), Terms)


async def set_terms(
    tx: Tx, caller: Caller, variant_id: UUID, location_id: UUID, expected_version: int, data: SupplyTermsIn
) -> SupplyTermsOut:
    """Set the terms from now on; what waits already goes on waiting, and for a release at another time is expected then.

    Refuses with InvalidInput terms that make no sense, with StaleVersion when they were changed meanwhile, with NotFound. Emits
    SupplyTermsChanged.
    """
    at = clock.now()
    _check(data, at_most_days=RELEASE_MOST_DAYS)
    place = Place(VariantId(variant_id), LocationId(location_id))
    before = await terms_of(tx, *place)
    here = await stores.location(tx, location_id)
    if data.kind != "none" and not (here.active and here.holds_stock):
        raise invalid("/kind", f"must be none: {here.name} has no stock of its own")
    await inventory.lock_shelves(tx, [place])
    before = await terms_of(tx, *place)
    if before.version + 1 != expected_version:
        raise StaleVersion("The terms were changed meanwhile; read them again.")
    after = Terms(
        variant_id=place.variant_id,
        location_id=place.location_id,
        kind=Kind(data.kind),
        allowed=data.allowed,
        lead_days=data.lead_days,
        release_at=data.release_at,
        beyond=before.beyond,
        version=before.version + 1,
    )
    values = {name: getattr(after, name) for name in _FIELDS}
    await tx.execute(PUT, **values)
    await tx.execute(WRITE, **values, actor=caller.principal, reason=data.reason, at=at)
    await tx.execute(NOT_BEFORE, **place._asdict(), release_at=after.release_at)
    await inventory.close_until(tx, {place: after.release_at})
    tx.changed("supply_terms", f"{variant_id}@{location_id}", before=before, after=after)
    tx.emit(SupplyTermsChanged(variant_id=place.variant_id, location_id=place.location_id, terms=after))
    return terms_out(after)


def _check(data: SupplyTermsIn, *, at_most_days: int) -> None:
    at = clock.now()
    if data.kind != "pre_order" and data.release_at is not None:
        raise invalid("/release_at", "belongs to a pre-order")
    if data.kind != "back_order" and data.lead_days is not None:
        raise invalid("/lead_days", "belongs to a back-order")
    match data.kind:
        case "none":
            if data.allowed:
                raise invalid("/allowed", "must be 0 where nothing is sold ahead")
        case "back_order":
            if data.allowed and data.lead_days is None:
                raise invalid("/lead_days", "is needed for units that no dated supply brings")
        case "pre_order":
            if not data.allowed:
                raise invalid("/allowed", "must be 1 or more for a pre-order")
            if data.release_at is None:
                raise invalid("/release_at", "is needed for a pre-order")
            if not at < data.release_at <= at + timedelta(days=at_most_days):
                raise invalid("/release_at", f"must be ahead, by {at_most_days} days at the most")


def terms_out(terms: Terms) -> SupplyTermsOut:
    """Gives terms as they are shown; the version counts from 1, so that terms that nobody set have one too."""
    return SupplyTermsOut(
        variant_id=terms.variant_id,
        location_id=terms.location_id,
        kind=terms.kind.value,
        allowed=terms.allowed,
        lead_days=terms.lead_days,
        release_at=terms.release_at,
        beyond=terms.beyond,
        version=terms.version + 1,
    )


async def changes(
    reads: Reads, variant_id: UUID, location_id: UUID, *, before: int | None, limit: int
) -> Sequence[SupplyTermsChangeOut]:
    """Gives the terms as each change left them, the latest first, one more than the limit. Refuses with NotFound an article that is none."""
    await terms_of(reads, variant_id, location_id)
    return await reads.fetch(
        CHANGES,
        variant_id=variant_id,
        location_id=location_id,
        before=NEWEST if before is None else before,
        most=limit + 1,
    )
