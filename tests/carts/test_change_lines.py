"""A cart loses nothing that it said yes to, and is its owner's alone."""

import asyncio

import pytest

from commerce.carts import change_details, change_lines, rows
from commerce.carts.change_details import Contact
from commerce.carts.change_lines import Beginning, Wanted
from commerce.carts.errors import CartClosed, TooManyLines, TooManyUnits
from commerce.carts.facts import Address, Cart, CartState
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import CartLineId, OrderId, VariantId, new_id
from commerce.platform.database import Database
from commerce.platform.http import Caller

SPAIN = Beginning(channel_id=new_id(), country="ES", language="es")
HERE = "pickup:01890000-0000-7000-8000-000000000001"
SENT = "ship:01890000-0000-7000-8000-000000000002"


def shopper() -> Caller:
    return Caller(kind="shopper", id=new_id(), scopes=frozenset({"carts"}))


def variant() -> VariantId:
    return VariantId(new_id())


async def _cart(db: Database, clock: HeldClock, who: Caller, *wanted: Wanted) -> Cart:
    return await db.transact(change_lines.begin_cart, who, SPAIN, wanted, at=clock.at)


async def test_a_cart_begins_with_its_lines_and_is_read_as_it_is(db: Database, clock: HeldClock) -> None:
    who, a, b = shopper(), variant(), variant()
    cart = await _cart(db, clock, who, Wanted(a, 2, HERE), Wanted(b, 1), Wanted(a, 1, HERE))
    assert [(line.variant_id, line.quantity, line.group) for line in cart.lines] == [(a, 3, HERE), (b, 1, "")]
    assert (cart.version, cart.shopper_id, cart.state) == (1, who.id, CartState.ACTIVE)
    read = await rows.mine(db.reading, who, cart.id)
    assert read.lines == cart.lines
    assert read.version == 1


async def test_adds_at_once_are_all_in_the_cart_and_each_answer_is_true(db: Database, clock: HeldClock) -> None:
    who = shopper()
    cart = await _cart(db, clock, who)
    variants = [variant() for _ in range(10)]

    async def add(wanted: VariantId) -> Cart:
        return await db.transact(change_lines.add_lines, who, cart.id, [Wanted(wanted, 1)], at=clock.at)

    answers = await asyncio.gather(*(add(each) for each in variants))
    end = await rows.mine(db.reading, who, cart.id)
    assert {line.variant_id for line in end.lines} == set(variants)
    assert end.version == 11
    assert sorted(answer.version for answer in answers) == list(range(2, 12))
    for answer in answers:
        assert len(answer.lines) == answer.version - 1


async def test_the_same_article_added_at_once_is_one_line_with_all_units(db: Database, clock: HeldClock) -> None:
    who, a = shopper(), variant()
    cart = await _cart(db, clock, who)
    answers = await asyncio.gather(
        *(db.transact(change_lines.add_lines, who, cart.id, [Wanted(a, 2)], at=clock.at) for _ in range(8))
    )
    assert sorted(answer.lines[0].quantity for answer in answers) == [2, 4, 6, 8, 10, 12, 14, 16]


async def test_a_line_changes_its_quantity_or_goes(db: Database, clock: HeldClock) -> None:
    who, a, b = shopper(), variant(), variant()
    cart = await _cart(db, clock, who, Wanted(a, 2), Wanted(b, 1))
    first, second = cart.lines
    after = await db.transact(change_lines.set_quantity, who, cart.id, first.id, 5, at=clock.at)
    assert [line.quantity for line in after.lines] == [5, 1]
    after = await db.transact(change_lines.remove_line, who, cart.id, first.id, at=clock.at)
    assert [line.id for line in after.lines] == [second.id]
    assert after.version == 3
    with pytest.raises(NotFound):
        await db.transact(change_lines.remove_line, who, cart.id, first.id, at=clock.at)
    with pytest.raises(NotFound):
        await db.transact(change_lines.set_quantity, who, cart.id, CartLineId(new_id()), 1, at=clock.at)
    assert (await rows.mine(db.reading, who, cart.id)).version == 3


async def test_lines_and_units_have_their_limits(db: Database, clock: HeldClock) -> None:
    who, a = shopper(), variant()
    cart = await _cart(db, clock, who, *(Wanted(variant(), 1) for _ in range(99)), Wanted(a, 9_999))
    with pytest.raises(TooManyLines):
        await db.transact(change_lines.add_lines, who, cart.id, [Wanted(variant(), 1)], at=clock.at)
    with pytest.raises(TooManyUnits):
        await db.transact(change_lines.add_lines, who, cart.id, [Wanted(a, 1)], at=clock.at)
    after = await rows.mine(db.reading, who, cart.id)
    assert (len(after.lines), after.version) == (100, 1)


async def test_anothers_cart_is_not_there(db: Database, clock: HeldClock) -> None:
    who, other = shopper(), shopper()
    cart = await _cart(db, clock, who, Wanted(variant(), 1))
    line = cart.lines[0].id
    contact = Contact(email="other@example.com", name="Other")
    with pytest.raises(NotFound):
        await rows.mine(db.reading, other, cart.id)
    with pytest.raises(NotFound):
        await db.transact(change_lines.add_lines, other, cart.id, [Wanted(variant(), 1)], at=clock.at)
    with pytest.raises(NotFound):
        await db.transact(change_lines.set_quantity, other, cart.id, line, 9, at=clock.at)
    with pytest.raises(NotFound):
        await db.transact(change_lines.remove_line, other, cart.id, line, at=clock.at)
    with pytest.raises(NotFound):
        await db.transact(change_details.set_contact, other, cart.id, contact, at=clock.at)
    with pytest.raises(NotFound):
        await db.transact(change_details.set_fulfilment, other, cart.id, {line: HERE}, at=clock.at)
    with pytest.raises(NotFound):
        await db.transact(change_details.discard, other, cart.id, at=clock.at)
    assert (await rows.mine(db.reading, who, cart.id)).version == 1


