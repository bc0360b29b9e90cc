"""Stock: cases in which units were sold twice, came back twice, or were shown to nobody elsewhere."""

import asyncio

from commerce.kernel.clock import HeldClock
from tests.cases.house import DECLINED, ON_COLLECTION, VISA, House, opened, until
from tests.given import inventory, stores
from tests.served import Api, Json, Served


async def test_what_a_cancelled_order_gives_back_is_shown_everywhere_within_a_second(
    server: Served, clock: HeldClock
) -> None:
    """shopware/shopware#3449, #13396: the detail page kept the stock of before the cancellation until the product was touched."""
    async with opened(server, stock=0) as house:
        cup, gracia, public = house.shop.cup, house.shop.gracia, server.api
        await inventory.stock(house.db, {(cup, gracia): 1})
        slug = (await public.get("/v1/variants/lookup?sku=CUP"))["product"]["slug"]
        buyer, other = await house.shopper(), await house.shopper()
        waiting = await house.cart(other, house.line(cup))

        async def shown() -> list[str]:
            """What page, list, search, look-up, availability, another one's cart and the office say."""
            page = await public.get(f"/v1/products/{slug}?location={gracia}")
            listed = await public.get(f"/v1/products?location={gracia}")
            found = await public.get(f"/v1/search?q=cup&available_at={gracia}")
            looked_up = await public.get(f"/v1/variants/lookup?sku=CUP&location={gracia}")
            asked = await public.get(f"/v1/availability?variant_id={cup}&location={gracia}")
            problems = await other.get(f"/v1/carts/{waiting['id']}/problems")
            [level] = (await house.office.get(f"/v1/stock?variant_id={cup}&location_id={gracia}"))["items"]
            return [
                *(each["stock"] for each in page["variants"][0]["pickup"] if each["location_id"] == str(gracia)),
                *(each["stock"] for each in listed["items"] if each["slug"] == slug),
                "few" if found["total"] else "out",
                *(each["stock"] for each in looked_up["variant"]["pickup"] if each["location_id"] == str(gracia)),
                "few" if asked["collection"][0]["available"] else "out",
                "few" if problems["ready"] else "out",
                "few" if level["available"] else "out",
            ]

        assert await shown() == ["few"] * 7
        order = await house.order(buyer, house.line(cup))
        await until(shown, ["out"] * 7)
        await buyer.post(f"/v1/orders/{order['id']}/cancel", {"reason": "changed_mind"})
        await until(shown, ["few"] * 7)
        status, _ = await house.check_out(other, waiting)
        assert status == 201


async def test_orders_are_sent_from_where_earlier_ones_left_units(server: Served, clock: HeldClock) -> None:
    """vendurehq/vendure#4030: units were allocated by what was on hand at a place, whatever earlier orders had taken there."""
    async with opened(server, stock=0) as house:
        cup, depot = house.shop.cup, house.shop.warehouse
        second = await stores.warehouse(house.db, "depot")
        await inventory.stock(house.db, {(cup, depot): 10, (cup, second): 15})
        for units in (8, 6, 7):
            await house.order(await house.shopper(), house.line(cup, units, sent=True))
        levels = [await house.level(cup, place) for place in (depot, second)]
        assert [on_hand for on_hand, _ in levels] == [10, 15]
        assert all(reserved <= on_hand for on_hand, reserved in levels)
        assert sum(reserved for _, reserved in levels) == 21
        buyers = [await house.shopper() for _ in range(3)]
        carts = [await house.cart(buyer, house.line(cup, 2, sent=True)) for buyer in buyers]
        ended = await asyncio.gather(*map(house.check_out, buyers, carts))
        assert sorted(status for status, _ in ended) == [201, 201, 409]
        assert {said["code"] for status, said in ended if status == 409} == {"insufficient_stock"}
        assert await house.level(cup) == (25, 25)


