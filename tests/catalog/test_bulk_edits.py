"""Many products changed at once: looked at first, then done exactly so; and the history of each."""

from typing import Any
from uuid import UUID

import pytest

from commerce.catalog import bulk_apply, bulk_forget
from commerce.catalog.bulk_apply import BulkEditDue, run_bulk_edit
from commerce.catalog.bulk_forget import forget_bulk_edits
from commerce.kernel.clock import HeldClock
from tests.served import Api, Served

NOBODY = "018f0000-0000-7000-8000-000000000000"


async def lamps(admin: Api, count: int, **more: Any) -> list[dict[str, Any]]:
    made = []
    for nth in range(count):
        body = {"title": {"en": f"Lamp {nth}"}, "tags": ["old"], "variants": [{"sku": f"LAMP-{nth}"}], **more}
        made.append(await admin.post("/v1/admin/products", body))
    return made


async def test_a_bulk_edit_is_looked_at_and_then_done_exactly_so(admin: Api) -> None:
    await admin.post("/v1/admin/attributes", {"code": "power", "name": {"en": "Power"}, "kind": "number"})
    await admin.post("/v1/admin/product-types", {"code": "lamp", "name": {"en": "Lamp"}, "attributes": ["power"]})
    typed = await lamps(admin, 2, product_type="lamp", vendor="Acme")
    (other,) = await lamps(admin, 1, slug="other", handle="other", vendor="Acme", variants=[{"sku": "O"}])
    await lamps(admin, 1, slug="third", handle="third", vendor="Else", variants=[{"sku": "T"}])
    place = await admin.post("/v1/admin/categories", {"name": {"en": "Light"}})
    await admin.post("/v1/admin/tax-categories", {"code": "reduced", "name": "Reduced"})
    changes = {
        "add_tags": ["new", "old"],
        "remove_tags": ["none"],
        "add_category_ids": [place["id"]],
        "attributes": {"power": 7},
        "tax_category": "reduced",
        "perishable": True,
        "assortment": [{"ends_at": "2999-01-01T00:00:00Z"}],
        "status": "published",
    }
    asked = {"selection": {"vendor": "Acme"}, "changes": changes}
    preview = await admin.post("/v1/admin/bulk-edits", asked)
    counts = {name: preview[name] for name in ("state", "matched", "to_change", "refused", "changed")}
    assert counts == {"state": "previewed", "matched": 3, "to_change": 2, "refused": 1, "changed": 0}
    path = f"/v1/admin/bulk-edits/{preview['id']}"
    rows = {row["product_id"]: row for row in (await admin.get(f"{path}/products"))["items"]}
    assert rows[other["id"]]["refusal"]["pointer"] == "/attributes/power"
    first = rows[typed[0]["id"]]
    assert first["before"]["tags"] == ["old"]
    assert first["after"]["tags"] == ["old", "new"]
    assert (first["before"]["status"], first["after"]["status"]) == ("draft", "published")
    assert (await admin.get(f"/v1/admin/products/{typed[0]['id']}")) == typed[0]

    await admin.patch(f"/v1/admin/products/{typed[1]['id']}", {"vendor": "Mine"}, if_match='"1"')
    stale = await admin.call("POST", f"{path}/apply", {"version": 7})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    done = await admin.post(f"{path}/apply", {"version": preview["version"]})
    assert (done["state"], done["changed"], done["moved_on"], done["refused"]) == ("applied", 1, 1, 1)
    now = await admin.get(f"/v1/admin/products/{typed[0]['id']}")
    assert (now["tags"], now["attributes"], now["status"]) == (["old", "new"], {"power": 7}, "published")
    assert (now["category_ids"], now["tax_category"], now["perishable"]) == ([place["id"]], "reduced", True)
    assert now["assortment"][0]["ends_at"] == "2999-01-01T00:00:00Z"
    assert now["version"] == 2
    untouched = await admin.get(f"/v1/admin/products/{typed[1]['id']}")
    assert (untouched["tags"], untouched["vendor"]) == (["old"], "Mine")
    assert (await admin.get(f"/v1/admin/products/{other['id']}")) == other
    again = await admin.call("POST", f"{path}/apply", {"version": done["version"]})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"assortment": [{"channel_id": NOBODY}]}, "/changes/assortment"),
        ({"assortment": [{"location_id": NOBODY}]}, "/changes/assortment"),
        ({"assortment": [{}, {}]}, "/changes/assortment"),
        (
            {"assortment": [{"begins_at": "2030-01-01T00:00:00Z", "ends_at": "2029-01-01T00:00:00Z"}]},
            "/changes/assortment/0/ends_at",
        ),
        ({"tax_category": "standrd"}, "/changes/tax_category"),
        ({"add_category_ids": [NOBODY]}, "/changes/add_category_ids"),
    ],
)
async def test_what_no_product_could_be_given_is_not_even_previewed(
    admin: Api, changes: dict[str, Any], pointer: str
) -> None:
    (lamp,) = await lamps(admin, 1)
    asked = {"selection": {"product_ids": [lamp["id"]]}, "changes": changes}
    refused = await admin.call("POST", "/v1/admin/bulk-edits", asked)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_another_type_is_given_only_to_what_has_no_attribute_that_it_lacks(admin: Api) -> None:
    for code, of_variants in (("power", False), ("socket", False), ("shade", True)):
        body = {"code": code, "name": {"en": code}, "kind": "number", "for_variants": of_variants}
        await admin.post("/v1/admin/attributes", body)
    for code, has in (("lamp", ["power", "shade", "socket"]), ("bulb", ["socket"]), ("torch", ["power"])):
        await admin.post("/v1/admin/product-types", {"code": code, "name": {"en": code}, "attributes": has})
    kinds: list[dict[str, Any]] = [
        {"attributes": {"socket": 27}},
        {"attributes": {"power": 7, "socket": 14}},
        {"variants": [{"sku": "SHADED", "attributes": {"shade": 3}}]},
        {},
    ]
    made = []
    for nth, more in enumerate(kinds):
        own = {"slug": f"lamp-{nth}", "handle": f"lamp-{nth}", "variants": [{"sku": f"L-{nth}"}], **more}
        made += await lamps(admin, 1, product_type="lamp", **own)
    asked = {"selection": {"product_type": "lamp"}, "changes": {"product_type": "bulb"}}
    preview = await admin.post("/v1/admin/bulk-edits", asked)
    path = f"/v1/admin/bulk-edits/{preview['id']}"
    assert (preview["to_change"], preview["refused"]) == (2, 2)
    rows = {row["product_id"]: row for row in (await admin.get(f"{path}/products"))["items"]}
    told = [rows[each["id"]]["refusal"] for each in made]
    assert [told[0], told[3]] == [None, None]
    assert told[1] == {"pointer": "/attributes/power", "detail": "Products of the type bulb have no such attribute."}
    assert told[2]["pointer"] == "/product_type"
    assert "shade" in told[2]["detail"]
    assert rows[made[0]["id"]]["after"] == {"product_type": "bulb"}

    # Another attribute goes into the type's place, and what does not fit it goes.
    better = {"product_type": "torch", "attributes": {"socket": None, "power": 5}}
    both = await admin.post("/v1/admin/bulk-edits", {**asked, "changes": better})
    assert (both["to_change"], both["refused"]) == (3, 1)

    # What is defined otherwise by then is judged again.
    bulb = await admin.call("GET", "/v1/admin/product-types/bulb")
    await admin.patch("/v1/admin/product-types/bulb", {"attributes": []}, if_match=bulb.headers["etag"])
    done = await admin.post(f"{path}/apply", {"version": 1})
    assert (done["changed"], done["refused"]) == (1, 3)
    assert [(await admin.get(f"/v1/admin/products/{each['id']}"))["product_type"] for each in made] == [
        "lamp",
        "lamp",
        "lamp",
        "bulb",
    ]
    done = await admin.post(f"/v1/admin/bulk-edits/{both['id']}/apply", {"version": 1})
    assert (done["changed"], done["moved_on"]) == (2, 1)
    first = await admin.get(f"/v1/admin/products/{made[0]['id']}")
    assert (first["product_type"], first["attributes"]) == ("torch", {"power": 5})


