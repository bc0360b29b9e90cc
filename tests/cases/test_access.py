"""Who may see and do what, by every way in: cases that let strangers in elsewhere."""

from tests.cases.house import House
from tests.given import identity
from tests.served import Json


async def test_who_administers_one_store_changes_nothing_that_all_stores_share(house: House) -> None:
    """saleor/saleor#17161, vendurehq/vendure#2160, #3779: limits held on some calls only; products of others could be deleted."""
    manager = await house.staff(("administrator", house.shop.gracia))
    cup = (await house.server.api.get("/v1/variants/lookup?sku=CUP"))["product"]["id"]
    (price_list,) = (await house.office.get("/v1/admin/price-lists"))["items"]
    tried: list[tuple[str, str, Json]] = [
        ("DELETE", f"/v1/admin/products/{cup}", None),
        ("PATCH", f"/v1/admin/products/{cup}", {"title": {"en": "Mine"}}),
        ("PUT", f"/v1/admin/price-lists/{price_list['id']}/prices", {"prices": []}),
        ("POST", "/v1/admin/price-lists", {"code": "mine", "name": "Mine", "currency": "EUR"}),
        ("POST", "/v1/admin/promotions", {"code": "mine", "name": {"en": "Mine"}}),
        ("POST", "/v1/admin/tax-categories", {"code": "mine", "name": "Mine"}),
        ("PATCH", f"/v1/admin/delivery-methods/{house.shop.parcel}", {"active": False}),
        ("POST", "/v1/admin/sourcing-rules", {"code": "mine"}),
        ("PUT", "/v1/admin/costs", {"currency": "EUR", "costs": []}),
        ("POST", "/v1/admin/imports", {}),
        ("GET", "/v1/admin/exports/products.csv", None),
        ("PATCH", "/v1/admin/settings", {"shop_name": "Mine"}),
        (
            "POST",
            "/v1/admin/channels",
            {"code": "mine", "name": "Mine", "currency": "EUR", "country": "ES", "languages": ["en"]},
        ),
        ("GET", "/v1/events", None),
        ("GET", "/v1/admin/audit-log", None),
    ]
    for method, path, body in tried:
        answer = await manager.call(method, path, body, if_match='"1"')
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), f"{method} {path}: {answer.text}"
    assert "stock:adjust" in (await manager.get("/v1/auth/me"))["scopes"]
    role = {each["code"]: each["id"] for each in (await manager.get("/v1/admin/roles"))["items"]}["administrator"]
    deputy = {"email": "deputy@shop.example", "name": "Deputy"}
    here = {**deputy, "roles": [{"role_id": role, "location_id": str(house.shop.gracia)}]}
    everywhere = {**deputy, "roles": [{"role_id": role, "location_id": None}]}
    assert (await manager.call("POST", "/v1/admin/staff", everywhere)).json()["code"] == "cannot_grant"
    assert (await manager.call("POST", "/v1/admin/staff", here)).status_code == 201
    client = {"name": "Mine", "scopes": ["prices:write"], "location_ids": [str(house.shop.gracia)]}
    assert (await manager.call("POST", "/v1/admin/api-clients", client)).json()["code"] == "cannot_grant"
    refused = await house.office.call("POST", "/v1/admin/api-clients", client)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/scopes")


INTERNAL = {
    *("cost", "costs", "margin", "on_hand", "reserved", "safety", "buffer", "note", "notes", "supplier", "supplier_id"),
    *("movements", "staff", "actor", "minimum", "floor", "revenue", "sold", "price_list_id", "list_id"),
}


async def test_what_anybody_sees_holds_no_internal_figure(house: House) -> None:
    """saleor/saleor#3768: cost, margin, revenue and allocated stock could be read without signing in."""
    public, shop = house.server.api, house.shop
    page = (await public.get("/v1/variants/lookup?sku=CUP"))["product"]
    paths = [
        f"/v1/products/{page['slug']}?location={shop.gracia}",
        f"/v1/products/{page['slug']}/variants",
        f"/v1/products/{page['slug']}/json-ld",
        f"/v1/products?location={shop.gracia}",
        "/v1/search?q=cup",
        "/v1/search",
        "/v1/variants/lookup?sku=CUP",
        "/v1/categories",
        "/v1/collections",
        "/v1/locations",
        f"/v1/locations/{shop.gracia}",
        f"/v1/availability?variant_id={shop.cup}&quantity=3&near=41.4,2.15",
    ]
    buyer = await house.shopper()
    cart = await house.cart(buyer, house.line(shop.cup, 2))
    order = await house.order(buyer, house.line(shop.cup))
    own = [f"/v1/carts/{cart['id']}", f"/v1/carts/{cart['id']}/delivery-options", f"/v1/orders/{order['id']}"]
    own += [
        f"/v1/orders/{order['id']}/{part}" for part in ("timeline", "money", "payments", "fulfilments", "returnable")
    ]
    for who, path in [*((public, path) for path in paths), *((buyer, path) for path in [*paths, *own])]:
        answer = await who.get(path)
        told = _keys(answer) & INTERNAL
        assert not told - ({"price_list_id"} if path in own else set()), f"{path}: {told}"  # says why one pays that
        assert not [each for each in _under(answer, "available") if not isinstance(each, bool | None)], path


async def test_the_e_mail_of_somebody_else_opens_nothing_of_theirs(house: House) -> None:
    """woocommerce/woocommerce#52425, vendurehq/vendure#1699, openfoodfoundation/openfoodnetwork#1592: whoever typed the e-mail saw the orders."""
    victim, attacker, email = await house.shopper(), await house.shopper(), "shopper@example.com"
    order = await house.order(victim, house.line(house.shop.cup))
    await house.cart(attacker, house.line(house.shop.plate), email=email)
    new = {"email": email, "password": identity.PASSWORD}
    registered = await attacker.call("POST", "/v1/auth/register", new)
    assert registered.status_code == 202, registered.text
    login = await attacker.call("POST", "/v1/auth/login", new)
    assert (login.status_code, login.json()["code"]) == (401, "wrong_credentials")
    mine = await house.order(attacker, house.line(house.shop.plate))
    assert [each["id"] for each in (await attacker.get("/v1/orders"))["items"]] == [mine["id"]]
    for path in ("", "/payments", "/money", "/timeline", "/fulfilments", "/notifications", "/pickups", "/pickup-pass"):
        refused = await attacker.call("GET", f"/v1/orders/{order['id']}{path}")
        assert refused.status_code == 404, path
    asked = await attacker.call("POST", "/v1/orders/lookup", {"number": order["number"], "email": email})
    assert asked.status_code == 202
    assert list(asked.json()) == ["detail"], "the link goes to the mailbox, not to who asks"


def _keys(answer: Json) -> set[str]:
    if isinstance(answer, dict):
        return set(answer).union(*map(_keys, answer.values()))
    return set().union(*map(_keys, answer)) if isinstance(answer, list) else set()


def _under(answer: Json, name: str) -> list[Json]:
    if isinstance(answer, dict):
        return [each for key, each in answer.items() if key == name] + _under(list(answer.values()), name)
    return [found for each in answer for found in _under(each, name)] if isinstance(answer, list) else []
