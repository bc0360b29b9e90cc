"""What must hold of orders beyond what their constraints can say: each statement gives the rows that break it."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.orders.facts import OrderState
from commerce.orders.kit_audit import KITS
from commerce.orders.rules import ORDER
from commerce.orders.substitute_audit import SUBSTITUTES
from commerce.orders.tables import (
    order_groups,
    order_lines,
    order_transitions,
    orders,
    units_elsewhere,
)
from commerce.platform.audit import Check
from commerce.platform.moves import move_checks
from commerce.platform.statement import Statement

_reservations = table(
    "reservations",
    column("order_id"),
    column("variant_id"),
    column("location_id"),
    column("open"),
    column("owner_kind", String),
)


def _sums(source: FromClause, by: str, **parts: ColumnElement[Any]) -> Subquery:
    key = source.c[by]
    return (
        select(key, *(func.coalesce(func.sum(part), 0).label(name) for name, part in parts.items()))
        .group_by(key)
        .subquery()
    )


_of_lines = _sums(
    order_lines,
    "order_id",
    subtotal=order_lines.c.subtotal,
    discount=order_lines.c.discount,
    tax_added=case((order_lines.c.includes_tax, 0), else_=order_lines.c.tax),
    net=order_lines.c.net,
    tax=order_lines.c.tax,
)
_of_groups = _sums(
    order_groups,
    "order_id",
    delivery=order_groups.c.delivery_total,
    net=order_groups.c.delivery_net,
    tax=order_groups.c.delivery_tax,
    rounding=order_groups.c.rounding,
    total=order_groups.c.total,
)
_in_group = _sums(order_lines, "group_id", total=order_lines.c.total)


def _headers() -> Select[Any]:
    """Orders whose header is not the sum of their lines and groups, figure by figure."""
    header = orders.c
    return (
        select(header.id, header.number, header.total, _of_groups.c.total.label("groups"))
        .outerjoin_from(orders, _of_lines, _of_lines.c.order_id == header.id)
        .outerjoin(_of_groups, _of_groups.c.order_id == header.id)
        .where(
            tuple_(
                header.subtotal,
                header.discount_total,
                header.tax_added,
                header.delivery_total,
                header.net_total,
                header.tax_total,
                header.rounding,
                header.total,
            ).is_distinct_from(
                tuple_(
                    _of_lines.c.subtotal,
                    _of_lines.c.discount,
                    _of_lines.c.tax_added,
                    _of_groups.c.delivery,
                    _of_lines.c.net + _of_groups.c.net,
                    _of_lines.c.tax + _of_groups.c.tax,
                    _of_groups.c.rounding,
                    _of_groups.c.total,
                )
            )
        )
    )


def _discounts(id_: ColumnElement[Any], discounts: ColumnElement[Any], taken: ColumnElement[Any]) -> Select[Any]:
    """Rows whose discounts do not sum to what was taken off."""
    each = func.jsonb_array_elements(discounts).table_valued(column("value", JSONB), name="each")
    given = select(func.coalesce(func.sum(cast(each.c.value["amount"].astext, BigInteger)), 0)).select_from(each)
    granted = given.scalar_subquery()
    return select(id_, taken, granted.label("granted")).where(taken != granted)


def _fees() -> Select[Any]:
    """Fees that are not where their article is: other units of them were agreed, handed over, cancelled or returned, or of another order."""
    article, moved = (
        order_lines.alias("article"),
        ("order_id", "group_id", "quantity", "fulfilled", "cancelled", "returned"),
    )
    return (
        select(order_lines.c.id, article.c.id.label("of"), article.c.kind)
        .join_from(order_lines, article, article.c.id == order_lines.c.of_line_id)
        .where(
            or_(
                article.c.kind != "article",
                tuple_(*(order_lines.c[name] for name in moved)).is_distinct_from(
                    tuple_(*(article.c[name] for name in moved))
                ),
            )
        )
    )


def _promotions() -> Select[Any]:
    """Promotions of which an order says that they saved something else than its lines and deliveries were given by them."""
    told = func.jsonb_array_elements(orders.c.promotions).table_valued(column("value", JSONB), name="told")
    source = func.concat("promotion:", told.c.value["promotion_id"].astext)
    given = [
        _given_by(source, order_lines.c.discounts, order_lines.c.order_id),
        _given_by(source, order_groups.c.delivery_discounts, order_groups.c.order_id),
    ]
    saved = cast(told.c.value["saved"].astext, BigInteger)
    return (
        select(orders.c.id, source.label("source"), saved.label("saved"), (given[0] + given[1]).label("given"))
        .join_from(orders, told, true())
        .where(saved != given[0] + given[1])
    )


def _given_by(source: ColumnElement[Any], discounts: ColumnElement[Any], of: ColumnElement[Any]) -> ColumnElement[Any]:
    each = func.jsonb_array_elements(discounts).table_valued(column("value", JSONB), name="each")
    amount = cast(each.c.value["amount"].astext, BigInteger)
    return (
        select(func.coalesce(func.sum(amount), 0))
        .select_from(of.table)
        .join(each, true())
        .where(of == orders.c.id, each.c.value["source"].astext == source)
        .correlate_except(of.table, each)
        .scalar_subquery()
    )


def _states() -> Select[Any]:
    """Orders whose state contradicts their units."""
    line = order_lines.c
    units = _sums(
        order_lines,
        "order_id",
        open=line.quantity - line.fulfilled - line.cancelled,
        fulfilled=line.fulfilled,
        cancelled=line.cancelled,
    )
    fits = case(
        (orders.c.state == OrderState.PENDING_PAYMENT.value, and_(units.c.fulfilled == 0, units.c.cancelled == 0)),
        (orders.c.state == OrderState.PLACED.value, units.c.open > 0),
        (orders.c.state == OrderState.COMPLETED.value, and_(units.c.open == 0, units.c.fulfilled > 0)),
        else_=and_(units.c.open == 0, units.c.fulfilled == 0),
    )
    return (
        select(orders.c.id, orders.c.state, units.c.open, units.c.fulfilled, units.c.cancelled)
        .join_from(orders, units, units.c.order_id == orders.c.id)
        .where(not_(fits))
    )


def _owed() -> Subquery:
    """What placed orders are promised, by article and place: at their group's place, or where it is written down to be."""
    line, there = order_lines.c, units_elsewhere.c
    moved = (
        select(func.coalesce(func.sum(there.units), 0))
        .where(there.order_line_id == line.id)
        .correlate(order_lines)
        .scalar_subquery()
    )
    at_home = (
        select(
            line.order_id,
            line.variant_id,
            order_groups.c.location_id,
            (line.quantity - line.fulfilled - line.cancelled - moved).label("units"),
        )
        .join_from(order_lines, order_groups, order_groups.c.id == line.group_id)
        .where(line.of_line_id.is_(None), line.stocked)
    )
    away = (
        select(line.order_id, line.variant_id, there.location_id, there.units)
        .join_from(units_elsewhere, order_lines, line.id == there.order_line_id)
        .where(there.location_id.is_not(None))
    )
    every = at_home.union_all(away).subquery()
    place = (every.c.order_id, every.c.variant_id, every.c.location_id)
    return (
        select(*place, func.sum(every.c.units).label("units"))
        .join_from(every, orders, orders.c.id == every.c.order_id)
        .where(orders.c.state == OrderState.PLACED.value)
        .group_by(*place)
        .subquery()
    )


