"""Units that wait for supply are waited for no longer: once, with their money, and without anybody else's place in the queue."""

import asyncio
from uuid import uuid4

import pytest

from commerce import fulfilment
from commerce.fulfilment import FulfilmentState
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound, Refusal
from commerce.kernel.ids import LocationId, OrderLineId, new_id
from commerce.orders import Order, OrderState
from commerce.payments import PaymentProvider
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.work import Worker
from commerce.recourse import NothingWaits, Rejection, RejectionState, give_up_waiting, rejections_of
from commerce.supplies import claims_of
from tests.given import checkout, identity, inventory as stock, supplies as given
from tests.given.checkout import Shop
from tests.given.recourse import captured, done, shelf, works_of
from tests.served import Served


def at(place: LocationId) -> Caller:
    """Somebody who works at one place."""
    return Caller(kind="staff", id=new_id(), scopes=frozenset({"orders:write"}), locations=frozenset({place}))


async def waiting_line(db: Database, order: Order) -> OrderLineId:
    """The line of an order that waits."""
    (claim,) = [each for each in await claims_of(db.reading, order.id) if each.open]
    return claim.order_line_id


async def half_there(db: Database, provider: PaymentProvider, shop: Shop, worker: Worker, who: Caller) -> Order:
    """Five cups, of which two lie at Gràcia and three are on their way."""
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    await stock.stock(db, {(shop.cup, shop.gracia): 2})
    await given.purchase(db, shop.cup, shop.gracia, 3)
    bought = await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 5}, who=who, pay_by=given.CARD)
    await worker.drain()
    return bought.order


async def test_units_that_wait_are_not_charged_and_what_is_there_is_collected(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop, who = await checkout.shop(db, stock=0), checkout.shopper()
    order = await half_there(db, provider, shop, worker, who)
    line = await waiting_line(db, order)
    after = await db.transact(give_up_waiting, who, order.id, [(line, 1)])
    assert after.state is OrderState.PLACED
    assert sorted(await given.waiting(db, order)) == [0, 2]
    assert (await given.claim_of(db, order)).open == 2
    await given.proven(db)
    await db.transact(give_up_waiting, who, order.id, [(line, None)])
    assert await given.waiting(db, order) == [0, 0]
    (work,) = await works_of(db, order)  # that which waited has ended
    assert [(each.quantity, work.state) for each in work.lines] == [(2, FulfilmentState.OFFERED)]
    ended = [each for each in await fulfilment.fulfilments_of(db.reading, order.id) if each.id != work.id]
    assert [each.state for each in ended] == [FulfilmentState.CANCELLED]
    await given.proven(db)
    await done(db, work.id, provider=provider)
    await worker.drain()
    assert await captured(db, order) == (2 * 1999, 0)
    assert (await given.now(db, order)).state is OrderState.COMPLETED
    await given.proven(db)


async def test_an_order_of_which_nothing_is_left_ends_and_holds_no_money(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop, who = await checkout.shop(db, stock=0), checkout.shopper()
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    await given.purchase(db, shop.cup, shop.gracia, 3)
    wanted = {(shop.cup, shop.collected()): 2}
    order = (await given.ordered(db, provider, shop, wanted, who=who, pay_by=given.CARD)).order
    await worker.drain()
    line = await waiting_line(db, order)
    assert (await db.transact(give_up_waiting, who, order.id, [(line, 2)])).state is OrderState.CANCELLED
    await worker.drain()
    assert await captured(db, order) == (0, 0)
    await given.proven(db)


async def test_whoever_is_next_gets_what_others_gave_up(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop, who = await checkout.shop(db, stock=0), checkout.shopper()
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 4)
    wanted = {(shop.cup, shop.collected()): 2}
    first = (await given.ordered(db, provider, shop, wanted, who=who)).order
    second = (await given.ordered(db, provider, shop, wanted)).order
    await worker.drain()
    await db.transact(give_up_waiting, who, first.id, [(await waiting_line(db, first), 2)])
    await given.received(db, coming, 2)
    assert await given.waiting(db, second) == [0]
    assert await shelf(db, shop.cup, shop.gracia) == (2, 2)
    await given.proven(db)


async def test_a_unit_that_comes_as_it_is_given_up_is_served_or_given_up_and_never_both(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop, who = await checkout.shop(db, stock=0), checkout.shopper()
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    for _ in range(4):
        coming = await given.purchase(db, shop.cup, shop.gracia, 1)
        order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 1}, who=who)).order
        await worker.drain()
        line = await waiting_line(db, order)
        outcomes = await asyncio.gather(
            given.received(db, coming, 1),
            *(db.transact(give_up_waiting, who, order.id, [(line, 1)]) for _ in range(2)),
            return_exceptions=True,
        )
        assert not [each for each in outcomes if isinstance(each, Exception) and not isinstance(each, NothingWaits)]
        claim = await given.claim_of(db, order)
        is_now = await given.now(db, order)
        assert claim.served + claim.released == 1
        assert is_now.state is (OrderState.PLACED if claim.served else OrderState.CANCELLED)
        assert len([each for each in outcomes if isinstance(each, Refusal)]) == 1 + claim.served
        await given.proven(db)
        if claim.released:  # somebody else has the unit that came
            await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 1})


