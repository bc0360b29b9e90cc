"""The back office's side of promotions over HTTP: written, looked over, published, used, withdrawn."""

from typing import Any
from uuid import uuid4

import pytest

from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.promotions import Customer, Use, reserve_uses
from tests.given import catalog as given_catalog, identity
from tests.served import Api, Served, good

Json = dict[str, Any]
PATH = "/v1/admin/promotions"


@pytest.fixture
async def admin(server: Served) -> Api:
    """A client with every scope."""
    return await given_admin(server, "promotions:read", "promotions:write")


async def given_admin(server: Served, *scopes: str) -> Api:
    db, tokens = server.program.db, server.tokens
    return server.api.as_(await identity.token_of(db, tokens, await identity.service(db, scopes)))


def wanted(**fields: Any) -> Json:
    return {
        "code": "spring",
        "name": {"en": "Spring", "es": "Primavera", "ca": "Primavera"},
        "effect": {"kind": "percent_off", "rate": "0.2"},
        **fields,
    }


async def published(api: Api, **fields: Any) -> Json:
    made = await api.post(PATH, wanted(**fields))
    found: Json = await api.post(f"{PATH}/{made['id']}/publish", {"version": made["version"]})
    return found


async def test_a_promotion_is_written_rewritten_published_and_withdrawn(admin: Api, server: Served) -> None:
    made = await admin.post(PATH, wanted(currency="EUR", limits={"amount_most": {"amount": 500, "currency": "EUR"}}))
    assert (made["state"], made["version"], made["published_version"]) == ("draft", 1, None)
    assert made["rule"]["effect"] == {"kind": "percent_off", "rate": "0.2", "of": "line"}
    path = f"{PATH}/{made['id']}"
    stale = await admin.call("PATCH", path, {"priority": 5}, if_match='"9"')
    assert stale.status_code == 412
    changed = good(await admin.call("PATCH", path, {"priority": 5, "alone": True}, if_match='"1"'))
    assert (changed["version"], changed["rule"]["priority"], changed["rule"]["alone"]) == (2, 5, True)
    assert changed["rule"]["limits"] == made["rule"]["limits"]
    unseen = await admin.call("POST", f"{path}/publish", {"version": 1})
    assert (unseen.status_code, unseen.json()["code"]) == (412, "stale_version")
    live = await admin.post(f"{path}/publish", {"version": 2})
    assert (live["state"], live["published_version"], live["version"]) == ("published", 3, 3)
    listed = await admin.get(f"{PATH}?state=published")
    assert [(each["code"], each["kind"], each["priority"]) for each in listed["items"]] == [
        ("spring", "percent_off", 5)
    ]
    gone = await admin.post(f"{path}/withdraw")
    assert gone["state"] == "withdrawn"
    refused = await admin.call("POST", f"{path}/publish", {"version": gone["version"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")
    versions = await admin.get(f"{path}/versions?limit=1")
    assert [(each["version"], each["rule"]) for each in versions["items"]] == [(4, None)]
    rest = await admin.get(f"{path}/versions?limit=5&cursor={versions['next_cursor']}")
    assert [(each["version"], each["in_force"]) for each in rest["items"]] == [(3, [3])]
    again = await admin.post(PATH, wanted())
    assert again["id"] != made["id"]


async def test_bad_rules_are_refused_with_each_field_at_fault(admin: Api) -> None:
    nobody = str(uuid4())
    bad = wanted(
        effect={"kind": "amount_off", "amount": {"amount": -5, "currency": "JPY"}},
        currency="EUR",
        window={"starts_at": "2026-05-02T00:00:00Z", "ends_at": "2026-05-01T00:00:00Z"},
        conditions={"hours": [{"since": "10:00", "until": "10:00"}]},
    )
    refused = await admin.call("POST", PATH, bad)
    assert refused.status_code == 400
    assert {each["pointer"] for each in refused.json()["errors"]} == {
        "/effect/amount/currency",
        "/effect/amount/amount",
        "/window/ends_at",
        "/conditions/hours/0/until",
    }
    for body, pointer in (
        (wanted(targets={"variants": [nobody]}), "/targets/variants/0"),
        (wanted(effect={"kind": "percent_off", "rate": "1.5"}), "/effect/rate"),
        (wanted(effect={"kind": "percent_off", "rate": "-0.5"}), "/effect/rate"),
        (wanted(effect={"kind": "percent_off", "rate": 0.5}), "/effect/rate"),
        (wanted(name={}), "/name"),
    ):
        refused = await admin.call("POST", PATH, body)
        assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (400, [pointer])
    assert (await admin.get(PATH))["items"] == []


async def test_codes_are_added_found_taken_back_and_not_told_to_readers(admin: Api, server: Served) -> None:
    promotion = await published(admin, conditions={"code": True})
    path = f"{PATH}/{promotion['id']}/codes"
    made = await admin.post(path, {"code": "summer-20", "uses_most": 5})
    assert (made["code"], made["uses"], made["uses_most"], made["batch_id"]) == ("SUMMER-20", 0, 5, None)
    taken = await admin.call("POST", path, {"code": "SUMMER 2O"})
    assert (taken.status_code, taken.json()["code"]) == (409, "coupon_code_taken")
    for bad in ("a", "€€€", "x" * 41, "=1+1"):
        assert (await admin.call("POST", path, {"code": bad})).status_code == 400
    assert (await admin.post(f"{path}/withdraw", {"code": "Summer 20"}))["withdrawn_at"] is not None
    assert (await admin.call("POST", f"{path}/withdraw", {"code": "unknown"})).status_code == 404
    (listed,) = (await admin.get(path))["items"]
    assert listed["withdrawn_at"] is not None
    reader = await given_admin(server, "promotions:read")
    assert (await reader.call("GET", path)).status_code == 403
    assert (await reader.call("GET", f"{PATH}/{promotion['id']}")).status_code == 200


async def test_a_batch_is_made_by_the_worker_and_exported_as_a_stream(admin: Api, server: Served) -> None:
    promotion = await published(admin, conditions={"code": True})
    path = f"{PATH}/{promotion['id']}/code-batches"
    key = str(uuid4())
    begun = await admin.call("POST", path, {"count": 20_000, "prefix": "XMAS"}, key=key)
    assert (begun.status_code, begun.json()["made"]) == (202, 0)
    repeated = await admin.call("POST", path, {"count": 20_000, "prefix": "XMAS"}, key=key)
    assert repeated.json()["id"] == begun.json()["id"]
    batch = f"{path}/{begun.json()['id']}"
    early = await admin.call("GET", f"{batch}/codes.csv")
    assert (early.status_code, early.json()["code"]) == (409, "code_batch_unfinished")
    await server.work()
    done = await admin.get(batch)
    assert (done["made"], done["count"]) == (20_000, 20_000)
    assert done["finished_at"] is not None
    answer = await admin.call("GET", f"{batch}/codes.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.split("\r\n")
    assert (lines[0], len(lines), lines[-1]) == ("code,uses", 20_002, "")
    assert len(set(lines[1:-1])) == 20_000
    assert [each["id"] for each in (await admin.get(path))["items"]] == [done["id"]]
    assert (await admin.post(f"{batch}/withdraw"))["withdrawn_at"] is not None
    many = await admin.call("POST", path, {"count": 1_000_001})
    assert many.status_code == 400
    plain = await published(admin, code="plain")
    refused = await admin.call("POST", f"{PATH}/{plain['id']}/code-batches", {"count": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "promotion_without_codes")


async def test_who_used_it_and_what_is_left_is_told(admin: Api, server: Served) -> None:
    promotion = await published(admin, currency="EUR", conditions={"code": True}, limits={"uses_most": 2})
    path = f"{PATH}/{promotion['id']}"
    await admin.post(f"{path}/codes", {"code": "TELL-ME"})
    order = new_id()
    use = Use(promotion_id=promotion["id"], version=2, code="tellme", saved=Money(250, "EUR"))
    await server.program.db.transact(
        reserve_uses, order, [use], customer=Customer(email="a@example.com"), at=clock.now()
    )
    usage = await admin.get(f"{path}/usage")
    assert (usage["uses"], usage["uses_most"], usage["used_up"]) == (1, 2, False)
    assert usage["amount"] == {"amount": 250, "currency": "EUR"}
    (listed,) = (await admin.get(f"{path}/uses"))["items"]
    assert (listed["order_id"], listed["code"], listed["state"]) == (str(order), "TELL-ME", "reserved")
    assert (await admin.call("GET", f"{PATH}/{uuid4()}/usage")).status_code == 404


async def test_the_back_office_is_told_what_is_odd(admin: Api, server: Served) -> None:
    pot = await given_catalog.variant(server.program.db)
    on_pot = {"targets": {"variants": [str(pot)]}, "exclusion": "spring"}
    wide = await published(admin, code="wide", exclusion="spring", priority=5, effect=percent("0.3"))
    narrow = await published(admin, code="narrow", **on_pot, effect=percent("0.2"))
    coded = await published(admin, code="coded", conditions={"code": True})
    found = await admin.get(f"{PATH}/lint")
    told = {(each["code"], each["kind"], each["reason"], each["other_id"]) for each in found["findings"]}
    assert told == {
        ("wide", "price_reduction", "unconditional", None),
        ("narrow", "price_reduction", "unconditional", None),
        ("narrow", "shadowed", "gives_less_later", wide["id"]),
        ("coded", "never_applies", "no_code", None),
    }
    assert found["more"] is False
    await admin.post(f"{PATH}/{coded['id']}/codes", {"code": "NOW"})
    assert "coded" not in {each["code"] for each in (await admin.get(f"{PATH}/lint"))["findings"]}
    draft = await admin.post(PATH, wanted(code="draft", **on_pot, priority=9, effect=percent("0.5")))
    looked = (await admin.get(f"{PATH}/{draft['id']}/lint"))["findings"]
    assert ("narrow", narrow["id"], draft["id"]) in {
        (each["code"], each["promotion_id"], each["other_id"]) for each in looked
    }


def percent(rate: str) -> Json:
    return {"kind": "percent_off", "rate": rate}
