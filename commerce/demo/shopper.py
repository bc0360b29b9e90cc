"""The shopper's part: finds, chooses, pays. No account; a name and an address for the parcel, as any guest gives them."""

import re
from dataclasses import dataclass

import httpx

from commerce.demo.client import Client, Json, UnexpectedError
from commerce.demo.shop import Place, Shop
from commerce.demo.story import Story, moment, money

DECLINED, CHALLENGED = "pm_card_visa_chargeDeclined", "pm_card_authenticationRequiredOnSetup"
FORM_TIMEOUT_SECONDS = 15


@dataclass
class Bought:
    """The order, and who may ask for it."""

    shopper: Client
    order: Json
    store: Place


def find(story: Story, shop: Shop, url: str) -> tuple[Client, Json, Json]:
    """Signs in without an account, searches, looks at the price and at where it can be collected; gives two variants with a price."""
    shopper = Client(url).as_(Client(url).post("/v1/auth/anonymous", {})["access_token"])
    cards = [
        card
        for card in shopper.get("/v1/products", limit=100)["items"]
        if card["price_from"] and card["stock"] != "out"
    ]
    word = max(re.findall(r"[^\W\d_]{3,}", cards[0]["title"]) or [cards[0]["title"]], key=len)
    found = shopper.get("/v1/search", q=word.lower())
    story.say(f"A shopper without an account searches for “{word.lower()}”: {found['total']} found.")
    pages = [shopper.get(f"/v1/products/{card['id']}") for card in (found["items"][0], *cards)]
    one = pages[0]
    first = next(variant for variant in one["variants"] if variant["price"])
    other = next(page for page in pages if page["id"] != one["id"])
    second = next(variant for variant in other["variants"] if variant["price"])
    story.say(f"“{one['title']}” costs {money(first['price'])}, of which {money(first['tax'])} is tax.")
    asked = shopper.get("/v1/availability", variant_id=first["id"], near="41.39,2.17")
    for place in asked["collection"]:
        when = moment(place["ready_by"], place["timezone"])
        story.say(f"  collect in {place['name']}: {'from ' + when if place['available'] else 'not available'}")
    return shopper, {**first, "title": one["title"]}, {**second, "title": other["title"]}


def fill_cart(story: Story, shop: Shop, shopper: Client, first: Json, second: Json) -> Json:
    """Puts two articles into a cart: one to collect, one to be sent."""
    store = shop.stores[0]
    cart = shopper.post("/v1/carts", {"country": "ES"})
    lines = [
        {"variant_id": first["id"], "quantity": 2, "fulfilment": {"kind": "pickup", "location_id": store.id}},
        {
            "variant_id": second["id"],
            "quantity": 1,
            "fulfilment": {"kind": "ship", "method_id": shop.shipping_method_id},
        },
    ]
    cart = shopper.post(f"/v1/carts/{cart['id']}/lines", {"lines": lines})
    shopper.put(
        f"/v1/carts/{cart['id']}/contact",
        {"email": "shopper@example.com", "name": "A Shopper", "language": "en"},
        version=cart["version"],
    )
    address = {
        "name": "A Shopper",
        "line1": "Carrer Petit 2",
        "city": "Barcelona",
        "postal_code": "08001",
        "country": "ES",
    }
    cart = shopper.get(f"/v1/carts/{cart['id']}")
    cart = shopper.put(f"/v1/carts/{cart['id']}/addresses", {"shipping": address}, version=cart["version"])
    story.say(f"Two of “{first['title']}” to collect in {store.name}, one “{second['title']}” to be sent home:")
    rows = [[line["title"], str(line["quantity"]), money(line["total"])] for line in cart["lines"]]
    rows += [["delivery", "", money(cart["delivery_total"])], ["of which tax", "", money(cart["tax_total"])]]
    story.table(["article", "units", "amount"], [*rows, ["total", "", money(cart["total"])]], right=(1, 2))
    return cart


def check_out(story: Story, shop: Shop, shopper: Client, cart: Json) -> Bought:
    """Pays by card: once declined, once after the bank has asked."""
    payment = {"kind": "card", "payment_method": DECLINED, "return_url": f"{shopper.url}/health"}
    done = shopper.post(f"/v1/carts/{cart['id']}/checkout", {"accepted_total": cart["total"], "payment": payment})
    story.say(
        f"Order {done['number']} is open; the first card is declined ({done['payment']['decline_code']}). Its goods stay reserved."
    )
    again = shopper.post(
        f"/v1/orders/{done['order_id']}/payments", {"payment": {**payment, "payment_method": CHALLENGED}}
    )
    page = again["payment"]["next_action_url"]
    if page is None:
        raise UnexpectedError("the second card should have needed a challenge")
    story.say("The second card: the bank wants to know that it is its owner (3-D Secure).")
    answer_challenge(page)
    order = shopper.until(f"/v1/orders/{done['order_id']}", lambda each: each["state"] == "placed")
    story.say(f"The challenge is passed, {money(order['total'])} is authorised, and the order is placed.")
    return Bought(shopper, order, shop.stores[0])


def answer_challenge(page: str) -> None:
    """Does what a person does on the bank's page: reads it, presses “complete”."""
    with httpx.Client(timeout=FORM_TIMEOUT_SECONDS) as browser:
        shown = browser.get(page)
        action = re.search(r'<form[^>]*action="([^"]+)"', shown.text)
        fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', shown.text))
        target = str(shown.url.join(action.group(1))) if action else page.partition("?")[0]
        answered = browser.post(target, data={**fields, "outcome": "complete"})
        if answered.status_code not in {200, 302, 303}:
            raise UnexpectedError(f"the challenge page answered {answered.status_code}")
