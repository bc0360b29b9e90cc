"""Stock over HTTP: who sees which figures, how they are explained, how they are corrected."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State

from commerce import inventory
from commerce.inventory import (
    Cause,
    Demand,
    Move,
    Spot,
    admin,
    bind,
    consume,
    move,
    reserve,
    sell_beyond,
    set_safety,
    want,
)
from commerce.inventory.facts import Place
from commerce.inventory.jobs import JOBS
from commerce.inventory.routes import ROUTES
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import HoldId, OrderId, TransferId, new_id
from commerce.platform.database import Database
from commerce.platform.http import EXCEPTION_HANDLERS, Call, Caller, Surround, authorise
from tests.given import stores
from tests.given.inventory import hold, stock
from tests.inventory.world import places
from tests.traceability import world as tracked

SCOPES = frozenset({"stock:read", "stock:adjust", "stock:plan"})


class Desk:
    """Knows two tokens: of somebody who may act everywhere, and of a store's terminal."""

    def __init__(self) -> None:
        self.callers = {
            "Bearer boss": Caller(kind="staff", id=new_id(), scopes=SCOPES),
            "Bearer shopper": Caller(kind="shopper", id=new_id(), scopes=frozenset({"carts"})),
        }

    def bind_store(self, location_id: UUID) -> None:
        self.callers["Bearer store"] = Caller(
            kind="terminal", id=new_id(), scopes=SCOPES, locations=frozenset({location_id})
        )

    async def authenticate(self, authorization: str | None) -> Caller:
        return self.callers.get(authorization or "", Caller(kind="public"))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def http(db: Database, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(
        route_handlers=[*ROUTES, *admin.ROUTES],
        request_class=Call,
        before_request=authorise,
        exception_handlers=EXCEPTION_HANDLERS,
        state=State({"services": SimpleNamespace(db=db, tokens=desk)}),
        openapi_config=None,
        logging_config=None,
    )
    transport = httpx.ASGITransport(Surround(app))  # type: ignore[arg-type]  # two spellings of ASGI's types
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def who(name: str, key: str | None = None) -> dict[str, str]:
    return {"authorization": f"Bearer {name}", "idempotency-key": key or str(uuid4())}


async def get(http: httpx.AsyncClient, path: str, name: str = "boss", **params: Any) -> Any:  # noqa: ANN401
    answer = await http.get(path, headers=who(name), params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def walk(http: httpx.AsyncClient, path: str, **params: Any) -> list[Any]:
    items: list[Any] = []
    while True:
        page = await get(http, path, **params)
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params["cursor"] = page["next_cursor"]


async def test_levels_are_listed_by_page_each_once_and_filtered(
    db: Database, http: httpx.AsyncClient, clock: HeldClock
) -> None:
    shelves = await places(db, variants=3, at=3)
    await stock(db, {shelf: number + 1 for number, shelf in enumerate(shelves)})
    await hold(db, [(*shelves[8], 4)])

    listed = await walk(http, "/v1/stock", limit=2)
    assert [(each["variant_id"], each["location_id"]) for each in listed] == [
        (str(shelf.variant_id), str(shelf.location_id)) for shelf in sorted(shelves)
    ]
    [one] = (await get(http, "/v1/stock", variant_id=shelves[8][0], location_id=shelves[8][1]))["items"]
    assert (one["on_hand"], one["reserved"], one["available"]) == (9, 4, 5)
    low = await walk(http, "/v1/stock", available_at_most=5)
    assert sorted(each["available"] for each in low) == [1, 2, 3, 4, 5, 5]


async def test_a_store_sees_its_own_shelves_only(
    db: Database, http: httpx.AsyncClient, desk: Desk, clock: HeldClock
) -> None:
    mine, other = await places(db, at=2)
    desk.bind_store(mine.location_id)
    await stock(db, {mine: 3, other: 5})
    await hold(db, [(*mine, 1), (*other, 1)])
    for path in ("/v1/stock", "/v1/stock/movements", "/v1/reservations"):
        seen = await get(http, path, "store")
        assert [each["location_id"] for each in seen["items"]] == [str(mine.location_id)], path
        assert (await get(http, path, "store", location_id=other.location_id))["items"] == []
    why = await get(http, f"/v1/stock/{mine.variant_id}/why", "store")
    assert (why["on_hand"], why["reserved"]) == (3, 1)


async def test_every_figure_is_explained(db: Database, http: httpx.AsyncClient, clock: HeldClock) -> None:
    shelf, unheard = await places(db, variants=2)
    for _ in range(12):
        await stock(db, {shelf: 2})
    order = OrderId(new_id())
    await db.transact(bind, await hold(db, [(*shelf, 5)]), order)
    kept = await hold(db, [(*shelf, 3)], minutes=15)
    over = await hold(db, [(*shelf, 1)], minutes=5)
    shipment = new_id()
    await db.transact(consume, order, [(*shelf, 4)], Cause("shipment", shipment, "staff:7", "packed"), "ship:1")
    clock.move(minutes=5)

    why = await get(http, f"/v1/stock/{shelf.variant_id}/why")
    [place] = why["locations"]
    assert (place["on_hand"], place["reserved"], place["available"]) == (20, 4, 16)
    assert len(place["movements"]) == 10
    assert place["moved_before"] + sum(each["quantity"] for each in place["movements"]) == 20
    latest = place["movements"][0]
    assert (latest["kind"], latest["quantity"], latest["on_hand_after"]) == ("sold", -4, 20)
    assert (latest["document_kind"], latest["document_id"], latest["actor"]) == ("shipment", str(shipment), "staff:7")
    assert [(each["order_id"], each["hold_id"], each["open"]) for each in place["reserved_by"]] == [
        (str(order), place["reserved_by"][0]["hold_id"], 1),
        (None, str(kept), 3),
    ]
    assert str(over) not in str(place)
    assert place["reserved_further"] == 0
    assert (await http.get(f"/v1/stock/{unheard.variant_id}/why", headers=who("boss"))).status_code == 404


async def test_movements_are_listed_the_latest_first_and_filtered(
    db: Database, http: httpx.AsyncClient, clock: HeldClock
) -> None:
    shelves = await places(db, variants=2, at=2)
    for _ in range(3):
        await stock(db, dict.fromkeys(shelves, 1))
    listed = await walk(http, "/v1/stock/movements", limit=5)
    assert len(listed) == 12
    assert [each["seq"] for each in listed] == sorted((each["seq"] for each in listed), reverse=True)
    mine = await walk(http, "/v1/stock/movements", variant_id=shelves[0].variant_id, kind="received")
    assert {each["variant_id"] for each in mine} == {str(shelves[0].variant_id)}
    assert len(mine) == 6
    assert await walk(http, "/v1/stock/movements", kind="sold") == []


async def test_reservations_are_listed_as_long_as_they_stand(
    db: Database, http: httpx.AsyncClient, clock: HeldClock
) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 5, b: 5})
    order = OrderId(new_id())
    await db.transact(bind, await hold(db, [(*a, 2), (*b, 1)]), order)
    await hold(db, [(*a, 1)], minutes=5)
    assert len(await walk(http, "/v1/reservations", limit=1)) == 3
    clock.move(minutes=5)
    assert {each["order_id"] for each in await walk(http, "/v1/reservations")} == {str(order)}
    [one] = await walk(http, "/v1/reservations", order_id=order, variant_id=b.variant_id)
    assert (one["open"], one["expires_at"]) == (1, None)


