"""The shopper's part: finds, chooses, pays. No account; a name and an address for the parcel, as any guest gives them."""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import httpx

from commerce.demo.client import PATIENCE_SECONDS, PAUSE_SECONDS, Client, Json, UnexpectedError
from commerce.demo.shop import Place, Shop
from commerce.demo.story import Story, moment, money

DECLINED, CHALLENGED = "pm_card_visa_chargeDeclined", "pm_card_authenticationRequiredOnSetup"
FORM_TIMEOUT_SECONDS = 15
LEAST_PRICE = 100
NEAR = "41.39,2.17"
TYPED = "welcome 10"


@dataclass
class Bought:
    """The order, who may ask for it, and where it is collected."""

    shopper: Client
    order: Json
    store: Place

    def told(self, kind: str) -> list[Json]:
        """Waits until a message of a kind went out to the shopper, and gives all that did."""
        path = f"/v1/orders/{self.order['id']}/notifications"
        sent = self.shopper.until(path, lambda each: any(mail["kind"] == kind for mail in each["items"]))
        return list(sent["items"])


def find(story: Story, public: Client) -> tuple[Client, Json, Json]:
    """Signs in without an account, searches, looks at the price and at where it can be collected; gives two variants that can be bought,
    the second one also sent.
    """
    shopper = public.as_(public.post("/v1/auth/anonymous", {})["access_token"])
    offers = _offers(shopper)
    offer = next(offers)
    first = _searched(story, shopper, offer)
    story.say(f"“{first['title']}” costs {money(first['price'])}, of which {money(first['tax'])} is tax.")
    asked = shopper.get("/v1/availability", variant_id=first["id"], near=NEAR)
    for place in asked["collection"]:
        when = moment(place["ready_by"], place["timezone"])
        distance = "" if place["distance_km"] is None else f", {place['distance_km']:,.0f} km away"
        story.say(
            f"  collect in {place['name']}{distance}: {'from ' + when if place['available'] else 'not available'}"
        )
    return shopper, first, _to_be_sent(first, chain([offer], offers))


def _to_be_sent(first: Json, offers: Iterable[Json]) -> Json:
    """Gives a variant that can be sent: of another product where there is one, else another variant, else the first one itself."""
    found: Json = None
    for offer in offers:
        if offer["shippable"] and offer["product_id"] != first["product_id"]:
            return offer
        if offer["shippable"] and (found is None or found["id"] == first["id"]):
            found = offer
    if found is None:
        raise UnexpectedError("the catalogue has no article with a price that can be sent")
    return found


def _offers(shopper: Client) -> Iterator[Json]:
    """Gives the goods that have a price, from the list's beginning on; a product's page is opened when it is its turn."""
    found, cursor = False, None
    while True:
        page = shopper.get("/v1/products", limit=100, **({"cursor": cursor} if cursor else {}))
        for card in page["items"]:
            if card["price_from"] is not None and card["stock"] != "out":
                for variant in _variants(shopper, card["id"]):
                    found = True
                    yield variant
        cursor = page["next_cursor"]
        if cursor is None:
            break
    if not found:
        raise UnexpectedError("the catalogue has no article with a price, so nothing can be bought")


def _variants(shopper: Client, product_id: str) -> list[Json]:
    page = shopper.get(f"/v1/products/{product_id}")
    return [
        {**variant, "title": page["title"], "product_id": page["id"]}
        for variant in page["variants"]
        if variant["price"] is not None and variant["price"]["amount"] >= LEAST_PRICE and variant["shippable"]
    ]


def _searched(story: Story, shopper: Client, offer: Json) -> Json:
    """Searches for a word of a title, and gives the first variant found that can be bought."""
    word = max(re.findall(r"[^\W\d_]{3,}", offer["title"]) or [offer["title"]], key=len).lower()
    found = shopper.get("/v1/search", q=word)
    story.say(f"A shopper without an account searches for “{word}”: {found['total']} found.", strong=word)
    for card in found["items"]:
        for variant in _variants(shopper, card["id"]):
            return variant
    return offer


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
    rows += [["delivery", "", money(cart["delivery_total"])], ["total", "", money(cart["total"])]]
    story.table(["article", "units", "amount"], [*rows, ["of which tax", "", money(cart["tax_total"])]], right=(1, 2))
    return cart


