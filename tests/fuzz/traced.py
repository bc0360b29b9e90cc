"""Goods with serial numbers and with lots: on shelves, in quarantine, with a customer, and on their way back."""

from typing import TYPE_CHECKING, Any, TypeAlias

from commerce.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.fuzz.world import Builder

Json: TypeAlias = Any
NUMBERS = [f"D-{nth}" for nth in range(40)]


async def bring(builder: "Builder") -> None:
    """Makes them over HTTP: a drill of which each unit has a number, a yoghurt of two lots, received at a store."""
    seen, post, gracia = builder.seen, builder.admin.post, builder.world.id("location.gracia")
    for code, amount, told in (
        ("drill", 8900, {"tracking": "serial"}),
        ("yoghurt", 120, {"tracking": "lot", "dated": True}),
    ):
        new = {"title": {"en": code.title()}, "publish": True, "variants": [{"sku": code.upper(), "weight_grams": 900}]}
        seen[f"product.{code}"] = await post("/v1/admin/products", new)
        article = builder.variant(code)
        price = {"variant_id": article, "price": {"amount": amount, "currency": "EUR"}}
        await builder.admin.put(f"/v1/admin/price-lists/{builder.world.id('list.main')}/prices", {"prices": [price]})
        body = {**told, "reason": "the maker asks for it"}
        await builder.admin.put(f"/v1/stock/tracking/{article}", body, if_match='"0"')
    receipt = await post("/v1/goods-receipts", {"location_id": gracia})
    path = f"/v1/goods-receipts/{receipt['id']}"
    for scan in (
        {"barcode": "DRILL", "quantity": len(NUMBERS), "serials": NUMBERS},
        {"barcode": "YOGHURT", "quantity": 20, "lot": "Y-1", "expires_on": "2026-12-31"},
        {"barcode": "YOGHURT", "quantity": 20, "lot": "Y-2", "expires_on": "2027-12-31"},
    ):
        await post(f"{path}/scan", {"scan_id": str(new_id()), **scan})
    seen["receipt.traced"] = await post(f"{path}/close", {})


async def serve(builder: "Builder") -> None:
    """The store hands two of each over, and takes one of each in again, which nobody has looked at yet."""
    for act in ("accept", "pick", "ready"):
        await builder.act("traced", act)
    work = builder.seen["work.traced"]
    drill = next(each["id"] for each in work["lines"] if each["variant_id"] == builder.variant("drill"))
    told = [{"line_id": drill, "serials": NUMBERS[:2]}]
    await builder.act("traced", "hand-over", {"identity_checked": True, "serials": told})
    order = builder.seen["order.traced"]
    wish = {
        "order_id": order["id"],
        "location_id": builder.world.id("location.gracia"),
        "reason": "changed_mind",
        "lines": [{"order_line_id": each["id"], "quantity": 1} for each in order["lines"]],
    }
    builder.seen["return.traced"] = await builder.admin.post("/v1/returns", wish)
