"""Pickups over HTTP: who sees what, who may ask for more time, who puts away, who writes the terms."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from commerce.kernel.clock import HeldClock
from commerce.orders import Order
from commerce.uncollected import Wait, expire_one
from tests.given import aftersale, identity, recourse, uncollected as given
from tests.recourse.test_over_http import Counter
from tests.served import Api, Served

POLICIES = "/v1/admin/collection-policies"


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


@pytest.fixture
async def counter(server: Served, clock: HeldClock) -> Counter:
    """A shop over HTTP."""
    return await Counter.opened(server)


async def ready(server: Served, counter: Counter, units: int = 2) -> tuple[Order, Wait]:
    """A pickup of the shopper that waits at Gràcia."""
    db = server.program.db
    order = await aftersale.placed(db, recourse.pickup(counter.shop, units), who=counter.who)
    work = await given.made_ready(db, (await given.work_of(db, order)).id)
    return order, await given.pickup_of(db, work.id)


async def terminal_at(server: Served, place: UUID) -> Api:
    """A terminal's client with a token of now."""
    tokens = server.tokens
    made = await identity.terminal(server.program.db, place)
    return server.api.as_(await identity.token_of(server.program.db, tokens, made))


async def test_a_pickup_from_its_deadline_to_the_shelf(server: Served, counter: Counter, clock: HeldClock) -> None:
    order, wait = await ready(server, counter)
    path = f"/v1/orders/{order.id}/pickups"
    (seen,) = (await counter.shopper.get(path))["items"]
    assert (seen["state"], seen["deadline"], seen["over"], seen["timezone"]) == (
        "waiting",
        "2026-03-18T19:00:00Z",
        False,
        "Europe/Madrid",
    )
    assert (seen["extension_until"], seen["uncollected"], seen["signed"]) == ("2026-03-21T19:00:00Z", None, None)
    key = str(uuid4())
    longer = await counter.shopper.post(f"{path}/{wait.fulfilment_order_id}/extend", key=key)
    assert (longer["deadline"], longer["extension_until"]) == ("2026-03-21T19:00:00Z", None)
    again = await counter.shopper.call("POST", f"{path}/{wait.fulfilment_order_id}/extend", key=key)
    assert (again.json(), again.headers["idempotent-replayed"]) == (longer, "true")
    refused = await counter.shopper.call("POST", f"{path}/{wait.fulfilment_order_id}/extend")
    assert (refused.status_code, refused.json()["code"]) == (409, "extension_not_offered")

    clock.move(days=12)
    terminal = await terminal_at(server, counter.shop.gracia)
    (late,) = (await terminal.get(path))["items"]
    assert (late["state"], late["over"], late["extension_until"]) == ("waiting", True, None)
    await server.program.worker._periodic()
    await server.work()
    (gone,) = (await terminal.get(path))["items"]
    assert (gone["state"], gone["uncollected"], gone["signed"]) == ("expired", 1, False)
    assert [(each["title"], each["units"], each["damaged"]) for each in gone["lines"]] == [("Cup", 2, 0)]

    waiting = "/v1/fulfilment-orders/to-put-away"
    (aside,) = (await terminal.get(waiting))["items"]
    assert (aside["order_number"], aside["fulfilment_order_id"], aside["expired_at"]) == (
        order.number,
        str(wait.fulfilment_order_id),
        gone["closed_at"],
    )
    assert [(each["title"], each["units"], each["codes"]) for each in aside["lines"]] == [("Cup", 2, [])]
    assert (await terminal.get(f"{waiting}?location_id={counter.shop.sants}"))["items"] == []
    assert (await (await terminal_at(server, counter.shop.sants)).get(waiting))["items"] == []
    put = f"/v1/fulfilment-orders/{wait.fulfilment_order_id}/put-away"
    damaged = {"damaged": [{"line_id": gone["lines"][0]["line_id"], "units": 1}]}
    back = await terminal.post(put, damaged)
    assert (back["state"], back["lines"][0]["damaged"]) == ("put_away", 1)
    assert (await terminal.get(waiting))["items"] == []
    twice = await terminal.call("POST", put, {})
    assert (twice.status_code, twice.json()["code"]) == (409, "illegal_move")
    assert await given.units_at(server.program.db, counter.shop.cup, counter.shop.gracia) == (9, 0, 0, 1)
    assert any("No s'ha recollit" in mail or "not collected" in mail for mail in await server.mails())


