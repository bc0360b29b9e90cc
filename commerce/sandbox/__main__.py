"""`python -m commerce.sandbox`: serve the sandbox until it is told to stop."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from commerce.sandbox.config import TEST_API_KEY, TEST_WEBHOOK_SECRET, SandboxConfig, WebhookEndpoint
from commerce.sandbox.server import Server


def main(arguments: list[str] | None = None) -> None:
    """Parse, serve, end with 0 on SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m commerce.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--api-key", default=TEST_API_KEY, help="the secret key that callers must send")
    parser.add_argument("--webhook-url", help="where events are posted")
    parser.add_argument("--webhook-secret", default=TEST_WEBHOOK_SECRET, help="what signs them")
    parser.add_argument("--data-dir", type=Path, help="keep the state in this folder; in memory without it")
    parser.add_argument("--multicapture", action="store_true", help="grant several captures of one payment")
    parser.add_argument("--settle-seconds", type=float, default=2.0, help="how long refunds and debits stay pending")
    given = parser.parse_args(arguments)
    config = SandboxConfig(
        api_key=given.api_key,
        webhook=WebhookEndpoint(url=given.webhook_url, secret=given.webhook_secret) if given.webhook_url else None,
        data_dir=given.data_dir,
        multicapture=given.multicapture,
        settle_seconds=given.settle_seconds,
    )
    asyncio.run(_serve(config, given.host, given.port))


async def _serve(config: SandboxConfig, host: str, port: int) -> None:
    server = Server(config, host=host, port=port)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await server.start()
    sys.stdout.write(f"The sandbox listens on {server.url}\n")
    sys.stdout.flush()
    await stop.wait()
    await server.stop()


if __name__ == "__main__":
    main()
