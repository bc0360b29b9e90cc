"""A counter at work: pick lists, packages with labels, a signature, and a valid request for each act."""

import base64
from typing import TYPE_CHECKING, Any, TypeAlias

from commerce.fulfilment.proof import PNG
from commerce.kernel.ids import new_id

if TYPE_CHECKING:
    from tests.fuzz.world import Builder, World

Json: TypeAlias = Any
STATES: dict[str, tuple[str, ...]] = {
    "listing": (),
    "scanning": (),
    "shorting": (),
    "closing": (),
    "giving": (),
    "boxing": ("accept", "pick"),
    "boxed": ("accept", "pick"),
    "opening": ("accept", "pick"),
    "labelling": ("accept", "pick"),
    "unwilling": ("accept", "pick", "ready"),
    "signed": ("accept", "pick", "ready"),
}
"""Orders to collect, by the steps that their work has gone before the counter does more."""


async def serve(builder: "Builder") -> None:
    """Makes them, over HTTP."""
    seen, post = builder.seen, builder.admin.post
    gracia, plate = builder.world.id("location.gracia"), builder.variant("plate")
    place = {"variant_id": plate, "aisle": "A", "bay": "1", "position": "2"}
    await post("/v1/shelf-places", {"location_id": gracia, "places": [place]})
    for name in ("scanning", "shorting", "closing", "giving"):
        body = {"location_id": gracia, "kind": "order", "fulfilment_order_ids": [builder.world.id(f"work.{name}")]}
        seen[f"pick_list.{name}"] = await builder.as_("terminal").post("/v1/pick-lists", body)
    for name in ("boxed", "opening", "labelling"):
        path = f"/v1/fulfilment-orders/{builder.world.id(f'work.{name}')}/packages"
        seen[f"package.{name}"] = await post(path, {"weight_grams": 700})
    await post(f"/v1/packages/{builder.world.id('package.boxed')}/label")
    path = f"/v1/fulfilment-orders/{builder.world.id('work.signed')}"
    image = base64.b64encode(PNG + b"a line").decode()
    await post(f"{path}/hand-over", {"identity_checked": True, "document": "passport", "signature": image})
    (seen["hand_over.signed"],) = (await builder.admin.get(f"{path}/counter"))["hand_overs"]
    await _elsewhere(builder, image)


async def _elsewhere(builder: "Builder", image: str) -> None:
    """The same at the other store: a list that is walked, a package, a hand-over with its signature."""
    seen, post, sants = builder.seen, builder.admin.post, builder.world.id("location.sants")
    body = {"location_id": sants, "kind": "order", "fulfilment_order_ids": [builder.world.id("work.walked")]}
    seen["pick_list.elsewhere"] = await builder.as_("other_terminal").post("/v1/pick-lists", body)
    for act in ("accept", "pick"):
        await builder.act("afar", act)
    path = f"/v1/fulfilment-orders/{builder.world.id('work.afar')}"
    seen["package.elsewhere"] = await post(f"{path}/packages", {"weight_grams": 700})
    await builder.act("afar", "ready")
    await post(f"{path}/hand-over", {"identity_checked": True, "document": "passport", "signature": image})
    (seen["hand_over.elsewhere"],) = (await builder.admin.get(f"{path}/counter"))["hand_overs"]


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    gracia, variant = w.id("location.gracia"), w.seen["product.cup"]["variants"][0]
    order = {"who": "shopper", "path": {"order_id": w.id("order.waiting")}}

    def on(kind: str, name: str, **more: Json) -> Json:
        return {"who": "terminal", "path": {f"{kind}_id": w.id(f"{kind}.{name}")}, **more}

    def work(name: str, **more: Json) -> Json:
        return {"who": "terminal", "path": {"fulfilment_order_id": w.id(f"work.{name}")}, **more}

    one = {"location_id": gracia, "kind": "order", "fulfilment_order_ids": [w.id("work.listing")]}
    line = w.seen["work.unwilling"]["lines"][0]["id"]
    scan = {"scan_id": str(new_id()), "code": variant["sku"], "quantity": 1}
    place = {"variant_id": variant["id"], "aisle": "B"}
    return {
        "makePickList": {"who": "terminal", "body": one},
        "listPickLists": {"who": "terminal", "path": {"location_id": gracia}, "query": {"state": "open"}},
        "getPickListById": on("pick_list", "scanning"),
        "scanPickList": on("pick_list", "scanning", body=scan),
        "shortPickList": on("pick_list", "shorting", body={**scan, "reason": "mismatch"}),
        "assignPickList": on("pick_list", "giving", body={}),
        "closePickList": on("pick_list", "closing"),
        "setShelfPlaces": {"who": "terminal", "body": {"location_id": gracia, "places": [place]}},
        "listShelfPlaces": {"who": "terminal", "query": {"location_id": gracia}},
        "makePackage": work("boxing", body={"weight_grams": 900}),
        "listPackages": work("boxed"),
        "voidPackage": on("package", "opening"),
        "labelPackage": on("package", "labelling"),
        "getPackageLabel": on("package", "boxed"),
        "findFulfilmentOrders": {"who": "terminal", "body": {"order_number": w.seen["order.ready"]["number"]}},
        "getCounter": work("ready"),
        "refuseUnitsAtCounter": work(
            "unwilling", body={"lines": [{"line_id": line, "quantity": 1}], "reason": "changed_mind"}
        ),
        "getSignature": on("hand_over", "signed"),
        "getPickupPass": order,
        "namePickupPerson": {**order, "body": {"name": "Maria Gràcia"}},
        "forgetPickupPerson": order,
        "waitAtCurbside": {**order, "body": {"bay": "B2", "vehicle": "a red van"}},
    }
