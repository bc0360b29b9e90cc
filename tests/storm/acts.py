"""What the clients of the storm do. Each act looks for something to do as its people would, and does it; others may be quicker."""

from random import Random

from tests.served import Api, Json
from tests.storm.storm import Storm

CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "en"}
HOME = {"name": "Shopper", "line1": "Carrer Gran 1", "city": "Barcelona", "postal_code": "08012", "country": "ES"}
VISA = {"kind": "card", "payment_method": "pm_card_visa"}
ON_COLLECTION = {"kind": "on_collection"}
_shoppers: dict[int, list[Api]] = {}
SHOPPERS_MOST = 24


async def somebody(storm: Storm, random: Random) -> Api:
    """Gives a shopper: one of those that are here already, or a new one."""
    here = _shoppers.setdefault(id(storm), [])
    if len(here) < SHOPPERS_MOST:
        token = await storm.send(storm.server.api, "begin", "POST", "/v1/auth/anonymous", {})
        here.append(storm.server.api.as_(token["access_token"]))
        return here[-1]
    return random.choice(here)


async def buy(storm: Storm, random: Random) -> None:
    """Fills a cart and orders it; the articles stand in it in any order."""
    shopper = await somebody(storm, random)
    collected = random.random() < 0.7
    way = (
        {"kind": "pickup", "location_id": random.choice(storm.stores)}
        if collected
        else {"kind": "ship", "method_id": str(storm.shop.parcel)}
    )
    chosen = random.sample(list(storm.articles), random.randint(1, min(3, len(storm.articles))))
    lines = [{"variant_id": each, "quantity": random.randint(1, 3), "fulfilment": way} for each in chosen]
    cart = await storm.send(shopper, "cart", "POST", "/v1/carts", {"lines": lines})
    if cart is None:
        return
    path = f"/v1/carts/{cart['id']}"
    cart = await storm.send(shopper, "contact", "PUT", f"{path}/contact", CONTACT)
    if not collected:
        cart = await storm.send(shopper, "address", "PUT", f"{path}/addresses", {"shipping": HOME})
    if cart is None or cart["problems"]:
        return
    payment = ON_COLLECTION if collected and random.random() < 0.6 else VISA
    wish = {"accepted_total": cart["total"], "payment": payment}
    await storm.send(shopper, "checkout", "POST", f"{path}/checkout", wish)


async def cancel(storm: Storm, random: Random) -> None:
    """A shopper thinks better of it; or support cancels."""
    shopper = await somebody(storm, random)
    order = await one_of(storm, shopper, random, "/v1/orders")
    if order is not None and order["state"] in {"placed", "pending_payment"}:
        who = shopper if random.random() < 0.7 else storm.staff
        await storm.send(who, "cancel", "POST", f"/v1/orders/{order['id']}/cancel", {"reason": "changed_mind"})


async def work(storm: Storm, random: Random) -> None:
    """Somebody in a store or the warehouse takes one of the oldest pieces of work and does what comes next."""
    place = random.choice(storm.places)
    found = await storm.send(storm.staff, "work", "GET", f"/v1/fulfilment-orders?limit=5&location_id={place}")
    if not found or not found["items"]:
        return
    await _next_step(storm, random, random.choice(found["items"]))


async def _next_step(storm: Storm, random: Random, work: Json) -> None:
    path = f"/v1/fulfilment-orders/{work['id']}"
    match work["state"]:
        case "offered":
            await storm.send(storm.staff, "accept", "POST", f"{path}/accept")
        case "accepted" | "picking" if any(each["picked"] + each["short"] < each["quantity"] for each in work["lines"]):
            await _pick(storm, random, work)
        case "picking" | "packed" if work["kind"] == "pickup":
            await storm.send(storm.staff, "ready", "POST", f"{path}/ready", {"staging": "A1"})
        case "picking":
            await storm.send(storm.staff, "pack", "POST", f"{path}/pack")
        case "packed":
            await storm.send(storm.staff, "ship", "POST", f"{path}/ship", {"carrier": "Correos"})
        case "ready_for_pickup" if random.random() < 0.1:
            await storm.send(storm.staff, "unpack", "POST", f"{path}/unpack")
        case "ready_for_pickup":
            await _hand_over(storm, random, work)
        case _:
            pass


