"""What places say that their parcels cost: it ranks them, for whoever asks, and what was said stays."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from commerce import sourcing as rules
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import ChannelId, LocationId, VariantId
from commerce.promise import source
from commerce.sourcing import NO_RATES, Rate
from tests.given import catalog, inventory, sourcing, stores
from tests.served import Api, Json, Served
from tests.sourcing.test_http import given_caller

CHEAPEST = {"steps": [{"name": "cheapest", "rank": [{"by": "cost"}]}], "costs": [{"amount": 450}]}


def path(location_id: LocationId) -> str:
    return f"/v1/admin/locations/{location_id}/parcel-costs"


class World:
    """Two warehouses, each with plates, and a rule that takes the cheaper parcel: 450 unless a place says otherwise."""

    def __init__(self, server: Served, api: Api) -> None:
        self.server, self.db, self.api = server, server.program.db, api

    async def built(self) -> "World":
        self.web = await stores.channel(self.db)
        self.plate: VariantId = await catalog.variant(self.db)
        self.one, self.two = await stores.warehouse(self.db, "one"), await stores.warehouse(self.db, "two")
        await inventory.stock(self.db, {(self.plate, self.one): 9, (self.plate, self.two): 9})
        await sourcing.published(self.db, CHEAPEST)
        return self

    async def says(self, place: LocationId, amount: int | None, **fields: object) -> Json:
        return await self.api.post(path(place), {"currency": "EUR", "amount": amount, **fields})

    async def from_where(self, at: datetime, channel_id: ChannelId | None = None) -> LocationId:
        (demand,) = await source(self.db.reading, [(self.plate, 1)], at, channel_id=channel_id)
        return demand.location_id


@pytest.fixture
async def world(server: Served) -> AsyncIterator[World]:
    """The world, and somebody who may say what parcels cost; the worker does what is left at the end."""
    yield await World(server, await given_caller(server, "sourcing:write")).built()
    await server.work()


async def test_orders_are_sent_from_where_a_parcel_costs_least_as_places_say(world: World, clock: HeldClock) -> None:
    assert await world.from_where(clock()) == world.one
    await world.says(world.two, 449)
    assert await world.from_where(clock()) == world.two
    await world.says(world.one, 448)
    assert await world.from_where(clock()) == world.one
    await world.says(world.one, None)
    assert await world.from_where(clock()) == world.two
    tried = await world.api.post(
        "/v1/admin/sourcing-rules/try",
        {"lines": [{"variant_id": str(world.plate), "quantity": 1}], "channel_id": str(world.web)},
    )
    assert [each["figures"] for each in tried["steps"][0]["places"]] == [
        [{"by": "cost", "thousandths": 449_000}],
        [{"by": "cost", "thousandths": 450_000}],
    ]
    assert await world.server.audit() == []


async def test_a_cost_counts_in_the_currency_in_which_it_was_said(world: World, clock: HeldClock) -> None:
    swiss = await stores.channel(world.db, "ch", currency="CHF", country="CH", languages=["en"])
    await world.says(world.two, 1, currency="CHF")
    assert await world.from_where(clock(), world.web) == world.one
    assert await world.from_where(clock(), swiss) == world.two
    assert await rules.rates_now(world.db.reading, world.web) == NO_RATES


async def test_what_was_said_stays_and_tells_what_held_at_an_instant(world: World, clock: HeldClock) -> None:
    first = clock()
    await world.says(world.one, 300, per_km=2)
    clock.move(hours=1)
    await world.says(world.one, None)
    clock.move(hours=1)
    await world.says(world.one, 350)
    then = await rules.rates_then(world.db.reading, ["EUR"])
    held = [then.of(world.one, "EUR", first + timedelta(minutes=minutes)) for minutes in (-1, 0, 59, 60, 120)]
    assert held == [None, Rate(300, 2), Rate(300, 2), None, Rate(350)]
    assert (then.of(world.two, "EUR", clock()), then.of(world.one, "CHF", clock())) == (None, None)
    page = await world.api.get(f"{path(world.one)}?limit=2")
    rest = await world.api.get(f"{path(world.one)}?limit=2&cursor={page['next_cursor']}")
    said = [each["amount"] and each["amount"]["amount"] for each in [*page["items"], *rest["items"]]]
    assert (said, rest["next_cursor"]) == ([350, None, 300], None)
    assert rest["items"][0]["per_km"] == {"amount": 2, "currency": "EUR"}


async def test_of_two_who_say_at_once_the_one_listed_first_holds(world: World) -> None:
    await asyncio.gather(*(world.says(world.one, amount) for amount in range(100, 108)))
    items = (await world.api.get(path(world.one)))["items"]
    assert len(items) == 8
    now = await rules.rates_now(world.db.reading, world.web)
    assert now[world.one].amount == items[0]["amount"]["amount"]


async def test_what_makes_no_sense_is_refused(world: World, server: Served) -> None:
    for body in (
        {"currency": "EUR", "amount": -1},
        {"currency": "XXX", "amount": 1},
        {"currency": "EUR", "amount": 1, "per_km": -1},
        {"currency": "EUR", "amount": None, "per_km": 5},
        {"amount": 1},
    ):
        refused = await world.api.call("POST", path(world.one), body)
        assert refused.status_code in {400, 422}, refused.text
    nowhere = "/v1/admin/locations/01900000-0000-7000-8000-000000000000/parcel-costs"
    assert (await world.api.call("POST", nowhere, {"currency": "EUR", "amount": 1})).status_code == 404
    assert (await world.api.call("GET", nowhere)).status_code == 404
    reader = await given_caller(server, "stock:read")
    assert (await reader.call("GET", path(world.one))).status_code == 403