async def test_replayed_news_neither_allocates_again_nor_brings_shipped_units_back(
    house: House, clock: HeldClock
) -> None:
    """vendurehq/vendure#1571, #661, magento/inventory#1878: allocated again a day later; cancelled after shipment, stock rose above what was there."""
    buyer, cup = await house.shopper(), house.shop.cup
    cart = await house.cart(buyer, house.line(cup, 5), house.line(house.shop.plate, sent=True))
    wish = {"accepted_total": cart["total"], "payment": VISA}
    said = await buyer.post(f"/v1/carts/{cart['id']}/checkout", wish, key="the-one")
    await house.server.work()
    order = await buyer.get(f"/v1/orders/{said['order_id']}")
    told = [event for intent in await house.intents(order) for event in await house.bank.events(intent)]
    assert told

    async def everything_again() -> None:
        for event in told:
            assert await house.hear(event, times=3) == {200}
        await house.office.post(f"/v1/payments/{said['payment']['id']}/refresh")
        await house.server.work()

    await everything_again()
    again = await buyer.call("POST", f"/v1/carts/{cart['id']}/checkout", wish, key="the-one")
    assert (again.status_code, again.json()["order_id"]) == (201, said["order_id"])
    assert await house.level(cup) == (30, 5)
    await house.given_out(order)
    assert await house.level(cup) == (25, 0)
    before = (await house.movements(cup), await house.office.get(f"/v1/orders/{order['id']}/money"))
    await everything_again()
    for who in (buyer, house.office):
        refused = await who.call("POST", f"/v1/orders/{order['id']}/cancel", {"reason": "changed_mind"})
        assert refused.status_code == 409, refused.text
    assert await house.level(cup) == (25, 0)
    assert (await house.movements(cup), await house.office.get(f"/v1/orders/{order['id']}/money")) == before


async def test_whatever_is_done_to_a_cancelled_order_moves_no_unit_and_no_money(house: House) -> None:
    """woocommerce/woocommerce#22489, #28585, openfoodfoundation/openfoodnetwork#7164, shopware/shopware#4895: a cancelled order was restocked
    again by each harmless change, and could be edited and paid; frappe/erpnext#31037: cash for a sale that nobody paid.
    """
    buyer, cup = await house.shopper(), house.shop.cup
    order = await house.order(buyer, house.line(cup, 5), payment=ON_COLLECTION)
    (work,) = await house.works(order)
    path, work_path = f"/v1/orders/{order['id']}", f"/v1/fulfilment-orders/{work['id']}"
    unpaid = {"order_id": order["id"], "amount": {"amount": 1, "currency": "EUR"}, "reason": "nothing was paid"}
    refused = await house.office.call("POST", "/v1/refunds", unpaid)
    assert (refused.status_code, refused.json()["code"]) == (409, "more_than_captured")
    await buyer.post(f"{path}/cancel", {"reason": "changed_mind"})
    await house.server.work()

    async def seen() -> Json:
        return [
            await house.level(cup),
            await house.movements(cup),
            await house.office.get(f"{path}/money"),
            (await buyer.get(path))["state"],
        ]

    before = await seen()
    assert (before[0], before[3]) == ((30, 0), "cancelled")
    lines = {"lines": [{"order_line_id": order["lines"][0]["id"], "quantity": 1}]}
    tried: list[tuple[Api, str, Json]] = [
        (buyer, f"{path}/cancel", {"reason": "changed_mind"}),
        (house.office, f"{path}/cancel", {"reason": "out_of_stock"}),
        (buyer, f"{path}/payments", {"payment": VISA}),
        (buyer, f"{path}/payments", {"payment": DECLINED}),
        (house.office, "/v1/refunds", unpaid),
        (buyer, "/v1/returns", {"order_id": order["id"], "reason": "other", **lines}),
        (house.store, f"{work_path}/accept", None),
        (house.store, f"{work_path}/pick", {}),
        (house.store, f"{work_path}/ready", {}),
        (house.store, f"{work_path}/hand-over", {"identity_checked": True}),
        (house.store, f"{work_path}/reject", {"reason": "not_in_stock"}),
        (house.store, f"{work_path}/put-away", {}),
    ]
    answers = await asyncio.gather(*(who.call("POST", where, body) for who, where, body in tried for _ in range(2)))
    said = {(each.request.url.path.rsplit("/", 1)[-1], each.status_code) for each in answers}
    assert {status for _, status in said} <= {200, 404, 409}, said
    assert {what for what, status in said if status == 200} <= {"cancel"}
    await house.server.work()
    assert await seen() == before


async def test_a_pickup_and_a_parcel_at_once_each_get_theirs_and_the_counter_sells_the_rest(
    server: Served, clock: HeldClock
) -> None:
    """magento/inventory#2032: a delivery drained the store on which a pickup depended, since units were kept for the sum of all places."""
    async with opened(server, stock=0) as house:
        a = await stores.location(house.db, "a", ships=True)
        b = await stores.location(house.db, "b", ships=True)
        collector, receiver = await house.shopper(), await house.shopper()
        for variant in (house.shop.cup, house.shop.plate):
            await inventory.stock(house.db, {(variant, a): 5, (variant, b): 4, (variant, house.shop.warehouse): 1})
            pickup = await house.cart(collector, house.line(variant, 4, at=a))
            parcel = await house.cart(receiver, house.line(variant, 2, sent=True))
            collected, sent = await asyncio.gather(
                house.check_out(collector, pickup), house.check_out(receiver, parcel)
            )
            assert sent[0] == 201, "one place or another has two, whoever was quicker at the first"
            left = 5 - (await house.level(variant, a))[1]
            if collected[0] == 201:
                assert left <= 1
            else:  # the parcel was there first and took from A, as it may
                assert (collected[1]["code"], left) == ("insufficient_stock", 3)
            walking_in = [await house.shopper() for _ in range(left + 1)]
            baskets = [await house.cart(each, house.line(variant, at=a)) for each in walking_in]
            taken = await asyncio.gather(
                *(house.check_out(who, each, ON_COLLECTION) for who, each in zip(walking_in, baskets, strict=True))
            )
            assert sorted(status for status, _ in taken) == [201] * left + [409]
            assert await house.level(variant, a) == (5, 5)
            await server.work()
            if collected[0] == 201:
                await house.given_out(await collector.get(f"/v1/orders/{collected[1]['order_id']}"))
                assert await house.level(variant, a) == (1, 1)


