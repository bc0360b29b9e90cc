"""The sandbox: a server that speaks the Stripe API, for development, demonstrations and tests.

Owns: payment intents, charges, refunds, payment methods and customers that are play money; the issuer's test page;
signed webhooks with retries. State is in memory, or in a SQLite file.
Promises: the official `stripe` client cannot tell it from Stripe for the calls in `operations.py`. Requests are checked
against the parameter types that the client carries, test cards do what Stripe documents, a payment is captured once
unless multicapture is granted, an idempotency key has one effect. Nothing ever reaches a bank.
Emits: Stripe's events, to one endpoint.
Knows: nothing of the rest of the product; whoever pays through it knows only its address and its keys.
"""

from commerce.sandbox.app import create_app
from commerce.sandbox.config import TEST_API_KEY, TEST_WEBHOOK_SECRET, SandboxConfig, WebhookEndpoint
from commerce.sandbox.server import Server

__all__ = ["TEST_API_KEY", "TEST_WEBHOOK_SECRET", "SandboxConfig", "Server", "WebhookEndpoint", "create_app"]
