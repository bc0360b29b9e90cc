"""The order from end to end, in the order in which it happens."""

from dataclasses import dataclass
from pathlib import Path

from commerce.demo import ledgers, returns, shopper, store_work
from commerce.demo.client import Client
from commerce.demo.shop import BUNDLED, Shop, open_shop
from commerce.demo.story import Story


@dataclass
class Finished:
    """What was played."""

    shop: Shop
    order_number: str
    requests: int


def play(url: str, email: str, password: str, *, catalog: Path | None = None, story: Story | None = None) -> Finished:
    """Plays one order against a running server with an empty database. Raises UnexpectedError where an answer is not the expected one."""
    told = story or Story()
    admin = Client(url)
    admin = admin.as_(admin.post("/v1/auth/staff", {"email": email, "password": password})["access_token"])

    told.chapter("The shop opens")
    shop = open_shop(admin, catalog or BUNDLED)
    _introduce(told, shop)

    told.chapter("A shopper finds something")
    guest, first, second = shopper.find(told, shop, url)
    cart = shopper.fill_cart(told, shop, guest, first, second)

    told.chapter("Checkout, paid by card")
    bought = shopper.check_out(told, shop, guest, cart)

    told.chapter("The store prepares")
    work, code = store_work.make_ready(told, bought)
    store_work.foreign(told, shop.stores[1], work)

    told.chapter("Handed over and shipped")
    store_work.hand_over(told, bought, work, code)
    store_work.ship(told, shop, bought)

    told.chapter("Another store takes one back")
    returns.bring_back(told, bought, shop.stores[1])

    told.chapter("The order's timeline")
    ledgers.timeline(told, bought)
    told.chapter("The stock ledger of its articles")
    ledgers.stock(told, shop, admin, bought)
    told.chapter("The money ledger of the order")
    ledgers.ledger(told, bought)
    return Finished(shop, str(bought.order["number"]), Client.requests)


def _introduce(story: Story, shop: Shop) -> None:
    counts = shop.imported["counts"]
    story.say(
        f"Imported {counts['products_created']} products with {shop.variants} variants; {shop.imported['error_count']} rows refused."
    )
    places = ", ".join(f"{place.name} ({place.timezone})" for place in shop.stores)
    story.say(f"Three stores: {places}; and a warehouse in Zaragoza. Stock is on their shelves.")
