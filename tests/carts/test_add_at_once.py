"""Adding to a cart is one statement: its key, its answer and its entry go with it, and whoever is too late is added all the same."""

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from commerce.identity import Tokens
from commerce.platform.audit_log import audit_entries
from commerce.platform.idempotency import idempotency_keys
from commerce.platform.statement import Statement
from tests.given import checkout as given, identity

if TYPE_CHECKING:
    from tests.served import Api, Served

ENTRIES = Statement(
    select(audit_entries.c.operation, audit_entries.c.actor_kind).where(audit_entries.c.operation == "addCartLines")
)
KEYS = Statement(
    select(func.count()).select_from(idempotency_keys).where(idempotency_keys.c.operation == "addCartLines")
)


def _tokens(server: "Served") -> Tokens:
    tokens = server.tokens
    assert isinstance(tokens, Tokens)
    return tokens


async def _cart(server: "Served", caller: "Api", **line: Any) -> str:
    return str((await caller.post("/v1/carts", {"lines": [line] if line else []}))["id"])


@pytest.mark.usefixtures("nothing_ages")
async def test_an_add_takes_three_statements_and_keeps_its_answer(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    caller = server.api.as_((await identity.anonymous(server.program.db, _tokens(server))).access_token)
    cart = await _cart(server, caller)
    body, key = {"lines": [{"variant_id": str(shop.cup), "quantity": 2}]}, str(uuid4())
    await caller.call("POST", f"/v1/carts/{cart}/lines", body, key=str(uuid4()))
    before = server.program.db.statements
    first = await caller.call("POST", f"/v1/carts/{cart}/lines", body, key=key)
    assert server.program.db.statements - before <= 4
    again = await caller.call("POST", f"/v1/carts/{cart}/lines", body, key=key)
    assert (first.status_code, first.json()["lines"][0]["quantity"], first.json()["version"]) == (201, 4, 3)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = await caller.call(
        "POST", f"/v1/carts/{cart}/lines", {"lines": [{"variant_id": str(shop.plate), "quantity": 1}]}, key=key
    )
    assert other.status_code == 422
    shown = await caller.get(f"/v1/carts/{cart}")
    assert [(line["variant_id"], line["quantity"]) for line in shown["lines"]] == [(str(shop.cup), 4)]


async def test_a_key_sent_ten_times_at_once_adds_once_and_other_keys_all_count(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    caller = server.api.as_((await identity.anonymous(server.program.db, _tokens(server))).access_token)
    cart = await _cart(server, caller)
    body, key = {"lines": [{"variant_id": str(shop.cup), "quantity": 1}]}, str(uuid4())
    answers = await asyncio.gather(*(caller.call("POST", f"/v1/carts/{cart}/lines", body, key=key) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    await asyncio.gather(*(caller.call("POST", f"/v1/carts/{cart}/lines", body, key=str(uuid4())) for _ in range(9)))
    shown = await caller.get(f"/v1/carts/{cart}")
    assert [(line["quantity"], shown["version"]) for line in shown["lines"]] == [(10, 11)]
    assert await server.program.db.reading.fetch_value(KEYS) == 10


async def test_what_is_refused_adds_nothing_and_keeps_no_key(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    caller = server.api.as_((await identity.anonymous(server.program.db, _tokens(server))).access_token)
    cart = await _cart(server, caller)
    refused = await caller.call(
        "POST", f"/v1/carts/{cart}/lines", {"lines": [{"variant_id": str(uuid4()), "quantity": 1}]}, key=str(uuid4())
    )
    other = server.api.as_((await identity.anonymous(server.program.db, _tokens(server))).access_token)
    hidden = await other.call(
        "POST", f"/v1/carts/{cart}/lines", {"lines": [{"variant_id": str(shop.cup), "quantity": 1}]}
    )
    assert (refused.status_code, hidden.status_code) == (422, 404)
    assert (await caller.get(f"/v1/carts/{cart}"))["lines"] == []
    assert await server.program.db.reading.fetch_value(KEYS) == 0


async def test_a_terminals_add_is_in_the_audit_log(server: "Served") -> None:
    shop = await given.shop(server.program.db)
    terminal = await identity.terminal(server.program.db, shop.gracia)
    caller = server.api.as_(await identity.token_of(server.program.db, _tokens(server), terminal))
    cart = await _cart(server, caller)
    answer = await caller.call(
        "POST", f"/v1/carts/{cart}/lines", {"lines": [{"variant_id": str(shop.cup), "quantity": 1}]}
    )
    assert answer.status_code == 201
    rows = await server.program.db.reading.fetch(ENTRIES)
    assert [(row["operation"], row["actor_kind"]) for row in rows] == [("addCartLines", "terminal")]
