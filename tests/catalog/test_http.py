"""Products, variants and categories over HTTP, as the back office drives them."""

from typing import Any

import httpx
import pytest

from commerce.kernel.ids import new_id
from tests.given import identity as given_callers
from tests.served import Api, Served


@pytest.fixture
async def admin(server: Served) -> Api:
    """The server as an administrator sees it."""
    tokens = server.program.services.tokens
    signed_in = await given_callers.administrator(server.program.db, tokens)  # type: ignore[arg-type]
    return server.api.as_(signed_in.access_token)


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def mug(**more: Any) -> dict[str, Any]:
    return {"title": {"en": "Blue mug", "es": "Taza azul"}, "variants": [{"sku": "MUG-1"}], **more}


async def test_a_product_goes_through_its_life(admin: Api) -> None:
    made = await admin.post("/v1/admin/products", mug())
    path = f"/v1/admin/products/{made['id']}"
    first = await admin.call("GET", path)
    assert (first.json(), first.headers["etag"]) == (made, '"1"')
    assert (await admin.call("GET", path, if_none_match='"1"')).status_code == 304
    changed = await admin.call("PATCH", path, {"vendor": "House"}, if_match='"1"')
    assert (changed.status_code, changed.headers["etag"], changed.json()["vendor"]) == (200, '"2"', "House")
    assert problem(await admin.call("PATCH", path, {"vendor": "Other"}, if_match='"1"')) == (412, "stale_version")
    assert problem(await admin.call("PATCH", path, {"vendor": "Other"})) == (428, "precondition_required")
    published = await admin.post(f"{path}/publish")
    assert published["status"] == "published"
    assert problem(await admin.call("POST", f"{path}/publish")) == (409, "illegal_move")
    assert (await admin.call("DELETE", path, if_match='"3"')).status_code == 204
    assert (await admin.get(path))["status"] == "withdrawn"
    again = await admin.post("/v1/admin/products", mug())
    assert again["id"] != made["id"]
    assert problem(await admin.call("POST", f"{path}/publish")) in [(409, "slug_taken"), (409, "handle_taken")]
    assert (await admin.post(f"/v1/admin/products/{again['id']}/withdraw"))["withdrawn_at"] is not None
    assert (await admin.post(f"{path}/publish"))["status"] == "published"


async def test_variants_are_added_changed_and_withdrawn(admin: Api) -> None:
    made = await admin.post(
        "/v1/admin/products", mug(options=[{"en": "Size"}], variants=[{"option_values": ["S"], "sku": "MUG-S"}])
    )
    added = await admin.post(
        f"/v1/admin/products/{made['id']}/variants", {"option_values": ["L"], "barcode": "4006381333931"}
    )
    path = f"/v1/admin/variants/{added['id']}"
    assert (await admin.get(path)) == added
    changed = await admin.patch(path, {"barcode": None, "weight_grams": 300}, if_match='"1"')
    assert (changed["barcode"], changed["weight_grams"], changed["sku"]) == (None, 300, added["sku"])
    taken = await admin.call("PATCH", path, {"sku": "mug-s"}, if_match='"2"')
    assert problem(taken) == (409, "sku_taken")
    assert (await admin.call("DELETE", path, if_match='"2"')).status_code == 204
    assert (await admin.get(path))["withdrawn_at"] is not None


async def test_categories_are_managed(admin: Api) -> None:
    home = await admin.post("/v1/admin/categories", {"name": {"en": "Home"}})
    kitchen = await admin.post("/v1/admin/categories", {"name": {"es": "Cocina"}, "parent_id": home["id"]})
    assert (kitchen["slug"], kitchen["parent_id"]) == ("cocina", home["id"])
    path = f"/v1/admin/categories/{home['id']}"
    assert problem(await admin.call("DELETE", path, if_match='"1"')) == (409, "category_in_use")
    assert problem(await admin.call("PATCH", path, {"parent_id": kitchen["id"]}, if_match='"1"')) == (
        400,
        "invalid_input",
    )
    moved = await admin.patch(f"/v1/admin/categories/{kitchen['id']}", {"parent_id": None}, if_match='"1"')
    assert (moved["parent_id"], moved["version"]) == (None, 2)
    assert (await admin.call("DELETE", path, if_match='"1"')).status_code == 204
    assert problem(await admin.call("GET", path)) == (404, "not_found")