async def test_what_may_be_promised_is_explained_down_to_the_documents(
    db: Database, http: httpx.AsyncClient, clock: HeldClock
) -> None:
    here, there = await places(db, at=2)
    market = await stores.channel(db, "market")
    await stock(db, {here: 20, there: 4})
    transfer, order, back = TransferId(new_id()), OrderId(new_id()), new_id()
    await db.transact(reserve, [Demand(*here, 3)], transfer, HoldId(new_id()), at=clock.at, owner="transfer")
    await db.transact(
        move,
        [Move(*here[:1], 2, Spot.SHELF, here[1], Spot.IN_TRANSIT, there[1])],
        Cause("transfer", transfer, "staff:7"),
        "ship:1",
        reserved_for=transfer,
    )
    await db.transact(
        move,
        [Move(*here[:1], 1, Spot.CUSTOMER, None, Spot.QUARANTINE, here[1])],
        Cause("return", back, "staff:7"),
        "back:1",
    )
    await db.transact(sell_beyond, [(*there, 6)], Cause("till_sale", order, "terminal:1"), "till:1")
    await db.transact(want, order, [(here.variant_id, 5)], Cause("order", order, "system"))
    body = {"safety": 2, "buffers": [{"channel_id": str(market), "units": 4}], "reason": "thefts"}
    path = f"/v1/admin/stock/{here.variant_id}/{here.location_id}"
    assert (await http.put(path, json=body, headers={**who("boss"), "if-match": '"1"'})).status_code == 200

    why = await get(http, f"/v1/stock/{here.variant_id}/why")
    assert [why[name] for name in ("on_hand", "reserved", "available", "safety", "online", "unrouted", "sendable")] == [
        18,
        1,
        17,
        2,
        15,
        5,
        10,
    ]
    assert why["unrouted_by"] == [{"owner_id": str(order), "units": 5, "href": f"/v1/orders/{order}"}]
    first, second = sorted(why["locations"], key=lambda each: each["location_id"] != str(here.location_id))
    assert first["buffers"] == [{"channel_id": str(market), "units": 4}]
    assert (first["available"], first["safety"], first["online"]) == (17, 2, 15)
    assert [(each["owner_kind"], each["open"], each["href"]) for each in first["reserved_by"]] == [
        ("transfer", 1, f"/v1/transfers/{transfer}")
    ]
    sent = first["movements"][0]
    assert (sent["other_spot"], sent["other_location_id"]) == ("in_transit", str(there.location_id))
    assert sent["href"] == f"/v1/transfers/{transfer}"
    assert {each["spot"]: each["units"] for each in first["beside"]} == {"quarantine": 1}
    assert {each["spot"]: each["units"] for each in second["beside"]} == {"in_transit": 2, "shortage": -2}
    assert (second["on_hand"], second["movements"][0]["href"]) == (0, f"/v1/stock/movements?document_id={order}")
    for location in why["locations"]:
        for each in [*location["beside"], {"href": location["movements_href"], "units": location["on_hand"]}]:
            listed = (await http.get(each["href"], headers=who("boss"))).json()["items"]
            assert sum(movement["quantity"] for movement in listed) == each["units"]
    [returned] = (await http.get(first["beside"][0]["href"], headers=who("boss"))).json()["items"]
    assert (returned["kind"], returned["other_spot"]) == ("returned", "customer")


