"""The other side of a payment: what the sandbox did to money, its failures on order, its challenge page, its events."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import stripe

from commerce.payments import Payment
from commerce.payments.adapters import StripeProvider
from commerce.payments.hear_news import hear_news
from commerce.platform.database import Database
from commerce.sandbox import TEST_API_KEY, TEST_WEBHOOK_SECRET
from tests.plain import PLAIN


class Bank:
    """Asks the sandbox through its handles, and does at the provider what a person does at its dashboard."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, verify=PLAIN, headers={"authorization": f"Bearer {TEST_API_KEY}"})
        self._http = stripe.HTTPXClient(timeout=10.0)
        self.client = stripe.StripeClient(
            TEST_API_KEY, base_addresses={"api": url}, http_client=self._http, max_network_retries=0
        )

    async def close(self) -> None:
        """Lets go of the connections."""
        await self.http.aclose()
        await self._http.close_async()  # type: ignore[no-untyped-call]

    @property
    def dashboard(self) -> Any:  # noqa: ANN401 -- untyped, since tests also send what the types forbid
        """The provider itself, without us."""
        return self.client.v1

    async def post(self, path: str, *, method: str = "POST", **body: object) -> dict[str, Any]:
        """Uses a handle."""
        answer = await self.http.request(method, f"/_sandbox{path}", json=body or None)
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Reads a handle."""
        answer = await self.http.get(f"/_sandbox{path}", params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def fail(self, failure: str, operation: str, **more: Any) -> None:
        """Lets the next call of an operation go wrong."""
        await self.post("/failures", failure=failure, operation=operation, **more)

    async def moved(self, payment: Payment) -> dict[str, int]:
        """What happened to the money of a payment at the provider: amounts by act, over all of its customer's intents."""
        found: dict[str, int] = {}
        for intent in await self.intents(payment):
            for act, amount in (await self.get("/effects", payment_intent=intent))["amounts"].items():
                found[act] = found.get(act, 0) + amount
        return found

    async def counted(self, payment: Payment) -> dict[str, int]:
        """How often each act happened at the provider."""
        found: dict[str, int] = {}
        for intent in await self.intents(payment):
            for act, count in (await self.get("/effects", payment_intent=intent))["counts"].items():
                found[act] = found.get(act, 0) + count
        return found

    async def intents(self, payment: Payment) -> list[str]:
        """The provider's intents of a payment, found by what they carry, whether we know of them or not."""
        only = {} if payment.customer_ref is None else {"customer": payment.customer_ref}
        listed = await self.dashboard.payment_intents.list_async({"limit": 100} | only)
        return [
            intent.id
            async for intent in listed.auto_paging_iter()
            if intent.metadata.to_dict().get("payment_id") == str(payment.id)
        ]

    async def answer_challenge(self, url: str | None, outcome: str) -> str:
        """Does what the shopper does on the issuer's page; gives the address that the shopper is sent back to."""
        assert url is not None
        parts = urlsplit(url)
        secret = parse_qs(parts.query)["client_secret"][0]
        answer = await self.http.post(parts.path, data={"client_secret": secret, "outcome": outcome})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def events(self, object_id: str | None) -> list[dict[str, Any]]:
        """The events of an intent or a refund, the oldest first, as the provider would send them."""
        assert object_id is not None
        noted = (await self.get("/deliveries", object_id=object_id))["deliveries"]
        return [(await self.dashboard.events.retrieve_async(each["id"])).to_dict() for each in noted]

    async def event(self, object_id: str | None, type_: str) -> dict[str, Any]:
        """The latest event of a type of an object."""
        return [event for event in await self.events(object_id) if event["type"] == type_][-1]


def signed(
    event: dict[str, Any], *, secret: str = TEST_WEBHOOK_SECRET, at: int | None = None
) -> tuple[bytes, dict[str, str]]:
    """An event's body and its headers, signed as the provider signs."""
    body = json.dumps(event).encode()
    stamp = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"stripe-signature": f"t={stamp},v1={mac}"}


async def deliver(db: Database, provider: StripeProvider, event: dict[str, Any]) -> None:
    """Delivers an event as the webhook's route does."""
    await db.transact(hear_news, provider.read_news(*signed(event)))