async def test_units_that_are_asked_about_are_not_those_that_wait(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop, who = await checkout.shop(db, stock=0), checkout.shopper()
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 3)
    more = await given.purchase(db, shop.cup, shop.gracia, 1)
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 4}, who=who)).order
    await worker.drain()
    await given.closed_short(db, coming)
    (case,) = await rejections_of(db.reading, order.id)
    lost = sum(units for _, units in case.units)
    line = await waiting_line(db, order)
    assert (lost, (await given.claim_of(db, order)).open) == (3, 1)
    with pytest.raises(NothingWaits):
        await db.transact(give_up_waiting, who, order.id, [(line, 2)])
    await db.transact(give_up_waiting, who, order.id, [(line, 1)])
    (case,) = await rejections_of(db.reading, order.id)
    assert isinstance(case, Rejection)
    assert (case.state, sum(units for _, units in case.units)) == (RejectionState.WAITING_FOR_CHOICE, 3)
    assert (await given.now(db, order)).state is OrderState.PLACED
    await given.received(db, more, 1)
    await given.proven(db)


async def test_what_does_not_wait_or_is_anothers_is_refused(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop, who = await checkout.shop(db, stock=0), checkout.shopper()
    order = await half_there(db, provider, shop, worker, who)
    line = await waiting_line(db, order)
    (there,) = [each.id for each in order.goods if each.id != line]
    for caller, wanted, refusal in (
        (checkout.shopper(), [(line, 1)], NotFound),
        (at(shop.sants), [(line, 1)], NotFound),
        (who, [(there, 1)], NothingWaits),
        (who, [(line, 4)], NothingWaits),
        (who, [(line, 1), (line, 1)], InvalidInput),
        (who, [(OrderLineId(new_id()), 1)], InvalidInput),
    ):
        with pytest.raises(refusal):
            await db.transact(give_up_waiting, caller, order.id, wanted)
    await db.transact(give_up_waiting, at(shop.gracia), order.id, [(line, 3)])
    await given.proven(db)


async def test_over_http_it_is_done_once_however_often_it_is_sent(server: Served, clock: HeldClock) -> None:
    db = server.program.db
    shop = await checkout.shop(db, stock=0)
    tokens = server.tokens
    token = (await server.api.post("/v1/auth/anonymous", {}))["access_token"]
    shopper, who = server.api.as_(token), await identity.caller(tokens, token)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    await given.purchase(db, shop.cup, shop.gracia, 3)
    provider = server.program.services.payment_provider
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 3}, who=who)).order
    await server.work()
    path, key = f"/v1/orders/{order.id}/cancel-waiting", str(uuid4())
    body = {"lines": [{"order_line_id": str(order.lines[0].id), "units": 2}]}
    first = await shopper.post(path, body, key=key)
    again = await shopper.call("POST", path, body, key=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (first, "true")
    assert (first["state"], first["lines"][0]["cancelled"]) == ("placed", 2)
    more = await shopper.call("POST", path, body)
    assert (more.status_code, more.json()["code"]) == (409, "nothing_waits")
    assert (await shopper.post(path, {"lines": [{"order_line_id": str(order.lines[0].id)}]}))["state"] == "cancelled"
    await server.work()
