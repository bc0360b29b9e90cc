"""One predicate says what is on show, by the clock, the channel and the store; and a product that goes away breaks no order."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import product
from typing import Any

import httpx
import pytest
from sqlalchemy import Text, func, select
from sqlalchemy.dialects.postgresql import JSONB

from commerce import catalog
from commerce.kernel.clock import HeldClock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given as argument
from tests.given import aftersale, checkout as given, identity
from tests.given.checkout import Shop
from tests.given.fulfilment import Shelf
from tests.given.orders import Want
from tests.served import Api, Served


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


async def product_of(admin: Api, variant_id: object) -> dict[str, Any]:
    variant = await admin.get(f"/v1/admin/variants/{variant_id}")
    return await admin.get(f"/v1/admin/products/{variant['product_id']}")  # type: ignore[no-any-return]


async def changed(admin: Api, variant_id: object, **fields: Any) -> dict[str, Any]:
    found = await product_of(admin, variant_id)
    path = f"/v1/admin/products/{found['id']}"
    return await admin.patch(path, fields, if_match=f'"{found["version"]}"')  # type: ignore[no-any-return]


TEXT_IN = Statement(select(func.text_in(argument("text", JSONB), argument("language", Text))))


async def seen(server: Served, shopper: Api, shop: Shop, *, store: object = None) -> set[str]:
    """Where a shopper meets the cup. Each request is another one for the cache of public pages."""
    at = f"&store={store}" if store else ""
    cup = await product_of_cup(server, shop)
    asked: dict[str, Any] = {"lines": [{"key": "a", "variant_id": str(shop.cup), "quantity": 1}]}
    if store:
        asked |= {"store_id": str(store)}
    lists = await shopper.get(f"/v1/products?limit=50{at}")
    found = await shopper.get(f"/v1/search?q=cup{at}")
    answers = {
        "list": any(each["id"] == cup for each in lists["items"]),
        "search": any(each["id"] == cup for each in found["items"]),
        "detail": good(await shopper.call("GET", f"/v1/products/{cup}{at.replace('&', '?', 1)}")),
        "look-up": good(await shopper.call("GET", f"/v1/variants/lookup?sku=CUP{at}")),
        "quote": good(await shopper.call("POST", "/v1/quotes", asked)),
        "cart": good(
            await shopper.call(
                "POST",
                "/v1/carts",
                {"lines": [{"variant_id": str(shop.cup)}], **({"store_id": str(store)} if store else {})},
            )
        ),
    }
    return {name for name, there in answers.items() if there}


async def product_of_cup(server: Served, shop: Shop) -> str:
    return str((await catalog.articles(server.program.db.reading, [shop.cup]))[shop.cup].product_id)


def good(answer: httpx.Response) -> bool:
    assert answer.status_code in {200, 201, 404, 422}, answer.text
    return answer.is_success


EVERYWHERE = {"list", "search", "detail", "look-up", "quote", "cart"}


async def shopper_of(server: Served) -> Api:
    token = await server.api.post("/v1/auth/anonymous", {})
    return server.api.as_(token["access_token"])


async def test_the_clock_alone_puts_a_product_on_show_and_takes_it_away(
    server: Served, admin: Api, clock: HeldClock
) -> None:
    shop = await given.shop(server.program.db)
    shopper = await shopper_of(server)
    begins, ends = clock.at + timedelta(minutes=4), clock.at + timedelta(minutes=8)
    said = await changed(admin, shop.cup, on_show_from=begins.isoformat(), on_show_until=ends.isoformat())
    assert (said["status"], said["scheduled"]) == ("published", True)
    assert await seen(server, shopper, shop) == set()
    clock.at = begins - timedelta(microseconds=1)
    assert await seen(server, shopper, shop) == set()
    clock.at = begins
    assert await seen(server, shopper, shop) == EVERYWHERE
    clock.at = ends
    assert await seen(server, shopper, shop) == set()


async def test_a_product_is_sold_only_where_its_assortment_says(server: Served, admin: Api, clock: HeldClock) -> None:
    shop = await given.shop(server.program.db)
    shopper = await shopper_of(server)
    await changed(admin, shop.cup, assortment=[{"location_id": str(shop.gracia)}])
    assert await seen(server, shopper, shop) == set()
    assert await seen(server, shopper, shop, store=shop.sants) == set()
    assert await seen(server, shopper, shop, store=shop.gracia) == EVERYWHERE
    later = clock.at + timedelta(minutes=4)
    await changed(admin, shop.cup, assortment=[{"channel_id": str(shop.channel_id), "begins_at": later.isoformat()}])
    assert await seen(server, shopper, shop, store=shop.gracia) == set()
    clock.at = later
    assert await seen(server, shopper, shop) == EVERYWHERE
    await changed(admin, shop.cup, assortment=[])
    assert await seen(server, shopper, shop, store=shop.sants) == EVERYWHERE


async def test_what_is_taken_off_while_it_lies_in_a_cart_is_not_sold(
    server: Served, admin: Api, clock: HeldClock
) -> None:
    shop = await given.shop(server.program.db)
    shopper = await shopper_of(server)
    line = {"variant_id": str(shop.cup), "fulfilment": {"kind": "pickup", "location_id": str(shop.gracia)}}
    cart = await shopper.post("/v1/carts", {"lines": [line]})
    path = f"/v1/carts/{cart['id']}"
    await shopper.put(f"{path}/contact", {"email": "shopper@example.com", "name": "Shopper"})
    await changed(admin, shop.cup, on_show_until=(clock.at + timedelta(seconds=5)).isoformat())
    clock.at += timedelta(seconds=5)
    assert [each["code"] for each in (await shopper.get(path))["problems"]] == ["not_for_sale"]
    wish = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
    refused = await shopper.call("POST", f"{path}/checkout", wish)
    assert (refused.status_code, refused.json()["code"]) == (409, "cart_not_ready")
    assert (await shopper.get("/v1/orders"))["items"] == []


async def test_a_product_that_goes_away_leaves_its_orders_and_returns_whole(
    server: Served, admin: Api, clock: HeldClock
) -> None:
    db, tokens = server.program.db, server.program.services.tokens
    place = await Shelf.filled(db)
    token = (await server.api.post("/v1/auth/anonymous", {}))["access_token"]
    shopper = server.api.as_(token)
    clerk = server.api.as_(await identity.token_of(db, tokens, await identity.terminal(db, place.store)))  # type: ignore[arg-type]
    want = Want(quantity=3, unit=1999, location_id=place.store, variant_id=place.cup)
    order = await aftersale.bought(db, want, who=await identity.caller(tokens, token))  # type: ignore[arg-type]
    before = await shopper.get(f"/v1/orders/{order.id}")
    gone = await product_of(admin, place.cup)
    await changed(admin, place.cup, title={"en": "Other"}, tax_category="other", slug="renamed")
    await admin.post(f"/v1/admin/products/{gone['id']}/withdraw")
    assert await shopper.get(f"/v1/orders/{order.id}") == before
    assert before["lines"][0]["title"] == "Cup"
    timeline = await shopper.get(f"/v1/orders/{order.id}/timeline")
    assert timeline["items"]
    body = {
        "order_id": str(order.id),
        "lines": [{"order_line_id": str(order.lines[0].id), "quantity": 2}],
        "reason": "changed_mind",
        "location_id": str(place.store),
    }
    here = await clerk.post("/v1/returns", body)
    assert (here["lines"][0]["title"], here["amount"]["amount"]) == ("Cup", 3998)
    await clerk.post(
        f"/v1/returns/{here['id']}/inspect", {"lines": [{"line_id": here["lines"][0]["id"], "restock": 2}]}
    )
    done = await clerk.post(f"/v1/returns/{here['id']}/refund")
    assert (done["state"], done["refunded"]["amount"]) == ("refunded", 3998)


async def test_deleted_keys_are_free_two_at_once_are_one_conflict_and_the_old_one_stays_away(admin: Api) -> None:
    body = {
        "title": {"en": "Mug"},
        "variants": [{"sku": "MUG", "barcode": "4006381333931", "short_code": "7", "more_barcodes": ["X-1"]}],
    }
    first = await admin.post("/v1/admin/products", {**body, "publish": True})
    assert (await admin.call("DELETE", f"/v1/admin/products/{first['id']}", if_match='"1"')).status_code == 204
    twins = await asyncio.gather(*(admin.call("POST", "/v1/admin/products", body) for _ in range(2)))
    assert sorted(each.status_code for each in twins) == [201, 409]
    assert {each.json()["code"] for each in twins if each.status_code == 409} <= {"slug_taken", "handle_taken"}
    back = await admin.call("POST", f"/v1/admin/products/{first['id']}/publish")
    assert (back.status_code, back.json()["code"]) in [(409, "slug_taken"), (409, "handle_taken")]
    home = await admin.post("/v1/admin/categories", {"name": {"en": "Home"}})
    await admin.call("DELETE", f"/v1/admin/categories/{home['id']}", if_match='"1"')
    twins = await asyncio.gather(
        *(admin.call("POST", "/v1/admin/categories", {"name": {"en": "Home"}}) for _ in range(2))
    )
    assert sorted(each.status_code for each in twins) == [201, 409]


async def test_an_old_slug_leads_to_the_new_one_until_another_product_takes_it(
    server: Served, admin: Api, clock: HeldClock
) -> None:
    await given.shop(server.program.db, stock=0)
    body = {"title": {"en": "Mug"}, "variants": [{}], "publish": True}
    made = await admin.post("/v1/admin/products", {**body, "handle": "one"})
    await admin.patch(f"/v1/admin/products/{made['id']}", {"slug": "cup"}, if_match='"1"')
    await admin.patch(f"/v1/admin/products/{made['id']}", {"slug": "beaker"}, if_match='"2"')
    for old in ("mug", "cup"):
        answer = await server.api.call("GET", f"/v1/products/{old}")
        assert (answer.status_code, answer.headers["location"]) == (308, "/v1/products/beaker"), answer.text
        further = await server.api.call("GET", f"/v1/products/{old}/variants?lang=es")
        assert (further.status_code, further.headers["location"]) == (308, "/v1/products/beaker/variants?lang=es")
        for part in ("media", "json-ld"):
            further = await server.api.call("GET", f"/v1/products/{old}/{part}?lang=es")
            assert (further.status_code, further.headers["location"]) == (308, f"/v1/products/beaker/{part}?lang=es")
            assert (await server.api.call("GET", f"/v1/products/nothing-{old}/{part}")).status_code == 404
    other = await admin.post("/v1/admin/products", {**body, "handle": "two"})
    assert (await server.api.get("/v1/products/mug?lang=es"))["id"] == other["id"]
    await admin.post(f"/v1/admin/products/{other['id']}/withdraw")
    again = await server.api.call("GET", "/v1/products/mug?lang=ca")
    assert again.status_code == 308


async def test_a_category_is_found_by_the_slug_that_it_had(server: Served, admin: Api, clock: HeldClock) -> None:
    await given.shop(server.program.db, stock=0)
    home = await admin.post("/v1/admin/categories", {"name": {"en": "Home"}})
    made = await admin.post(
        "/v1/admin/products", {"title": {"en": "Rug"}, "variants": [{}], "publish": True, "category_ids": [home["id"]]}
    )
    await admin.patch(f"/v1/admin/categories/{home['id']}", {"slug": "house"}, if_match='"1"')
    for slug in ("house", "home"):
        found = await server.api.get(f"/v1/products?category={slug}")
        assert [each["id"] for each in found["items"]] == [made["id"]]
    await admin.post("/v1/admin/categories", {"name": {"en": "Home"}})
    assert (await server.api.get("/v1/products?category=home&limit=5"))["items"] == []


LANGUAGES: tuple[Any, ...] = (None, "", "x")


async def test_a_text_falls_back_alike_in_sql_and_in_python(db: Database) -> None:
    for en, es, ca in product(LANGUAGES, repeat=3):
        text = Text3(en=en and "en", es=es and "es", ca=ca and "ca")
        for language in ("en", "es", "ca", "fr"):
            found = await db.reading.fetch_value(TEXT_IN, text=text, language=language)
            assert found == text.said(language), (text, language)
