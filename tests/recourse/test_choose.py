"""What a store promised and cannot give: its customer sees what can be had instead, and chooses once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from commerce import fulfilment, inventory, orders, payments, stores
from commerce.fulfilment import FulfilmentState, ShortReason
from commerce.inventory import InsufficientStock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, Refusal
from commerce.kernel.ids import new_id
from commerce.orders import Order, OrderState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.platform.work import Worker
from commerce.recourse import (
    AddressAgreed,
    AddressNeeded,
    Choice,
    ChoiceOver,
    NotOffered,
    Options,
    Rejection,
    RejectionState as S,
    Wish,
    choose,
    options,
    rejections_of,
)
from commerce.recourse.refund import default, default_overdue
from commerce.stores.schemas import AddressFields
from tests.given import aftersale, checkout, inventory as stock_given, recourse as given, stores as stores_given
from tests.given.checkout import Shop
from tests.given.recourse import OFFICE, captured, case_of, proven, shelf, works_of

HOME = orders.Address(name="N. N.", line1="Passeig 7", city="Girona", postal_code="17001", country="ES")


async def offered(db: Database, order: Order, case: Rejection, clock: HeldClock) -> Options:
    """Gives what can be had instead."""
    return await options(db.reading, await orders.order(db.reading, order.id), case, clock.at)


async def chosen(db: Database, case: Rejection, wish: Wish) -> Rejection:
    """Chooses, as staff of the shop for a customer."""
    return await choose(db, new_id(), OFFICE, case.order_id, case.id, wish)


def store(shop: Shop) -> Wish:
    """The wish to collect in Sants."""
    return Wish(choice=Choice.STORE, location_id=shop.sants)


REFUND, WAIT, DELIVERY = Wish(choice=Choice.REFUND), Wish(choice=Choice.WAIT), Wish(choice=Choice.DELIVERY)


async def test_a_rejected_pickup_asks_its_customer_with_what_can_be_had_now(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    assert (case.state, case.choose_by) == (S.WAITING_FOR_CHOICE, clock.at + timedelta(days=2))
    found = await offered(db, order, case, clock)
    assert [(each.location.id, each.ready_by) for each in found.stores] == [(shop.sants, clock.at + timedelta(hours=1))]
    assert found.wait is not None
    assert found.wait.origin_id == shop.warehouse
    assert (found.delivery, found.refund) == (None, order.money(2000))  # nobody would take the money at the door
    assert (order.state, await shelf(db, shop.cup, shop.gracia)) == (OrderState.PLACED, (0, 0))
    assert await works_of(db, order) == []
    await proven(db)


async def test_a_chosen_store_has_the_units_from_then_on_and_hands_them_over(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    after = await chosen(db, case, store(shop))
    assert (after.state, after.chosen_location_id) == (S.CHOSEN, shop.sants)
    (work,) = await works_of(db, order)
    assert (work.location_id, work.attempt, work.promised_by) == (shop.sants, 2, clock.at + timedelta(hours=1))
    assert await shelf(db, shop.cup, shop.sants) == (10, 2)
    await proven(db)
    await given.done(db, work.id)
    assert (await captured(db, order), await shelf(db, shop.cup, shop.sants)) == ((2000, 0), (8, 0))
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    await proven(db)


async def test_a_chosen_refund_is_not_charged_and_what_was_held_for_it_is_let_go(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    after = await chosen(db, case, REFUND)
    assert (after.state, after.choice, after.amount) == (S.CHOSEN, Choice.REFUND, 2000)
    assert (await orders.order(db.reading, order.id)).state is OrderState.CANCELLED
    assert await captured(db, order) == (0, 0)
    await proven(db)


async def test_what_is_left_of_short_work_is_collected_while_the_rest_is_refunded(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    (work,) = await given.works_of(db, await aftersale.placed(db, given.pickup(shop, 3, 999)))
    await db.transact(fulfilment.accept, OFFICE, work.id)
    line = work.lines[0].id
    await db.transact(fulfilment.pick, OFFICE, work.id, [fulfilment.Pick(line, 2, 1, ShortReason.DAMAGE)])
    order = await orders.order(db.reading, work.order_id)
    case = await case_of(db, order)
    assert case.units == [(order.lines[0].id, 1)]
    await db.transact(fulfilment.ready, OFFICE, work.id, None)
    await fulfilment.hand_over(db, new_id(), OFFICE, work.id, fulfilment.Proof(identity_checked=True), None)
    assert (await chosen(db, case, REFUND)).amount == 999
    assert (await captured(db, order), await shelf(db, shop.cup, shop.gracia)) == ((1998, 0), (7, 0))
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    await proven(db)


async def test_two_different_choices_at_once_are_one(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    for _ in range(4):
        order, case = await given.rejected(db, given.pickup(shop, 1), reason=ShortReason.NO_CAPACITY)
        outcomes = await asyncio.gather(
            chosen(db, case, store(shop)),
            chosen(db, case, REFUND),
            chosen(db, case, store(shop)),
            return_exceptions=True,
        )
        assert len([each for each in outcomes if isinstance(each, IllegalMove)]) == 2
        (won,) = [each for each in outcomes if isinstance(each, Rejection)]
        assert len(await works_of(db, order)) == (won.choice is Choice.STORE)
        now_is = await orders.order(db.reading, order.id)
        assert now_is.state is (OrderState.PLACED if won.choice is Choice.STORE else OrderState.CANCELLED)
    await proven(db)


async def test_a_choice_its_deadline_and_the_orders_end_at_once_have_one_outcome(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    ends = set()
    for nth in range(6):
        order, case = await given.rejected(db, given.pickup(shop, 1), reason=ShortReason.NO_CAPACITY)
        clock.move(days=2, seconds=-1 if nth % 2 else 1)
        await asyncio.gather(
            chosen(db, case, store(shop)),
            default_overdue(db),
            db.transact(_cancelled, order),
            default_overdue(db),
            return_exceptions=True,
        )
        await default_overdue(db)
        after = await case_of(db, order)
        state = (await orders.order(db.reading, order.id)).state
        ends.add(after.state)
        assert after.state in {S.CHOSEN, S.DEFAULTED, S.CLOSED}
        assert state is OrderState.CANCELLED  # by its shopper, also after a store was chosen, or with its last unit
        await proven(db)
    assert ends - {S.CHOSEN}


async def _cancelled(tx: Tx, order: Order) -> None:
    gone = await orders.cancel(tx, order.id, "customer", "shopper:test")
    cause = inventory.Cause("order", gone.id, "shopper:test")
    await inventory.release(tx, gone.id, None, cause)
    await payments.intend_void(tx, gone.id, None, f"cancel:{gone.id}")


async def test_units_that_others_took_meanwhile_are_refused_with_what_is_left(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db, stock=2)
    mine, case = await given.rejected(db, given.pickup(shop, 2), reason=ShortReason.NO_CAPACITY)
    theirs, other = await given.rejected(db, given.pickup(shop, 2), reason=ShortReason.NO_CAPACITY)
    outcomes = await asyncio.gather(
        chosen(db, case, store(shop)), chosen(db, other, store(shop)), return_exceptions=True
    )
    (lost,) = [each for each in outcomes if isinstance(each, Refusal)]
    assert isinstance(lost, InsufficientStock | NotOffered)
    if isinstance(lost, InsufficientStock):
        left = lost.facts["options"]
        assert left.stores == []  # type: ignore[attr-defined]
        assert left.refund.amount == 2000  # type: ignore[attr-defined]
    states = sorted([(await case_of(db, each)).state for each in (mine, theirs)])
    assert states == [S.CHOSEN, S.WAITING_FOR_CHOICE]
    assert await shelf(db, shop.cup, shop.sants) == (2, 2)
    await proven(db)


async def test_after_the_deadline_the_money_goes_back_whoever_meets_it(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    clock.move(days=2)
    assert case.overdue(clock.at)
    with pytest.raises(ChoiceOver):
        await chosen(db, case, store(shop))
    after = await case_of(db, order)
    assert (after.state, after.choice, after.amount) == (S.DEFAULTED, Choice.REFUND, 2000)
    await default_overdue(db)
    await default_overdue(db)
    assert (await case_of(db, order)).version == after.version
    assert (await orders.order(db.reading, order.id)).state is OrderState.CANCELLED
    await proven(db)


async def test_nothing_is_defaulted_before_its_time_or_after_a_choice(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    clock.move(days=2, seconds=-1)
    early = await db.transact(default, order.id, case.id, clock.at)
    assert (early.state, early.version) == (S.WAITING_FOR_CHOICE, 1)
    chosen_one = await chosen(db, case, store(shop))
    clock.move(days=2)
    late = await db.transact(default, order.id, case.id, clock.at)
    assert (late.choice, late.version) == (Choice.STORE, chosen_one.version)
    assert len(await works_of(db, order)) == 1


async def test_the_same_choice_sent_again_gives_what_it_did(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    command = new_id()
    sent = [choose(db, command, OFFICE, order.id, case.id, store(shop)) for _ in range(3)]
    first, *again = await asyncio.gather(*sent)
    assert [each.version for each in again] == [first.version, first.version]
    assert (len(await works_of(db, order)), await shelf(db, shop.cup, shop.sants)) == (1, (10, 2))


async def test_a_store_that_rejected_an_article_of_an_order_is_not_offered_again(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2), reason=ShortReason.NO_CAPACITY)
    await chosen(db, case, store(shop))
    (work,) = await works_of(db, order)
    await db.transact(fulfilment.reject, OFFICE, work.id, ShortReason.NO_CAPACITY)
    second = await case_of(db, order)
    assert (second.id != case.id, second.attempt) == (True, 2)
    assert (await offered(db, order, second, clock)).stores == []
    for place in (shop.gracia, shop.sants):
        with pytest.raises(NotOffered):
            await chosen(db, second, Wish(choice=Choice.STORE, location_id=place))
    assert await shelf(db, shop.cup, shop.gracia) == (10, 0)
    await proven(db)


async def test_only_places_of_the_same_zone_of_tax_are_offered(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    islands = AddressFields(line1="Calle 1", postal_code="35001", city="Las Palmas")
    away = await stores_given.location(db, "palmas", address=islands, ships=True)
    await given_stock(db, shop, away)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    assert [each.location.id for each in (await offered(db, order, case, clock)).stores] == [shop.sants]
    with pytest.raises(NotOffered):
        await chosen(db, case, Wish(choice=Choice.STORE, location_id=away))


async def given_stock(db: Database, shop: Shop, place: object, units: int = 10) -> None:
    """Books units of the cup at a place."""
    await stock_given.stock(db, {(shop.cup, place): units})  # type: ignore[dict-item]


async def test_a_choice_that_is_not_there_or_badly_made_changes_nothing(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    refused: list[tuple[Wish, type[Refusal]]] = [
        (Wish(choice=Choice.STORE), InvalidInput),
        (Wish(choice=Choice.STORE, location_id=shop.warehouse), NotOffered),
        (Wish(choice=Choice.REFUND, address=HOME), InvalidInput),
        (Wish(choice=Choice.DELIVERY, address=HOME), AddressAgreed),
        (DELIVERY, NotOffered),
    ]
    for wish, why in refused:
        with pytest.raises(why):
            await chosen(db, case, wish)
    stranger = aftersale.shopper()
    with pytest.raises(NotFound):
        await choose(db, new_id(), stranger, order.id, case.id, REFUND)
    other, _ = await given.rejected(db, given.parcel(shop, 1))
    with pytest.raises(NotFound):
        await choose(db, new_id(), OFFICE, other.id, case.id, REFUND)
    assert (await case_of(db, order)).version == 1
    await proven(db)


async def test_a_pickup_that_is_sent_instead_costs_no_delivery_and_goes_where_its_owner_says(
    db: Database, clock: HeldClock, provider: StripeProvider, worker: Worker
) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2), provider=provider)
    await db.transact(_forget_address, order)
    found = await offered(db, order, case, clock)
    assert found.delivery is not None
    assert ([each.location_id for each in found.delivery.route.demands], found.needs_address) == (
        [shop.warehouse],
        True,
    )
    with pytest.raises(AddressNeeded):
        await chosen(db, case, DELIVERY)
    abroad = orders.Address(name="N. N.", line1="Rue 1", city="Paris", postal_code="75001", country="FR")
    with pytest.raises(NotOffered):
        await chosen(db, case, Wish(choice=Choice.DELIVERY, address=abroad))
    await chosen(db, case, Wish(choice=Choice.DELIVERY, address=HOME))
    assert (await orders.order(db.reading, order.id)).shipping_address == HOME
    (work,) = await works_of(db, order)
    assert (work.kind, work.location_id, work.attempt) == ("ship", shop.warehouse, 2)
    await given.done(db, work.id, provider=provider)
    assert await captured(db, order) == (2000, 0)
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    facts = await db.reading.fetch(Statement(text("SELECT payload::text AS fact FROM events")))
    assert not [row for row in facts if "Passeig 7" in row["fact"]]
    await worker.drain()
    await proven(db)


async def _forget_address(tx: Tx, order: Order) -> None:
    await tx.execute(Statement(text(f"UPDATE orders SET shipping_address = NULL WHERE id = '{order.id}'")))


async def test_a_store_that_is_switched_off_is_not_offered(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    await db.transact(stores.pause, shop.sants, None, "flood", "staff:test")
    assert (await offered(db, order, case, clock)).stores == []


async def test_the_order_of_a_closed_rejection_has_ended(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2))
    await db.transact(_cancelled, order)
    assert [each.state for each in await rejections_of(db.reading, order.id)] == [S.CLOSED]
    with pytest.raises(IllegalMove):
        await chosen(db, case, REFUND)
    assert {each.state for each in await fulfilment.fulfilments_of(db.reading, order.id)} == {FulfilmentState.REJECTED}
    await proven(db)
