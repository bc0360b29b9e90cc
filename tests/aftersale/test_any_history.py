"""Whatever is asked, declined, cancelled, partly accepted and refunded, in whatever order: units and money sum exactly (G4, G7)."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, given, settings, strategies as st
from msgspec.structs import replace

from commerce.aftersale import Inspected, rules
from commerce.aftersale.facts import Return, ReturnState as S
from commerce.kernel.ids import OrderId, OrderLineId, ReturnId, ReturnLineId, new_id
from commerce.kernel.money import chargeable
from commerce.kernel.wire import Text3
from commerce.orders import Order, OrderGroup, OrderLine, OrderState, entitlement, groups_touched
from commerce.orders.rules import due_of, return_withdrawn, returned
from commerce.price_engine import Allocation

AT = datetime(2026, 3, 10, tzinfo=UTC)
CUP = Text3(en="Cup")


def line_of(data: st.DataObject, group_id: UUID, position: int) -> OrderLine:
    """A line that was handed over, with any price, tax and discount."""
    quantity = data.draw(st.integers(1, 5))
    total = data.draw(st.integers(0, 2_000))
    tax = data.draw(st.integers(0, total))
    discount = data.draw(st.integers(0, 500))
    return OrderLine(
        id=OrderLineId(new_id()),
        group_id=group_id,
        position=position,
        variant_id=new_id(),
        product_id=new_id(),
        sku=f"SKU-{position}",
        title=CUP,
        option_text="",
        image_url=None,
        quantity=quantity,
        unit=0,
        compare_at=None,
        includes_tax=True,
        subtotal=total + discount,
        discounts=(Allocation("promotion:x", discount),) if discount else (),
        discount=discount,
        net=total - tax,
        tax=tax,
        total=total,
        tax_category="standard",
        tax_country="ES",
        tax_rate=Decimal("0.21"),
        fulfilled=quantity,
    )


def with_fee(data: st.DataObject, line: OrderLine) -> list[OrderLine]:
    """A line as it is, or as a gift, or with a fee behind it."""
    what = data.draw(st.sampled_from(["article", "article", "gift", "fee"]))
    if what == "gift":
        return [replace(line, kind="gift", total=0, tax=0, net=0)]
    if what == "article":
        return [line]
    total = data.draw(st.integers(0, 300))
    tax = data.draw(st.integers(0, total))
    own = replace(line, id=OrderLineId(new_id()), kind="eco_fee", of_line_id=line.id, discounts=(), discount=0)
    return [line, replace(own, position=line.position + 50, subtotal=total, total=total, tax=tax, net=total - tax)]


def group_of(group_id: UUID, position: int, lines: list[OrderLine], delivery: int, step: int) -> OrderGroup:
    """A group of lines that were sent, charged in the provider's steps."""
    exact = sum(line.total for line in lines) + delivery
    return OrderGroup(
        id=group_id,
        position=position,
        kind="ship",
        location_id=new_id(),
        location_name="Warehouse",
        method_id=None,
        method_code="parcel",
        method_name=CUP,
        ready_by=None,
        delivery_amount=delivery,
        delivery_includes_tax=True,
        delivery_net=delivery,
        delivery_tax=0,
        delivery_total=delivery,
        delivery_tax_category=None,
        delivery_tax_country=None,
        delivery_tax_rate=None,
        lines_total=exact - delivery,
        rounding=chargeable(exact, step) - exact,
        total=chargeable(exact, step),
    )


def order_of(data: st.DataObject) -> Order:
    """An order of one or two groups with delivery charges, fees and gifts, all of it with the customer."""
    step = data.draw(st.sampled_from([1, 1, 10, 100]))
    groups: list[OrderGroup] = []
    lines: list[OrderLine] = []
    for position in range(data.draw(st.integers(1, 2))):
        group_id = new_id()
        own = [
            each
            for n in range(data.draw(st.integers(1, 3)))
            for each in with_fee(data, line_of(data, group_id, len(lines) + n))
        ]
        delivery = data.draw(st.sampled_from([0, 495]))
        lines += own
        groups.append(group_of(group_id, position, own, delivery, step))
    return Order(
        id=OrderId(new_id()),
        number="O-1",
        cart_id=new_id(),
        channel_id=new_id(),
        shopper_id=None,
        language="en",
        currency="EUR",
        state=OrderState.COMPLETED,
        payment_kind="card",
        subtotal=0,
        discount_total=0,
        tax_added=0,
        delivery_total=0,
        net_total=0,
        tax_total=0,
        rounding=0,
        total=sum(group.total for group in groups),
        charge_step=step,
        hold_id=new_id(),
        hold_until=AT,
        opened_at=AT,
        groups=tuple(groups),
        lines=tuple(lines),
        email="shopper@example.com",
        contact_name="Shopper",
        contact_phone=None,
    )


