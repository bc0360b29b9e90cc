"""The stores' part: the work appears, is picked, made ready, handed over; the warehouse ships."""

from commerce.demo.client import Client, Json, UnexpectedError
from commerce.demo.shop import Place, Shop
from commerce.demo.shopper import Bought
from commerce.demo.story import Story, moment, money

WORK = "/v1/fulfilment-orders"


def make_ready(story: Story, bought: Bought) -> tuple[Json, str]:
    """The store accepts, picks and puts ready; gives the work and the pickup code that the shopper was told."""
    terminal = bought.store.terminal
    listed = terminal.until(WORK, lambda each: each["items"])
    work = listed["items"][0]
    units = ", ".join(f"{line['quantity']} × {line['title']}" for line in work["lines"])
    story.say(f"{bought.store.name}: new work {work['number']} for order {work['order_number']}: {units}")
    story.say(f"  promised for {moment(work['ready_by'], bought.store.timezone)}")
    terminal.post(f"{WORK}/{work['id']}/accept")
    terminal.post(f"{WORK}/{work['id']}/pick", {})
    work = terminal.post(f"{WORK}/{work['id']}/ready", {"staging": "Shelf A3"})
    story.say("Accepted, picked, ready on shelf A3.")
    seen = bought.shopper.until(
        f"/v1/orders/{bought.order['id']}/fulfilments", lambda each: any(item["pickup_code"] for item in each["items"])
    )
    code = next(item["pickup_code"] for item in seen["items"] if item["pickup_code"])
    story.say(f"The shopper is told by mail that it is ready; the pickup code is [bold]{code}[/bold].")
    return work, code


def hand_over(story: Story, bought: Bought, work: Json, code: str) -> None:
    """The store hands over against the code; what was handed over is taken from the card."""
    terminal = bought.store.terminal
    wrong = terminal.refused("POST", f"{WORK}/{work['id']}/hand-over", {"code": "A2B3C4D5"})
    story.say(f"A wrong code is refused: {wrong['title']}")
    terminal.post(f"{WORK}/{work['id']}/hand-over", {"code": code})
    entry = _captured(bought, 1)
    story.say(f"The right code: handed over, and {money(entry['amount'])} is captured for it.")


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
        f"{shop.warehouse.name} ships {sent['number']} with Parcel Post; {money(entry['amount'])} is captured for it."
    )
    bought.order = bought.shopper.get(f"/v1/orders/{bought.order['id']}")
    story.say(f"All units have left: the order is {bought.order['state']}.")


def foreign(story: Story, other: Place, work: Json) -> None:
    """Another store's terminal does not even learn that the work exists."""
    problem = other.terminal.refused("POST", f"{WORK}/{work['id']}/accept")
    story.say(f"{other.name}'s terminal asks for it and hears: {problem['title']}")


def money_of(client: Client, order_id: str) -> list[Json]:
    """Gives the money ledger of an order."""
    return list(client.get(f"/v1/orders/{order_id}/money")["items"])


def _captured(bought: Bought, count: int) -> Json:
    path = f"/v1/orders/{bought.order['id']}/money"

    def captures(ledger: Json) -> list[Json]:
        return [entry for entry in ledger["items"] if entry["kind"] == "captured"]

    return captures(bought.shopper.until(path, lambda each: len(captures(each)) >= count))[-1]
