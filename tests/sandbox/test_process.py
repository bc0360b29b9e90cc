"""The sandbox as a program: one line when it is ready, an end on SIGTERM, state that survives a kill."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest
import stripe

from commerce.sandbox import SandboxConfig, Server, WebhookEndpoint
from tests.sandbox.play import Handles, Shop, Till, eventually

SOON = 20


async def begin(*arguments: str) -> tuple[Process, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "commerce.sandbox", "--port", "0", *arguments, stdout=PIPE, stderr=PIPE
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), SOON)).decode()
    matched = re.fullmatch(r"The sandbox listens on (http://127\.0\.0\.1:\d+)\n", line)
    assert matched is not None, line
    return process, matched[1]


async def test_what_was_kept_survives_a_kill_and_undelivered_events_arrive_later(tmp_path: Path, shop: Shop) -> None:
    common = ("--data-dir", str(tmp_path), "--webhook-secret", "whsec_sandbox", "--api-key", "sk_test_mine")
    process, url = await begin(*common, "--webhook-url", "http://127.0.0.1:9/nobody")
    till = Till(url, key="sk_test_mine")
    held = await till.hold(2000, key="kept")
    await till.close()
    process.kill()
    await process.communicate()

    process, url = await begin(*common, "--webhook-url", shop.url)
    till = Till(url, key="sk_test_mine")
    assert (await till.hold(2000, key="kept")).id == held.id
    captured = await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 5})
    assert captured.amount_received == 5
    await eventually(lambda: len(shop.types(held.id)) == 3)
    assert sorted(shop.types(held.id))[2] == "payment_intent.succeeded"
    await till.close()
    process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(process.communicate(), SOON)
    assert (process.returncode, out, err) == (0, b"", b"")


async def test_a_port_that_is_taken_is_said_at_once(server: Server) -> None:
    second = Server(SandboxConfig(), port=server.port)
    with pytest.raises(OSError, match="in use"):
        await second.start()


async def test_a_restart_keeps_what_was_done_and_what_was_still_open(tmp_path: Path, shop: Shop) -> None:
    config = SandboxConfig(data_dir=tmp_path, webhook=WebhookEndpoint(url=shop.url), settle_seconds=0.3)
    server = Server(config)
    await server.start()
    till = Till(server.url)
    paid = await till.pay(500, "pm_card_pendingRefund")
    refund = await till.v1.refunds.create_async({"payment_intent": paid.id})
    assert refund.status == "pending"
    held = await till.hold(700)
    await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 300})
    await till.close()
    await server.stop()

    server = Server(config)
    await server.start()
    till, handles = Till(server.url), Handles(server.url)
    await eventually(lambda: "refund.updated" in shop.types(refund.id))
    assert (await till.v1.refunds.retrieve_async(refund.id)).status == "succeeded"
    kept = await till.v1.payment_intents.retrieve_async(held.id, {"expand": ["latest_charge"]})
    assert (kept.status, kept.amount_received, kept.latest_charge.amount_captured) == ("succeeded", 300, 300)
    with pytest.raises(stripe.InvalidRequestError, match="already been captured"):
        await till.v1.payment_intents.capture_async(held.id)
    await handles.until_delivered(refund.id)
    assert shop.types(refund.id)[-1] == "refund.updated"
    await till.close()
    await handles.http.aclose()
    await server.stop()
