"""A file sent in over HTTP: a job that tells its progress, its counts and the rows that did not go in."""

import asyncio
from importlib import import_module
from pathlib import Path

import httpx
import pytest
import structlog
from sqlalchemy import func, select

from commerce.catalog.tables import products
from commerce.importing.tables import import_pieces
from commerce.kernel.ids import new_id
from commerce.platform.statement import Statement
from tests.given import identity as given_callers, stores
from tests.served import Api, Json, Served

PRODUCTS = Statement(select(func.count()).select_from(products))
PIECES = Statement(select(func.count()).select_from(import_pieces))
SMALL = (Path(__file__).parent / "small.csv").read_bytes()


@pytest.fixture
async def admin(server: Served) -> Api:
    """The server as an administrator sees it."""
    tokens = server.program.services.tokens
    signed_in = await given_callers.administrator(server.program.db, tokens)  # type: ignore[arg-type]
    return server.api.as_(signed_in.access_token)


async def send(api: Api, content: bytes, query: str = "", key: str | None = None) -> httpx.Response:
    headers = {
        "authorization": f"Bearer {api.token}",
        "content-type": "text/csv",
        "idempotency-key": key or str(new_id()),
    }
    return await api.http.post(f"/v1/admin/imports{query}", content=content, headers=headers)


async def test_a_file_is_sent_in_and_followed(server: Served, admin: Api, api: Api) -> None:
    await stores.channel(server.program.db)
    answer = await send(admin, SMALL)
    job = answer.json()
    assert (answer.status_code, job["state"], job["progress"]) == (202, "waiting", {"done": 0, "total": 8})
    await server.work()
    done = await admin.get(f"/v1/jobs/{job['id']}")
    assert (done["state"], done["error_count"], done["progress"]) == ("done", 0, {"done": 8, "total": 8})
    assert done["counts"]["products_created"] == 3
    assert await admin.get(f"/v1/admin/imports/{job['id']}") == done
    shown = await api.get("/v1/products")
    assert sorted(card["slug"] for card in shown["items"]) == ["plain-bowl", "ring"]


async def test_what_did_not_go_in_is_listed_line_by_line(server: Served, admin: Api) -> None:
    await stores.channel(server.program.db)
    lines = ["Handle,Title,Variant Price", *(f"p-{nth},Product {nth},much" for nth in range(130))]
    job = (await send(admin, "\n".join(lines).encode())).json()
    await server.work()
    done = await admin.get(f"/v1/jobs/{job['id']}")
    assert (done["error_count"], len(done["errors"])) == (130, 100)
    assert done["errors"][0] == {
        "line": 2,
        "column": "Variant Price",
        "reason": "'much' is no price; write it as 1234.50, without currency and grouping",
    }
    seen: list[Json] = []
    cursor = ""
    while True:
        page = await admin.get(f"/v1/admin/imports/{job['id']}/errors?limit=50{cursor}")
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert [error["line"] for error in seen] == list(range(2, 132))


async def test_the_format_is_told_by_the_file_unless_it_is_said(server: Served, admin: Api) -> None:
    await stores.channel(server.program.db)
    files = {
        b"handle,title.en,sku,price:default-eur\ncup,Cup,C-1,2.00\n": "csv",
        b'\xef\xbb\xbf\n{"handle": "mug", "title": {"en": "Mug"}, "variants": [{"option_values": []}]}\n': "jsonl",
        b"sep=;\r\nHandle;Title;Variant Price\r\nbowl;Bowl;2,50\r\n": "shopify",
        b"InvoiceNo,StockCode,Description,UnitPrice\n1,85123A,PLATE,3.00\n": "online-retail",
    }
    for content, format_ in files.items():
        job = (await send(admin, content)).json()
        await server.work()
        done = await admin.get(f"/v1/jobs/{job['id']}")
        assert (done["state"], done["errors"], done["counts"]["products_created"]) == ("done", [], 1), format_
        again = (await send(admin, content, f"?format={format_}")).json()
        await server.work()
        assert (await admin.get(f"/v1/jobs/{again['id']}"))["counts"]["products_unchanged"] == 1, format_


