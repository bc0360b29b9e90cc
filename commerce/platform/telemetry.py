"""What is counted (Prometheus) and traced (OpenTelemetry, off unless an endpoint is set).

Counting costs about two microseconds per request: children of a metric are looked up once and kept.
"""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

from commerce import __version__
from commerce.platform.settings import OperatorError, Settings
from commerce.platform.telemetry_files import FOLDER_VARIABLE

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series per counter that nobody asks for
REGISTRY: Final = CollectorRegistry()
REQUESTS: Final = Counter(
    "commerce_http_requests_total",
    "Requests answered, by operation and status.",
    ("operation", "status"),
    registry=REGISTRY,
)
REQUEST_SECONDS: Final = Histogram(
    "commerce_http_request_seconds", "Time to answer, by operation.", ("operation",), buckets=SECONDS, registry=REGISTRY
)
STATEMENTS: Final = Counter(
    "commerce_sql_statements_total", "Statements sent to the database, BEGIN and COMMIT not counted.", registry=REGISTRY
)
JOBS: Final = Counter("commerce_jobs_total", "Jobs ended, by kind and outcome.", ("kind", "outcome"), registry=REGISTRY)
OUTBOX_LAG: Final = Gauge(
    "commerce_outbox_lag_seconds",
    "Age of the oldest fact that waits for its reactions.",
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_requests: dict[tuple[str, int], Counter] = {}
_seconds: dict[str, Histogram] = {}
_jobs: dict[tuple[str, str], Counter] = {}
_provider: "TracerProvider | None" = None
_NO_SPAN: Final = nullcontext()

count_statement = STATEMENTS.inc
"""Count one statement, or as many as are given."""

set_outbox_lag = OUTBOX_LAG.set
"""Say how many seconds the oldest waiting fact has waited; 0 when none waits."""


def observe_request(operation: str, status: int, seconds: float) -> None:
    """Count one answer. The operation is the route's id, never its path: each value is a time series for good."""
    counted = _requests.get((operation, status))
    if counted is None:
        counted = _requests[operation, status] = REQUESTS.labels(operation, str(status))
    counted.inc()
    timed = _seconds.get(operation)
    if timed is None:
        timed = _seconds[operation] = REQUEST_SECONDS.labels(operation)
    timed.observe(seconds)


def count_job(kind: str, outcome: str) -> None:
    """Count one job that ended: done, retried or dead."""
    counted = _jobs.get((kind, outcome))
    if counted is None:
        counted = _jobs[kind, outcome] = JOBS.labels(kind, outcome)
    counted.inc()


def render() -> bytes:
    """Everything counted, in the text format that Prometheus reads (CONTENT_TYPE); of all processes when they share a folder."""
    if FOLDER_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library does not say its types here
    return generate_latest(together)


def configure_tracing(settings: Settings) -> None:
    """Send spans to the endpoint in the settings. Without one nothing of OpenTelemetry is imported, and a span costs nothing."""
    global _provider  # noqa: PLW0603 -- there is one tracer per process
    if settings.otel_endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as missing:
        raise OperatorError(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set, but {missing.name} is not installed: pip install 'commerce[otel]', or unset it."
        ) from missing
    _provider = TracerProvider(resource=Resource.create({"service.name": "commerce", "service.version": __version__}))
    exporter = OTLPSpanExporter(endpoint=f"{settings.otel_endpoint.rstrip('/')}/v1/traces")
    _provider.add_span_processor(BatchSpanProcessor(exporter))


def span(
    name: str, attributes: Mapping[str, str | int | float | bool] | None = None, *, traceparent: str | None = None
) -> AbstractContextManager[object]:
    """A span around a block; a child of the one around it, or of the caller's (its `traceparent` header, W3C Trace Context)."""
    if _provider is None:
        return _NO_SPAN
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    parent = TraceContextTextMapPropagator().extract({"traceparent": traceparent}) if traceparent else None
    return _provider.get_tracer("commerce").start_as_current_span(name, context=parent, attributes=attributes)


def describe(traced: object, name: str, attributes: Mapping[str, str | int | float | bool]) -> None:
    """Give a span its name and attributes once they are known; nothing when tracing is off (the span is None then)."""
    if traced is None:
        return
    from opentelemetry.trace import Span

    if isinstance(traced, Span):
        traced.update_name(name)
        traced.set_attributes(attributes)


def stop_tracing() -> None:
    """Send what is left and stop."""
    global _provider  # noqa: PLW0603
    if _provider is not None:
        _provider.shutdown()
        _provider = None
