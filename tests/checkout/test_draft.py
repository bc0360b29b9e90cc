"""An order's groups and lines sum to the price that was agreed to, wherever the goods come from."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from commerce import carts
from commerce.checkout.draft import draft_of
from commerce.checkout.facts import Goods, PayBy, Plan, Wish
from commerce.checkout.kits import Sold, sold_of
from commerce.checkout.sourcing import goods_of, hand_out, plan_for
from commerce.inventory import Demand, InsufficientStock
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import HoldId, LocationId, VariantId, new_id
from commerce.kernel.money import Money
from commerce.orders import OrderDraft
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.quotes import surroundings
from tests.given import checkout as given, inventory
from tests.given.checkout import Shop


def _goods(variant_id: VariantId, quantity: int) -> Goods:
    return Goods(str(new_id()), variant_id, "ship:x", quantity)


def test_a_line_is_cut_only_where_one_place_does_not_have_enough() -> None:
    cup, plate = VariantId(new_id()), VariantId(new_id())
    near, far = LocationId(new_id()), LocationId(new_id())
    first, second, third = _goods(cup, 2), _goods(cup, 3), _goods(plate, 1)
    pieces = hand_out([first, second, third], [Demand(cup, near, 4), Demand(cup, far, 1), Demand(plate, far, 1)])
    assert [(piece.key, piece.location_id, piece.start, piece.quantity) for piece in pieces] == [
        (first.key, near, 0, 2),
        (second.key, near, 0, 2),
        (second.key, far, 2, 1),
        (third.key, far, 0, 1),
    ]


async def _draft(
    db: Database, shop: Shop, clock: HeldClock, cart: carts.Cart, **wanted: object
) -> tuple[OrderDraft, Plan]:
    around = await surroundings(db.reading)
    shown = await carts.priced(db.reading, around, cart, at=clock.at)
    sold = await sold_of(db.reading, around, shown, at=clock.at)
    plan = await plan_for(db.reading, goods_of(sold), at=clock.at)
    wish = Wish(accepted_total=Money(shown.quoted.priced.total, "EUR"), pay_by=PayBy(kind="card"))
    wish = msgspec.structs.replace(wish, **wanted)
    return draft_of(shown, sold, plan, around, wish, HoldId(new_id())), plan


async def test_each_place_is_a_group_with_its_own_promise(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    lines = {(shop.cup, shop.collected()): 2, (shop.plate, shop.collected(shop.sants)): 1, (shop.plate, shop.sent): 3}
    draft, plan = await _draft(db, shop, clock, await given.cart(db, shop, who, lines))
    assert [(group.kind, group.location_id, group.total) for group in draft.groups] == [
        ("pickup", shop.gracia, 3998),
        ("pickup", shop.sants, 1250),
        ("ship", shop.warehouse, 4245),
    ]
    assert sum(group.total for group in draft.groups) == draft.total == 9493
    assert [group.ready_by for group in draft.groups if group.kind == "pickup"] == [
        clock.at.replace(hour=11),
        clock.at.replace(hour=11),
    ]
    assert (draft.groups[2].method_code, draft.groups[2].delivery_total) == ("parcel", 495)
    assert (draft.groups[0].method_code, draft.groups[0].method_id) == ("pickup", None)
    assert (draft.hold_until - clock.at).total_seconds() == 1800
    assert sorted(plan.demands) == sorted(
        [Demand(shop.cup, shop.gracia, 2), Demand(shop.plate, shop.sants, 1), Demand(shop.plate, shop.warehouse, 3)]
    )


async def test_goods_from_two_places_make_two_groups_that_sum_to_the_price(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db, stock=0), given.shopper()
    await inventory.stock(db, {(shop.cup, shop.warehouse): 2, (shop.cup, shop.sants): 5})
    draft, _ = await _draft(db, shop, clock, await given.cart(db, shop, who, {(shop.cup, shop.sent): 7}))
    assert [(group.location_id, group.delivery_total) for group in draft.groups] == [
        (shop.sants, 495),
        (shop.warehouse, 0),
    ]
    assert [(line.quantity, line.total, line.subtotal) for line in draft.lines] == [(5, 9995, 9995), (2, 3998, 3998)]
    assert sum(line.tax for line in draft.lines) + 86 == draft.tax_total
    assert sum(group.total for group in draft.groups) == draft.total == 7 * 1999 + 495


async def test_what_is_nowhere_to_be_had_is_refused_by_article(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db, stock=2), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.sent): 5})
    shown = await carts.priced(db.reading, db.reading, cart, at=clock.at)
    sold = Sold(lines=shown.quoted.priced.lines, articles=shown.quoted.articles)
    with pytest.raises(InsufficientStock) as refused:
        await plan_for(db.reading, goods_of(sold), at=clock.at)
    assert [(short.variant_id, short.requested, short.available) for short in refused.value.short] == [(shop.cup, 5, 4)]


async def test_a_line_keeps_what_its_buyer_wants_when_units_are_missing_and_the_age_that_it_asks_for(
    db: Database, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()

    async def aged(tx: Tx) -> None:
        await tx.execute(Statement[Any](text("UPDATE products SET minimum_age = 18 WHERE title->>'en' = 'Cup'")))

    await db.transact(aged)
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2, (shop.plate, shop.collected()): 1})
    named = {str(cart.lines[1].id): "no"}
    draft, _ = await _draft(db, shop, clock, cart, substitutes="similar", substitutes_of=named)
    assert [(line.substitutes, line.minimum_age) for line in draft.lines] == [("similar", 18), ("no", None)]
    assert Wish(accepted_total=Money(1, "EUR"), pay_by=PayBy(kind="card")).substitutes_for("x/1") == "ask"
