"""Another article over HTTP: the picker scans it, its buyer reads what it costs and answers, once, from one place."""

from collections.abc import AsyncIterator

import pytest

from commerce.kernel.clock import HeldClock
from tests.given import recourse as given
from tests.recourse.test_over_http import Counter, placed, work_of
from tests.served import Served


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


async def test_a_picker_proposes_by_barcode_and_the_buyer_accepts_what_it_costs(
    server: Served, clock: HeldClock
) -> None:
    counter = await Counter.opened(server)
    order = await placed(server, counter, 3)
    await given.sold_there(server.program.db, counter.shop)
    work = await work_of(server, order)
    path, mine = f"/v1/fulfilment-orders/{work}", f"/v1/orders/{order.id}"
    await counter.gracia.post(f"{path}/accept", {})
    line = (await counter.gracia.get(path))["lines"][0]["id"]
    early = await counter.gracia.call("POST", f"{path}/substitutes", {"line_id": line, "code": "PLATE", "quantity": 2})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_missing")
    short = {"line_id": line, "picked": 1, "short": 2, "reason": "mismatch"}
    await counter.gracia.post(f"{path}/pick", {"lines": [short]})

    body = {"line_id": line, "code": "PLATE", "quantity": 2}
    assert (await counter.sants.call("POST", f"{path}/substitutes", body)).status_code == 404
    assert (await counter.shopper.call("POST", f"{path}/substitutes", body)).status_code == 403
    found = await counter.gracia.post(f"{path}/substitutes", body)
    assert (found["state"], found["sku"], found["unit"], found["costs"]) == (
        "proposed",
        "PLATE",
        {"amount": 1250, "currency": "EUR"},
        {"amount": 2000, "currency": "EUR"},  # dearer than what was agreed for the cups: no more than that
    )
    await server.work()
    (case,) = (await counter.shopper.get(f"{mine}/rejections"))["items"]
    assert [each["id"] for each in case["substitutes"]] == [found["id"]]
    assert case["substitutes"][0]["answer_by"] == case["choose_by"]

    stranger = server.api.as_((await server.api.post("/v1/auth/anonymous", {}))["access_token"])
    at = f"{mine}/substitutes/{found['id']}/answer"
    assert (await stranger.call("POST", at, {"accept": True})).status_code == 404
    taken = await counter.shopper.post(at, {"accept": True}, key="one-answer-and-no-more")
    again = await counter.shopper.call("POST", at, {"accept": True}, key="one-answer-and-no-more")
    assert (again.json(), taken["state"], taken["saved"]) == (taken, "accepted", {"amount": 0, "currency": "EUR"})
    late = await counter.shopper.call("POST", at, {"accept": False})
    assert (late.status_code, late.json()["code"]) == (409, "illegal_move")
    shown = await counter.shopper.get(mine)
    assert [(each["sku"], each["quantity"], each["total"]["amount"]) for each in shown["lines"]] == [
        ("SKU-0", 1, 1000),
        ("PLATE", 2, 2000),
    ]
    assert (shown["lines"][1]["instead_of_line_id"], shown["total"]) == (
        str(order.lines[0].id),
        {"amount": 3000, "currency": "EUR"},
    )
    to_do = (await counter.gracia.get(path))["lines"]
    assert [(each["sku"], each["quantity"] - each["picked"] - each["short"]) for each in to_do] == [
        ("SKU-0", 0),
        ("PLATE", 2),
    ]


async def test_a_proposal_is_taken_back_by_its_own_place_only(server: Served, clock: HeldClock) -> None:
    counter = await Counter.opened(server)
    order = await placed(server, counter)
    await given.sold_there(server.program.db, counter.shop)
    work = await work_of(server, order)
    path = f"/v1/fulfilment-orders/{work}"
    await counter.gracia.post(f"{path}/reject", {"reason": "mismatch"})
    line = (await counter.gracia.get(path))["lines"][0]["id"]
    body = {"line_id": line, "code": "PLATE", "quantity": 1}
    found = await counter.gracia.post(f"{path}/substitutes", body)
    twice = await counter.gracia.call("POST", f"{path}/substitutes", body)
    assert (twice.status_code, twice.json()["code"]) == (409, "substitute_already_proposed")
    at = f"{path}/substitutes/{found['id']}/withdraw"
    assert (await counter.sants.call("POST", at)).status_code == 404
    assert (await counter.gracia.post(at))["state"] == "withdrawn"
    answer = await counter.shopper.call(
        "POST", f"/v1/orders/{order.id}/substitutes/{found['id']}/answer", {"accept": True}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
    (case,) = (await counter.shopper.get(f"/v1/orders/{order.id}/rejections"))["items"]
    assert (case["state"], [each["state"] for each in case["substitutes"]]) == ("waiting_for_choice", ["withdrawn"])