async def test_a_line_of_another_cart_cannot_be_reached_through_ones_own(db: Database, clock: HeldClock) -> None:
    who, other = shopper(), shopper()
    mine, theirs = await _cart(db, clock, who), await _cart(db, clock, other, Wanted(variant(), 3))
    with pytest.raises(NotFound):
        await db.transact(change_lines.remove_line, who, mine.id, theirs.lines[0].id, at=clock.at)
    with pytest.raises(NotFound):
        await db.transact(change_details.set_fulfilment, who, mine.id, {theirs.lines[0].id: HERE}, at=clock.at)
    assert len((await rows.mine(db.reading, other, theirs.id)).lines) == 1


async def test_fulfilment_is_chosen_by_line_and_joins_what_becomes_the_same(db: Database, clock: HeldClock) -> None:
    who, a, b = shopper(), variant(), variant()
    cart = await _cart(db, clock, who, Wanted(a, 1, HERE), Wanted(b, 1), Wanted(a, 2, SENT), Wanted(a, 4))
    ids = [line.id for line in cart.lines]
    after = await db.transact(
        change_details.set_fulfilment,
        who,
        cart.id,
        {ids[0]: SENT, ids[1]: HERE, ids[2]: HERE, ids[3]: SENT},
        at=clock.at,
    )
    assert [(line.id, line.quantity, line.group) for line in after.lines] == [
        (ids[0], 5, SENT),
        (ids[1], 1, HERE),
        (ids[2], 2, HERE),
    ]
    assert (await rows.mine(db.reading, who, cart.id)).lines == after.lines


async def test_contact_and_addresses_are_kept(db: Database, clock: HeldClock) -> None:
    who = shopper()
    cart = await _cart(db, clock, who, Wanted(variant(), 1))
    home = Address(name="Shopper", line1="Carrer Gran 1", city="Lisboa", postal_code="1000-001", country="PT")
    await db.transact(
        change_details.set_contact, who, cart.id, Contact(email="shopper@example.com", name="Shopper"), at=clock.at
    )
    after = await db.transact(change_details.set_addresses, who, cart.id, home, None, at=clock.at)
    assert (after.email, after.contact_name, after.language) == ("shopper@example.com", "Shopper", "es")
    assert (after.shipping_address, after.billing_address, after.destination) == (home, None, "PT")
    assert len(after.lines) == 1
    cleared = await db.transact(change_details.set_addresses, who, cart.id, None, home, at=clock.at)
    assert (cleared.shipping_address, cleared.destination) == (None, "ES")


async def test_an_ordered_cart_cannot_be_changed_and_is_ordered_once(db: Database, clock: HeldClock) -> None:
    who = shopper()
    cart = await _cart(db, clock, who, Wanted(variant(), 1))
    won = await asyncio.gather(
        *(db.transact(change_details.ordered, {OrderId(new_id()): cart}, at=clock.at) for _ in range(8))
    )
    assert sum(won) == 1
    with pytest.raises(CartClosed):
        await db.transact(change_lines.add_lines, who, cart.id, [Wanted(variant(), 1)], at=clock.at)
    with pytest.raises(CartClosed):
        await db.transact(change_details.set_fulfilment, who, cart.id, {cart.lines[0].id: HERE}, at=clock.at)
    with pytest.raises(CartClosed):
        await db.transact(change_details.discard, who, cart.id, at=clock.at)
    assert (await rows.mine(db.reading, who, cart.id)).state is CartState.ORDERED


async def test_a_cart_that_changed_since_it_was_read_is_not_ordered(db: Database, clock: HeldClock) -> None:
    who = shopper()
    cart = await _cart(db, clock, who, Wanted(variant(), 1))
    await db.transact(change_lines.add_lines, who, cart.id, [Wanted(variant(), 1)], at=clock.at)
    assert not await db.transact(change_details.ordered, {OrderId(new_id()): cart}, at=clock.at)
    assert (await rows.mine(db.reading, who, cart.id)).state is CartState.ACTIVE


async def test_a_discarded_cart_is_gone(db: Database, clock: HeldClock) -> None:
    who = shopper()
    cart = await _cart(db, clock, who, Wanted(variant(), 1))
    await db.transact(change_details.discard, who, cart.id, at=clock.at)
    with pytest.raises(NotFound):
        await rows.mine(db.reading, who, cart.id)
    with pytest.raises(NotFound):
        await db.transact(change_lines.add_lines, who, cart.id, [Wanted(variant(), 1)], at=clock.at)


@pytest.mark.usefixtures("nothing_ages")
async def test_a_change_is_one_statement(db: Database, clock: HeldClock) -> None:
    who = shopper()
    cart = await _cart(db, clock, who, Wanted(variant(), 1))
    before = db.statements
    await db.transact(change_lines.add_lines, who, cart.id, [Wanted(variant(), 1)], at=clock.at)
    assert db.statements - before == 1
