"""Something else may be chosen for some of the rejected units than for the rest: by line, or by units of a line."""

import asyncio

import pytest
from msgspec.structs import replace

from commerce import orders
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.ids import OrderLineId, new_id
from commerce.orders import Order, OrderState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.recourse import Choice, NotOffered, Options, Rejection, RejectionState as S, Wish, choose, options
from commerce.recourse.queries import rejection
from commerce.recourse.refund import default_overdue
from commerce.recourse.substitute_facts import SubstituteState
from commerce.recourse.substitute_rows import known
from tests.given import checkout, inventory, recourse as given
from tests.given.checkout import Shop
from tests.given.orders import Want
from tests.given.recourse import OFFICE, captured, case_of, proven, shelf, works_of


def plates(shop: Shop, quantity: int = 1) -> Want:
    """Plates to be collected at Gràcia, at 12.50."""
    return Want(quantity=quantity, unit=1250, location_id=shop.gracia, variant_id=shop.plate)


async def chosen(
    db: Database, case: Rejection, choice: Choice, *units: tuple[OrderLineId, int], **more: object
) -> Rejection:
    """Chooses for some of the units."""
    wish = replace(Wish(choice=choice, units=units or None), **more)
    return await choose(db, new_id(), OFFICE, case.order_id, case.id, wish)


async def offered(db: Database, case: Rejection, clock: HeldClock) -> Options:
    """Gives what can be had now instead of what still waits."""
    return await options(
        db.reading, await orders.order(db.reading, case.order_id), await rejection(db.reading, case.id), clock.at
    )


async def two_lines(db: Database, shop: Shop) -> tuple[Order, Rejection, OrderLineId, OrderLineId]:
    """Two cups and a plate that Gràcia could not give."""
    order, case = await given.rejected(db, given.pickup(shop, 2), plates(shop))
    cup, plate = sorted(order.lines, key=lambda line: line.variant_id != shop.cup)
    return order, case, cup.id, plate.id


