"""Customer groups and businesses over HTTP: who may, and what a shopper may say of their own."""

from typing import Any
from uuid import uuid4

from tests.given import customers as given, identity
from tests.served import Served


async def administrator(server: Served) -> Any:  # noqa: ANN401 -- an API client
    """A client that may do everything."""
    tokens = server.tokens
    return server.api.as_((await identity.administrator(server.program.db, tokens)).access_token)


async def test_groups_are_kept_by_the_back_office_and_listed_page_by_page(server: Served) -> None:
    admin = await administrator(server)
    people = [await given.customer(server.program.db) for _ in range(5)]
    made = [
        await admin.post("/v1/admin/customer-groups", {"code": code, "name": {"en": code}, "kind": kind})
        for code, kind in (("vip", "group"), ("lapsed", "segment"), ("trade", "group"))
    ]
    page = await admin.get("/v1/admin/customer-groups?limit=2")
    rest = await admin.get(f"/v1/admin/customer-groups?limit=2&cursor={page['next_cursor']}")
    assert [each["code"] for each in (*page["items"], *rest["items"])] == ["lapsed", "trade", "vip"]
    segments = await admin.get("/v1/admin/customer-groups?kind=segment")
    assert [each["code"] for each in segments["items"]] == ["lapsed"]
    path = f"/v1/admin/customer-groups/{made[0]['id']}"
    assert await admin.post(f"{path}/members", {"join": [str(each) for each in people]}) == {"joined": 5, "left": 0}
    found: list[str] = []
    after = ""
    for _ in range(3):
        page = await admin.get(f"{path}/members?limit=2{after}")
        found += [each["customer_id"] for each in page["items"]]
        after = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert found == sorted(str(each) for each in people)
    of_one = await admin.get(f"/v1/customers/{people[0]}/groups")
    assert [each["code"] for each in of_one["items"]] == ["vip"]
    changed = await admin.patch(path, {"name": {"es": "Preferentes"}}, if_match='"1"')
    assert (changed["name"]["es"], changed["version"]) == ("Preferentes", 2)
    assert (await admin.call("DELETE", path, if_match='"1"')).status_code == 412
    assert (await admin.call("DELETE", path, if_match='"2"')).status_code == 204
    assert (await admin.call("GET", f"{path}/members")).status_code == 404
    taken = await admin.call("POST", "/v1/admin/customer-groups", {"code": "Trade", "name": {"en": "x"}})
    assert (taken.status_code, taken.json()["type"].rpartition("/")[2]) == (409, "customer_group_code_taken")


async def test_more_than_a_thousand_members_at_once_are_refused(server: Served) -> None:
    admin = await administrator(server)
    group_id = await given.group(server.program.db)
    many = [str(uuid4()) for _ in range(1_001)]
    answer = await admin.call("POST", f"/v1/admin/customer-groups/{group_id}/members", {"join": many})
    assert answer.status_code == 400


async def test_a_shopper_says_which_business_they_buy_for_and_nobody_else_s(server: Served) -> None:
    db, tokens = server.program.db, server.tokens
    folder = server.settings.data_dir / "mail"
    token = (await identity.account(db, tokens, folder)).access_token
    shopper = server.api.as_(token)
    assert (await shopper.call("GET", "/v1/customers/me/business")).status_code == 404
    body = {"company_name": "Cal Pep SL", "country": "ES", "vat_number": "B-58378431"}
    mine = await shopper.put("/v1/customers/me/business", body)
    assert (mine["vat_key"], mine["vat_number"]) == ("ESB58378431", "B-58378431")
    wrong = await shopper.call("PUT", "/v1/customers/me/business", {**body, "vat_number": "B58378432"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/vat_number")
    path = f"/v1/customers/{mine['customer_id']}/business"
    assert (await shopper.call("GET", path)).status_code == 403
    admin = await administrator(server)
    assert await admin.get(path) == mine
    assert (await admin.call("GET", "/v1/customers/me/business")).status_code == 403
    other = {**body, "company_name": "Cal Pep i Fills SL"}
    assert (await admin.call("PUT", path, other)).status_code == 428
    assert (await admin.call("PUT", path, other, if_match='"1"')).headers["etag"] == '"2"'
    for stale in ('"0"', '"1"'):
        assert (await admin.call("PUT", path, body, if_match=stale)).status_code == 412
        assert (await admin.call("DELETE", path, if_match=stale)).status_code == 412
    assert (await admin.call("DELETE", path, if_match='"2"')).status_code == 204
    assert (await admin.call("PUT", path, body, if_match='"2"')).status_code == 412
    assert (await admin.call("PUT", path, body, if_match='"0"')).status_code == 200
    assert (await shopper.call("DELETE", "/v1/customers/me/business")).status_code == 204
    assert (await shopper.call("GET", "/v1/customers/me/business")).status_code == 404
    anonymous = server.api.as_((await identity.anonymous(db, tokens)).access_token)
    assert (await anonymous.call("PUT", "/v1/customers/me/business", body)).status_code == 404
