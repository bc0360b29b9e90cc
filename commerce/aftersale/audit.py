"""What must hold of returns and cancellations beyond their constraints: each statement gives the rows that break it."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    Text,
    TextClause,
    and_,
    case,
    cast,
    column,
    func,
    or_,
    select,
    table,
    text,
    tuple_,
)

from commerce.aftersale.rules import RETURN
from commerce.aftersale.tables import return_deliveries, return_lines, return_transitions, returns
from commerce.platform.audit import Check
from commerce.platform.moves import move_checks
from commerce.platform.statement import Statement

_order_lines = table(
    "order_lines",
    column("id"),
    column("order_id"),
    column("returned"),
    column("returned_total"),
    column("returned_tax"),
)
_orders = table("orders", column("id"), column("state"), column("charge_step", BigInteger))
_movements = table(
    "stock_movements",
    column("variant_id"),
    column("location_id"),
    column("quantity", BigInteger),
    column("kind"),
    column("spot"),
    column("document_id"),
)
_refunds = table("refunds", column("id"), column("amount", BigInteger), column("state"))
_payments = table("payments", column("id"), column("order_id"))
_parts = table(
    "payment_parts",
    column("id"),
    column("payment_id"),
    column("authorized", BigInteger),
    column("captured", BigInteger),
    column("voided", BigInteger),
    column("void_key"),
)
_cause: TextClause = text("refunds.cause ->> 'kind' = 'return'")
_caused_by: ColumnElement[str] = func.coalesce(text("refunds.cause ->> 'document_id'"), "")

_line = return_lines.c
_looked_at = returns.c.state.in_(["inspected", "rejected", "refunding", "refunded", "refund_failed"])
_counting = case(
    (returns.c.state.in_(["declined", "cancelled"]), 0),
    (_looked_at, _line.restocked + _line.quarantined + _line.destroyed),
    else_=_line.quantity,
)


def _amounts() -> Select[Any]:
    """Returns whose amount is not the sum of their lines and deliveries."""
    lines = select(func.coalesce(func.sum(_line.total), 0)).where(_line.return_id == returns.c.id).scalar_subquery()
    deliveries = (
        select(func.coalesce(func.sum(return_deliveries.c.total), 0))
        .where(return_deliveries.c.return_id == returns.c.id)
        .scalar_subquery()
    )
    return select(
        returns.c.id, returns.c.number, returns.c.amount, lines.label("lines"), deliveries.label("deliveries")
    ).where(returns.c.amount != lines + deliveries)


def _shares() -> Select[Any]:
    """Order lines of which other units, or another share, are returned than their returns say."""
    told = (
        select(
            _line.order_line_id,
            func.sum(_counting).label("units"),
            func.sum(_line.total).label("total"),
            func.sum(_line.tax).label("tax"),
        )
        .join_from(return_lines, returns, returns.c.id == _line.return_id)
        .group_by(_line.order_line_id)
        .subquery("told")
    )
    units, total, tax = (func.coalesce(told.c[name], 0) for name in ("units", "total", "tax"))
    known = _order_lines.c
    return (
        select(known.id, known.returned, units.label("units"), known.returned_total, total.label("total"))
        .outerjoin_from(_order_lines, told, told.c.order_line_id == known.id)
        .where(or_(known.returned != units, known.returned_total != total, known.returned_tax != tax))
    )


def _refund_amounts() -> Select[Any]:
    """Orders whose returns together asked for another refund than what their groups come to, in the provider's steps."""
    carried = (
        select(_line.return_id, _line.group_id, _line.total)
        .union_all(select(return_deliveries.c.return_id, return_deliveries.c.group_id, return_deliveries.c.total))
        .subquery("carried")
    )
    groups = (
        select(returns.c.order_id, carried.c.group_id, cast(func.sum(carried.c.total), BigInteger).label("exact"))
        .join_from(returns, carried, carried.c.return_id == returns.c.id)
        .where(returns.c.refund_amount.is_not(None))
        .group_by(returns.c.order_id, carried.c.group_id)
        .subquery("groups")
    )
    step = _orders.c.charge_step
    stepped = func.div(2 * groups.c.exact + step, 2 * step) * step
    owed = (
        select(groups.c.order_id, func.sum(stepped).label("amount"))
        .join_from(groups, _orders, _orders.c.id == groups.c.order_id)
        .group_by(groups.c.order_id)
        .subquery("owed")
    )
    asked = (
        select(returns.c.order_id, func.sum(returns.c.refund_amount).label("amount"))
        .where(returns.c.refund_amount.is_not(None))
        .group_by(returns.c.order_id)
        .subquery("asked")
    )
    return (
        select(asked.c.order_id, asked.c.amount.label("asked"), owed.c.amount.label("owed"))
        .outerjoin_from(asked, owed, owed.c.order_id == asked.c.order_id)
        .where(asked.c.amount != func.coalesce(owed.c.amount, 0))
    )