def _demand() -> Select[Any]:
    """Places where a placed order is promised other units than are reserved for it, and orders that reserve without being owed any.

    Units that no place has are reserved nowhere.
    """
    owed = _owed()
    kept = (
        select(
            _reservations.c.order_id,
            _reservations.c.variant_id,
            _reservations.c.location_id,
            func.sum(_reservations.c.open).label("units"),
        )
        .where(_reservations.c.order_id.is_not(None), _reservations.c.owner_kind == "order")
        .group_by(_reservations.c.order_id, _reservations.c.variant_id, _reservations.c.location_id)
        .subquery()
    )
    same = and_(
        owed.c.order_id == kept.c.order_id,
        owed.c.variant_id == kept.c.variant_id,
        owed.c.location_id == kept.c.location_id,
    )
    return (
        select(
            func.coalesce(owed.c.order_id, kept.c.order_id).label("order_id"),
            func.coalesce(owed.c.variant_id, kept.c.variant_id).label("variant_id"),
            func.coalesce(owed.c.location_id, kept.c.location_id).label("location_id"),
            owed.c.units.label("owed"),
            kept.c.units.label("reserved"),
        )
        .select_from(owed.outerjoin(kept, same, full=True))
        .where(func.coalesce(owed.c.units, 0) != func.coalesce(kept.c.units, 0))
    )


