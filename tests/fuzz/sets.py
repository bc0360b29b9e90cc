"""Kits and collections: some to begin with, and a valid request for each act."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.fuzz.world import Builder, World

Json: TypeAlias = Any


async def make(builder: "Builder") -> None:
    """Makes them, over HTTP: a set of a cup and two plates, a collection that is chosen, one by rule, one that nobody needs."""
    post = builder.admin.post
    box = {"sku": "SET", "option_values": ["box"]}
    file = {"sku": "SET-FILE", "option_values": ["file"], "stock": "none"}
    body = {"title": {"en": "Set"}, "publish": True, "options": [{"en": "As"}], "variants": [box, file]}
    builder.seen["product.set"] = await post("/v1/admin/products", body)
    parts = [{"variant_id": builder.variant("cup")}, {"variant_id": builder.variant("plate"), "quantity": 2}]
    await builder.admin.put(f"/v1/admin/variants/{builder.variant('set')}/kit", {"components": parts}, if_match='"1"')
    chosen = [builder.world.id("product.cup"), builder.world.id("product.plate")]
    builder.seen["collection.window"] = await post(
        "/v1/admin/collections", {"name": {"en": "Window"}, "product_ids": chosen}
    )
    rule = {"match": "any", "conditions": [{"on": "title", "value": "cup"}, {"on": "on_sale"}]}
    builder.seen["collection.cups"] = await post("/v1/admin/collections", {"name": {"en": "Cups"}, "rule": rule})
    builder.seen["collection.unused"] = await post("/v1/admin/collections", {"name": {"en": "Unused"}})


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    nobody = {"who": "nobody"}
    kit = {"variant_id": w.seen["product.set"]["variants"][0]["id"]}
    parts = [{"variant_id": w.seen["product.cup"]["variants"][1]["id"], "quantity": 3}]
    window, slug = {"collection_id": w.id("collection.window")}, {"slug": w.seen["collection.cups"]["slug"]}
    conditions = [
        {"on": "tag", "value": "clay"},
        {"on": "vendor", "value": "Maker"},
        {"on": "product_type", "value": "cups"},
        {"on": "category", "category_id": w.id("category.kitchen")},
        {"on": "attribute", "code": "colour", "value": "red"},
        {"on": "price", "currency": "EUR", "least": 100, "most": 5_000},
        {"on": "created", "days": 30},
    ]
    rule = {"match": "any", "conditions": conditions}
    return {
        "getKit": {"path": kit},
        "setKit": {"path": kit, "body": {"components": parts}},
        "listAdminCollections": {"query": {"limit": "2"}},
        "createCollection": {"body": {"name": {"en": "Clay", "es": "Barro"}, "rule": rule, "position": 3}},
        "previewCollection": {"body": {"rule": rule}},
        "listAdminCollectionProducts": {"path": window, "query": {"limit": "2"}},
        "getAdminCollection": {"path": window},
        "changeCollection": {
            "path": window,
            "body": {"product_ids": [w.id("product.plate")], "description": {"en": "<p>Ours</p>"}, "image_url": None},
        },
        "deleteCollection": {"path": {"collection_id": w.id("collection.unused")}},
        "listCollections": {**nobody, "query": {"lang": "ca", "limit": "2"}},
        "getCollection": {**nobody, "path": slug},
        "listCollectionProducts": {**nobody, "path": slug, "query": {"lang": "es", "limit": "2"}},
    }
