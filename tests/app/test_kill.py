"""The server is killed in the middle of its work, and the next start just works: nothing acknowledged is lost, nothing is done twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from commerce.demo.client import Client, Json, UnexpectedError
from commerce.demo.shop import BUNDLED, Shop, open_shop
from commerce.platform.embedded import free_port, remove

PASSWORD = "correct horse battery"
SHOPPERS = 4
ORDERS_BEFORE_THE_KILL = 12
START_SECONDS = 90


def environment(folder: Path, port: int) -> dict[str, str]:
    """Gives the environment of a server with a folder of its own."""
    return {
        **os.environ,
        "COMMERCE_DATA_DIR": str(folder),
        "COMMERCE_HTTP_PORT": str(port),
        "COMMERCE_RATE_LIMIT_PER_MINUTE": "0",
        "COMMERCE_LOG_LEVEL": "warning",
    }


@contextmanager
def running(settings: Mapping[str, str], url: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs `commerce run` until the block ends."""
    process = subprocess.Popen([sys.executable, "-m", "commerce.cli", "run"], env=dict(settings))
    try:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and process.poll() is None:
            try:
                if httpx.get(f"{url}/ready", timeout=2).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        else:
            pytest.fail("the server did not become ready")
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def command(settings: Mapping[str, str], *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    """Runs another command beside the server."""
    return subprocess.run(
        [sys.executable, "-m", "commerce.cli", *words],
        env=dict(settings),
        input=given,
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )


def buy(url: str, shop: Shop, variant: str, placed: list[str], stop: threading.Event) -> None:
    """Buys one unit again and again, to be paid in the store, and notes each order that was acknowledged."""
    fulfilment = {"kind": "pickup", "location_id": shop.stores[0].id}
    contact = {"email": "shopper@example.com", "name": "A Shopper"}
    with Client(url) as public:
        shopper = public.as_(public.post("/v1/auth/anonymous", {})["access_token"])
        while not stop.is_set():
            try:
                line = {"variant_id": variant, "quantity": 1, "fulfilment": fulfilment}
                cart: Json = shopper.post("/v1/carts", {"lines": [line]})
                cart = shopper.put(f"/v1/carts/{cart['id']}/contact", contact, version=cart["version"])
                body = {"accepted_total": cart["total"], "payment": {"kind": "on_collection"}}
                placed.append(shopper.post(f"/v1/carts/{cart['id']}/checkout", body)["order_id"])
            except (httpx.TransportError, UnexpectedError):
                return


def test_a_killed_server_starts_again_with_everything_it_had_acknowledged(tmp_path: Path) -> None:
    port = free_port()
    url, settings = f"http://127.0.0.1:{port}", environment(tmp_path, port)
    placed: list[str] = []
    with running(settings, url) as process, Client(url) as public:
        assert command(settings, "admin", "create", "--email", "admin@example.com", given=PASSWORD).returncode == 0
        admin = _admin(public)
        shop = open_shop(admin, BUNDLED)
        card = next(each for each in admin.get("/v1/products")["items"] if each["price_from"])
        variant = admin.get(f"/v1/products/{card['id']}")["variants"][0]["id"]
        lines = [{"variant_id": variant, "location_id": shop.stores[0].id, "delta": 10_000}]
        admin.post("/v1/stock/adjustments", {"reason": "plenty", "lines": lines})
        stop = threading.Event()
        shoppers = [threading.Thread(target=buy, args=(url, shop, variant, placed, stop)) for _ in range(SHOPPERS)]
        for shopper in shoppers:
            shopper.start()
        _until(lambda: len(placed) >= ORDERS_BEFORE_THE_KILL)
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        _, alive = psutil.wait_procs(family, timeout=15)
        stop.set()
        for shopper in shoppers:
            shopper.join(timeout=30)
        assert [each.name() for each in alive] == []
    with running(settings, url), Client(url) as public:
        admin = _admin(public)
        for order_id in placed:
            assert admin.get(f"/v1/orders/{order_id}")["state"] == "placed"
            admin.until(f"/v1/orders/{order_id}/fulfilments", lambda each: len(each["items"]) == 1)
        proof = command(settings, "audit")
        assert proof.returncode == 0, proof.stdout + proof.stderr
    remove(tmp_path / "postgres")


def _admin(public: Client) -> Client:
    signed_in = public.post("/v1/auth/staff", {"email": "admin@example.com", "password": PASSWORD})
    return public.as_(signed_in["access_token"])


def _until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if done():
            return
        time.sleep(0.02)
    pytest.fail("it took too long")
