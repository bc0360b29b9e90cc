"""What products are described by, over HTTP: types with attributes, custom fields, codes, windows, assortments, who answers for them."""

from typing import Any

import httpx

from tests.given import stores as given_stores
from tests.served import Api, Served


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def pointers(answer: httpx.Response, status: int = 400) -> list[str]:
    assert answer.status_code == status, answer.text
    return [each["pointer"] for each in answer.json()["errors"]]


def lamp(**more: Any) -> dict[str, Any]:
    return {"title": {"en": "Lamp"}, "variants": [{"sku": "LAMP-1"}], **more}


async def described(admin: Api) -> None:
    """Attributes of every kind, the type that has them, and custom fields."""
    colours = [{"code": "red", "label": {"es": "Rojo"}}, {"code": "blue", "label": {"es": "Azul"}}]
    for each in (
        {"code": "colour", "kind": "choice", "choices": colours, "many": True, "filterable": True},
        {"code": "power", "kind": "number", "unit": "W"},
        {"code": "dimmable", "kind": "boolean"},
        {"code": "since", "kind": "date"},
        {"code": "shade", "kind": "text", "for_variants": True},
        {"code": "pages", "kind": "number"},
    ):
        await admin.post("/v1/admin/attributes", {"name": {"en": each["code"]}, **each})
    own = ["colour", "power", "dimmable", "since", "shade"]
    await admin.post(
        "/v1/admin/product-types", {"code": "lamp", "name": {"en": "Lamp"}, "attributes": own, "required": ["power"]}
    )
    await admin.post("/v1/admin/product-types", {"code": "book", "name": {"en": "Book"}, "attributes": ["pages"]})
    for field in (
        {"code": "shelf", "kind": "text", "limits": {"most": 3}},
        {"code": "grade", "kind": "choice", "limits": {"choices": ["a", "b"]}},
    ):
        await admin.post("/v1/admin/custom-fields", {"name": {"en": field["code"]}, **field})


RIGHT = {"colour": ["red", "blue"], "power": 7.5, "dimmable": True, "since": "2026-02-28"}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"attributes": {**RIGHT, "colour": ["green"]}}, "/attributes/colour"),
    ({"attributes": {**RIGHT, "colour": "red"}}, "/attributes/colour"),
    ({"attributes": {**RIGHT, "colour": ["red", "red"]}}, "/attributes/colour"),
    ({"attributes": {**RIGHT, "power": "7"}}, "/attributes/power"),
    ({"attributes": {**RIGHT, "power": True}}, "/attributes/power"),
    ({"attributes": {**RIGHT, "dimmable": 1}}, "/attributes/dimmable"),
    ({"attributes": {**RIGHT, "since": "2026-02-30"}}, "/attributes/since"),
    ({"attributes": {"shade": "dark"}}, "/attributes/shade"),
    ({"attributes": {"pages": 7}}, "/attributes/pages"),
    ({"attributes": {"no-such": 7}}, "/attributes/no-such"),
    ({"product_type": "hat", "attributes": {"power": 7}}, "/attributes/power"),
    ({"variants": [{"attributes": {"power": 7}}]}, "/variants/0/attributes/power"),
    ({"custom": {"shelf": "A-12"}}, "/custom/shelf"),
    ({"custom": {"grade": "c"}}, "/custom/grade"),
    ({"custom": {"none": "c"}}, "/custom/none"),
    ({"maker_id": "00000000-0000-0000-0000-000000000000"}, "/maker_id"),
    ({"on_show_from": "2026-01-02T00:00:00Z", "on_show_until": "2026-01-02T00:00:00Z"}, "/on_show_until"),
    ({"sale_rules": ["not_online", "not_online"]}, "/sale_rules"),
    ({"assortment": [{"channel_id": "00000000-0000-0000-0000-000000000000"}]}, "/assortment"),
    ({"variants": [{"more_barcodes": ["4006381333932"]}]}, "/variants/0/more_barcodes/0"),
    ({"images": [{"url": "javascript:alert(1)"}]}, "/images/0/url"),
]


async def test_what_is_not_as_it_is_defined_is_refused_with_its_field(admin: Api) -> None:
    await described(admin)
    for wrong, pointer in WRONG:
        answer = await admin.call("POST", "/v1/admin/products", lamp(**{"product_type": "lamp", **wrong}))
        assert pointers(answer) == [pointer], wrong
    assert (await admin.get("/v1/admin/products"))["items"] == []