async def test_a_pickup_is_neither_offered_nor_sold_where_the_goods_are_not(server: Served, clock: HeldClock) -> None:
    """magento/magento2#37992, magento/inventory#2676, #2668, #2647: stores with nothing were offered, and the office placed the order all the same."""
    async with opened(server, stock=0) as house:
        cup, empty, depot = house.shop.cup, house.shop.sants, house.shop.warehouse
        await inventory.stock(house.db, {(cup, depot): 5})
        public = await server.api.get(f"/v1/availability?variant_id={cup}")
        assert [(each["code"], each["available"]) for each in public["collection"]] == [
            ("gracia", False),
            ("sants", False),
        ]
        assert public["sending"]["available"]
        for who in (await house.shopper(), await house.terminal(empty), house.office):
            cart = await house.cart(who, house.line(cup, at=empty))
            options = await who.get(f"/v1/carts/{cart['id']}/delivery-options")
            assert [each["available"] for each in options["pickup"]] == [False, False]
            problems = (await who.get(f"/v1/carts/{cart['id']}/problems"))["problems"]
            assert [each["code"] for each in problems] == ["insufficient_stock"]
            status, said = await house.check_out(who, cart, ON_COLLECTION)
            assert (status, said["code"]) == (409, "insufficient_stock")
            nowhere = await who.call("POST", "/v1/carts", {"lines": [house.line(cup, at=depot)]})
            assert (nowhere.status_code, nowhere.json()["code"]) == (400, "invalid_input")
        assert await house.level(cup) == (5, 0)


async def test_a_staged_pickup_that_is_cancelled_is_for_sale_where_it_lay_and_half_a_hand_over_is_not_the_end(
    house: House,
) -> None:
    """shopware/shopware#13396, Sylius/Sylius#4655: a cancelled pickup stayed off its shelf; hotwax/bopis#706: staged counted as handed over."""
    cup, gracia = house.shop.cup, house.shop.gracia
    buyer = await house.shopper()
    order = await house.order(buyer, house.line(cup, 3))
    (work,) = await house.works(order)
    await house.ready(work)
    assert await house.level(cup, gracia) == (10, 3)
    assert (await buyer.get(f"/v1/orders/{order['id']}"))["lines"][0]["fulfilled"] == 0
    cancelled = await house.store.post(f"/v1/orders/{order['id']}/cancel", {"reason": "not_collected"})
    await house.server.work()
    assert cancelled["state"] == "cancelled"
    assert await house.level(cup, gracia) == (10, 0)
    money = await house.office.get(f"/v1/orders/{order['id']}/money")
    assert (money["captured"]["amount"], money["net_paid"]["amount"]) == (0, 0)
    [intent] = await house.intents(order)
    assert (await house.bank.dashboard.payment_intents.retrieve_async(intent)).status == "canceled"

    order = await house.order(buyer, house.line(cup, 3), house.line(house.shop.plate, sent=True))
    pickup, parcel = sorted(await house.works(order), key=lambda each: str(each["kind"]))
    path = await house.ready(pickup)
    one = {"identity_checked": True, "lines": [{"line_id": pickup["lines"][0]["id"], "quantity": 1}]}
    await house.store.post(f"{path}/hand-over", one)

    async def standing() -> tuple[str, list[int]]:
        found = await buyer.get(f"/v1/orders/{order['id']}")
        return found["state"], [line["fulfilled"] for line in found["lines"]]

    assert await standing() == ("placed", [1, 0])
    assert await house.level(cup, gracia) == (9, 2)
    await house.store.post(f"{path}/hand-over", {"identity_checked": True})
    assert await standing() == ("placed", [3, 0])
    path = await house.ready(parcel)
    assert await standing() == ("placed", [3, 0])
    await house.office.post(f"{path}/ship", {"carrier": "Correos"})
    assert await standing() == ("completed", [3, 1])
