"""What can be set about a sandbox."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TEST_API_KEY = "sk_test_sandbox"
TEST_WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105 - public on purpose: it signs play money only


@dataclass(frozen=True, kw_only=True)
class WebhookEndpoint:
    """Where events go, and the secret that signs them."""

    url: str
    secret: str = TEST_WEBHOOK_SECRET


@dataclass(frozen=True, kw_only=True)
class SandboxConfig:
    """The settings of one sandbox. All of them have a default that works.

    `multicapture` is off because an account on Stripe's plain pricing may capture a payment once
    (https://docs.stripe.com/payments/multicapture). `settle_seconds` is how long refunds and bank debits stay
    pending. `clock` gives Unix seconds. With `data_dir` the state is kept in a SQLite file and survives a restart.
    """

    api_key: str = TEST_API_KEY
    webhook: WebhookEndpoint | None = None
    webhook_timeout_seconds: float = 5.0
    webhook_retry_seconds: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0)
    multicapture: bool = False
    settle_seconds: float = 2.0
    data_dir: Path | None = None
    clock: Callable[[], float] = time.time
