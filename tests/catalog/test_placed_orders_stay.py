"""Whatever is deleted of the catalogue, an order that was placed before goes on to its end, in the words that it was sold with (G13)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import VariantId
from commerce.media import sweep as sweeping
from commerce.platform.database import Database
from tests.given import checkout, identity, inventory, kits, pricing
from tests.kits.conftest import House
from tests.media.pictures import jpeg
from tests.served import Api, Json, Served

WORDS = ("title", "option_text", "sku", "image_url", "unit", "total", "tax", "kit")


class Sold:
    """A shop with all that a catalogue can say of a lantern, a kit, and an order of both that nobody has touched yet."""

    house: House
    db: Database
    lantern: Json
    kit: str
    category: Json
    collection: Json
    medium: Json
    order: Json

    async def gone(self, path: str) -> None:
        """Deletes something."""
        etag = (await self.house.admin.call("GET", path)).headers["etag"]
        answer = await self.house.admin.call("DELETE", path, if_match=etag)
        assert answer.status_code in {200, 202, 204}, answer.text

    async def change(self, **patch: Any) -> None:
        """Changes the lantern."""
        path = f"/v1/admin/products/{self.lantern['id']}"
        version = (await self.house.admin.get(path))["version"]
        await self.house.admin.patch(path, patch, if_match=f'"{version}"')

    async def media(self, items: list[Json]) -> None:
        """Arranges the lantern's pictures."""
        path = f"/v1/admin/products/{self.lantern['id']}/media"
        version = (await self.house.admin.get(path))["version"]
        await self.house.admin.put(path, {"items": items}, if_match=f'"{version}"')


@pytest.fixture
async def sold(server: Served, clock: HeldClock) -> AsyncIterator[Sold]:
    """The shop; at the end the worker has nothing left to do, and the invariants hold."""
    made, db = Sold(), server.program.db
    house, tokens = House(), server.program.services.tokens
    house.server, house.shop = server, await checkout.shop(db)
    house.admin = server.api.as_((await identity.administrator(db, tokens)).access_token)  # type: ignore[arg-type]
    house.shopper = await house.stranger()
    at_store = await identity.terminal(db, house.shop.gracia)
    house.store = server.api.as_(await identity.token_of(db, tokens, at_store))  # type: ignore[arg-type]
    made.house, made.db = house, db
    await described(made, house.admin)
    made.order = await ordered(made)
    yield made
    await server.work()


async def described(sold: Sold, admin: Api) -> None:
    """A lantern in two sizes with a type, an attribute, a maker, a category, a collection and a picture; a kit of cups and plates."""
    await admin.post("/v1/admin/attributes", {"code": "power", "name": {"en": "Power"}, "kind": "number"})
    await admin.post("/v1/admin/product-types", {"code": "lamp", "name": {"en": "Lamp"}, "attributes": ["power"]})
    address = {"postal_address": "Carrer Gran 1, Barcelona", "electronic_address": "maker@example.com", "country": "ES"}
    maker = await admin.post("/v1/admin/parties", {"code": "maker", "name": "Maker", **address})
    sold.category = await admin.post("/v1/admin/categories", {"name": {"en": "Light"}})
    sold.lantern = await admin.post(
        "/v1/admin/products",
        {
            "title": {"en": "Lantern"},
            "product_type": "lamp",
            "attributes": {"power": 7},
            "maker_id": maker["id"],
            "category_ids": [sold.category["id"]],
            "options": [{"en": "Size"}],
            "variants": [
                {"sku": f"LANTERN-{size}", "option_values": [size], "barcode": code}
                for size, code in (("S", "4006381333931"), ("L", "4012345678901"))
            ],
            "publish": True,
        },
    )
    lanterns = [VariantId(UUID(each["id"])) for each in sold.lantern["variants"]]
    fixed = {"name": {"en": "Best"}, "product_ids": [sold.lantern["id"]]}
    sold.collection = await admin.post("/v1/admin/collections", fixed)
    headers = {"authorization": f"Bearer {admin.token}", "content-type": "application/octet-stream"}
    answer = await admin.http.post("/v1/admin/media", content=jpeg(), headers=headers)
    await sold.house.server.work()
    sold.medium = await admin.get(f"/v1/admin/media/{answer.json()['id']}")
    await sold.media([{"media_id": sold.medium["id"], "alt": {"en": "A lantern"}}])
    shop = sold.house.shop
    kit = await kits.kit(sold.db, "Tea for two", {shop.cup: 2, shop.plate: 1}, sku="TEA")
    sold.kit = str(kit)
    await pricing.prices(sold.db, {lanterns[0]: 2500, lanterns[1]: 3500, kit: 4001})
    await inventory.stock(sold.db, {(each, shop.gracia): 10 for each in lanterns})