async def test_demand_without_a_place_is_explained_where_there_never_was_stock(
    db: Database, http: httpx.AsyncClient, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await db.transact(want, OrderId(new_id()), [(shelf.variant_id, 5)], Cause("order", new_id(), "system"))
    why = await get(http, f"/v1/stock/{shelf.variant_id}/why")
    assert (why["unrouted"], why["sendable"], why["locations"]) == (5, 0, [])


async def test_what_a_shelf_keeps_back_is_set_as_a_whole_with_its_history(
    db: Database, http: httpx.AsyncClient, desk: Desk, clock: HeldClock
) -> None:
    shelf, other = await places(db, at=2)
    desk.bind_store(shelf.location_id)
    market, web = await stores.channel(db, "market"), await stores.channel(db, "outlet")
    path = f"/v1/admin/stock/{shelf.variant_id}/{shelf.location_id}"
    fresh = await http.get(path, headers=who("store"))
    assert (fresh.json()["safety"], fresh.json()["buffers"], fresh.headers["etag"]) == (0, [], '"1"')

    async def put(tag: str, safety: int, *buffers: tuple[UUID, int]) -> httpx.Response:
        named = [{"channel_id": str(channel), "units": units} for channel, units in buffers]
        body = {"safety": safety, "buffers": named, "reason": "thefts"}
        return await http.put(path, json=body, headers={**who("store"), "if-match": tag})

    first = await put('"1"', 2, (market, 1), (web, 3))
    assert (first.status_code, first.headers["etag"]) == (200, '"4"'), first.text
    assert (await put('"1"', 9)).status_code == 412
    second = await put('"4"', 2, (web, 4))
    assert second.json()["buffers"] == [{"channel_id": str(web), "units": 4}]
    same = await put(second.headers["etag"], 2, (web, 4))
    assert same.headers["etag"] == second.headers["etag"], "what changes nothing leaves no trace"
    assert (await put(second.headers["etag"], 2, (web, 4), (web, 1))).status_code == 400
    listed = await walk(http, f"{path}/changes", limit=2)
    assert [(each["channel_id"], each["before"], each["after"]) for each in reversed(listed)][3:] in (
        [(str(market), 1, 0), (str(web), 3, 4)],
        [(str(web), 3, 4), (str(market), 1, 0)],
    )
    assert {(each["reason"], each["actor"].split(":")[0]) for each in listed} == {("thefts", "terminal")}
    elsewhere = f"/v1/admin/stock/{shelf.variant_id}/{other.location_id}"
    for name, where, status in (("store", elsewhere, 404), ("boss", elsewhere, 200), ("shopper", path, 403)):
        assert (await http.get(where, headers=who(name))).status_code == status
    assert (await put('"6"', 1, (new_id(), 1))).status_code == 400
    nobody = f"/v1/admin/stock/{new_id()}/{shelf.location_id}"
    answer = await http.put(nobody, json={"safety": 1, "reason": "x"}, headers={**who("boss"), "if-match": '"1"'})
    assert answer.status_code == 400, "an article that does not exist"


async def test_the_proof_is_asked_for_page_by_page_by_whoever_may_see_all_places(
    db: Database, http: httpx.AsyncClient, desk: Desk, clock: HeldClock
) -> None:
    shelves = await places(db, variants=5)
    desk.bind_store(shelves[0].location_id)
    await stock(db, dict.fromkeys(shelves, 3))
    first = await get(http, "/v1/stock/proof", articles=3)
    assert (first["articles"], first["sound"], first["findings"], first["last_night"]) == (3, True, [], None)
    assert first["checks"] >= 10
    await JOBS[1].flow(db, None)  # type: ignore[misc]  # it is a flow
    second = await get(http, "/v1/stock/proof", articles=3, cursor=first["next_cursor"])
    assert (second["articles"], second["sound"], second["next_cursor"]) == (2, True, None)
    assert (second["last_night"]["articles"], second["last_night"]["broken"]) == (5, 0)
    for name, status in (("store", 403), ("shopper", 403)):
        assert (await http.get("/v1/stock/proof", headers=who(name))).status_code == status
    assert (await http.get("/v1/stock/proof?articles=1001", headers=who("boss"))).status_code == 400


async def test_a_level_says_what_is_kept_back(db: Database, http: httpx.AsyncClient, clock: HeldClock) -> None:
    a, b = await places(db, at=2)
    await stock(db, {a: 5, b: 1})
    await db.transact(set_safety, [(*a, 2), (*b, 3)], Cause("kept_back", None, "staff:test"))
    found = {
        each["location_id"]: (each["available"], each["safety"], each["online"])
        for each in await walk(http, "/v1/stock")
    }
    assert found == {str(a.location_id): (5, 2, 3), str(b.location_id): (1, 3, 0)}


def line(shelf: Place, **how: int) -> dict[str, Any]:
    return {"variant_id": str(shelf.variant_id), "location_id": str(shelf.location_id), **how}


async def test_a_correction_is_booked_once_with_its_reason(
    db: Database, http: httpx.AsyncClient, desk: Desk, clock: HeldClock
) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 5, b: 5})
    body = {"reason": "counted", "lines": [line(a, delta=-1), line(b, counted=9, expected=5)]}
    key = str(uuid4())
    first = await http.post("/v1/stock/adjustments", json=body, headers=who("boss", key))
    again = await http.post("/v1/stock/adjustments", json=body, headers=who("boss", key))
    assert first.status_code == 201, first.text
    assert [level["on_hand"] for level in first.json()["levels"]] == [4, 9]
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    moved = await walk(http, "/v1/stock/movements", document_id=first.json()["id"])
    assert sorted(each["quantity"] for each in moved) == [-1, 4]
    assert {(each["kind"], each["reason"], each["actor"]) for each in moved} == {
        ("adjusted", "counted", desk.callers["Bearer boss"].principal)
    }


