"""How reserved units end before their time: the order's or the hold's open units are counted down, the oldest hold first."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
from sqlalchemy import Integer, Uuid, cast, func, or_, select, update

from commerce.inventory import rows
from commerce.inventory.facts import Place
from commerce.inventory.tables import reservations
from commerce.kernel.ids import HoldId, LocationId, OrderId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

How = Literal["consumed", "released"]


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


def _ending(how: How) -> Statement[Units]:
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
    ended = (
        update(reservations)
        .where(
            reservations.c.hold_id == share.c.hold_id,
            rows.same_place(reservations, share),
            share.c.units > 0,
        )
        .values({reservations.c.open: reservations.c.open - share.c.units, how: reservations.c[how] + share.c.units})
        .returning(reservations.c.variant_id, reservations.c.location_id, share.c.units)
        .cte("ended")
    )
    return Statement(
        select(
            ended.c.variant_id,
            ended.c.location_id,
            cast(func.sum(ended.c.units), Integer).label("units"),
        ).group_by(ended.c.variant_id, ended.c.location_id),
        into=Units,
    )


END: Mapping[How, Statement[Units]] = {"consumed": _ending("consumed"), "released": _ending("released")}


async def open_units(tx: Tx, whose: OrderId | HoldId) -> dict[Place, int]:
    """Gives the open units of an order or a hold."""
    found: Sequence[Units] = await tx.fetch(OPEN, whose=whose)
    return {each.place: each.units for each in found}


async def end(tx: Tx, whose: OrderId | HoldId, how: How, units: Mapping[Place, int]) -> bool:
    """Ends open units of an order or a hold on rows that are locked; says whether there were as many as asked for."""
    ended = await tx.fetch(END[how], whose=whose, **rows.arrays(units), quantity=list(units.values()))
    return {each.place: each.units for each in ended} == dict(units)
