"""An article that is not there is bought, waited for, served when it comes, and collected; nobody else gets it in between."""

from datetime import timedelta

import pytest

from commerce import fulfilment, inventory
from commerce.aftersale.cancel_order import cancel_order
from commerce.checkout import PayBy, WaitNeeded
from commerce.checkout.hear_supply import settle_due
from commerce.fulfilment import FulfilmentState
from commerce.inventory import InsufficientStock
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId
from commerce.orders import OrderState
from commerce.payments import PaymentProvider
from commerce.platform.database import Database
from commerce.platform.work import Worker
from tests.given import checkout, inventory as stock, supplies as given
from tests.given.aftersale import office
from tests.given.recourse import done, shelf, works_of


async def test_what_comes_is_bought_ahead_served_when_it_comes_and_collected(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 3)
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 2})).order
    claim = await given.claim_of(db, order)
    assert coming.expected_on is not None
    assert (claim.open, claim.expires_at, claim.promised_at.date()) == (2, None, coming.expected_on + timedelta(days=1))
    (there,) = (await given.now(db, order)).elsewhere
    assert (there.units, there.location_id, there.expected_at) == (2, None, claim.promised_at)
    await worker.drain()
    (work,) = await works_of(db, order)
    assert (work.state, work.ready_by) == (FulfilmentState.WAITING_FOR_TRANSFER, claim.promised_at)
    await given.proven(db)
    await given.received(db, coming, 3)
    assert await shelf(db, shop.cup, shop.gracia) == (3, 2)
    assert await given.waiting(db, order) == [0]
    (work,) = await works_of(db, order)
    assert work.state is FulfilmentState.OFFERED
    await given.proven(db)
    await done(db, work.id)
    assert (await given.now(db, order)).state is OrderState.COMPLETED
    assert await shelf(db, shop.cup, shop.gracia) == (1, 0)
    await given.proven(db)


async def test_nobody_waits_who_did_not_agree_to_it_nor_longer_than_they_did(
    db: Database, provider: PaymentProvider, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    await given.purchase(db, shop.cup, shop.gracia, 3)
    with pytest.raises(WaitNeeded) as refused:
        await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 2}, wait_until=clock.at)
    expected = refused.value.facts["expected_at"]
    assert refused.value.facts["waiting"] == [{"variant_id": shop.cup, "quantity": 2, "expected_at": expected}]
    await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 2}, wait_until=expected)  # type: ignore[arg-type]
    await given.proven(db)


async def test_without_terms_or_beyond_what_comes_there_is_nothing_to_wait_for(
    db: Database, provider: PaymentProvider, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.purchase(db, shop.cup, shop.gracia, 3)
    wanted = {(shop.cup, shop.collected()): 2}
    with pytest.raises(InsufficientStock):
        await given.ordered(db, provider, shop, wanted)
    await given.terms(db, shop.cup, shop.gracia, "back_order", allowed=2, lead_days=20)
    await given.ordered(db, provider, shop, wanted)
    second = (await given.ordered(db, provider, shop, wanted)).order
    assert (await given.claim_of(db, second)).promised_at.date() == clock.at.date() + timedelta(days=20)
    with pytest.raises(InsufficientStock) as refused:
        await given.ordered(db, provider, shop, wanted)
    assert refused.value.facts["alternatives"] == []
    await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 1})
    await given.proven(db)


async def test_a_mixed_basket_keeps_what_is_there_and_waits_for_the_rest(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=2)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 9)
    wanted = {(shop.cup, shop.collected()): 5, (shop.plate, shop.collected()): 1}
    order = (await given.ordered(db, provider, shop, wanted, pay_by=given.CARD)).order
    assert order.state is OrderState.PLACED
    assert sorted(line.quantity for line in order.goods) == [1, 2, 3]
    assert sum(group.total for group in order.groups) == order.total
    assert await shelf(db, shop.cup, shop.gracia) == (2, 2)
    await worker.drain()
    now_, later = await works_of(db, order)
    if now_.state is not FulfilmentState.OFFERED:
        now_, later = later, now_
    assert [sum(line.quantity for line in each.lines) for each in (now_, later)] == [3, 3]
    await given.proven(db)
    await done(db, now_.id, provider=provider)
    await given.received(db, coming, 9)
    await done(db, later.id, provider=provider)
    assert (await given.now(db, order)).state is OrderState.COMPLETED
    await given.proven(db)


async def test_the_oldest_are_served_first_and_a_receipt_sent_twice_serves_nobody_twice(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 6)
    waiting = [
        (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): units})).order for units in (2, 3, 1)
    ]
    await worker.drain()
    await given.received(db, coming, 4)
    assert [await given.waiting(db, each) for each in waiting] == [[0], [1], [0 + 1]]
    assert await shelf(db, shop.cup, shop.gracia) == (4, 4)
    await given.proven(db)
    with pytest.raises(InsufficientStock):
        await stock.hold(db, [(shop.cup, shop.gracia, 1)])
    cause = inventory.Cause("adjustment", None, "staff:test")
    line = inventory.Adjustment(shop.cup, shop.gracia, delta=1)
    for _ in range(2):
        await db.transact(inventory.adjust, [line], cause, "found:1")
    assert [await given.waiting(db, each) for each in waiting] == [[0], [0], [1]]
    assert await shelf(db, shop.cup, shop.gracia) == (5, 5)
    await given.proven(db)
    states = [(await works_of(db, each))[0].state.value for each in waiting]
    assert states == ["offered", "offered", "waiting_for_transfer"]