async def test_bulk_edits_are_forgotten_some_at_a_time_and_the_history_stays(
    server: Served, admin: Api, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = server.program.db
    (made,) = await lamps(admin, 1)
    asked = {"selection": {"tag": "old"}, "changes": {"vendor": "Acme"}}
    old = [await admin.post("/v1/admin/bulk-edits", asked) for _ in range(3)]
    await admin.post(f"/v1/admin/bulk-edits/{old[0]['id']}/apply", {"version": 1})
    await server.work()
    clock.move(hours=7 * 24 - 1)
    new = await admin.post("/v1/admin/bulk-edits", {**asked, "changes": {"vendor": "Else"}})
    assert await forget_bulk_edits(db) == 0
    clock.move(hours=2)
    monkeypatch.setattr(bulk_forget, "MOST", 1)
    assert [await forget_bulk_edits(db) for _ in range(3)] == [1, 1, 0]
    left = [(await admin.call("GET", f"/v1/admin/bulk-edits/{each['id']}")).status_code for each in (*old, new)]
    assert left == [200, 404, 404, 200]
    await server.work()
    clock.move(hours=84 * 24)
    assert [await forget_bulk_edits(db) for _ in range(3)] == [1, 1, 0]
    assert (await admin.call("GET", f"/v1/admin/bulk-edits/{old[0]['id']}")).status_code == 404
    history = (await admin.get(f"/v1/admin/products/{made['id']}/history"))["items"]
    assert [each["operation"] for each in history] == ["applyBulkEdit", "createProduct"]


async def test_products_are_withdrawn_at_once_and_come_back_one_by_one(admin: Api) -> None:
    made = await lamps(admin, 2, publish=True)
    asked = {"selection": {"product_ids": [each["id"] for each in made]}, "changes": {"status": "withdrawn"}}
    preview = await admin.post("/v1/admin/bulk-edits", asked)
    await admin.post(f"/v1/admin/bulk-edits/{preview['id']}/apply", {"version": 1})
    assert [(await admin.get(f"/v1/admin/products/{each['id']}"))["status"] for each in made] == ["withdrawn"] * 2
    back = await admin.post(f"/v1/admin/products/{made[0]['id']}/publish")
    assert (back["status"], back["variants"][0]["withdrawn_at"]) == ("published", None)
    refused = await admin.post("/v1/admin/bulk-edits", {**asked, "changes": {"status": "published"}})
    assert (refused["to_change"], refused["refused"]) == (0, 1)


async def test_many_products_are_a_job_that_goes_on_after_a_kill(
    server: Served, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_apply, "BATCH", 2)
    made = await lamps(admin, 5)
    preview = await admin.post("/v1/admin/bulk-edits", {"selection": {"tag": "old"}, "changes": {"vendor": "Acme"}})
    path = f"/v1/admin/bulk-edits/{preview['id']}"
    begun = await admin.post(f"{path}/apply", {"version": 1})
    assert (begun["state"], begun["changed"]) == ("applying", 2)
    due = BulkEditDue(UUID(preview["id"]))

    async def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(bulk_apply, "touch", killed)
        with pytest.raises(KeyboardInterrupt):
            await run_bulk_edit(server.program.db, due)
    assert (await admin.get(path))["changed"] == 2
    await run_bulk_edit(server.program.db, due)
    await run_bulk_edit(server.program.db, due)
    done = await admin.get(path)
    assert (done["state"], done["changed"], done["moved_on"]) == ("applied", 5, 0)
    for each in made:
        entries = (await admin.get(f"/v1/admin/products/{each['id']}/history"))["items"]
        assert [(one["operation"], one["after"].get("vendor")) for one in entries] == [
            ("applyBulkEdit", "Acme"),
            ("createProduct", ""),
        ]
        assert {one["actor_kind"] for one in entries} == {"staff"}


async def test_a_selection_is_bounded_and_says_something(admin: Api) -> None:
    for body, pointer in (
        ({"selection": {}, "changes": {"vendor": "A"}}, "/selection"),
        ({"selection": {"tag": "old"}, "changes": {}}, "/changes"),
        (
            {"selection": {"tag": "old"}, "changes": {"add_category_ids": ["00000000-0000-0000-0000-000000000000"]}},
            "/changes/add_category_ids",
        ),
    ):
        answer = await admin.call("POST", "/v1/admin/bulk-edits", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_the_history_of_a_product_says_who_changed_which_field(admin: Api) -> None:
    made = await admin.post(
        "/v1/admin/products",
        {
            "title": {"en": "Lamp"},
            "options": [{"en": "Size"}],
            "variants": [{"sku": s, "option_values": [s]} for s in "AB"],
        },
    )
    path = f"/v1/admin/products/{made['id']}"
    await admin.patch(path, {"vendor": "House"}, if_match='"1"')
    await admin.patch(f"/v1/admin/variants/{made['variants'][1]['id']}", {"weight_grams": 5}, if_match='"1"')
    await admin.post(f"{path}/publish")
    page = await admin.get(f"{path}/history?limit=3")
    told = [(each["operation"], each["before"], each["after"]) for each in page["items"]]
    assert told[0][0] == "publishProduct"
    assert told[0][2]["status"] == "published"
    assert told[1][0] == "changeVariant"
    assert list(told[1][1]["variants"]) == ["B"]
    assert (told[1][1]["variants"]["B"]["weight_grams"], told[1][2]["variants"]["B"]["weight_grams"]) == (None, 5)
    assert told[2] == ("changeProduct", {"vendor": ""}, {"vendor": "House"})
    rest = await admin.get(f"{path}/history?limit=3&cursor={page['next_cursor']}")
    assert [each["operation"] for each in rest["items"]] == ["createProduct"]


async def test_a_bulk_edit_puts_nothing_on_show_without_what_its_type_asks(admin: Api) -> None:
    for code, of_variants in (("power", False), ("shade", True)):
        body = {"code": code, "name": {"en": code}, "kind": "number", "for_variants": of_variants}
        await admin.post("/v1/admin/attributes", body)
    both = ["power", "shade"]
    await admin.post(
        "/v1/admin/product-types", {"code": "lamp", "name": {"en": "L"}, "attributes": both, "required": both}
    )
    draft = {"title": {"en": "Lamp"}, "product_type": "lamp"}
    whole = {**draft, "attributes": {"power": 1}, "variants": [{"sku": "W", "attributes": {"shade": 1}}]}
    part = {**draft, "slug": "part", "attributes": {"power": 1}, "variants": [{"sku": "P"}]}
    ids = [(await admin.post("/v1/admin/products", each))["id"] for each in (whole, part)]

    async def refused(**changes: Any) -> dict[str, str]:
        edit = await admin.post("/v1/admin/bulk-edits", {"selection": {"product_ids": ids}, "changes": changes})
        rows = (await admin.get(f"/v1/admin/bulk-edits/{edit['id']}/products"))["items"]
        await admin.post(f"/v1/admin/bulk-edits/{edit['id']}/apply", {"version": 1})
        return {row["product_id"]: row["refusal"]["pointer"] for row in rows if row["refusal"]}

    assert await refused(status="published") == {ids[1]: "/attributes/shade"}
    assert [(await admin.get(f"/v1/admin/products/{each}"))["status"] for each in ids] == ["published", "draft"]
    assert await refused(attributes={"power": None}) == {ids[0]: "/attributes/power"}
    assert await refused(add_tags=["old"]) == {}


async def test_what_a_product_lacks_is_told_before_it_is_published(admin: Api) -> None:
    await admin.post("/v1/admin/attributes", {"code": "power", "name": {"en": "Power"}, "kind": "number"})
    kind = {"code": "lamp", "name": {"en": "Lamp"}, "attributes": ["power"], "required": ["power"]}
    await admin.post("/v1/admin/product-types", kind)
    made = await admin.post(
        "/v1/admin/products",
        {"title": {"en": "Lamp"}, "product_type": "lamp", "warnings": {"es": "Quema."}, "variants": [{"sku": "L"}]},
    )
    path = f"/v1/admin/products/{made['id']}"

    async def lacks() -> set[tuple[str, str]]:
        return {(each["pointer"], each["code"]) for each in (await admin.get(f"{path}/missing"))["missing"]}

    assert await lacks() == {
        ("/title/es", "no_translation"),
        ("/title/ca", "no_translation"),
        ("/description", "no_description"),
        ("/images", "no_picture"),
        ("/maker_id", "no_maker"),
        ("/tax_category", "no_tax_category"),
        ("/attributes/power", "no_attribute"),
        ("/warnings/ca", "no_translation"),
        ("/warnings/en", "no_translation"),
        ("/variants", "no_weight"),
    }
    party = {"name": "A", "postal_address": "B", "electronic_address": "a@example.com"}
    maker = await admin.post("/v1/admin/parties", {"code": "uk", "country": "GB", **party})
    inside = await admin.post("/v1/admin/parties", {"code": "es", "country": "ES", **party})
    changed = await admin.patch(path, {"maker_id": maker["id"], "attributes": {"power": 5}}, if_match='"1"')
    assert ("/responsible_id", "no_responsible_person") in await lacks()
    assert ("/attributes/power", "no_attribute") not in await lacks()
    await admin.patch(path, {"responsible_id": inside["id"]}, if_match=f'"{changed["version"]}"')
    assert not {pointer for pointer, _ in await lacks()} & {"/maker_id", "/responsible_id"}
