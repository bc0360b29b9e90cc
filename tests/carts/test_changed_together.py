"""Changes of carts that wait at the same moment share a statement; what becomes of one is nothing to the others."""

import asyncio
from typing import NamedTuple

import msgspec
import pytest

from commerce import carts
from commerce.carts import Cart
from commerce.carts.change_details import SET_CONTACT_UNMOVED, Contact, prepare_contact
from commerce.carts.change_lines import BEGIN_AT_ONCE, Beginning, Wanted, prepare_cart
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import new_id
from commerce.platform import idempotency
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.idempotency import Answer, Command, KeyTaken
from commerce.platform.together import Own
from tests.given import checkout as given
from tests.given.checkout import Shop


class Begun(NamedTuple):
    """A cart to be begun: whose, as it will be, by which rows, under which key, with which answer."""

    who: Caller
    cart: Cart
    own: Own
    command: Command
    answer: Answer


def to_begin(shop: Shop, clock: HeldClock, nth: int) -> Begun:
    who = given.shopper()
    beginning = Beginning(channel_id=shop.channel_id, country="ES", language="ca")
    wanted = [Wanted(shop.plate, nth, shop.collected()), Wanted(shop.cup, 1, shop.collected()), Wanted(shop.cup, nth)]
    cart, own = prepare_cart(who, beginning, wanted, at=clock.at)
    command = idempotency.command(principal=who.principal, operation="createCart", key=str(new_id()), request=b"")
    return Begun(who, cart, own, command, Answer(status=201, etag=None, answer=str(nth).encode()))


async def begin(db: Database, each: Begun) -> bool:
    return await BEGIN_AT_ONCE.run(db, each.own, (each.command, each.answer))


def as_it_was_wanted(cart: Cart) -> list[object]:
    return [(line.id, line.variant_id, line.quantity, line.group) for line in cart.lines]


async def test_carts_that_begin_at_the_same_moment_take_two_statements_and_keep_each_its_own_key(
    db: Database, clock: HeldClock
) -> None:
    shop = await given.shop(db)
    wanted = [to_begin(shop, clock, nth) for nth in range(1, 9)]
    before = db.statements
    assert await asyncio.gather(*(begin(db, each) for each in wanted)) == [True] * 8
    assert db.statements - before == 2  # the first one starts at once, the others go along with the next
    for each in wanted:
        found = await carts.mine(db.reading, each.who, each.cart.id)
        assert as_it_was_wanted(found) == as_it_was_wanted(each.cart)
        assert msgspec.structs.replace(found, lines=()) == msgspec.structs.replace(each.cart, lines=())
        assert await idempotency.first_answer(db.reading, each.command) == each.answer


async def test_a_key_that_is_taken_undoes_its_own_change_only(db: Database, clock: HeldClock) -> None:
    shop = await given.shop(db)
    first = to_begin(shop, clock, 1)
    await begin(db, first)
    wanted = [to_begin(shop, clock, nth) for nth in range(2, 8)]
    wanted[3] = wanted[3]._replace(command=first.command)
    came = await asyncio.gather(*(begin(db, each) for each in wanted), return_exceptions=True)
    assert [type(each) for each in came] == [bool, bool, bool, KeyTaken, bool, bool]
    assert await idempotency.first_answer(db.reading, first.command) == first.answer
    with pytest.raises(NotFound):
        await carts.mine(db.reading, wanted[3].who, wanted[3].cart.id)
    assert len((await carts.mine(db.reading, wanted[4].who, wanted[4].cart.id)).lines) == 3


async def test_of_changes_of_one_version_one_is_made_and_others_of_other_carts_go_on(
    db: Database, clock: HeldClock
) -> None:
    shop = await given.shop(db)
    wanted = [to_begin(shop, clock, nth) for nth in range(1, 6)]
    await asyncio.gather(*(begin(db, each) for each in wanted))

    async def say(each: Begun, name: str) -> bool:
        contact = Contact(email=f"{name}@example.com", name=name)
        _, own = prepare_contact(each.cart, contact, at=clock.at)
        return await SET_CONTACT_UNMOVED.run(db, own)

    twice = wanted[2]
    said = await asyncio.gather(
        *(say(each, f"n{nth}") for nth, each in enumerate(wanted)), say(twice, "again"), say(twice, "once-more")
    )
    assert said[:2] + said[3:5] == [True] * 4
    assert [said[2], *said[5:]].count(True) == 1
    assert await say(twice, "late") is False
    found = [await carts.mine(db.reading, each.who, each.cart.id) for each in wanted]
    assert [cart.version for cart in found] == [2] * 5
    assert [cart.contact_name for cart in found[:2] + found[3:]] == ["n0", "n1", "n3", "n4"]
    made = ["n2", "again", "once-more"][[said[2], *said[5:]].index(True)]
    assert (found[2].contact_name, found[2].email, found[2].language) == (made, f"{made}@example.com", "ca")
