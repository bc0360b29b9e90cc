"""With an outside tax engine a cart, its quote and its order come to one total; without its answer, to one of our own rates, and that is told."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import msgspec
import pytest

from commerce.identity import Tokens
from commerce.kernel.clock import HeldClock
from commerce.platform.settings import Settings
from commerce.tax.adapters import json_engine
from tests.given import checkout as given, identity, pricing
from tests.given.checkout import Shop
from tests.served import Api, Json, Served
from tests.tax.outside import Answer, Outside, outside

CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "ca"}
HOME = {"name": "Shopper", "line1": "Carrer Gran 1", "city": "Barcelona", "postal_code": "08012", "country": "ES"}
# Two cups for 10.00 and a plate for 5.00 before tax; the parcel's 4.95 contain theirs.
OURS = 2420 + 605 + 495
TENTH = 2200 + 550 + 495


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


@pytest.fixture
async def engine(server: Served) -> AsyncIterator[Outside]:
    """An engine of somebody else's that taxes everything with a tenth, and a shop that is set to ask it."""
    async with outside() as found:
        found.answer = share_of(10)
        server.program.services.settings = set_to(server, found.url)
        yield found


def set_to(server: Served, url: str) -> Settings:
    """The settings of the shop, with an engine at this address."""
    return msgspec.structs.replace(server.program.services.settings, tax_engine_url=url)