async def test_the_same_key_makes_one_product(admin: Api) -> None:
    first = await admin.call("POST", "/v1/admin/products", mug(), key="one-key-for-one-mug")
    second = await admin.call("POST", "/v1/admin/products", mug(), key="one-key-for-one-mug")
    assert (first.status_code, second.status_code, second.headers["idempotent-replayed"]) == (201, 201, "true")
    assert first.json() == second.json()
    assert len((await admin.get("/v1/admin/products?q=mugs"))["items"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": {}},
        {"title": {"fr": "Tasse"}},
        {"slug": "Not A Slug"},
        {"variants": []},
        {"variants": [{"barcode": "4006381333932"}]},
        {"variants": [{"sku": " padded "}]},
        {"variants": [{"weight_grams": -1}]},
        {"images": [{"url": "javascript:alert(1)"}]},
        {"options": [{"en": str(nth)} for nth in range(4)]},
        {"status": "published"},
        {"title": {"en": "nul\u0000"}},
        {"tags": ["x" * 201]},
    ],
)
async def test_a_product_that_cannot_be_is_refused_and_nothing_is_made(admin: Api, wrong: dict[str, Any]) -> None:
    assert problem(await admin.call("POST", "/v1/admin/products", mug(**wrong))) == (400, "invalid_input")
    assert (await admin.get("/v1/admin/products"))["items"] == []


async def test_only_who_may_write_the_catalogue_gets_in(server: Served, api: Api) -> None:
    tokens = server.program.services.tokens
    shopper = await given_callers.anonymous(server.program.db, tokens)  # type: ignore[arg-type]
    for path in ("/v1/admin/products", f"/v1/admin/variants/{new_id()}", f"/v1/admin/categories/{new_id()}"):
        assert problem(await api.call("GET", path)) == (401, "unauthenticated")
        assert problem(await api.as_(shopper.access_token).call("GET", path)) == (403, "forbidden")


async def test_each_act_of_the_back_office_is_in_the_audit_log(admin: Api) -> None:
    made = await admin.post("/v1/admin/products", mug())
    await admin.patch(f"/v1/admin/products/{made['id']}", {"vendor": "House"}, if_match='"1"')
    entries = (await admin.get("/v1/admin/audit-log"))["items"]
    assert [entry["operation"] for entry in entries[:2]] == ["changeProduct", "createProduct"]


async def test_the_list_of_the_back_office_is_of_those_that_fit_all_that_is_said(admin: Api) -> None:
    kitchen = await admin.post("/v1/admin/categories", {"name": {"es": "Cocina", "en": "Kitchen"}})
    cups = await admin.post("/v1/admin/categories", {"name": {"en": "Cups"}, "parent_id": kitchen["id"]})
    ours = {"vendor": "Ours", "product_type": "cup", "tags": ["blue"], "category_ids": [cups["id"]]}
    both = []
    for nth, more in enumerate((ours, {**ours, "tags": ["red"]})):
        body = mug(slug=f"m-{nth}", handle=f"m-{nth}", variants=[{"sku": f"M-{nth}"}], **more)
        both.append((await admin.post("/v1/admin/products", body))["id"])
    for query, found in (
        ("vendor=Ours", both),
        ("vendor=Ours&tag=blue", both[:1]),
        ("product_type=cup&tag=red", both[1:]),
        (f"category_id={cups['id']}", both),
        (f"category_id={kitchen['id']}", []),
        ("vendor=Theirs", []),
    ):
        rows = (await admin.get(f"/v1/admin/products?{query}"))["items"]
        assert [each["id"] for each in rows] == found[::-1], query
    first = await admin.get("/v1/admin/categories?limit=1")
    assert (first["items"][0]["id"], first["items"][0]["parent_id"]) == (cups["id"], kitchen["id"])
    rest = await admin.get(f"/v1/admin/categories?limit=1&cursor={first['next_cursor']}")
    assert [(each["name"]["es"], each["version"]) for each in rest["items"]] == [("Cocina", 1)]
    gone = await admin.call("DELETE", f"/v1/admin/categories/{cups['id']}", if_match='"1"')
    assert gone.status_code == 204
    assert [each["id"] for each in (await admin.get("/v1/admin/categories"))["items"]] == [kitchen["id"]]
