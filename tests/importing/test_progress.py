"""An import that is followed as it gets on, over a real connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from commerce.kernel.ids import new_id
from tests.given import identity as given_callers, stores
from tests.importing.test_http import send
from tests.plain import PLAIN
from tests.served import Api, Served

SMALL = (Path(__file__).parent / "small.csv").read_bytes()
Message = dict[str, Any]


@pytest.fixture
async def admin(server: Served, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The server as an administrator sees it; imports go in a product at a time and are looked at all the time."""
    monkeypatch.setattr(import_module("commerce.importing.run_import"), "BATCH_PRODUCTS", 1)
    monkeypatch.setattr("commerce.importing.progress.LOOK_SECONDS", 0.005)
    await stores.channel(server.program.db)
    tokens = server.program.services.tokens
    signed_in = await given_callers.administrator(server.program.db, tokens)  # type: ignore[arg-type]
    return server.api.as_(signed_in.access_token)


@asynccontextmanager
async def following(
    server: Served, admin: Api, job_id: str, *, last: int | None = None
) -> AsyncIterator[AsyncIterator[Message]]:
    headers = {"authorization": f"Bearer {admin.token}"} | ({} if last is None else {"last-event-id": str(last)})
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=10, verify=PLAIN) as http,
        http.stream("GET", f"/v1/jobs/{job_id}/stream", headers=headers) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer)


async def messages(answer: httpx.Response) -> AsyncIterator[Message]:
    found: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
        elif "event" in found:
            yield {"place": int(found["id"]), "event": found["event"], **msgspec.json.decode(found["data"])}
            found = {}


async def all_of(stream: AsyncIterator[Message]) -> list[Message]:
    async with asyncio.timeout(10):
        return [each async for each in stream]


async def test_an_import_is_followed_from_waiting_to_its_end_where_the_stream_ends(server: Served, admin: Api) -> None:
    job = (await send(admin, SMALL)).json()
    async with following(server, admin, job["id"]) as stream:
        first = await anext(stream)
        _, rest = await asyncio.gather(server.work(), all_of(stream))
    assert (first["event"], first["state"], first["progress"]) == ("progress", "waiting", {"done": 0, "total": 8})
    assert [each["event"] for each in rest] == ["progress"] * (len(rest) - 1) + ["done"]
    places = [each["place"] for each in [first, *rest]]
    assert places == sorted(places)
    done = [each["progress"]["done"] for each in [first, *rest]]
    assert done == sorted(done)
    assert done[-1] == 8
    end = {name: value for name, value in rest[-1].items() if name not in {"place", "event"}}
    assert end == await admin.get(f"/v1/admin/imports/{job['id']}")


async def test_who_comes_back_hears_what_is_new_and_the_end_in_any_case(server: Served, admin: Api) -> None:
    job = (await send(admin, SMALL)).json()
    async with following(server, admin, job["id"]) as stream:
        seen = await anext(stream)
    async with following(server, admin, job["id"], last=seen["place"]) as stream:
        _, rest = await asyncio.gather(server.work(), all_of(stream))
    assert all(each["place"] > seen["place"] or each["state"] != "waiting" for each in rest)
    for place in (seen["place"], rest[-1]["place"]):
        async with following(server, admin, job["id"], last=place) as stream:
            assert [each["event"] for each in await all_of(stream)] == ["done"]


async def test_a_file_that_cannot_be_read_further_ends_the_stream_with_stopped(server: Served, admin: Api) -> None:
    job = (await send(admin, b'Handle,Title,Variant Price\nbowl,"Bowl,5\n')).json()
    await server.work()
    async with following(server, admin, job["id"]) as stream:
        (end,) = await all_of(stream)
    assert (end["event"], end["state"]) == ("stopped", "stopped")
    assert end["detail"].startswith("Line 2: a quotation mark")


async def test_whoever_may_not_read_the_job_may_not_follow_it(server: Served, admin: Api, api: Api) -> None:
    tokens = server.program.services.tokens
    shopper = await given_callers.anonymous(server.program.db, tokens)  # type: ignore[arg-type]
    refused = await api.as_(shopper.access_token).call("GET", f"/v1/jobs/{new_id()}/stream")
    assert refused.status_code == 403
    assert (await admin.call("GET", f"/v1/jobs/{new_id()}/stream")).status_code == 404
    assert (await admin.call("GET", f"/v1/jobs/{new_id()}/stream?seconds=0")).status_code == 400
