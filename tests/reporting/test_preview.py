"""A basket priced without and with a draft."""

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from tests.given import promotions
from tests.reporting.conftest import Past


async def test_a_basket_is_priced_without_and_with_a_draft(past: Past, clock: HeldClock) -> None:
    await promotions.published(past.db, {"kind": "percent_off", "rate": "0.1"}, exclusion="sale")
    rule = await promotions.draft(past.db, {"kind": "percent_off", "rate": "0.5"}, exclusion="sale", priority=5)
    basket = {"lines": [{"key": "a", "variant_id": str(past.shop.cup), "quantity": 1}]}
    found = await (await past.admin()).post(f"/v1/admin/promotions/{rule}/preview", {"basket": basket})
    assert (found["without"]["total"]["amount"], found["with_promotion"]["total"]["amount"]) == (1799, 1000)
    assert (found["difference"]["amount"], found["applied"], found["detail"]) == (799, True, None)


async def test_a_preview_says_why_a_draft_gives_nothing_and_at_which_instant_it_would(
    past: Past, clock: HeldClock
) -> None:
    rule = await promotions.draft(
        past.db, {"kind": "percent_off", "rate": "0.5"}, window={"starts_at": "2026-11-27T00:00:00Z"}
    )
    basket = {"lines": [{"variant_id": str(past.shop.cup), "quantity": 1}]}
    admin, path = await past.admin(), f"/v1/admin/promotions/{rule}/preview"
    now = await admin.post(path, {"basket": basket})
    assert (now["difference"]["amount"], now["applied"], now["detail"]) == (0, False, "not_now")
    then = await admin.post(path, {"basket": basket, "at": "2026-11-27T09:00:00Z"})
    assert (then["difference"]["amount"], then["applied"]) == (999, True)


async def test_a_code_counts_as_offered_and_no_limit_is_asked(past: Past, clock: HeldClock) -> None:
    rule = await promotions.draft(
        past.db, {"kind": "percent_off", "rate": "0.5"}, conditions={"code": True}, limits={"uses_most": 1}
    )
    basket = {"lines": [{"variant_id": str(past.shop.cup), "quantity": 1}]}
    found = await (await past.admin()).post(f"/v1/admin/promotions/{rule}/preview", {"basket": basket})
    assert (found["difference"]["amount"], found["applied"]) == (999, True)


async def test_what_cannot_be_previewed_is_refused_at_the_field(past: Past, clock: HeldClock) -> None:
    rule = await promotions.draft(past.db, {"kind": "percent_off", "rate": "0.5"})
    admin, path = await past.admin(), f"/v1/admin/promotions/{rule}/preview"
    line = {"variant_id": str(past.shop.cup), "quantity": 1}
    by_hand = {**line, "override": {"unit": {"amount": 1, "currency": "EUR"}, "reason": "x"}}
    for basket, status, pointer in (
        ({"lines": [line], "channel_id": str(new_id())}, 400, "/basket/channel_id"),
        ({"lines": [line], "store_id": str(new_id())}, 400, "/basket/store_id"),
        ({"lines": [line], "customer_id": str(new_id())}, 400, "/basket/customer_id"),
        ({"lines": [{**line, "key": "a"}, {**line, "key": "a"}]}, 400, "/basket/lines/1/key"),
        ({"lines": [by_hand]}, 400, "/basket/lines/0/override"),
        ({"lines": [{**line, "variant_id": str(new_id())}]}, 422, "/lines/0/variant_id"),
    ):
        answer = await admin.call("POST", path, {"basket": basket})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer), answer.text
    assert (
        await admin.call("POST", f"/v1/admin/promotions/{new_id()}/preview", {"basket": {"lines": [line]}})
    ).status_code == 404
