"""An order keeps what was agreed, and every split of it sums exactly."""

import asyncio
from uuid import UUID

import msgspec
import pytest

from commerce import orders
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, NotFound, Refusal
from commerce.kernel.ids import OrderId, OrderLineId, new_id
from commerce.kernel.wire import Text3
from commerce.orders import OrderState, queries
from commerce.orders.on_wire import row_out
from commerce.platform.database import Database
from tests.given import orders as given
from tests.given.orders import Want


async def _tags(db: Database, order: orders.Order) -> list[str]:
    return [entry.type for entry in await queries.timeline(db.reading, order.id)]


async def test_an_order_is_read_as_it_was_opened(db: Database, clock: HeldClock) -> None:
    order = await given.opened(db, Want(quantity=3, unit=1999, delivery=495), Want(kind="ship", unit=500))
    assert await orders.order(db.reading, order.id) == order
    assert order.state is OrderState.PENDING_PAYMENT
    assert order.number.startswith("O-")
    assert len(order.number) == 12
    assert (order.subtotal, order.delivery_total, order.total) == (6497, 495, 6992)
    assert [group.total for group in order.groups] == [6492, 500]
    assert await _tags(db, order) == ["orders.opened.v1"]


async def test_placing_makes_it_stand_and_is_told_once(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db)
    assert order.state is OrderState.PLACED
    assert order.placed_at == clock.at
    assert order.version == 2
    assert await orders.order(db.reading, order.id) == order
    with pytest.raises(IllegalMove):
        await db.transact(orders.place, order.id)
    assert await _tags(db, order) == ["orders.opened.v1", "orders.placed.v1"]


async def test_a_cart_becomes_at_most_one_order(db: Database, clock: HeldClock) -> None:
    made = given.draft([Want()])
    rival = given.draft([Want()])
    first = await db.transact(orders.open_order, made, at=clock.at, by="test")
    same_cart = msgspec.structs.replace(rival, cart_id=made.cart_id)
    with pytest.raises(orders.CartAlreadyOrdered):
        await db.transact(orders.open_order, same_cart, at=clock.at, by="test")
    assert await orders.order(db.reading, made.id) == first
    with pytest.raises(NotFound):
        await orders.order(db.reading, rival.id)


async def test_an_order_paid_on_collection_is_placed_as_it_is_opened(db: Database, clock: HeldClock) -> None:
    made = given.draft([Want()], payment_kind="on_collection")
    order = await db.transact(orders.open_order, made, at=clock.at, by="test", placed=True)
    assert await orders.order(db.reading, order.id) == order
    assert (order.state, order.placed_at) == (OrderState.PLACED, clock.at)
    assert await _tags(db, order) == ["orders.placed.v1"]


async def test_parts_of_a_group_sum_to_what_was_agreed_whatever_the_split(db: Database, clock: HeldClock) -> None:
    for split in ([3], [1, 2], [2, 1], [1, 1, 1]):
        order = await given.placed(db, Want(quantity=3, unit=333, delivery=100))
        line = order.lines[0].id
        due = [(await db.transact(orders.fulfil, order.id, [(line, units)])).amount for units in split]
        assert sum(due) == order.total == 1099
        assert due[0] == 333 * split[0] + 100
        done = await orders.order(db.reading, order.id)
        assert (done.state, done.closed_at) == (OrderState.COMPLETED, clock.at)


async def test_cancelled_and_fulfilled_units_share_an_odd_total_exactly(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=4, unit=1001, delivery=495))
    line = order.lines[0].id
    gone = await db.transact(orders.cancel_units, order.id, [(line, 1)], "out_of_stock")
    due = await db.transact(orders.fulfil, order.id, [(line, 1)])
    gone_too = await db.transact(orders.cancel_units, order.id, [(line, 1)], "out_of_stock")
    rest = await db.transact(orders.fulfil, order.id, [(line, 1)])
    assert (gone.amount, due.amount, gone_too.amount, rest.amount) == (1001, 1496, 1001, 1001)
    assert gone + due + gone_too + rest == order.money(order.total)
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED


async def test_the_delivery_goes_with_the_last_unit_when_a_group_is_cancelled_unit_by_unit(
    db: Database, clock: HeldClock
) -> None:
    order = await given.placed(db, Want(quantity=2, unit=1000, delivery=495))
    line = order.lines[0].id
    assert (await db.transact(orders.cancel_units, order.id, [(line, 1)], "customer")).amount == 1000
    assert (await db.transact(orders.cancel_units, order.id, [(line, 1)], "customer")).amount == 1495
    gone = await orders.order(db.reading, order.id)
    assert (gone.state, gone.cancel_reason) == (OrderState.CANCELLED, "customer")


