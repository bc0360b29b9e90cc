"""What those do in the storm who stand in the stores: slots, pick lists, packages, another article, pickups that nobody collects; and buyers of goods."""

from random import Random
from uuid import UUID, uuid4

from commerce import uncollected
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId
from tests.served import Json
from tests.storm.acts import CONTACT, ON_COLLECTION, somebody
from tests.storm.storm import Storm

SECRET = b"a secret of nobody's"
REASONS = ["not_in_stock", "mismatch", "damage"]


async def buy_for_a_slot(storm: Storm, random: Random) -> None:
    """Orders what is to be collected in a slot of a store: few have a place in each."""
    shopper, place = await somebody(storm, random), random.choice(storm.stores)
    way = {"kind": "pickup", "location_id": place}
    line = {"variant_id": random.choice(storm.articles), "quantity": 1, "fulfilment": way}
    cart = await storm.send(shopper, "cart", "POST", "/v1/carts", {"lines": [line]})
    offered = await storm.send(shopper, "slots", "GET", f"/v1/locations/{place}/slots")
    if cart is None or not offered or not offered["slots"]:
        return
    path = f"/v1/carts/{cart['id']}"
    slot = {"location_id": place, "starts_at": random.choice(offered["slots"][:3])["starts_at"]}
    if await storm.send(shopper, "take slot", "PUT", f"{path}/slots", {"slots": [slot]}) is None:
        return
    cart = await storm.send(shopper, "contact", "PUT", f"{path}/contact", CONTACT)
    if cart is not None:
        wishes = {"wish": random.choice(["no", "ask", "similar"])}
        wish = {"accepted_total": cart["total"], "payment": ON_COLLECTION, "substitutes": wishes}
        await storm.send(shopper, "checkout in slot", "POST", f"{path}/checkout", wish)


async def walk_a_list(storm: Storm, random: Random) -> None:
    """Somebody makes a pick list of a place's work, walks it, misses something, closes it."""
    place = random.choice(storm.places)
    found = await storm.send(storm.staff, "work", "GET", f"/v1/fulfilment-orders?limit=20&location_id={place}")
    works = [each["id"] for each in found["items"] if each["state"] in {"offered", "accepted"}] if found else []
    if not works:
        return
    chosen = random.sample(works, min(len(works), random.randint(1, 4)))
    body = {"location_id": place, "kind": "batch" if len(chosen) > 1 else "order", "fulfilment_order_ids": chosen}
    made = await storm.send(storm.staff, "make list", "POST", "/v1/pick-lists", body)
    if made is None:
        return
    path = f"/v1/pick-lists/{made['id']}"
    walk = await storm.send(storm.staff, "see list", "GET", path)
    for article in walk["lines"] if walk else []:
        scan: Json = {"scan_id": str(uuid4()), "code": article["sku"], "quantity": article["left"]}
        if random.random() < 0.25:
            short = {**scan, "quantity": 1, "reason": random.choice(REASONS)}
            await storm.send(storm.staff, "short on list", "POST", f"{path}/short", short)
        elif article["left"]:
            await storm.send(storm.staff, "scan on list", "POST", f"{path}/scans", scan)
    await storm.send(storm.staff, "close list", "POST", f"{path}/close")


async def pack_boxes(storm: Storm, random: Random) -> None:
    """Somebody packs what is picked into a box, labels it, and sometimes opens it again."""
    found = await storm.send(storm.staff, "work", "GET", "/v1/fulfilment-orders?limit=50")
    ready = [each["id"] for each in found["items"] if any(line["picked"] > line["handed"] for line in each["lines"])]
    if not ready:
        return
    path = f"/v1/fulfilment-orders/{random.choice(ready)}/packages"
    box = await storm.send(storm.staff, "package", "POST", path, {"weight_grams": random.randint(100, 5_000)})
    if box is None:
        return
    await storm.send(storm.staff, "label", "POST", f"/v1/packages/{box['id']}/label")
    if random.random() < 0.3:
        await storm.send(storm.staff, "open package", "POST", f"/v1/packages/{box['id']}/void")


