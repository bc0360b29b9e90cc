"""Structured logs: one line per event, JSON for machines and columns for people, without personal data and without secrets.

What is bound (`bound(order_id=…)`) stands in each line until the block ends, for this request or job alone.
"""

import functools
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any, Final, TextIO

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from commerce.platform.settings import Settings

REDACTED: Final = "[redacted]"
PRIVATE_NAMES: Final = frozenset(
    "name names first_name last_name full_name customer_name recipient company street line1 line2 postal_code birthday "
    "dsn database_url smtp_url cookie pan cvc cvv iban".split()
)
PRIVATE_PARTS: Final = re.compile(
    r"e_?mail|phone|address|authorization|token|secret|password|passwd|card|api_?key|credential|signature|private"
)
PRIVATE_VALUES: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # mail addresses
    r"|\b(?:sk|rk|whsec|pk)_\w+"  # a payment provider's keys
    r"|\b(?:bearer|basic)\s+[\w.~+/=-]+"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]+"  # tokens (JWT)
    r"|\b(?:postgres(?:ql)?|smtps?)://[^\s@]*@"
    r"|DETAIL:[^\n]*|Key \([^)]*\)=\([^\n]*\)|Failing row contains[^\n]*",  # rows that PostgreSQL quotes in its errors
    re.IGNORECASE,
)
DEEPEST: Final = 6
CHATTERING: Final = (
    "httpx",
    "httpcore",
    "stripe",
)  # a line for each call to the provider; our own lines say what came of it


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Log from here on as the settings say, to standard error unless told otherwise; the standard library's loggers too."""
    stream = stream or sys.stderr
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not stream.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    console = structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
    last: list[Processor] = (
        [structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer(serializer=_as_json)]
        if as_json
        else [structlog.processors.format_exc_info, redact, console]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *shared,
                _named,
                structlog.stdlib.PositionalArgumentsFormatter(),
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(max(level, logging.INFO))  # debug lines of libraries show data
    for name in CHATTERING:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(capture=True)


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger for one module: `log.info("order placed", order_id=…)`; the text is constant, the facts are keywords."""
    logger: FilteringBoundLogger = structlog.get_logger(module=name)
    return logger


def bound(**facts: object) -> AbstractContextManager[None]:
    """Facts such as request_id and order_id that stand in each line written within the block, by this task and those it starts."""
    return structlog.contextvars.bound_contextvars(**facts)


def redact(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace personal data and secrets, told by their name or by their look, at any depth."""
    for key, value in event.items():
        event[key] = _clean(key, value, 0)
    return event


def _clean(key: str, value: object, depth: int) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return REDACTED if isinstance(value, int) and not isinstance(value, bool) and _is_private(key) else value
    if _is_private(key):
        return REDACTED
    if isinstance(value, str):
        return _clean_text(value)
    if depth >= DEEPEST:
        return REDACTED
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        return {str(inner): _clean(str(inner), content, depth + 1) for inner, content in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean("", content, depth + 1) for content in value]
    return _clean_text(str(value))


def _clean_text(text: str) -> str:
    if "@" in text or "_" in text or " " in text or "eyJ" in text:  # each of the patterns has one of them
        return PRIVATE_VALUES.sub(REDACTED, text)
    return text


@functools.lru_cache(maxsize=1024)
def _is_private(key: str) -> bool:
    lowered = key.lower().replace("-", "_")
    return lowered in PRIVATE_NAMES or PRIVATE_PARTS.search(lowered) is not None


def _named(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's logger under the same key as ours."""
    record: logging.LogRecord = event["_record"]
    event["module"] = record.name
    return event


def _as_json(event: Mapping[str, object], **_: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