async def test_pickups_are_for_whoever_the_order_concerns(server: Served, counter: Counter) -> None:
    order, wait = await ready(server, counter)
    path = f"/v1/orders/{order.id}/pickups"
    stranger = server.api.as_((await server.api.post("/v1/auth/anonymous", {}))["access_token"])
    for api in (stranger, counter.sants):
        assert (await api.call("GET", path)).status_code == 404
        assert (await api.call("POST", f"{path}/{wait.fulfilment_order_id}/extend")).status_code == 404
    put = f"/v1/fulfilment-orders/{wait.fulfilment_order_id}/put-away"
    assert (await counter.sants.call("POST", put, {})).status_code == 404
    assert (await counter.shopper.call("POST", put, {})).status_code == 403
    early = await counter.gracia.call("POST", put, {})
    assert (early.status_code, early.json()["code"]) == (409, "illegal_move")


async def test_terms_are_written_changed_and_withdrawn_and_the_most_specific_hold(
    server: Served, counter: Counter
) -> None:
    boss = counter.boss
    for wrong in ({}, {"wait_days": 2, "wait_hours": 2}, {"wait_days": 2, "reminders": [50, 50]}):
        refused = await boss.call("POST", POLICIES, wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input"), refused.text
    nowhere = await boss.call("POST", POLICIES, {"wait_days": 2, "category_id": str(uuid4())})
    assert nowhere.json()["errors"][0]["pointer"] == "/category_id"
    here = {"wait_days": 2, "location_id": str(counter.shop.gracia)}
    made = await boss.post(POLICIES, here)
    assert (made["version"], made["reminders"], made["extension_days"]) == (1, [50, 90], 3)
    taken = await boss.call("POST", POLICIES, here)
    assert (taken.status_code, taken.json()["code"]) == (409, "collection_policy_taken")
    _, wait = await ready(server, counter)
    assert wait.terms.wait_days == 2

    one = f"{POLICIES}/{made['id']}"
    etag = (await boss.call("GET", one)).headers["etag"]
    changed = await boss.put(one, {"wait_hours": 4, "extension_days": 0, "reminders": []}, If_Match=etag)
    assert (changed["version"], changed["wait_days"], changed["wait_hours"]) == (2, None, 4)
    assert (await boss.call("PUT", one, {"wait_days": 9}, If_Match=etag)).status_code == 412
    _, short = await ready(server, counter)
    assert (short.terms.wait_hours, short.deadline and short.deadline.isoformat()) == (4, "2026-03-10T14:00:00+00:00")
    assert (await boss.call("DELETE", one, If_Match='"2"')).status_code == 204
    assert (await boss.call("GET", one)).status_code == 404
    assert (await boss.get(POLICIES))["items"] == []
    _, usual = await ready(server, counter)
    assert usual.terms.wait_days == 7


async def test_who_did_not_come_is_listed_page_by_page(server: Served, counter: Counter) -> None:
    _, wait = await ready(server, counter)
    assert wait.due_at is not None
    await expire_one(server.program.db, b"secret", wait.id, wait.due_at)
    assert (await counter.boss.get("/v1/admin/no-shows"))["items"] == [], "one is no sign"
    listed = await counter.boss.get("/v1/admin/no-shows?unsigned_too=true&limit=1")
    assert [(each["account_id"], each["uncollected"], each["signed"]) for each in listed["items"]] == [(None, 1, False)]
    assert listed["items"][0]["customer"].startswith("guest:")
    assert listed["next_cursor"] is None
    assert (await counter.gracia.call("GET", "/v1/admin/no-shows")).status_code == 403