def _away() -> Select[Any]:
    """Lines of which more units are elsewhere than are open, fees that are said to be elsewhere, and places of another order's line."""
    line, there = order_lines.c, units_elsewhere.c
    open_ = line.quantity - line.fulfilled - line.cancelled
    return (
        select(line.id, open_.label("open"), func.sum(there.units).label("elsewhere"))
        .join_from(units_elsewhere, order_lines, line.id == there.order_line_id)
        .group_by(line.id)
        .having(
            or_(
                func.sum(there.units) > open_,
                line.of_line_id.is_not(None),
                func.bool_or(there.order_id != line.order_id),
            )
        )
    )


def _twice(one: ColumnElement[Any]) -> Select[Any]:
    return select(one, func.count().label("orders")).group_by(one).having(func.count() > 1)


def _incomplete() -> Select[Any]:
    """Orders and groups without lines, and lines whose group is another order's."""
    line, group = order_lines.c, order_groups.c
    no_lines = select(orders.c.id.label("id"), literal("order without lines").label("what")).where(
        ~select(line.id).where(line.order_id == orders.c.id).exists()
    )
    no_group_lines = select(group.id, literal("group without lines")).where(
        ~select(line.id).where(line.group_id == group.id).exists()
    )
    astray = (
        select(line.id, literal("line in another order's group"))
        .join_from(order_lines, order_groups, group.id == line.group_id)
        .where(line.order_id != group.order_id)
    )
    every = no_lines.union_all(no_group_lines, astray).subquery()
    return select(every)


def _returns() -> Select[Any]:
    """Lines whose returned units gave back something although none came, or not everything although all came."""
    line = order_lines.c
    return select(line.id, line.quantity, line.returned, line.returned_total, line.returned_tax).where(
        or_(
            and_(line.returned == 0, or_(line.returned_total != 0, line.returned_tax != 0)),
            and_(line.returned == line.quantity, or_(line.returned_total != line.total, line.returned_tax != line.tax)),
        )
    )


CHECKS: list[Check] = [
    Check(code="G2", name="order_header_is_the_sum_of_its_parts", statement=Statement(_headers())),
    Check(
        code="G2",
        name="order_group_is_the_sum_of_its_lines",
        statement=Statement(
            select(order_groups.c.id, order_groups.c.lines_total, _in_group.c.total)
            .outerjoin_from(order_groups, _in_group, _in_group.c.group_id == order_groups.c.id)
            .where(order_groups.c.lines_total.is_distinct_from(_in_group.c.total))
        ),
    ),
    Check(
        code="G2",
        name="order_line_is_units_times_price",
        statement=Statement(
            select(order_lines.c.id, order_lines.c.unit, order_lines.c.quantity, order_lines.c.subtotal).where(
                order_lines.c.subtotal != order_lines.c.unit * order_lines.c.quantity
            )
        ),
    ),
    Check(
        code="G3",
        name="line_discounts_sum_to_what_was_taken_off",
        statement=Statement(_discounts(order_lines.c.id, order_lines.c.discounts, order_lines.c.discount)),
    ),
    Check(
        code="G3",
        name="delivery_discounts_sum_to_what_was_taken_off",
        statement=Statement(
            _discounts(order_groups.c.id, order_groups.c.delivery_discounts, order_groups.c.delivery_discount)
        ),
    ),
    Check(code="G3", name="promotions_saved_what_the_order_was_given", statement=Statement(_promotions())),
    KITS,
    SUBSTITUTES,
    Check(code="G4", name="returned_units_give_back_their_share", statement=Statement(_returns())),
    Check(code="G7", name="order_state_fits_its_units", statement=Statement(_states())),
    Check(code="G7", name="fees_are_where_their_articles_are", statement=Statement(_fees())),
    Check(code="G7", name="placed_orders_have_reserved_what_they_are_owed", statement=Statement(_demand())),
    Check(code="G7", name="units_elsewhere_are_open", statement=Statement(_away())),
    Check(code="G8", name="one_order_for_a_cart", statement=Statement(_twice(orders.c.cart_id))),
    *move_checks(
        ORDER, orders, order_transitions, "order_id", legal="order_moves_are_legal", last="order_is_where_its_moves_led"
    ),
    Check(code="G11", name="orders_have_their_lines", statement=Statement(_incomplete())),
]
