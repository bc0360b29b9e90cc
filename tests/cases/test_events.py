"""Facts and numbers: cases in which facts told of what never was, came twice, or two orders had one number."""

import asyncio
from collections import Counter, defaultdict

from commerce.checkout import jobs
from commerce.kernel.clock import HeldClock
from tests.cases.house import DECLINED, ON_COLLECTION, VISA, opened
from tests.given import inventory, promotions
from tests.served import Served


async def test_facts_tell_exactly_what_was_committed_once_and_in_order(server: Served, clock: HeldClock) -> None:
    """saleor/saleor PR 9532, PR 10242: facts of transactions that rolled back; woocommerce/woocommerce#14957, #26612: two facts for one change,
    with the data of before it; Sylius/Sylius#922, shopperlabs/shopper PR 605: one number for two orders;
    Sylius/Sylius#10125, paynl/magento2-plugin#176: a code came back on some paths of cancelling only.
    """
    async with opened(server, stock=0) as house:
        cup, gracia = house.shop.cup, house.shop.gracia
        await inventory.stock(house.db, {(cup, gracia): 6})
        promotion = await promotions.published(house.db, opened_by="RUSH", limits={"uses_most": 6})
        buyers = [await house.shopper() for _ in range(9)]
        carts = []
        for nth, buyer in enumerate(buyers):
            cart = await house.cart(buyer, house.line(cup), email=f"buyer{nth}@example.com")
            carts.append(await buyer.post(f"/v1/carts/{cart['id']}/coupons", {"codes": ["RUSH"]}))
        tenders = [VISA, DECLINED, ON_COLLECTION]
        ended = await asyncio.gather(
            *(
                house.check_out(buyer, cart, tenders[nth % 3])
                for nth, (buyer, cart) in enumerate(zip(buyers, carts, strict=True))
            )
        )
        await server.work()
        made = {said["order_id"]: said for status, said in ended if status == 201}
        owner = {said["order_id"]: buyer for buyer, (status, said) in zip(buyers, ended, strict=True) if status == 201}
        assert len(made) == 6
        assert {status for status, _ in ended} == {201, 409}
        assert len({said["number"] for said in made.values()}) == 6

        placed = [order for order, said in made.items() if said["state"] == "placed"]
        waiting = [order for order, said in made.items() if said["state"] == "pending_payment"]
        assert len(placed) >= 2, ended
        by_customer, by_store = placed[0], placed[1]
        body = {"reason": "changed_mind"}
        await asyncio.gather(
            *(owner[by_customer].call("POST", f"/v1/orders/{by_customer}/cancel", body) for _ in range(3))
        )
        await asyncio.gather(*(house.store.call("POST", f"/v1/orders/{by_store}/cancel", body) for _ in range(3)))
        clock.move(minutes=31)
        for _ in range(2):
            await house.db.transact(jobs.expire_due, None)
            await server.work()
        house.office = await house.staff(("administrator", None))

        facts = await house.facts()
        orders = [each for each in facts if each["type"].startswith("orders.")]
        assert {each["aggregate_id"] for each in orders} == set(made)
        told = Counter((each["type"], each["aggregate_id"]) for each in orders)
        assert [told["orders.placed.v1", order] for order in placed] == [1] * len(placed)
        assert [told["orders.placed.v1", order] for order in waiting] == [0] * len(waiting)
        cancelled = {by_customer, by_store, *waiting}
        assert {order for (type_, order), times in told.items() if type_ == "orders.cancelled.v1"} == cancelled
        assert {told["orders.cancelled.v1", order] for order in cancelled} == {1}
        assert {each["payload"]["order"]["state"] for each in orders if each["type"] == "orders.cancelled.v1"} == {
            "cancelled"
        }
        versions = defaultdict(list)
        for each in facts:
            versions[each["aggregate_id"]].append(each["aggregate_version"])
        assert all(found == list(range(1, len(found) + 1)) for found in versions.values())
        assert len({each["id"] for each in facts}) == len(facts)
        for order in made:
            last = [each for each in orders if each["aggregate_id"] == order][-1]
            now = await house.office.get(f"/v1/orders/{order}")
            assert last["payload"]["order"]["state"] == now["state"]

        usage = await house.office.get(f"/v1/admin/promotions/{promotion}/usage")
        assert usage["uses"] == 6 - len(cancelled)
        assert await house.level(cup, gracia) == (6, 6 - len(cancelled))
