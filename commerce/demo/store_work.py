"""The stores' part: the work appears, is picked, made ready, handed over; the warehouse ships."""

from commerce.demo.client import Client, Json, UnexpectedError
from commerce.demo.shop import Place, Shop
from commerce.demo.shopper import Bought
from commerce.demo.story import Story, moment, money

WORK = "/v1/fulfilment-orders"
WRONG_CODE = "A2B3C4D5"


def make_ready(story: Story, bought: Bought) -> tuple[Json, str]:
    """The store accepts, picks and puts ready; gives the work and the pickup code that the shopper was told."""
    store = bought.store
    work = store.terminal.until(WORK, lambda each: each["items"])["items"][0]
    units = ", ".join(f"{line['quantity']} × {line['title']}" for line in work["lines"])
    story.say(f"{store.name}'s terminal shows new work, {work['number']}: {units}.", strong=work["number"])
    story.say(f"  promised for {moment(work['ready_by'], store.timezone)}")
    store.terminal.post(f"{WORK}/{work['id']}/accept")
    store.terminal.post(f"{WORK}/{work['id']}/pick", {})
    work = store.terminal.post(f"{WORK}/{work['id']}/ready", {"staging": "A3"})
    story.say(f"Accepted, picked, put ready on shelf {work['staging']}.")
    bought.told("ready_for_pickup")
    seen = bought.shopper.get(f"/v1/orders/{bought.order['id']}/fulfilments")
    code = str(next(item["pickup_code"] for item in seen["items"] if item["pickup_code"]))
    story.say(f"The shopper is told by mail that it is ready, with the pickup code: {code}.", strong=code)
    return work, code


def foreign(story: Story, other: Place, work: Json) -> None:
    """Another store's terminal does not even learn that the work exists."""
    problem = other.terminal.refused(f"{WORK}/{work['id']}/accept")
    story.say(f"{other.name}'s terminal, which has no part in it, hears {problem['status']}: “{problem['title']}”")


def hand_over(story: Story, bought: Bought, work: Json, code: str) -> None:
    """The store hands over against the code; what was handed over is taken from the card."""
    store = bought.store
    wrong = WRONG_CODE if code != WRONG_CODE else WRONG_CODE[::-1]
    problem = store.terminal.refused(f"{WORK}/{work['id']}/hand-over", {"code": wrong})
    story.say(f"A wrong code hears {problem['status']}: “{problem['title']}”")
    store.terminal.post(f"{WORK}/{work['id']}/hand-over", {"code": code})
    entry = _captured(bought, 1)
    story.say(f"The right code: {store.name} hands over, and {money(entry['amount'])} is taken from the card for it.")


def ship(story: Story, shop: Shop, bought: Bought) -> None:
    """The warehouse ships the rest; its share is taken from the card."""
    if shop.warehouse is None:
        raise UnexpectedError("the shop has no warehouse")
    terminal = shop.warehouse.terminal
    work = terminal.until(WORK, lambda each: each["items"])["items"][0]
    for act, body in (("accept", None), ("pick", {}), ("pack", None)):
        terminal.post(f"{WORK}/{work['id']}/{act}", body)
    sent = terminal.post(f"{WORK}/{work['id']}/ship", {"carrier": "Parcel Post", "tracking_number": "PP123456789"})
    entry = _captured(bought, 2)
    story.say(
        f"{shop.warehouse.name} ships {sent['number']} with Parcel Post; {money(entry['amount'])} is taken for it, delivery included."
    )
    bought.order = bought.shopper.get(f"/v1/orders/{bought.order['id']}")
    story.say(f"All units have left: the order is {bought.order['state']}.")


def money_of(client: Client, order_id: str) -> Json:
    """Gives the money of an order with its ledger."""
    return client.get(f"/v1/orders/{order_id}/money")


def _captured(bought: Bought, count: int) -> Json:
    """Waits until so many captures stand in the ledger, and gives the last of them."""

    def captures(ledger: Json) -> list[Json]:
        return [entry for entry in ledger["items"] if entry["kind"] == "captured"]

    path = f"/v1/orders/{bought.order['id']}/money"
    return captures(bought.shopper.until(path, lambda each: len(captures(each)) >= count))[-1]
