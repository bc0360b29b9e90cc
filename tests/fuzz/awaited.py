"""An article that is sold before it is there, an order that waits for it, and a valid request to wait no longer."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.fuzz.world import Builder, World

Json: TypeAlias = Any
FAR = "2800-01-01T00:00:00Z"


async def serve(builder: "Builder") -> None:
    """Makes them, over HTTP."""
    admin, place = builder.admin, builder.world.id("location.gracia")
    new = {"title": {"en": "Jug"}, "publish": True, "variants": [{"sku": "JUG"}]}
    builder.seen["product.jug"] = await admin.post("/v1/admin/products", new)
    jug = builder.variant("jug")
    prices = [{"variant_id": jug, "price": {"amount": 2500, "currency": "EUR"}}]
    await admin.put(f"/v1/admin/price-lists/{builder.world.id('list.main')}/prices", {"prices": prices})
    terms = {"kind": "back_order", "allowed": 9, "lead_days": 10, "reason": "The potter makes more"}
    await admin.put(f"/v1/admin/supply-terms/{jug}/{place}", terms, if_match='"1"')
    await builder.order("awaited", [builder.collected("jug", 2)], wait_until=FAR)
    await builder.server.work()


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    order = w.seen["order.awaited"]
    return {
        "cancelWaitingUnits": {
            "who": "shopper",
            "path": {"order_id": order["id"]},
            "body": {"lines": [{"order_line_id": order["lines"][0]["id"], "units": 1}]},
        },
    }
