"""Prices, taxes and delivery methods over HTTP, as the back office changes them."""

from collections.abc import AsyncIterator

import pytest

from commerce.identity import Tokens
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.tax.seeds import seed_rates
from tests.given import catalog, identity, pricing as given
from tests.quotes.http import Client, serving


@pytest.fixture
async def office(db: Database, clock: HeldClock) -> AsyncIterator[Client]:
    async with serving(db) as (nobody, tokens):
        yield nobody.as_((await identity.administrator(db, tokens)).access_token)


async def walk(client: Client, path: str, limit: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    page = await client.good("GET", f"{path}limit={limit}")
    while True:
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        page = await client.good("GET", f"{path}limit={limit}&cursor={page['next_cursor']}")


async def test_a_price_list_from_making_to_its_history(office: Client, db: Database) -> None:
    made = await office.good("POST", "/v1/admin/price-lists", {"code": "web", "name": "Web", "currency": "EUR"})
    path = f"/v1/admin/price-lists/{made['id']}"
    assert (await office("POST", "/v1/admin/price-lists", {"code": "web", "name": "W", "currency": "EUR"})).json()[
        "code"
    ] == "price_list_code_taken"
    variants = sorted(str(each) for each in await catalog.variants(db, 5))
    prices = [{"variant_id": each, "price": {"amount": 1999, "currency": "EUR"}} for each in variants]
    done = await office.good("PUT", f"{path}/prices", {"prices": prices})
    assert (done["version"], done["changed"]) == (2, variants)
    assert [row["variant_id"] for row in await walk(office, f"{path}/prices?", 2)] == variants
    prices[0]["compare_at"] = {"amount": 2999, "currency": "EUR"}
    assert (await office.good("PUT", f"{path}/prices", {"prices": prices}))["changed"] == [variants[0]]
    assert (await office("DELETE", f"{path}/prices/{variants[0]}")).status_code == 204
    assert (await office("DELETE", f"{path}/prices/{variants[0]}")).status_code == 404
    history = await walk(office, f"{path}/prices/{variants[0]}/history?", 1)
    assert [(row["price"] and row["price"]["amount"], row["compare_at"] is not None) for row in history] == [  # type: ignore[index]
        (None, False),
        (1999, True),
        (1999, False),
    ]
    assert (await office("PATCH", path, {"priority": 3})).status_code == 428
    assert (await office("PATCH", path, {"priority": 3}, match=1)).status_code == 412
    current = await office("GET", path)
    assert current.headers["etag"] == '"4"'
    changed = await office("PATCH", path, {"priority": 3, "ends_at": "2026-12-31T22:00:00Z"}, match=4)
    assert (changed.json()["priority"], changed.json()["ends_at"]) == (3, "2026-12-31T22:00:00Z")
    assert changed.headers["etag"] == '"5"'


async def test_prices_that_make_no_sense_are_refused_over_http(office: Client, db: Database) -> None:
    made = await office.good("POST", "/v1/admin/price-lists", {"code": "web", "name": "Web", "currency": "EUR"})
    path = f"/v1/admin/price-lists/{made['id']}/prices"
    variant = str(await catalog.variant(db))
    for entry, pointer in (
        ({"variant_id": variant, "price": {"amount": -1, "currency": "EUR"}}, "/prices/0/price/amount"),
        ({"variant_id": variant, "price": {"amount": 10**15 + 1, "currency": "EUR"}}, "/prices/0/price/amount"),
        ({"variant_id": variant, "price": {"amount": 1, "currency": "USD"}}, "/prices/0/price/currency"),
        ({"variant_id": variant, "price": {"amount": 1.5, "currency": "EUR"}}, "/prices/0/price/amount"),
    ):
        refused = await office("PUT", path, {"prices": [entry]})
        assert refused.status_code == 400, refused.text
        assert [error["pointer"].replace("...", "0") for error in refused.json()["errors"]] == [pointer]
    assert (await office("PUT", path, {"prices": []})).status_code == 400
    assert (await office.good("GET", path))["items"] == []
    assert (await office("GET", f"/v1/admin/price-lists/{new_id()}/prices")).status_code == 404
    assert (await office("GET", f"{path}?cursor=bm9uc2Vuc2U")).status_code == 400


async def test_tax_rates_are_listed_added_ended_and_never_overlap(office: Client, db: Database) -> None:
    await given.taxes(db)
    assert len(await walk(office, "/v1/admin/tax-rates?", 40)) == len(seed_rates())
    (spanish,) = await walk(office, "/v1/admin/tax-rates?country=ES&category=standard&", 5)
    new = {"category": "standard", "country": "ES", "rate": "0.22", "name": "IVA", "valid_from": "2027-01-01"}
    refused = await office("POST", "/v1/admin/tax-rates", new)
    assert (refused.status_code, refused.json()["code"]) == (409, "tax_rates_overlap")
    assert refused.json()["tax_rate_id"] == spanish["id"]
    ended = await office.good("PATCH", f"/v1/admin/tax-rates/{spanish['id']}", {"valid_to": "2027-01-01"}, match=1)
    assert (ended["valid_to"], ended["rate"], ended["version"]) == ("2027-01-01", "0.21", 2)
    added = await office("POST", "/v1/admin/tax-rates", new)
    assert (added.status_code, added.json()["rate"]) == (201, "0.22")
    assert await office.good("GET", f"/v1/admin/tax-rates/{added.json()['id']}") == added.json()
    for wrong in ({"rate": "1.5"}, {"rate": "-0.1"}, {"rate": "NaN"}, {"rate": 0.21}, {"valid_to": "2026-01-01"}):
        assert (await office("POST", "/v1/admin/tax-rates", {**new, "country": "AD", **wrong})).status_code == 400
    categories = [str(row["code"]) for row in await walk(office, "/v1/admin/tax-categories?", 2)]
    assert {"reduced", "standard", "super_reduced", "zero"} <= set(categories)
    assert categories == sorted(categories)
    body = {"code": "wine", "name": "Wine"}
    assert (await office.good("POST", "/v1/admin/tax-categories", body)) == body
    assert (await office("POST", "/v1/admin/tax-categories", body)).status_code == 409


async def test_delivery_methods_are_made_changed_and_listed(office: Client) -> None:
    parcel = {
        "code": "parcel",
        "name": {"en": "Parcel", "es": "Paquete"},
        "kind": "ship",
        "price": {"amount": 495, "currency": "EUR"},
        "tax_category": "standard",
        "countries": ["ES"],
        "min_days": 1,
        "max_days": 3,
    }
    made = await office.good("POST", "/v1/admin/delivery-methods", parcel)
    assert (made["price"], made["countries"], made["version"]) == ({"amount": 495, "currency": "EUR"}, ["ES"], 1)
    path = f"/v1/admin/delivery-methods/{made['id']}"
    changed = await office("PATCH", path, {"active": False}, match=1)
    assert (changed.json()["active"], changed.headers["etag"]) == (False, '"2"')
    assert (await office("PATCH", path, {"active": True}, match=1)).status_code == 412
    pickup = {**parcel, "code": "counter", "kind": "pickup"}
    assert (await office("POST", "/v1/admin/delivery-methods", pickup)).status_code == 201
    second = await office("POST", "/v1/admin/delivery-methods", {**pickup, "code": "counter-2"})
    assert (second.status_code, second.json()["code"]) == (409, "pickup_method_exists")
    assert [row["code"] for row in await walk(office, "/v1/admin/delivery-methods?", 1)] == ["counter", "parcel"]


async def test_the_back_office_is_closed_to_shoppers(db: Database, clock: HeldClock) -> None:
    async with serving(db) as (nobody, tokens):
        assert isinstance(tokens, Tokens)
        shopper = nobody.as_((await identity.anonymous(db, tokens)).access_token)
        for path in ("price-lists", "tax-rates", "tax-categories", "delivery-methods"):
            assert (await shopper("GET", f"/v1/admin/{path}")).status_code == 403
            assert (await nobody("POST", f"/v1/admin/{path}", {})).status_code == 401
