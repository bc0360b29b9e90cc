"""How a simulation runs: in the background, killed and taken up again, cancelled; and who may see what."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.promotions.queries import usage
from commerce.reporting import simulate as running
from commerce.reporting.audit import CHECKS
from commerce.reporting.simulate import simulate
from commerce.reporting.start_simulation import SimulationDue
from tests.given import customers, identity, pricing, promotions
from tests.reporting.conftest import Past
from tests.served import Json

MARCH = {"from": "2026-03-01T00:00:00Z", "until": "2026-03-31T00:00:00Z"}
HALF = {"kind": "percent_off", "rate": "0.5"}


async def ordered(past: Past, clock: HeldClock, orders: int) -> None:
    """So many orders of one cup and two plates, a minute apart; then April."""
    for _ in range(orders):
        await past.order({past.shop.cup: 1, past.shop.plate: 2})
        clock.move(minutes=1)
    clock.move(days=30)


def figures(found: Json) -> Json:
    return {name: found[name] for name in ("figures", "promotions", "articles", "progress", "left_out", "state")}


async def test_a_run_that_is_killed_goes_on_where_it_was_and_counts_nothing_twice(
    past: Past, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ordered(past, clock, 5)
    rule = await promotions.draft(past.db, HALF)
    whole = await past.simulated(rule, until="2026-03-31T00:00:00Z")
    monkeypatch.setattr(running, "BATCH", 2)
    api = await past.admin()
    begun = await api.post(f"/v1/admin/promotions/{rule}/simulations", MARCH)
    due = SimulationDue(UUID(begun["id"]))
    advancing, died = running._advance, 0

    async def dying(*args: object) -> bool:
        nonlocal died
        done = await advancing(*args)  # type: ignore[arg-type]
        died += 1
        if died in {1, 2}:
            raise RuntimeError("the process is gone")
        return done

    monkeypatch.setattr(running, "_advance", dying)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await simulate(past.db, due)
    await asyncio.gather(simulate(past.db, due), simulate(past.db, due))
    await simulate(past.db, due)
    await past.server.work()
    found = await api.get(f"/v1/admin/promotions/{rule}/simulations/{begun['id']}")
    assert figures(found) == figures(whole)
    assert found["progress"] == {"done": 5, "total": 5}


async def test_a_cancelled_run_stops_and_keeps_what_it_counted(
    past: Past, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ordered(past, clock, 3)
    rule = await promotions.draft(past.db, HALF)
    monkeypatch.setattr(running, "BATCH", 1)
    api = await past.admin()
    begun = await api.post(f"/v1/admin/promotions/{rule}/simulations", MARCH)
    path = f"/v1/admin/promotions/{rule}/simulations/{begun['id']}"
    counting = running._counted

    async def cancelled_meanwhile(*args: object) -> object:
        if (await api.get(path))["progress"]["done"] == 1:
            await api.post(f"{path}/cancel")
        return await counting(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_counted", cancelled_meanwhile)
    await past.server.work()
    found = await api.get(path)
    assert (found["state"], found["progress"]["done"], found["figures"][0]["orders"]) == ("cancelled", 1, 1)
    assert (await api.post(f"{path}/cancel"))["state"] == "cancelled"


async def test_the_same_key_asks_once(past: Past, clock: HeldClock) -> None:
    rule = await promotions.draft(past.db, HALF)
    clock.move(days=30)
    api, path = await past.admin(), f"/v1/admin/promotions/{rule}/simulations"
    first = await api.call("POST", path, MARCH, key="one")
    again = await api.call("POST", path, MARCH, key="one")
    assert (first.status_code, again.status_code, again.headers["idempotent-replayed"]) == (202, 202, "true")
    assert first.json() == again.json()
    await past.server.work()
    listed = await api.get(path)
    assert [each["id"] for each in listed["items"]] == [first.json()["id"]]
    assert (await api.get(f"{path}/{first.json()['id']}"))["state"] == "done"


async def test_what_makes_no_sense_is_refused_at_the_field(past: Past, clock: HeldClock) -> None:
    rule = await promotions.draft(past.db, HALF)
    clock.move(days=30)
    api, path = await past.admin(), f"/v1/admin/promotions/{rule}/simulations"
    for change, pointer in (
        ({"until": MARCH["from"]}, "/until"),
        ({"from": "2025-12-01T00:00:00Z"}, "/until"),
        ({"until": "2026-05-01T00:00:00Z"}, "/until"),
        ({"channels": [str(past.shop.channel_id), str(new_id())]}, "/channels/1"),
    ):
        answer = await api.call("POST", path, {**MARCH, **change})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer), change
    nothing = await api.call("POST", f"/v1/admin/promotions/{new_id()}/simulations", MARCH)
    assert nothing.status_code == 404
    assert (await api.call("GET", f"{path}/{new_id()}")).status_code == 404
    assert (await api.call("GET", f"/v1/admin/promotions/{new_id()}/simulations")).status_code == 404
    shopper = await past.shopper()
    assert (await shopper.call("POST", path, MARCH)).status_code == 403


async def test_cost_and_margin_are_for_those_who_may_read_costs(past: Past, clock: HeldClock) -> None:
    await ordered(past, clock, 1)
    rule = await promotions.draft(past.db, HALF)
    found = await past.simulated(rule)
    assert found["figures"][0]["cost_before"] == {"amount": 0, "currency": "EUR"}
    service = await identity.service(past.db, ["promotions:write"])
    api = past.server.api.as_(await identity.token_of(past.db, past.tokens, service))
    shown = await api.get(f"/v1/admin/promotions/{rule}/simulations/{found['id']}")
    hidden = ("cost_before", "cost_after", "margin_before", "margin_after")
    assert [shown["figures"][0][name] for name in hidden] == [None] * 4
    assert shown["figures"][0]["net_after"] == found["figures"][0]["net_after"]


async def test_what_was_live_then_counts_and_what_came_later_does_not(past: Past, clock: HeldClock) -> None:
    gone = await promotions.published(past.db, {"kind": "percent_off", "rate": "0.1"})
    await past.order({past.shop.cup: 1})
    clock.move(hours=1)
    await promotions.withdrawn(past.db, gone)
    await past.order({past.shop.cup: 1})
    clock.move(days=30)
    await promotions.published(past.db, HALF)
    found = await past.simulated(
        await promotions.draft(past.db, {"kind": "amount_off", "amount": eur(100)}, currency="EUR")
    )
    assert found["figures"][0]["discount_before"] == eur(200)
    assert found["figures"][0]["discount_given"] == eur(200), "a euro off each, after the tenth where that was live"


async def test_a_rule_takes_the_place_of_its_own_published_version(past: Past, clock: HeldClock) -> None:
    rule = await promotions.published(past.db, {"kind": "percent_off", "rate": "0.1"})
    await past.order({past.shop.cup: 1})
    clock.move(days=30)
    await promotions.rewritten(past.db, rule, effect=HALF)
    found = await past.simulated(rule)
    assert (found["figures"][0]["discount_before"], found["figures"][0]["discount_after"]) == (eur(200), eur(999))


async def test_a_rule_is_in_force_for_the_whole_time_by_the_clock_of_each_order(past: Past, clock: HeldClock) -> None:
    """The draft is for Tuesday mornings of next year. The shop's orders are of a Tuesday at eleven and of one at eleven at night."""
    await past.order({past.shop.plate: 1})
    clock.move(hours=12)
    await past.order({past.shop.plate: 1})
    clock.move(days=30)
    mornings = {"hours": [{"since": "06:00", "until": "12:00", "weekdays": [2]}]}
    window = {"starts_at": "2027-01-01T00:00:00Z"}
    rule = await promotions.draft(past.db, HALF, conditions=mornings, window=window)
    found = await past.simulated(rule)
    assert (found["figures"][0]["orders"], found["figures"][0]["uses"]) == (2, 1)
    assert found["figures"][0]["discount_given"] == eur(625)


