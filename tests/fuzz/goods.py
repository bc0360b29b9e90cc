"""Goods that come and go: suppliers, purchase orders, receipts and transfers in each of their states, and a valid request for each act on them."""

from typing import TYPE_CHECKING, Any, TypeAlias

from commerce.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.fuzz.world import Builder, World

Json: TypeAlias = Any


async def bring(builder: "Builder") -> None:
    """Makes them, over HTTP."""
    seen, post = builder.seen, builder.admin.post
    cup, depot, gracia = builder.variant("cup"), builder.world.id("location.depot"), builder.world.id("location.gracia")
    potter = {"code": "potter", "name": "Potter", "lead_days": 5, "currency": "EUR"}
    seen["supplier.potter"] = await post("/v1/admin/suppliers", potter)
    supplier = seen["supplier.potter"]["id"]
    terms = {"put": [{"variant_id": cup, "supplier_sku": "P-1", "pack_size": 6, "unit_cost": 250}]}
    await post(f"/v1/admin/suppliers/{supplier}/articles", terms)
    bounds = [{"variant_id": cup, "location_id": builder.world.id("location.empty"), "minimum": 5, "maximum": 20}]
    await post("/v1/admin/replenishment/bounds", {"bounds": bounds})
    order = {"supplier_id": supplier, "location_id": depot, "lines": [{"variant_id": cup, "quantity": 26}]}
    for name in ("draft", "planned", "ordered", "unwanted", "late"):
        made = await post("/v1/purchase-orders", order)
        if name not in {"draft", "planned"}:
            made = await post(f"/v1/purchase-orders/{made['id']}/order", {})
        seen[f"purchase.{name}"] = made
    for name in ("open", "scanned", "spare"):
        body = {"location_id": depot, "purchase_order_id": seen["purchase.ordered"]["id"]}
        seen[f"receipt.{name}"] = await post("/v1/goods-receipts", body)
    scan = {"scan_id": str(new_id()), "barcode": "CUP-S", "quantity": 2}
    path = f"/v1/goods-receipts/{seen['receipt.open']['id']}"
    seen["scan.mistaken"] = await post(f"{path}/scan", scan)
    scan = {**scan, "scan_id": str(new_id())}
    await post(f"/v1/goods-receipts/{seen['receipt.scanned']['id']}/scan", scan)
    way = {"origin_id": depot, "destination_id": gracia, "reason": "refill"}
    for name in ("draft", "asked", "ready", "unwanted", "road", "lost"):
        made = await post("/v1/transfers", {**way, "lines": [{"variant_id": cup, "quantity": 3}]})
        path = f"/v1/transfers/{made['id']}"
        if name not in {"draft", "asked"}:
            made = await post(f"{path}/approve", {})
        if name in {"road", "lost"}:
            seen[f"transfer_shipment.{name}"] = await post(f"{path}/ship", {"eta": "2026-03-20T10:00:00Z"})
        seen[f"transfer.{name}"] = made
    past = {**way, "destination_id": builder.world.id("location.sants"), "lines": [{"variant_id": cup, "quantity": 1}]}
    made = await post("/v1/transfers", past)
    seen["transfer.elsewhere"] = await post(f"/v1/transfers/{made['id']}/approve", {})
    seen["transfer_shipment.elsewhere"] = await post(f"/v1/transfers/{made['id']}/ship", {})


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    cup = w.seen["product.cup"]["variants"][0]["id"]
    return {**_planned(w, cup), **_bought(w, cup), **_received(w), **_transferred(w, cup)}


def _planned(w: "World", cup: str) -> dict[str, Json]:
    supplier, place = {"supplier_id": w.id("supplier.potter")}, w.id("location.empty")
    bound = {"variant_id": cup, "location_id": w.id("location.sants"), "minimum": 2, "maximum": 8}
    return {
        "listSuppliers": {},
        "createSupplier": {"body": {"code": "weaver", "name": "Weaver", "currency": "EUR"}},
        "getSupplier": {"path": supplier},
        "changeSupplier": {"path": supplier, "body": {"lead_days": 9}},
        "listSupplierArticles": {"path": supplier},
        "putSupplierArticles": {"path": supplier, "body": {"put": [{"variant_id": cup, "pack_size": 4}]}},
        "listReplenishmentBounds": {"query": {"location_id": place}},
        "setReplenishmentBounds": {"body": {"bounds": [bound]}},
        "listReplenishmentBoundChanges": {"query": {"variant_id": cup}},
        "listReplenishmentProposals": {"query": {"location_id": place}},
        "draftReplenishmentProposals": {"body": {"location_id": place}},
        "getReplenishmentRules": {},
        "changeReplenishmentRules": {"body": {"over_tolerance_percent": 5}},
    }


