"""Everybody at once: no deadlock is told, nothing is sold twice or below nothing, and every invariant holds afterwards."""

import os

import pytest

from commerce.catalog import articles as catalog_articles
from tests.given import catalog, checkout as given, identity, inventory, pricing, stores
from tests.served import Served
from tests.storm import acts, stock_acts, store_acts
from tests.storm.storm import Act, Storm, rage

SEED = int(os.environ.get("COMMERCE_TEST_SEED", "20261122"))
UNITS = 40
EACH: list[tuple[int, Act]] = [
    (10, acts.buy),
    (24, acts.work),
    (2, acts.cancel),
    (2, acts.bring_back),
    (1, acts.correct),
    (2, acts.look),
    (1, stock_acts.send_goods),
    (4, stock_acts.carry_goods),
    (1, stock_acts.receive_goods),
    (1, stock_acts.count_shelf),
    (1, stock_acts.hear_of_stock),
    (4, stock_acts.choose),
    (3, store_acts.buy_for_a_slot),
    (3, store_acts.walk_a_list),
    (2, store_acts.pack_boxes),
    (4, store_acts.propose_instead),
    (3, store_acts.answer_instead),
    (2, store_acts.leave_it),
    (1, store_acts.buy_goods),
    (1, store_acts.refuse_goods),
]
MUST = {"checkout", "accept", "pick"}
MUST_IN_A_MINUTE = MUST | {
    *("cancel", "reject", "ready", "hand over", "ship", "inspect return", "choose refund", "choose store"),
    *("ship transfer", "receive transfer", "call back", "close receipt", "submit count", "snapshot", "correct"),
    *(
        "checkout in slot",
        "make list",
        "scan on list",
        "short on list",
        "close list",
        "package",
        "label",
        "open package",
    ),
    *("propose instead", "accept instead", "decline instead", "take back", "expire", "put away", "extend", "refuse"),
    *("order purchase", "cancel purchase", "close purchase receipt"),
}


async def opened(server: Served) -> Storm:
    """A shop with a few articles that everybody wants."""
    db = server.program.db
    shop = await given.shop(db, stock=UNITS)
    more = await catalog.variants(db, 3)
    await pricing.prices(db, dict.fromkeys(more, 500))
    places = (shop.gracia, shop.sants, shop.warehouse)
    await inventory.stock(db, {(variant, place): UNITS for variant in more for place in places})
    tokens = await identity.tokens(db, server.settings)
    admin = await identity.administrator(db, tokens)
    other = await identity.administrator(db, tokens, "other@shop.example")
    for store in (shop.gracia, shop.sants):
        await stores.service(db, store, slot_minutes=30, slot_capacity=4)
    new = {"code": "potter", "name": "Potter", "lead_days": 5, "currency": "EUR"}
    supplier = await server.api.as_(admin.access_token).post("/v1/admin/suppliers", new)
    articles = (shop.cup, shop.plate, *more)
    known = await catalog_articles(db.reading, articles)
    return Storm(
        server=server,
        shop=shop,
        staff=server.api.as_(admin.access_token),
        other=server.api.as_(other.access_token),
        stores=[str(shop.gracia), str(shop.sants)],
        places=[str(place) for place in places],
        articles=[str(each) for each in articles],
        skus={str(each): known[each].sku for each in articles},
        supplier=supplier["id"],
    )


async def raged(server: Served, *, clients: int, seconds: float, must: set[str]) -> Storm:
    """Lets it rage, and looks at what came of it; the server's own fixture runs every audit afterwards."""
    storm = await opened(server)
    await rage(storm, EACH, clients=clients, seconds=seconds, seed=SEED, must=must)
    print(f"seed {SEED}\n{storm.told()}")
    assert storm.faults == []
    assert {name for name in must if not storm.succeeded(name)} == set()
    return storm


async def test_eight_clients_for_a_few_seconds(server: Served) -> None:
    await raged(server, clients=8, seconds=6, must=MUST)


@pytest.mark.nightly
async def test_thirty_two_clients_for_a_minute(server: Served) -> None:
    storm = await raged(server, clients=32, seconds=60, must=MUST_IN_A_MINUTE)
    assert storm.succeeded("checkout") > 100
