"""Whatever is done to an order's units, in whatever parts and order, the amounts sum to what was agreed."""

from typing import Any

import msgspec
from hypothesis import given, settings, strategies as st

from commerce.kernel.clock import now
from commerce.kernel.ids import new_id
from commerce.orders import Order, OrderDraft, OrderLine, OrderState, rules
from commerce.orders.facts import LineShare
from commerce.price_engine import units_share
from tests.given import orders as given_orders
from tests.given.orders import Want

PLACES = [new_id() for _ in range(2)]
WANTS = st.lists(
    st.builds(
        Want,
        quantity=st.integers(1, 5),
        unit=st.integers(0, 4_999),
        kind=st.sampled_from(["pickup", "ship"]),
        location_id=st.sampled_from(PLACES),
        delivery=st.sampled_from([0, 1, 495]),
        discount=st.sampled_from([0, 1, 100, 9_999]),
    ),
    min_size=1,
    max_size=4,
)


def _placed(wants: list[Want], step: int) -> Order:
    draft = given_orders.draft(wants, currency="KWD" if step > 1 else "EUR", charge_step=step)
    fields = {name: getattr(draft, name) for name in OrderDraft.__struct_fields__}
    return Order(**fields, number="O-2345678", state=OrderState.PLACED, opened_at=now(), placed_at=now())


def _some(data: st.DataObject, line: OrderLine, left: int) -> list[tuple[Any, int]]:
    return [(line.id, data.draw(st.integers(1, left)))]


@settings(max_examples=150, deadline=None)
@given(wants=WANTS, step=st.sampled_from([1, 10]), data=st.data())
def test_what_is_due_and_what_is_given_up_sum_to_the_total(wants: list[Want], step: int, data: st.DataObject) -> None:
    order = _placed(wants, step)
    due = given_up = 0
    while waiting := [line for line in order.lines if line.open]:
        line = data.draw(st.sampled_from(waiting))
        act = data.draw(st.sampled_from([rules.fulfilled, rules.units_cancelled]))
        change = act(order, _some(data, line, line.open))
        assert change.amount >= 0
        assert change.amount % step == 0
        due += change.amount if act is rules.fulfilled else 0
        given_up += change.amount if act is rules.units_cancelled else 0
        order = change.order
        assert rules.due(order) == due
    assert due + given_up == order.total
    handed = any(line.fulfilled for line in order.lines)
    assert order.state is (OrderState.COMPLETED if handed else OrderState.CANCELLED)


@settings(max_examples=150, deadline=None)
@given(wants=WANTS, step=st.sampled_from([1, 10]), data=st.data())
def test_returns_of_everything_give_back_exactly_what_was_due(
    wants: list[Want], step: int, data: st.DataObject
) -> None:
    order = _placed(wants, step)
    for line in order.lines:
        if units := data.draw(st.integers(0, line.quantity)):
            order = rules.fulfilled(order, [(line.id, units)]).order
    order = rules.units_cancelled(order, [(line.id, line.open) for line in order.lines if line.open]).order
    due, back = rules.due(order), 0
    withdrawn: list[tuple[LineShare, ...]] = []
    while waiting := [line for line in order.lines if line.fulfilled > line.returned]:
        line = data.draw(st.sampled_from(waiting))
        wanted = _some(data, line, line.fulfilled - line.returned)
        told = rules.entitlement(order, wanted, withdrawal=True)
        change = rules.returned(order, wanted, withdrawal=True)
        assert told.amount.amount == change.amount >= 0
        if len(withdrawn) < 3 and data.draw(st.booleans()):
            withdrawn.append(told.lines)
            undone = rules.return_withdrawn(change.order, told.lines)
            assert (undone.amount, undone.order) == (change.amount, order)
            continue
        back += change.amount
        order = change.order
        assert rules.given_back(order) == back <= due
    assert back == due
    for line in order.lines:
        kept = units_share(line.sold, 0, line.fulfilled)
        assert (line.returned_total, line.returned_tax) == (kept.total, kept.tax)


@settings(max_examples=150, deadline=None)
@given(quantity=st.integers(2, 6), unit=st.integers(0, 999), discount=st.integers(0, 3_000), data=st.data())
def test_a_return_given_up_late_leaves_no_cent_stuck(
    quantity: int, unit: int, discount: int, data: st.DataObject
) -> None:
    order = _placed([Want(quantity=quantity, unit=unit, discount=discount)], 1)
    [line] = order.lines
    order = rules.fulfilled(order, [(line.id, quantity)]).order
    open_returns: list[LineShare] = []
    back = 0
    for _ in range(data.draw(st.integers(1, 12))):
        left = quantity - order.lines[0].returned
        if open_returns and (not left or data.draw(st.booleans())):
            share = open_returns.pop(data.draw(st.integers(0, len(open_returns) - 1)))
            change = rules.return_withdrawn(order, [share])
            back -= change.amount
        elif left:
            units = data.draw(st.integers(1, left))
            [share] = rules.entitlement(order, [(line.id, units)]).lines
            change = rules.returned(order, [(line.id, units)], withdrawal=False)
            assert change.amount >= 0
            open_returns.append(share)
            back += change.amount
        else:
            break
        order = change.order
        assert 0 <= back <= order.total
    if left := quantity - order.lines[0].returned:
        back += rules.returned(order, [(line.id, left)], withdrawal=False).amount
    assert back == order.total


def test_an_order_says_of_itself_only_what_is_not_personal() -> None:
    facts = msgspec.to_builtins(_placed([Want()], 1).facts())
    assert not {"email", "contact_name", "contact_phone", "billing_address", "shipping_address"} & facts.keys()
