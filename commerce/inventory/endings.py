"""How reserved units end: open units are counted down, the oldest hold first, and how they ended is written down."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import CTE, DateTime, Integer, Select, Text, Uuid, cast, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory import rows
from commerce.inventory.facts import Cause, EndingKind, Place
from commerce.inventory.tables import reservation_endings, reservations
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, LocationId, OrderId, TransferId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested


class Units(msgspec.Struct, frozen=True):
    """Units of one place."""

    variant_id: VariantId
    location_id: LocationId
    units: int

    @property
    def place(self) -> Place:
        """Where they are."""
        return Place(self.variant_id, self.location_id)


_whose = given("whose", Uuid)
_mine = or_(reservations.c.order_id == _whose, reservations.c.hold_id == _whose)

OPEN = Statement(
    select(
        reservations.c.variant_id,
        reservations.c.location_id,
        cast(func.sum(reservations.c.open), Integer).label("units"),
    )
    .where(_mine, reservations.c.open > 0)
    .group_by(reservations.c.variant_id, reservations.c.location_id),
    into=Units,
)


def written(ended: CTE, kind: EndingKind, **document: ColumnElement[Any]) -> CTE:
    """Gives the statement that writes down how the units of `ended` rows ended, to stand beside the one that ends them."""
    columns = ["document_kind", "document_id", "actor", "reason", "at"]
    return (
        insert(reservation_endings)
        .from_select(
            ["hold_id", "variant_id", "location_id", "quantity", "kind", *columns],
            select(
                ended.c.hold_id,
                ended.c.variant_id,
                ended.c.location_id,
                ended.c.units,
                literal(kind.value, Text),
                *(document[name] for name in columns),
            ),
        )
        .cte("written")
    )


def per_place(ended: CTE) -> Select[Any]:
    """Gives the units that ended at each place."""
    return select(
        ended.c.variant_id, ended.c.location_id, cast(func.sum(ended.c.units), Integer).label("units")
    ).group_by(ended.c.variant_id, ended.c.location_id)


def _ending(kind: EndingKind) -> Statement[Units]:
    wanted = unnested("wanted", variant_id=Uuid, location_id=Uuid, quantity=Integer)
    place = (reservations.c.variant_id, reservations.c.location_id)
    before = (
        func.sum(reservations.c.open).over(partition_by=place, order_by=reservations.c.hold_id) - reservations.c.open
    )
    share = (
        select(
            reservations.c.hold_id,
            *place,
            cast(func.least(reservations.c.open, wanted.c.quantity - before), Integer).label("units"),
        )
        .join_from(reservations, wanted, rows.same_place(reservations, wanted))
        .where(_mine, reservations.c.open > 0)
        .cte("share")
    )
    count = reservations.c[kind.value]
    ended = (
        update(reservations)
        .where(
            reservations.c.hold_id == share.c.hold_id,
            rows.same_place(reservations, share),
            share.c.units > 0,
        )
        .values({reservations.c.open: reservations.c.open - share.c.units, count: count + share.c.units})
        .returning(reservations.c.hold_id, *place, share.c.units)
        .cte("ended")
    )
    document = written(
        ended,
        kind,
        document_kind=given("document_kind", Text),
        document_id=given("document_id", Uuid),
        actor=given("actor", Text),
        reason=given("reason", Text),
        at=given("at", DateTime(timezone=True)),
    )
    return Statement(per_place(ended).add_cte(document), into=Units)


CONSUME, RELEASE = _ending(EndingKind.CONSUMED), _ending(EndingKind.RELEASED)


async def open_units(tx: Tx, whose: OrderId | TransferId | HoldId) -> dict[Place, int]:
    """Gives the open units of an order or a hold."""
    found: Sequence[Units] = await tx.fetch(OPEN, whose=whose)
    return {each.place: each.units for each in found}


async def end(
    tx: Tx, how: Statement[Units], whose: OrderId | TransferId | HoldId, units: Mapping[Place, int], cause: Cause
) -> bool:
    """Ends open units of an order or a hold on rows that are locked; says whether there were as many as asked for."""
    ended = await tx.fetch(
        how,
        whose=whose,
        **rows.arrays(units),
        quantity=list(units.values()),
        document_kind=cause.kind,
        document_id=cause.document_id,
        actor=cause.actor,
        reason=cause.reason,
        at=clock.now(),
    )
    return {each.place: each.units for each in ended} == dict(units)