def _money() -> Select[Any]:
    """Returns for which other money goes back than was asked: more than their share, or not what their state says."""
    going = (
        select(func.coalesce(func.sum(_refunds.c.amount), 0))
        .where(_cause, _caused_by == cast(returns.c.id, Text), _refunds.c.state != "failed")
        .correlate(returns)
        .scalar_subquery()
    )
    gone = (
        select(func.coalesce(func.sum(_refunds.c.amount), 0))
        .where(_cause, _caused_by == cast(returns.c.id, Text), _refunds.c.state == "succeeded")
        .correlate(returns)
        .scalar_subquery()
    )
    return select(
        returns.c.id, returns.c.state, returns.c.refund_amount, going.label("going"), gone.label("gone")
    ).where(
        or_(
            going > func.coalesce(returns.c.refund_amount, 0),
            gone > func.coalesce(returns.c.refund_amount, 0),
        )
    )


def _told(units: ColumnElement[int]) -> Subquery:
    return (
        select(returns.c.id, _line.variant_id, returns.c.location_id, func.sum(units).label("units"))
        .join_from(return_lines, returns, returns.c.id == _line.return_id)
        .where(units > 0, _line.of_line_id.is_(None))
        .group_by(returns.c.id, _line.variant_id, returns.c.location_id)
        .subquery("told")
    )


def _moved(spot: str) -> Subquery:
    return (
        select(
            _movements.c.document_id,
            _movements.c.variant_id,
            _movements.c.location_id,
            func.sum(_movements.c.quantity).label("units"),
        )
        .where(_movements.c.kind == "returned", _movements.c.spot == spot)
        .group_by(_movements.c.document_id, _movements.c.variant_id, _movements.c.location_id)
        .subquery("moved")
    )


def _unequal(told: Subquery, moved: Subquery) -> Select[Any]:
    same = and_(
        told.c.id == moved.c.document_id,
        told.c.variant_id == moved.c.variant_id,
        told.c.location_id == moved.c.location_id,
    )
    return (
        select(
            func.coalesce(told.c.id, moved.c.document_id).label("return_id"),
            told.c.units.label("accepted"),
            moved.c.units.label("moved"),
        )
        .select_from(told.outerjoin(moved, same, full=True))
        .where(func.coalesce(told.c.units, 0) != func.coalesce(moved.c.units, 0))
    )


def _restocked() -> Select[Any]:
    """Places where a return put other units on the shelf than were accepted for it."""
    return _unequal(_told(_line.restocked), _moved("shelf"))


def _aside() -> Select[Any]:
    """Places where a return put other units into quarantine than were put aside; what moved nothing was looked at before quarantine was kept."""
    told, moved = _told(_line.quarantined), _moved("quarantine")
    return _unequal(told, moved).where(moved.c.units.is_not(None))


def _fees() -> Select[Any]:
    """Fees that came back in other numbers than the units that they come with."""
    goods, counts = (
        return_lines.alias("goods"),
        ("return_id", "quantity", "received", "restocked", "quarantined", "destroyed", "rejected"),
    )
    return (
        select(_line.id, goods.c.id.label("of"))
        .join_from(return_lines, goods, goods.c.id == _line.of_line_id)
        .where(tuple_(*(_line[name] for name in counts)).is_distinct_from(tuple_(*(goods.c[name] for name in counts))))
    )


def _effects() -> Select[Any]:
    """Refunds that name a return which is not there, or whose return never asked."""
    return (
        select(_refunds.c.id, _caused_by.label("return_id"))
        .outerjoin_from(_refunds, returns, cast(returns.c.id, Text) == _caused_by)
        .where(_cause, returns.c.refund_amount.is_(None))
    )


def _held() -> Select[Any]:
    """Cancelled orders for which money is still held, and nobody asked to let it go."""
    held = _parts.c.authorized - _parts.c.captured - _parts.c.voided
    return (
        select(_orders.c.id, _parts.c.id.label("part_id"), held.label("held"))
        .join_from(_orders, _payments, _payments.c.order_id == _orders.c.id)
        .join(_parts, _parts.c.payment_id == _payments.c.id)
        .where(_orders.c.state == "cancelled", held > 0, _parts.c.void_key.is_(None))
    )


CHECKS: list[Check] = [
    Check(code="G4", name="return_is_the_sum_of_its_parts", statement=Statement(_amounts())),
    Check(code="G4", name="refunds_of_returns_are_what_was_charged", statement=Statement(_refund_amounts())),
    Check(code="G1", name="no_return_gives_back_more_than_its_share", statement=Statement(_money())),
    Check(code="G7", name="returned_units_are_those_of_live_returns", statement=Statement(_shares())),
    Check(code="G7", name="fees_come_back_with_their_units", statement=Statement(_fees())),
    Check(code="G5", name="accepted_units_came_onto_the_shelf_once", statement=Statement(_restocked())),
    Check(code="G5", name="units_put_aside_came_into_quarantine_once", statement=Statement(_aside())),
    Check(code="G8", name="refunds_for_returns_were_asked_for", statement=Statement(_effects())),
    *move_checks(
        RETURN,
        returns,
        return_transitions,
        "return_id",
        legal="return_moves_are_legal",
        last="return_is_where_its_moves_led",
    ),
    Check(code="G11", name="cancelled_orders_hold_no_money", statement=Statement(_held())),
]
