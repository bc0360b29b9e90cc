"""What a cart is priced by, over HTTP: codes, prices by hand, freezes, signed quotes (CART-03, CART-06, CART-07, CART-09, CART-10)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from commerce.identity import Tokens
from commerce.identity.schemas import ApiClientCreated
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import ChannelId
from tests.given import checkout as given, customers, identity, pricing, promotions, stores
from tests.given.checkout import Shop
from tests.served import Api, Json, Served

CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "en"}
HOME = {"name": "Shopper", "line1": "Carrer Gran 1", "city": "Barcelona", "postal_code": "08012", "country": "ES"}


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


@pytest.fixture
async def shop(server: Served, clock: HeldClock) -> Shop:
    """A small shop."""
    return await given.shop(server.program.db)


@pytest.fixture
async def shopper(server: Served) -> Api:
    """Somebody without an account."""
    token = await server.api.post("/v1/auth/anonymous", {})
    return server.api.as_(token["access_token"])


async def _clerk(server: Served, *scopes: str) -> tuple[Api, ApiClientCreated]:
    own = await identity.service(server.program.db, ["carts", "quotes", "prices:override", *scopes])
    return server.api.as_(await _token(server, own)), own


async def _token(server: Served, own: ApiClientCreated) -> str:
    tokens = server.tokens
    assert isinstance(tokens, Tokens)
    return await identity.token_of(server.program.db, tokens, own)


async def _cart(caller: Api, shop: Shop, *, cups: int = 1, plates: int = 0, **more: Json) -> Json:
    pickup = {"kind": "pickup", "location_id": str(shop.gracia)}
    units = {shop.cup: cups, shop.plate: plates}
    lines = [
        {"variant_id": str(variant), "quantity": quantity, "fulfilment": pickup}
        for variant, quantity in units.items()
        if quantity
    ]
    return await caller.post("/v1/carts", {"lines": lines, **more})


async def test_each_code_is_answered_with_what_it_gives_or_why_not(server: Served, shop: Shop, shopper: Api) -> None:
    db = server.program.db
    ten = await promotions.published(db, opened_by="TEN")
    await promotions.published(
        db,
        {"kind": "amount_off", "amount": {"amount": 500, "currency": "EUR"}, "of": "order"},
        opened_by="FIVE",
        currency="EUR",
        conditions={"needs": [{"amount": {"amount": 9900, "currency": "EUR"}}]},
    )
    cart = await _cart(shopper, shop, cups=2)
    path = f"/v1/carts/{cart['id']}/coupons"
    shown = await shopper.post(path, {"codes": ["t-e-n", "FIVE", "nonsense", "Ten"]}, accept_language="es")
    assert [(each["code"], each["applied"], each["saved"]["amount"], each["why"]) for each in shown["codes"]] == [
        ("t-e-n", True, 400, None),
        ("FIVE", False, 0, "needs_amount"),
        ("nonsense", False, 0, "unknown"),
    ]
    assert shown["codes"][2]["text"] == "Este código no existe."
    assert "59,02" in shown["codes"][1]["text"]
    [line] = shown["lines"]
    assert [(each["promotion_id"], each["amount"]["amount"]) for each in line["discounts"]] == [(str(ten), 400)]
    assert (shown["subtotal"]["amount"], shown["discount_total"]["amount"], shown["total"]["amount"]) == (
        3998,
        400,
        3598,
    )
    assert shown["promotions"] == [
        {"promotion_id": str(ten), "version": 2, "code": "t-e-n", "saved": {"amount": 400, "currency": "EUR"}}
    ]
    assert (await shopper.get(f"/v1/carts/{cart['id']}"))["total"] == shown["total"]
    left = await shopper.put(path, {"codes": ["FIVE", "nonsense", "five"]})
    assert [each["code"] for each in left["codes"]] == ["FIVE", "nonsense"]
    assert (await shopper.call("DELETE", path)).json()["codes"] == []
    many = await shopper.call("POST", path, {"codes": [f"CODE{n}" for n in range(10)]})
    assert many.status_code == 200
    refused = await shopper.call("POST", path, {"codes": ["ONE-MORE"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_cart_codes")


async def test_changes_and_reads_at_once_leave_the_discount_once(server: Served, shop: Shop, shopper: Api) -> None:
    await promotions.published(server.program.db, opened_by="TEN")
    cart = await _cart(shopper, shop)
    await shopper.post(f"/v1/carts/{cart['id']}/coupons", {"codes": ["TEN"]})
    line = cart["lines"][0]["id"]
    changes = [
        shopper.call("PATCH", f"/v1/carts/{cart['id']}/lines/{line}", {"quantity": quantity})
        for quantity in range(1, 11)
    ]
    codes = [shopper.call("POST", f"/v1/carts/{cart['id']}/coupons", {"codes": ["ten"]}) for _ in range(3)]
    reads = [shopper.call("GET", f"/v1/carts/{cart['id']}") for _ in range(10)]
    assert {each.status_code for each in await asyncio.gather(*changes, *codes, *reads)} == {200}
    last = await shopper.get(f"/v1/carts/{cart['id']}")
    quantity = last["lines"][0]["quantity"]
    assert last["version"] == 1 + 1 + 10 + 3
    assert last["subtotal"]["amount"] == 1999 * quantity
    assert last["discount_total"]["amount"] == 1999 * quantity - _half_up(1999 * quantity * 9, 10)
    assert len(last["lines"][0]["discounts"]) == len(last["promotions"]) == 1


def _half_up(over: int, under: int) -> int:
    return (2 * over + under) // (2 * under)


async def test_a_tier_holds_whatever_the_way_to_the_quantity(server: Served, shop: Shop, shopper: Api) -> None:
    await pricing.prices(server.program.db, {shop.cup: 1000})
    await pricing.prices(server.program.db, {shop.cup: 800}, min_quantity=4)
    cart = await _cart(shopper, shop, cups=3)
    assert cart["total"]["amount"] == 3000
    pickup = {"kind": "pickup", "location_id": str(shop.gracia)}
    more = await shopper.post(
        f"/v1/carts/{cart['id']}/lines", {"lines": [{"variant_id": str(shop.cup), "fulfilment": pickup}]}
    )
    assert (more["lines"][0]["unit"]["amount"], more["total"]["amount"]) == (800, 3200)
    again = await shopper.patch(f"/v1/carts/{cart['id']}/lines/{cart['lines'][0]['id']}", {"quantity": 3})
    assert (again["lines"][0]["unit"]["amount"], again["total"]["amount"]) == (1000, 3000)


async def test_a_moved_price_is_a_conflict_that_says_what_moved_and_why(
    server: Served, shop: Shop, shopper: Api
) -> None:
    db = server.program.db
    await promotions.published(db, opened_by="TEN")
    cart = await _cart(shopper, shop, cups=1, plates=1)
    await shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
    seen = await shopper.post(f"/v1/carts/{cart['id']}/coupons", {"codes": ["TEN"]})
    assert seen["total"]["amount"] == 1799 + 1125
    wish = {"accepted_total": seen["total"], "payment": {"kind": "on_collection"}, "accepted": _accepted(seen)}
    await pricing.prices(db, {shop.cup: 2500})
    await promotions.withdrawn(db, UUID(seen["promotions"][0]["promotion_id"]))
    await asyncio.sleep(0.6)
    refused = await shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "price_changed")
    assert (problem["accepted_total"]["amount"], problem["total"]["amount"]) == (2924, 3750)
    cup, plate, promotion, code = problem["changes"]
    assert (cup["what"], cup["why"], cup["old_unit"]["amount"], cup["new_unit"]["amount"]) == (
        "line",
        "price_list_changed",
        1999,
        2500,
    )
    assert cup["new_price_list_version"] > cup["old_price_list_version"]
    assert (plate["why"], plate["old"]["amount"], plate["new"]["amount"]) == ("discount", 1125, 1250)
    assert (promotion["what"], promotion["why"], promotion["old"]["amount"]) == ("promotion", "gone", 325)
    assert (code["what"], code["code"], code["why"]) == ("code", "TEN", "withdrawn")
    now = await shopper.get(f"/v1/carts/{cart['id']}")
    assert now["total"] == problem["total"]
    assert sum(line["subtotal"]["amount"] for line in now["lines"]) == now["subtotal"]["amount"]
    done = await shopper.post(f"/v1/carts/{cart['id']}/checkout", {**wish, "accepted_total": problem["total"]})
    assert done["total"]["amount"] == 3750


def _accepted(cart: Json) -> Json:
    return {
        "lines": [
            {
                "line_id": line["id"],
                "unit": line["unit"],
                "total": line["total"],
                "price_list_id": line["price_list_id"],
                "price_list_version": line["price_list_version"],
            }
            for line in cart["lines"]
        ],
        "deliveries": [],
        "promotions": [{"promotion_id": each["promotion_id"], "saved": each["saved"]} for each in cart["promotions"]],
    }


async def test_a_delivery_choice_that_an_address_makes_dearer_or_impossible_is_a_conflict(
    server: Served, shop: Shop, shopper: Api
) -> None:
    db = server.program.db
    near = await pricing.delivery_method(db, code="near", amount=0, countries=["ES"])
    sent = {"kind": "ship", "method_id": str(near)}
    cart = await shopper.post("/v1/carts", {"lines": [{"variant_id": str(shop.cup), "fulfilment": sent}]})
    await shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
    home = await shopper.put(f"/v1/carts/{cart['id']}/addresses", {"shipping": HOME})
    wish = {"accepted_total": home["total"], "payment": {"kind": "card", "payment_method": "pm_card_visa"}}
    abroad = {**HOME, "country": "PT", "postal_code": "1000-001", "city": "Lisboa"}
    moved = await shopper.put(f"/v1/carts/{cart['id']}/addresses", {"shipping": abroad})
    assert [problem["code"] for problem in moved["problems"]] == ["not_delivered_there"]
    stale = await shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish)
    assert (stale.status_code, stale.json()["code"]) == (409, "cart_not_ready")
    line = cart["lines"][0]["id"]
    parcel = {"line_id": line, "fulfilment": {"kind": "ship", "method_id": str(shop.parcel)}}
    await shopper.put(f"/v1/carts/{cart['id']}/fulfilment", {"lines": [parcel]})
    dearer = await shopper.call(
        "POST",
        f"/v1/carts/{cart['id']}/checkout",
        {
            **wish,
            "accepted": {
                "deliveries": [
                    {"fulfilment": {"kind": "ship", "method_id": str(near)}, "total": {"amount": 0, "currency": "EUR"}},
                ]
            },
        },
    )
    assert (dearer.status_code, dearer.json()["code"]) == (409, "price_changed")
    [delivery] = [change for change in dearer.json()["changes"] if change["what"] == "delivery"]
    assert (delivery["why"], delivery["fulfilment"], delivery["new"]["amount"]) == ("new", f"ship:{shop.parcel}", 495)


async def test_a_price_by_hand_is_bounded_explained_and_can_be_taken_away(
    server: Served, shop: Shop, shopper: Api
) -> None:
    clerk, _ = await _clerk(server, "audit:read")
    cart = await _cart(clerk, shop, cups=2)
    line = cart["lines"][0]["id"]
    path = f"/v1/carts/{cart['id']}/lines/{line}/override"
    wish = {"unit": {"amount": 1850, "currency": "EUR"}, "reason": "Scratched"}
    shown = await clerk.put(path, wish)
    [now] = shown["lines"]
    assert (now["unit"]["amount"], now["list_unit"]["amount"], now["total"]["amount"]) == (1850, 1999, 3700)
    assert (now["override"]["reason"], now["override"]["unit"]["amount"]) == ("Scratched", 1850)
    deep = await clerk.call("PUT", path, {**wish, "unit": {"amount": 1700, "currency": "EUR"}})
    assert deep.status_code in {403, 409, 422}, deep.text
    assert deep.json()["lowest"] == 1800
    other = await clerk.call("PUT", path, {**wish, "unit": {"amount": 1850, "currency": "USD"}})
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (400, "/unit/currency")
    assert (await shopper.call("PUT", path, wish)).status_code == 403
    assert (await clerk.call("DELETE", path)).json()["total"]["amount"] == 3998
    entries = (await clerk.get("/v1/admin/audit-log"))["items"]
    assert {entry["operation"] for entry in entries} >= {"overrideCartLine", "removeCartLineOverride"}


async def test_frozen_prices_stay_for_their_time_and_no_longer(server: Served, shop: Shop, clock: HeldClock) -> None:
    db = server.program.db
    clerk, own = await _clerk(server)
    cart = await _cart(clerk, shop)
    until = (clock.at + timedelta(hours=3)).isoformat()
    frozen = await clerk.post(f"/v1/carts/{cart['id']}/freeze", {"what": "prices", "until": until})
    assert (frozen["frozen"]["what"], frozen["total"]["amount"]) == ("prices", 1999)
    await pricing.prices(db, {shop.cup: 2500, shop.plate: 1300})
    await promotions.published(db)
    await asyncio.sleep(0.6)
    pickup = {"kind": "pickup", "location_id": str(shop.gracia)}
    more = await clerk.post(
        f"/v1/carts/{cart['id']}/lines", {"lines": [{"variant_id": str(shop.plate), "fulfilment": pickup}]}
    )
    assert [(line["unit"]["amount"], line["total"]["amount"]) for line in more["lines"]] == [(1999, 1799), (1300, 1170)]
    clock.move(hours=3)
    clerk.token = await _token(server, own)
    after = await clerk.get(f"/v1/carts/{cart['id']}")
    assert (after["frozen"], [line["unit"]["amount"] for line in after["lines"]]) == (None, [2500, 1300])
    late = await clerk.call(
        "POST", f"/v1/carts/{cart['id']}/freeze", {"what": "all", "until": (clock.at - timedelta(hours=1)).isoformat()}
    )
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (400, "/until")
    kept = await clerk.post(f"/v1/carts/{cart['id']}/freeze", {"what": "all"})
    await pricing.prices(db, {shop.cup: 9900})
    assert (await clerk.get(f"/v1/carts/{cart['id']}"))["total"] == kept["total"]
    thawed = await clerk.call("DELETE", f"/v1/carts/{cart['id']}/freeze")
    assert (thawed.json()["frozen"], thawed.json()["lines"][0]["unit"]["amount"]) == (None, 9900)


async def test_a_signed_quote_is_honoured_in_another_channel_until_it_expires(
    server: Served, shop: Shop, shopper: Api, clock: HeldClock
) -> None:
    db = server.program.db
    await promotions.published(db, opened_by="TEN")
    other: ChannelId = await stores.channel(db, "till")
    group = f"pickup:{shop.gracia}"
    quote = await shopper.post(
        "/v1/quotes",
        {"codes": ["TEN"], "lines": [{"variant_id": str(shop.cup), "quantity": 2, "group": group}]},
    )
    assert quote["basket"]["total"]["amount"] == 3598
    await pricing.prices(db, {shop.cup: 5000})
    clerk, own = await _clerk(server)
    cart = await _cart(clerk, shop, cups=2, channel_id=str(other))
    assert cart["total"]["amount"] == 10000
    honoured = await clerk.post(f"/v1/carts/{cart['id']}/quote", {"signed": quote["signed"]})
    assert (honoured["total"], honoured["frozen"]["quote_id"]) == (quote["basket"]["total"], quote["id"])
    assert [line["discount"]["amount"] for line in honoured["lines"]] == [400]
    empty = await clerk.post("/v1/carts", {"channel_id": str(other)})
    filled = await clerk.post(f"/v1/carts/{empty['id']}/quote", {"signed": quote["signed"]})
    assert [(line["variant_id"], line["quantity"]) for line in filled["lines"]] == [(str(shop.cup), 2)]
    assert filled["total"] == quote["basket"]["total"]
    forged = await clerk.call("POST", f"/v1/carts/{cart['id']}/quote", {"signed": quote["signed"][:-4] + "AAAA"})
    assert (forged.status_code, forged.json()["code"], forged.json()["flaw"]) == (
        409,
        "quote_not_honoured",
        "signature",
    )
    clock.move(minutes=31)
    clerk.token = await _token(server, own)
    after = await clerk.get(f"/v1/carts/{cart['id']}")
    assert (after["total"]["amount"], after["frozen"]) == (10000, None)
    late = await clerk.call("POST", f"/v1/carts/{cart['id']}/quote", {"signed": quote["signed"]})
    assert late.json()["flaw"] == "expired"


async def test_groups_stores_and_customers_have_their_prices_in_carts_too(server: Served, shop: Shop) -> None:
    db = server.program.db
    customer = await customers.customer(db)
    vip = await customers.group(db, "vip", customer)
    await pricing.prices(db, {shop.cup: 1500}, list_id=await pricing.price_list(db, group_id=vip))
    await pricing.prices(db, {shop.plate: 990}, list_id=await pricing.price_list(db, store_id=shop.gracia))
    await asyncio.sleep(0.6)
    clerk, _ = await _clerk(server)
    plain = await _cart(clerk, shop, plates=1)
    assert [line["unit"]["amount"] for line in plain["lines"]] == [1999, 1250]
    here = await _cart(clerk, shop, plates=1, store_id=str(shop.gracia), customer_id=str(customer))
    assert [line["unit"]["amount"] for line in here["lines"]] == [1500, 990]
    assert (here["store_id"], here["customer_id"]) == (str(shop.gracia), str(customer))
    anybody = await server.api.post("/v1/auth/anonymous", {})
    shopper = server.api.as_(anybody["access_token"])
    chosen = await _cart(shopper, shop, plates=1, store_id=str(shop.gracia))
    assert [line["unit"]["amount"] for line in chosen["lines"]] == [1999, 990], "a store's price is everybody's"
    refused = await shopper.call("POST", "/v1/carts", {"customer_id": str(customer)})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/customer_id")


async def test_a_vat_number_with_wrong_digits_is_refused_at_the_cart(server: Served, shop: Shop, shopper: Api) -> None:
    cart = await _cart(shopper, shop)
    path = f"/v1/carts/{cart['id']}/vat-number"
    wrong = await shopper.call("PUT", path, {"vat_number": "ESB58378432"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/vat_number")
    shown = await shopper.put(path, {"vat_number": "ESB58378431"})
    assert (shown["vat_number"], shown["total"]) == ("ESB58378431", cart["total"])
    assert (await shopper.put(path, {"vat_number": None}))["vat_number"] is None
    paid = await shopper.put(f"/v1/carts/{cart['id']}/tender", {"tender": "card"})
    assert paid["tender"] == "card"


async def test_an_article_that_is_gone_is_flagged_refused_and_can_be_taken_out(
    server: Served, shop: Shop, shopper: Api
) -> None:
    cart = await _cart(shopper, shop, plates=1)
    await shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
    await pricing.prices(server.program.db, {shop.plate: None})
    shown = await shopper.get(f"/v1/carts/{cart['id']}")
    assert [(each["code"], each["variant_id"]) for each in shown["problems"]] == [("no_price", str(shop.plate))]
    assert ([line["total"] is None for line in shown["lines"]], shown["total"]["amount"]) == ([False, True], 1999)
    wish = {"accepted_total": shown["total"], "payment": {"kind": "on_collection"}}
    refused = await shopper.call("POST", f"/v1/carts/{cart['id']}/checkout", wish)
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (409, "no_price")
    gone = next(line["id"] for line in shown["lines"] if line["variant_id"] == str(shop.plate))
    assert (await shopper.call("DELETE", f"/v1/carts/{cart['id']}/lines/{gone}")).status_code == 200
    done = await shopper.post(f"/v1/carts/{cart['id']}/checkout", wish)
    assert done["total"]["amount"] == 1999
