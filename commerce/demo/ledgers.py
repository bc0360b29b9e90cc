"""What is left to look at in the end: the order's timeline, the stock ledger of its articles, its money."""

from datetime import datetime
from zoneinfo import ZoneInfo

from commerce.demo.client import Client
from commerce.demo.shop import Shop
from commerce.demo.shopper import Bought
from commerce.demo.store_work import money_of
from commerce.demo.story import Story, money


def timeline(story: Story, bought: Bought) -> None:
    """Prints what happened to the order."""
    zone = bought.store.timezone
    facts = bought.shopper.get(f"/v1/orders/{bought.order['id']}/timeline")["items"]
    story.table(["when", "what"], [[_clock(fact["at"], zone), _words(fact["type"])] for fact in facts])


def stock(story: Story, shop: Shop, admin: Client, bought: Bought) -> None:
    """Prints the movements of the order's articles, with what was on the shelf after each."""
    places = {place.id: place.name for place in (*shop.stores, *([shop.warehouse] if shop.warehouse else []))}
    rows = []
    for line in bought.order["lines"]:
        for move in reversed(admin.get("/v1/stock/movements", variant_id=line["variant_id"], limit=50)["items"]):
            if move["document_kind"] == "adjustment" and move["location_id"] not in _touched(
                bought, line["variant_id"], admin
            ):
                continue
            what = f"{move['kind']} ({move['document_kind'].replace('_', ' ')})"
            rows.append(
                [line["title"], places[move["location_id"]], what, f"{move['quantity']:+d}", str(move["on_hand_after"])]
            )
    story.table(["article", "place", "movement", "units", "on hand"], rows, right=(3, 4))


def ledger(story: Story, bought: Bought) -> None:
    """Prints the money of the order, entry by entry."""
    rows = [
        [_clock(entry["at"], bought.store.timezone), entry["kind"], money(entry["amount"])]
        for entry in money_of(bought.shopper, bought.order["id"])
    ]
    story.table(["when", "entry", "amount"], rows, right=(2,))


def _touched(bought: Bought, variant_id: str, admin: Client) -> set[str]:
    moves = admin.get("/v1/stock/movements", variant_id=variant_id, limit=50)["items"]
    return {move["location_id"] for move in moves if move["document_kind"] != "adjustment"}


def _clock(instant: str, zone: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)):%H:%M:%S}"


def _words(tag: str) -> str:
    slice_, what, _ = tag.split(".")
    return f"{slice_}: {what.replace('_', ' ')}"
