"""Open units are promised somewhere: at their group's place, at another one, or at none while they wait."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from commerce import orders
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, NotFound, Refusal
from commerce.kernel.ids import new_id
from commerce.orders import UNPLACED, Order, OrderState, queries
from commerce.orders.audit import CHECKS
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from tests.given import orders as given
from tests.given.orders import Want

RESERVED = "placed_orders_have_reserved_what_they_are_owed"


async def where(db: Database, order: Order) -> dict[str, int]:
    """Gives how many units of the order's first line are at home, at each other place, and nowhere."""
    now = await orders.order(db.reading, order.id)
    line = now.lines[0]
    found = {"home": now.units_at(line, None), "nowhere": now.units_at(line, UNPLACED)}
    return found | {str(place): now.units_at(line, place) for place in now.places - {now.groups[0].location_id}}


async def test_displaced_units_are_open_and_no_place_has_them_until_one_takes_them(
    db: Database, clock: HeldClock
) -> None:
    order = await given.placed(db, Want(quantity=3, unit=1000))
    home, other, line = order.groups[0].location_id, new_id(), order.lines[0].id
    await db.transact(orders.displace, order.id, [(line, 2)], from_location=home)
    assert await where(db, order) == {"home": 1, "nowhere": 2}
    after = await db.transact(orders.place_at, order.id, [(line, 1)], other)
    assert after == await orders.order(db.reading, order.id)
    assert await where(db, order) == {"home": 1, "nowhere": 1, str(other): 1}
    await db.transact(orders.place_at, order.id, [(line, 1)], home)
    assert await where(db, order) == {"home": 2, "nowhere": 0, str(other): 1}
    assert (after.lines[0].open, after.total, after.state) == (3, order.total, OrderState.PLACED)


async def test_units_are_fulfilled_and_cancelled_only_where_they_are(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=3, unit=1000, delivery=495))
    home, other, line = order.groups[0].location_id, new_id(), order.lines[0].id
    await db.transact(orders.displace, order.id, [(line, 2)], from_location=home)
    await db.transact(orders.place_at, order.id, [(line, 1)], other)
    for refused in (
        db.transact(orders.fulfil, order.id, [(line, 2)]),
        db.transact(orders.fulfil, order.id, [(line, 2)], location_id=other),
        db.transact(orders.cancel_units, order.id, [(line, 2)], "short", location_id=UNPLACED),
        db.transact(orders.displace, order.id, [(line, 1)], from_location=new_id()),
        db.transact(orders.place_at, order.id, [(line, 2)], other),
    ):
        with pytest.raises(orders.NotThatManyUnits):
            await refused
    assert await where(db, order) == {"home": 1, "nowhere": 1, str(other): 1}
    due = [
        (await db.transact(orders.fulfil, order.id, [(line, 1)], location_id=other)).amount,
        (await db.transact(orders.cancel_units, order.id, [(line, 1)], "short", location_id=UNPLACED)).amount,
        (await db.transact(orders.fulfil, order.id, [(line, 1)])).amount,
    ]
    assert due == [1495, 1000, 1000]
    after = await orders.order(db.reading, order.id)
    assert (after.state, after.lines[0].fulfilled, after.lines[0].cancelled) == (OrderState.COMPLETED, 2, 1)


async def test_what_cancelling_waiting_units_would_save_is_known_before_it_happens(
    db: Database, clock: HeldClock
) -> None:
    order = await given.placed(db, Want(quantity=2, unit=999, fees=(given.fee(amount=30),), delivery=495))
    line = order.lines[0].id
    moved = await db.transact(orders.displace, order.id, [(line, 2)], from_location=order.groups[0].location_id)
    assert [orders.charged_less(moved, [(line, units)]) for units in (1, 2)] == [1029, 2553]
    given_up = await db.transact(orders.cancel_units, order.id, [(line, 2)], "short", location_id=UNPLACED)
    assert given_up.amount == 2553 == order.total


