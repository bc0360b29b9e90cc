"""Work that nobody takes on: told once, then the place is switched off and the work goes elsewhere; minutes count while the place is open."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import text

from commerce import fulfilment, orders, stores
from commerce.fulfilment import Fulfilment, FulfilmentState, Pick
from commerce.kernel.clock import HeldClock
from commerce.orders import Order
from commerce.platform.database import Database
from commerce.platform.http import BEGINNING
from commerce.platform.statement import Statement
from commerce.platform.work import Worker
from commerce.recourse import Patience, RejectionState as S, rejections_of
from commerce.recourse.late import watch
from commerce.recourse.queries import waiting_exceptions
from commerce.recourse.set_patience import set_patience
from tests.given import aftersale, checkout, recourse as given
from tests.given.checkout import Shop
from tests.given.recourse import OFFICE, proven, shelf, works_of


async def alerts(db: Database) -> list[str]:
    """Gives what was told of late work, in order."""
    rows = await db.reading.fetch(
        Statement[Any](text("SELECT payload::text AS fact FROM events WHERE tag = 'fulfilment.late.v1' ORDER BY id"))
    )
    return [msgspec.json.decode(row["fact"])["why"] for row in rows]


async def offered(db: Database, shop: Shop) -> tuple[Order, Fulfilment]:
    """Gives a pickup that waits to be taken on at Gràcia."""
    order = await aftersale.placed(db, given.pickup(shop, 2))
    (work,) = await works_of(db, order)
    return order, work


async def paused(db: Database, shop: Shop) -> bool:
    """Says whether Gràcia is switched off."""
    place = await stores.location(db.reading, shop.gracia)
    return place.paused_at is not None


async def test_nobody_takes_work_on_is_told_once_then_the_place_is_switched_off_and_the_customer_asked(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, work = await offered(db, shop)
    clock.move(minutes=29)
    await watch(db)
    assert await alerts(db) == []
    clock.move(minutes=1)
    await asyncio.gather(*(watch(db) for _ in range(4)))
    assert (await alerts(db), await paused(db, shop)) == (["not_accepted"], False)
    clock.move(minutes=30)
    await asyncio.gather(*(watch(db) for _ in range(4)))
    assert (await alerts(db), await paused(db, shop)) == (["not_accepted"], True)
    after = await fulfilment.fulfilment(db.reading, work.id, OFFICE)
    (case,) = await rejections_of(db.reading, order.id)
    assert (after.state, after.reject_reason, case.state) == (
        FulfilmentState.REJECTED,
        "not_accepted",
        S.WAITING_FOR_CHOICE,
    )
    assert await shelf(db, shop.cup, shop.gracia) == (10, 0)
    await proven(db)


async def test_minutes_are_counted_while_the_place_is_open(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    clock.at = datetime(2026, 3, 10, 18, 50, tzinfo=UTC)  # ten minutes before the place closes, at 20:00 in Madrid
    await offered(db, shop)
    clock.move(hours=12)  # 06:50 UTC, before it opens at 09:00
    await watch(db)
    assert await alerts(db) == []
    clock.at = datetime(2026, 3, 11, 8, 19, tzinfo=UTC)
    await watch(db)
    assert await alerts(db) == []
    clock.move(minutes=1)
    await watch(db)
    assert await alerts(db) == ["not_accepted"]


async def test_a_place_that_takes_the_work_on_keeps_it_also_late(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    order, work = await offered(db, shop)
    clock.move(minutes=61)
    await asyncio.gather(db.transact(fulfilment.accept, OFFICE, work.id), watch(db), watch(db), return_exceptions=True)
    after = await fulfilment.fulfilment(db.reading, work.id, OFFICE)
    cases = await rejections_of(db.reading, order.id)
    assert (after.state, len(cases), await paused(db, shop)) in {
        (FulfilmentState.ACCEPTED, 0, False),
        (FulfilmentState.REJECTED, 1, True),
    }
    await proven(db)


async def test_a_parcel_that_nobody_takes_on_goes_to_another_place(
    db: Database, clock: HeldClock, worker: Worker
) -> None:
    shop = await checkout.shop(db)
    order = await aftersale.placed(db, given.parcel(shop, 2))
    clock.move(minutes=60)
    await watch(db)
    await worker.drain()
    (work,) = await works_of(db, order)
    assert (work.location_id, work.attempt) == (shop.sants, 2)
    await proven(db)


async def open_exceptions(db: Database) -> list[tuple[str, str | None]]:
    """Gives what waited for a person, with who resolved it."""
    found = await waiting_exceptions(db.reading, OFFICE, resolved_too=True, after=BEGINNING, most=50)
    return [(each.kind, each.resolved_by) for each in found]


async def test_a_place_that_was_switched_off_waits_for_a_person_until_it_is_switched_on(
    db: Database, clock: HeldClock, worker: Worker
) -> None:
    shop = await checkout.shop(db)
    parcel = await aftersale.placed(db, given.parcel(shop, 2))
    clock.move(minutes=60)
    await watch(db)
    await worker.drain()
    (case,) = await rejections_of(db.reading, parcel.id)
    place = await stores.location(db.reading, case.location_id)
    assert (case.state, place.paused_at) == (S.ROUTED, clock.at)
    assert await open_exceptions(db) == [("not_accepted", None)]
    await db.transact(stores.resume, case.location_id, "staff:ada")
    assert await open_exceptions(db) == [("not_accepted", "staff:ada")]
    await proven(db)


async def test_what_its_customer_still_chooses_about_waits_also_when_the_place_is_on_again(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, _ = await offered(db, shop)
    clock.move(minutes=60)
    await watch(db)
    await db.transact(stores.resume, shop.gracia, "staff:ada")
    assert await open_exceptions(db) == [("not_accepted", None)]
    await db.transact(orders.cancel, order.id, "customer", "shopper:test")
    assert await open_exceptions(db) == [("not_accepted", "shopper:test")]


async def test_a_place_that_is_switched_on_while_its_work_is_settled_waits_for_nobody(
    db: Database, clock: HeldClock
) -> None:
    shop = await checkout.shop(db)
    order, _ = await offered(db, shop)
    clock.move(minutes=60)
    await watch(db)
    await asyncio.gather(
        db.transact(stores.resume, shop.gracia, "staff:ada"),
        db.transact(orders.cancel, order.id, "customer", "shopper:test"),
    )
    ((kind, by),) = await open_exceptions(db)
    assert (kind, by is None) == ("not_accepted", False)


async def test_a_place_has_its_own_patience(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    await db.transact(set_patience, None, 0, Patience(accept_minutes=5, pause_minutes=5))
    own = Patience(accept_minutes=90, pause_minutes=90)
    await db.transact(set_patience, shop.gracia, 0, own)
    await offered(db, shop)
    await aftersale.placed(db, given.parcel(shop, 1))
    clock.move(minutes=6)
    await watch(db)
    assert await alerts(db) == ["not_accepted"]  # the parcel's
    clock.move(minutes=84)
    await watch(db)
    assert await alerts(db) == ["not_accepted", "not_accepted"]


async def test_work_that_is_not_ready_when_it_was_promised_is_told_once(db: Database, clock: HeldClock) -> None:
    shop = await checkout.shop(db)
    _, work = await offered(db, shop)
    await db.transact(fulfilment.accept, OFFICE, work.id)
    promised = work.ready_by
    assert promised is not None
    clock.at = promised - timedelta(seconds=1)
    await watch(db)
    assert await alerts(db) == []
    clock.at = promised
    await watch(db)
    await watch(db)
    assert await alerts(db) == ["not_ready"]
    await db.transact(fulfilment.pick, OFFICE, work.id, [Pick(work.lines[0].id, 2)])
    await db.transact(fulfilment.ready, OFFICE, work.id, None)
    await watch(db)
    assert await alerts(db) == ["not_ready"]
