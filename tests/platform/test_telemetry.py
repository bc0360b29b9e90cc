"""Figures add up, over processes too; traces are off until an endpoint is set, and then arrive."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from commerce.platform import telemetry
from commerce.platform.settings import load
from commerce.platform.telemetry_files import share_between_processes


def value(line_start: str) -> float:
    (line,) = [line for line in telemetry.render().decode().splitlines() if line.startswith(line_start)]
    return float(line.rpartition(" ")[2])


def test_a_request_is_counted_by_operation_and_status_and_timed() -> None:
    for _ in range(3):
        telemetry.observe_request("tests.counted", 200, 0.004)
    telemetry.observe_request("tests.counted", 404, 2.0)
    assert value('commerce_http_requests_total{operation="tests.counted",status="200"}') == 3
    assert value('commerce_http_requests_total{operation="tests.counted",status="404"}') == 1
    assert value('commerce_http_request_seconds_count{operation="tests.counted"}') == 4
    assert value('commerce_http_request_seconds_bucket{le="0.005",operation="tests.counted"}') == 3


def test_jobs_statements_and_lag_are_counted() -> None:
    before = telemetry.STATEMENTS._value.get()
    telemetry.count_statement()
    telemetry.count_statement(2)
    telemetry.count_job("tests.mail", "done")
    telemetry.set_outbox_lag(1.5)
    assert value("commerce_sql_statements_total") == before + 3
    assert value('commerce_jobs_total{kind="tests.mail",outcome="done"}') == 1
    assert value("commerce_outbox_lag_seconds") == 1.5


def test_figures_of_several_processes_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "as it was")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "counter_1.db").write_bytes(b"of an earlier run")
    share_between_processes(tmp_path / "shared")
    count = "from commerce.platform import telemetry as t; t.observe_request('tests.shared', 200, 0.1); t.set_outbox_lag(2); "
    for _ in range(2):
        subprocess.run([sys.executable, "-c", count], check=True, env=dict(os.environ))
    shown = subprocess.run(
        [sys.executable, "-c", count + "print(t.render().decode())"],
        check=True,
        env=dict(os.environ),
        capture_output=True,
    ).stdout.decode()
    assert 'commerce_http_requests_total{operation="tests.shared",status="200"} 3.0' in shown
    assert "commerce_outbox_lag_seconds 2.0" in shown


def test_nothing_of_opentelemetry_is_imported_while_traces_are_off() -> None:
    program = (
        "import sys\nfrom commerce.platform import settings, telemetry\n"
        "telemetry.configure_tracing(settings.load({}, env_file=None))\n"
        "with telemetry.span('x', traceparent='00-1-1-01'): pass\ntelemetry.stop_tracing()\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


class Collector(BaseHTTPRequestHandler):
    bodies: list[bytes]

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    received: list[bytes] = []
    server = HTTPServer(("127.0.0.1", 0), type("Here", (Collector,), {"bodies": received}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_with_an_endpoint_spans_arrive_as_children_of_the_callers() -> None:
    with collector() as (endpoint, received):
        telemetry.configure_tracing(load({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, env_file=None))
        trace = "0af7651916cd43dd8448eb211c80319c"
        with (
            telemetry.span("GET /v1/products", {"http.status": 200}, traceparent=f"00-{trace}-b7ad6b7169203331-01"),
            telemetry.span("sql"),
        ):
            pass
        telemetry.stop_tracing()
    sent = b"".join(received)
    assert b"GET /v1/products" in sent
    assert b"sql" in sent
    assert sent.count(bytes.fromhex(trace)) == 2
    assert bytes.fromhex("b7ad6b7169203331") in sent