async def test_amounts_are_whole_steps_of_what_the_provider_charges(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=3, unit=4115), currency="KWD", charge_step=10)
    line = order.lines[0].id
    assert (order.groups[0].rounding, order.total) == (5, 12350)
    due = [(await db.transact(orders.fulfil, order.id, [(line, 1)])).amount for _ in range(3)]
    assert all(amount % 10 == 0 for amount in due)
    assert sum(due) == 12350
    back = [(await db.transact(orders.return_units, order.id, [(line, 1)])).amount for _ in range(3)]
    assert all(amount % 10 == 0 for amount in back)
    assert sum(back) == 12350


async def test_more_units_than_are_open_are_refused_and_change_nothing(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=2))
    line = order.lines[0].id
    with pytest.raises(orders.NotThatManyUnits) as refused:
        await db.transact(orders.fulfil, order.id, [(line, 1), (line, 2)])
    assert refused.value.facts["left"] == 2
    with pytest.raises(orders.UnknownOrderLine):
        await db.transact(orders.fulfil, order.id, [(OrderLineId(new_id()), 1)])
    with pytest.raises(orders.NotThatManyUnits):
        await db.transact(orders.return_units, order.id, [(line, 1)])
    assert await orders.order(db.reading, order.id) == order


async def test_units_handed_over_at_once_are_counted_one_by_one(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=3, unit=333), Want(quantity=3, unit=777, delivery=50))

    async def take(line: OrderLineId) -> int:
        try:
            return (await db.transact(orders.fulfil, order.id, [(line, 1)])).amount
        except Refusal:
            return 0

    amounts = await asyncio.gather(*(take(line.id) for line in order.lines for _ in range(6)))
    assert sum(amounts) == order.total
    assert len([amount for amount in amounts if amount]) == 6
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED


async def test_a_return_gives_back_the_goods_and_by_withdrawal_the_delivery(db: Database, clock: HeldClock) -> None:
    order = await given.fulfilled(db, Want(quantity=2, unit=1001, delivery=495))
    line = order.lines[0].id
    assert orders.entitlement(order, [(line, 2)]).amount.amount == 2002
    assert orders.entitlement(order, [(line, 1)], withdrawal=True).amount.amount == 1001
    assert (await db.transact(orders.return_units, order.id, [(line, 1)], withdrawal=True)).amount == 1001
    assert (await db.transact(orders.return_units, order.id, [(line, 1)], withdrawal=True)).amount == 1496
    back = await orders.order(db.reading, order.id)
    assert back.groups[0].delivery_returned
    assert (back.lines[0].returned_total, back.lines[0].returned_tax) == (back.lines[0].total, back.lines[0].tax)


async def test_two_returns_of_the_last_unit_at_once_give_it_back_once(db: Database, clock: HeldClock) -> None:
    order = await given.fulfilled(db, Want(quantity=1, unit=1999))

    async def back() -> int:
        try:
            return (await db.transact(orders.return_units, order.id, [(order.lines[0].id, 1)])).amount
        except orders.NotThatManyUnits:
            return 0

    assert sorted(await asyncio.gather(*(back() for _ in range(5)))) == [0, 0, 0, 0, 1999]


async def test_a_return_given_up_can_come_again_for_exactly_the_same(db: Database, clock: HeldClock) -> None:
    # 10.00 off three units: shares of 6.66, 6.67 and 6.67.
    order = await given.fulfilled(db, Want(quantity=3, unit=1000, discount=1000))
    line = order.lines[0]
    first = orders.entitlement(order, [(line.id, 1)])
    assert await db.transact(orders.return_units, order.id, [(line.id, 1)]) == first.amount == order.money(666)
    second = await db.transact(orders.return_units, order.id, [(line.id, 1)])
    assert await db.transact(orders.withdraw_return, order.id, first.lines) == first.amount
    third = await db.transact(orders.return_units, order.id, [(line.id, 2)])
    assert second + third == order.money(2000)


async def test_an_order_with_nothing_handed_over_is_cancelled_whole(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=2), Want(quantity=1))
    gone = await db.transact(orders.cancel, order.id, "customer", "shopper:test")
    assert gone == await orders.order(db.reading, order.id)
    assert (gone.state, gone.cancel_reason, gone.closed_at) == (OrderState.CANCELLED, "customer", clock.at)
    assert [line.cancelled for line in gone.lines] == [2, 1]
    with pytest.raises(IllegalMove):
        await db.transact(orders.cancel, order.id, "customer", "shopper:test")
    with pytest.raises(IllegalMove):
        await db.transact(orders.fulfil, order.id, [(order.lines[0].id, 1)])
    assert (await _tags(db, order))[-1] == "orders.cancelled.v1"


