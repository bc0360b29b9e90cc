"""Returns: the entitlement is locked when one is asked for, stock comes back where it was taken in, the money is exactly the units' share."""

import pytest

from commerce import aftersale, fulfilment, inventory, orders, payments
from commerce.aftersale import Inspected, ReturnState as S, WrongCount
from commerce.aftersale.returnable import returnable
from commerce.inventory import Spot
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.orders import NotThatManyUnits
from commerce.payments import RefundState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.http import Forbidden
from commerce.platform.work import Worker
from tests.aftersale.seen import at_once, facts, money, shelf, sound
from tests.given import aftersale as given, stores
from tests.given.fulfilment import Shelf
from tests.given.orders import Want, fee
from tests.payments.bank import Bank, deliver

FEE, DEPOSIT = fee("raee", 30), fee("bottle", 25, kind="deposit")


async def test_bought_at_a_warehouse_brought_back_to_a_store(
    db: Database, provider: StripeProvider, worker: Worker, bank: Bank, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    other = await stores.location(db, "sants")
    order = await given.bought(
        db,
        Want(quantity=2, unit=1999, kind="ship", location_id=place.warehouse, variant_id=place.cup, delivery=495),
        provider=provider,
    )
    clerk = given.terminal(other)

    here = await given.asked(db, clerk, order, 1, location_id=other)
    assert (here.state, here.location_id, here.amount) == (S.RECEIVED, other, 1999)
    assert await shelf(db, place.cup, other) == (0, 0)
    looked_at = await given.accepted(db, clerk, here)
    assert (looked_at.state, looked_at.lines[0].restocked) == (S.INSPECTED, 1)
    assert await shelf(db, place.cup, other) == (1, 0)
    assert await shelf(db, place.cup, place.warehouse) == (8, 0)
    refunding = await db.transact(aftersale.refund, clerk, here.id)
    assert (refunding.state, refunding.refund_amount, refunding.refunded) == (S.REFUNDING, 1999, 0)
    await worker.drain()

    (payment,) = await payments.payments_of(db.reading, order.id)
    assert (await bank.moved(payment))["refunded"] == 1999
    assert await money(db, order) == {"captured": 3998 + 495, "refunded": 1999, "held": 0}
    done = await aftersale.returned(db.reading, clerk, here.id)
    assert (done.state, done.refunded) == (S.REFUNDED, 1999)
    assert [each for each in await facts(db, order) if each.startswith("aftersale")] == [
        "aftersale.return_requested",
        "aftersale.return_approved",
        "aftersale.return_received",
        "aftersale.return_inspected",
        "aftersale.return_refunding",
        "aftersale.return_refunded",
    ]
    await sound(db)


async def test_a_shoppers_return_waits_for_approval_and_may_be_declined(db: Database, clock: HeldClock) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    order = await given.bought(db, Want(quantity=2, location_id=place.store, variant_id=place.cup), who=who)
    asked = await given.asked(db, who, order, 2)
    assert (asked.state, asked.amount) == (S.REQUESTED, 2000)
    with pytest.raises(NotThatManyUnits):
        await given.asked(db, who, order, 1)
    declined = await db.transact(aftersale.decline, given.office(), asked.id, "Worn")
    assert (declined.state, declined.amount, declined.decline_reason) == (S.DECLINED, 0, "Worn")
    again = await given.asked(db, who, order, 2)
    assert again.amount == 2000
    await db.transact(aftersale.approve, given.office(), again.id)
    here = await given.received(db, given.terminal(place.store), again, place.store)
    assert here.state is S.RECEIVED
    await sound(db)


async def test_a_cancelled_return_reads_cancelled_and_frees_its_units(db: Database, clock: HeldClock) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    order = await given.bought(db, Want(quantity=1, location_id=place.store, variant_id=place.cup), who=who)
    asked = await given.asked(db, who, order, 1)
    assert (await db.transact(aftersale.cancel_return, who, asked.id)).state is S.CANCELLED
    with pytest.raises(IllegalMove):
        await db.transact(aftersale.approve, given.office(), asked.id)
    assert (await given.asked(db, who, order, 1)).state is S.REQUESTED
    await sound(db)


async def test_the_last_unit_is_returned_once_however_many_tills_and_posts_want_it(
    db: Database, clock: HeldClock
) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    order = await given.bought(db, Want(quantity=2, unit=501, location_id=place.store, variant_id=place.cup), who=who)
    first, second = given.terminal(place.store), given.terminal(place.warehouse)
    acts = []
    for _ in range(3):
        acts.append(given.asked(db, first, order, 1, location_id=place.store))
        acts.append(given.asked(db, second, order, 1, location_id=place.warehouse))
        acts.append(given.asked(db, who, order, 1))
    came, refused = await at_once(*acts)
    assert (len(came), {type(each) for each in refused}) == (2, {NotThatManyUnits})
    assert sum(each.amount for each in came) == order.total
    after = await orders.order(db.reading, order.id)
    assert (after.lines[0].returned, after.lines[0].returned_total) == (2, order.total)
    await sound(db)


async def test_two_good_units_and_a_damaged_one_are_paid_back_and_only_the_good_ones_are_for_sale(
    db: Database, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    clerk = given.terminal(place.store)
    order = await given.bought(db, Want(quantity=3, location_id=place.store, variant_id=place.cup))
    here = await given.asked(db, clerk, order, 3, location_id=place.store)
    found = [Inspected(here.lines[0].id, restock=2, quarantine=1)]
    looked_at = await db.transact(aftersale.inspect, clerk, here.id, found)
    assert (looked_at.lines[0].accepted, looked_at.lines[0].quarantined, looked_at.amount) == (3, 1, 3000)
    assert await shelf(db, place.cup, place.store) == (9, 0)
    (aside,) = await inventory.spots(db.reading, [place.cup], [place.store])
    assert (aside.spot, aside.units) == (Spot.QUARANTINE, 1)
    done = await db.transact(aftersale.refund, clerk, here.id)
    assert (done.state, done.refunded) == (S.REFUNDED, 3000)
    await sound(db)


async def test_what_is_missing_or_not_accepted_is_not_paid_and_can_be_returned_later(
    db: Database, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    clerk = given.terminal(place.store)
    order = await given.bought(
        db,
        Want(quantity=4, unit=999, location_id=place.store, variant_id=place.cup),
        Want(quantity=1, unit=500, location_id=place.store, variant_id=place.bowl),
    )
    asked = await given.asked(db, given.office(), order, 3, 1)
    terms = await aftersale.policy(db.reading)
    cups, bowl = asked.lines
    here = await db.transact(aftersale.receive, clerk, terms, asked.id, place.store, [(cups.id, 2)])
    assert [line.received for line in here.lines] == [2, 0]
    looked_at = await db.transact(aftersale.inspect, clerk, here.id, [Inspected(cups.id, destroy=1, reject=1)])
    assert (looked_at.state, looked_at.amount) == (S.INSPECTED, 999)
    assert await shelf(db, place.cup, place.store) == (6, 0)
    assert (await db.transact(aftersale.refund, clerk, here.id)).refunded == 999
    rest = await given.brought_back(db, clerk, order, 3, 1, location_id=place.store)
    assert (rest.state, rest.refunded) == (S.REFUNDED, 999 * 3 + 500)
    assert (await money(db, order))["refunded"] == order.total
    assert bowl.quantity == 1
    await sound(db)


async def test_fees_come_back_with_their_articles_and_a_gift_is_kept(db: Database, clock: HeldClock) -> None:
    place = await Shelf.filled(db)
    clerk = given.terminal(place.store)
    order = await given.bought(
        db,
        Want(quantity=3, unit=999, discount=100, location_id=place.store, variant_id=place.cup, fees=(FEE, DEPOSIT)),
        Want(quantity=1, unit=500, location_id=place.store, variant_id=place.bowl, gift=True),
    )
    assert (order.total, await shelf(db, place.cup, place.store), await shelf(db, place.bowl, place.store)) == (
        2897 + 3 * 30 + 3 * 25,
        (7, 0),
        (9, 0),
    )
    seen = await returnable(db.reading, clerk, await aftersale.policy(db.reading), order.id, "en")
    assert [(line.quantity, line.total.amount) for line in seen.lines] == [(3, order.total), (1, 0)]
    here = await given.asked(db, clerk, order, 2, location_id=place.store)
    cup, deposit, fee = here.lines
    assert [(line.kind, line.quantity, line.total) for line in here.lines] == [
        ("article", 2, 965 + 966),
        ("deposit", 2, 50),
        ("eco_fee", 2, 60),
    ]
    assert (deposit.of_line_id, fee.of_line_id) == (cup.id, cup.id)
    with pytest.raises(WrongCount):
        await db.transact(aftersale.inspect, clerk, here.id, [Inspected(cup.id, 2), Inspected(fee.id, 2)])
    looked_at = await db.transact(aftersale.inspect, clerk, here.id, [Inspected(cup.id, restock=1, reject=1)])
    assert (looked_at.amount, [line.accepted for line in looked_at.lines]) == (966 + 25 + 30, [1, 1, 1])
    assert await shelf(db, place.cup, place.store) == (8, 0)
    assert (await db.transact(aftersale.refund, clerk, here.id)).refunded == 1021
    rest = await given.brought_back(db, clerk, order, 2, location_id=place.store)
    assert (rest.state, rest.refunded) == (S.REFUNDED, order.total - 1021)
    assert (await money(db, order))["refunded"] == order.total
    gift = await given.brought_back(db, clerk, order, 0, 1, location_id=place.store)
    assert (gift.state, gift.refunded, await shelf(db, place.bowl, place.store)) == (S.REFUNDED, 0, (10, 0))
    await sound(db)


async def test_a_location_that_is_short_of_an_article_charges_no_fee_for_it(db: Database, clock: HeldClock) -> None:
    place = await Shelf.filled(db)
    order = await given.placed(
        db, Want(quantity=3, unit=999, location_id=place.store, variant_id=place.cup, fees=(FEE,))
    )
    clerk = given.terminal(place.store)
    [work] = await fulfilment.fulfilments_of(db.reading, order.id)
    [line] = work.lines
    assert (line.order_line_id, line.quantity) == (order.lines[0].id, 3)
    await db.transact(fulfilment.accept, clerk, work.id)
    short = fulfilment.Pick(line.id, 2, 1, fulfilment.ShortReason.MISMATCH)
    await db.transact(fulfilment.pick, clerk, work.id, [short])
    await db.transact(orders.cancel_units, order.id, [(line.order_line_id, 1)], "short", location_id=orders.UNPLACED)
    await db.transact(fulfilment.ready, clerk, work.id, None)
    proof = fulfilment.Proof(identity_checked=True)
    await fulfilment.hand_over(db, new_id(), clerk, work.id, proof, None)
    after = await orders.order(db.reading, order.id)
    assert [(each.fulfilled, each.cancelled) for each in after.lines] == [(2, 1), (2, 1)]
    assert (await money(db, order))["captured"] == 2 * 999 + 2 * 30
    await sound(db)


async def test_nothing_accepted_ends_the_return_without_money(db: Database, clock: HeldClock) -> None:
    place = await Shelf.filled(db)
    clerk = given.terminal(place.store)
    order = await given.bought(db, Want(quantity=2, location_id=place.store, variant_id=place.cup))
    here = await given.asked(db, clerk, order, 2, location_id=place.store)
    looked_at = await db.transact(aftersale.inspect, clerk, here.id, [Inspected(here.lines[0].id, reject=2)])
    assert (looked_at.state, looked_at.amount) == (S.REJECTED, 0)
    with pytest.raises(IllegalMove):
        await db.transact(aftersale.refund, clerk, here.id)
    assert (await money(db, order))["refunded"] == 0
    assert await shelf(db, place.cup, place.store) == (8, 0)
    await sound(db)


async def test_counts_that_do_not_fit_are_refused_and_change_nothing(db: Database, clock: HeldClock) -> None:
    place = await Shelf.filled(db)
    clerk, terms = given.terminal(place.store), await aftersale.policy(db.reading)
    order = await given.bought(db, Want(quantity=2, location_id=place.store, variant_id=place.cup))
    asked = await given.asked(db, given.office(), order, 2)
    line = asked.lines[0].id
    for counted in ([(line, 3)], [(line, 0)], [(new_id(), 1)], [(line, 1), (line, 1)]):
        with pytest.raises(WrongCount):
            await db.transact(aftersale.receive, clerk, terms, asked.id, place.store, counted)
    with pytest.raises(InvalidInput):
        await db.transact(aftersale.receive, clerk, terms, asked.id, place.warehouse, None)
    await given.received(db, clerk, asked, place.store)
    for found in ([], [Inspected(line, restock=1)], [Inspected(line, restock=3)], [Inspected(new_id(), restock=2)]):
        with pytest.raises(WrongCount):
            await db.transact(aftersale.inspect, clerk, asked.id, found)
    with pytest.raises(IllegalMove):
        await db.transact(aftersale.refund, clerk, asked.id)
    assert (await aftersale.returned(db.reading, clerk, asked.id)).state is S.RECEIVED
    assert await shelf(db, place.cup, place.store) == (8, 0)
    await sound(db)


async def test_inspecting_and_refunding_at_once_happen_once(
    db: Database, provider: StripeProvider, worker: Worker, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    clerk = given.terminal(place.store)
    order = await given.bought(db, Want(quantity=2, location_id=place.store, variant_id=place.cup), provider=provider)
    here = await given.asked(db, clerk, order, 2, location_id=place.store)
    came, refused = await at_once(*(given.accepted(db, clerk, here) for _ in range(4)))
    assert (len(came), len(refused)) == (1, 3)
    came, refused = await at_once(*(db.transact(aftersale.refund, clerk, here.id) for _ in range(4)))
    assert (len(came), len(refused)) == (1, 3)
    await worker.drain()
    assert await shelf(db, place.cup, place.store) == (10, 0)
    assert await money(db, order) == {"captured": 2000, "refunded": 2000, "held": 0}
    await sound(db)


async def test_a_refund_that_fails_days_later_reopens_the_return_and_can_be_tried_again(
    db: Database, provider: StripeProvider, worker: Worker, bank: Bank, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    clerk = given.terminal(place.store)
    order = await given.bought(
        db,
        Want(quantity=2, location_id=place.store, variant_id=place.cup),
        provider=provider,
        card="pm_card_refundFail",
    )
    here = await given.brought_back(db, clerk, order, 1, location_id=place.store)
    await worker.drain()
    assert (await aftersale.returned(db.reading, clerk, here.id)).state is S.REFUNDED
    (payment,) = await payments.payments_of(db.reading, order.id)
    (refund,) = payment.refunds
    clock.move(days=3)
    await bank.post("/settle")
    await deliver(db, provider, await bank.event(refund.provider_ref, "refund.failed"))
    await worker.drain()

    failed = await aftersale.returned(db.reading, clerk, here.id)
    assert (failed.state, failed.refunded, failed.refund_amount, failed.closed_at) == (S.REFUND_FAILED, 0, 1000, None)
    assert await money(db, order) == {"captured": 2000, "refunded": 0, "held": 0}
    await sound(db)
    again = await db.transact(aftersale.refund, clerk, here.id)
    assert again.state is S.REFUNDING
    await worker.drain()
    done = await aftersale.returned(db.reading, clerk, here.id)
    assert (done.state, done.refunded) == (S.REFUNDED, 1000)
    states = [each.state for each in (await payments.payments_of(db.reading, order.id))[0].refunds]
    assert states == [RefundState.FAILED, RefundState.SUCCEEDED]
    assert await shelf(db, place.cup, place.store) == (9, 0)
    await sound(db)


async def test_returns_are_seen_by_their_shopper_and_by_the_place_that_has_them(db: Database, clock: HeldClock) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    here, elsewhere = given.terminal(place.store), given.terminal(place.warehouse)
    order = await given.bought(db, Want(quantity=2, location_id=place.store, variant_id=place.cup), who=who)
    stranger = given.shopper()
    with pytest.raises(NotFound):
        await given.asked(db, stranger, order, 1)
    with pytest.raises(Forbidden):
        await given.asked(db, who, order, 1, location_id=place.store)
    with pytest.raises(InvalidInput):
        await given.asked(db, here, order, 1, location_id=place.warehouse)
    asked = await given.asked(db, who, order, 1)
    for caller in (who, here, elsewhere):
        assert (await aftersale.returned(db.reading, caller, asked.id)).id == asked.id
    await db.transact(aftersale.approve, elsewhere, asked.id)
    await given.received(db, here, asked, place.store)
    for caller in (stranger, elsewhere):
        with pytest.raises(NotFound):
            await aftersale.returned(db.reading, caller, asked.id)
        with pytest.raises(NotFound):
            await db.transact(aftersale.refund, caller, asked.id)
        with pytest.raises(NotFound):
            await db.transact(aftersale.cancel_return, caller, asked.id)
    with pytest.raises(IllegalMove):
        await db.transact(aftersale.cancel_return, who, asked.id)
    await sound(db)