async def test_what_an_order_waits_for_ends_with_it_and_is_the_next_ones(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 2)
    wanted = {(shop.cup, shop.collected()): 2}
    first = (await given.ordered(db, provider, shop, wanted)).order
    await worker.drain()
    await db.transact(cancel_order, office(), first.id, "changed my mind")
    assert (await given.claim_of(db, first)).released == 2
    assert await works_of(db, first) == []
    second = (await given.ordered(db, provider, shop, wanted)).order
    await worker.drain()
    await given.received(db, coming, 2)
    third = await given.purchase(db, shop.cup, shop.gracia, 2)
    waits = (await given.ordered(db, provider, shop, wanted)).order
    await worker.drain()
    assert await given.waiting(db, waits) == [2]
    await db.transact(cancel_order, office(), second.id, "changed my mind")
    assert await given.waiting(db, waits) == [0]  # what was freed is theirs, at once
    await given.received(db, third, 2)
    assert await shelf(db, shop.cup, shop.gracia) == (4, 2)
    await given.proven(db)


async def test_an_order_that_nobody_pays_lets_go_of_what_it_waits_for(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 2)
    wanted = {(shop.cup, shop.collected()): 2}
    declined = PayBy(
        kind="card", payment_method="pm_card_visa_chargeDeclined", return_url="https://shop.example.com/paid"
    )
    unpaid = (await given.ordered(db, provider, shop, wanted, pay_by=declined)).order
    assert unpaid.state is OrderState.PENDING_PAYMENT
    with pytest.raises(InsufficientStock):
        await given.ordered(db, provider, shop, wanted)
    await given.received(db, coming, 2)
    assert await shelf(db, shop.cup, shop.gracia) == (2, 0)
    with pytest.raises(InsufficientStock):  # what came is kept for whoever may still pay
        await stock.hold(db, [(shop.cup, shop.gracia, 1)])
    await given.proven(db)
    clock.move(minutes=31)
    at_once = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 1})).order  # what lies there
    assert (await shelf(db, shop.cup, shop.gracia), at_once.elsewhere) == ((2, 1), ())
    another = await given.purchase(db, shop.cup, shop.gracia, 2)
    paid = (await given.ordered(db, provider, shop, wanted)).order  # all this though nobody has tidied up
    assert (await given.claim_of(db, unpaid)).open == 0
    await worker.drain()
    assert (await given.now(db, paid)).state is OrderState.PLACED
    await given.received(db, another, 2)
    await given.proven(db)


async def test_what_is_sent_waits_where_it_is_there_first(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=1)
    await given.terms(db, shop.cup, shop.warehouse, "back_order")
    await given.terms(db, shop.cup, shop.sants, "back_order")
    await given.purchase(db, shop.cup, shop.sants, 5, days=9)
    coming = await given.purchase(db, shop.cup, shop.warehouse, 5, days=3)
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.sent): 4}, pay_by=given.CARD)).order
    claim = await given.claim_of(db, order)
    assert (claim.location_id, claim.open) == (shop.warehouse, 2)
    assert {LocationId(group.location_id) for group in order.groups} == {shop.warehouse, shop.sants}
    await worker.drain()
    await given.proven(db)
    await given.received(db, coming, 5)
    for work in await works_of(db, order):
        await done(db, work.id, provider=provider)
    assert (await given.now(db, order)).state is OrderState.COMPLETED
    await given.proven(db)


async def test_a_pre_order_waits_for_its_release_whatever_lies_on_the_shelf(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=4)
    release = clock.at + timedelta(days=10)
    await given.terms(db, shop.cup, shop.gracia, "pre_order", allowed=3, release_at=release)
    with pytest.raises(InsufficientStock):
        await stock.hold(db, [(shop.cup, shop.gracia, 1)])
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 3})).order
    assert (await given.claim_of(db, order)).promised_at == release + timedelta(hours=1)
    with pytest.raises(InsufficientStock):
        await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 1})
    await worker.drain()
    await stock.stock(db, {(shop.cup, shop.gracia): 1})
    assert (await given.waiting(db, order), await shelf(db, shop.cup, shop.gracia)) == ([3], (5, 0))
    await given.proven(db)
    clock.move(days=10)
    await stock.hold(db, [(shop.cup, shop.gracia, 2)])
    with pytest.raises(InsufficientStock):  # the other three are theirs who waited, though no job has run
        await stock.hold(db, [(shop.cup, shop.gracia, 1)])
    await db.transact(settle_due, None)
    await worker.drain()
    (work,) = await works_of(db, order)
    assert (await given.waiting(db, order), work.state) == ([0], FulfilmentState.OFFERED)
    await given.proven(db)
    assert (await fulfilment.fulfilment(db.reading, work.id, given.OFFICE)).promised_by == release + timedelta(hours=1)
