"""What those do in the storm who look after the goods: transfers, receipts, counts, corrections, figures of other systems."""

from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

from tests.served import Json
from tests.storm.acts import HOME, somebody
from tests.storm.storm import Storm

REASON = {"reason": "storm"}


async def send_goods(storm: Storm, random: Random) -> None:
    """Somebody asks for goods of another place, and approves that."""
    origin, destination = random.sample(list(storm.places), 2)
    chosen = random.sample(list(storm.articles), random.randint(1, 2))
    lines = [{"variant_id": each, "quantity": random.randint(1, 4)} for each in chosen]
    body = {"origin_id": origin, "destination_id": destination, "lines": lines, **REASON}
    transfer = await storm.send(storm.staff, "transfer", "POST", "/v1/transfers", body)
    if transfer is not None:
        await storm.send(storm.staff, "approve transfer", "POST", f"/v1/transfers/{transfer['id']}/approve")


async def carry_goods(storm: Storm, random: Random) -> None:
    """Whoever finds a transfer does what comes next: ships it, scans what arrived, calls it back, closes it."""
    found = await storm.send(storm.staff, "transfers", "GET", "/v1/transfers?limit=20")
    going = [each for each in found["items"] if each["state"] not in {"received", "cancelled"}] if found else []
    if not going:
        return
    transfer = await storm.send(storm.staff, "see transfer", "GET", f"/v1/transfers/{random.choice(going)['id']}")
    if transfer is None:
        return
    path = f"/v1/transfers/{transfer['id']}"
    match transfer["state"]:
        case "draft":
            await storm.send(storm.staff, "approve transfer", "POST", f"{path}/approve")
        case "ready_to_ship" if random.random() < 0.15:
            await storm.send(storm.staff, "cancel transfer", "POST", f"{path}/cancel", REASON)
        case "ready_to_ship":
            await storm.send(storm.staff, "ship transfer", "POST", f"{path}/ship", {})
        case "in_transit" | "partially_received" if random.random() < 0.1:
            fate = {"in_transit": random.choice(["return", "write_off"]), **REASON}
            await storm.send(storm.staff, "call back", "POST", f"{path}/cancel", fate)
        case "in_transit" | "partially_received" if random.random() < 0.1:
            await storm.send(storm.staff, "close transfer", "POST", f"{path}/close", REASON)
        case "in_transit" | "partially_received":
            line = random.choice(transfer["lines"])
            scan = {
                "scan_id": str(uuid4()),
                "barcode": storm.skus[line["variant_id"]],
                "quantity": random.randint(1, max(1, line["in_transit"])),
                "condition": random.choice(["good", "good", "good", "damaged"]),
            }
            await storm.send(storm.other, "receive transfer", "POST", f"{path}/receive", scan)
        case _:
            pass


async def receive_goods(storm: Storm, random: Random) -> None:
    """A pallet comes without papers: opened, scanned, booked."""
    place = random.choice(storm.places)
    receipt = await storm.send(storm.staff, "receipt", "POST", "/v1/goods-receipts", {"location_id": place})
    if receipt is None:
        return
    path = f"/v1/goods-receipts/{receipt['id']}"
    for code in random.sample(list(storm.skus.values()), 2):
        scan = {"scan_id": str(uuid4()), "barcode": code, "quantity": random.randint(1, 5)}
        await storm.send(storm.staff, "scan receipt", "POST", f"{path}/scan", scan)
    await storm.send(storm.staff, "close receipt", "POST", f"{path}/close", {})


async def count_shelf(storm: Storm, random: Random) -> None:
    """Somebody counts an article, right or wrong; somebody else approves."""
    place, article = random.choice(storm.places), random.choice(storm.articles)
    body = {"location_id": place, "articles": [{"variant_id": article}]}
    count = await storm.send(storm.staff, "count", "POST", "/v1/counts", body)
    if count is None:
        return
    path = f"/v1/counts/{count['id']}"
    levels = await storm.send(
        storm.staff, "stock", "GET", f"/v1/stock?variant_id={article}&location_id={place}&limit=1"
    )
    seen = levels["items"][0]["on_hand"] if levels and levels["items"] else 0
    scan = {
        "id": str(uuid4()),
        "variant_id": article,
        "units": max(0, seen + random.choice([-2, 0, 0, 1])),
        "how": "total",
    }
    await storm.send(storm.staff, "scan count", "POST", f"{path}/scans", {"scans": [scan]})
    await storm.send(storm.staff, "submit count", "POST", f"{path}/submit", {"uncounted": "leave_out"})
    await storm.send(storm.other, "approve count", "POST", f"{path}/approve")


async def hear_of_stock(storm: Storm, random: Random) -> None:
    """Another system says what stood somewhere a moment ago, right or wrong."""
    place, article = random.choice(storm.places), random.choice(storm.articles)
    levels = await storm.send(
        storm.staff, "stock", "GET", f"/v1/stock?variant_id={article}&location_id={place}&limit=1"
    )
    seen = levels["items"][0]["on_hand"] if levels and levels["items"] else 0
    taken = datetime.now(UTC) - timedelta(milliseconds=random.randint(0, 500))
    body = {
        "source": "erp",
        "location_id": place,
        "taken_at": taken.isoformat(),
        "lines": [{"variant_id": article, "units": max(0, seen + random.choice([-1, 0, 0, 1]))}],
    }
    await storm.send(storm.staff, "snapshot", "POST", "/v1/stock/snapshots", body)


async def choose(storm: Storm, random: Random) -> None:
    """A shopper looks through the latest orders, and where a place could not give units, chooses what becomes of them."""
    shopper = await somebody(storm, random)
    listed = await storm.send(shopper, "list", "GET", "/v1/orders?limit=8")
    for order in listed["items"] if listed else []:
        path = f"/v1/orders/{order['id']}/rejections"
        found = await storm.send(shopper, "rejections", "GET", path)
        for each in found["items"] if found else []:
            if each["state"] == "waiting_for_choice" and each["options"]:
                wish = _wish(random, each["options"])
                await storm.send(shopper, f"choose {wish['choice']}", "POST", f"{path}/{each['id']}/choose", wish)


def _wish(random: Random, options: Json) -> Json:
    wishes: list[Json] = [{"choice": "refund"}]
    wishes += [{"choice": "store", "location_id": store["location_id"]} for store in options["stores"]] * 2
    if options["delivery"]:
        wishes.append({"choice": "delivery", "address": HOME})
    if options["wait"]:
        wishes.append({"choice": "wait"})
    return random.choice(wishes)