async def test_some_come_from_another_store_and_the_rest_is_not_charged(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case, cup, plate = await two_lines(db, shop)
    part = await chosen(db, case, Choice.STORE, (cup, 1), location_id=shop.sants)
    assert (part.state, part.part_of, part.units) == (S.CHOSEN, case.id, [(cup, 1)])
    waits = await rejection(db.reading, case.id)
    assert (waits.state, waits.choose_by) == (S.WAITING_FOR_CHOICE, case.choose_by)
    assert sorted(waits.units) == sorted([(cup, 1), (plate, 1)])
    await proven(db)
    money = await chosen(db, waits, Choice.REFUND, (cup, 1))
    assert (money.amount, money.part_of) == (1000, case.id)
    last = await chosen(db, waits, Choice.STORE, location_id=shop.sants)
    assert (last.id, last.part_of, last.state, last.amount) == (case.id, None, S.CHOSEN, None)
    works = await works_of(db, order)
    assert sorted([(line.variant_id, line.quantity) for work in works for line in work.lines]) == sorted(
        [(shop.cup, 1), (shop.plate, 1)]
    )
    await proven(db)
    for work in works:
        await given.done(db, work.id)
    assert await captured(db, order) == (1000 + 1250, 0)
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    await proven(db)


async def test_what_nobody_chose_about_in_time_is_not_charged_and_the_rest_stays_as_chosen(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, case, cup, _ = await two_lines(db, shop)
    await chosen(db, case, Choice.STORE, (cup, 2), location_id=shop.sants)
    clock.move(days=2, seconds=1)
    await default_overdue(db)
    after = await rejection(db.reading, case.id)
    assert (after.state, after.amount) == (S.DEFAULTED, 1250)
    (work,) = await works_of(db, order)
    assert [(line.variant_id, line.quantity) for line in work.lines] == [(shop.cup, 2)]
    await proven(db)


async def test_what_can_be_had_in_part_is_told_with_its_units(
    db: Database, clock: HeldClock, provider: StripeProvider, worker: Worker
) -> None:
    shop = await checkout.shop(db, stock=0)
    await inventory.stock(
        db,
        {
            (shop.cup, shop.gracia): 2,
            (shop.plate, shop.gracia): 1,
            (shop.cup, shop.sants): 1,
            (shop.plate, shop.warehouse): 1,
        },
    )
    order, case = await given.rejected(db, given.pickup(shop, 2), plates(shop), provider=provider)
    cup, plate = (next(line.id for line in order.lines if line.variant_id == of) for of in (shop.cup, shop.plate))
    found = await offered(db, case, clock)
    assert (found.stores, found.delivery, found.wait, found.refund) == ([], None, None, order.money(3250))
    assert [(each.location.id, each.units) for each in found.part_stores] == [(shop.sants, [(cup, 1)])]
    # Sants sends too.
    assert found.part_delivery is not None
    assert sorted(found.part_delivery.units) == sorted([(cup, 1), (plate, 1)])
    assert found.part_wait is not None
    assert (found.part_wait.origin_id, found.part_wait.units) == (shop.warehouse, [(plate, 1)])
    with pytest.raises(NotOffered):
        await chosen(db, case, Choice.STORE, (cup, 2), location_id=shop.sants)
    comes = await chosen(db, case, Choice.WAIT, (plate, 1))
    assert comes.transfer_id is not None
    await proven(db)
    there = await chosen(db, case, Choice.STORE, (cup, 1), location_id=shop.sants)
    assert there.chosen_location_id == shop.sants
    assert await shelf(db, shop.cup, shop.sants) == (1, 1)
    assert (await offered(db, case, clock)).part_stores == []
    assert (await chosen(db, case, Choice.REFUND)).amount == 1000
    await worker.drain()
    await proven(db)


async def test_the_same_units_are_chosen_about_once_however_often_it_is_sent(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case, cup, plate = await two_lines(db, shop)
    outcomes = await asyncio.gather(
        *(chosen(db, case, Choice.REFUND, (cup, 2)) for _ in range(3)),
        chosen(db, case, Choice.STORE, (cup, 2), location_id=shop.sants),
        return_exceptions=True,
    )
    assert len([each for each in outcomes if isinstance(each, NotOffered)]) == 3
    assert (await rejection(db.reading, case.id)).units == [(plate, 1)]
    command = new_id()
    wish = Wish(choice=Choice.REFUND, units=[(plate, 1)])
    first = await choose(db, command, OFFICE, order.id, case.id, wish)
    again = await choose(db, command, OFFICE, order.id, case.id, wish)
    assert (first.id, first.part_of, first.amount) == (again.id, None, 1250)  # all that waited: the rejection itself
    await proven(db)


async def test_a_part_that_is_sent_again_gives_what_it_did(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case, cup, plate = await two_lines(db, shop)
    command, wish = new_id(), Wish(choice=Choice.REFUND, units=[(cup, 1)])
    sent = [choose(db, command, OFFICE, order.id, case.id, wish) for _ in range(3)]
    made = [each for each in await asyncio.gather(*sent, return_exceptions=True) if isinstance(each, Rejection)]
    assert {each.id for each in made} == {command}
    assert (await choose(db, command, OFFICE, order.id, case.id, wish)).amount == 1000
    assert sorted((await rejection(db.reading, case.id)).units) == sorted([(cup, 1), (plate, 1)])
    await proven(db)


async def test_units_that_do_not_wait_cannot_be_chosen_about(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    _, case, cup, _ = await two_lines(db, shop)
    for units, refusal in (
        ([(cup, 3)], NotOffered),
        ([(cup, 1), (cup, 1)], InvalidInput),
        ([(OrderLineId(new_id()), 1)], InvalidInput),
    ):
        with pytest.raises(refusal):
            await chosen(db, case, Choice.REFUND, *units)
    assert (await rejection(db.reading, case.id)).version == 1


async def test_another_article_that_was_proposed_for_more_units_than_are_left_lapses(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, work = await given.short(db, shop)
    proposed = await given.proposed(db, work, units=2)
    case = await case_of(db, order)
    await chosen(db, case, Choice.REFUND, (case.lines[0].order_line_id, 1))
    after = await known(db.reading, proposed.id)
    assert after is not None
    assert after.state is SubstituteState.LAPSED
    smaller = await given.proposed(db, work, units=1)
    assert smaller.state is SubstituteState.PROPOSED
    await proven(db)