async def test_a_product_says_all_that_it_is(server: Served, admin: Api) -> None:
    await described(admin)
    channel = str(await given_stores.channel(server.program.db))
    maker = await admin.post(
        "/v1/admin/parties",
        {
            "code": "acme",
            "name": "Acme Ltd",
            "postal_address": "1 Road, London",
            "electronic_address": "safety@example.com",
            "country": "GB",
        },
    )
    asked = lamp(
        product_type="lamp",
        attributes=RIGHT,
        custom={"shelf": "A-1", "grade": "a"},
        on_show_from="2999-01-01T00:00:00Z",
        assortment=[{"channel_id": channel, "ends_at": "2999-06-01T00:00:00Z"}],
        minimum_age=18,
        sale_rules=["not_shipped", "once_per_order"],
        perishable=True,
        maker_id=maker["id"],
        warnings={"es": "Quema.", "en": "Hot."},
        publish=True,
        variants=[
            {
                "sku": "LAMP-1",
                "barcode": "4006381333931",
                "more_barcodes": ["036000291452", "INTERNAL-7"],
                "short_code": "77",
                "length_mm": 300,
                "width_mm": 200,
                "height_mm": 100,
                "attributes": {"shade": "dark"},
            }
        ],
    )
    made = await admin.post("/v1/admin/products", asked)
    for name in ("attributes", "custom", "minimum_age", "sale_rules", "perishable", "maker_id", "warnings"):
        assert made[name] == asked[name] | {"ca": None} if name == "warnings" else made[name] == asked[name], name
    assert made["scheduled"] is True
    assert made["assortment"] == [
        {"channel_id": channel, "location_id": None, "begins_at": None, "ends_at": "2999-06-01T00:00:00Z"}
    ]
    variant = made["variants"][0]
    assert {name: variant[name] for name in asked["variants"][0]} == asked["variants"][0]
    path = f"/v1/admin/products/{made['id']}"
    assert await admin.get(path) == made
    changed = await admin.patch(
        path,
        {
            "assortment": [],
            "on_show_from": None,
            "attributes": {"power": 9},
            "minimum_age": None,
            "perishable": False,
            "warnings": {},
        },
        if_match='"1"',
    )
    assert (changed["assortment"], changed["scheduled"], changed["attributes"]) == ([], False, {"power": 9})
    assert (changed["minimum_age"], changed["perishable"], changed["custom"]) == (None, False, asked["custom"])
    other = await admin.call("PATCH", path, {"product_type": "book"}, if_match=f'"{changed["version"]}"')
    assert sorted(pointers(other)) == ["/attributes/power", f"/variants/{variant['id']}/attributes/shade"]


async def test_what_is_made_on_show_is_found_at_once_by_what_it_is(server: Served, admin: Api) -> None:
    await given_stores.channel(server.program.db)
    await described(admin)
    variants = [{"sku": "LAMP-1", "attributes": {"shade": "dark"}}]
    made = lamp(product_type="lamp", attributes={"colour": ["red"], "power": 7.5}, variants=variants, publish=True)
    answer = await admin.call("POST", "/v1/admin/products", made)
    assert answer.status_code == 201, answer.text
    found = await admin.get("/v1/search?q=lamp&attribute=colour:red&lang=es")
    assert found["total"] == 1
    assert [each["code"] for each in found["facets"]["attributes"]] == ["colour"]
    twin = await admin.call("POST", "/v1/admin/products", made)
    assert problem(twin) == (409, "slug_taken")
    assert [each["pointer"] for each in twin.json()["errors"]] == ["/slug"]