async def test_the_same_key_brings_a_file_in_once(server: Served, admin: Api) -> None:
    await stores.channel(server.program.db)
    first = await send(admin, SMALL, key="one-file-one-key")
    second = await send(admin, SMALL, key="one-file-one-key")
    assert (second.status_code, second.json()["id"]) == (202, first.json()["id"])
    other = await send(admin, SMALL + b"\n", key="one-file-one-key")
    assert other.status_code == 422


async def test_what_cannot_be_taken_in_is_refused(server: Served, admin: Api, api: Api) -> None:
    await stores.channel(server.program.db)
    for query in (
        f"?location_id={new_id()}",
        f"?price_list_id={new_id()}",
        "?currency=XXX",
        "?currency=euro",
        "?lang=fr",
        "?format=magento",
    ):
        answer = await send(admin, SMALL, query)
        assert answer.status_code in {400, 404}, (query, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await send(admin, b"")).status_code == 400
    tokens = server.program.services.tokens
    shopper = await given_callers.anonymous(server.program.db, tokens)  # type: ignore[arg-type]
    assert (await send(api.as_(shopper.access_token), SMALL)).status_code == 403
    assert (await api.as_(shopper.access_token).call("GET", f"/v1/jobs/{new_id()}")).status_code == 403
    assert (await admin.call("GET", f"/v1/jobs/{new_id()}")).status_code == 404


