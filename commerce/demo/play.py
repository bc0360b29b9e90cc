"""The order from end to end, in the order in which it happens."""

from dataclasses import dataclass
from pathlib import Path

from commerce.demo import ledgers, returns, shopper, store_work
from commerce.demo.client import Client
from commerce.demo.shop import BUNDLED, CODE, Shop, open_shop
from commerce.demo.shopper import Bought
from commerce.demo.story import Story


@dataclass
class Finished:
    """What was played."""

    shop: Shop
    bought: Bought
    order_number: str
    requests: int


def play(url: str, email: str, password: str, *, catalog: Path | None = None, story: Story | None = None) -> Finished:
    """Plays one order against a running server with an empty database. Raises UnexpectedError where an answer is not the expected one."""
    told = story or Story()
    with Client(url) as public:
        admin = public.as_(public.post("/v1/auth/staff", {"email": email, "password": password})["access_token"])

        told.chapter("The shop opens")
        shop = open_shop(admin, catalog or BUNDLED)
        _introduce(told, shop)

        told.chapter("A shopper finds something")
        guest, first, second = shopper.find(told, public)
        cart = shopper.fill_cart(told, shop, guest, first, second)
        cart = shopper.offer_code(told, guest, cart)

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

        told.chapter(f"The timeline of order {bought.order['number']}, in {bought.store.name}'s time")
        ledgers.timeline(told, shop, admin, bought)
        told.chapter("The stock ledger of its articles, where they moved")
        ledgers.stock(told, shop, admin, bought)
        told.chapter("The money ledger of the order")
        ledgers.ledger(told, bought)
        return Finished(shop, bought, str(bought.order["number"]), public.requests)


def _introduce(story: Story, shop: Shop) -> None:
    counts, refused = shop.imported["counts"], shop.imported["error_count"]
    story.say(
        f"Imported {counts['products_created']} products with {shop.variants} variants on sale; {refused or 'no'} rows refused."
    )
    for row in shop.imported["errors"][:5]:
        story.say(f"  line {row['line']}, {row['column'] or 'the row'}: {row['reason']}")
    for place in shop.stores:
        story.say(f"Store {place.name}, {place.city} ({place.timezone}): {place.open_today}.")
    story.say("A warehouse that ships. Each store has 12 of every article on its shelves, the warehouse 40.")
    story.say(f"A promotion is published: 10 % off, with the code {CODE}.", strong=CODE)
