"""Refunds: https://docs.stripe.com/refunds."""

import asyncio

import pytest
import stripe

from commerce.sandbox import SandboxConfig, WebhookEndpoint
from tests.sandbox.conftest import Start
from tests.sandbox.play import Handles, Shop, Till, eventually, told


async def test_refunds_add_up_to_what_was_captured_and_no_further(till: Till, handles: Handles) -> None:
    held = await till.hold(2000)
    await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 1500})
    create = till.v1.refunds.create_async

    first = await create({"payment_intent": held.id, "amount": 499, "metadata": {"return": "r1"}})
    assert (first.status, first.amount, first.charge, first.currency) == ("succeeded", 499, held.latest_charge, "eur")
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        await create({"payment_intent": held.id, "amount": 1002})
    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, "amount", None)
    rest = await create({"charge": held.latest_charge, "reason": "requested_by_customer"})
    assert (rest.amount, rest.reason) == (1001, "requested_by_customer")
    with pytest.raises(stripe.InvalidRequestError) as over:
        await create({"payment_intent": held.id, "amount": 1})
    assert over.value.code == "charge_already_refunded"

    charge = await till.v1.charges.retrieve_async(held.latest_charge, {"expand": ["refunds"]})
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (1500, 1500, True)
    assert [refund.id for refund in charge.refunds.data] == [rest.id, first.id]
    listed = await till.v1.refunds.list_async({"payment_intent": held.id})
    assert [refund.id for refund in listed.data] == [rest.id, first.id]
    assert (await till.v1.refunds.retrieve_async(first.id)).metadata["return"] == "r1"
    renamed = await till.v1.refunds.update_async(first.id, {"metadata": {"return": "r2"}})
    assert renamed.metadata["return"] == "r2"
    assert (await handles.get("/effects", payment_intent=held.id))["amounts"]["refunded"] == 1500


async def test_ten_refunds_at_once_never_exceed_what_was_captured(till: Till, handles: Handles) -> None:
    paid = await till.pay(100)
    asked = [till.v1.refunds.create_async({"payment_intent": paid.id, "amount": 20}) for _ in range(10)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(outcome, stripe.Refund) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, stripe.InvalidRequestError) for outcome in outcomes) == 5
    assert (await handles.get("/effects", payment_intent=paid.id))["amounts"]["refunded"] == 100


async def test_only_captured_money_can_go_back(till: Till) -> None:
    held = await till.hold(2000)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await till.v1.refunds.create_async({"payment_intent": held.id})
    with pytest.raises(stripe.CardError) as declined:
        await till.pay(2000, "pm_card_visa_chargeDeclined")
    with pytest.raises(stripe.InvalidRequestError, match="has failed"):
        await till.v1.refunds.create_async({"charge": told(declined).charge})
    with pytest.raises(stripe.InvalidRequestError) as nothing:
        await till.v1.refunds.create_async({"payment_intent": "pi_nothing"})
    assert (nothing.value.code, nothing.value.http_status) == ("resource_missing", 400)
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        await till.v1.refunds.create_async({"amount": 5})
    with pytest.raises(stripe.InvalidRequestError, match="reason"):
        await till.v1.refunds.create_async({"payment_intent": held.id, "reason": "whim"})


async def test_a_refund_can_be_pending_and_then_succeed(till: Till, handles: Handles, shop: Shop) -> None:
    paid = await till.pay(2000, "pm_card_pendingRefund")
    refund = await till.v1.refunds.create_async({"payment_intent": paid.id, "amount": 500})
    assert refund.status == "pending"
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        await till.v1.refunds.create_async({"payment_intent": paid.id, "amount": 1501})

    await handles.http.post("/_sandbox/settle", params={"object_id": refund.id})

    assert (await till.v1.refunds.retrieve_async(refund.id)).status == "succeeded"
    await handles.until_delivered(refund.id)
    assert shop.types(refund.id) == ["refund.created", "refund.updated"]
    assert shop.types(paid.latest_charge)[-1] == "charge.refunded"


async def test_a_refund_can_seem_done_and_come_back(till: Till, handles: Handles, shop: Shop) -> None:
    paid = await till.pay(2000, "pm_card_refundFail")
    refund = await till.v1.refunds.create_async({"payment_intent": paid.id})
    assert refund.status == "succeeded"

    await handles.http.post("/_sandbox/settle", params={"object_id": refund.id})

    failed = await till.v1.refunds.retrieve_async(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    charge = await till.v1.charges.retrieve_async(paid.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    await handles.until_delivered(refund.id)
    assert shop.types(refund.id) == ["refund.created", "refund.updated", "refund.failed"]
    assert shop.events(refund.id)[-1].data.object.status == "failed"
    again = await till.v1.refunds.create_async({"payment_intent": paid.id})
    assert again.amount == 2000


async def test_what_is_pending_settles_by_itself(start: Start, shop: Shop) -> None:
    config = SandboxConfig(webhook=WebhookEndpoint(url=shop.url), settle_seconds=0.05)
    _, till, _ = await start(config)
    paid = await till.pay(2000, "pm_card_pendingRefund")
    refund = await till.v1.refunds.create_async({"payment_intent": paid.id})
    await eventually(lambda: "refund.updated" in shop.types(refund.id))
    assert (await till.v1.refunds.retrieve_async(refund.id)).status == "succeeded"
