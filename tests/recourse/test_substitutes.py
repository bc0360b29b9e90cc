"""A place has another article instead of a missing one: nobody gets it without having agreed, and it costs no more than was agreed."""

import asyncio

import pytest

from commerce import fulfilment, inventory, orders, payments
from commerce.catalog import VariantDraft
from commerce.fulfilment import FulfilmentState, Pick, ShortReason
from commerce.inventory import InsufficientStock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, Refusal
from commerce.kernel.ids import new_id
from commerce.orders import Order, OrderState
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database, Tx
from commerce.platform.work import Worker
from commerce.recourse import (
    AlreadyProposed,
    Choice,
    ChoiceOver,
    NoSubstitute,
    NothingMissing,
    NotOffered,
    Proposal,
    RejectionState as S,
    Substitute,
    SubstituteState as Said,
    SubstituteUnwanted,
    Wish,
    answer,
    choose,
    propose,
    withdraw,
)
from commerce.recourse.refund import default_overdue
from commerce.recourse.substitute_rows import of_order
from tests.given import aftersale, catalog, checkout, inventory as stock_given, pricing, recourse as given
from tests.given.recourse import OFFICE, captured, case_of, proven, shelf, works_of

REFUND = Wish(choice=Choice.REFUND)


async def test_an_accepted_cheaper_article_is_picked_with_the_rest_and_costs_what_it_costs(
    db: Database, clock: HeldClock, provider: StripeProvider, worker: Worker
) -> None:
    shop = await checkout.shop(db)
    order, work = await given.short(db, shop, provider=provider)
    found = await given.proposed(db, work)
    assert (found.state, found.unit, found.consent) == (Said.PROPOSED, 1250, "asked")
    assert await shelf(db, shop.plate, shop.gracia) == (10, 0)  # nothing is kept for an answer that may never come
    taken = await given.answered(db, found)
    assert (taken.state, taken.amount) == (Said.ACCEPTED, 2 * (1999 - 1250))
    now_is = await orders.order(db.reading, order.id)
    assert [(line.sku, line.kind, line.quantity, line.open, line.total) for line in now_is.lines] == [
        ("SKU-0", "article", 1, 1, 1999),
        ("PLATE", "article", 2, 2, 2500),
        ("SKU-0", "difference", 2, 0, 1498),
    ]
    assert (now_is.total, await shelf(db, shop.plate, shop.gracia)) == (order.total, (10, 2))
    (same,) = await works_of(db, order)
    assert (same.id, same.ready_by, [line.sku for line in same.lines]) == (work.id, work.ready_by, ["SKU-0", "PLATE"])
    case = await case_of(db, order)
    assert (case.state, case.choice) == (S.CHOSEN, Choice.SUBSTITUTE)
    await proven(db)
    await db.transact(fulfilment.pick, OFFICE, work.id, [Pick(same.lines[1].id, 2)])
    await db.transact(fulfilment.ready, OFFICE, work.id, None)
    await fulfilment.hand_over(db, new_id(), OFFICE, work.id, fulfilment.Proof(identity_checked=True), None)
    await worker.drain()
    assert await captured(db, order) == (1999 + 2500, 0)
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    assert await shelf(db, shop.plate, shop.gracia) == (8, 0)
    await proven(db)