async def propose_instead(storm: Storm, random: Random) -> None:
    """A picker misses units of a line and has another article for them."""
    found = await storm.send(storm.staff, "work", "GET", "/v1/fulfilment-orders?limit=50")
    picking = [each for each in found["items"] if each["state"] in {"accepted", "picking"}] if found else []
    if not picking:
        return
    work = random.choice(picking)
    line = random.choice(work["lines"])
    path = f"/v1/fulfilment-orders/{work['id']}"
    if line["quantity"] > line["picked"] + line["short"]:
        short = {"line_id": line["id"], "short": 1, "reason": "mismatch"}
        await storm.send(storm.staff, "pick", "POST", f"{path}/pick", {"lines": [short]})
    other = random.choice(list(storm.skus.values()))
    wish = {"line_id": line["id"], "code": other, "quantity": 1}
    proposed = await storm.send(storm.staff, "propose instead", "POST", f"{path}/substitutes", wish)
    if proposed is not None and proposed["state"] == "proposed":
        storm.asked.append((proposed["order_id"], proposed["id"]))
    if proposed is not None and random.random() < 0.2:
        await storm.send(storm.other, "take back", "POST", f"{path}/substitutes/{proposed['id']}/withdraw")


async def answer_instead(storm: Storm, random: Random) -> None:
    """Somebody is asked at the telephone whether another article will do; asked by two people, they may say two things."""
    if storm.asked:
        order_id, proposal = random.choice(storm.asked[-6:])
        wish = {"accept": random.random() < 0.7}
        name = "accept instead" if wish["accept"] else "decline instead"
        await storm.send(storm.other, name, "POST", f"/v1/orders/{order_id}/substitutes/{proposal}/answer", wish)


async def leave_it(storm: Storm, random: Random) -> None:
    """Nobody comes for a pickup: more time is asked for, or it expires and is put away; whoever hands it over at once is quicker or not."""
    found = await storm.send(storm.staff, "work", "GET", "/v1/fulfilment-orders?state=ready_for_pickup&limit=20")
    if not found or not found["items"]:
        return
    work = random.choice(found["items"])
    if random.random() < 0.3:
        path = f"/v1/orders/{work['order_id']}/pickups/{work['id']}/extend"
        await storm.send(storm.staff, "extend", "POST", path)
        return
    db = storm.server.program.db
    wait = await uncollected.wait_of(db.reading, FulfilmentOrderId(UUID(work["id"])))
    if wait is None or wait.due_at is None:
        return
    ended = await uncollected.expire_one(db, SECRET, wait.id, max(wait.due_at, clock.now()))
    storm.tally["expire", "ok" if ended.state is uncollected.WaitState.EXPIRED else ended.state.value] += 1
    await storm.send(storm.staff, "put away", "POST", f"/v1/fulfilment-orders/{work['id']}/put-away", {})


async def buy_goods(storm: Storm, random: Random) -> None:
    """Somebody orders goods of a supplier; they come, more or fewer than were ordered, or never."""
    article, units = random.choice(storm.articles), random.randint(2, 8)
    lines: Json = [{"variant_id": article, "quantity": units}]
    body = {"supplier_id": storm.supplier, "location_id": random.choice(storm.places), "lines": lines}
    order = await storm.send(storm.staff, "draft purchase", "POST", "/v1/purchase-orders", body)
    if order is None:
        return
    path = f"/v1/purchase-orders/{order['id']}"
    if await storm.send(storm.staff, "order purchase", "POST", f"{path}/order", {}) is None:
        return
    if random.random() < 0.2:
        await storm.send(storm.other, "cancel purchase", "POST", f"{path}/cancel", {"reason": "storm"})
        return
    opened = {"location_id": body["location_id"], "purchase_order_id": order["id"]}
    receipt = await storm.send(storm.staff, "receipt", "POST", "/v1/goods-receipts", opened)
    if receipt is None:
        return
    scan = {
        "scan_id": str(uuid4()),
        "barcode": storm.skus[article],
        "quantity": random.randint(1, units),
    }
    at = f"/v1/goods-receipts/{receipt['id']}"
    await storm.send(storm.staff, "scan receipt", "POST", f"{at}/scan", scan)
    await storm.send(storm.staff, "close purchase receipt", "POST", f"{at}/close", {})
    if random.random() < 0.5:
        await storm.send(storm.other, "close purchase", "POST", f"{path}/close", {"reason": "storm"})


async def refuse_goods(storm: Storm, random: Random) -> None:
    """At the counter somebody does not want a unit after all."""
    found = await storm.send(storm.staff, "work", "GET", "/v1/fulfilment-orders?state=ready_for_pickup&limit=20")
    work = random.choice(found["items"]) if found and found["items"] else None
    left = [each for each in work["lines"] if each["picked"] > each["handed"]] if work else []
    if work is None or not left:
        return
    body = {"lines": [{"line_id": random.choice(left)["id"], "quantity": 1}], "reason": "changed_mind"}
    await storm.send(storm.staff, "refuse", "POST", f"/v1/fulfilment-orders/{work['id']}/refuse", body)