async def test_a_cancelled_order_leaves_nothing_promised_anywhere(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=3))
    home, other, line = order.groups[0].location_id, new_id(), order.lines[0].id
    await db.transact(orders.displace, order.id, [(line, 2)], from_location=home)
    await db.transact(orders.place_at, order.id, [(line, 1)], other)
    await db.transact(orders.cancel, order.id, "customer", "shopper:test")
    assert await where(db, order) == {"home": 0, "nowhere": 0, str(other): 0}
    assert [finding.name for finding in await run_checks(db.reading, CHECKS) if finding.rows] == []
    with pytest.raises(IllegalMove):
        await db.transact(orders.place_at, order.id, [(line, 1)], other)


async def test_whoever_had_a_part_in_an_order_sees_it_also_afterwards(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=1))
    other, line = new_id(), order.lines[0].id
    there = queries.Sight(locations=(other,))
    with pytest.raises(NotFound):
        await queries.seen(db.reading, there, order.id)
    await db.transact(orders.displace, order.id, [(line, 1)], from_location=order.groups[0].location_id)
    await db.transact(orders.place_at, order.id, [(line, 1)], other)
    await db.transact(orders.fulfil, order.id, [(line, 1)], location_id=other)
    assert (await queries.seen(db.reading, there, order.id)).state is OrderState.COMPLETED
    listed = await queries.listed(db.reading, there, state=None, location_id=other, before=None, most=10)
    assert [row.id for row in listed] == [order.id]


async def test_two_places_that_take_the_last_waiting_unit_at_once_are_one(db: Database, clock: HeldClock) -> None:
    for _ in range(5):
        order = await given.placed(db, Want(quantity=1))
        line = order.lines[0].id
        await db.transact(orders.displace, order.id, [(line, 1)], from_location=order.groups[0].location_id)
        outcomes = await asyncio.gather(
            *(db.transact(orders.place_at, order.id, [(line, 1)], new_id()) for _ in range(4)), return_exceptions=True
        )
        assert len([each for each in outcomes if isinstance(each, Refusal)]) == 3


async def test_an_address_is_given_to_an_order_that_has_none_and_is_in_no_fact(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want())
    await db.transact(_forget_address, order)
    bare = await orders.order(db.reading, order.id)
    address = orders.Address(name="N. N.", line1="Passeig 7", city="Girona", postal_code="17001", country="ES")
    await db.transact(orders.give_address, bare, address)
    assert (await orders.order(db.reading, order.id)).shipping_address == address
    facts = await db.reading.fetch(Statement[Any](text("SELECT payload::text AS payload FROM events")))
    assert not [row for row in facts if "Passeig 7" in row["payload"]]


async def _forget_address(tx: Any, order: Order) -> None:  # noqa: ANN401 -- a step of a test
    await tx.execute(Statement[Any](text(f"UPDATE orders SET shipping_address = NULL WHERE id = '{order.id}'")))


async def test_units_promised_at_another_place_must_be_reserved_there(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=1))
    line = order.lines[0].id

    (check,) = [each for each in CHECKS if each.name == RESERVED]

    async def broken() -> list[object]:
        return [row["location_id"] for row in await db.reading.fetch(check.statement)]

    assert await broken() == [order.groups[0].location_id]
    await db.transact(orders.displace, order.id, [(line, 1)], from_location=order.groups[0].location_id)
    assert [finding.name for finding in await run_checks(db.reading, CHECKS) if finding.rows] == []
    other = new_id()
    await db.transact(orders.place_at, order.id, [(line, 1)], other)
    assert await broken() == [other]


async def test_the_places_of_an_order_now_are_those_that_have_open_units_of_it(db: Database, clock: HeldClock) -> None:
    order = await given.placed(db, Want(quantity=1), Want(quantity=1))
    first, second = (order.group(line.group_id).location_id for line in order.lines)
    other = new_id()
    assert order.places_now == {first, second}
    waiting = await db.transact(orders.displace, order.id, [(order.lines[0].id, 1)], from_location=first)
    assert waiting.places_now == {first, second}
    moved = await db.transact(orders.place_at, order.id, [(order.lines[0].id, 1)], other)
    assert (moved.places_now, moved.places) == ({other, second}, {first, second, other})
    await db.transact(orders.fulfil, order.id, [(order.lines[0].id, 1)], location_id=other)
    await db.transact(orders.fulfil, order.id, [(order.lines[1].id, 1)])
    assert (await orders.order(db.reading, order.id)).places_now == {first, second}