async def test_a_dearer_article_costs_no_more_than_was_agreed(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, work = await given.short(db, shop, unit=1000)
    taken = await given.answered(db, await given.proposed(db, work))
    assert (taken.unit, taken.amount) == (1250, 0)
    now_is = await orders.order(db.reading, order.id)
    assert [(line.sku, line.unit, line.total) for line in now_is.lines] == [
        ("SKU-0", 1000, 1000),
        ("PLATE", 1000, 2000),
    ]
    await proven(db)


async def test_who_agreed_beforehand_gets_it_at_once_and_who_wants_nothing_is_not_asked(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    _, work = await given.short(db, shop, wish="similar")
    found = await given.proposed(db, work)
    assert (found.state, found.consent, found.answered_by) == (
        Said.ACCEPTED,
        "beforehand",
        "guest",
    )
    _, unwanted = await given.short(db, shop, wish="no", missing=1)
    with pytest.raises(SubstituteUnwanted):
        await given.proposed(db, unwanted, units=1)
    await proven(db)


async def test_work_that_is_packed_or_over_is_followed_by_work_with_the_same_promise(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, case = await given.rejected(db, given.pickup(shop, 2, 1999))
    await given.sold_there(db, shop)
    (old,) = await fulfilment.fulfilments_of(db.reading, order.id)
    await given.answered(db, await given.proposed(db, old))
    (work,) = await works_of(db, order)
    assert (work.state, work.attempt, work.ready_by, work.location_id) == (
        FulfilmentState.OFFERED,
        2,
        old.ready_by,
        shop.gracia,
    )
    now_is = await orders.order(db.reading, order.id)
    assert [(line.quantity, line.open) for line in now_is.lines] == [(0, 0), (2, 2), (2, 0)]
    await proven(db)
    await given.done(db, work.id)
    assert await captured(db, order) == (2500, 0)
    await proven(db)
    back = await db.transact(orders.return_units, order.id, [(now_is.lines[1].id, 2)], withdrawal=True)
    assert back.amount == 2500
    assert (await case_of(db, order)).id == case.id


async def test_a_declined_one_leaves_the_choice_and_no_answer_the_money(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, work = await given.short(db, shop)
    declined = await given.answered(db, await given.proposed(db, work), accept=False)
    assert (declined.state, (await case_of(db, order)).state) == (Said.DECLINED, S.WAITING_FOR_CHOICE)
    again = await given.proposed(db, work, units=1)
    clock.move(days=2)
    with pytest.raises(ChoiceOver):
        await given.answered(db, again)
    assert {each.state for each in await of_order(db.reading, order.id)} == {Said.LAPSED, Said.DECLINED}
    case = await case_of(db, order)
    assert (case.state, case.amount) == (S.DEFAULTED, 2 * 1999)
    assert await shelf(db, shop.plate, shop.gracia) == (10, 0)
    await proven(db)


async def test_part_of_the_units_become_another_article_and_the_rest_is_chosen_about(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, work = await given.short(db, shop, units=5, missing=4)
    await given.answered(db, await given.proposed(db, work, units=3))
    case = await case_of(db, order)
    assert (case.state, case.units) == (S.WAITING_FOR_CHOICE, [(order.lines[0].id, 1)])
    with pytest.raises(NothingMissing):
        await given.proposed(db, work, units=2)
    ended = await choose(db, new_id(), OFFICE, order.id, case.id, REFUND)
    assert (ended.amount, ended.choice) == (1999, Choice.REFUND)
    await proven(db)


async def test_what_cannot_stand_there_is_refused_and_says_why(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    (book,) = await catalog.product(db, "Book", variants=[VariantDraft(sku="BOOK")], tax_category="reduced")
    await catalog.variant(db, "Lamp", sku="LAMP")
    await pricing.prices(db, {book: 900})
    order, work = await given.short(db, shop)
    for code, why in (("BOOK", "other_tax"), ("LAMP", "no_price")):
        with pytest.raises(NoSubstitute) as refused:
            await given.proposed(db, work, code)
        assert refused.value.facts["why"] == why
    with pytest.raises(NoSubstitute, match="missing"):
        await given.proposed(db, work, "CUP")
    with pytest.raises(InvalidInput):
        await given.proposed(db, work, "NOTHING")
    with pytest.raises(NothingMissing):
        await given.proposed(db, work, units=3)
    await given.emptied(db, shop.plate, shop.gracia)
    with pytest.raises(InsufficientStock):
        await given.proposed(db, work)
    stranger = aftersale.shopper()
    with pytest.raises(NotFound):
        await answer(db, new_id(), stranger, order.id, new_id(), accept=True)  # type: ignore[arg-type]
    assert await of_order(db.reading, order.id) == []


async def test_two_pickers_propose_once_and_a_proposal_is_taken_back(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, work = await given.short(db, shop)
    both = await asyncio.gather(given.proposed(db, work), given.proposed(db, work), return_exceptions=True)
    assert [type(each) for each in both if isinstance(each, Exception)] == [AlreadyProposed]
    (found,) = await of_order(db.reading, order.id)
    gone = await db.transact(withdraw, OFFICE, work.id, found.id)
    assert gone.state is Said.WITHDRAWN
    with pytest.raises(IllegalMove):
        await given.answered(db, found)
    command = new_id()
    wish = Proposal(line_id=work.lines[0].id, code="PLATE", units=2)
    sent = await asyncio.gather(*(propose(db, command, OFFICE, work.id, wish) for _ in range(3)))
    assert {each.id for each in sent} == {command}
    await proven(db)


async def test_an_answer_a_choice_the_deadline_and_the_orders_end_at_once_have_one_outcome(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=40)
    ends = set()
    for nth in range(6):
        order, work = await given.short(db, shop)
        found, case = await given.proposed(db, work), await case_of(db, order)
        clock.move(days=2, seconds=-1 if nth % 2 else 1)
        acts = [
            given.answered(db, found),
            given.answered(db, found, accept=False),
            choose(db, new_id(), OFFICE, order.id, case.id, REFUND),
            default_overdue(db),
            given.answered(db, found),
        ]
        if nth == 3:
            acts.append(db.transact(_cancelled, order))
        told = await asyncio.gather(*acts, return_exceptions=True)
        assert [each for each in told if isinstance(each, Exception) and not isinstance(each, Refusal)] == []
        (end,) = await of_order(db.reading, order.id)
        after = await case_of(db, order)
        ends.add(end.state)
        assert end.state is not Said.PROPOSED or after.state is S.WAITING_FOR_CHOICE
        assert (end.state is Said.ACCEPTED) == (after.choice is Choice.SUBSTITUTE)
        assert len([each for each in told if isinstance(each, Substitute)]) <= 1
        await proven(db)
    assert Said.LAPSED in ends


async def _cancelled(tx: Tx, order: Order) -> None:
    await orders.cancel(tx, order.id, "customer", "shopper:test")
    await inventory.release(tx, order.id, None, inventory.Cause("order", order.id, "shopper:test"))
    await payments.intend_void(tx, order.id, None, f"cancel:{order.id}")


async def test_the_last_units_go_to_one_of_two_who_accept_them(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    mine, work = await given.short(db, shop)
    await stock_given.stock(db, {(shop.cup, shop.gracia): 5})
    theirs, other = await given.short(db, shop)
    await given.emptied(db, shop.plate, shop.gracia)
    await stock_given.stock(db, {(shop.plate, shop.gracia): 2})
    one, two = await given.proposed(db, work), await given.proposed(db, other)
    both = await asyncio.gather(given.answered(db, one), given.answered(db, two), return_exceptions=True)
    assert len([each for each in both if isinstance(each, InsufficientStock)]) == 1
    states = sorted([(await case_of(db, each)).state for each in (mine, theirs)])
    assert states == [S.CHOSEN, S.WAITING_FOR_CHOICE]
    assert await shelf(db, shop.plate, shop.gracia) == (2, 2)
    await proven(db)


async def test_a_choice_that_was_judged_before_some_units_were_substituted_is_made_anew(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, work = await given.short(db, shop, units=5, missing=4)
    found, case = await given.proposed(db, work, units=3), await case_of(db, order)
    store = Wish(choice=Choice.STORE, location_id=shop.sants)
    both = await asyncio.gather(
        given.answered(db, found), choose(db, new_id(), OFFICE, order.id, case.id, store), return_exceptions=True
    )
    lost = [each for each in both if isinstance(each, Exception)]
    assert [type(each) for each in lost] in ([NotOffered], [IllegalMove], [])
    kept = (await shelf(db, shop.cup, shop.sants))[1]
    assert kept in {0, 1, 4}
    await proven(db)


async def test_parcels_that_nobody_else_can_send_are_sent_with_another_article(
    db: Database, clock: HeldClock, provider: StripeProvider, worker: Worker
) -> None:
    shop = await checkout.shop(db)
    order = await aftersale.placed(db, given.parcel(shop, 2, 1999), provider=provider)
    await given.sold_there(db, shop)
    for place in (shop.gracia, shop.sants):
        await given.emptied(db, shop.cup, place)
    (work,) = await works_of(db, order)
    await db.transact(fulfilment.reject, OFFICE, work.id, ShortReason.NOT_IN_STOCK)
    with pytest.raises(NothingMissing):
        await given.proposed(db, work)  # another place is looked for first
    await worker.drain()
    await given.answered(db, await given.proposed(db, work))
    (sent,) = await works_of(db, order)
    assert (sent.kind, sent.location_id, sent.lines[0].sku) == ("ship", shop.warehouse, "PLATE")
    await given.done(db, sent.id, provider=provider)
    await worker.drain()
    assert await captured(db, order) == (2 * 1250 + 495, 0)
    await proven(db)
