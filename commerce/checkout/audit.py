"""What must hold between carts, orders and payments: each statement gives the rows that break it."""

from sqlalchemy import and_, column, func, or_, select, table, text

from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_carts = table("carts", column("id"), column("state"), column("order_id"))
_orders = table(
    "orders", column("id"), column("number"), column("cart_id"), column("state"), column("currency"), column("total")
)
_payments = table(
    "payments", column("id"), column("order_id"), column("state"), column("kind"), column("currency"), column("amount")
)
_parts = table(
    "payment_parts",
    column("payment_id"),
    column("group_id"),
    column("authorized"),
    column("captured"),
    column("voided"),
)
_bookings = table("promise_bookings", column("id"), column("owner_id"), column("expires_at"), column("ended_at"))
_groups = table("order_groups", column("id"), column("order_id"), column("total"))

_held = (
    select(
        _payments.c.order_id,
        func.sum(_parts.c.authorized - _parts.c.captured - _parts.c.voided).label("held"),
        func.sum(_parts.c.captured).label("captured"),
    )
    .join_from(_payments, _parts, _parts.c.payment_id == _payments.c.id)
    .group_by(_payments.c.order_id)
    .subquery()
)

CHECKS: list[Check] = [
    Check(
        code="G6",
        name="places_are_kept_by_orders_that_stand_for_good_and_by_none_that_ended",
        statement=Statement(
            select(_orders.c.id, _orders.c.number, _orders.c.state, _bookings.c.expires_at)
            .join_from(_orders, _bookings, _bookings.c.owner_id == _orders.c.id)
            .where(
                _bookings.c.ended_at.is_(None),
                or_(
                    _orders.c.state == "cancelled",
                    and_(_orders.c.state.in_(["placed", "completed"]), _bookings.c.expires_at.is_not(None)),
                ),
            )
        ),
    ),
    Check(
        code="G8",
        name="cart_and_order_name_each_other",
        statement=Statement(
            select(
                func.coalesce(_carts.c.id, _orders.c.cart_id).label("cart_id"),
                _carts.c.order_id,
                _orders.c.id.label("order"),
            )
            .select_from(_carts.outerjoin(_orders, _orders.c.cart_id == _carts.c.id))
            .where(
                or_(
                    and_(_carts.c.state == "ordered", _carts.c.order_id.is_distinct_from(_orders.c.id)),
                    and_(_carts.c.state != "ordered", _orders.c.id.is_not(None)),
                )
            )
        ),
    ),
    Check(
        code="G11",
        name="money_belongs_to_an_order",
        statement=Statement(
            select(_payments.c.id, _payments.c.order_id)
            .outerjoin_from(_payments, _orders, _orders.c.id == _payments.c.order_id)
            .where(_orders.c.id.is_(None))
        ),
    ),
    Check(
        code="G11",
        name="no_money_is_taken_for_an_order_that_never_stood",
        statement=Statement(
            select(_orders.c.id, _orders.c.number, _orders.c.state, _held.c.captured)
            .join_from(_orders, _held, _held.c.order_id == _orders.c.id)
            .where(_orders.c.state.in_(["pending_payment", "cancelled"]), _held.c.captured > 0)
        ),
    ),
    Check(
        code="G12",
        name="what_is_paid_is_what_was_ordered",
        statement=Statement(
            select(_orders.c.id, _orders.c.total, _payments.c.amount, _payments.c.currency)
            .join_from(_orders, _payments, _payments.c.order_id == _orders.c.id)
            .where(or_(_payments.c.amount != _orders.c.total, _payments.c.currency != _orders.c.currency))
        ),
    ),
    Check(
        code="G11",
        name="a_standing_order_has_its_payment",
        statement=Statement(
            select(_orders.c.id, _orders.c.number, _orders.c.state).where(
                _orders.c.state.in_(["placed", "completed"]),
                ~select(_payments.c.id)
                .where(_payments.c.order_id == _orders.c.id, _payments.c.state.in_(["authorized", "voided"]))
                .exists(),
            )
        ),
    ),
    Check(
        code="G7",
        name="who_waits_is_owed_what_they_wait_for",
        statement=Statement(
            text(
                """
                SELECT c.id, c.order_id, o.state, c.open, c.expires_at, coalesce(e.units, 0) AS unplaced
                FROM supply_claims c JOIN orders o ON o.id = c.order_id
                LEFT JOIN units_elsewhere e ON e.order_line_id = c.order_line_id AND e.location_id IS NULL
                WHERE c.open > 0 AND (
                    c.open > coalesce(e.units, 0)
                    OR o.state IN ('completed', 'cancelled')
                    OR (o.state = 'placed') <> (c.expires_at IS NULL)
                )
                """
            )
        ),
    ),
]
