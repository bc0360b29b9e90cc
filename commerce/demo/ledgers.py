"""What is left to look at in the end: the order's timeline, the stock ledger of its articles, its money."""

from collections.abc import Mapping

from commerce.demo.client import Client, Json
from commerce.demo.shop import Shop
from commerce.demo.shopper import Bought
from commerce.demo.store_work import money_of
from commerce.demo.story import Story, clock, money

MOST = 100
SUBJECTS = ("fulfilment", "returned")


def timeline(story: Story, shop: Shop, admin: Client, bought: Bought) -> None:
    """Prints what happened to the order and to what hangs on it: when, what, at which place, over what amount."""
    facts = admin.get(f"/v1/orders/{bought.order['id']}/timeline")["items"]
    currency = bought.order["currency"]
    rows = [
        [
            clock(each["at"], bought.store.timezone),
            _words(each["type"]),
            _place(each["facts"], shop.names),
            _amount(each["facts"], currency),
        ]
        for each in facts
    ]
    story.table(["when", "what", "where", "amount"], rows, right=(3,))
    mails = ", ".join(each["kind"].replace("_", " ") for each in bought.told("refunded"))
    story.say(f"Mails to the shopper: {mails}.")


def stock(story: Story, shop: Shop, admin: Client, bought: Bought) -> None:
    """Prints the movements of the order's articles at the places where the order moved some, with what was on the shelf after each."""
    rows = []
    for line in bought.order["lines"]:
        moves = admin.get("/v1/stock/movements", variant_id=line["variant_id"], limit=MOST)["items"]
        moved = {each["location_id"] for each in moves if each["document_kind"] in {"fulfilment_order", "return"}}
        for each in sorted(moves, key=lambda move: move["seq"]):
            if each["location_id"] in moved:
                why = f"{each['kind']}: {each['document_kind'].replace('_', ' ')}"
                place = shop.names[each["location_id"]]
                rows.append([line["title"], place, why, f"{each['quantity']:+d}", str(each["on_hand_after"])])
    story.table(["article", "place", "movement", "units", "on hand"], rows, right=(3, 4))


def ledger(story: Story, bought: Bought) -> None:
    """Prints the money of the order, entry by entry, and what it comes to."""
    places = {group["id"]: group["location_name"] for group in bought.order["groups"]}
    whole = money_of(bought.shopper, bought.order["id"])
    rows = [
        [
            clock(entry["at"], bought.store.timezone),
            entry["kind"].replace("_", " "),
            places.get(entry["group_id"], ""),
            money(entry["amount"]),
        ]
        for entry in whole["items"]
    ]
    story.table(
        ["when", "entry", "charge for", "amount"],
        [*rows, ["", "paid in the end", "", money(whole["net_paid"])]],
        right=(3,),
    )


def _words(tag: str) -> str:
    slice_, what, _ = tag.split(".")
    return f"{slice_}: {what.replace('_', ' ')}"


def _place(facts: Json, names: Mapping[str, str]) -> str:
    subject: Json = next((facts[name] for name in SUBJECTS if name in facts), {})
    return names.get(str(subject.get("location_id")), "")


def _amount(facts: Json, currency: str) -> str:
    """The amount that a fact is about; a return's is its entitlement. None for what only changes its state."""
    found = facts.get("amount")
    if found is None and "payment" in facts:
        found = facts["payment"]["amount"]
    if found is None and "returned" in facts:
        found = facts["returned"]["amount"]
    if found is None and "order" in facts:
        found = facts["order"].get("total")
    return "" if found is None else money({"amount": found, "currency": currency})