async def ordered(sold: Sold) -> Json:
    """Two lanterns of each size and a kit, to be collected, paid by card."""
    house = sold.house
    wanted = [*((each["id"], 2) for each in sold.lantern["variants"]), (sold.kit, 1)]
    lines = [{"variant_id": variant, "quantity": units, "fulfilment": house.collected()} for variant, units in wanted]
    return await house.ordered(await house.cart(*lines))


async def product(sold: Sold) -> None:
    await sold.gone(f"/v1/admin/products/{sold.lantern['id']}")


async def variant(sold: Sold) -> None:
    await sold.gone(f"/v1/admin/variants/{sold.lantern['variants'][0]['id']}")


async def category(sold: Sold) -> None:
    await sold.gone(f"/v1/admin/categories/{sold.category['id']}")


async def collection(sold: Sold) -> None:
    await sold.gone(f"/v1/admin/collections/{sold.collection['id']}")


async def kit_part(sold: Sold) -> None:
    """Another kit than the one that was sold, and a part that is not sold any more."""
    admin, shop = sold.house.admin, sold.house.shop
    path = f"/v1/admin/variants/{sold.kit}/kit"
    etag = (await admin.call("GET", path)).headers["etag"]
    parts = {"components": [{"variant_id": str(shop.cup), "quantity": 3}]}
    answer = await admin.call("PUT", path, parts, if_match=etag)
    assert answer.status_code == 200, answer.text
    plate = await admin.get("/v1/variants/lookup?sku=PLATE")
    await sold.gone(f"/v1/admin/products/{plate['product']['id']}")


async def kit(sold: Sold) -> None:
    found = await sold.house.admin.get("/v1/variants/lookup?sku=TEA")
    await sold.gone(f"/v1/admin/products/{found['product']['id']}")


async def image(sold: Sold) -> None:
    await sold.media([])


async def medium(sold: Sold) -> None:
    await sold.media([])
    await sold.gone(f"/v1/admin/media/{sold.medium['id']}")


async def attribute(sold: Sold) -> None:
    path = "/v1/admin/attributes/power"
    etag = (await sold.house.admin.call("GET", path)).headers["etag"]
    refused = await sold.house.admin.call("DELETE", path, if_match=etag)
    assert (refused.status_code, refused.json()["code"]) == (409, "definition_in_use")
    await sold.change(attributes={})
    types = await sold.house.admin.call("GET", "/v1/admin/product-types/lamp")
    await sold.house.admin.patch("/v1/admin/product-types/lamp", {"attributes": []}, if_match=types.headers["etag"])
    await sold.gone(path)


async def product_type(sold: Sold) -> None:
    await sold.change(attributes={}, product_type="")
    await sold.gone("/v1/admin/product-types/lamp")


async def party(sold: Sold) -> None:
    (maker,) = (await sold.house.admin.get("/v1/admin/parties"))["items"]
    await sold.change(maker_id=None)
    await sold.gone(f"/v1/admin/parties/{maker['id']}")


async def description(sold: Sold) -> None:
    """All that a product was described by and stood in."""
    for delete in (category, collection, attribute, product_type, party):
        await delete(sold)


