"""A cart shows the price of the moment and whatever stands between it and its order; it is readable whatever is wrong."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from commerce import carts
from commerce.carts import Cart, change_details, change_lines, on_wire, show
from commerce.carts.change_lines import Beginning, Wanted
from commerce.carts.options import delivery_options
from commerce.carts.schemas import CartOut
from commerce.carts.shortages import short_lines
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import VariantId, new_id
from commerce.kernel.money import Money
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.quotes import CannotPrice, surroundings
from tests.given import catalog, checkout as given, pricing


async def _shown(db: Database, who: Caller, cart: Cart) -> CartOut:
    around = await surroundings(db.reading)
    read = await carts.mine(db.reading, who, cart.id)
    return on_wire.cart_out(await carts.priced(db.reading, around, read, at=kernel_clock.now()), around, "ca")


async def test_a_cart_that_lacks_nothing_has_a_price_that_adds_up(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2, (shop.plate, shop.sent): 1})
    shown = await _shown(db, who, cart)
    assert shown.problems == []
    assert [line.total for line in shown.lines] == [Money(3998, "EUR"), Money(1250, "EUR")]
    assert [group.total.amount for group in shown.groups] == [3998, 1745]
    assert (shown.subtotal.amount, shown.delivery_total.amount, shown.total.amount) == (5248, 495, 5743)
    assert [(line.fulfilment.kind, line.fulfilment.name) for line in shown.lines if line.fulfilment] == [
        ("pickup", "Gracia"),
        ("ship", "Parcel"),
    ]
    assert sum(tax.net.amount + tax.tax.amount for tax in shown.taxes) == shown.total.amount


async def test_everything_that_is_missing_is_named(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    empty = await db.transact(
        change_lines.begin_cart,
        who,
        Beginning(channel_id=shop.channel_id, country="ES", language="es"),
        [],
        at=clock.at,
    )
    assert [problem.code for problem in (await _shown(db, who, empty)).problems] == ["empty", "no_contact"]
    lines = [Wanted(shop.cup, 1), Wanted(shop.plate, 1, shop.sent)]
    await db.transact(change_lines.add_lines, who, empty.id, lines, at=clock.at)
    shown = await _shown(db, who, empty)
    assert [problem.code for problem in shown.problems] == ["no_fulfilment", "no_contact", "no_shipping_address"]
    assert shown.problems[0].line_id == shown.lines[0].id


async def test_a_price_that_changes_is_the_price_of_the_next_look(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2})
    assert (await _shown(db, who, cart)).total.amount == 3998
    await pricing.prices(db, {shop.cup: 700})
    shown = await _shown(db, who, cart)
    assert (shown.lines[0].unit, shown.total.amount) == (Money(700, "EUR"), 1400)


async def test_an_article_taken_off_sale_is_flagged_and_can_be_removed(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1, (shop.plate, shop.collected()): 1})
    await _take_off_sale(db, shop.plate)
    shown = await _shown(db, who, cart)
    assert [(problem.code, problem.variant_id) for problem in shown.problems] == [("not_for_sale", shop.plate)]
    assert (shown.lines[1].total, shown.total.amount) == (None, 1999)
    await db.transact(change_lines.remove_line, who, cart.id, shown.lines[1].id, at=clock.at)
    assert (await _shown(db, who, cart)).problems == []


async def test_a_delivery_choice_that_an_address_makes_impossible_is_flagged(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    inland = await pricing.delivery_method(db, code="inland", amount=0, countries=["ES"])
    cart = await given.cart(db, shop, who, {(shop.cup, f"ship:{inland}"): 1})
    assert (await _shown(db, who, cart)).problems == []
    abroad = msgspec.structs.replace(given.HOME, country="PT")
    await db.transact(change_details.set_addresses, who, cart.id, abroad, None, at=clock.at)
    problems = (await _shown(db, who, cart)).problems
    assert "no_tax_rate" in {problem.code for problem in problems} or "not_delivered_there" in {
        problem.code for problem in problems
    }


async def test_what_cannot_be_bought_is_not_added(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    unpriced = await catalog.variant(db, "Bowl")
    await _take_off_sale(db, shop.plate)
    around = await surroundings(db.reading)
    for article in (VariantId(new_id()), unpriced, shop.plate):
        wanted = [Wanted(article, 1)]
        with pytest.raises(CannotPrice) as refused:
            await db.transact(
                show.added, around, "en", None, [article], change_lines.add_lines, who, cart.id, wanted, at=clock.at
            )
        assert refused.value.errors[0].pointer == "/lines/0/variant_id"
    assert (await carts.mine(db.reading, who, cart.id)).lines == cart.lines


@pytest.mark.usefixtures("nothing_ages")
async def test_an_add_with_its_price_is_three_statements(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    around = await surroundings(db.reading)
    before = db.statements
    wanted = [Wanted(shop.plate, 1, shop.collected())]
    await db.transact(
        show.added, around, "en", None, [shop.plate], change_lines.add_lines, who, cart.id, wanted, at=clock.at
    )
    assert db.statements - before == 3


async def test_lines_with_too_little_stock_are_named_with_what_there_is(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db, stock=2), given.shopper()
    cart = await given.cart(
        db,
        shop,
        who,
        {(shop.cup, shop.collected()): 3, (shop.plate, shop.collected()): 2, (shop.plate, shop.sent): 5},
    )
    flaws = await short_lines(db.reading, cart, at=clock.at)
    assert [(flaw.code, flaw.line_id, flaw.available) for flaw in flaws] == [
        ("insufficient_stock", cart.lines[0].id, 2),
        ("insufficient_stock", cart.lines[2].id, 4),
    ]


async def test_options_say_where_a_cart_can_be_collected_and_how_it_can_be_sent(db: Database, clock: HeldClock) -> None:
    shop, who = await given.shop(db, stock=2), given.shopper()
    await pricing.delivery_method(db, code="abroad", amount=900, countries=["PT"])
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 2})
    around = await surroundings(db.reading)
    options = await delivery_options(db.reading, around, cart, "en", at=clock.at)
    assert {(each.code, each.available) for each in options.pickup} == {("gracia", True), ("sants", True)}
    assert [(each.code, each.price.amount) for each in options.shipping] == [("parcel", 495)]


async def _take_off_sale(db: Database, variant_id: VariantId) -> None:
    async def step(tx: Tx) -> None:
        withdraw: Statement[Any] = Statement(
            text(f"UPDATE variants SET withdrawn_at = now() WHERE id = '{variant_id}'")
        )
        await tx.execute(withdraw)

    await db.transact(step)
