"""Lots and serial numbers over HTTP: who sets what an article asks for, who sees what is where."""

from collections.abc import AsyncIterator
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State

from commerce.inventory import Spot
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import OrderLineId, new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import EXCEPTION_HANDLERS, Call, Caller, Surround, authorise
from commerce.traceability import Left, Standing
from commerce.traceability.audit import CHECKS
from commerce.traceability.routes import ROUTES
from tests.given import catalog
from tests.given.inventory import stock
from tests.traceability.world import BOSS, article, bring, carry, lot, numbered, sell, store

SCOPES = frozenset({"stock:read", "stock:plan"})


class Desk:
    """Knows the tokens of somebody who may act everywhere, of a store's staff, and of one who reads only."""

    def __init__(self) -> None:
        self.callers = {
            "Bearer boss": BOSS,
            "Bearer reader": Caller(kind="staff", id=new_id(), scopes=frozenset({"stock:read"})),
        }

    def bind_store(self, location_id: UUID) -> None:
        self.callers["Bearer store"] = Caller(
            kind="staff", id=new_id(), scopes=SCOPES, locations=frozenset({location_id})
        )

    async def authenticate(self, authorization: str | None) -> Caller:
        return self.callers.get(authorization or "", Caller(kind="public"))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def http(db: Database, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(
        route_handlers=ROUTES,
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


async def get(http: httpx.AsyncClient, path: str, name: str = "boss", **params: Any) -> Any:  # noqa: ANN401
    answer = await http.get(path, headers={"authorization": f"Bearer {name}"}, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def walk(http: httpx.AsyncClient, path: str, name: str = "boss", **params: Any) -> list[Any]:
    items: list[Any] = []
    while True:
        page = await get(http, path, name, limit=1, **params)
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        params["cursor"] = page["next_cursor"]


async def put(
    http: httpx.AsyncClient, variant_id: UUID, version: int, name: str = "boss", **body: Any
) -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {name}", "if-match": f'"{version}"'}
    sent = {"reason": "the maker asks for it", **body}
    answer = await http.put(f"/v1/stock/tracking/{variant_id}", json=sent, headers=headers)
    return answer.status_code, answer.json()


async def test_what_an_article_asks_for_is_set_by_version_and_keeps_its_history(
    db: Database, http: httpx.AsyncClient, clock: HeldClock
) -> None:
    phone, here = await catalog.variant(db), await store(db)
    await stock(db, {(phone, here): 2})
    assert (await get(http, f"/v1/stock/tracking/{phone}")) == {
        "variant_id": str(phone),
        "tracking": "none",
        "dated": False,
        "version": 0,
    }
    status, problem = await put(http, phone, 0, tracking="serial")
    assert (status, problem["code"]) == (409, "units_undeclared")
    assert problem["lines"] == [{"location_id": str(here), "spot": "shelf", "units": 2, "declared": 0}]
    told = [{"location_id": str(here), "serials": ["1", "2"]}]
    status, made = await put(http, phone, 0, tracking="serial", units=told)
    assert (status, made["tracking"], made["version"]) == (200, "serial", 1)
    status, problem = await put(http, phone, 0, tracking="none")
    assert (status, problem["code"]) == (412, "stale_version")
    assert (await put(http, phone, 1, tracking="none"))[0] == 200
    assert await get(http, "/v1/stock/tracking") == {"items": [], "next_cursor": None}
    changes = await walk(http, f"/v1/stock/tracking/{phone}/changes")
    assert [(each["version"], each["tracking"], each["actor"]) for each in changes] == [
        (2, "none", BOSS.principal),
        (1, "serial", BOSS.principal),
    ]
    assert {each["reason"] for each in changes} == {"the maker asks for it"}
    ended = await get(http, "/v1/stock/traces", document_id=changes[0]["id"])
    assert [(each["code"], each["quantity"], each["other_spot"]) for each in ended["items"]] == [
        ("2", -1, "opening"),
        ("1", -1, "opening"),
    ]


async def test_what_cannot_be_set_is_refused_and_changes_nothing(
    db: Database, http: httpx.AsyncClient, desk: Desk, clock: HeldClock
) -> None:
    milk, here = await catalog.variant(db), await store(db)
    desk.bind_store(here)
    await stock(db, {(milk, here): 1})
    unit = {"location_id": str(here), "quantity": 1}

    async def refused(name: str = "boss", variant_id: UUID = milk, **body: Any) -> tuple[int, str]:
        status, problem = await put(http, variant_id, 0, name, **body)
        return status, problem["code"]

    assert await refused(tracking="lot", units=[unit]) == (409, "lot_needed")
    assert await refused(tracking="lot", dated=True, units=[{**unit, "lot": "A"}]) == (409, "lot_needed")
    assert await refused(tracking="serial", dated=True, units=[unit]) == (400, "invalid_input")
    assert await refused(tracking="none", units=[{**unit, "lot": "A"}]) == (400, "invalid_input")
    assert await refused(tracking="serial", units=[{**unit, "serials": ["a b"]}]) == (400, "invalid_input")
    assert await refused(tracking="serial", units=[{**unit, "serials": ["1"], "spot": "customer"}]) == (
        400,
        "invalid_input",
    )
    elsewhere = {"location_id": str(uuid4()), "serials": ["1"]}
    assert await refused(tracking="serial", units=[elsewhere]) == (409, "units_undeclared")
    assert await refused(variant_id=uuid4(), tracking="lot") == (404, "not_found")
    assert await refused("reader", tracking="lot") == (403, "forbidden")
    assert await refused("store", tracking="lot", units=[{**unit, "lot": "A"}]) == (403, "forbidden")
    assert (await get(http, f"/v1/stock/tracking/{milk}"))["version"] == 0
    assert (await get(http, "/v1/stock/lots"))["items"] == []


async def test_lots_are_listed_by_page_and_by_their_day(
    db: Database, http: httpx.AsyncClient, desk: Desk, clock: HeldClock
) -> None:
    milk, juice = sorted([await article(db), await article(db)])
    here, there = sorted([await store(db), await store(db, "sants")])
    desk.bind_store(there)
    await bring(db, here, lot(milk, 2, "B", date(2026, 3, 9)), lot(milk, 3, "A", date(2026, 3, 10)), lot(juice, 1, "A"))
    await bring(db, there, lot(milk, 4, "A"))
    await carry(db, Standing(here), Standing(here, Spot.QUARANTINE), Left(milk, 1, lot="A"))
    await sell(db, here, Left(juice, 1))
    listed = await walk(http, "/v1/stock/lots")
    assert [(each["location_id"], each["spot"], each["lot"], each["quantity"], each["expired"]) for each in listed] == [
        (str(here), "quarantine", "A", 1, False),
        (str(here), "shelf", "A", 2, False),
        (str(here), "shelf", "B", 2, True),
        (str(there), "shelf", "A", 4, False),
    ]
    assert {each["variant_id"] for each in listed} == {str(milk)}
    assert [each["lot"] for each in await walk(http, "/v1/stock/lots", expiring_before="2026-03-10")] == ["B"]
    assert len(await walk(http, "/v1/stock/lots", expiring_before="2026-03-11")) == 4
    assert len(await walk(http, "/v1/stock/lots", lot="B", variant_id=str(milk))) == 1
    assert [each["location_id"] for each in await walk(http, "/v1/stock/lots", "store")] == [str(there)]
    assert await walk(http, "/v1/stock/lots", "store", location_id=str(here)) == []


async def test_a_number_is_found_with_its_history_at_the_callers_locations(
    db: Database, http: httpx.AsyncClient, desk: Desk, clock: HeldClock
) -> None:
    phone, here, there = await article(db, "serial"), await store(db), await store(db, "sants")
    desk.bind_store(there)
    line = OrderLineId(new_id())
    await bring(db, here, numbered(phone, "X/1", "X/2", "X/3"))
    await carry(db, Standing(here), Standing(there), Left(phone, 1, ["X/2"]))
    await sell(db, there, Left(phone, 1, ["X/2"]), of=[line])
    [found] = await walk(http, "/v1/stock/serials", serial="X/2")
    assert (found["spot"], found["location_id"], found["order_line_id"]) == ("customer", str(there), str(line))
    assert [each["serial"] for each in await walk(http, "/v1/stock/serials", spot="shelf")] == ["X/1", "X/3"]
    assert [each["serial"] for each in await walk(http, "/v1/stock/serials", "store")] == ["X/2"]
    told = await walk(http, "/v1/stock/traces", variant_id=str(phone), code="X/2")
    assert [(each["quantity"], each["location_id"], each["other_spot"]) for each in told] == [
        (-1, str(there), "customer"),
        (1, str(there), "shelf"),
        (-1, str(here), "shelf"),
        (1, str(here), "supplier"),
    ]
    assert [each["seq"] for each in told] == sorted((each["seq"] for each in told), reverse=True)
    assert len(await walk(http, "/v1/stock/traces", "store", code="X/2")) == 2
    assert [each["code"] for each in await walk(http, "/v1/stock/traces", order_line_id=str(line))] == ["X/2"]
    assert [found for found in await run_checks(db.reading, CHECKS) if found.rows] == []


async def test_who_got_a_lot_is_told_for_a_recall(db: Database, http: httpx.AsyncClient, clock: HeldClock) -> None:
    milk, here = await article(db), await store(db)
    lines = [OrderLineId(new_id()) for _ in range(3)]
    await bring(db, here, lot(milk, 3, "A", date(2026, 4, 1)), lot(milk, 9, "B"))
    await sell(db, here, *(Left(milk, 2) for _ in lines), of=lines)
    told = await walk(http, "/v1/stock/traces", variant_id=str(milk), code="A")
    assert {(each["order_line_id"], each["quantity"]) for each in told if each["quantity"] < 0} == {
        (str(lines[0]), -2),
        (str(lines[1]), -1),
    }


async def test_a_cursor_of_another_list_is_refused(http: httpx.AsyncClient, clock: HeldClock) -> None:
    for path in ("lots", "serials", "traces", "tracking"):
        answer = await http.get(
            f"/v1/stock/{path}", headers={"authorization": "Bearer boss"}, params={"cursor": "bm9uc2Vuc2U"}
        )
        assert answer.status_code == 400, path
