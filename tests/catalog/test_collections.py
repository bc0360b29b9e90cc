"""Collections: chosen one by one and by rule; whoever writes a product keeps them right; everybody sees them page by page."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from commerce.catalog import Status, put_products
from commerce.catalog.audit import CHECKS
from commerce.catalog.collection_schemas import CollectionIn
from commerce.catalog.collection_tables import collection_products
from commerce.catalog.collections import create_collection
from commerce.catalog.facts import ProductDraft, VariantDraft
from commerce.kernel import clock as now
from commerce.kernel.clock import HeldClock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from commerce.storefront import collections as shown
from tests.given import catalog, identity, pricing, stores
from tests.served import Api, Json, Served


@pytest.fixture
async def admin(server: Served, clock: HeldClock) -> AsyncIterator[Api]:
    """The server as an administrator sees it, with a channel and prices."""
    await stores.channel(server.program.db)
    await pricing.taxes(server.program.db)
    tokens: Any = server.program.services.tokens
    yield server.api.as_((await identity.administrator(server.program.db, tokens)).access_token)
    await server.work()


def rule(*conditions: Json, match: str = "all") -> Json:
    return {"match": match, "conditions": list(conditions)}


async def made(admin: Api, title: str, **fields: Any) -> str:
    """A product on show; gives its id."""
    body = {"title": {"en": title}, "publish": True, "variants": [{}], **fields}
    product = await admin.post("/v1/admin/products", body)
    return str(product["id"])


async def titles(api: Api, slug: str, **query: Any) -> list[str]:
    """The whole walk over a collection, in its order."""
    found, cursor, anybody = [], "", api.as_(None)
    for _ in range(50):
        more = "".join(f"&{name}={value}" for name, value in query.items())
        page = await anybody.get(f"/v1/collections/{slug}/products?limit=2{more}{cursor}")
        found += [each["title"] for each in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"
    raise AssertionError("the walk does not end")


async def test_the_back_office_reads_what_is_kept_for_a_collection(admin: Api) -> None:
    ids = [await made(admin, f"Article {n}") for n in range(3)]
    draft = await admin.post("/v1/admin/products", {"title": {"en": "Draft"}, "variants": [{}]})
    order = [ids[2], draft["id"], ids[0]]
    collection = await admin.post("/v1/admin/collections", {"name": {"en": "Window"}, "product_ids": order})
    path = f"/v1/admin/collections/{collection['id']}/products"
    await admin.post(f"/v1/admin/products/{ids[2]}/withdraw")
    first = await admin.get(f"{path}?limit=2")
    assert [(each["id"], each["status"], each["position"]) for each in first["items"]] == [
        (ids[2], "withdrawn", 0),
        (draft["id"], "draft", 1),
    ]
    rest = await admin.get(f"{path}?limit=2&cursor={first['next_cursor']}")
    assert ([each["id"] for each in rest["items"]], rest["next_cursor"]) == ([ids[0]], None)
    again = await admin.call("PATCH", path.removesuffix("/products"), {"product_ids": order[::-1]}, if_match='"1"')
    assert [each["pointer"] for each in again.json()["errors"]] == ["/product_ids/2"]
    nobody = "/v1/admin/collections/018f0000-0000-7000-8000-000000000000/products"
    assert (await admin.call("GET", nobody)).status_code == 404


@pytest.mark.parametrize(
    ("condition", "pointer"),
    [
        ({"on": "category", "category_id": "018f0000-0000-7000-8000-000000000000"}, "category_id"),
        ({"on": "attribute", "code": "nothing", "value": "x"}, "code"),
        ({"on": "price", "currency": "EUR", "least": 10, "most": 9}, "most"),
    ],
)
async def test_a_rule_that_nothing_can_meet_is_refused(admin: Api, condition: Json, pointer: str) -> None:
    possible = {"on": "tag", "value": "x"}
    collection = await admin.post("/v1/admin/collections", {"name": {"en": "Old"}, "rule": rule(possible)})
    wanted = {"rule": rule(possible, condition)}
    for method, path, body in (
        ("POST", "/v1/admin/collections", {"name": {"en": "New"}, **wanted}),
        ("POST", "/v1/admin/collections/preview", wanted),
        ("PATCH", f"/v1/admin/collections/{collection['id']}", wanted),
    ):
        refused = await admin.call(method, path, body, **({"if_match": '"1"'} if method == "PATCH" else {}))
        assert refused.status_code == 400
        assert [each["pointer"] for each in refused.json()["errors"]] == [f"/rule/conditions/1/{pointer}"]


async def test_chosen_products_are_shown_in_their_order_whole_and_once(admin: Api) -> None:
    ids = [await made(admin, f"Article {n}") for n in range(5)]
    await admin.post("/v1/admin/products", {"title": {"en": "Draft"}, "variants": [{}]})
    order = [ids[3], ids[0], ids[4], ids[1], ids[2]]
    body = {"name": {"en": "Window", "ca": "Aparador"}, "description": {"en": "<p>Ours</p><script>x</script>"}}
    collection = await admin.post("/v1/admin/collections", {**body, "product_ids": order})
    assert (collection["slug"], collection["products"], collection["rule"]) == ("window", 5, None)
    assert await titles(admin, "window") == ["Article 3", "Article 0", "Article 4", "Article 1", "Article 2"]
    shown = await admin.get("/v1/collections/window?lang=ca")
    assert (shown["name"], shown["description"]) == ("Aparador", "<p>Ours</p>")
    path = f"/v1/admin/collections/{collection['id']}"
    changed = await admin.call("PATCH", path, {"product_ids": order[:1], "slug": "show"}, if_match='"1"')
    assert (changed.status_code, changed.json()["products"]) == (200, 1)
    assert await titles(admin, "show") == ["Article 3"]
    moved = await admin.call("GET", "/v1/collections/window/products?lang=es")
    assert (moved.status_code, moved.headers["location"]) == (308, "/v1/collections/show/products?lang=es")
    twice = await admin.call("POST", "/v1/admin/collections", {**body, "product_ids": [ids[0], ids[0]]})
    assert (twice.status_code, twice.json()["code"]) == (422, "invalid_input") or twice.status_code == 400
    taken = await admin.call("POST", "/v1/admin/collections", {**body, "slug": "show"})
    assert (taken.status_code, taken.json()["code"]) == (409, "slug_taken")
    hidden = await admin.call("PATCH", path, {"published": False}, if_match='"2"')
    assert hidden.status_code == 200
    assert (await admin.call("GET", "/v1/collections/show/products")).status_code == 404
    assert (await admin.get("/v1/collections"))["items"] == []
    assert (await admin.call("DELETE", path, if_match='"3"')).status_code == 204
    assert (await admin.call("GET", path)).status_code == 404


async def test_a_rule_finds_what_is_written_before_and_after_it(admin: Api, server: Served) -> None:
    kitchen = await admin.post("/v1/admin/categories", {"name": {"en": "Kitchen"}})
    cups = await admin.post("/v1/admin/categories", {"name": {"en": "Cups"}, "parent_id": kitchen["id"]})
    await admin.post("/v1/admin/attributes", {"code": "colour", "name": {"en": "Colour"}, "kind": "text", "many": True})
    await admin.post("/v1/admin/product-types", {"code": "mug", "name": {"en": "Mug"}, "attributes": ["colour"]})
    before = await made(admin, "Canción", tags=["Summer", "gift"], vendor="House")
    rules = {
        "tag": rule({"on": "tag", "value": "summer"}),
        "both": rule({"on": "tag", "value": "gift"}, {"on": "vendor", "value": "HOUSE"}),
        "any": rule({"on": "vendor", "value": "house"}, {"on": "product_type", "value": "Mug"}, match="any"),
        "title": rule({"on": "title", "value": "CANCION"}),
        "below": rule({"on": "category", "category_id": kitchen["id"]}),
        "red": rule({"on": "attribute", "code": "colour", "value": "red"}),
    }
    for slug, each in rules.items():
        await admin.post("/v1/admin/collections", {"name": {"en": slug}, "slug": slug, "rule": each})
    assert [await titles(admin, slug) for slug in rules] == [["Canción"]] * 4 + [[], []]
    mug = await made(
        admin,
        "Mug",
        product_type="mug",
        category_ids=[cups["id"]],
        attributes={"colour": ["blue", "red"]},
    )
    assert [await titles(admin, slug) for slug in ("any", "below", "red")] == [["Mug", "Canción"], ["Mug"], ["Mug"]]
    await admin.call("PATCH", f"/v1/admin/products/{before}", {"tags": ["gift"]}, if_match='"1"')
    assert [await titles(admin, slug) for slug in ("tag", "both")] == [[], ["Canción"]]
    draft = ProductDraft(
        handle="file",
        title=Text3(en="From a file"),
        tags=("summer",),
        status=Status.PUBLISHED,
        variants=(VariantDraft(),),
    )
    await server.program.db.transact(put_products, [draft], at=now.now())
    assert await titles(admin, "tag") == ["From a file"]
    await admin.call("PATCH", f"/v1/admin/categories/{cups['id']}", {"parent_id": None}, if_match='"1"')
    assert await titles(admin, "below") == []
    await admin.call("PATCH", f"/v1/admin/products/{mug}", {"category_ids": [kitchen["id"]]}, if_match='"1"')
    assert await titles(admin, "below") == ["Mug"]
    seen = await admin.post("/v1/admin/collections/preview", {"rule": rules["any"]})
    assert (seen["total"], [each["title"]["en"] for each in seen["items"]], seen["judged_at_each_read"]) == (
        2,
        ["Mug", "Canción"],
        False,
    )


async def test_prices_sales_and_age_are_judged_when_it_is_read(admin: Api, server: Served, clock: HeldClock) -> None:
    db = server.program.db
    variants = {title: await catalog.variant(db, title) for title in ("Old", "Cheap", "Dear")}
    await pricing.prices(db, {variants["Old"]: 1000, variants["Cheap"]: 500, variants["Dear"]: 9000})
    rules = {
        "under-ten": rule({"on": "price", "currency": "EUR", "most": 1000}),
        "dollars": rule({"on": "price", "currency": "USD", "most": 1000}),
        "new": rule({"on": "created", "days": 2}),
        "sale": rule({"on": "on_sale"}),
        "either": rule({"on": "price", "currency": "EUR", "least": 9000}, {"on": "title", "value": "old"}, match="any"),
        "new-and-old": rule({"on": "created", "days": 2}, {"on": "title", "value": "old"}),
    }
    for slug, each in rules.items():
        await admin.post("/v1/admin/collections", {"name": {"en": slug}, "slug": slug, "rule": each})
    assert [await titles(admin, slug) for slug in rules] == [
        ["Cheap", "Old"],
        [],
        ["Dear", "Cheap", "Old"],
        [],
        ["Dear", "Old"],
        ["Old"],
    ]
    clock.move(hours=48)
    assert [await titles(admin, slug) for slug in ("new", "new-and-old")] == [[], []]
    await pricing.prices(db, {variants["Dear"]: 900})
    assert await titles(admin, "under-ten") == ["Dear", "Cheap", "Old"]


async def test_a_walk_goes_on_behind_products_that_do_not_count(
    admin: Api, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three products are looked at for a page: pages may be empty, the walk still shows each of the two once."""
    monkeypatch.setattr(shown, "LOOKED_AT_MOST", 3)
    shown._judged.cache_clear()
    db = server.program.db
    variants = await catalog.variants(db, 10)
    await pricing.prices(db, {each: 100 if n in {0, 6} else 900 for n, each in enumerate(variants)})
    each = rule({"on": "price", "currency": "EUR", "most": 100})
    await admin.post("/v1/admin/collections", {"name": {"en": "Few"}, "slug": "few", "rule": each})
    assert sorted(await titles(admin, "few")) == ["Article 0", "Article 6"]
    shown._judged.cache_clear()


