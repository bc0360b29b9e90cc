"""Metrics: what a scraper reads at /metrics."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

registry = CollectorRegistry()
_requests = Counter("commerce_http_requests_total", "Requests answered", ["operation", "status"], registry=registry)
_seconds = Histogram("commerce_http_request_seconds", "Time to answer", ["operation"], registry=registry)
_counters: dict[tuple[str, int], Counter] = {}
_timers: dict[str, Histogram] = {}


def observe_request(operation: str, status: int, seconds: float) -> None:
    """Counts a request and its time."""
    key = (operation, status)
    counter = _counters.get(key)
    if counter is None:
        counter = _counters[key] = _requests.labels(operation, str(status))
    timer = _timers.get(operation)
    if timer is None:
        timer = _timers[operation] = _seconds.labels(operation)
    counter.inc()
    timer.observe(seconds)


def render() -> bytes:
    """Gives the text format of Prometheus."""
    return generate_latest(registry)
