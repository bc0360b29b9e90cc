"""What the sandbox's tests play with: a Stripe client, the sandbox's own handles, a shop that receives webhooks."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import httpx
import pytest
import stripe
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server as Granian

from commerce.sandbox import TEST_API_KEY, TEST_WEBHOOK_SECRET
from tests.plain import PLAIN

PLENTY_SECONDS = 10.0
Thing: TypeAlias = Any
"""What the Stripe client gives back: its fields are optional on paper, and a test knows which of them are there."""
CARD = {"allowed_payment_method_types": ["card"]}


def thing(given: object) -> Thing:
    """The same, without its types."""
    return given


def told(refused: pytest.ExceptionInfo[stripe.StripeError]) -> Thing:
    """The error object of the answer."""
    return refused.value.error


def headers_of(refused: pytest.ExceptionInfo[stripe.StripeError]) -> Thing:
    """The headers of the answer."""
    return refused.value.headers


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(PLENTY_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another process or task
            await asyncio.sleep(0.01)


class Shop:
    """Receives events; `answers` are the statuses of the next answers, 200 when there are none left."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.received: list[tuple[bytes, str]] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.granian = Granian(
            self._app, port=self.port, interface=Interfaces.ASGINL, websockets=False, log_level=LogLevels.error
        )
        self.task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where its webhook is."""
        return f"http://127.0.0.1:{self.port}/webhook"

    async def _app(self, scope: Mapping[str, Any], receive: Thing, send: Thing) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = dict(scope["headers"])
        self.received.append((body, headers[b"stripe-signature"].decode()))
        status = self.answers.pop(0) if self.answers else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def open(self) -> None:
        """Start to listen."""
        self.task = asyncio.create_task(self.granian.serve())
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                await writer.wait_closed()
                return

    async def close(self) -> None:
        """Stop."""
        self.granian.stop()  # type: ignore[no-untyped-call]
        if self.task is not None:
            await self.task

    def events(self, object_id: str | None = None) -> list[stripe.Event]:
        """What was received, in order, each with its signature verified by the official client."""
        found = [
            stripe.Webhook.construct_event(body, header, TEST_WEBHOOK_SECRET)
            for body, header in self.received
            if object_id is None or object_id.encode() in body
        ]
        return [event for event in found if object_id is None or event.data.object.id == object_id]

    def types(self, object_id: str | None = None) -> list[str]:
        """Their types."""
        return [str(event.type) for event in self.events(object_id)]


class Handles:
    """The sandbox's /_sandbox/ handles."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, verify=PLAIN, headers={"authorization": f"Bearer {TEST_API_KEY}"})

    async def post(self, path: str, **body: object) -> Thing:
        """Do something."""
        answer = await self.http.post(f"/_sandbox{path}", json=body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def get(self, path: str, **query: str) -> Thing:
        """See something."""
        answer = await self.http.get(f"/_sandbox{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def fail(self, failure: str, operation: str | None = None, **more: float) -> None:
        """Let the next call go wrong."""
        await self.post("/failures", failure=failure, operation=operation, **more)

    async def counts(self, intent_id: str) -> dict[str, int]:
        """How often money moved."""
        found: dict[str, int] = (await self.get("/effects", payment_intent=intent_id))["counts"]
        return found

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        await self.post("/clock", advance_seconds=seconds)

    async def states(self, object_id: str) -> list[tuple[str, str, int]]:
        """What became of the events of an object: type, state, attempts."""
        found = await self.get("/deliveries", object_id=object_id)
        return [(each["type"], each["state"], len(each["attempts"])) for each in found["deliveries"]]

    async def until_delivered(self, object_id: str) -> list[tuple[str, str, int]]:
        """The same, once nothing of it is on its way any more."""
        async with asyncio.timeout(PLENTY_SECONDS):
            while True:
                found = await self.states(object_id)
                if found and all(state != "pending" for _, state, _ in found):
                    return found
                await asyncio.sleep(0.01)


class Till:
    """A Stripe client that never retries by itself, and short ways to say what tests say often."""

    def __init__(self, url: str, key: str = TEST_API_KEY, *, timeout: float = 10.0) -> None:
        self.http = stripe.HTTPXClient(timeout=timeout)
        self.client = stripe.StripeClient(
            key, base_addresses={"api": url}, http_client=self.http, max_network_retries=0
        )

    @property
    def v1(self) -> Thing:
        """The services; untyped, since tests also send what the types forbid."""
        return self.client.v1

    async def hold(
        self, amount: int = 2000, method: str = "pm_card_visa", key: str | None = None, **more: Thing
    ) -> Thing:
        """A confirmed intent that is captured later."""
        params = {"amount": amount, "currency": "eur", "payment_method": method, "confirm": True} | CARD
        options = {} if key is None else {"idempotency_key": key}
        return await self.v1.payment_intents.create_async(params | {"capture_method": "manual"} | more, options)

    async def pay(
        self, amount: int = 2000, method: str = "pm_card_visa", key: str | None = None, **more: Thing
    ) -> Thing:
        """A confirmed intent that is captured at once."""
        return await self.hold(amount, method, key, **({"capture_method": "automatic"} | more))

    async def close(self) -> None:
        """Let go of the connections."""
        await self.http.close_async()  # type: ignore[no-untyped-call]