def offer_code(story: Story, shopper: Client, cart: Json) -> Json:
    """Offers the code that the shop published, as people type codes; gives the cart with what it saves."""
    path = f"/v1/carts/{cart['id']}"
    shopper.post(f"{path}/coupons", {"codes": [TYPED]})
    cheaper = shopper.until(path, lambda each: all(code["applied"] for code in each["codes"]))
    (code,) = cheaper["codes"]
    shares = " + ".join(money(line["discount"]) for line in cheaper["lines"])
    story.say(
        f"The shopper types “{TYPED}”: {money(code['saved'])} off, shared by the articles ({shares}).", strong=TYPED
    )
    story.say(f"Now it comes to {money(cheaper['total'])}, of which {money(cheaper['tax_total'])} is tax.")
    return cheaper


def check_out(story: Story, shop: Shop, shopper: Client, cart: Json) -> Bought:
    """Pays by card: once declined, once after the bank has asked."""
    payment = {"kind": "card", "payment_method": DECLINED, "return_url": f"{shopper.url}/health"}
    done = shopper.post(f"/v1/carts/{cart['id']}/checkout", {"accepted_total": cart["total"], "payment": payment})
    first = shopper.until(f"/v1/payments/{done['payment']['id']}", lambda each: each["state"] == "declined")
    story.say(
        f"Order {done['number']} is open; the first card is declined ({first['decline_code']}). Its goods stay reserved.",
        strong=done["number"],
    )
    again = {"payment": {**payment, "payment_method": CHALLENGED}}
    tried = shopper.post(f"/v1/orders/{done['order_id']}/payments", again)
    order = _answer_until_placed(story, shopper, done["order_id"], tried["payment"]["id"])
    story.say(f"{money(order['total'])} is authorised, and the order is placed.")
    (promotion,) = order["promotions"]
    story.say(f"It carries the promotion that “{promotion['code']}” opened: {money(promotion['saved'])} off.")
    return Bought(shopper, order, shop.stores[0])


def _answer_until_placed(story: Story, shopper: Client, order_id: str, payment_id: str) -> Json:
    """Answers each challenge of the bank once; there may be one for each part that is authorised. Gives the placed order."""
    until, answered = time.monotonic() + PATIENCE_SECONDS, set[str]()
    while True:
        payment = shopper.get(f"/v1/payments/{payment_id}")
        order = shopper.get(f"/v1/orders/{order_id}")
        if order["state"] == "placed":
            if not answered:
                raise UnexpectedError("the second card should have needed a challenge")
            return order
        page = payment["next_action"] and payment["next_action"]["url"]
        if page and page not in answered:
            again = " again" if answered else ""
            story.say(f"The second card: the bank asks{again} whether it is its owner (3-D Secure).")
            answer_challenge(page)
            answered.add(page)
            story.say("The shopper answers on the bank's page.")
        elif payment["state"] == "declined":
            raise UnexpectedError(f"the second card was declined: {payment['decline_code']}")
        if time.monotonic() > until:
            raise UnexpectedError(
                f"the order was not placed in {PATIENCE_SECONDS} s: its payment is {payment['state']}"
            )
        time.sleep(PAUSE_SECONDS)


def answer_challenge(page: str) -> None:
    """Does what a person does on the bank's page: reads it, presses “complete”."""
    with httpx.Client(timeout=FORM_TIMEOUT_SECONDS) as browser:
        shown = browser.get(page)
        action = re.search(r'<form[^>]*action="([^"]+)"', shown.text)
        if action is None:
            raise UnexpectedError(f"the bank's page at {page} asks nothing")
        fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', shown.text))
        answered = browser.post(str(shown.url.join(action.group(1))), data={**fields, "outcome": "complete"})
        if answered.status_code not in {200, 302, 303}:
            raise UnexpectedError(f"the bank's page answered {answered.status_code}")
