"""For how long and of how much a return may be: days, the right of withdrawal, the delivery charge, the provider's steps."""

from datetime import UTC, datetime

import pytest

from commerce import aftersale, fulfilment
from commerce.aftersale import ReturnState as S, TooLate
from commerce.aftersale.returnable import returnable
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import NotFound
from commerce.orders import NotThatManyUnits
from commerce.orders.queries import timeline
from commerce.platform.database import Database
from commerce.platform.http import Caller, Forbidden
from tests.aftersale.seen import money, sound
from tests.given import aftersale as given
from tests.given.fulfilment import Shelf
from tests.given.orders import Want


async def test_a_withdrawal_of_everything_gives_the_delivery_charge_back_once(db: Database, clock: HeldClock) -> None:
    place, who, clerk = await Shelf.filled(db), given.shopper(), given.office()
    order = await given.bought(
        db,
        Want(quantity=2, unit=1000, kind="ship", location_id=place.warehouse, variant_id=place.cup, delivery=495),
        who=who,
    )
    first = await given.asked(db, who, order, 1, kind="withdrawal")
    second = await given.asked(db, who, order, 1, kind="withdrawal")
    assert (first.amount, second.amount) == (1000, 1495)
    # The first parcel never comes: the delivery was not withdrawn from as a whole, and its charge stays.
    await db.transact(aftersale.cancel_return, who, first.id)
    assert (await aftersale.returned(db.reading, who, second.id)).amount == 1000
    await sound(db)
    third = await given.asked(db, who, order, 1, kind="withdrawal")
    assert third.amount == 1495
    assert {each.state for each in (first, second, third)} == {S.APPROVED}, "a right waits for nobody"
    for each in (second, third):
        await given.accepted(db, clerk, await given.received(db, clerk, each, place.warehouse))
        await db.transact(aftersale.refund, clerk, each.id)
    assert (await money(db, order))["refunded"] == order.total == 2495
    await sound(db)


async def test_parts_in_the_providers_steps_sum_to_what_was_charged(db: Database, clock: HeldClock) -> None:
    place = await Shelf.filled(db)
    clerk = given.terminal(place.store)
    order = await given.bought(
        db,
        Want(quantity=3, unit=1234, location_id=place.store, variant_id=place.cup),
        Want(quantity=1, unit=777, location_id=place.store, variant_id=place.bowl),
        charge_step=10,
        currency="KWD",
    )
    refunded = []
    for units in ((1, 0), (1, 1), (1, 0)):
        done = await given.brought_back(db, clerk, order, *units, location_id=place.store)
        refunded.append(done.refunded)
    assert all(amount % 10 == 0 for amount in refunded)
    assert sum(refunded) == order.total == (await money(db, order))["captured"]
    await sound(db)


async def test_the_days_count_from_the_hand_over_and_staff_can_make_an_exception(
    db: Database, clock: HeldClock
) -> None:
    place, who = await Shelf.filled(db), given.shopper()
    order = await given.bought(db, Want(quantity=3, location_id=place.store, variant_id=place.cup), who=who)
    clock.at = datetime(2026, 4, 9, 21, 59, tzinfo=UTC)  # 10 March plus 30 days, 23:59 in Barcelona
    assert (await given.asked(db, who, order, 1)).state is S.REQUESTED
    clock.move(minutes=1)
    with pytest.raises(TooLate):
        await given.asked(db, who, order, 1)
    clerk = given.terminal(place.store)
    with pytest.raises(TooLate):
        await given.asked(db, clerk, order, 1, location_id=place.store)
    with pytest.raises(Forbidden):
        await given.asked(db, who, order, 1, override="Please")
    kept = await given.asked(db, clerk, order, 1, location_id=place.store, override="Was in hospital")
    assert (kept.state, kept.override_reason) == (S.RECEIVED, "Was in hospital")
    said = b"".join(bytes(each.facts) for each in await timeline(db.reading, order.id))
    assert b"hospital" not in said, "facts stay for ever, so they hold nothing that people wrote"
    with pytest.raises(NotThatManyUnits):
        await given.asked(db, clerk, order, 3, override="Friend")
    await sound(db)


async def test_the_right_of_withdrawal_counts_from_the_last_of_the_goods(db: Database, clock: HeldClock) -> None:
    place, who, clerk = await Shelf.filled(db), given.shopper(), given.office()
    order = await given.bought(
        db,
        Want(location_id=place.store, variant_id=place.cup),
        Want(kind="ship", location_id=place.warehouse, variant_id=place.cup),
        who=who,
    )
    clock.move(days=40)
    terms = await aftersale.policy(db.reading)
    shown = await returnable(db.reading, who, terms, order.id, "es")
    assert (shown.can_withdraw, shown.withdrawal_until) == (True, None), "the parcel never came"
    assert [(line.title, line.can_return) for line in shown.lines] == [("Taza", False), ("Taza", True)]

    (parcel,) = await fulfilment.shipments_of(db.reading, order.id)
    await db.transact(fulfilment.delivered, clerk, parcel.id, None)
    shown = await returnable(db.reading, who, terms, order.id, "es")
    # Delivered on Sunday 19 April: fourteen days later is Sunday 3 May, so the right ends with Monday 4 May in Barcelona.
    assert shown.withdrawal_until == datetime(2026, 5, 4, 22, 0, tzinfo=UTC)
    clock.at = datetime(2026, 5, 4, 21, 59, tzinfo=UTC)
    assert (await given.asked(db, who, order, 1, kind="withdrawal")).amount == 1000
    clock.move(minutes=1)
    with pytest.raises(TooLate):
        await given.asked(db, who, order, 0, 1, kind="withdrawal")
    assert not (await returnable(db.reading, who, terms, order.id, "es")).can_withdraw
    for stranger in (given.shopper(), Caller(kind="public")):
        with pytest.raises(NotFound):
            await returnable(db.reading, stranger, terms, order.id, "es")
    await sound(db)
