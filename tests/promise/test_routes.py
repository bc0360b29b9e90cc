"""Availability over HTTP, for anybody."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest
from litestar import Litestar
from litestar.datastructures import State

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.platform.http import EXCEPTION_HANDLERS, Call, Caller, Surround, authorise
from commerce.promise.routes import ROUTES
from tests.given import catalog, pricing, stores
from tests.given.inventory import stock


class Open:
    """Takes everybody for the public."""

    async def authenticate(self, _: str | None) -> Caller:
        return Caller(kind="public")


@pytest.fixture
async def http(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(
        route_handlers=ROUTES,
        request_class=Call,
        before_request=authorise,
        exception_handlers=EXCEPTION_HANDLERS,
        state=State({"services": SimpleNamespace(db=db, tokens=Open())}),
        openapi_config=None,
        logging_config=None,
    )
    transport = httpx.ASGITransport(Surround(app))  # type: ignore[arg-type]  # two spellings of ASGI's types
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_a_basket_is_asked_for_in_the_address(db: Database, http: httpx.AsyncClient, clock: HeldClock) -> None:
    await stores.channel(db)
    await pricing.delivery_method(db, min_days=1, max_days=3)
    pot, lamp = await catalog.variants(db, 2)
    gracia, house = await stores.location(db), await stores.warehouse(db)
    await stock(db, {(pot, gracia): 9, (lamp, gracia): 2, (pot, house): 2})

    query = f"variant_id={pot}&quantity=3&variant_id={lamp}&quantity=2&near=41.4,2.15"
    said = (await http.get(f"/v1/availability?{query}")).json()
    assert said["at"] == "2026-03-10T10:00:00Z"
    [place] = said["collection"]
    assert (place["code"], place["available"], place["ready_by"]) == ("gracia", True, "2026-03-10T11:00:00Z")
    assert place["timezone"] == "Europe/Madrid"
    assert [(line["quantity"], line["stock"]) for line in place["lines"]] == [(3, "in"), (2, "few")]
    assert said["sending"]["available"] is False

    answer = await http.get(f"/v1/availability?variant_id={pot}")
    assert answer.headers["cache-control"] == "public, max-age=5"
    sending = answer.json()["sending"]
    assert (sending["parcels"], sending["ships_by"]) == (1, "2026-03-10T11:00:00Z")
    [option] = sending["options"]
    assert (option["arrives_from"], option["arrives_until"]) == ("2026-03-11", "2026-03-13")
    assert option["amount"] == {"amount": 495, "currency": "EUR"}


async def test_the_nearest_locations_come_first_and_only_those_that_have_all_if_asked(
    db: Database, http: httpx.AsyncClient, clock: HeldClock
) -> None:
    await stores.channel(db)
    pot = await catalog.variant(db)
    places = [await stores.location(db, f"s-{nth}", latitude=41.0 + nth / 10) for nth in range(5)]
    await stock(db, {(pot, places[1]): 1, (pot, places[4]): 3})

    async def codes(**params: object) -> list[str]:
        answer = await http.get("/v1/availability", params={"variant_id": str(pot), **params})  # type: ignore[dict-item]
        return [place["code"] for place in answer.json()["collection"]]

    assert await codes() == ["s-0", "s-1", "s-2", "s-3", "s-4"]
    assert await codes(near="42,2", limit=2) == ["s-4", "s-3"]
    assert await codes(near="42,2", only_available="true") == ["s-4", "s-1"]
    assert await codes(near="42,2", only_available="true", limit=1) == ["s-4"]
    assert await codes(only_available="true", quantity=2) == ["s-4"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("variant_id=none", "variant_id"),
        ("variant_id={id}&quantity=1&quantity=2", "quantity"),
        ("variant_id={id}&quantity=0", "quantity"),
        ("variant_id={id}&near=91,0", "near"),
        ("variant_id={id}&near=here", "near"),
        ("variant_id={id}&country=es", "country"),
        ("variant_id={id}&limit=101", "limit"),
        ("&".join(["variant_id={id}"] * 51), "variant_id"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_its_parameter(
    db: Database, http: httpx.AsyncClient, clock: HeldClock, query: str, name: str
) -> None:
    await stores.channel(db)
    answer = await http.get(f"/v1/availability?{query.format(id=new_id())}")
    assert answer.status_code == 400, answer.text
    assert [error["pointer"].removeprefix("?") for error in answer.json()["errors"]] == [name]


async def test_what_does_not_exist_is_not_found_or_out(db: Database, http: httpx.AsyncClient, clock: HeldClock) -> None:
    await stores.channel(db)
    await stores.location(db)
    assert (await http.get("/v1/availability")).status_code == 400
    pot, nothing = await catalog.variant(db), new_id()
    answer = await http.get(f"/v1/availability?variant_id={pot}&variant_id={nothing}")
    assert answer.status_code == 404
    assert answer.json()["errors"] == [{"pointer": "?variant_id", "detail": f"There is no article {nothing}."}]
    for other in ("location", "channel"):
        answer = await http.get(f"/v1/availability?variant_id={pot}&{other}={new_id()}")
        assert answer.status_code == 404, other


async def test_nothing_is_ready_where_not_all_of_it_can_be_had(
    db: Database, http: httpx.AsyncClient, clock: HeldClock
) -> None:
    await stores.channel(db)
    pot, lamp = await catalog.variants(db, 2)
    gracia = await stores.location(db)
    await stock(db, {(pot, gracia): 1})
    both = (await http.get(f"/v1/availability?variant_id={pot}&variant_id={lamp}")).json()["collection"]
    assert [(place["available"], place["ready_by"]) for place in both] == [(False, None)]
    assert [line["stock"] for line in both[0]["lines"]] == ["few", "out"]
    one = (await http.get(f"/v1/availability?variant_id={pot}")).json()["collection"]
    assert [(place["available"], place["ready_by"]) for place in one] == [(True, "2026-03-10T11:00:00Z")]
