"""Supply that comes later moves promises and tells who waits; supply that never comes asks them, the last ones first."""

from datetime import timedelta

from commerce.checkout.hear_supply import settle_due
from commerce.fulfilment import FulfilmentState
from commerce.kernel.clock import HeldClock
from commerce.payments import PaymentProvider
from commerce.platform.database import Database
from commerce.platform.work import Worker
from commerce.recourse import RejectionState
from tests.given import checkout, supplies as given
from tests.given.recourse import case_of, done, works_of


async def test_a_supplier_who_is_late_moves_the_promise_and_one_who_is_early_again_moves_it_back(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 2)
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 2})).order
    first = (await given.claim_of(db, order)).promised_at
    await worker.drain()
    for days in (14, 7):
        await given.postponed(db, coming, clock.at.date() + timedelta(days=days))
        claim = await given.claim_of(db, order)
        (work,) = await works_of(db, order)
        (there,) = (await given.now(db, order)).elsewhere
        moved = claim.expected_at
        assert (moved.date() - clock.at.date()).days == days + 1
        assert (claim.promised_at, work.promised_by, work.ready_by, there.expected_at) == (first, first, moved, moved)
        await given.proven(db)


async def test_what_should_have_come_is_expected_some_days_later_and_told_once_in_that_time(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    await given.purchase(db, shop.cup, shop.gracia, 2, days=2)
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 2})).order
    await worker.drain()
    clock.move(days=4)
    instants = []
    for _ in range(3):
        await db.transact(settle_due, None)
        await worker.drain()
        instants.append((await given.claim_of(db, order)).expected_at)
        clock.move(minutes=1)
    assert len(set(instants)) == 1
    assert instants[0].date() == (clock.at + timedelta(days=3)).date()
    await given.proven(db)


async def test_who_came_last_is_asked_when_less_comes_and_the_others_get_what_does(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 5)
    wanted = {(shop.cup, shop.collected()): 2}
    first, second = [(await given.ordered(db, provider, shop, wanted)).order for _ in range(2)]
    await worker.drain()
    await given.received(db, coming, 1, damaged=1)
    assert [await given.waiting(db, each) for each in (first, second)] == [[1], [2]]
    await given.proven(db)
    await given.received(db, coming, 1)
    await given.closed_short(db, coming)
    assert [await given.waiting(db, each) for each in (first, second)] == [[0], [2]]
    (work,) = await works_of(db, first)
    assert work.state is FulfilmentState.OFFERED
    assert await works_of(db, second) == []
    case = await case_of(db, second)
    assert (case.state, case.units) == (RejectionState.WAITING_FOR_CHOICE, [(second.lines[0].id, 2)])
    claim = await given.claim_of(db, second)
    assert (claim.open, claim.released) == (0, 2)
    await given.proven(db)
    await done(db, work.id)
    await given.proven(db)


async def test_units_of_a_line_that_come_are_collected_although_the_rest_of_it_never_does(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 3)
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 3})).order
    await worker.drain()
    await given.received(db, coming, 2)
    (work,) = await works_of(db, order)
    assert work.state is FulfilmentState.WAITING_FOR_TRANSFER
    await given.closed_short(db, coming)
    (work,) = await works_of(db, order)
    assert (work.state, [line.short for line in work.lines]) == (FulfilmentState.OFFERED, [1])
    assert (await case_of(db, order)).units == [(order.lines[0].id, 1)]
    await given.proven(db)
    await done(db, work.id)
    await given.proven(db)


async def test_a_release_that_is_put_off_is_told_and_kept(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=2)
    release = clock.at + timedelta(days=10)
    await given.terms(db, shop.cup, shop.gracia, "pre_order", allowed=2, release_at=release)
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 2})).order
    await worker.drain()
    later = release + timedelta(days=28)
    await given.terms(db, shop.cup, shop.gracia, "pre_order", allowed=1, release_at=later)
    claim = await given.claim_of(db, order)
    assert (claim.open, claim.not_before, claim.expected_at) == (2, later, later + timedelta(hours=1))
    (work,) = await works_of(db, order)
    assert work.ready_by == claim.expected_at
    clock.move(days=11)
    await db.transact(settle_due, None)
    await worker.drain()
    assert await given.waiting(db, order) == [2]
    await given.terms(db, shop.cup, shop.gracia, "none")
    assert await given.waiting(db, order) == [0]
    await given.proven(db)