def _bought(w: "World", cup: str) -> dict[str, Json]:
    line = {"variant_id": cup, "quantity": 12}
    order = {"supplier_id": w.id("supplier.potter"), "location_id": w.id("location.depot"), "lines": [line]}
    ordered = {"purchase_order_id": w.id("purchase.ordered")}
    carton = {"barcode": "00340123450000000018", "units": [{"variant_id": cup, "quantity": 6}]}
    return {
        "listPurchaseOrders": {"query": {"state": "ordered"}},
        "draftPurchaseOrder": {"body": order},
        "getPurchaseOrder": {"path": ordered},
        "changePurchaseOrder": {"path": {"purchase_order_id": w.id("purchase.draft")}, "body": {"lines": [line]}},
        "orderPurchaseOrder": {"path": {"purchase_order_id": w.id("purchase.planned")}, "body": {}},
        "cancelPurchaseOrder": {
            "path": {"purchase_order_id": w.id("purchase.unwanted")},
            "body": {"reason": "not needed"},
        },
        "closePurchaseOrder": {"path": {"purchase_order_id": w.id("purchase.late")}, "body": {"reason": "never came"}},
        "announceShipment": {"who": "depot", "path": ordered, "body": {"reference": "D-1", "cartons": [carton]}},
        "listShippingNotices": {"path": ordered},
    }


def _received(w: "World") -> dict[str, Json]:
    open_one = {"goods_receipt_id": w.id("receipt.open")}
    scan = {"scan_id": str(new_id()), "barcode": "CUP-S", "quantity": 1}
    return {
        "listGoodsReceipts": {"who": "depot"},
        "openGoodsReceipt": {"who": "depot", "body": {"location_id": w.id("location.depot")}},
        "getGoodsReceipt": {"who": "depot", "path": open_one},
        "scanGoodsReceipt": {"who": "depot", "path": open_one, "body": scan},
        "voidGoodsReceiptScan": {
            "who": "depot",
            "path": {**open_one, "scan_id": w.seen["scan.mistaken"]["scan_id"]},
        },
        "closeGoodsReceipt": {"who": "depot", "path": {"goods_receipt_id": w.id("receipt.scanned")}},
        "cancelGoodsReceipt": {"who": "depot", "path": {"goods_receipt_id": w.id("receipt.spare")}},
    }


def _transferred(w: "World", cup: str) -> dict[str, Json]:
    line = {"variant_id": cup, "quantity": 2}
    way = {"origin_id": w.id("location.depot"), "destination_id": w.id("location.gracia"), "reason": "refill"}
    road = {"transfer_id": w.id("transfer.road")}
    scan = {"scan_id": str(new_id()), "barcode": "CUP-S", "quantity": 1}
    return {
        "listTransfers": {"who": "terminal", "query": {"state": "in_transit"}},
        "draftTransfer": {"who": "terminal", "body": {**way, "lines": [line]}},
        "getTransfer": {"who": "terminal", "path": road},
        "changeTransfer": {"path": {"transfer_id": w.id("transfer.draft")}, "body": {"lines": [line]}},
        "approveTransfer": {"who": "depot", "path": {"transfer_id": w.id("transfer.asked")}},
        "shipTransfer": {"who": "depot", "path": {"transfer_id": w.id("transfer.ready")}, "body": {"carrier": "Van"}},
        "receiveTransfer": {"who": "terminal", "path": road, "body": scan},
        "closeTransfer": {
            "who": "terminal",
            "path": {"transfer_id": w.id("transfer.lost")},
            "body": {"reason": "a box is missing", "claim": "C-1"},
        },
        "cancelTransfer": {
            "who": "depot",
            "path": {"transfer_id": w.id("transfer.unwanted")},
            "body": {"reason": "not needed"},
        },
        "delayTransferShipment": {
            "who": "depot",
            "path": {**road, "shipment_id": w.id("transfer_shipment.road")},
            "body": {"eta": "2026-03-21T10:00:00Z", "reason": "snow"},
        },
    }