async def test_a_correction_that_cannot_be_is_refused_with_what_to_change(
    db: Database, http: httpx.AsyncClient, desk: Desk, clock: HeldClock
) -> None:
    shelf, other = await places(db, at=2)
    desk.bind_store(shelf.location_id)
    await stock(db, {shelf: 5, other: 5})
    await hold(db, [(*shelf, 4)])
    unknown = Place(shelf.variant_id, other.location_id)._replace(variant_id=new_id())  # type: ignore[arg-type]

    async def refused(name: str, *lines: dict[str, Any], reason: str = "counted") -> tuple[int, str, Any]:
        body = {"reason": reason, "lines": list(lines)}
        answer = await http.post("/v1/stock/adjustments", json=body, headers=who(name))
        problem = answer.json()
        return answer.status_code, problem["code"], (problem.get("errors") or [{}])[0].get("pointer")

    assert await refused("boss", line(shelf, delta=-2)) == (409, "below_reserved", None)
    assert await refused("boss", line(shelf, counted=9, expected=6)) == (409, "stock_moved", None)
    assert await refused("boss", line(shelf, delta=0)) == (400, "invalid_input", "/lines/0/delta")
    assert await refused("boss", line(shelf)) == (400, "invalid_input", "/lines/0")
    assert await refused("boss", line(shelf, counted=1)) == (400, "invalid_input", "/lines/0")
    assert await refused("boss", line(shelf, delta=1, counted=1, expected=5)) == (400, "invalid_input", "/lines/0")
    assert await refused("boss", line(other, delta=1), line(other, delta=1)) == (400, "invalid_input", "/lines/1")
    assert await refused("store", line(shelf, delta=1), line(other, delta=1)) == (
        400,
        "invalid_input",
        "/lines/1/location_id",
    )
    with_lots = Place(await tracked.article(db, "lot"), shelf.location_id)
    assert await refused("boss", line(shelf, delta=1), line(with_lots, delta=1)) == (409, "needs_codes", None)
    assert [level.on_hand for level in await inventory.levels(db.reading, [shelf.variant_id], [shelf.location_id])] == [
        5
    ]
    assert (await refused("boss", line(unknown, delta=1)))[:2] == (400, "invalid_input")
    assert (await refused("boss", line(other, delta=1), reason=""))[:2] == (400, "invalid_input")
    assert (await refused("boss", *[line(other, delta=1)] * 101))[:2] == (400, "invalid_input")
    assert (await refused("shopper", line(other, delta=1)))[:2] == (403, "forbidden")
    assert (await refused("nobody", line(other, delta=1)))[:2] == (401, "unauthenticated")
    levels = {each["location_id"]: each["on_hand"] for each in await walk(http, "/v1/stock")}
    assert set(levels.values()) == {5}, "nothing changed"


async def test_a_cursor_of_another_list_is_refused(http: httpx.AsyncClient, clock: HeldClock) -> None:
    for path in ("/v1/stock", "/v1/stock/movements", "/v1/reservations"):
        answer = await http.get(path, headers=who("boss"), params={"cursor": "bm9uc2Vuc2U"})
        assert answer.status_code == 400, path