async def test_a_code_is_offered_to_every_order_and_nothing_is_used_up(past: Past, clock: HeldClock) -> None:
    await ordered(past, clock, 3)
    rule = await promotions.published(past.db, HALF, opened_by="HALF", limits={"uses_most": 1})
    found = await past.simulated(rule)
    assert (found["figures"][0]["uses"], found["figures"][0]["changed"]) == (3, 3)
    assert (await usage(past.db.reading, rule)).uses == 0


async def test_codes_that_opened_something_then_do_so_again(past: Past, clock: HeldClock) -> None:
    await promotions.published(past.db, {"kind": "percent_off", "rate": "0.1"}, opened_by="TEN")
    await past.order({past.shop.cup: 1}, "ten")
    await past.order({past.shop.cup: 1})
    clock.move(days=30)
    found = await past.simulated(
        await promotions.draft(past.db, {"kind": "amount_off", "amount": eur(1)}, currency="EUR")
    )
    assert found["figures"][0]["discount_before"] == eur(200)


async def test_a_gift_costs_what_it_costs_the_shop(past: Past, clock: HeldClock) -> None:

    await pricing.costs(past.db, {past.shop.cup: 700, past.shop.plate: 300})
    await past.order({past.shop.cup: 2})
    clock.move(days=30)
    gift = {"kind": "gift", "variant_id": str(past.shop.plate)}
    rule = await promotions.draft(past.db, gift, targets={"variants": [str(past.shop.cup)]})
    (sums,) = (await past.simulated(rule))["figures"]
    assert (sums["cost_before"], sums["cost_after"]) == (eur(1400), eur(1700))
    assert (sums["net_before"], sums["net_after"], sums["discount_given"]) == (eur(3304), eur(3304), eur(1250))
    assert sums["margin_after"] == eur(3304 - 1700)


