"""Pictures and documents in each of their states, what a product shows of them, feeds; and a valid request for each act on them."""

from typing import TYPE_CHECKING, Any, TypeAlias

from tests.media.pictures import PDF, jpeg
from tests.served import Api, Served, good

if TYPE_CHECKING:
    from tests.fuzz.world import Builder, World

Json: TypeAlias = Any
FILE = "480.webp"


async def send(builder: "Builder") -> None:
    """Makes them, over HTTP."""
    seen, admin = builder.seen, builder.admin
    for name, content in (("front", jpeg()), ("manual", PDF), ("unused", jpeg(shade=10))):
        seen[f"medium.{name}"] = await _sent(admin, content)
    new = {"title": {"en": "Vase"}, "publish": True, "variants": [{"sku": "VASE-1"}]}
    product = seen["product.pictured"] = await admin.post("/v1/admin/products", new)
    path = f"/v1/admin/products/{product['id']}/media"
    for name in ("front", "manual"):
        await admin.post(path, {"media_id": seen[f"medium.{name}"]["id"], "alt": {"en": "A vase"}})
    product = await admin.get(f"/v1/admin/products/{product['id']}")
    price = {"variant_id": product["variants"][0]["id"], "price": {"amount": 1500, "currency": "EUR"}}
    await admin.put(f"/v1/admin/price-lists/{builder.world.id('list.main')}/prices", {"prices": [price]})


async def keep(server: Served, world: "World") -> None:
    """Puts a file of the world's into the store of a copy's server."""
    key = f"{world.seen['medium.front']['sha256']}/{FILE}"
    await server.program.services.media_store.put(key, b"a picture", mime="image/webp")


async def _sent(admin: Api, content: bytes) -> Json:
    headers = {"authorization": f"Bearer {admin.token}", "content-type": "application/octet-stream"}
    return good(await admin.http.post("/v1/admin/media", content=content, headers=headers))


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    front, pictured = w.seen["medium.front"], {"product_id": w.id("product.pictured")}
    nobody, shown = {"who": "nobody"}, {"id_or_slug": w.seen["product.pictured"]["slug"]}
    return {
        "sendMedium": {
            "content": jpeg(shade=200),
            "media_type": "application/octet-stream",
            "query": {"file_name": "bowl.jpg"},
        },
        "listMedia": {"query": {"limit": "2"}},
        "getMedium": {"path": {"media_id": front["id"]}},
        "deleteMedium": {"path": {"media_id": w.id("medium.unused")}},
        "listProductMedia": {"path": pictured},
        "setProductMedia": {
            "path": pictured,
            "body": {
                "items": [{"media_id": front["id"], "alt": {"ca": "Un gerro"}}, {"url": "https://images.example/v.jpg"}]
            },
        },
        "addProductMedium": {
            "path": {"product_id": w.id("product.draft")},
            "body": {"url": "https://images.example/draft.jpg", "alt": {"en": "Draft"}},
        },
        "getMediaFile": {**nobody, "path": {"sha256": front["sha256"], "name": FILE}},
        "listShownMedia": {**nobody, "path": shown, "query": {"lang": "ca"}},
        "getProductJsonLd": {**nobody, "path": shown, "query": {"channel": w.id("channel.web")}},
        "getGoogleProducts": {**nobody, "query": {"channel": w.id("channel.web"), "lang": "es"}},
        "getGoogleLocalInventory": {**nobody, "query": {"store": w.id("location.gracia")}},
    }