class History:
    """An order and its returns, moved by the same rules as the verbs, without a database."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.returns: dict[UUID, Return] = {}

    def ask(self, units: dict[OrderLineId, int], *, withdrawal: bool) -> Return:
        """Locks what units entitle to; a delivery that another return gives back is not given twice."""
        wanted = list(units.items())
        told = entitlement(self.order, wanted, withdrawal=withdrawal)
        self.order = returned(self.order, wanted, withdrawal=withdrawal).order
        taken = {each.group_id for one in self.returns.values() for each in one.deliveries}
        lines = rules.lines_of(self.order, told.lines)
        deliveries = rules.deliveries_of(self.order, [each for each in told.deliveries if each not in taken])
        made = Return(
            id=ReturnId(new_id()),
            number="R-1",
            order_id=self.order.id,
            order_number=self.order.number,
            shopper_id=None,
            kind="withdrawal" if withdrawal else "return",
            state=S.RECEIVED,
            reason=None,
            currency="EUR",
            amount=rules.summed(lines, deliveries),
            requested_at=AT,
            lines=lines,
            deliveries=deliveries,
        )
        self.returns[made.id] = made
        return made

    def give_up(self, one: Return, state: S, *, accepted: dict[ReturnLineId, int] | None = None) -> None:
        """Ends a return without goods, or inspects it and accepts so many units of each line."""
        if accepted is None:
            lines, shares = rules.given_up(one)
        else:
            here = replace(one, lines=rules.received(one, None))
            lines, shares = rules.inspected(
                here,
                [
                    Inspected(line.id, restock=accepted[line.id], reject=line.quantity - accepted[line.id])
                    for line in one.lines
                    if not line.is_fee
                ],
            )
        if shares:
            self.order = return_withdrawn(self.order, shares).order
        touched = groups_touched(
            self.order,
            {line.order_line_id for line in lines if line.accepted < line.quantity or accepted is None},
        )
        self.returns[one.id] = replace(one, state=state, lines=lines)
        for other in list(self.returns.values()):
            if other.refund_amount is None:
                left = tuple(each for each in other.deliveries if each.group_id not in touched)
                self.returns[other.id] = replace(other, deliveries=left, amount=rules.summed(other.lines, left))

    def refund(self, one: Return) -> None:
        """Gives the money back, in the provider's steps."""
        before: dict[UUID, int] = {}
        for other in self.returns.values():
            if other.refund_amount is not None:
                parts = [(line.group_id, line.total) for line in other.lines]
                parts += [(each.group_id, each.total) for each in other.deliveries]
                for group_id, total in parts:
                    before[group_id] = before.get(group_id, 0) + total
        due = rules.refund_due(one, self.order.charge_step, before)
        self.returns[one.id] = replace(one, state=S.REFUNDED, refund_amount=due, refunded=due)

    def check(self) -> None:
        """Units and shares of the order are those of its returns; nothing negative, nothing above what was charged."""
        for line in self.order.lines:
            own = [each for one in self.returns.values() for each in one.lines if each.order_line_id == line.id]
            assert line.of_line_id is None or line.returned == self.returned_of(line.of_line_id)
            assert sum(each.total for each in own) == line.returned_total <= line.total
            assert sum(each.tax for each in own) == line.returned_tax <= line.tax
            assert all(each.total >= 0 and each.tax >= 0 for each in own)
        for one in self.returns.values():
            assert one.amount == rules.summed(one.lines, one.deliveries) >= 0
            assert one.refund_amount is None or one.refund_amount >= 0
            assert one.refund_amount is None or one.refund_amount % self.order.charge_step == 0
        assert self.refunded <= sum(due_of(self.order, group) for group in self.order.groups)

    def returned_of(self, line_id: OrderLineId) -> int:
        """How many units of a line are with the shop again."""
        return next(line.returned for line in self.order.lines if line.id == line_id)

    @property
    def refunded(self) -> int:
        """What went back so far."""
        return sum(one.refund_amount or 0 for one in self.returns.values())


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_history_of_returns_sums_to_what_was_charged(data: st.DataObject) -> None:
    history = History(order_of(data))
    whole = sum(group.total for group in history.order.groups)
    deliveries = sum(group.delivery_total for group in history.order.groups)
    for _ in range(data.draw(st.integers(0, 8))):
        units = {
            line.id: more
            for line in history.order.goods
            if (more := data.draw(st.integers(0, line.fulfilled - line.returned)))
        }
        if units:
            history.ask(units, withdrawal=data.draw(st.booleans()))
        open_ones = [one for one in history.returns.values() if one.state is S.RECEIVED]
        if open_ones:
            one = data.draw(st.sampled_from(open_ones))
            match data.draw(st.sampled_from(["wait", "give up", "inspect"])):
                case "give up":
                    history.give_up(one, S.CANCELLED)
                case "inspect":
                    accepted = {line.id: data.draw(st.integers(0, line.quantity)) for line in one.lines}
                    history.give_up(one, S.INSPECTED, accepted=accepted)
                    history.refund(history.returns[one.id])
                case _:
                    pass
        history.check()
    for one in [each for each in history.returns.values() if each.state is S.RECEIVED]:
        history.give_up(one, S.INSPECTED, accepted={line.id: line.quantity for line in one.lines})
        history.refund(history.returns[one.id])
    rest = {line.id: line.fulfilled - line.returned for line in history.order.goods if line.fulfilled > line.returned}
    if rest:
        last = history.ask(rest, withdrawal=True)
        history.give_up(last, S.INSPECTED, accepted={line.id: line.quantity for line in last.lines})
        history.refund(history.returns[last.id])
    history.check()
    assert all(line.returned_total == line.total and line.returned_tax == line.tax for line in history.order.lines)
    given_back = sum(each.total for one in history.returns.values() for each in one.deliveries)
    assert given_back <= deliveries
    if given_back == deliveries:
        assert history.refunded == whole
