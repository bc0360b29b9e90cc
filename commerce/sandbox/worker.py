"""Hands events over, and lets time pass: one task beside the requests."""

import asyncio
import hashlib
import hmac
import logging
from collections import deque

import httpx
import msgspec
from msgspec.structs import replace

from commerce.sandbox.config import WebhookEndpoint
from commerce.sandbox.objects import event as shown_event
from commerce.sandbox.records import Attempt, Event
from commerce.sandbox.settle import settle
from commerce.sandbox.state import Sandbox

LOG = logging.getLogger(__name__)
LONGEST_SLEEP_SECONDS = 60.0
LONGEST_ERROR = 200


def sign(endpoint: WebhookEndpoint, body: bytes, at: int) -> str:
    """The Stripe-Signature header (https://docs.stripe.com/webhooks#verify-manually)."""
    mac = hmac.new(endpoint.secret.encode(), str(at).encode() + b"." + body, hashlib.sha256)
    return f"t={at},v1={mac.hexdigest()}"


class DropPlan(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Events that are never delivered: the next `times` of this type, or of any type."""

    type: str | None = None
    times: int = 1


class Worker:
    """Delivers in order of creation, one at a time; an event that failed waits aside and stops nobody."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.paused = False
        self.drops: list[DropPlan] = []
        self.held: deque[Event] = deque()
        self.task: asyncio.Task[None] | None = None
        self.client: httpx.AsyncClient | None = None

    async def start(self) -> None:
        """Begin."""
        self.client = httpx.AsyncClient(timeout=self.sandbox.config.webhook_timeout_seconds)
        self.task = asyncio.create_task(self._run(), name="sandbox worker")
        self.task.add_done_callback(_report)

    async def stop(self) -> None:
        """End; what was not delivered is kept."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        if self.client is not None:
            await self.client.aclose()
        self.sandbox.store.close()

    async def _run(self) -> None:
        sandbox = self.sandbox
        while True:
            sandbox.woken.clear()
            while due := sandbox.store.take_due(sandbox.now()):
                for record in due:
                    if isinstance(record, Event):
                        self.held.append(record)
                    else:
                        change = sandbox.change()
                        settle(change, record)
                        sandbox.keep(change)
                await self._deliver_held()
            await self._deliver_held()
            upcoming = sandbox.store.next_due()
            wait = LONGEST_SLEEP_SECONDS if upcoming is None else min(upcoming - sandbox.now(), LONGEST_SLEEP_SECONDS)
            try:
                await asyncio.wait_for(sandbox.woken.wait(), timeout=max(wait, 0))
            except TimeoutError:
                continue

    async def _deliver_held(self) -> None:
        while self.held and not self.paused:
            await self.deliver(self.held.popleft())

    def resume(self) -> None:
        """Deliver again, what was held first."""
        self.paused = False
        self.sandbox.woken.set()

    async def deliver(self, event: Event) -> Event:
        """One attempt; what fails is tried again later, a limited number of times."""
        sandbox, endpoint = self.sandbox, self.sandbox.webhook
        if endpoint is None:
            return self._note(event, "no_endpoint", None)
        if self._dropped(event):
            return self._note(event, "dropped", None)
        attempt = await self._send(endpoint, event)
        if attempt.status is not None and attempt.status in range(200, 300):
            return self._note(event, "delivered", attempt)
        waits = sandbox.config.webhook_retry_seconds
        made = len(event.attempts)
        if made >= len(waits):
            return self._note(event, "failed", attempt)
        return self._note(event, "pending", attempt, due_at=sandbox.now() + waits[made])

    def _dropped(self, event: Event) -> bool:
        for plan in self.drops:
            if plan.type in {None, event.type}:
                plan.times -= 1
                if plan.times <= 0:
                    self.drops.remove(plan)
                return True
        return False

    async def _send(self, endpoint: WebhookEndpoint, event: Event) -> Attempt:
        """Post it, signed. The time of the signature is the real one, whatever the sandbox's clock says."""
        if self.client is None:
            raise RuntimeError("the worker was not started")
        now = self.sandbox.now()
        body = msgspec.json.encode(shown_event(event))
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "stripe-signature": sign(endpoint, body, int(self.sandbox.config.clock())),
        }
        try:
            answer = await self.client.post(endpoint.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            return Attempt(at=now, error=f"{type(failure).__name__}: {failure}"[:LONGEST_ERROR])
        return Attempt(at=now, status=answer.status_code)

    def _note(self, event: Event, state: str, attempt: Attempt | None, *, due_at: float = 0.0) -> Event:
        attempts = event.attempts if attempt is None else [*event.attempts, attempt]
        noted = replace(event, state=state, attempts=attempts, due_at=due_at)
        self.sandbox.store.apply([noted])
        return noted


def _report(task: asyncio.Task[None]) -> None:
    """A worker that ended by itself is a bug, and must not go unseen."""
    if not task.cancelled() and task.exception() is not None:
        LOG.critical("the sandbox worker broke: no events are delivered any more", exc_info=task.exception())