async def test_a_file_larger_than_the_setting_is_refused(
    server: Served, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stores.channel(server.program.db)
    most = server.program.services.settings.max_body_bytes
    large = SMALL + b"\n" * (most + 1)
    assert (await send(admin, large)).status_code == 202, "imports may be larger than other bodies"
    monkeypatch.setattr("commerce.importing.admin.most_bytes", lambda _: 10_000)
    assert (await send(admin, large)).status_code == 413


async def test_what_a_file_would_change_is_told_and_the_catalogue_goes_out_as_a_file(
    server: Served, admin: Api, api: Api
) -> None:
    await stores.channel(server.program.db)
    asked = (await send(admin, SMALL, "?dry_run=true")).json()
    await server.work()
    job = await admin.get(f"/v1/jobs/{asked['id']}")
    assert (job["state"], job["dry_run"], job["counts"]["products_created"]) == ("done", True, 3)
    first = await admin.get(f"/v1/admin/imports/{asked['id']}/differences?limit=2")
    rest = await admin.get(f"/v1/admin/imports/{asked['id']}/differences?cursor={first['next_cursor']}")
    told = [*first["items"], *rest["items"]]
    assert [(each["handle"], each["made"]) for each in told] == [("plain-bowl", True), ("ring", True), ("hidden", True)]
    assert (await api.get("/v1/products"))["items"] == []
    await send(admin, SMALL)
    await server.work()
    headers = {"authorization": f"Bearer {admin.token}"}
    for format_, kind in (("csv", "text/csv"), ("jsonl", "application/x-ndjson")):
        file = await admin.http.get(f"/v1/admin/exports/products.{format_}", headers=headers)
        assert (file.status_code, file.headers["content-type"].partition(";")[0]) == (200, kind)
        again = (await send(admin, file.content, f"?format={format_}")).json()
        await server.work()
        done = await admin.get(f"/v1/jobs/{again['id']}")
        assert (done["state"], done["errors"], done["counts"]["products_unchanged"]) == ("done", [], 3)
    assert (await admin.http.get("/v1/admin/exports/products.csv")).status_code == 401


async def test_imports_are_listed_the_newest_first(server: Served, admin: Api) -> None:
    await stores.channel(server.program.db)
    sent = [(await send(admin, SMALL, f"?dry_run={said}")).json()["id"] for said in ("true", "false", "false")]
    await server.work()
    first = await admin.get("/v1/admin/imports?limit=2")
    rest = await admin.get(f"/v1/admin/imports?limit=2&cursor={first['next_cursor']}")
    told = [*first["items"], *rest["items"]]
    assert ([each["id"] for each in told], rest["next_cursor"]) == (sent[::-1], None)
    assert [(each["dry_run"], each["state"], each["counts"]["products_created"]) for each in told] == [
        (False, "done", 0),
        (False, "done", 3),
        (True, "done", 3),
    ]
    assert {(each["format"], each["by"].partition(":")[0]) for each in told} == {("shopify", "staff")}


async def test_an_import_that_waits_is_called_off_and_nothing_goes_in(server: Served, admin: Api, api: Api) -> None:
    await stores.channel(server.program.db)
    job = (await send(admin, SMALL)).json()
    stopped = await admin.post(f"/v1/admin/imports/{job['id']}/stop")
    assert (stopped["state"], stopped["detail"]) == ("stopped", "It was called off; what went in before stays.")
    await server.work()
    assert await admin.get(f"/v1/jobs/{job['id']}") == stopped
    assert (await api.get("/v1/products"))["items"] == []
    again = await admin.call("POST", f"/v1/admin/imports/{job['id']}/stop")
    assert (again.status_code, again.json()["code"]) == (409, "import_over")
    assert (await admin.call("POST", f"/v1/admin/imports/{new_id()}/stop")).status_code == 404


async def test_an_import_that_runs_is_called_off_and_keeps_what_went_in(
    server: Served, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("commerce.importing.run_import"), "BATCH_PRODUCTS", 1)
    await stores.channel(server.program.db)
    rows = ["Handle,Title,Variant Price", *(f"p-{nth},Product {nth},1.00" for nth in range(400))]
    job = (await send(admin, "\n".join(rows).encode())).json()
    work = asyncio.create_task(server.work())
    while (await admin.get(f"/v1/jobs/{job['id']}"))["progress"]["done"] < 5:
        pass  # each look lets the worker have its turn
    stopped = await admin.post(f"/v1/admin/imports/{job['id']}/stop")
    await work
    done = await admin.get(f"/v1/jobs/{job['id']}")
    assert done == stopped
    assert (done["state"], 4 <= done["counts"]["products_created"] < 400) == ("stopped", True)
    assert await server.program.db.reading.fetch_value(PRODUCTS) == done["counts"]["products_created"]
    assert await server.program.db.reading.fetch_value(PIECES) == 0


async def test_who_hangs_up_amid_a_file_is_no_bug_and_brings_nothing_in(server: Served, admin: Api) -> None:
    await stores.channel(server.program.db)
    address = httpx.URL(server.url)
    head = (
        f"POST /v1/admin/imports HTTP/1.1\r\nHost: {address.host}\r\nAuthorization: Bearer {admin.token}\r\n"
        f"Idempotency-Key: {new_id()}\r\nContent-Type: text/csv\r\nContent-Length: 100000\r\n\r\n"
    )
    with structlog.testing.capture_logs() as logs:
        _, line = await asyncio.open_connection(address.host, address.port)
        line.write(head.encode() + SMALL)
        await line.drain()
        line.close()
        await line.wait_closed()
        for _ in range(500):
            if any(each["event"] == "request" for each in logs):
                break
            await asyncio.sleep(0.01)
    assert [(each["event"], each["status"]) for each in logs] == [("request", 400)]
    assert (await admin.get("/v1/admin/imports"))["items"] == []


async def test_a_file_that_says_it_is_too_large_is_refused_before_it_is_sent(
    server: Served, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stores.channel(server.program.db)
    monkeypatch.setattr("commerce.importing.admin.most_bytes", lambda _: 10_000)
    address = httpx.URL(server.url)
    head = (
        f"POST /v1/admin/imports HTTP/1.1\r\nHost: {address.host}\r\nAuthorization: Bearer {admin.token}\r\n"
        f"Idempotency-Key: {new_id()}\r\nContent-Type: text/csv\r\nContent-Length: 10001\r\n\r\n"
    )
    answers, line = await asyncio.open_connection(address.host, address.port)
    line.write(head.encode())
    async with asyncio.timeout(10):
        assert (await answers.readline()).startswith(b"HTTP/1.1 413 ")
    line.close()
    await line.wait_closed()
