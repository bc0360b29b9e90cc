"""What must hold of money, as statements that give the rows where it does not."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Interval,
    Select,
    Uuid,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    table,
)

from commerce.payments.facts import CaptureState, EntryKind, PartState, PaymentState, RefundState
from commerce.payments.states import LIVE, OPEN_PARTS
from commerce.payments.tables import money_entries, payment_captures, payment_parts, payments, refunds
from commerce.platform.audit import Check
from commerce.platform.events import events
from commerce.platform.statement import Statement

RECOVERED_WITHIN = timedelta(hours=25)
"""Keys are repeated for 23 hours, after that one looks; what is still open later than this is resolved by nobody."""
ORDERED_WITHIN = timedelta(hours=1)

_part, _entry, _capture, _refund = payment_parts.c, money_entries.c, payment_captures.c, refunds.c
_orders = table("orders", column("id", Uuid), column("state"))
_latest = select(func.max(events.c.occurred_at)).scalar_subquery()
"""What counts as now: the latest fact that the database holds, so that the proof does not depend on when it is made."""


def _before(within: timedelta) -> ColumnElement[Any]:
    return _latest - literal(within, Interval)


def _booked(*kinds: EntryKind) -> ColumnElement[Any]:
    """What the ledger says of a part; the second kind takes away."""
    signed = case((_entry.kind == kinds[0].value, _entry.amount), else_=-_entry.amount)
    return (
        select(func.coalesce(func.sum(signed), 0))
        .where(_entry.part_id == _part.id, _entry.kind.in_([kind.value for kind in kinds]))
        .correlate(payment_parts)
        .scalar_subquery()
    )


def _captures(*states: CaptureState) -> ColumnElement[Any]:
    return (
        select(func.coalesce(func.sum(_capture.amount), 0))
        .where(_capture.part_id == _part.id, _capture.state.in_([state.value for state in states]))
        .correlate(payment_parts)
        .scalar_subquery()
    )


def _refunds(*states: RefundState) -> ColumnElement[Any]:
    return (
        select(func.coalesce(func.sum(_refund.amount), 0))
        .where(_refund.part_id == _part.id, _refund.state.in_([state.value for state in states]))
        .correlate(payment_parts)
        .scalar_subquery()
    )


def _parts(*where: ColumnElement[bool]) -> Select[Any]:
    return select(
        _part.id.label("part_id"),
        _part.payment_id,
        _part.state,
        _part.amount,
        _part.authorized,
        _part.captured,
        _part.voided,
        _part.refunding,
        _part.refunded,
    ).where(or_(*where))


_refund_entries = (
    select(
        func.coalesce(func.sum(case((_entry.kind == EntryKind.REFUNDED.value, _entry.amount), else_=-_entry.amount)), 0)
    )
    .where(_entry.refund_id == _refund.id)
    .correlate(refunds)
    .scalar_subquery()
)
_given_back = _refund.state.in_([RefundState.PENDING.value, RefundState.SUCCEEDED.value])
_held = _part.authorized - _part.captured - _part.voided
_open_part = _part.state.in_([state.value for state in OPEN_PARTS])
_live = payments.c.state.in_([state.value for state in LIVE])
_net = func.sum(_part.captured - _part.refunded - _part.refunding)
_asked = (
    select(func.coalesce(func.sum(_part.amount), 0))
    .where(_part.payment_id == payments.c.id, _part.after_part.is_(None))
    .correlate(payments)
    .scalar_subquery()
)
_last_capture = (
    select(func.max(_entry.at))
    .where(_entry.order_id == payments.c.order_id, _entry.kind == EntryKind.CAPTURED.value)
    .correlate(payments)
    .scalar_subquery()
)

CHECKS: list[Check] = [
    Check(
        code="G1",
        name="payment_balances_are_the_fold_of_the_ledger",
        statement=Statement(
            _parts(
                _part.authorized != _booked(EntryKind.AUTHORIZED),
                _part.captured != _booked(EntryKind.CAPTURED),
                _part.voided != _booked(EntryKind.VOIDED),
                _part.refunded != _booked(EntryKind.REFUNDED, EntryKind.REFUND_FAILED),
            )
        ),
    ),
    Check(
        code="G1",
        name="refunds_within_captures_within_authorized",
        statement=Statement(
            _parts(
                _part.refunding < 0,
                _part.refunded < 0,
                _part.refunded > _part.captured,
                _part.captured + _part.voided > _part.authorized,
                _part.authorized.not_in([0, _part.amount]),
            )
        ),
    ),
    Check(
        code="G1",
        name="captures_and_refunds_sum_to_their_part",
        statement=Statement(
            _parts(
                _part.captured != _captures(CaptureState.CAPTURED),
                _part.refunding != _refunds(RefundState.INTENDED),
                _part.refunded != _refunds(RefundState.PENDING, RefundState.SUCCEEDED),
            )
        ),
    ),
    Check(
        code="G2",
        name="payment_is_the_sum_of_its_parts",
        statement=Statement(
            select(payments.c.id.label("payment_id"), payments.c.amount, _asked.label("parts")).where(
                payments.c.amount != _asked
            )
        ),
    ),
    Check(
        code="G4",
        name="each_refund_is_booked_for_exactly_its_amount",
        statement=Statement(
            select(
                _refund.id.label("refund_id"),
                _refund.payment_id,
                _refund.state,
                _refund.amount,
                _refund_entries.label("booked"),
            ).where(_refund_entries != case((_given_back, _refund.amount), else_=0))
        ),
    ),
    Check(
        code="G8",
        name="each_capture_and_refund_is_booked_once",
        statement=Statement(
            select(_entry.kind, _entry.part_id, _entry.capture_id, _entry.refund_id, func.count().label("entries"))
            .where(_entry.kind != EntryKind.VOIDED.value)
            .group_by(_entry.kind, _entry.part_id, _entry.capture_id, _entry.refund_id)
            .having(func.count() > 1)
        ),
    ),
    Check(
        code="G8",
        name="one_live_payment_for_an_order",
        statement=Statement(
            select(payments.c.order_id, func.count().label("payments"))
            .where(_live)
            .group_by(payments.c.order_id)
            .having(func.count() > 1)
        ),
    ),
    Check(
        code="G10",
        name="part_states_fit_their_money",
        statement=Statement(
            _parts(
                and_(_open_part, _part.authorized != 0),
                and_(_part.state == PartState.AUTHORIZED.value, or_(_part.authorized != _part.amount, _held == 0)),
                and_(_part.state == PartState.CAPTURED.value, or_(_part.captured == 0, _held != 0)),
            )
        ),
    ),
    Check(
        code="G10",
        name="authorized_payments_have_no_lost_part",
        statement=Statement(
            select(payments.c.id.label("payment_id"), payments.c.order_id, _part.state)
            .join_from(payments, payment_parts, _part.payment_id == payments.c.id)
            .where(
                payments.c.state == PaymentState.AUTHORIZED.value,
                _part.after_part.is_(None),
                _part.state.not_in([PartState.AUTHORIZED.value, PartState.CAPTURED.value, PartState.VOIDED.value]),
            )
        ),
    ),
    Check(
        code="G11",
        name="captured_money_has_an_order_or_goes_back",
        statement=Statement(
            select(payments.c.order_id, _net.label("kept"))
            .join_from(payments, payment_parts, _part.payment_id == payments.c.id)
            .where(
                not_(
                    exists(
                        select(_orders.c.id).where(_orders.c.id == payments.c.order_id, _orders.c.state != "cancelled")
                    )
                ),
                _last_capture < _before(ORDERED_WITHIN),
            )
            .group_by(payments.c.order_id)
            .having(_net > 0)
        ),
    ),
    Check(
        code="G11",
        name="nothing_asked_of_the_provider_stays_open",
        statement=Statement(
            select(literal("part").label("kind"), _part.id, _part.payment_id, _part.sent_at)
            .where(
                _part.state.in_([PartState.INTENDED.value, PartState.UNKNOWN.value]),
                _part.sent_at < _before(RECOVERED_WITHIN),
            )
            .union_all(
                select(literal("void"), _part.id, _part.payment_id, _part.sent_at).where(
                    _part.void_key.is_not(None),
                    _part.due_at < _before(RECOVERED_WITHIN),
                ),
                select(literal("capture"), _capture.id, _capture.payment_id, _capture.created_at).where(
                    _capture.state == CaptureState.INTENDED.value,
                    _capture.created_at < _before(RECOVERED_WITHIN),
                ),
                select(literal("refund"), _refund.id, _refund.payment_id, _refund.created_at).where(
                    _refund.state == RefundState.INTENDED.value,
                    _refund.created_at < _before(RECOVERED_WITHIN),
                ),
            )
        ),
    ),
    Check(
        code="G11",
        name="nothing_is_held_for_a_lost_payment",
        statement=Statement(
            select(payments.c.id.label("payment_id"), payments.c.state, _part.id.label("part_id"), _held.label("held"))
            .join_from(payments, payment_parts, _part.payment_id == payments.c.id)
            .where(not_(_live), _held > 0, _part.due_at.is_(None))
        ),
    ),
]