async def everything(sold: Sold) -> None:
    """All of it, after each word was another one for a while."""
    await sold.change(title={"en": "Something else"}, options=[{"en": "Height"}])
    variant_id = sold.lantern["variants"][0]["id"]
    version = (await sold.house.admin.get(f"/v1/admin/variants/{variant_id}"))["version"]
    renamed = {"sku": "OTHER", "option_values": ["XS"], "barcode": None}
    await sold.house.admin.patch(f"/v1/admin/variants/{variant_id}", renamed, if_match=f'"{version}"')
    await pricing.prices(sold.db, {UUID(variant_id): 1})
    for delete in (image, description, kit_part, kit, variant, product):
        await delete(sold)


KINDS: list[Callable[[Sold], Awaitable[None]]] = [product, variant, kit, kit_part, medium, description, everything]


@pytest.mark.parametrize("delete", KINDS, ids=lambda each: each.__name__)
async def test_an_order_goes_on_to_its_end_in_its_own_words(
    sold: Sold, monkeypatch: pytest.MonkeyPatch, delete: Callable[[Sold], Awaitable[None]]
) -> None:
    house, before = sold.house, words(sold.order)
    assert {each["title"] for each in sold.order["lines"]} >= {"Lantern", "Cup", "Plate"}
    picture = sold.order["lines"][0]["image_url"]
    await delete(sold)
    await house.server.work()
    monkeypatch.setattr(sweeping, "KEEP_UNATTACHED_SECONDS", -1)
    await sweeping.sweep(sold.db, house.server.program.services.media_store)

    path = f"/v1/orders/{sold.order['id']}"
    assert words(await house.shopper.get(path)) == before
    assert words(await house.admin.get(path)) == before
    assert (await house.server.api.http.get(picture)).status_code == 200, "its picture is there still"
    await collected(sold)
    await returned(sold, before)
    assert words(await house.shopper.get(path)) == before
    letters = [identity.text_of(each) for each in await house.server.mails()]
    assert all("Lantern" in each for each in letters if "Plate" in each)
    assert not any("Something else" in each or "OTHER" in each for each in letters)


async def collected(sold: Sold) -> None:
    """Accepted, picked by its codes' lines, and handed over at the counter."""
    store = sold.house.store
    (work,) = (await store.get("/v1/fulfilment-orders"))["items"]
    assert {each["title"] for each in work["lines"]} == {"Lantern", "Cup", "Plate"}
    path = f"/v1/fulfilment-orders/{work['id']}"
    await store.post(f"{path}/accept")
    picks = [{"line_id": line["id"], "picked": line["quantity"]} for line in work["lines"]]
    await store.post(f"{path}/pick", {"lines": picks})
    await store.post(f"{path}/ready", {})
    await sold.house.server.work()
    assert (await store.post(f"{path}/hand-over", {"identity_checked": True}))["state"] == "handed_over"
    await sold.house.server.work()


async def returned(sold: Sold, before: list[Json]) -> None:
    """One unit of each line comes back, onto the shelf, and its price goes back to the card."""
    store, order = sold.house.store, sold.order
    left = await store.get(f"/v1/orders/{order['id']}/returnable")
    assert sorted(each["title"] for each in left["lines"]) == sorted(each["title"] for each in before)
    body = {
        "order_id": order["id"],
        "lines": [{"order_line_id": line["id"], "quantity": 1} for line in order["lines"]],
        "reason": "changed_mind",
        "location_id": str(sold.house.shop.gracia),
    }
    here = await store.post("/v1/returns", body)
    assert here["amount"]["amount"] == sum(line["unit"]["amount"] for line in order["lines"])
    found = [{"line_id": line["id"], "restock": 1} for line in here["lines"]]
    await store.post(f"/v1/returns/{here['id']}/inspect", {"lines": found})
    await store.post(f"/v1/returns/{here['id']}/refund")
    await sold.house.server.work()
    done = await store.get(f"/v1/returns/{here['id']}")
    assert (done["state"], done["refunded"]) == ("refunded", here["amount"])


def words(order: Json) -> list[Json]:
    """What an order says of its lines."""
    return [{name: line[name] for name in WORDS} for line in order["lines"]]