async def test_a_walk_by_age_shows_each_once_whatever_else_has_to_hold(
    admin: Api, server: Served, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Newest first is by the instant made, which is not the order of the ids here; where a tag has to be there too, of those with the tag."""
    monkeypatch.setattr(shown, "AGED_AT_MOST", 2)
    shown._judged.cache_clear()
    for n in range(7):
        await catalog.product(server.program.db, f"P{n}", tags=["wanted"] if n % 2 else [], handle=f"p{n}")
        clock.move(hours=-10)
    clock.move(hours=70)
    new = {"on": "created", "days": 2}
    rules = {"new": rule(new), "both": rule(new, {"on": "tag", "value": "wanted"})}
    for slug, each in rules.items():
        await admin.post("/v1/admin/collections", {"name": {"en": slug}, "slug": slug, "rule": each})
    assert await titles(admin, "new") == ["P0", "P1", "P2", "P3", "P4"]
    assert sorted(await titles(admin, "both")) == ["P1", "P3"]
    shown._judged.cache_clear()


MEMBERS = Statement(select(collection_products.c.product_id))
FAULTS = {check.name: check for check in CHECKS}


async def test_products_written_while_a_rule_is_written_are_found_by_it(db: Database, clock: HeldClock) -> None:
    async def product(nth: int) -> None:
        await catalog.product(db, f"Product {nth}", tags=["wanted"], handle=f"p-{nth}")

    async def write_rule() -> None:
        wanted: Any = {"match": "all", "conditions": [{"on": "tag", "value": "wanted"}]}
        data = msgspec.convert({"name": {"en": "Wanted"}, "rule": wanted}, CollectionIn)
        await db.transact(create_collection, data, at=now.now())

    await asyncio.gather(*(product(nth) for nth in range(6)), write_rule(), *(product(nth) for nth in range(6, 12)))
    assert len(await db.reading.fetch(MEMBERS)) == 12
    check = FAULTS["collections_have_what_their_rules_find"]
    assert await db.reading.fetch(check.statement) == []
