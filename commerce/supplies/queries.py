"""Reads of claims: of an order, of a place in the order of its queue, of what is due."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, DateTime, Integer, Uuid, and_, column, or_, select, table
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.inventory import Place
from commerce.kernel.ids import LocationId, OrderId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.supplies.facts import QUEUE_MOST, Claim, Kind
from commerce.supplies.tables import supply_claims, supply_terms

_claim = supply_claims.c
_levels = table(
    "stock_levels",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("on_hand", Integer),
    column("reserved", Integer),
    column("safety", Integer),
)
OF_ORDER = Statement(
    select(supply_claims).where(_claim.order_id == given("order_id", Uuid)).order_by(_claim.seq), into=Claim
)
OF_WAIT = Statement(
    select(_claim.id).where(_claim.wait_id == given("wait_id", Uuid), _claim.open > 0).limit(1),
)
QUEUE = Statement(
    select(supply_claims)
    .where(
        _claim.variant_id == given("variant_id", Uuid),
        _claim.location_id == given("location_id", Uuid),
        _claim.open > 0,
    )
    .order_by(_claim.seq)
    .limit(QUEUE_MOST),
    into=Claim,
)
_at = given("at", DateTime(timezone=True))
# Where something lies that somebody may be waiting for, where something is late, and where something was released.
DUE = Statement(
    select(_claim.variant_id, _claim.location_id)
    .join_from(
        supply_claims,
        supply_terms,
        and_(supply_terms.c.variant_id == _claim.variant_id, supply_terms.c.location_id == _claim.location_id),
    )
    .outerjoin(_levels, and_(_levels.c.variant_id == _claim.variant_id, _levels.c.location_id == _claim.location_id))
    .where(
        _claim.open > 0,
        _claim.expires_at.is_(None),
        or_(supply_terms.c.kind != Kind.PRE_ORDER.value, supply_terms.c.release_at <= _at),
        or_(
            _levels.c.on_hand - _levels.c.reserved > _levels.c.safety,
            and_(supply_terms.c.kind == Kind.PRE_ORDER.value, _levels.c.on_hand > _levels.c.reserved),
            _claim.expected_at <= _at,
        ),
    )
    .distinct()
    .order_by(_claim.variant_id, _claim.location_id)
    .limit(given("most", Integer))
)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as a list shows it: whose, where, and since when."""

    seq: int
    order_id: OrderId
    order_line_id: UUID
    variant_id: VariantId
    location_id: LocationId
    units: int
    open: int
    promised_at: datetime
    expected_at: datetime
    not_before: datetime | None
    expires_at: datetime | None
    claimed_at: datetime


_variant, _location = given("variant_id", Uuid), given("location_id", Uuid)
_allowed = given("locations", ARRAY(Uuid))
LIST = Statement(
    select(*(_claim[name] for name in Waiting.__struct_fields__))
    .where(
        _claim.open > 0,
        _claim.seq > given("after_seq", BigInteger),
        or_(_variant.is_(None), _claim.variant_id == _variant),
        or_(_location.is_(None), _claim.location_id == _location),
        or_(_allowed.is_(None), _claim.location_id == _allowed.any_()),
        or_(_claim.expires_at.is_(None), _claim.expires_at > _at),
    )
    .order_by(_claim.seq)
    .limit(given("most", Integer)),
    into=Waiting,
)


async def claims_of(reads: Reads, order_id: UUID) -> Sequence[Claim]:
    """Gives the claims of an order, those that ended too."""
    return await reads.fetch(OF_ORDER, order_id=order_id)


async def waiting_for(reads: Reads, wait_id: UUID) -> bool:
    """Says whether anything that comes under this name is still waited for."""
    return await reads.fetch_value(OF_WAIT, wait_id=wait_id) is not None


async def queue_of(reads: Reads, place: Place) -> Sequence[Claim]:
    """Gives the open claims of a place, the oldest first."""
    return await reads.fetch(QUEUE, variant_id=place.variant_id, location_id=place.location_id)


async def due_places(reads: Reads, *, at: datetime, most: int) -> list[Place]:
    """Gives places where waiting units may be served, or are late; claims of unpaid orders are nobody's to serve."""
    return [Place(*row) for row in await reads.fetch(DUE, at=at, most=most)]


async def listed(
    reads: Reads,
    *,
    variant_id: UUID | None,
    location_id: UUID | None,
    locations: frozenset[UUID] | None,
    after: int,
    most: int,
    at: datetime,
) -> list[Waiting]:
    """Gives the live claims at the locations that may be seen (None: all), the oldest first."""
    return await reads.fetch(
        LIST,
        variant_id=variant_id,
        location_id=location_id,
        locations=None if locations is None else list(locations),
        after_seq=after,
        most=most,
        at=at,
    )
