"""A store closes for the day with open work: what it promised moves to its next opening, once, and its customers are told."""

from datetime import UTC, datetime

from commerce import fulfilment
from commerce.fulfilment import Fulfilment
from commerce.kernel.clock import HeldClock
from tests.given import checkout as given, identity
from tests.served import Api, Json, Served

CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "en"}
TODAY = "2026-03-10"


async def ordered(server: Served, shop: given.Shop) -> Json:
    """An order of a cup, to be collected at Gràcia."""
    token = await server.api.post("/v1/auth/anonymous", {})
    shopper = server.api.as_(token["access_token"])
    way = {"kind": "pickup", "location_id": str(shop.gracia)}
    cart = await shopper.post("/v1/carts", {"lines": [{"variant_id": str(shop.cup), "quantity": 1, "fulfilment": way}]})
    cart = await shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
    wish = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
    return await shopper.post(f"/v1/carts/{cart['id']}/checkout", wish)


async def work_of(server: Served, order: Json) -> Fulfilment:
    (work,) = await fulfilment.fulfilments_of(server.program.db.reading, order["order_id"])
    return work


async def office(server: Served) -> Api:
    tokens = await identity.tokens(server.program.db, server.settings)
    return server.api.as_((await identity.administrator(server.program.db, tokens)).access_token)


async def test_a_store_that_closes_for_the_day_moves_what_it_promised_to_its_next_opening(
    server: Served, clock: HeldClock
) -> None:
    shop = await given.shop(server.program.db)
    order = await ordered(server, shop)
    await server.work()
    before = await work_of(server, order)
    assert before.ready_by == datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
    admin = await office(server)
    path = f"/v1/admin/locations/{shop.gracia}"
    place = await admin.get(path)
    await admin.put(
        f"{path}/exceptions/{TODAY}", {"hours": [], "reason": "water pipe"}, if_match=f'"{place["version"]}"'
    )
    await server.work()
    after = await work_of(server, order)
    assert after.ready_by == datetime(2026, 3, 11, 9, 0, tzinfo=UTC)  # an hour of work from 09:00 in Madrid
    assert after.promised_by == before.ready_by
    (told,) = [mail for mail in await server.mails() if "a new time" in mail]
    assert "from Wednesday 11 March, 10:00" in told
    place = await admin.get(path)
    await admin.put(
        f"{path}/exceptions/{TODAY}",
        {"hours": [{"opens": "09:00", "closes": "20:00"}]},
        if_match=f'"{place["version"]}"',
    )
    await server.work()
    assert (await work_of(server, order)).ready_by == after.ready_by  # never earlier than was told
    assert len([mail for mail in await server.mails() if "a new time" in mail]) == 1
