"""How promises to those who collect were kept: by location and store day, with pick times and rejections by reason."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from commerce import fulfilment
from commerce.fulfilment import FulfilmentState, Pick, Proof, ShortReason
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId, new_id
from commerce.platform import events
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.work import within_reactions
from commerce.recourse.reactions import REACTIONS
from commerce.reporting.pickup_service import PickupServiceRowOut, RejectedOut, pickup_service
from tests.given import aftersale, identity, recourse as given
from tests.given.checkout import Shop, shop
from tests.given.recourse import OFFICE, works_of
from tests.served import Served

DAY = date(2026, 3, 10)


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """A database whose rejections are heard."""
    database = Database(dsn, before_commit=events.store, within=within_reactions(REACTIONS))
    yield database
    await database.close()


async def collected(db: Database, clock: HeldClock, place: Shop, *, accept: int, pick: int) -> None:
    """A pickup at Gràcia that is taken on and made ready after so many minutes, and handed over."""
    (work,) = await works_of(db, await aftersale.placed(db, given.pickup(place, 1)))
    clock.move(minutes=accept)
    await db.transact(fulfilment.accept, OFFICE, work.id)
    clock.move(minutes=pick)
    await db.transact(fulfilment.pick, OFFICE, work.id, [Pick(work.lines[0].id, 1)])
    await db.transact(fulfilment.ready, OFFICE, work.id, None)
    await fulfilment.hand_over(db, new_id(), OFFICE, work.id, Proof(identity_checked=True), None)


async def figures(
    db: Database, caller: Caller = OFFICE, location_id: LocationId | None = None, since: date = DAY
) -> list[PickupServiceRowOut]:
    """Gives the report of one day."""
    return (await pickup_service(db.reading, caller, since, since + timedelta(days=1), location_id)).items


async def test_promises_are_kept_broken_or_pending_and_picking_is_timed(db: Database, clock: HeldClock) -> None:
    place = await shop(db)
    await collected(db, clock, place, accept=5, pick=10)  # promised for two hours later
    await collected(db, clock, place, accept=10, pick=30)
    await collected(db, clock, place, accept=60, pick=90)
    await aftersale.placed(db, given.pickup(place, 1))
    order = await aftersale.placed(db, given.pickup(place, 2))
    (gone,) = await works_of(db, order)
    await db.transact(fulfilment.reject, OFFICE, gone.id, ShortReason.NOT_IN_STOCK)
    await aftersale.placed(db, given.parcel(place, 1))  # no pickup
    (row,) = await figures(db)
    assert (row.code, row.promised, row.kept, row.broken, row.pending, row.cancelled) == ("gracia", 5, 2, 2, 1, 0)
    assert (row.kept_percent, row.moved) == (50.0, 0)
    assert (row.accept_seconds_p50, row.accept_seconds_p90) == (600, 3600)
    assert (row.pick_seconds_p50, row.pick_seconds_p90) == (1800, 5400)
    assert row.rejected == [RejectedOut(reason="not_in_stock", rejections=1, units=2)]
    clock.move(hours=3)
    (later,) = await figures(db)
    assert (later.broken, later.pending) == (3, 0)


async def test_a_moved_promise_is_measured_by_the_first_one(db: Database, clock: HeldClock) -> None:
    place = await shop(db)
    (work,) = await works_of(db, await aftersale.placed(db, given.pickup(place, 1)))
    tomorrow = clock.at + timedelta(days=1)
    await db.transact(fulfilment.move_promise, OFFICE, work.id, tomorrow, "no_capacity")
    await db.transact(fulfilment.accept, OFFICE, work.id)
    clock.move(hours=4)
    await db.transact(fulfilment.pick, OFFICE, work.id, [Pick(work.lines[0].id, 1)])
    ready = await db.transact(fulfilment.ready, OFFICE, work.id, None)
    assert ready.state is FulfilmentState.READY_FOR_PICKUP
    (row,) = await figures(db)
    assert (row.promised, row.kept, row.broken, row.moved) == (1, 0, 1, 1)


async def test_a_day_is_the_stores_own_and_only_ones_own_stores_are_told(db: Database, clock: HeldClock) -> None:
    place = await shop(db)
    clock.at = datetime(2026, 3, 10, 20, 59, tzinfo=UTC)  # promised for 23:59 in Madrid, the same day
    await aftersale.placed(db, given.pickup(place, 1))
    clock.at = datetime(2026, 3, 10, 21, 0, tzinfo=UTC)  # promised for midnight there: the next day
    await aftersale.placed(db, given.pickup(place, 1))
    await aftersale.placed(db, given.pickup(place, 1))
    days = [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    assert [[row.promised for row in await figures(db, since=day)] for day in days] == [[1], [2], []]
    theirs = Caller(kind="staff", id=new_id(), locations=frozenset({place.sants}))
    assert await figures(db, theirs) == []
    assert await figures(db, OFFICE, place.sants) == []
    assert len(await figures(db, OFFICE, place.gracia)) == 1


async def test_the_report_over_http_is_bounded_and_by_scope(server: Served, clock: HeldClock) -> None:
    database = server.program.db
    place = await shop(database)
    await aftersale.placed(database, given.pickup(place, 1))
    tokens = server.tokens
    made = await identity.terminal(database, place.gracia)
    store = server.api.as_(await identity.token_of(database, tokens, made))
    path = "/v1/reports/pickup-service?since=2026-03-10&until="
    (row,) = (await store.get(f"{path}2026-03-11"))["items"]
    assert (row["code"], row["promised"], row["pending"], row["rejected"]) == ("gracia", 1, 1, [])
    for until in ("2026-03-10", "2026-06-11"):
        refused = await store.call("GET", f"{path}{until}")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "?until")
    assert (await store.call("GET", f"{path}2026-03-11&location_id={place.sants}")).status_code == 404
    token = (await server.api.post("/v1/auth/anonymous", {}))["access_token"]
    assert (await server.api.as_(token).call("GET", f"{path}2026-03-11")).status_code == 403
    await server.work()
