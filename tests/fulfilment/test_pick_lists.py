"""Pick lists: who walks for which work, in which order, and where each scanned unit goes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from commerce import aftersale, fulfilment, inventory, orders
from commerce.catalog import VariantDraft
from commerce.fulfilment import Fulfilment, FulfilmentState as S, Pick
from commerce.fulfilment.package_facts import Measures
from commerce.fulfilment.packages import make_package
from commerce.fulfilment.pick_errors import NothingToPick, OnAnotherList, PickedByAnother, WrongArticle
from commerce.fulfilment.pick_facts import PickList, PickListKind, PickListState, ShelfPlace
from commerce.fulfilment.pick_lists import ListWish, assign, close, make_list
from commerce.fulfilment.pick_queries import wanted
from commerce.fulfilment.pick_rules import next_cut_off, walks
from commerce.fulfilment.pick_scan import scan, short
from commerce.fulfilment.pick_schemas import PickScanIn, PickShortIn
from commerce.fulfilment.shelf_places import set_places
from commerce.kernel.clock import HeldClock, now as clock_now
from commerce.kernel.errors import IllegalMove, NotFound, Refusal
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.replenishment import ScanDiffers
from commerce.stores import Hours, Location, Terms
from commerce.stores.facts import Address
from commerce.stores.places import Cutoff
from commerce.traceability import Came
from tests.given import catalog, fulfilment as given, identity, inventory as stock_given, stores
from tests.given.fulfilment import staff
from tests.given.orders import Want
from tests.served import Served
from tests.traceability import world

CODES = ("CUP-1", "BOWL-2", "DISH-3")


class Floor:
    """A store with three articles on its shelves, ten units of each, and somebody who works there."""

    store: LocationId
    articles: list[VariantId]
    clerk: Caller

    @classmethod
    async def filled(cls, db: Database) -> "Floor":
        """Builds it."""
        floor = cls()
        floor.store = await stores.location(db)
        drafts = [VariantDraft(sku=code, option_values=(code,)) for code in CODES]
        floor.articles = await catalog.product(db, "Table", variants=drafts, options=["Kind"])
        await stock_given.stock(db, {(article, floor.store): 10 for article in floor.articles})
        floor.clerk = staff(floor.store)
        return floor

    async def work(self, db: Database, *units: int) -> Fulfilment:
        """Offered work for so many units of each article, in their order; 0 leaves one out."""
        wants = [
            Want(quantity=quantity, location_id=self.store, variant_id=article)
            for article, quantity in zip(self.articles, units, strict=False)
            if quantity
        ]
        (work,) = await given.offered(db, *wants)
        return work

    async def listed(self, db: Database, *works: Fulfilment, who: Caller | None = None) -> PickList:
        """A list of these works."""
        kind = PickListKind.ORDER if len(works) == 1 else PickListKind.BATCH
        wish = ListWish(location_id=self.store, kind=kind, works=[work.id for work in works])
        return await db.transact(make_list, who or self.clerk, wish)

    async def seen(self, db: Database, work: Fulfilment) -> Fulfilment:
        """The work as it is now."""
        return await fulfilment.fulfilment(db.reading, work.id, self.clerk)


def scanned(code: str = "CUP-1", quantity: int = 1, scan_id: UUID | None = None) -> PickScanIn:
    return PickScanIn(scan_id=scan_id or new_id(), code=code, quantity=quantity)


async def proven(db: Database) -> None:
    """Every invariant holds."""
    from commerce.fulfilment.audit import CHECKS
    from commerce.inventory.audit import CHECKS as OF_STOCK
    from commerce.orders.audit import CHECKS as OF_ORDERS

    assert [found for found in await run_checks(db.reading, [*CHECKS, *OF_STOCK, *OF_ORDERS]) if found.rows] == []


async def test_a_batch_is_walked_by_aisle_bay_and_position_and_what_lies_nowhere_comes_last_by_sku(
    db: Database, clock: HeldClock
) -> None:
    floor = await Floor.filled(db)
    cup, bowl, dish = floor.articles
    places = [
        ShelfPlace(variant_id=cup, aisle="A10", bay="1"),
        ShelfPlace(variant_id=dish, aisle="A2", bay="11", position="3"),
    ]
    await db.transact(set_places, floor.clerk, floor.store, places, [])
    first, second = await floor.work(db, 2, 1, 1), await floor.work(db, 1, 0, 4)
    made = await floor.listed(db, first, second)
    walking = walks(await wanted(db.reading, made.id))
    assert [(walk.variant_id, walk.left) for walk in walking] == [(dish, 5), (cup, 3), (bowl, 1)]
    assert {(await floor.seen(db, each)).state for each in (first, second)} == {S.ACCEPTED}
    moved = [ShelfPlace(variant_id=bowl, aisle="A1")]
    await db.transact(set_places, floor.clerk, floor.store, moved, [cup])
    assert [walk.variant_id for walk in walks(await wanted(db.reading, made.id))] == [bowl, dish, cup]


async def test_units_go_to_orders_in_the_order_of_their_promises_and_missing_ones_come_off_the_last(
    db: Database, clock: HeldClock
) -> None:
    floor = await Floor.filled(db)
    early = await floor.work(db, 2)
    clock.move(minutes=5)
    late = await floor.work(db, 3)
    made = await floor.listed(db, late, early)
    missing = PickShortIn(scan_id=new_id(), code="cup-1", quantity=1, reason="mismatch")
    told = await db.transact(short, floor.clerk, made.id, missing)
    assert [(put.number, put.quantity, told.article_left) for put in told.put] == [(late.number, 1, 4)]
    found = await db.transact(scan, floor.clerk, made.id, scanned(quantity=3))
    assert [(put.number, put.quantity) for put in found.put] == [(early.number, 2), (late.number, 1)]
    assert (found.article_left, found.list_left) == (1, 1)
    last = await db.transact(scan, floor.clerk, made.id, scanned())
    assert [(put.number, put.quantity, last.list_left) for put in last.put] == [(late.number, 1, 0)]
    lines = {each.number: (await floor.seen(db, each)).lines[0] for each in (early, late)}
    assert [(lines[each.number].picked, lines[each.number].short) for each in (early, late)] == [(2, 0), (2, 1)]
    (level,) = await inventory.levels(db.reading, [floor.articles[0]], [floor.store])
    assert (level.on_hand, level.reserved) == (9, 4)
    await proven(db)


async def test_a_repeated_scan_gets_the_first_answer_and_one_with_other_content_is_refused(
    db: Database, clock: HeldClock
) -> None:
    floor = await Floor.filled(db)
    work = await floor.work(db, 3)
    made = await floor.listed(db, work)
    once = scanned(quantity=2)
    outcomes = await asyncio.gather(*(db.transact(scan, floor.clerk, made.id, once) for _ in range(6)))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert (await floor.seen(db, work)).lines[0].picked == 2
    with pytest.raises(ScanDiffers):
        await db.transact(scan, floor.clerk, made.id, scanned(quantity=1, scan_id=once.scan_id))
    await db.transact(close, floor.clerk, made.id)
    assert await db.transact(scan, floor.clerk, made.id, once) == outcomes[0]
    with pytest.raises(IllegalMove):
        await db.transact(scan, floor.clerk, made.id, scanned())
    assert (await floor.seen(db, work)).lines[0].picked == 2
    await proven(db)


async def test_two_scans_of_the_last_unit_at_once_pick_it_once(db: Database, clock: HeldClock) -> None:
    floor = await Floor.filled(db)
    works = [await floor.work(db, 1), await floor.work(db, 1)]
    made = await floor.listed(db, *works)
    outcomes = await asyncio.gather(
        *(db.transact(scan, floor.clerk, made.id, scanned()) for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, WrongArticle) for outcome in outcomes) == 4
    assert [(await floor.seen(db, work)).lines[0].picked for work in works] == [1, 1]
    await proven(db)


async def test_what_a_list_does_not_want_is_refused_and_nothing_is_picked(db: Database, clock: HeldClock) -> None:
    floor = await Floor.filled(db)
    work = await floor.work(db, 2)
    made = await floor.listed(db, work)
    for wrong in (scanned("BOWL-2"), scanned("NOTHING"), scanned(quantity=3)):
        with pytest.raises(WrongArticle):
            await db.transact(scan, floor.clerk, made.id, wrong)
    with pytest.raises(NotFound):
        await db.transact(scan, staff(new_id()), made.id, scanned())
    assert (await floor.seen(db, work)).lines[0].picked == 0


async def test_two_pickers_never_get_the_same_work_and_a_list_is_scanned_by_its_picker_alone(
    db: Database, clock: HeldClock
) -> None:
    floor = await Floor.filled(db)
    work, other = await floor.work(db, 1), await floor.work(db, 1)
    clerks = [staff(floor.store) for _ in range(6)]
    outcomes = await asyncio.gather(
        *(
            floor.listed(db, *works, who=who)
            for who, works in zip(clerks, [(work, other), (other, work)] * 3, strict=True)
        ),
        return_exceptions=True,
    )
    (made,) = [outcome for outcome in outcomes if isinstance(outcome, PickList)]
    assert sum(isinstance(outcome, OnAnotherList) for outcome in outcomes) == 5
    mine = next(clerk for clerk in clerks if clerk.principal == made.picker)
    thief = next(clerk for clerk in clerks if clerk is not mine)
    with pytest.raises(PickedByAnother):
        await db.transact(scan, thief, made.id, scanned())
    taken_over = await db.transact(assign, thief, made.id, None)
    await db.transact(scan, thief, made.id, scanned())
    with pytest.raises(PickedByAnother):
        await db.transact(scan, mine, made.id, scanned())
    assert taken_over.picker == thief.principal
    await db.transact(close, thief, made.id)
    again = await floor.listed(db, other, who=mine)
    assert (again.state, [line.number for line in await wanted(db.reading, again.id)]) == (
        PickListState.OPEN,
        [other.number],
    )
    await proven(db)


async def test_a_wave_takes_what_is_due_that_nobody_picks_yet_and_two_waves_share_nothing(
    db: Database, clock: HeldClock
) -> None:
    floor = await Floor.filled(db)
    due = [await floor.work(db, 1) for _ in range(6)]
    clock.move(hours=3)
    await floor.work(db, 1)
    wish = ListWish(location_id=floor.store, kind=PickListKind.WAVE, due_by=clock.at)
    outcomes = await asyncio.gather(
        *(db.transact(make_list, staff(floor.store), wish) for _ in range(4)), return_exceptions=True
    )
    made = [outcome for outcome in outcomes if isinstance(outcome, PickList)]
    held = [line.number for each in made for line in await wanted(db.reading, each.id)]
    assert sorted(held) == sorted(work.number for work in due)
    assert {type(outcome) for outcome in outcomes} <= {PickList, NothingToPick}
    with pytest.raises(NothingToPick):
        await db.transact(make_list, floor.clerk, wish)
    await proven(db)


async def test_cancelled_work_leaves_the_list_and_its_units_are_wanted_no_more(dsn: str, clock: HeldClock) -> None:
    from commerce.fulfilment.offer import cancel_of
    from commerce.orders import OrderCancelled
    from commerce.platform import events
    from commerce.platform.work import within, within_reactions

    db = Database(dsn, before_commit=events.store, within=within_reactions([within(OrderCancelled, cancel_of)]))
    floor = await Floor.filled(db)
    gone, stays = await floor.work(db, 2), await floor.work(db, 1)
    made = await floor.listed(db, gone, stays)
    outcomes = await asyncio.gather(
        db.transact(orders.cancel, gone.order_id, "customer", "shopper:test"),
        *(db.transact(scan, floor.clerk, made.id, scanned()) for _ in range(3)),
        return_exceptions=True,
    )
    assert not [each for each in outcomes if isinstance(each, BaseException) and not isinstance(each, Refusal)]
    assert (await floor.seen(db, gone)).state is S.CANCELLED
    assert [line.number for line in await wanted(db.reading, made.id)] == [stays.number]
    await db.close()


async def test_work_that_cannot_be_picked_goes_on_no_list(db: Database, clock: HeldClock) -> None:
    floor = await Floor.filled(db)
    work = await floor.work(db, 1)
    await db.transact(fulfilment.accept, floor.clerk, work.id)
    await db.transact(fulfilment.pick, floor.clerk, work.id, [Pick(work.lines[0].id, 1)])
    with pytest.raises(IllegalMove):
        await floor.listed(db, work)
    wish = ListWish(location_id=floor.store, kind=PickListKind.ORDER, works=[new_id()])
    with pytest.raises(NotFound):
        await db.transact(make_list, floor.clerk, wish)
    rows: list[Any] = await db.reading.fetch(Statement(text("SELECT id FROM pick_lists")))
    assert rows == []


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 27, 16, 59, tzinfo=UTC), datetime(2026, 3, 27, 17, 0, tzinfo=UTC)),
        (
            datetime(2026, 3, 27, 17, 0, tzinfo=UTC),
            datetime(2026, 3, 30, 16, 0, tzinfo=UTC),
        ),  # over the change of clocks
        (datetime(2026, 3, 31, 12, 0, tzinfo=UTC), datetime(2026, 3, 31, 22, 0, tzinfo=UTC)),  # 24:00 is the day's end
    ],
)
def test_the_carriers_come_at_the_wall_time_of_the_place(at: datetime, expected: datetime) -> None:
    cutoffs = (Cutoff(weekday=5, at="18:00"), Cutoff(weekday=1, at="18:00"), Cutoff(weekday=2, at="24:00"))
    place = Location(
        id=LocationId(new_id()),
        code="w",
        name="W",
        kind="warehouse",
        timezone="Europe/Madrid",
        country="ES",
        address=Address(line1="A", city="B"),
        latitude=None,
        longitude=None,
        phone=None,
        pickup=False,
        ships=True,
        active=True,
        lead_minutes=60,
        hours=(Hours(weekday=1, opens="09:00", closes="20:00"),),
        exceptions=(),
        version=1,
        terms=(Terms(service="ships", cutoffs=cutoffs),),
    )
    assert next_cut_off(place, at) == expected


async def test_a_list_is_made_walked_scanned_and_closed_over_http(server: Served) -> None:
    db = server.program.db
    floor = await Floor.filled(db)
    tokens = await identity.tokens(db, server.settings)
    mine = await identity.staff(db, tokens, "associate@shop.example", ("store_associate", floor.store))
    api = server.api.as_(mine.access_token)
    first, second = await floor.work(db, 1, 2), await floor.work(db, 2)
    places = [{"variant_id": str(floor.articles[0]), "aisle": "B", "bay": "2"}]
    await api.post("/v1/shelf-places", {"location_id": str(floor.store), "places": places})
    shown = await api.get(f"/v1/shelf-places?location_id={floor.store}")
    assert [(each["aisle"], each["bay"]) for each in shown["items"]] == [("B", "2")]
    body = {
        "location_id": str(floor.store),
        "kind": "batch",
        "fulfilment_order_ids": [str(first.id), str(second.id)],
    }
    made = await api.post("/v1/pick-lists", body)
    assert [(line["quantity"], line["left"], len(line["orders"])) for line in made["lines"]] == [(3, 3, 2), (2, 2, 1)]
    path = f"/v1/pick-lists/{made['id']}"
    sent = {"scan_id": str(new_id()), "code": "CUP-1", "quantity": 3}
    answers = [await api.post(f"{path}/scans", sent) for _ in range(2)]
    assert answers[0] == answers[1]
    assert sum(each["quantity"] for each in answers[0]["put"]) == 3
    wrong = await api.call("POST", f"{path}/scans", {"scan_id": str(new_id()), "code": "DISH-3"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_article")
    missing = {"scan_id": str(new_id()), "code": "BOWL-2", "quantity": 2, "reason": "no_capacity"}
    assert (await api.post(f"{path}/short", missing))["list_left"] == 0
    closed = await api.post(f"{path}/close")
    assert (closed["state"], closed["left"]) == ("closed", 0)
    listed = await api.get(f"/v1/locations/{floor.store}/pick-lists?state=closed")
    assert [each["number"] for each in listed["items"]] == [made["number"]]
    assert msgspec.json.decode(msgspec.json.encode(await api.get(path)))["number"] == made["number"]
    other = await identity.staff(db, tokens, "other@shop.example", ("store_associate", await stores.location(db, "x")))
    assert (await server.api.as_(other.access_token).call("GET", path)).status_code == 404


async def test_a_wave_for_the_carriers_takes_the_parcels_and_names_the_lots_to_take(server: Served) -> None:
    db = server.program.db
    depot = await stores.warehouse(db)
    walls = dict.fromkeys(range(1, 8), "23:59")
    await stores.service(db, depot, "ships", cutoffs=walls)
    milk = await world.article(db, "lot", dated=True)
    today = clock_now().date()
    for lot, days in (("LATE", 60), ("SOON", 20)):
        await world.bring(db, depot, Came(milk, 3, lot=lot, expires_on=today + timedelta(days=days)))
    parcel = Want(quantity=4, kind="ship", location_id=depot, variant_id=milk)
    (first,), (second,) = (
        await given.offered(db, parcel),
        await given.offered(db, msgspec.structs.replace(parcel, quantity=1)),
    )
    tokens = await identity.tokens(db, server.settings)
    mine = await identity.staff(db, tokens, "depot@shop.example", ("warehouse_operator", depot))
    api = server.api.as_(mine.access_token)
    wish = {"location_id": str(depot), "kind": "wave", "carrier_cut_off": True}
    made = await api.post("/v1/pick-lists", wish)
    (line,) = made["lines"]
    assert [each["number"] for each in line["orders"]] == [first.number, second.number]
    assert [(lot["lot"], lot["quantity"]) for lot in line["lots"]] == [("SOON", 3), ("LATE", 2)]
    nothing = await api.call("POST", "/v1/pick-lists", wish)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_pick")
    for wrong in (
        {**wish, "due_by": "2026-03-10T10:00:00Z"},
        {**wish, "carrier_cut_off": False},
        {**wish, "kind": "batch"},
    ):
        assert (await api.call("POST", "/v1/pick-lists", wrong)).status_code == 400
    nobody = {"picker_id": str(new_id())}
    assert (await api.call("POST", f"/v1/pick-lists/{made['id']}/assign", nobody)).status_code == 400


async def test_a_cancelled_order_clears_its_packages_labels_and_serials_up(server: Served) -> None:
    db = server.program.db
    store = await world.store(db)
    phone = await world.article(db, "serial")
    await world.bring(db, store, Came(phone, 2, serials=("S1", "S2")))
    clerk = staff(store)
    wants = [Want(quantity=1, location_id=store, variant_id=phone) for _ in range(2)]
    (gone,), (stays,) = await given.offered(db, wants[0]), await given.offered(db, wants[1])
    (sku,) = [row["sku"] for row in await db.reading.fetch(Statement(text("SELECT sku FROM variants")))]
    lists = []
    for work in (gone, stays):
        wish = ListWish(location_id=store, kind=PickListKind.ORDER, works=[work.id])
        lists.append(await db.transact(make_list, clerk, wish))
    asked = PickScanIn(scan_id=new_id(), code=sku, serials=("S1",))
    await db.transact(scan, clerk, lists[0].id, asked)
    package = await db.transact(make_package, clerk, gone.id, None, Measures())
    await db.transact(aftersale.cancel_order, clerk, gone.order_id, "changed_mind")
    found: list[Any] = await db.reading.fetch(Statement(text("SELECT state FROM packages")))
    assert (package.state, [row["state"] for row in found]) == ("packed", ["voided"])
    put = await db.transact(scan, clerk, lists[1].id, msgspec.structs.replace(asked, scan_id=new_id()))
    assert [each.number for each in put.put] == [stays.number]
