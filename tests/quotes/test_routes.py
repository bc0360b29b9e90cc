"""Quotes over HTTP: who may ask, what is answered, what a repetition gets, what bad input gets."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from commerce.identity import Tokens, rotate_keys
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from tests.given import identity, pricing as given, stores
from tests.quotes.http import Client, serving
from tests.quotes.shop import open_shop


@pytest.fixture
async def world(db: Database, clock: HeldClock) -> AsyncIterator[tuple[Client, Tokens]]:
    async with serving(db) as found:
        yield found


async def a_shopper(db: Database, world: tuple[Client, Tokens]) -> Client:
    nobody, tokens = world
    return nobody.as_((await identity.anonymous(db, tokens)).access_token)


async def test_a_shopper_gets_a_signed_quote_reads_it_again_and_any_other_may_check_it(
    db: Database, world: tuple[Client, Tokens], clock: HeldClock
) -> None:
    shop, shopper, other = await open_shop(db), await a_shopper(db, world), await a_shopper(db, world)
    body = {
        "country": "PT",
        "lines": [
            {"variant_id": str(shop.pot), "quantity": 2, "group": shop.send},
            {"key": "cheese", "variant_id": str(shop.cheese), "quantity": 1, "group": shop.collect},
        ],
    }
    made = await shopper.good("POST", "/v1/quotes", body)
    assert made["basket"]["total"] == {"amount": 5543, "currency": "EUR"}
    assert [(line["key"], line["tax_country"], line["tax_rate"]) for line in made["basket"]["lines"]] == [
        ("001", "PT", "0.23"),
        ("cheese", "ES", "0.1"),
    ]
    assert made["trace"] is None
    kept = await shopper.good("GET", f"/v1/quotes/{made['id']}")
    assert {**kept, "trace": None} == made
    assert [step["step"] for step in kept["trace"]].count("tax") == 3
    assert (await other("GET", f"/v1/quotes/{made['id']}")).status_code == 404
    checked = await other.good(
        "POST", "/v1/quotes/verify", {"signed": made["signed"], "total": made["basket"]["total"]}
    )
    assert (checked["valid"], checked["flaw"], checked["basket"]) == (True, None, made["basket"])
    clock.move(minutes=30)
    other = await a_shopper(db, world)
    expired = await other.good("POST", "/v1/quotes/verify", {"signed": made["signed"]})
    assert (expired["valid"], expired["flaw"], expired["id"]) == (False, "expired", made["id"])


async def test_the_same_key_gets_the_first_answer_also_when_the_price_moved(
    db: Database, world: tuple[Client, Tokens], clock: HeldClock
) -> None:
    shop, shopper, key = await open_shop(db), await a_shopper(db, world), str(uuid4())
    body = {"lines": [{"variant_id": str(shop.pot), "quantity": 1}]}
    first = await shopper("POST", "/v1/quotes", body, key=key)
    assert first.status_code == 201
    await given.prices(db, {shop.pot: 9999})
    again = await shopper("POST", "/v1/quotes", body, key=key)
    assert (again.status_code, again.headers["idempotent-replayed"], again.json()) == (201, "true", first.json())
    other = await shopper("POST", "/v1/quotes", {"lines": [{"variant_id": str(shop.pot), "quantity": 2}]}, key=key)
    assert other.status_code == 422
    fresh = await shopper.good("POST", "/v1/quotes?trace=true", body)
    assert fresh["basket"]["total"]["amount"] == 9999
    assert fresh["trace"][0]["unit"] == 9999


async def test_a_token_for_a_channel_quotes_for_that_channel_alone(
    db: Database, world: tuple[Client, Tokens], clock: HeldClock
) -> None:
    shop, app = await open_shop(db), await stores.channel(db, "app")
    nobody, tokens = world
    bound = nobody.as_((await identity.anonymous(db, tokens, channel_id=app)).access_token)
    body = {"lines": [{"variant_id": str(shop.pot), "quantity": 1}]}
    assert (await bound.good("POST", "/v1/quotes", body))["channel_id"] == str(app)
    refused = await bound("POST", "/v1/quotes", {**body, "channel_id": str(shop.channel)})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/channel_id")


async def test_what_cannot_be_priced_is_a_problem_that_names_each_line(
    db: Database, world: tuple[Client, Tokens], clock: HeldClock
) -> None:
    shop, shopper = await open_shop(db), await a_shopper(db, world)
    unknown = str(new_id())
    lines = [
        {"variant_id": str(shop.pot), "quantity": 1, "group": f"ship:{new_id()}"},
        {"variant_id": unknown, "quantity": 1},
    ]
    refused = await shopper("POST", "/v1/quotes", {"lines": lines})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "cannot_price")
    assert [error["pointer"] for error in problem["errors"]] == ["/lines/0/group", "/lines/1/variant_id"]
    assert [(line["key"], line["reason"]) for line in problem["lines"]] == [
        ("001", "unknown_method"),
        ("002", "unknown_article"),
    ]


async def test_bad_input_is_refused_and_says_what_to_change(
    db: Database, world: tuple[Client, Tokens], clock: HeldClock
) -> None:
    shop, shopper = await open_shop(db), await a_shopper(db, world)
    line = {"variant_id": str(shop.pot), "quantity": 1}
    for body, pointer in (
        ({"lines": []}, "/lines"),
        ({"lines": [line] * 101}, "/lines"),
        ({"lines": [{**line, "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{**line, "quantity": 10_000}]}, "/lines/0/quantity"),
        ({"lines": [{**line, "group": "drone:1"}]}, "/lines/0/group"),
        ({"lines": [{**line, "group": "ship:1"}]}, "/lines/0/group"),
        ({"lines": [{**line, "price": 1}]}, "/lines/0/price"),
        ({"lines": [line], "country": "Spain"}, "/country"),
        ({"lines": [{**line, "key": "a"}, {**line, "key": "a"}]}, "/lines/1/key"),
    ):
        refused = await shopper("POST", "/v1/quotes", body)
        assert refused.status_code == 400, refused.text
        assert [error["pointer"].replace("...", "0") for error in refused.json()["errors"]] == [pointer], body
    assert len((await shopper.good("POST", "/v1/quotes", {"lines": [line] * 100}))["basket"]["lines"]) == 100


async def test_nobody_quotes_without_a_token(db: Database, world: tuple[Client, Tokens], clock: HeldClock) -> None:
    nobody, _ = world
    for method, path in (
        ("POST", "/v1/quotes"),
        ("GET", f"/v1/quotes/{new_id()}"),
        ("POST", "/v1/quotes/verify"),
    ):
        assert (await nobody(method, path, {})).status_code == 401


async def test_a_quote_of_a_retired_key_is_honoured_and_one_of_a_revoked_key_is_not(
    db: Database, world: tuple[Client, Tokens], clock: HeldClock
) -> None:
    shop, shopper = await open_shop(db), await a_shopper(db, world)
    _, tokens = world
    body = {"lines": [{"variant_id": str(shop.pot), "quantity": 1}]}
    first = await shopper.good("POST", "/v1/quotes", body)
    await rotate_keys(db, identity.SETTINGS)
    tokens.keys.forget()
    second = await shopper.good("POST", "/v1/quotes", body)
    assert first["signed"].split(".")[0] != second["signed"].split(".")[0]
    for made in (first, second):
        assert (await shopper.good("POST", "/v1/quotes/verify", {"signed": made["signed"]}))["valid"]
    await rotate_keys(db, identity.SETTINGS, revoke=True)
    tokens.keys.forget()
    fresh = await a_shopper(db, world)
    for made in (first, second):
        answer = await fresh.good("POST", "/v1/quotes/verify", {"signed": made["signed"]})
        assert (answer["valid"], answer["flaw"]) == (False, "unknown_key")


async def test_a_quote_is_no_access_token_and_an_access_token_no_quote(
    db: Database, world: tuple[Client, Tokens], clock: HeldClock
) -> None:
    shop = await open_shop(db)
    nobody, tokens = world
    token = (await identity.anonymous(db, tokens)).access_token
    shopper = nobody.as_(token)
    made = await shopper.good("POST", "/v1/quotes", {"lines": [{"variant_id": str(shop.pot), "quantity": 1}]})
    assert (await nobody.as_(made["signed"])("GET", f"/v1/quotes/{made['id']}")).status_code == 401
    assert (await shopper.good("POST", "/v1/quotes/verify", {"signed": token}))["flaw"] == "malformed"
