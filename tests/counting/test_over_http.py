"""Counts, corrections, snapshots and shortfalls over HTTP: who may do what, blind counting, and one effect for each key."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from commerce.inventory.facts import Place
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from tests.given import catalog, identity, stores
from tests.given.inventory import hold, stock
from tests.served import Api, Served

Json = dict[str, Any]
COUNT, APPROVE, ADJUST, READ = "stock:count", "stock:approve", "stock:adjust", "stock:read"


async def client(server: Served, *scopes: str, at: UUID | None = None) -> Api:
    """A client with these scopes, at one location or at all."""
    db, tokens = server.program.db, server.tokens
    made = await identity.service(db, scopes, None if at is None else [at])
    return server.api.as_(await identity.token_of(db, tokens, made))


@pytest.fixture
async def shelf(server: Served) -> Place:
    """A shelf with fifty units of an article with a barcode."""
    db = server.program.db
    variant_id = await catalog.variant(db, sku="CUP-1", barcode="4006381333931")
    place = Place(variant_id, await stores.location(db, "gracia"))
    await stock(db, {place: 50})
    return place


async def on_hand(api: Api, shelf: Place) -> int:
    """What the shelf holds."""
    [level] = (await api.get(f"/v1/stock?variant_id={shelf.variant_id}&location_id={shelf.location_id}"))["items"]
    units: int = level["on_hand"]
    return units


def keys_of(value: Any) -> set[str]:  # noqa: ANN401
    """All names of fields, however deep."""
    if isinstance(value, dict):
        return set(value).union(*(keys_of(each) for each in value.values()))
    return set().union(*(keys_of(each) for each in value)) if isinstance(value, list) else set()


async def test_who_counts_never_sees_what_is_expected_and_another_approves(server: Served, shelf: Place) -> None:
    counter, approver = await client(server, COUNT, READ), await client(server, APPROVE, COUNT, READ)
    at = str(shelf.location_id)
    articles = [{"code": "4006381333931"}]
    count = await counter.post("/v1/counts", {"location_id": at, "articles": articles})
    path = f"/v1/counts/{count['id']}"
    shown = [count]
    for _ in range(2):
        scan = {"id": str(uuid4()), "code": "cup-1", "units": 30, "how": "total"}
        shown.append(taken := await counter.post(f"{path}/scans", {"scans": [scan]}))
        assert [each["taken"] for each in taken["scans"]] == ["accepted"]
        shown.append(await counter.post(f"{path}/submit", {}))
    shown += [await counter.get(path), await counter.get("/v1/counts")]
    assert [each["state"] for each in (shown[2], shown[4])] == ["recounting", "awaiting_approval"]
    assert not {"expected", "difference", "on_hand", "units_off", "position"} & set().union(*map(keys_of, shown))
    assert (await counter.call("GET", f"{path}/differences")).status_code == 403
    assert (await counter.call("POST", f"{path}/approve")).status_code == 403
    assert await on_hand(counter, shelf) == 50

    judged = await approver.get(f"{path}/differences")
    [line] = judged["lines"]
    [seen] = shown[-2]["lines"]
    [scanned] = shown[3]["scans"]
    assert {(each["sku"], each["title"]) for each in (line, seen, scanned, count["lines"][0])} == {
        ("CUP-1", "Clay pot")
    }
    assert (judged["units_off"], line["expected"], line["counted"], line["difference"]) == (20, 50, 30, -20)
    key = str(uuid4())
    first = await approver.call("POST", f"{path}/approve", key=key)
    again = await approver.call("POST", f"{path}/approve", key=key)
    assert (first.status_code, again.json(), again.headers["idempotent-replayed"]) == (200, first.json(), "true")
    assert first.json()["state"] == "booked"
    assert await on_hand(counter, shelf) == 30


async def test_whoever_handed_a_count_in_cannot_approve_it(server: Served, shelf: Place) -> None:
    boss = await client(server, COUNT, APPROVE)
    count = await boss.post("/v1/counts", {"location_id": str(shelf.location_id)})
    path = f"/v1/counts/{count['id']}"
    for _ in range(2):
        assert (await boss.post(f"{path}/submit", {"uncounted": "zero"}))["state"] != "booked"
    refused = await boss.call("POST", f"{path}/approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "needs_another_person")
    sent_back = await boss.post(f"{path}/recount", {})
    assert (sent_back["state"], sent_back["round"]) == ("recounting", 3)
    assert (await boss.post(f"{path}/cancel"))["state"] == "cancelled"
    late = await boss.call("POST", f"{path}/submit", {"uncounted": "zero"})
    assert (late.status_code, late.json()["code"]) == (409, "illegal_move")


async def test_anothers_location_looks_as_if_it_did_not_exist(server: Served, shelf: Place) -> None:
    elsewhere = await stores.location(server.program.db, "sants")
    boss = await client(server, COUNT, APPROVE, ADJUST, READ)
    stranger = await client(server, COUNT, APPROVE, ADJUST, READ, at=elsewhere)
    at = str(shelf.location_id)
    count = await boss.post("/v1/counts", {"location_id": at})
    correction = await boss.post(
        "/v1/stock/corrections",
        {"location_id": at, "reason": "lost", "lines": [{"variant_id": str(shelf.variant_id), "units": 40}]},
    )
    assert correction["state"] == "waiting"
    nothing = str(new_id())
    known: list[tuple[str, str, Json | None]] = [
        ("/v1/counts/{}", "GET", None),
        ("/v1/counts/{}/differences", "GET", None),
        ("/v1/counts/{}/submit", "POST", {"uncounted": "zero"}),
        ("/v1/counts/{}/scans", "POST", {"scans": [{"id": nothing, "code": "CUP-1"}]}),
        ("/v1/counts/{}/approve", "POST", None),
        ("/v1/counts/{}/recount", "POST", {}),
        ("/v1/counts/{}/cancel", "POST", None),
        ("/v1/stock/corrections/{}", "GET", None),
        ("/v1/stock/corrections/{}/approve", "POST", None),
        ("/v1/stock/corrections/{}/reject", "POST", {"reason": "no"}),
        ("/v1/stock/corrections/{}/withdraw", "POST", None),
    ]
    for path, method, body in known:
        thing = correction["id"] if "corrections" in path else count["id"]
        theirs = await stranger.call(method, path.format(thing), body)
        none = await stranger.call(method, path.format(nothing), body)
        assert (theirs.status_code, theirs.json()["code"]) == (404, "not_found"), path
        assert theirs.json()["detail"] == none.json()["detail"], path
    for path in ("/v1/counts", "/v1/stock/corrections", "/v1/stock/shortfalls"):
        assert (await stranger.get(path))["items"] == []
    named: list[tuple[str, Json]] = [
        ("/v1/counts", {}),
        ("/v1/stock/corrections", {"reason": "lost", "lines": [{"code": "CUP-1", "units": 1}]}),
        (
            "/v1/stock/snapshots",
            {"source": "erp", "taken_at": clock.now().isoformat(), "lines": [{"code": "CUP-1", "units": 1}]},
        ),
    ]
    for path, wish in named:
        theirs = await stranger.call("POST", path, {**wish, "location_id": at})
        none = await stranger.call("POST", path, {**wish, "location_id": nothing})
        assert (theirs.status_code, theirs.json()["errors"]) == (400, none.json()["errors"]), path
    assert await on_hand(boss, shelf) == 50


async def test_a_snapshot_is_taken_once_with_its_lines_told(server: Served, shelf: Place) -> None:
    erp = await client(server, ADJUST, READ)
    await hold(server.program.db, [(*shelf, 45)])
    body = {
        "source": "erp",
        "location_id": str(shelf.location_id),
        "taken_at": clock.now().isoformat(),
        "sequence": 7,
        "lines": [{"code": "CUP-1", "units": 40}, {"code": "nobody's", "units": 1}],
    }
    tried = await erp.post("/v1/stock/snapshots", {**body, "dry_run": True})
    assert (tried["id"], tried["booked"], await on_hand(erp, shelf)) == (None, 1, 50)
    key = str(uuid4())
    first = await erp.call("POST", "/v1/stock/snapshots", body, key=key)
    again = await erp.call("POST", "/v1/stock/snapshots", body, key=key)
    assert (first.status_code, again.json()) == (201, first.json())
    assert [(each["said"], each["difference"], each["short"]) for each in first.json()["lines"]] == [
        ("booked", -10, 5),
        ("unknown_article", 0, 0),
    ]
    [repeated, _] = (await erp.post("/v1/stock/snapshots", body))["lines"]
    assert repeated["said"] == "repeated"
    assert await on_hand(erp, shelf) == 45
    [told] = (await erp.get("/v1/stock/shortfalls"))["items"]
    assert (told["units"], told["at_risk"]) == (5, []), "baskets in checkout are no orders yet"
    approver = await client(server, APPROVE)
    path = f"/v1/stock/shortfalls/{told['id']}/resolve"
    assert (await approver.post(path, {"resolution": "five were in the window"}))["resolved_at"] is not None
    assert (await erp.get("/v1/stock/shortfalls"))["items"] == []
    assert len((await erp.get("/v1/stock/shortfalls?include_resolved=true"))["items"]) == 1
    naive = await erp.call("POST", "/v1/stock/snapshots", {**body, "taken_at": "2026-03-10T10:00:00"})
    assert naive.status_code in {400, 422}


async def test_limits_and_reasons_are_set_in_the_back_office(server: Served, shelf: Place) -> None:
    office = await client(server, "settings:manage", COUNT)
    counter = await client(server, COUNT)
    at = str(shelf.location_id)
    limit = await office.post("/v1/admin/stock/limits", {"kind": "correction", "location_id": at, "units": 3})
    body = {"location_id": at, "reason": "lost", "lines": [{"code": "CUP-1", "units": 4}]}
    assert (await counter.post("/v1/stock/corrections", body))["state"] == "waiting"
    path = f"/v1/admin/stock/limits/{limit['id']}"
    assert (await office.call("DELETE", path, if_match='"1"')).status_code == 204
    assert (await office.get("/v1/admin/stock/limits"))["items"] == []
    assert (await counter.post("/v1/stock/corrections", body))["state"] == "booked"
    reason = {"name": {"en": "For the window"}, "direction": "off", "spot": "quarantine"}
    path = "/v1/admin/stock/correction-reasons/window"
    made = await office.put(path, reason, if_match='"0"')
    assert (made["code"], made["version"]) == ("window", 1)
    assert (await office.call("PUT", path, reason, if_match='"0"')).status_code == 412
    listed = (await counter.get("/v1/stock/correction-reasons", accept_language="es"))["items"]
    assert {each["code"]: each["name"] for each in listed}["damaged"] == "Dañado"
    assert "window" in {each["code"] for each in listed}
    unknown = await counter.call("POST", "/v1/stock/corrections", {**body, "reason": "nothing"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "reason_unusable")


async def test_requests_beyond_their_bounds_are_refused(server: Served, shelf: Place) -> None:
    api = await client(server, COUNT, ADJUST)
    at, line = str(shelf.location_id), {"code": "CUP-1", "units": 1}
    scans = [{"id": str(uuid4()), "code": "CUP-1"} for _ in range(201)]
    now = clock.now().isoformat()
    for path, body in (
        ("/v1/counts", {"location_id": at, "articles": [{"code": "CUP-1"}] * 501}),
        ("/v1/counts", {"location_id": at, "articles": [{"code": "CUP-1", "variant_id": at}]}),
        ("/v1/counts", {"location_id": at, "articles": [{}]}),
        (f"/v1/counts/{at}/scans", {"scans": scans}),
        ("/v1/stock/corrections", {"location_id": at, "reason": "lost", "lines": [line] * 101}),
        ("/v1/stock/corrections", {"location_id": at, "reason": "lost", "lines": [{"code": "CUP-1", "units": 0}]}),
        ("/v1/stock/snapshots", {"source": "erp", "location_id": at, "taken_at": now, "lines": [line] * 1_001}),
        (
            "/v1/stock/snapshots",
            {"source": "erp", "location_id": at, "taken_at": now, "lines": [{"code": "A", "units": -1}]},
        ),
    ):
        assert (await api.call("POST", path, body)).status_code in {400, 422}, path
