"""Sourcing rules over HTTP: written, looked over, tried, published, withdrawn."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.given import catalog, identity, inventory, stores
from tests.given.sourcing import NEAREST
from tests.served import Api, Served, good

Json = dict[str, Any]
PATH = "/v1/admin/sourcing-rules"


async def given_caller(server: Served, *scopes: str) -> Api:
    db, tokens = server.program.db, server.tokens
    return server.api.as_(await identity.token_of(db, tokens, await identity.service(db, scopes)))


@pytest.fixture
async def admin(server: Served) -> Api:
    """Who may write rules."""
    return await given_caller(server, "sourcing:write")


def wanted(code: str = "near", **fields: Any) -> Json:
    return {"code": code, "name": {"en": "Near", "es": "Cerca", "ca": "A prop"}, "routing": NEAREST, **fields}


async def test_a_rule_is_written_rewritten_published_and_withdrawn(admin: Api, server: Served) -> None:
    made = await admin.post(PATH, wanted())
    assert (made["state"], made["version"], made["published_version"]) == ("draft", 1, None)
    assert made["routing"]["steps"][0]["rank"] == [{"by": "parcels", "weight": 1}, {"by": "distance", "weight": 1}]
    path = f"{PATH}/{made['id']}"
    assert (await admin.call("PATCH", path, {"name": {"en": "N"}}, if_match='"9"')).status_code == 412
    assert (await admin.call("PATCH", path, {"name": {"en": "N"}})).status_code == 428
    changed = good(await admin.call("PATCH", path, {"routing": {**NEAREST, "parcels_most": 3}}, if_match='"1"'))
    assert (changed["version"], changed["routing"]["parcels_most"], changed["name"]["es"]) == (2, 3, "Cerca")
    unseen = await admin.call("POST", f"{path}/publish", {"version": 1})
    assert (unseen.status_code, unseen.json()["code"]) == (412, "stale_version")
    live = await admin.post(f"{path}/publish", {"version": 2})
    assert (live["state"], live["published_version"]) == ("published", 3)
    second = await admin.post(PATH, wanted("other"))
    holds = await admin.call("POST", f"{PATH}/{second['id']}/publish", {"version": 1})
    assert (holds.status_code, holds.json()["code"]) == (409, "sourcing_rule_holds")
    taken = await admin.call("POST", PATH, wanted())
    assert (taken.status_code, taken.json()["code"]) == (409, "sourcing_code_taken")
    assert [each["code"] for each in (await admin.get(f"{PATH}?state=published"))["items"]] == ["near"]
    assert (await admin.post(f"{path}/withdraw"))["state"] == "withdrawn"
    refused = await admin.call("POST", f"{path}/publish", {"version": 4})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")
    versions = await admin.get(f"{path}/versions?limit=1")
    assert [(each["version"], each["routing"]) for each in versions["items"]] == [(4, None)]
    rest = await admin.get(f"{path}/versions?cursor={versions['next_cursor']}")
    assert [each["version"] for each in rest["items"]] == [3]
    assert await server.audit() == []


async def test_rules_are_for_those_who_may_write_them(admin: Api, server: Served) -> None:
    other = await given_caller(server, "stock:read")
    for method, path in (("GET", PATH), ("POST", PATH), ("POST", f"{PATH}/try"), ("GET", f"{PATH}/{uuid4()}/lint")):
        assert (await other.call(method, path, wanted() if path == PATH else None)).status_code == 403
    assert (await admin.call("GET", f"{PATH}/{uuid4()}")).status_code == 404


async def test_a_rule_that_is_not_one_is_refused(admin: Api) -> None:
    routings: list[Json] = [
        {"steps": []},
        {"steps": [{"name": "a", "rank": []}]},
        {"steps": [{"name": "a", "rank": [{"by": "colour"}]}]},
        {"steps": [{"name": "a", "rank": [{"by": "cost", "weight": -1}]}]},
        {"steps": [{"name": "a", "rank": [{"by": "cost"}], "hope": True}]},
    ]
    for routing in routings:
        assert (await admin.call("POST", PATH, wanted(routing=routing))).status_code in {400, 422}
    nowhere = await admin.call("POST", PATH, wanted(channel_id=str(uuid4())))
    assert [each["pointer"] for each in nowhere.json()["errors"]] == ["/channel_id"]


async def test_a_draft_is_tried_on_a_basket_without_keeping_anything(admin: Api, server: Served) -> None:
    db = server.program.db
    await stores.channel(db)
    plate, cup = await catalog.variants(db, 2)
    house = await stores.warehouse(db)
    near = await stores.location(db, "near", ships=True, latitude=41.40, longitude=2.10)
    far = await stores.location(db, "far", ships=True, latitude=40.42, longitude=-3.70)
    await inventory.stock(db, {(plate, house): 5, (plate, near): 5, (cup, near): 5, (plate, far): 5, (cup, far): 5})
    made = await admin.post(PATH, wanted())
    basket = {
        "lines": [{"variant_id": str(plate), "quantity": 2}, {"variant_id": str(cup), "quantity": 1}],
        "to": {"latitude": 40.4, "longitude": -3.7},
    }
    tried = await admin.post(f"{PATH}/try", {**basket, "rule_id": made["id"]})
    assert {each["location_id"] for each in tried["demands"]} == {str(far)}
    assert (tried["rule_id"], tried["rule_version"], tried["parcels"], tried["exact"]) == (made["id"], 1, 1, True)
    (step,) = tried["steps"]
    assert [(each["location_id"], each["rank"], each["units"]) for each in step["places"]] == [
        (str(far), 1, 3),
        (str(near), 2, 0),
        (str(house), 3, 0),
    ]
    assert step["places"][0]["figures"][0] == {"by": "parcels", "thousandths": 1_000}
    assert 2_000 < step["places"][0]["figures"][1]["thousandths"] < 3_000
    # What is in force knows nothing of the draft: the first place by code that has all.
    built_in = await admin.post(f"{PATH}/try", basket)
    assert (built_in["rule_id"], {each["location_id"] for each in built_in["demands"]}) == (None, {str(far)})
    never = await admin.call("POST", f"{PATH}/try", {**basket, "rule_id": made["id"], "published": True})
    assert never.status_code == 404
    assert await server.audit() == []


async def test_the_age_of_stock_and_the_cost_of_a_parcel_rank_places(admin: Api, server: Served, dsn: str) -> None:
    db = server.program.db
    await stores.channel(db)
    plate = await catalog.variant(db)
    one, two = (
        await stores.warehouse(db, "one"),
        await stores.location(db, "two", ships=True, hours=stores.round_the_clock()),
    )
    await inventory.stock(db, {(plate, one): 5})
    await inventory.stock(db, {(plate, two): 5})
    routing = {
        "steps": [{"name": "a", "rank": [{"by": "age"}, {"by": "cost"}]}],
        "costs": [{"kinds": ["store"], "amount": 300}, {"amount": 450}],
    }
    made = await admin.post(PATH, wanted(routing=routing))
    basket = {"lines": [{"variant_id": str(plate), "quantity": 1}], "rule_id": made["id"]}
    tried = await admin.post(f"{PATH}/try", basket)
    assert [each["location_id"] for each in tried["demands"]] == [str(two)]
    assert [[each["thousandths"] for each in place["figures"]] for place in tried["steps"][0]["places"]] == [
        [3_650_000, 300_000],
        [3_650_000, 450_000],
    ]
    await _older(dsn, one, days=3)
    tried = await admin.post(f"{PATH}/try", basket)
    assert [each["location_id"] for each in tried["demands"]] == [str(one)]
    assert tried["steps"][0]["places"][0]["figures"][0]["thousandths"] == 3_647_000


async def _older(dsn: str, location_id: object, *, days: int) -> None:
    """Movements are never changed; here they are, so that stock is old without waiting."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only")
        await connection.execute(
            "UPDATE stock_movements SET at = at - make_interval(days => $2) WHERE location_id = $1", location_id, days
        )
    finally:
        await connection.close()


