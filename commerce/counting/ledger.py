"""What the ledger says, now with its rows locked or at an instant of the past; who has units reserved.

The tables belong to other slices; they are read by their names, as a foreign key would.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    DateTime,
    FromClause,
    Integer,
    Text,
    Uuid,
    and_,
    cast,
    column,
    func,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from commerce.counting.facts import AtRisk, Shelf
from commerce.counting.tables import stock_figure_locations
from commerce.inventory import Spot
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested

AT_RISK_MOST = 100
"""The most orders and transfers that one shortfall names, those with the most units first."""

levels = table(
    "stock_levels",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("on_hand", Integer),
    column("reserved", Integer),
)
balances = table(
    "stock_balances",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("spot", Text),
    column("units", Integer),
)
movements = table(
    "stock_movements",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("seq", BigInteger),
    column("spot", Text),
    column("other_spot", Text),
    column("quantity", Integer),
    column("on_hand_after", Integer),
    column("document_kind", Text),
    column("document_id", Uuid),
    column("at", DateTime(timezone=True)),
)
reservations = table(
    "reservations",
    column("hold_id", Uuid),
    column("order_id", Uuid),
    column("owner_kind", Text),
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("open", Integer),
    column("expires_at", DateTime(timezone=True)),
)
_location_id = given("location_id", Uuid)
COUNTED = (Spot.SHELF.value, Spot.SHORTAGE.value)
"""The spots that together say how many units must stand on a shelf."""

OPEN_LOCATION = Statement(
    insert(stock_figure_locations).values(location_id=_location_id).on_conflict_do_nothing(),
)
LOCK_LOCATION = Statement(
    select(stock_figure_locations.c.location_id)
    .where(stock_figure_locations.c.location_id == _location_id)
    .with_for_update()
)
LOCK = Statement(
    select(levels.c.variant_id)
    .where(any_of(levels.c.variant_id, "variant_ids"), levels.c.location_id == _location_id)
    .order_by(levels.c.variant_id, levels.c.location_id)
    .with_for_update(of=levels, key_share=True)
)
_wanted = unnested("wanted", variant_ids=Uuid)


def _here(rows: FromClause) -> ColumnElement[bool]:
    return and_(rows.c.variant_id == _wanted.c.variant_ids, rows.c.location_id == _location_id)


_over = (
    select(func.sum(reservations.c.open))
    .where(
        _here(reservations), reservations.c.open > 0, reservations.c.expires_at <= given("now", DateTime(timezone=True))
    )
    .correlate(_wanted)
    .scalar_subquery()
)
_last = (
    select(func.max(movements.c.seq))
    .where(_here(movements), movements.c.spot.in_(COUNTED))
    .correlate(_wanted)
    .scalar_subquery()
)
_short = and_(_here(balances), balances.c.spot == Spot.SHORTAGE.value)
SHELVES = Statement(
    select(
        _wanted.c.variant_ids.label("variant_id"),
        func.coalesce(levels.c.on_hand, 0).label("on_hand"),
        func.coalesce(balances.c.units, 0).label("shortage"),
        cast(func.coalesce(levels.c.reserved, 0) - func.coalesce(_over, 0), Integer).label("reserved"),
        func.coalesce(_last, 0).label("position"),
    )
    .select_from(_wanted.outerjoin(levels, _here(levels)).outerjoin(balances, _short))
    .order_by(_wanted.c.variant_ids),
    into=Shelf,
)


async def lock_location(tx: Tx, location_id: LocationId) -> None:
    """Makes this transaction the only one that books absolute figures of a location."""
    await tx.execute(OPEN_LOCATION, location_id=location_id)
    await tx.fetch(LOCK_LOCATION, location_id=location_id)


async def shelves(tx: Tx, location_id: LocationId, variant_ids: Collection[VariantId]) -> dict[VariantId, Shelf]:
    """Locks the levels of articles at a location, in the one order, and gives each as it is after the wait; all zero where there is none."""
    wanted = sorted(set(variant_ids))
    await tx.fetch(LOCK, location_id=location_id, variant_ids=wanted)
    found = await tx.fetch(SHELVES, location_id=location_id, variant_ids=wanted, now=clock.now())
    return {shelf.variant_id: shelf for shelf in found}


class Past(msgspec.Struct, frozen=True):
    """What the ledger said of an article at an instant, and the number of the last movement by then."""

    variant_id: VariantId
    due: int
    position: int


def _then(spot: Spot) -> FromClause:
    """Gives the last movement of a spot by an instant: found from the newest backwards, so that it costs what moved since."""
    return (
        select(movements.c.seq, movements.c.on_hand_after)
        .where(
            _here(movements),
            movements.c.spot == spot.value,
            movements.c.at <= given("then", DateTime(timezone=True)),
        )
        .order_by(movements.c.seq.desc())
        .limit(1)
        .correlate(_wanted)
        .lateral(f"then_{spot.value}")
    )


_shelf_then, _short_then = _then(Spot.SHELF), _then(Spot.SHORTAGE)
PAST = Statement(
    select(
        _wanted.c.variant_ids.label("variant_id"),
        (func.coalesce(_shelf_then.c.on_hand_after, 0) + func.coalesce(_short_then.c.on_hand_after, 0)).label("due"),
        func.greatest(func.coalesce(_shelf_then.c.seq, 0), func.coalesce(_short_then.c.seq, 0)).label("position"),
    ).select_from(_wanted.outerjoin(_shelf_then, true()).outerjoin(_short_then, true())),
    into=Past,
)


async def at_instant(
    tx: Tx, location_id: LocationId, variant_ids: Sequence[VariantId], then: datetime
) -> dict[VariantId, Past]:
    """Gives what the ledger said at an instant; call it with the rows locked."""
    found = await tx.fetch(PAST, location_id=location_id, variant_ids=list(variant_ids), then=then)
    return {past.variant_id: past for past in found}


class _Kept(msgspec.Struct, frozen=True):
    variant_id: VariantId
    kind: str
    id: UUID
    units: int


RESERVED_FOR = Statement(
    select(
        reservations.c.variant_id,
        reservations.c.owner_kind.label("kind"),
        reservations.c.order_id.label("id"),
        cast(func.sum(reservations.c.open), Integer).label("units"),
    )
    .where(
        any_of(reservations.c.variant_id, "variant_ids"),
        reservations.c.location_id == _location_id,
        reservations.c.open > 0,
        reservations.c.order_id.is_not(None),
    )
    .group_by(reservations.c.variant_id, reservations.c.owner_kind, reservations.c.order_id)
    .order_by(reservations.c.variant_id, func.sum(reservations.c.open).desc(), reservations.c.order_id),
    into=_Kept,
)


async def at_risk(tx: Tx, location_id: LocationId, variant_ids: Collection[VariantId]) -> dict[VariantId, list[AtRisk]]:
    """Gives for each article the orders and transfers that have units of it reserved there; at most a hundred for each."""
    named: dict[VariantId, list[AtRisk]] = {variant_id: [] for variant_id in variant_ids}
    for kept in await tx.fetch(RESERVED_FOR, location_id=location_id, variant_ids=list(variant_ids)):
        if len(named[kept.variant_id]) < AT_RISK_MOST:
            named[kept.variant_id].append(AtRisk(kept.kind, kept.id, kept.units))
    return named


_counted = unnested("counted", variant_id=Uuid, position=BigInteger)
CORRECTED = Statement(
    select(_counted.c.variant_id).where(
        select(movements.c.seq)
        .where(
            movements.c.variant_id == _counted.c.variant_id,
            movements.c.location_id == _location_id,
            movements.c.seq > _counted.c.position,
            movements.c.spot == Spot.SHELF.value,
            movements.c.other_spot == Spot.SHRINKAGE.value,
            movements.c.document_kind.not_in(("count", "snapshot")),
        )
        .correlate(_counted)
        .exists()
    )
)


async def corrected_since(tx: Tx, location_id: LocationId, positions: Mapping[VariantId, int]) -> set[VariantId]:
    """Gives the articles whose shelf somebody corrected after a position, other than by an absolute figure; call it with the rows locked."""
    found = await tx.fetch(
        CORRECTED, location_id=location_id, variant_id=list(positions), position=list(positions.values())
    )
    return {VariantId(row["variant_id"]) for row in found}