async def test_a_choice_that_is_called_nothing_is_shown_by_its_code(server: Served, admin: Api) -> None:
    choices = [{"code": "wool"}, {"code": "silk", "label": {"en": "Silk"}}]
    cloth = {"code": "cloth", "name": {"en": "Cloth"}, "kind": "choice", "many": True, "filterable": True}
    await admin.post("/v1/admin/attributes", {**cloth, "choices": choices})
    await admin.post("/v1/admin/product-types", {"code": "shirt", "name": {"en": "Shirt"}, "attributes": ["cloth"]})
    await given_stores.channel(server.program.db)
    asked = lamp(product_type="shirt", attributes={"cloth": ["wool", "silk"]}, publish=True)
    made = await admin.post("/v1/admin/products", asked)
    named = [("wool", "wool"), ("silk", "Silk")]
    shown = await server.api.get(f"/v1/products/{made['slug']}")
    assert [(each["value"], each["label"]) for each in shown["attributes"][0]["values"]] == named
    (facet,) = (await server.api.get("/v1/search?q=lamp"))["facets"]["attributes"]
    assert sorted((each["value"], each["label"]) for each in facet["values"]) == sorted(named)


async def test_each_barcode_is_one_article_s_however_many_it_has(admin: Api) -> None:
    first = await admin.post(
        "/v1/admin/products", lamp(variants=[{"barcode": "4006381333931", "more_barcodes": ["036000291452"]}])
    )
    for taken in (
        {"barcode": "036000291452"},
        {"more_barcodes": ["04006381333931"]},
        {"barcode": "12345670", "more_barcodes": ["12345670"]},
    ):
        answer = await admin.call("POST", "/v1/admin/products", lamp(slug="other", handle="other", variants=[taken]))
        assert problem(answer) == (409, "barcode_taken"), taken
    variant = f"/v1/admin/variants/{first['variants'][0]['id']}"
    await admin.patch(variant, {"more_barcodes": ["12345670"]}, if_match='"1"')
    freed = await admin.post(
        "/v1/admin/products", lamp(slug="other", handle="other", variants=[{"barcode": "036000291452"}])
    )
    await admin.call("DELETE", f"/v1/admin/products/{first['id']}", if_match='"2"')
    await admin.patch(
        f"/v1/admin/variants/{freed['variants'][0]['id']}", {"more_barcodes": ["12345670"]}, if_match='"1"'
    )
    back = await admin.call("POST", f"/v1/admin/products/{first['id']}/publish")
    assert problem(back) == (409, "barcode_taken")
    assert (await admin.get(f"/v1/admin/products/{first['id']}"))["status"] == "withdrawn"


async def test_whoever_wants_a_code_is_told_which_one_and_who_has_it(admin: Api) -> None:
    codes = {"sku": "TEA", "barcode": "4006381333931", "more_barcodes": ["BOX"], "short_code": "77"}
    first = await admin.post("/v1/admin/products", lamp(variants=[codes]))
    holder = {"variant_id": first["variants"][0]["id"], "sku": "TEA", "product": first["slug"]}
    other = lamp(slug="other", handle="other", options=[{"en": "Size"}])
    for field, value, pointer in (
        ("sku", "tea", "sku"),
        ("barcode", "04006381333931", "barcode"),
        ("more_barcodes", ["NEW", "BOX"], "more_barcodes/1"),
        ("short_code", "77", "short_code"),
    ):
        variants = [{"option_values": ["S"]}, {"option_values": ["M"], field: value}]
        answer = await admin.call("POST", "/v1/admin/products", {**other, "variants": variants})
        assert pointers(answer, 409) == [f"/variants/1/{pointer}"]
        assert answer.json()["taken_by"] == holder
    made = await admin.post("/v1/admin/products", {**other, "variants": [{"option_values": ["S"], "sku": "S"}]})
    twice: list[tuple[dict[str, Any], str]] = [
        ({"sku": "X"}, "/variants/1/sku"),
        ({"option_values": ["S"]}, "/variants/1/option_values"),
    ]
    for same, pointer in twice:
        variants = [{"option_values": [size], **same} for size in "SM"]
        answer = await admin.call(
            "POST", "/v1/admin/products", {**other, "slug": "o", "handle": "o", "variants": variants}
        )
        assert pointers(answer, 409) == [pointer]
    path = f"/v1/admin/products/{made['id']}/variants"
    added = await admin.call("POST", path, {"option_values": ["S"]})
    assert (problem(added), pointers(added, 409)) == ((409, "options_taken"), ["/option_values"])
    variant = f"/v1/admin/variants/{made['variants'][0]['id']}"
    changed = await admin.call("PATCH", variant, {"short_code": "77"}, if_match='"1"')
    assert (pointers(changed, 409), changed.json()["taken_by"]) == (["/short_code"], holder)
    await admin.call("DELETE", f"/v1/admin/products/{first['id']}", if_match='"1"')
    await admin.patch(variant, {"barcode": "BOX"}, if_match='"1"')
    back = await admin.call("POST", f"/v1/admin/products/{first['id']}/publish")
    assert (problem(back), pointers(back, 409)) == ((409, "barcode_taken"), ["/variants/0/more_barcodes/0"])
    assert back.json()["taken_by"]["sku"] == "S"


