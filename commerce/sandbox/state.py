"""What one running sandbox shares between its requests and its worker."""

import asyncio
from collections import deque

import msgspec
import stripe
from litestar import Request
from litestar.datastructures import State

from commerce.sandbox.config import SandboxConfig
from commerce.sandbox.failures import Plans
from commerce.sandbox.store import Change, Store

AnyRequest = Request[object, object, State]
REMEMBERED_CALLS = 2_000


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call as it came in and went out, for tests that look at the traffic."""

    at: float
    operation: str
    path: str
    idempotency_key: str | None
    status: int
    replayed: bool
    request_id: str
    failure: str | None


class Sandbox:
    """All that one running sandbox shares: its records, its plans, its clock."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.webhook = config.webhook
        self.store = Store(config.data_dir)
        self.plans = Plans()
        self.calls: deque[Call] = deque(maxlen=REMEMBERED_CALLS)
        self.advanced_seconds = 0.0
        self.running_keys: set[str] = set()
        self.woken = asyncio.Event()

    def now(self) -> float:
        """Unix seconds by the sandbox's clock, which tests may put forward."""
        return self.config.clock() + self.advanced_seconds

    def change(
        self,
        *,
        base_url: str = "",
        api_version: str | None = None,
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Change:
        """A change to fill."""
        return Change(
            self.store,
            now=self.now(),
            base_url=base_url,
            multicapture=self.config.multicapture,
            settle_seconds=self.config.settle_seconds,
            api_version=api_version or stripe.api_version,
            request_id=request_id,
            idempotency_key=idempotency_key,
        )

    def keep(self, change: Change) -> None:
        """Make the change true and let the worker look for what it has to do."""
        change.keep()
        self.woken.set()
