"""Promotions of an order: kept with it, counted when it stands, given back on every path by the same rule; gifts and fees go along (G9, PRO-01, PRO-04)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Literal
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from commerce import aftersale, carts, fulfilment, orders
from commerce.carts import Cart
from commerce.carts.change_details import Contact, set_contact
from commerce.carts.change_terms import offer_codes, set_tender
from commerce.checkout import Outcome, PriceChanged, give_up
from commerce.fulfilment import ShortReason
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.money import Money
from commerce.orders import OrderState
from commerce.payments.adapters import StripeProvider
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.platform.work import Worker
from commerce.promotions.audit import CHECKS as PROMOTION_CHECKS
from commerce.promotions.queries import usage
from commerce.promotions.tables import promotion_uses
from commerce.tax.fees import add_fee
from commerce.tax.schemas_fees import FeeIn
from tests.checkout.till import CARD, DECLINED, ON_COLLECTION, at_once, broken, check_out, expire_due, reserved
from tests.given import (
    aftersale as given_aftersale,
    checkout as given,
    customers,
    fulfilment as given_work,
    inventory as given_stock,
    promotions as given_promotions,
)
from tests.given.checkout import Shop

STATES = Statement(select(promotion_uses.c.state).order_by(promotion_uses.c.order_id))


async def _cart(db: Database, shop: Shop, who: Caller, *codes: str, cups: int = 1) -> Cart:
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): cups})
    if not codes:
        return cart
    return await db.transact(offer_codes, who, cart.id, list(codes), at=kernel_clock.now())


async def _states(db: Database) -> list[str]:
    return [row["state"] for row in await db.reading.fetch(STATES)]


async def _sound(db: Database) -> None:
    assert await broken(db) == []
    assert [finding for finding in await run_checks(db.reading, PROMOTION_CHECKS) if finding.rows] == []


async def test_a_code_is_kept_and_counted_with_the_order_that_carries_it(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    promotion = await given_promotions.published(db, opened_by="TEN", limits={"uses_most": 5})
    order = (await check_out(db, provider, who, await _cart(db, shop, who, "ten", cups=3), ON_COLLECTION)).order
    [line] = order.lines
    assert (line.subtotal, line.discount, order.total) == (5997, 600, 5397)
    assert [(each.source, each.amount) for each in line.discounts] == [(f"promotion:{promotion}", 600)]
    [told] = order.promotions
    assert (told.promotion_id, told.saved, told.code, told.limited) == (promotion, 600, "ten", True)
    assert (await _states(db), (await usage(db.reading, promotion)).uses) == (["committed"], 1)
    assert await orders.order(db.reading, order.id) == order
    await _sound(db)


async def test_what_is_unpaid_keeps_its_use_until_it_is_paid(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    await given_promotions.published(db, opened_by="ONCE", limits={"uses_most": 1})
    declined = await check_out(db, provider, who, await _cart(db, shop, who, "ONCE"), DECLINED)
    assert (declined.order.state, await _states(db)) == (OrderState.PENDING_PAYMENT, ["reserved"])
    other = given.shopper()
    late = await _cart(db, shop, other, "ONCE")
    shown = await carts.priced(db.reading, db.reading, late, at=clock.at)
    assert (shown.quoted.priced.total, [(each.code, each.why) for each in shown.refused]) == (
        1999,
        [("ONCE", "used_up")],
    )
    await _sound(db)


Ending = Callable[[Database, Worker, HeldClock, Outcome, Caller], Awaitable[None]]


async def _expires(db: Database, worker: Worker, clock: HeldClock, outcome: Outcome, who: Caller) -> None:
    clock.at += timedelta(hours=2)
    await expire_due(db, worker)


async def _customer_cancels(db: Database, worker: Worker, clock: HeldClock, outcome: Outcome, who: Caller) -> None:
    await db.transact(aftersale.cancel_order, who, outcome.order.id, "changed_mind")


async def _office_cancels(db: Database, worker: Worker, clock: HeldClock, outcome: Outcome, who: Caller) -> None:
    await db.transact(aftersale.cancel_order, given_aftersale.office(), outcome.order.id, "fraud")


async def _provider_ends(db: Database, worker: Worker, clock: HeldClock, outcome: Outcome, who: Caller) -> None:
    await db.transact(_give_up, outcome.order.id)


async def _give_up(tx: object, order_id: UUID) -> None:
    await give_up(tx, order_id, "paid_too_late", by="payments")  # type: ignore[arg-type]


async def _nothing_is_there(db: Database, worker: Worker, clock: HeldClock, outcome: Outcome, who: Caller) -> None:
    order = outcome.order
    await db.transact(fulfilment.offer, orders.OrderPlaced(order_id=order.id, order=order.facts()))
    clerk = given_work.staff()
    [work] = await fulfilment.fulfilments_of(db.reading, order.id)
    await db.transact(fulfilment.reject, clerk, work.id, ShortReason.DAMAGE)
    units = [(line.order_line_id, line.quantity) for line in work.lines]
    await db.transact(orders.cancel_units, order.id, units, "short", location_id=orders.UNPLACED)


@pytest.mark.parametrize(
    ("pay_by", "ends"),
    [
        (DECLINED, _expires),
        (DECLINED, _customer_cancels),
        (DECLINED, _provider_ends),
        (CARD, _customer_cancels),
        (CARD, _office_cancels),
        (ON_COLLECTION, _customer_cancels),
        (ON_COLLECTION, _nothing_is_there),
    ],
)
async def test_a_cancelled_order_gives_its_use_back_once_on_every_path(
    db: Database, provider: StripeProvider, worker: Worker, clock: HeldClock, pay_by: carts.Cart, ends: Ending
) -> None:
    shop, who = await given.shop(db), given.shopper()
    promotion = await given_promotions.published(db, opened_by="ONCE", limits={"uses_most": 1})
    outcome = await check_out(db, provider, who, await _cart(db, shop, who, "ONCE"), pay_by)  # type: ignore[arg-type]
    assert (await usage(db.reading, promotion)).uses == 1
    await ends(db, worker, clock, outcome, who)
    assert (await orders.order(db.reading, outcome.order.id)).state is OrderState.CANCELLED
    assert (await _states(db), (await usage(db.reading, promotion)).uses) == (["released"], 0)
    await asyncio.sleep(0.6)  # what is resident is at most half a second old
    again = await check_out(db, provider, who, await _cart(db, shop, who, "ONCE"), ON_COLLECTION)
    assert again.order.discount_total == 200
    await _sound(db)


async def test_the_losers_of_the_last_uses_are_told_the_price_without_them_and_nothing_is_kept(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop = await given.shop(db, stock=100)
    promotion = await given_promotions.published(db, opened_by="RUSH", limits={"uses_most": 3})
    buyers = [given.shopper() for _ in range(8)]
    ready = [(who, await _cart(db, shop, who, "RUSH")) for who in buyers]
    for who, cart in ready:
        await db.transact(set_contact, who, cart.id, Contact(email=f"{who.id}@example.com", name="B"), at=clock.at)
    ready = [(who, await carts.mine(db.reading, who, cart.id)) for who, cart in ready]
    seen = Money(1799, "EUR")
    came, refused = await at_once(
        *(check_out(db, provider, who, cart, ON_COLLECTION, total=seen) for who, cart in ready)
    )
    assert (len(came), len(refused)) == (3, 5)
    assert {each.order.total for each in came} == {1799}
    for each in refused:
        assert isinstance(each, PriceChanged)
        assert each.facts["total"] == Money(1999, "EUR")
        told = msgspec.to_builtins(each.facts["changes"])
        assert {change["why"] for change in told} == {"used_up"}
    assert (await usage(db.reading, promotion)).uses == 3
    assert await reserved(db, shop.cup, shop.gracia) == 3
    ordered = {each.order.cart_id for each in came}
    for who, cart in ready:
        if cart.id not in ordered:
            assert (await check_out(db, provider, who, cart, ON_COLLECTION)).order.total == 1999
    await _sound(db)


async def test_one_use_for_each_customer_holds_in_two_tabs_and_for_an_alias(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    who = msgspec.structs.replace(who, id=await customers.customer(db, "shopper@example.com"))
    await given_promotions.published(db, opened_by="HELLO", limits={"per_customer_most": 1})
    tabs = [await _cart(db, shop, who, "HELLO") for _ in range(2)]
    came, refused = await at_once(
        *(check_out(db, provider, who, cart, ON_COLLECTION, total=Money(1799, "EUR")) for cart in tabs)
    )
    assert (len(came), [type(each) for each in refused]) == (1, [PriceChanged])
    guest = given.shopper()
    alias = await _cart(db, shop, guest, "HELLO")
    await db.transact(set_contact, guest, alias.id, Contact(email="Shopper+2@example.com", name="S"), at=clock.at)
    alias = await carts.mine(db.reading, guest, alias.id)
    assert await given.total_of(db, alias) == Money(1999, "EUR")
    await _sound(db)


async def test_a_gift_is_kept_picked_and_handed_over_and_is_left_out_when_it_is_not_there(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db, stock=0), given.shopper()
    await given_stock.stock(db, {(shop.cup, shop.gracia): 5, (shop.plate, shop.gracia): 1})
    promotion = await given_promotions.published(
        db,
        {"kind": "gift", "variant_id": str(shop.plate)},
        targets={"variants": [str(shop.cup)]},
        limits={"uses_most": 9},
    )
    first = await check_out(db, provider, who, await _cart(db, shop, who), ON_COLLECTION)
    _, gift = first.order.lines
    assert (gift.kind, gift.sku, gift.quantity, gift.subtotal, gift.discount, gift.total) == (
        "gift",
        "PLATE",
        1,
        1250,
        1250,
        0,
    )
    assert (first.order.total, first.gifts_missing, await reserved(db, shop.plate, shop.gracia)) == (1999, (), 1)
    second = await check_out(db, provider, who, await _cart(db, shop, who), ON_COLLECTION)
    assert (len(second.order.lines), second.order.total, second.order.promotions) == (1, 1999, ())
    assert second.gifts_missing == ((promotion, shop.plate),)
    assert (await usage(db.reading, promotion)).uses == 1
    order = first.order
    await db.transact(fulfilment.offer, orders.OrderPlaced(order_id=order.id, order=order.facts()))
    done = await given_aftersale.supplied(db, order)
    assert [line.fulfilled for line in done.lines] == [1, 1]
    await _sound(db)


async def test_a_delivery_for_less_goes_with_the_first_place_that_sends(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db, stock=2), given.shopper()
    await given_promotions.published(
        db, {"kind": "delivery_off", "price": {"amount": 100, "currency": "EUR"}}, currency="EUR"
    )
    cart = await given.cart(db, shop, who, {(shop.cup, shop.sent): 3})
    order = (await check_out(db, provider, who, cart)).order
    assert [(group.delivery_amount, group.delivery_discount, group.delivery_total) for group in order.groups] == [
        (495, 395, 100),
        (0, 0, 0),
    ]
    assert (order.discount_total, order.delivery_total, order.total) == (0, 100, 6097)
    await _sound(db)


async def test_a_price_for_one_tender_is_none_for_another(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    await given_promotions.published(db, conditions={"tenders": ["card"]})
    cart = await _cart(db, shop, who)
    assert await given.total_of(db, cart) == Money(1999, "EUR")
    cart = await db.transact(set_tender, who, cart.id, "card", at=clock.at)
    assert await given.total_of(db, cart) == Money(1799, "EUR")
    with pytest.raises(PriceChanged) as refused:
        await check_out(db, provider, who, cart, ON_COLLECTION)
    assert refused.value.facts["total"] == Money(1999, "EUR")
    assert (await check_out(db, provider, who, cart, CARD)).order.total == 1799
    await _sound(db)


async def test_fees_are_lines_of_the_order_and_need_no_stock(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db, stock=2), given.shopper()
    fees: list[tuple[str, Literal["eco_fee", "deposit"], int]] = [("raee", "eco_fee", 50), ("bottle", "deposit", 25)]
    for code, kind, amount in fees:
        fee = FeeIn(code=code, kind=kind, variant_id=shop.cup, amount=Money(amount, "EUR"), tax_category="standard")
        await db.transact(add_fee, fee, at=clock.at)
    await given_promotions.published(db)
    cart = await given.cart(db, shop, who, {(shop.cup, shop.sent): 3})
    shown = await carts.priced(db.reading, db.reading, cart, at=clock.at)
    assert shown.quoted.priced.total == 5397 + 150 + 75 + 495
    order = (await check_out(db, provider, who, cart)).order
    assert [(line.kind, line.sku, line.quantity, line.total) for line in order.lines] == [
        ("article", "CUP", 2, 3598),
        ("deposit", "bottle", 2, 50),
        ("eco_fee", "raee", 2, 100),
        ("article", "CUP", 1, 1799),
        ("deposit", "bottle", 1, 25),
        ("eco_fee", "raee", 1, 50),
    ]
    assert [line.of_line_id for line in order.lines[1:3]] == [order.lines[0].id] * 2
    assert order.total == shown.quoted.priced.total
    assert await reserved(db, shop.cup, shop.warehouse) == 2
    await _sound(db)