async def test_one_of_the_further_barcodes_becomes_the_first(admin: Api) -> None:
    made = await admin.post("/v1/admin/products", lamp(variants=[{"barcode": "OLD", "more_barcodes": ["A", "B"]}]))
    variant = f"/v1/admin/variants/{made['variants'][0]['id']}"
    twice = await admin.call("PATCH", variant, {"barcode": "A"}, if_match='"1"')
    assert (problem(twice), pointers(twice, 409)) == ((409, "barcode_taken"), ["/more_barcodes/0"])
    now = await admin.patch(variant, {"barcode": "A", "more_barcodes": ["B", "OLD"]}, if_match='"1"')
    assert (now["barcode"], now["more_barcodes"]) == ("A", ["B", "OLD"])
    for code in ("A", "B", "OLD"):
        other = await admin.call("POST", "/v1/admin/products", lamp(slug="o", variants=[{"barcode": code}]))
        assert problem(other) == (409, "barcode_taken")


async def test_a_short_code_is_one_article_s_in_any_case(admin: Api) -> None:
    await admin.post("/v1/admin/products", lamp(variants=[{"short_code": "tea"}]))
    answer = await admin.call(
        "POST", "/v1/admin/products", lamp(slug="o", handle="o", variants=[{"short_code": "TEA"}])
    )
    assert problem(answer) == (409, "short_code_taken")


async def test_what_products_use_cannot_go(admin: Api) -> None:
    await described(admin)
    party = {"name": "A", "postal_address": "B", "electronic_address": "https://a.example", "country": "ES"}
    maker = await admin.post("/v1/admin/parties", {"code": "a", **party})
    taken = await admin.call("POST", "/v1/admin/parties", {"code": "a", **party})
    assert problem(taken) == (409, "already_exists")
    assert [each["pointer"] for each in taken.json()["errors"]] == ["/code"]
    made = await admin.post(
        "/v1/admin/products",
        lamp(product_type="lamp", attributes=RIGHT, custom={"shelf": "A"}, responsible_id=maker["id"]),
    )
    in_use = [
        ("DELETE", "/v1/admin/attributes/power", None),
        ("PATCH", "/v1/admin/attributes/colour", {"choices": [{"code": "red"}]}),
        ("DELETE", "/v1/admin/product-types/lamp", None),
        ("PATCH", "/v1/admin/product-types/lamp", {"attributes": ["colour"], "required": []}),
        ("DELETE", "/v1/admin/custom-fields/shelf", None),
        ("DELETE", f"/v1/admin/parties/{maker['id']}", None),
    ]
    for method, path, body in in_use:
        assert problem(await admin.call(method, path, body, if_match='"1"')) == (409, "definition_in_use"), path
    await admin.call("DELETE", f"/v1/admin/products/{made['id']}", if_match='"1"')
    for method, path, body in reversed(in_use[1:]):
        answer = await admin.call(method, path, body, if_match='"1"')
        assert answer.status_code == (200 if method == "PATCH" and "lamp" not in path else answer.status_code), path
    again = await admin.post("/v1/admin/parties", {"code": "a", **party})
    assert again["id"] != maker["id"]


async def test_what_a_product_has_is_not_judged_again_when_its_field_is_narrowed(admin: Api) -> None:
    field = {"code": "height", "name": {"en": "Height"}, "kind": "number", "limits": {"most": 10}}
    await admin.post("/v1/admin/custom-fields", field)
    made = await admin.post("/v1/admin/products", lamp(custom={"height": 9}))
    await admin.patch("/v1/admin/custom-fields/height", {"limits": {"most": 5}}, if_match='"1"')
    path = f"/v1/admin/products/{made['id']}"
    old = await admin.patch(path, {"minimum_age": 18, "custom": {"height": 9}}, if_match='"1"')
    assert (old["minimum_age"], old["custom"]) == (18, {"height": 9})
    for value in (8, True):
        new = await admin.call("PATCH", path, {"custom": {"height": value}}, if_match='"2"')
        assert pointers(new) == ["/custom/height"]