def share_of(part: int) -> Callable[[Json], Answer]:
    """What an engine answers that takes one part of so many of what is asked."""

    def answer(asked: Json) -> tuple[int, bytes]:
        parts = [{"key": each["key"], "of": each["of"], "tax": each["amount"] // part} for each in asked["lines"]]
        return 200, msgspec.json.encode({"reference": "calc", "parts": parts})

    return answer


async def net_shop(server: Served) -> Shop:
    """A shop whose prices are before tax, so that its totals depend on who computes that."""
    db = server.program.db
    shop = await given.shop(db)
    net = await pricing.price_list(db, priority=5, includes_tax=False)
    await pricing.prices(db, {shop.cup: 1000, shop.plate: 500}, list_id=net)
    return shop


async def a_shopper(server: Served) -> Api:
    token = await server.api.post("/v1/auth/anonymous", {})
    return server.api.as_(token["access_token"])


def lines_of(shop: Shop) -> list[Json]:
    return [
        {"variant_id": str(shop.cup), "quantity": 2, "fulfilment": {"kind": "pickup", "location_id": str(shop.gracia)}},
        {"variant_id": str(shop.plate), "fulfilment": {"kind": "ship", "method_id": str(shop.parcel)}},
    ]


async def ready_cart(shopper: Api, shop: Shop) -> Json:
    cart = await shopper.post("/v1/carts", {"lines": lines_of(shop)[:1]})
    await shopper.post(f"/v1/carts/{cart['id']}/lines", {"lines": lines_of(shop)[1:]})
    await shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
    return await shopper.put(f"/v1/carts/{cart['id']}/addresses", {"shipping": HOME})


async def quote_of(shopper: Api, shop: Shop) -> Json:
    lines = [
        {"key": str(nth), "variant_id": line["variant_id"], "quantity": line.get("quantity", 1), "group": group}
        for nth, (line, group) in enumerate(zip(lines_of(shop), (shop.collected(), shop.sent), strict=True))
    ]
    return await shopper.post("/v1/quotes", {"lines": lines, "country": "ES"})


def wish_of(cart: Json) -> Json:
    """What a shop's page sends: the total that it showed, and its parts."""
    accepted = {
        "lines": [
            {
                "line_id": line["id"],
                "unit": line["unit"],
                "tax": line["tax"],
                "total": line["total"],
                "price_list_id": line["price_list_id"],
                "price_list_version": line["price_list_version"],
            }
            for line in cart["lines"]
        ],
        "deliveries": [
            {
                "fulfilment": {key: value for key, value in group["fulfilment"].items() if key != "name" and value},
                "total": group["delivery"],
            }
            for group in cart["groups"]
        ],
        "tax_total": cart["tax_total"],
        "taxed_by": cart["taxed_by"],
    }
    card = {"kind": "card", "payment_method": "pm_card_visa"}
    return {"accepted_total": cart["total"], "accepted": accepted, "payment": card}


async def ordered(shopper: Api, cart: Json) -> tuple[Json, Json]:
    """The answer of the checkout, and the order."""
    done = await shopper.post(f"/v1/carts/{cart['id']}/checkout", wish_of(cart))
    return done, await shopper.get(f"/v1/orders/{done['order_id']}")


async def test_cart_quote_and_order_come_to_the_engines_total(
    server: Served, engine: Outside, clock: HeldClock
) -> None:
    shop, shopper = await net_shop(server), await a_shopper(server)
    cart, quote = await ready_cart(shopper, shop), await quote_of(shopper, shop)
    read = await shopper.get(f"/v1/carts/{cart['id']}")
    done, order = await ordered(shopper, read)
    totals = [each["total"]["amount"] for each in (cart, quote["basket"], read, done, order)]
    assert totals == [TENTH] * 5
    assert [each["taxed_by"] for each in (cart, quote, read, done)] == ["engine"] * 4
    assert (cart["tax_total"], order["tax_total"]) == ({"amount": 200 + 50 + 49, "currency": "EUR"},) * 2
    assert [line["tax"]["amount"] for line in order["lines"]] == [200, 50]


async def test_every_change_of_a_cart_is_answered_with_the_engines_taxes_and_repeated_as_it_was(
    server: Served, engine: Outside, clock: HeldClock
) -> None:
    shop, shopper = await net_shop(server), await a_shopper(server)
    key, adding = str(uuid4()), str(uuid4())
    begun = await shopper.post("/v1/carts", {"lines": lines_of(shop)[:1]}, key=key)
    path = f"/v1/carts/{begun['id']}"
    added = await shopper.post(f"{path}/lines", {"lines": lines_of(shop)[1:]}, key=adding)
    line = f"{path}/lines/{begun['lines'][0]['id']}"
    counted = await shopper.patch(line, {"quantity": 3})
    coded = await shopper.post(f"{path}/coupons", {"codes": ["NONE"]})
    told = await shopper.put(f"{path}/tender", {"tender": "card"})
    assert [each["total"]["amount"] for each in (begun, added, counted, coded, told)] == [
        2200, TENTH, TENTH + 1100, TENTH + 1100, TENTH + 1100,
    ]  # fmt: skip
    assert {each["taxed_by"] for each in (begun, added, counted, coded, told)} == {"engine"}
    engine.answer = share_of(5)
    assert await shopper.post("/v1/carts", {"lines": lines_of(shop)[:1]}, key=key) == begun
    assert await shopper.post(f"{path}/lines", {"lines": lines_of(shop)[1:]}, key=adding) == added
    gone = await shopper.call("DELETE", line)
    assert (gone.json()["total"]["amount"], [each["quantity"] for each in gone.json()["lines"]]) == (600 + 495, [1])


async def test_a_change_that_is_refused_is_refused_as_ever_and_changes_nothing(
    server: Served, engine: Outside, clock: HeldClock
) -> None:
    shop, shopper = await net_shop(server), await a_shopper(server)
    cart = await ready_cart(shopper, shop)
    path = f"/v1/carts/{cart['id']}"
    for method, at, body, code in (
        ("POST", f"{path}/lines", {"lines": [{"variant_id": str(uuid4())}]}, "cannot_price"),
        ("PATCH", f"{path}/lines/{uuid4()}", {"quantity": 2}, "not_found"),
        ("PUT", f"{path}/vat-number", {"vat_number": "ESB00000001"}, "invalid_input"),
        ("PUT", f"/v1/carts/{uuid4()}/tender", {"tender": "card"}, "not_found"),
    ):
        refused = await shopper.call(method, at, body)
        assert refused.json()["code"] == code, refused.text
    after = await shopper.get(path)
    assert (after["version"], after["lines"]) == (cart["version"], cart["lines"])


async def test_units_added_at_once_all_count_and_each_answer_says_whose_taxes_it_has(
    server: Served, engine: Outside, clock: HeldClock
) -> None:
    shop, shopper = await net_shop(server), await a_shopper(server)
    cart = await shopper.post("/v1/carts", {})
    body = {"lines": [{"variant_id": str(shop.cup)}]}
    answers = await asyncio.gather(*(shopper.post(f"/v1/carts/{cart['id']}/lines", body) for _ in range(8)))
    for each in answers:
        units = each["lines"][0]["quantity"]
        assert each["total"]["amount"] == units * (1100 if each["taxed_by"] == "engine" else 1210)
    after = await shopper.get(f"/v1/carts/{cart['id']}")
    assert (after["lines"][0]["quantity"], after["total"]["amount"], after["taxed_by"]) == (8, 8800, "engine")


async def test_while_the_engine_is_away_all_three_have_our_own_rates_and_say_so(
    server: Served, engine: Outside, clock: HeldClock
) -> None:
    engine.says(b"", 503)
    shop, shopper = await net_shop(server), await a_shopper(server)
    cart, quote = await ready_cart(shopper, shop), await quote_of(shopper, shop)
    done, order = await ordered(shopper, cart)
    assert [each["total"]["amount"] for each in (cart, quote["basket"], done, order)] == [OURS] * 4
    assert [each["taxed_by"] for each in (cart, quote, done)] == ["rates"] * 3
    assert len(engine.asked) >= 5
    server.program.services.settings = set_to(server, "http://127.0.0.1:1")
    again = await shopper.post("/v1/carts", {"lines": lines_of(shop)})
    assert (again["total"]["amount"], again["taxed_by"]) == (OURS, "rates")


async def test_an_engine_that_is_slow_holds_up_a_change_and_a_checkout_once_at_most(
    server: Served, engine: Outside, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, shopper = await net_shop(server), await a_shopper(server)
    cart = await ready_cart(shopper, shop)
    assert json_engine.SECONDS == 2
    engine.pause = 30
    before, began = len(engine.asked), time.monotonic()
    changed = await shopper.put(f"/v1/carts/{cart['id']}/tender", {"tender": "card"})
    took = time.monotonic() - began
    assert (changed["total"]["amount"], changed["taxed_by"]) == (OURS, "rates")
    assert (len(engine.asked) - before, 2 <= took < 4) == (1, True)
    began = time.monotonic()
    done, order = await ordered(shopper, changed)
    assert (order["total"]["amount"], done["taxed_by"], time.monotonic() - began < 5) == (OURS, "rates", True)


@pytest.mark.parametrize(
    ("says", "total", "why", "now"),
    [(None, OURS, "tax_engine_away", "rates"), (5, 2400 + 600 + 495, "tax", "engine")],
)
async def test_another_tax_at_checkout_is_a_moved_price_that_says_so(
    server: Served, engine: Outside, clock: HeldClock, says: int | None, total: int, why: str, now: str
) -> None:
    shop, shopper = await net_shop(server), await a_shopper(server)
    cart = await ready_cart(shopper, shop)
    assert cart["total"]["amount"] == TENTH
    if says is None:
        engine.says(b"", 503)
    else:
        engine.answer = share_of(says)
    refused = await shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish_of(cart))
    said = refused.json()
    assert (refused.status_code, said["code"], said["total"]["amount"]) == (409, "price_changed", total)
    assert said["taxed_by"] == now
    assert [(each["what"], each["why"]) for each in said["changes"]] == [("line", "tax"), ("line", "tax"), ("tax", why)]
    assert said["changes"][-1]["old"] == cart["tax_total"]
    shown = await shopper.get(f"/v1/carts/{cart['id']}")
    assert (shown["total"], shown["tax_total"]) == (said["total"], said["changes"][-1]["new"])
    done, order = await ordered(shopper, shown)
    assert (done["taxed_by"], order["total"]["amount"]) == (now, total)


async def test_a_cart_on_a_quote_keeps_the_quotes_taxes_whoever_computed_them_and_nobody_is_asked(
    server: Served, engine: Outside, clock: HeldClock
) -> None:
    shop, shopper = await net_shop(server), await a_shopper(server)
    quote = await quote_of(shopper, shop)
    engine.says(b"", 503)
    by_rates = await quote_of(shopper, shop)
    engine.answer = share_of(5)
    for signed, total, by in ((quote["signed"], TENTH, "engine"), (by_rates["signed"], OURS, "rates")):
        cart = await ready_cart(shopper, shop)
        asked = len(engine.asked)
        held = await shopper.post(f"/v1/carts/{cart['id']}/quote", {"signed": signed})
        assert (held["total"]["amount"], held["taxed_by"], len(engine.asked)) == (total, by, asked)
        done, order = await ordered(shopper, held)
        assert (order["total"]["amount"], done["taxed_by"], len(engine.asked)) == (total, by, asked)


async def test_a_cart_that_is_frozen_whole_keeps_the_engines_taxes_of_then(
    server: Served, engine: Outside, clock: HeldClock
) -> None:
    db, tokens = server.program.db, server.tokens
    assert isinstance(tokens, Tokens)
    shop = await net_shop(server)
    terminal = await identity.terminal(db, shop.gracia)
    till = server.api.as_(await identity.token_of(db, tokens, terminal))
    cart = await till.post("/v1/carts", {"lines": lines_of(shop)})
    path = f"/v1/carts/{cart['id']}"
    prices = await till.post(f"{path}/freeze", {"what": "prices"})
    whole = await till.post(f"{path}/freeze", {"what": "all"})
    engine.answer = share_of(5)
    later = await till.get(path)
    thawed = (await till.call("DELETE", f"{path}/freeze")).json()
    assert [each["total"]["amount"] for each in (prices, whole, later, thawed)] == [TENTH] * 3 + [2400 + 600 + 495]
    assert {each["taxed_by"] for each in (prices, whole, later, thawed)} == {"engine"}


async def test_without_an_engine_a_cart_is_taxed_by_our_own_rates_and_says_so(server: Served, clock: HeldClock) -> None:
    shop, shopper = await net_shop(server), await a_shopper(server)
    cart = await ready_cart(shopper, shop)
    before = server.program.db.statements
    shown = await shopper.get(f"/v1/carts/{cart['id']}")
    assert (shown["total"]["amount"], shown["taxed_by"]) == (OURS, "rates")
    assert server.program.db.statements - before <= 2
