"""What a sourcing rule would have done with orders of the past, from what stood on the shelves then."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from commerce.inventory import Adjustment, Cause, Demand, adjust, reserve
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import HoldId, LocationId, VariantId, new_id
from commerce.platform.audit import run_checks
from commerce.reporting import sourcing_simulate as running
from commerce.reporting.audit import CHECKS
from commerce.reporting.sourcing_simulate import simulate_sourcing
from commerce.reporting.sourcing_start import SourcingSimulationDue
from commerce.stores.schemas import AddressFields
from tests.given import catalog, identity, inventory, orders, payments, sourcing, stores
from tests.given.orders import Want
from tests.served import Api, Json, Served

MARCH = {"from": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}
COSTS = [{"kinds": ["warehouse"], "amount": 300}, {"amount": 450}]
FEWEST = {
    "steps": [{"name": "fewest, then nearest", "rank": [{"by": "parcels"}, {"by": "distance"}]}],
    "costs": COSTS,
}


class World:
    """A warehouse in Zaragoza and a store in Barcelona, where every order goes; orders were sent as it is told here."""

    def __init__(self, server: Served, clock: HeldClock) -> None:
        self.server, self.clock, self.db = server, clock, server.program.db

    async def built(self) -> "World":
        zaragoza = AddressFields(line1="Calle 1", postal_code="50001", city="Zaragoza")
        self.house = await stores.warehouse(self.db, address=zaragoza, latitude=41.65, longitude=-0.88)
        self.gracia = await stores.location(self.db, ships=True, hours=stores.round_the_clock())
        self.cup, self.plate = await catalog.variants(self.db, 2)
        await inventory.stock(
            self.db, {(self.cup, self.house): 9, (self.plate, self.house): 9, (self.plate, self.gracia): 9}
        )
        self.clock.move(minutes=1)
        return self

    async def sent(self, *lines: tuple[VariantId, int, LocationId]) -> UUID:
        """An order, each line from its place, at 10.00 a unit; a minute passes."""
        wants = [
            Want(kind="ship", location_id=place, variant_id=variant, quantity=units) for variant, units, place in lines
        ]
        made = await self.placed(*wants)
        self.clock.move(minutes=1)
        return made

    async def placed(self, *wants: Want) -> UUID:
        """An order that stands, to be paid at the door: its units are reserved where they are promised."""
        made = await orders.placed(self.db, *wants, payment_kind="on_collection")
        demands = [Demand(VariantId(want.variant_id), LocationId(want.location_id), want.quantity) for want in wants]
        amounts = [group.total for group in made.groups]
        await payments.paid_on_collection(
            self.db, *amounts, order_id=made.id, groups=[group.id for group in made.groups]
        )
        await self.db.transact(reserve, demands, made.id, HoldId(new_id()), at=self.clock.at)
        return made.id

    async def counted(self, units: int) -> None:
        """The cups at Gràcia are so many more, or fewer; a minute passes."""
        if units > 0:
            await inventory.stock(self.db, {(self.cup, self.gracia): units})
        else:
            line = Adjustment(self.cup, self.gracia, units)
            cause = Cause("adjustment", None, "staff:test", "broken")
            await self.db.transact(adjust, [line], cause, f"test:{new_id()}")
        self.clock.move(minutes=1)

    async def api(self) -> Api:
        tokens = self.server.tokens
        service = await identity.service(self.db, ["sourcing:write"])
        return self.server.api.as_(await identity.token_of(self.db, tokens, service))

    async def run(self, routing: dict[str, Any], **asked: Any) -> tuple[Json, list[Json]]:
        """A run over March, from beginning to end, in April; and the orders that change."""
        rule = await sourcing.draft(self.db, routing)
        if self.clock.at < datetime.fromisoformat("2026-04-01T00:00:00Z"):
            self.clock.move(days=30)
        api = await self.api()
        path = f"/v1/admin/sourcing-rules/{rule}/simulations"
        begun = await api.post(path, {**MARCH, **asked})
        await self.server.work()
        done = await api.get(f"{path}/{begun['id']}")
        assert done["state"] == "done"
        return done, (await api.get(f"{path}/{begun['id']}/orders"))["items"]


@pytest.fixture
async def world(server: Served, clock: HeldClock) -> AsyncIterator[World]:
    """The world, before its first order; the worker does what is left at the end, and every invariant holds."""
    yield await World(server, clock).built()
    await server.work()


def eur(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


async def test_each_order_is_decided_again_from_what_stood_on_the_shelves_then(world: World) -> None:
    cup, plate, house, gracia = world.cup, world.plate, world.house, world.gracia
    await world.counted(1)
    could_be_one = await world.sent((cup, 1, house), (plate, 2, gracia))
    await world.counted(-1)
    from_gracia = await world.sent((plate, 1, house))
    one_from_the_house = await world.sent((cup, 1, house), (plate, 1, house))
    await world.placed(Want(kind="pickup", location_id=gracia, variant_id=plate))
    await orders.opened(world.db, Want(kind="ship", location_id=house, variant_id=plate))
    world.clock.move(minutes=1)
    await world.counted(9)
    found, changed = await world.run(FEWEST)
    (sums,) = found["figures"]
    assert found["progress"] == {"done": 3, "total": 3}
    assert {name: sums[name] for name in ("orders", "changed", "units", "short_orders", "short_units", "inexact")} == {
        "orders": 3,
        "changed": 2,
        "units": 6,
        "short_orders": 0,
        "short_units": 0,
        "inexact": 0,
    }
    assert (sums["parcels_before"], sums["parcels_after"]) == (4, 3)
    assert (sums["split_before"], sums["split_after"]) == (1, 0)
    assert (sums["costed"], sums["cost_before"], sums["cost_after"]) == (
        3,
        eur(300 + 450 + 300 + 300),
        eur(2 * 450 + 300),
    )
    # The address is that of Gràcia's own postal code; Zaragoza is some 254 km away.
    assert sums["located"] == 3
    assert sums["metres_before"] == 3 * sums["metres_after"] > 3 * 250_000
    assert {each["order_id"]: (each["places_before"], each["places_after"]) for each in changed} == {
        str(could_be_one): (sorted([str(house), str(gracia)]), [str(gracia)]),
        str(from_gracia): ([str(house)], [str(gracia)]),
    }
    assert str(one_from_the_house) not in {each["order_id"] for each in changed}
    assert await world.server.audit() == []


async def test_parcels_are_weighed_by_what_their_places_said_of_them_then(world: World) -> None:
    said = f"/v1/admin/locations/{world.house}/parcel-costs"
    await world.sent((world.plate, 1, world.house))
    api = await world.api()
    await api.post(said, {"currency": "EUR", "amount": 120})
    await world.sent((world.plate, 1, world.house))
    await api.post(said, {"currency": "EUR", "amount": 900})
    await api.post(said, {"currency": "USD", "amount": 1})
    cheapest = {"steps": [{"name": "cheapest", "rank": [{"by": "cost"}]}], "costs": [{"amount": 450}]}
    found, changed = await world.run(cheapest)
    (sums,) = found["figures"]
    # Before, the house said nothing and 450 was any place's; the second went at its 120, and today's 900 is of no past order.
    assert (sums["costed"], sums["cost_before"], sums["cost_after"]) == (2, eur(450 + 120), eur(450 + 120))
    assert len(changed) == 1


async def test_what_the_rule_would_not_have_found_is_told(world: World) -> None:
    order = await world.sent((world.cup, 2, world.house), (world.plate, 1, world.gracia))
    only_gracia = {"steps": [{"name": "a", "locations": [str(world.gracia)], "rank": [{"by": "parcels"}]}]}
    found, changed = await world.run(only_gracia)
    (sums,) = found["figures"]
    assert (sums["short_orders"], sums["short_units"], sums["units"]) == (1, 2, 3)
    assert (sums["costed"], sums["located"]) == (0, 0)
    assert [(each["order_id"], each["short_units"]) for each in changed] == [(str(order), 2)]


async def test_a_basket_below_the_threshold_is_judged_by_what_it_was_worth(world: World) -> None:
    await world.sent((world.cup, 1, world.house), (world.plate, 1, world.gracia))
    await world.sent((world.cup, 2, world.house), (world.plate, 1, world.gracia))
    near = [{"by": "distance"}, {"by": "parcels"}]
    found, _ = await world.run({"steps": [{"name": "a", "rank": near}], "split_from_value": 3_000})
    (sums,) = found["figures"]
    # Nothing is split that one place has all of, near or far: 20.00 may not be, and 30.00 need not be.
    assert (sums["parcels_before"], sums["parcels_after"], sums["split_after"]) == (4, 2, 0)
    found, _ = await world.run(
        {
            "steps": [
                {"name": "near", "kinds": ["store"], "rank": near},
                {"name": "rest", "rank": near},
            ],
            "split_from_value": 3_000,
        }
    )
    (sums,) = found["figures"]
    assert (sums["parcels_after"], sums["split_after"], sums["short_units"]) == (3, 1, 1)


async def test_an_erased_address_is_nowhere(world: World, dsn: str) -> None:
    await world.sent((world.plate, 1, world.gracia))
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("UPDATE orders SET shipping_address = NULL")
    finally:
        await connection.close()
    found, _ = await world.run(FEWEST)
    (sums,) = found["figures"]
    assert (sums["located"], sums["metres_before"], sums["metres_after"]) == (0, 0, 0)
    assert sums["orders"] == 1


async def test_a_run_that_is_killed_goes_on_where_it_was_and_counts_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await world.sent((world.plate, 1, world.house))
    whole, _ = await world.run(FEWEST)
    monkeypatch.setattr(running, "BATCH", 2)
    api, rule = await world.api(), await sourcing.draft(world.db, FEWEST)
    path = f"/v1/admin/sourcing-rules/{rule}/simulations"
    begun = await api.post(path, MARCH)
    due = SourcingSimulationDue(UUID(begun["id"]))
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
            await simulate_sourcing(world.db, due)
    await asyncio.gather(simulate_sourcing(world.db, due), simulate_sourcing(world.db, due))
    await simulate_sourcing(world.db, due)
    await world.server.work()
    found = await api.get(f"{path}/{begun['id']}")
    assert (found["figures"], found["state"]) == (whole["figures"], "done")
    assert found["progress"] == {"done": 5, "total": 5}


async def test_a_cancelled_run_stops_and_keeps_what_it_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        await world.sent((world.plate, 1, world.house))
    world.clock.move(days=30)
    monkeypatch.setattr(running, "BATCH", 1)
    api, rule = await world.api(), await sourcing.draft(world.db, FEWEST)
    path = f"/v1/admin/sourcing-rules/{rule}/simulations"
    begun = await api.post(path, MARCH)
    path = f"{path}/{begun['id']}"
    counting = running._counted

    async def cancelled_meanwhile(*args: object) -> object:
        if (await api.get(path))["progress"]["done"] == 1:
            await api.post(f"{path}/cancel")
        return await counting(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_counted", cancelled_meanwhile)
    await world.server.work()
    found = await api.get(path)
    assert (found["state"], found["progress"]["done"], found["figures"][0]["orders"]) == ("cancelled", 1, 1)


async def test_what_makes_no_sense_is_refused_at_the_field(world: World) -> None:
    rule = await sourcing.draft(world.db, FEWEST)
    world.clock.move(days=30)
    api, path = await world.api(), f"/v1/admin/sourcing-rules/{rule}/simulations"
    for change, pointer in (
        ({"until": MARCH["from"]}, "/until"),
        ({"from": "2025-12-01T00:00:00Z"}, "/until"),
        ({"until": "2026-05-01T00:00:00Z"}, "/until"),
        ({"channels": [str(new_id())]}, "/channels/0"),
    ):
        refused = await api.call("POST", path, {**MARCH, **change})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer), change
    nothing = f"/v1/admin/sourcing-rules/{new_id()}/simulations"
    assert (await api.call("POST", nothing, MARCH)).status_code == 404
    assert (await api.call("GET", nothing)).status_code == 404
    assert (await api.call("GET", f"{path}/{new_id()}")).status_code == 404
    assert (await api.call("GET", f"{path}/{new_id()}/orders")).status_code == 404


FAULTS = {
    "sourcing_simulation_counts_each_order_once": "UPDATE sourcing_simulations SET looked = looked + 1",
    "sourcing_simulation_keeps_orders_that_change": "UPDATE sourcing_simulation_figures SET changed = changed - 1",
}


async def test_sums_that_do_not_add_up_are_found(world: World, dsn: str) -> None:
    await world.sent((world.plate, 1, world.house))
    await world.run(FEWEST)
    connection = await asyncpg.connect(dsn)
    try:
        for name, fault in FAULTS.items():
            await connection.execute(fault)
            broken = [found.name for found in await run_checks(world.db.reading, CHECKS) if found.rows]
            assert broken == [name]
            back = fault.replace("+ 1", "* 1 - 1") if "+ 1" in fault else fault.replace("- 1", "+ 1")
            await connection.execute(back)
    finally:
        await connection.close()