async def test_a_product_comes_back_without_what_has_gone_meanwhile(admin: Api) -> None:
    await admin.post("/v1/admin/custom-fields", {"code": "old", "name": {"en": "Old"}, "kind": "text"})
    body = {"name": "A", "postal_address": "B", "electronic_address": "https://a.example", "country": "ES"}
    maker = await admin.post("/v1/admin/parties", {"code": "gone", **body})
    made = await admin.post("/v1/admin/products", lamp(publish=True, custom={"old": "x"}, maker_id=maker["id"]))
    path = f"/v1/admin/products/{made['id']}"
    away = await admin.post(f"{path}/withdraw")
    assert (await admin.call("DELETE", "/v1/admin/custom-fields/old", if_match='"1"')).status_code == 204
    assert (await admin.call("DELETE", f"/v1/admin/parties/{maker['id']}", if_match='"1"')).status_code == 204
    assert "no_maker" in {each["code"] for each in (await admin.get(f"{path}/missing"))["missing"]}
    for nth, gone in enumerate(("custom", "maker_id")):
        refused = await admin.call("POST", f"{path}/publish")
        assert pointers(refused) == ["/custom/old" if gone == "custom" else "/maker_id"]
        # What is gone stands in the way of nothing but coming back.
        version = away["version"] + nth
        patch: dict[str, Any] = {"minimum_age": 18, gone: {} if gone == "custom" else None}
        await admin.patch(path, patch, if_match=f'"{version}"')
    back = await admin.post(f"{path}/publish")
    assert (back["status"], back["custom"], back["maker_id"], back["minimum_age"]) == ("published", {}, None, 18)


async def test_a_description_is_made_harmless_and_stays_so(admin: Api) -> None:
    bad = '<p onclick="x()">Lamp<script>alert(1)</script> <a href="javascript:x">here</a> <img src="https://e.example/a.png"></p>'
    made = await admin.post("/v1/admin/products", lamp(description={"en": bad, "es": "Sal & pimienta"}))
    said = made["description"]["en"]
    assert not any(each in said for each in ("script", "onclick", "javascript"))
    assert "https://e.example/a.png" in said
    assert made["description"]["es"] == "Sal & pimienta"
    again = await admin.patch(f"/v1/admin/products/{made['id']}", {"description": {"en": said + bad}}, if_match='"1"')
    assert again["description"]["en"] == said * 2


async def test_nothing_is_on_show_without_what_its_type_asks(admin: Api) -> None:
    await described(admin)
    lamp = {"title": {"en": "Lamp"}, "product_type": "lamp", "variants": [{"sku": "LAMP"}]}

    async def refused(method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> None:
        answer = await admin.call(method, path, body, **headers)
        assert answer.status_code == 400, answer.text
        assert [each["pointer"] for each in answer.json()["errors"]] == ["/attributes/power"]

    await refused("POST", "/v1/admin/products", {**lamp, "publish": True})
    draft = await admin.post("/v1/admin/products", lamp)
    path = f"/v1/admin/products/{draft['id']}"
    await refused("POST", f"{path}/publish")
    assert (await admin.get(path))["status"] == "draft"
    await admin.patch(path, {"attributes": {"power": 5}}, if_match='"1"')
    shown = await admin.post(f"{path}/publish")
    await refused("PATCH", path, {"attributes": {}}, if_match=f'"{shown["version"]}"')
    book = await admin.post(
        "/v1/admin/products", {"title": {"en": "Book"}, "product_type": "book", "variants": [{}], "publish": True}
    )
    await refused("PATCH", f"/v1/admin/products/{book['id']}", {"product_type": "lamp"}, if_match='"1"')
    # What a type asks for later is no reason to refuse another change of what is on show already.
    await admin.patch("/v1/admin/product-types/book", {"required": ["pages"]}, if_match='"1"')
    await admin.patch(f"/v1/admin/products/{book['id']}", {"attributes": {}, "vendor": "A"}, if_match='"1"')
