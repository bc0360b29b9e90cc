"""Whatever is done to an order's units, in whatever parts and order, the amounts sum to what was agreed."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from commerce.kernel.clock import now
from commerce.kernel.errors import Bug
from commerce.kernel.ids import new_id
from commerce.orders import Order, OrderDraft, OrderLine, OrderState, UnknownOrderLine, rules
from commerce.orders.facts import LineShare
from commerce.price_engine import units_share
from tests.given import orders as given_orders
from tests.given.orders import Want

FEES = (given_orders.fee("deposit", 25, kind="deposit"), given_orders.fee("raee", 7))
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
        fees=st.sampled_from([(), (), FEES[:1], FEES]),
        gift=st.sampled_from([False, False, False, True]),
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


def _assert_fees_follow(order: Order) -> None:
    goods = {line.id: line for line in order.goods}
    for line in order.lines:
        if line.of_line_id is not None:
            article = goods[line.of_line_id]
            assert (line.fulfilled, line.cancelled, line.returned) == (
                article.fulfilled,
                article.cancelled,
                article.returned,
            )


@settings(max_examples=150, deadline=None)
@given(wants=WANTS, step=st.sampled_from([1, 10]), data=st.data())
def test_what_is_due_and_what_is_given_up_sum_to_the_total(wants: list[Want], step: int, data: st.DataObject) -> None:
    order = _placed(wants, step)
    due = given_up = 0
    while waiting := [line for line in order.goods if line.open]:
        line = data.draw(st.sampled_from(waiting))
        act = data.draw(st.sampled_from([rules.fulfilled, rules.units_cancelled]))
        change = act(order, _some(data, line, line.open))
        assert change.amount >= 0
        assert change.amount % step == 0
        due += change.amount if act is rules.fulfilled else 0
        given_up += change.amount if act is rules.units_cancelled else 0
        order = change.order
        assert rules.due(order) == due
        _assert_fees_follow(order)
    assert due + given_up == order.total
    handed = any(line.fulfilled for line in order.lines)
    assert order.state is (OrderState.COMPLETED if handed else OrderState.CANCELLED)


@settings(max_examples=150, deadline=None)
@given(wants=WANTS, step=st.sampled_from([1, 10]), data=st.data())
def test_returns_of_everything_give_back_exactly_what_was_due(
    wants: list[Want], step: int, data: st.DataObject
) -> None:
    order = _placed(wants, step)
    for line in order.goods:
        if units := data.draw(st.integers(0, line.quantity)):
            order = rules.fulfilled(order, [(line.id, units)]).order
    order = rules.units_cancelled(order, [(line.id, line.open) for line in order.goods if line.open]).order
    due, back = rules.due(order), 0
    withdrawn: list[tuple[LineShare, ...]] = []
    while waiting := [line for line in order.goods if line.fulfilled > line.returned]:
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
        _assert_fees_follow(order)
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


def test_a_fee_goes_with_its_article_and_is_charged_and_given_back_with_it() -> None:
    order = _placed([Want(quantity=3, unit=1000, discount=100, fees=FEES)], 1)
    article, deposit, eco_fee = order.lines
    assert (deposit.kind, eco_fee.kind, deposit.of_line_id) == ("deposit", "eco_fee", article.id)
    assert (article.total, deposit.total, eco_fee.total, order.total) == (2900, 75, 21, 2996)
    handed = rules.fulfilled(order, [(article.id, 2)])
    assert (handed.amount, [line.fulfilled for line in handed.order.lines]) == (1933 + 50 + 14, [2, 2, 2])
    given_up = rules.units_cancelled(handed.order, [(article.id, 1)])
    assert (given_up.amount, [line.cancelled for line in given_up.order.lines]) == (2996 - handed.amount, [1, 1, 1])
    back = rules.entitlement(given_up.order, [(article.id, 1)])
    assert [(share.line_id, share.total) for share in back.lines] == [
        (article.id, 966),
        (deposit.id, 25),
        (eco_fee.id, 7),
    ]
    assert back.amount.amount == 998


def test_a_fee_is_named_by_nobody() -> None:
    order = _placed([Want(fees=FEES[:1])], 1)
    article, fee = order.lines
    with pytest.raises(UnknownOrderLine):
        rules.fulfilled(order, [(fee.id, 1)])
    with pytest.raises(UnknownOrderLine):
        rules.fulfilled(order, [(article.id, 1), (fee.id, 1)])
    done = rules.fulfilled(order, [(article.id, 1)]).order
    shares = rules.entitlement(done, [(article.id, 1)]).lines
    back = rules.returned(done, [(article.id, 1)], withdrawal=False).order
    with pytest.raises(Bug):
        rules.return_withdrawn(back, shares[:1])
    assert rules.return_withdrawn(back, shares).order == done


def test_a_gift_is_kept_when_what_it_came_with_goes_back_and_the_delivery_comes_back_all_the_same() -> None:
    order = _placed(
        [
            Want(unit=2000, kind="ship", location_id=PLACES[0], delivery=495),
            Want(unit=500, kind="ship", location_id=PLACES[0], gift=True),
        ],
        1,
    )
    article, gift = order.lines
    assert (gift.kind, gift.total, order.total) == ("gift", 0, 2495)
    done = rules.fulfilled(order, [(article.id, 1), (gift.id, 1)]).order
    back = rules.entitlement(done, [(article.id, 1)], withdrawal=True)
    assert (back.amount.amount, back.deliveries) == (2495, (order.groups[0].id,))
    assert rules.entitlement(done, [(gift.id, 1)]).amount.amount == 0
