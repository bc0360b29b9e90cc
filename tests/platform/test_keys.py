"""An idempotency key has one effect, and what staff does leaves an entry in the audit log."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import func, select

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform import audit_log, idempotency
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from tests.platform.things import CALLERS, STAFF, effects, send, serving

ENTRIES = Statement(select(audit_log.audit_entries).order_by(audit_log.audit_entries.c.at))
KEYS = Statement(select(func.count()).select_from(idempotency.idempotency_keys))


@pytest.fixture
async def http(dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the small application."""
    async with serving(dsn) as client:
        yield client


async def test_a_key_has_one_effect_however_often_and_at_once_it_is_sent(http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(send(http, "/v1/things", {"name": "a"}, idempotency_key="k1") for _ in range(10)))
    assert {response.status_code for response in answers} == {201}
    assert len({response.text for response in answers}) == 1
    assert sum("idempotent-replayed" in response.headers for response in answers) == 9
    assert answers[0].headers["etag"] == '"1"'


async def test_a_secret_is_shown_once_and_never_kept(http: httpx.AsyncClient, dsn: str) -> None:
    first = await send(http, "/v1/secrets", {"name": "till"}, idempotency_key="k1")
    again = await send(http, "/v1/secrets", {"name": "till"}, idempotency_key="k1")
    assert (first.json()["client_secret"], again.json()["client_secret"]) == ("hush till", "(shown once)")
    db = Database(dsn)
    stored = await db.reading.fetch(Statement(select(idempotency.idempotency_keys.c.answer)))
    assert b"hush" not in stored[0]["answer"]
    await db.close()


async def test_the_same_key_with_another_body_is_refused(http: httpx.AsyncClient) -> None:
    await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")
    other = await send(http, "/v1/things", {"name": "b"}, idempotency_key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_belongs_to_its_caller(http: httpx.AsyncClient) -> None:
    one = await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")
    two = await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1", authorization="Bearer staff")
    assert one.json()["id"] != two.json()["id"]


async def test_a_required_key_is_asked_for_and_a_bad_one_refused(http: httpx.AsyncClient) -> None:
    missing = await send(http, "/v1/things", {"name": "a"})
    bad = await send(http, "/v1/things", {"name": "a"}, idempotency_key="x" * 256)
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    assert (bad.status_code, bad.json()["code"]) == (400, "idempotency_key_malformed")
    assert effects == []


async def test_a_refusal_keeps_no_key(http: httpx.AsyncClient) -> None:
    refused = await send(http, "/v1/things", {"name": "tired"}, idempotency_key="k1")
    assert refused.status_code == 409
    assert (await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")).status_code == 201


async def test_a_flow_under_one_key_runs_once_and_says_so_while_it_runs(http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(send(http, "/v1/flows", {"name": "f"}, idempotency_key="k1") for _ in range(5)))
    statuses = sorted(response.status_code for response in answers)
    assert statuses == [201, 409, 409, 409, 409]
    assert all(response.headers["retry-after"] == "1" for response in answers if response.status_code == 409)
    again = await send(http, "/v1/flows", {"name": "f"}, idempotency_key="k1")
    assert (again.status_code, again.headers["idempotent-replayed"], len(effects)) == (201, "true", 1)


async def test_a_flow_whose_process_died_goes_on_under_the_same_command(
    http: httpx.AsyncClient, dsn: str, clock: HeldClock
) -> None:
    db = Database(dsn)
    caller = CALLERS["Bearer shopper"]
    body = b'{"name":"f"}'
    command = idempotency.command(
        principal=caller.principal, operation="createFlow", key="k1", request=b"/v1/flows?\n" + body
    )
    claimed = await db.transact(idempotency.claim, command)  # and the process dies here
    headers = {"idempotency-key": "k1", "content-type": "application/json"}
    assert (await http.post("/v1/flows", content=body, headers=headers)).status_code == 409
    clock.move(seconds=idempotency.LEASE_SECONDS + 1)
    assert (await http.post("/v1/flows", content=body, headers=headers)).json()["id"] == str(claimed)
    await db.close()


async def test_what_staff_does_leaves_an_entry_and_what_shoppers_do_leaves_none(
    http: httpx.AsyncClient, dsn: str
) -> None:
    db = Database(dsn)
    await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")
    await send(http, "/v1/things", {"name": "b"}, idempotency_key="k1", authorization="Bearer staff")
    await http.delete(f"/v1/things/{new_id()}", headers={"authorization": "Bearer staff"})
    first, second = await db.reading.fetch(ENTRIES)
    assert (first["actor_kind"], first["actor_id"], first["operation"], first["subject_id"]) == (
        "staff",
        STAFF,
        "createThing",
        "b",
    )
    assert first["before"] == '{"name": "old"}'
    assert second["operation"] == "deleteThing"
    await db.close()


async def test_old_keys_are_forgotten(http: httpx.AsyncClient, dsn: str, clock: HeldClock) -> None:
    db = Database(dsn)
    await send(http, "/v1/things", {"name": "a"}, idempotency_key="k1")
    clock.move(days=idempotency.KEEP_DAYS, seconds=1)
    await db.transact(idempotency.purge)
    assert await db.reading.fetch_value(KEYS) == 0
    await db.close()