async def test_a_rule_is_looked_over_for_steps_that_can_never_give(admin: Api, server: Served) -> None:
    db = server.program.db
    await stores.warehouse(db)
    shop = await stores.location(db, "shop", ships=False)
    rank = [{"by": "distance"}]
    steps = [
        {"name": "a shop that does not send", "locations": [str(shop)], "rank": rank},
        {"name": "stores", "kinds": ["store"], "rank": rank},
        {"name": "near", "distance_most_km": 50, "keep": 1, "rank": [{"by": "distance", "weight": 3}]},
        {"name": "near, keeping more", "distance_most_km": 40, "keep": 2, "rank": rank},
        {"name": "rest", "parcels_most": 9, "rank": rank},
    ]
    made = await admin.post(PATH, wanted(routing={"steps": steps, "parcels_most": 4}))
    found = await admin.get(f"{PATH}/{made['id']}/lint")
    assert [(each["kind"], each["pointer"]) for each in found["items"]] == [
        ("never_gives", "/routing/steps/0/locations"),
        ("never_gives", "/routing/steps/1/kinds"),
        ("no_effect", "/routing/steps/2/rank/0/weight"),
        ("shadowed", "/routing/steps/3"),
        ("no_effect", "/routing/steps/4/parcels_most"),
    ]