async def test_an_order_of_which_something_left_is_not_cancelled_whole(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=2))
    await db.transact(orders.fulfil, order.id, [(order.lines[0].id, 1)])
    with pytest.raises(orders.PartlyFulfilled):
        await db.transact(orders.cancel, order.id, "customer", "shopper:test")
    assert (await orders.order(db.reading, order.id)).lines[0].cancelled == 0


async def test_cancel_and_hand_over_at_once_end_in_one_of_the_two(db: Database, clock: HeldClock) -> None:
    for _ in range(5):
        order = await given.placed(db, Want(quantity=1))
        outcomes = await asyncio.gather(
            db.transact(orders.cancel, order.id, "customer", "shopper:test"),
            db.transact(orders.fulfil, order.id, [(order.lines[0].id, 1)]),
            return_exceptions=True,
        )
        assert len([each for each in outcomes if isinstance(each, Refusal)]) == 1
        after = await orders.order(db.reading, order.id)
        assert (after.lines[0].fulfilled, after.lines[0].cancelled) in {(1, 0), (0, 1)}


async def test_an_order_is_seen_by_its_shopper_and_by_the_stores_that_have_a_part_in_it(
    db: Database, clock: HeldClock
) -> None:
    shopper, here, there = new_id(), new_id(), new_id()
    order = await given.placed(db, Want(location_id=here), shopper_id=shopper)

    async def sees(sight: queries.Sight) -> bool:
        listed = await queries.listed(db.reading, sight, state=None, location_id=None, before=None, most=10)
        try:
            assert (await queries.seen(db.reading, sight, order.id)) == order
        except NotFound:
            assert not listed
            return False
        assert [row.id for row in listed] == [order.id]
        return True

    assert await sees(queries.Sight(shopper_id=shopper))
    assert await sees(queries.Sight(locations=(here, there)))
    assert await sees(queries.Sight(all_orders=True))
    assert not await sees(queries.Sight(shopper_id=new_id()))
    assert not await sees(queries.Sight(locations=(there,)))
    assert not await sees(queries.Sight())


async def test_a_walk_over_pages_gives_each_order_once_the_newest_first(db: Database, clock: HeldClock) -> None:
    made: list[UUID] = []
    for n in range(7):
        clock.move(seconds=n % 2)
        made.append((await given.opened(db)).id)
    seen: list[UUID] = []
    before = None
    while rows := await queries.listed(
        db.reading, queries.Sight(all_orders=True), state="pending_payment", location_id=None, before=before, most=3
    ):
        seen += [row.id for row in rows]
        before = (rows[-1].opened_at, rows[-1].id)
    assert sorted(seen) == sorted(made)
    assert len(seen) == 7


async def test_what_is_not_there_is_not_found(db: Database, clock: HeldClock) -> None:
    with pytest.raises(NotFound):
        await orders.order(db.reading, new_id())
    with pytest.raises(NotFound):
        await db.transact(orders.place, OrderId(new_id()))
    with pytest.raises(NotFound):
        await db.transact(orders.cancel, OrderId(new_id()), "customer", "test")


async def test_a_list_says_what_the_first_three_lines_of_articles_are(db: Database, clock: HeldClock) -> None:
    wants = (Want(quantity=2, fees=(given.fee(),)), Want(quantity=3), Want(quantity=1), Want(quantity=5))
    made = given.draft(wants)
    tea_set = orders.OrderKit(
        nth=1, variant_id=new_id(), product_id=new_id(), sku="SET", title=Text3(ca="Joc de te"), units=1
    )
    lines = list(made.lines)
    third = next(n for n, line in enumerate(lines) if line.quantity == 1 and line.of_line_id is None)
    lines[third] = msgspec.structs.replace(lines[third], kit=tea_set, image_url="https://shop.example/cup.jpg")
    made = msgspec.structs.replace(made, lines=tuple(lines))
    await db.transact(orders.open_order, made, at=clock.at, by="test")
    other = await given.placed(db, Want(quantity=7))
    rows = await queries.listed(
        db.reading, queries.Sight(all_orders=True), state=None, location_id=None, before=None, most=10
    )
    shown = {row.id: row_out(row, "ca") for row in rows}
    assert [
        (line.title, line.option_text, line.image_url, line.quantity, line.kit_title)
        for line in shown[made.id].first_lines
    ] == [
        ("Tassa", "Blue", None, 2, None),
        ("Tassa", "Blue", None, 3, None),
        ("Tassa", "Blue", "https://shop.example/cup.jpg", 1, "Joc de te"),
    ]
    assert shown[made.id].units == 11
    assert [(line.sku, line.quantity) for line in shown[other.id].first_lines] == [(other.lines[0].sku, 7)]