async def test_groups_are_those_of_today_and_a_first_order_is_one_that_none_was_before(
    past: Past, clock: HeldClock
) -> None:
    account = await past.account()
    for _ in range(2):
        await past.order({past.shop.plate: 1}, shopper=account)
        clock.move(minutes=1)
    nobody = await past.shopper()
    await past.order({past.shop.plate: 1}, shopper=nobody)
    await past.signed_in(nobody)  # its order is the account's by now, and was priced as nobody's in particular
    buyer = UUID((await account.get("/v1/auth/me"))["id"])
    clock.move(days=30)
    first = await promotions.draft(past.db, HALF, conditions={"first_order": True})
    assert (await past.simulated(first))["figures"][0]["uses"] == 1
    group = await customers.group(past.db, "vip")
    members = await promotions.draft(past.db, HALF, conditions={"groups": [str(group)]})
    assert (await past.simulated(members))["figures"][0]["uses"] == 0
    await customers.join(past.db, group, [buyer])
    assert (await past.simulated(members))["figures"][0]["uses"] == 2


async def test_sums_that_do_not_add_up_are_found(past: Past, clock: HeldClock) -> None:

    await ordered(past, clock, 1)
    await past.simulated(await promotions.draft(past.db, HALF))
    faults = {
        "simulation_counts_each_order_once": "UPDATE simulations SET looked = looked + 1",
        "simulation_discount_is_the_sum_of_its_promotions": "UPDATE simulation_promotions SET saved_after = saved_after + 1",
    }
    connection = await asyncpg.connect(past.db.dsn)
    try:
        for name, fault in faults.items():
            await connection.execute(fault)
            broken = [found.name for found in await run_checks(past.db.reading, CHECKS) if found.rows]
            assert broken == [name]
            await connection.execute(fault.replace("+ 1", "- 1"))
    finally:
        await connection.close()


def eur(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}