async def _pick(storm: Storm, random: Random, work: Json) -> None:
    path, reasons = f"/v1/fulfilment-orders/{work['id']}", ["not_in_stock", "mismatch", "damage"]
    if random.random() < 0.12:
        await storm.send(storm.staff, "reject", "POST", f"{path}/reject", {"reason": random.choice(reasons)})
        return
    lines = []
    for line in work["lines"]:
        left = line["quantity"] - line["picked"] - line["short"]
        if left and random.random() < 0.2:
            lines.append({"line_id": line["id"], "picked": left - 1, "short": 1, "reason": random.choice(reasons)})
        elif left:
            lines.append({"line_id": line["id"], "picked": left})
    await storm.send(storm.staff, "pick", "POST", f"{path}/pick", {"lines": lines})


async def _hand_over(storm: Storm, random: Random, work: Json) -> None:
    left = [(each["id"], each["picked"] - each["handed"]) for each in work["lines"] if each["picked"] > each["handed"]]
    body: Json = {"identity_checked": True}
    if len(left) > 1 and random.random() < 0.3:
        body["lines"] = [{"line_id": left[0][0], "quantity": 1}]
    await storm.send(storm.staff, "hand over", "POST", f"/v1/fulfilment-orders/{work['id']}/hand-over", body)


async def bring_back(storm: Storm, random: Random) -> None:
    """A shopper brings something back at any store: asked for, taken in, looked at."""
    shopper = await somebody(storm, random)
    order = await one_of(storm, shopper, random, "/v1/orders")
    lines = [each for each in order["lines"] if each["fulfilled"] > each["returned"]] if order else []
    if order is None or not lines:
        return
    line, place = random.choice(lines), random.choice(storm.stores)
    wish = {"order_id": order["id"], "reason": "other", "lines": [{"order_line_id": line["id"], "quantity": 1}]}
    asked = await storm.send(shopper, "ask to return", "POST", "/v1/returns", wish)
    if asked is None:
        return
    path = f"/v1/returns/{asked['id']}"
    if asked["state"] == "requested":
        await storm.send(storm.staff, "approve return", "POST", f"{path}/approve")
    await storm.send(storm.staff, "receive return", "POST", f"{path}/receive", {"location_id": place})
    fate = random.choice(["restock", "restock", "quarantine", "destroy", "reject"])
    looked = [{"line_id": each["id"], fate: each["quantity"]} for each in asked["lines"] if not each["of_line_id"]]
    await storm.send(storm.staff, "inspect return", "POST", f"{path}/inspect", {"lines": looked})


async def correct(storm: Storm, random: Random) -> None:
    """Somebody finds or misses units on a shelf."""
    line = {
        "variant_id": random.choice(storm.articles),
        "location_id": random.choice(storm.places),
        "delta": random.choice([-2, -1, 1, 3, 5]),
    }
    await storm.send(storm.staff, "correct", "POST", "/v1/stock/adjustments", {"reason": "found", "lines": [line]})


async def look(storm: Storm, random: Random) -> None:
    """Anybody asks what can be had, and staff why; no figure is below nothing."""
    article = random.choice(storm.articles)
    await storm.send(storm.server.api, "availability", "GET", f"/v1/availability?variant_id={article}")
    found = await storm.send(storm.staff, "stock", "GET", f"/v1/stock?variant_id={article}&limit=100")
    for level in found["items"] if found else []:
        if level["on_hand"] < 0 or level["reserved"] < 0 or level["on_hand"] < level["reserved"]:
            storm.faults.append(f"stock: {level}")


async def one_of(storm: Storm, who: Api, random: Random, path: str) -> Json:
    """Gives one of the latest things of a list, whole; None when there is none."""
    found = await storm.send(who, "list", "GET", f"{path}?limit=10")
    if not found or not found["items"]:
        return None
    return await storm.send(who, "read", "GET", f"{path}/{random.choice(found['items'])['id']}")
