"""Traces leave the house when an endpoint is set: a request, its transactions, under the caller's own trace."""

import asyncio
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import msgspec
import pytest

from commerce.platform import telemetry
from commerce.platform.settings import load
from tests.served import Served

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector(BaseHTTPRequestHandler):
    """Takes what is sent to it."""

    received: list[bytes] = []  # noqa: RUF012

    def do_POST(self) -> None:
        """Keeps a batch of spans."""
        self.received.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_request_and_its_transaction_become_spans_of_the_callers_trace(server: Served) -> None:
    Collector.received.clear()
    collector = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=collector.serve_forever, daemon=True).start()
    settings = load({}, env_file=None)
    telemetry.configure_tracing(
        msgspec.structs.replace(settings, otel_endpoint=f"http://127.0.0.1:{collector.server_address[1]}")
    )
    try:
        await server.api.call("POST", "/v1/auth/anonymous", {}, traceparent=PARENT)
    finally:
        await asyncio.to_thread(telemetry.stop_tracing)
        collector.shutdown()
        collector.server_close()
    sent = b"".join(Collector.received)
    assert bytes.fromhex("0af7651916cd43dd8448eb211c80319c") in sent
    assert b"beginAnonymously" in sent
    assert b"http.response.status_code" in sent
