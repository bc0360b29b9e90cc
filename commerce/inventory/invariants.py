"""What must hold for levels, balances, movements and reservations: each check's statement gives the rows that break it.

Each is written once, for the articles that it is asked about: `commerce audit` asks about all of them, the proof about some at a time.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import FromClause, Integer, Select, Table, Uuid, and_, case, cast, func, null, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.elements import ColumnElement

from commerce.inventory.facts import INSIDE, EndingKind, Spot
from commerce.inventory.rows import same_place
from commerce.inventory.tables import (
    kept_back_changes,
    reservation_endings,
    reservations,
    stock_balances,
    stock_levels,
    stock_movements,
    unrouted_changes,
    unrouted_demand,
)
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

Within = Callable[[ColumnElement[Any]], Sequence[ColumnElement[bool]]]
"""Gives the conditions that an article, by its column, is one of those that are asked about."""

_INSIDE = [spot.value for spot in INSIDE]
_BESIDE = _INSIDE[1:]
_SHELF = Spot.SHELF.value


def checks(within: Within) -> list[Check]:
    """Gives the checks of what belongs to some articles."""
    return [*_of_balances(within), *_of_movements(within), *_of_reservations(within), *_of_promises(within)]


def unexplained(within: Within) -> Select[*tuple[Any, ...]]:
    """Gives the balances, shelves among them, that are not the sum of their movements."""
    held = (
        select(stock_levels.c.variant_id, stock_levels.c.location_id, _text(_SHELF), stock_levels.c.on_hand)
        .where(*within(stock_levels.c.variant_id))
        .union_all(select(stock_balances).where(*within(stock_balances.c.variant_id)))
        .subquery("held")
    )
    held_units = held.c.on_hand
    moved = stock_movements.c
    told = (
        select(moved.variant_id, moved.location_id, moved.spot, func.sum(moved.quantity).label("units"))
        .where(*within(moved.variant_id))
        .group_by(moved.variant_id, moved.location_id, moved.spot)
        .subquery("told")
    )
    return (
        select(
            func.coalesce(held.c.variant_id, told.c.variant_id, type_=Uuid).label("variant_id"),
            func.coalesce(held.c.location_id, told.c.location_id, type_=Uuid).label("location_id"),
            func.coalesce(held.c.spot, told.c.spot).label("spot"),
            func.coalesce(held_units, 0, type_=Integer).label("held"),
            cast(func.coalesce(told.c.units, 0), Integer).label("told"),
        )
        .select_from(held.outerjoin(told, and_(same_place(held, told), held.c.spot == told.c.spot), full=True))
        .where(func.coalesce(held_units, 0) != func.coalesce(told.c.units, 0))
    )


def misreserved(within: Within) -> Select[*tuple[Any, ...]]:
    """Gives the shelves of which other units are reserved than reservations have open."""
    held = _of(stock_levels, within)
    told = _per_place(reservations, reservations.c.open, within, reservations.c.open != 0)
    return (
        select(
            func.coalesce(held.c.variant_id, told.c.variant_id, type_=Uuid).label("variant_id"),
            func.coalesce(held.c.location_id, told.c.location_id, type_=Uuid).label("location_id"),
            func.coalesce(held.c.on_hand, 0, type_=Integer).label("on_hand"),
            func.coalesce(held.c.reserved, 0, type_=Integer).label("held"),
            cast(func.coalesce(told.c.units, 0), Integer).label("told"),
        )
        .select_from(held.outerjoin(told, same_place(held, told), full=True))
        .where(func.coalesce(held.c.reserved, 0) != func.coalesce(told.c.units, 0))
    )


def unwritten(within: Within) -> Select[Any]:
    """Gives the reservations of which other units ended than is written down, with what is counted and told of each way to end."""
    ending = reservation_endings.c
    whole = (ending.hold_id, ending.variant_id, ending.location_id)
    told = (
        select(
            *whole,
            *(
                cast(func.coalesce(func.sum(ending.quantity).filter(ending.kind == kind.value), 0), Integer).label(kind)
                for kind in EndingKind
            ),
        )
        .where(*within(ending.variant_id))
        .group_by(*whole)
        .subquery("told")
    )
    counted = _of(reservations, within)
    return (
        select(
            counted.c.hold_id,
            counted.c.variant_id,
            counted.c.location_id,
            *(counted.c[kind.value] for kind in EndingKind),
            *(func.coalesce(told.c[kind.value], 0, type_=Integer).label(f"{kind.value}_told") for kind in EndingKind),
        )
        .select_from(counted.outerjoin(told, and_(counted.c.hold_id == told.c.hold_id, same_place(counted, told))))
        .where(or_(*(counted.c[kind.value] != func.coalesce(told.c[kind.value], 0) for kind in EndingKind)))
    )


def _of(table: Table, within: Within) -> FromClause:
    return select(table).where(*within(table.c.variant_id)).subquery()


def _text(value: str) -> ColumnElement[str]:
    return cast(value, stock_balances.c.spot.type).label("spot")


def _per_place(table: Table, units: ColumnElement[int], within: Within, *where: ColumnElement[bool]) -> FromClause:
    return (
        select(table.c.variant_id, table.c.location_id, func.sum(units).label("units"))
        .where(*within(table.c.variant_id), *where)
        .group_by(table.c.variant_id, table.c.location_id)
        .subquery()
    )


def _of_balances(within: Within) -> list[Check]:
    unequal = unexplained(within).subquery()
    balance = _of(stock_balances, within)
    side = case((balance.c.spot == Spot.SHORTAGE.value, 1), else_=-1)
    return [
        Check(
            code="G5",
            name="on_hand_is_the_sum_of_its_movements",
            statement=Statement(select(unequal).where(unequal.c.spot == _SHELF)),
        ),
        Check(
            code="G5",
            name="what_is_beside_the_shelf_is_the_sum_of_its_movements",
            statement=Statement(select(unequal).where(unequal.c.spot.in_(_BESIDE))),
        ),
        Check(code="G5", name="units_come_from_outside_and_go_there", statement=Statement(_not_conserved(within))),
        Check(
            code="G5",
            name="each_balance_is_on_its_side_of_zero",
            statement=Statement(select(balance).where(func.sign(balance.c.units) == side)),
        ),
    ]


def _not_conserved(within: Within) -> Select[Any]:
    """Articles of which the company has another number of units than came in from outside and did not go out again."""
    held = (
        select(stock_levels.c.variant_id, stock_levels.c.on_hand.label("units"))
        .where(*within(stock_levels.c.variant_id))
        .union_all(
            select(stock_balances.c.variant_id, stock_balances.c.units).where(*within(stock_balances.c.variant_id))
        )
        .subquery()
    )
    has = select(held.c.variant_id, func.sum(held.c.units).label("units")).group_by(held.c.variant_id).subquery()
    moved = stock_movements.c
    came = (
        select(moved.variant_id, func.sum(moved.quantity).label("units"))
        .where(*within(moved.variant_id), moved.other_spot.not_in(_INSIDE))
        .group_by(moved.variant_id)
        .subquery()
    )
    return (
        select(
            func.coalesce(has.c.variant_id, came.c.variant_id).label("variant_id"),
            has.c.units.label("has"),
            came.c.units.label("came"),
        )
        .select_from(has.outerjoin(came, has.c.variant_id == came.c.variant_id, full=True))
        .where(func.coalesce(has.c.units, 0) != func.coalesce(came.c.units, 0))
    )


def _of_movements(within: Within) -> list[Check]:
    moved = _of(stock_movements, within)
    before = func.lag(moved.c.on_hand_after, 1, 0).over(
        partition_by=(moved.c.variant_id, moved.c.location_id, moved.c.spot), order_by=moved.c.seq
    )
    steps = select(moved, before.label("before")).subquery()
    once = tuple(
        moved.c[name] for name in ("effect_key", "variant_id", "location_id", "spot", "other_spot", "other_location_id")
    )
    return [
        Check(code="G5", name="each_movement_has_both_ends", statement=Statement(_one_sided(within))),
        Check(
            code="G5",
            name="each_movement_continues_from_the_one_before",
            statement=Statement(
                select(steps.c.id, steps.c.before, steps.c.quantity, steps.c.on_hand_after).where(
                    steps.c.before + steps.c.quantity != steps.c.on_hand_after
                )
            ),
        ),
        Check(
            code="G5",
            name="each_movement_is_explained",
            statement=Statement(
                select(moved.c.id).where(
                    or_(
                        moved.c.actor == "",
                        moved.c.document_kind == "",
                        moved.c.effect_key == "",
                        moved.c.quantity == 0,
                    )
                )
            ),
        ),
        Check(
            code="G8",
            name="an_effect_key_moves_a_shelf_once",
            statement=Statement(select(*once).group_by(*once).having(func.count() > 1)),
        ),
    ]


def _one_sided(within: Within) -> Select[Any]:
    """Movements between two balances of which one end is not written down, or says other units than the other."""
    here, there = stock_movements.alias("here"), stock_movements.alias("there")
    other = (
        select(there.c.id)
        .where(
            there.c.effect_key == here.c.effect_key,
            there.c.variant_id == here.c.variant_id,
            there.c.spot == here.c.other_spot,
            there.c.location_id == here.c.other_location_id,
            there.c.other_spot == here.c.spot,
            there.c.other_location_id == here.c.location_id,
            there.c.quantity == -here.c.quantity,
        )
        .correlate(here)
    )
    return select(here.c.id, here.c.effect_key).where(
        *within(here.c.variant_id), here.c.other_spot.in_(_INSIDE), ~other.exists()
    )


def _of_reservations(within: Within) -> list[Check]:
    kept = _of(reservations, within)
    ends = kept.c.open + kept.c.consumed + kept.c.released + kept.c.expired
    least = func.least(kept.c.open, kept.c.consumed, kept.c.released, kept.c.expired)
    consumed = _per_place(reservations, reservations.c.consumed, within, reservations.c.consumed != 0)
    left = _per_place(stock_movements, stock_movements.c.freed, within, stock_movements.c.freed != 0)
    return [
        Check(code="G7", name="reserved_is_the_sum_of_open_reservations", statement=Statement(misreserved(within))),
        Check(
            code="G7",
            name="each_reserved_unit_ends_once",
            statement=Statement(select(kept).where(or_(ends != kept.c.quantity, least < 0))),
        ),
        Check(code="G7", name="how_units_ended_is_written_down", statement=Statement(unwritten(within))),
        Check(
            code="G7",
            name="a_reservation_is_bound_or_expires",
            statement=Statement(select(kept).where(kept.c.order_id.is_(None) == kept.c.expires_at.is_(None))),
        ),
        Check(
            code="G7",
            name="what_was_consumed_left_the_shelf",
            statement=Statement(
                select(
                    func.coalesce(consumed.c.variant_id, left.c.variant_id).label("variant_id"),
                    func.coalesce(consumed.c.location_id, left.c.location_id).label("location_id"),
                    consumed.c.units.label("consumed"),
                    left.c.units.label("left"),
                )
                .select_from(consumed.outerjoin(left, same_place(consumed, left), full=True))
                .where(func.coalesce(consumed.c.units, 0) != func.coalesce(left.c.units, 0))
            ),
        ),
    ]


def _of_promises(within: Within) -> list[Check]:
    level = _of(stock_levels, within)
    return [
        Check(
            code="G6",
            name="no_more_is_promised_than_there_is",
            statement=Statement(
                select(level).where(or_(level.c.reserved < 0, level.c.on_hand < 0, level.c.reserved > level.c.on_hand))
            ),
        ),
        Check(code="G6", name="what_is_kept_back_was_set_by_somebody", statement=Statement(_not_set(within))),
        Check(
            code="G7", name="demand_without_a_place_is_the_sum_of_its_changes", statement=Statement(_not_wanted(within))
        ),
    ]


def _not_set(within: Within) -> Select[Any]:
    """Shelves whose safety stock or buffer is another than the last change of it made it."""
    level, change = stock_levels.c, kept_back_changes.c
    each = func.jsonb_each_text(stock_levels.c.buffers).table_valued("key", "value").lateral("each")
    held = (
        select(level.variant_id, level.location_id, cast(null(), Uuid).label("channel_id"), level.safety.label("units"))
        .where(*within(level.variant_id))
        .union_all(
            select(level.variant_id, level.location_id, cast(each.c.key, Uuid), cast(each.c.value, Integer))
            .select_from(stock_levels.join(each, level.buffers.is_not(None)))
            .where(*within(level.variant_id))
        )
        .subquery("held")
    )
    told = (
        select(change.variant_id, change.location_id, change.channel_id, change.after.label("units"))
        .where(*within(change.variant_id))
        .ext(distinct_on(change.variant_id, change.location_id, change.channel_id))
        .order_by(change.variant_id, change.location_id, change.channel_id, change.seq.desc())
        .subquery("told")
    )
    nobody = cast("00000000-0000-0000-0000-000000000000", Uuid)
    same = and_(
        same_place(held, told),
        func.coalesce(held.c.channel_id, nobody) == func.coalesce(told.c.channel_id, nobody),
    )
    return (
        select(
            func.coalesce(held.c.variant_id, told.c.variant_id).label("variant_id"),
            func.coalesce(held.c.location_id, told.c.location_id).label("location_id"),
            func.coalesce(held.c.channel_id, told.c.channel_id).label("channel_id"),
            held.c.units.label("held"),
            told.c.units.label("told"),
        )
        .select_from(held.outerjoin(told, same, full=True))
        .where(func.coalesce(held.c.units, 0) != func.coalesce(told.c.units, 0))
    )


def _not_wanted(within: Within) -> Select[Any]:
    """Demand without a place that is not what was wanted and not taken off since."""
    held, change = _of(unrouted_demand, within), unrouted_changes.c
    told = (
        select(change.owner_id, change.variant_id, func.sum(change.quantity).label("units"))
        .where(*within(change.variant_id))
        .group_by(change.owner_id, change.variant_id)
        .subquery("told")
    )
    same = and_(held.c.owner_id == told.c.owner_id, held.c.variant_id == told.c.variant_id)
    return (
        select(
            func.coalesce(held.c.owner_id, told.c.owner_id).label("owner_id"),
            func.coalesce(held.c.variant_id, told.c.variant_id).label("variant_id"),
            held.c.units.label("held"),
            told.c.units.label("told"),
        )
        .select_from(held.outerjoin(told, same, full=True))
        .where(func.coalesce(held.c.units, 0) != func.coalesce(told.c.units, 0))
    )
