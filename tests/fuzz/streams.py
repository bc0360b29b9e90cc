"""Streams of server-sent events in the walks: read for a bounded time, and judged message by message."""

import asyncio
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, TypeAlias

import httpx
import jsonschema_rs
import msgspec

from commerce.fulfilment.board import SAID, BoardNewsOut, BoardOut
from commerce.importing.schemas import JobOut

Json: TypeAlias = Any
EVENT_STREAM: Final = "text/event-stream"
WAIT_SECONDS: Final = 15.0
"""For how long a walk waits for the first message."""
LISTEN_SECONDS: Final = 1.5
"""For how long it listens on: one that was asked to last a second ends by itself."""
SHAPES: Final[dict[str, dict[str, type]]] = {
    "streamFulfilmentOrders": {"board": BoardOut, **dict.fromkeys(SAID.values(), BoardNewsOut)},
    "streamJob": dict.fromkeys(["done", "stopped", "progress"], JobOut),
}
"""What each stream says."""
FIRST: Final = {"streamFulfilmentOrders": {"board"}, "streamJob": {"done", "stopped", "progress"}}
"""What it begins with: a job's with how that job stands."""
FIELDS: Final = {"id", "event", "data", "retry"}


async def listened(http: httpx.AsyncClient, method: str, path: str, **how: Any) -> httpx.Response:
    """Sends a request whose answer is a stream, and gives what was heard of it until it ended or the walk went on."""
    heard = b""
    async with http.stream(method, path, **how) as answer:
        if not answer.is_success:
            await answer.aread()
            return answer
        try:
            async with asyncio.timeout(WAIT_SECONDS) as limit:
                async for part in answer.aiter_bytes():
                    if b"data: " in part and b"data: " not in heard:
                        limit.reschedule(asyncio.get_running_loop().time() + LISTEN_SECONDS)
                    heard += part
        except TimeoutError:
            heard = heard[: heard.rfind(b"\n\n") + 2]  # the last message may have come in part
    return httpx.Response(answer.status_code, headers=answer.headers, content=heard, request=answer.request)


def stream_faults(operation: str, text: str) -> list[str]:
    """Says what of a stream is not as it should be: its first message is the one that it begins with, each has a place and holds its shape."""
    shapes = SHAPES[operation]
    told, first = list(_messages(text)), FIRST[operation]
    faults = [] if told and told[0].get("event") in first else [f"it does not begin with {' or '.join(sorted(first))}"]
    for message in told:
        name = message.get("event", "")
        if name not in shapes or not message.get("id", "").isdecimal() or set(message) - FIELDS:
            faults.append(f"an odd message: {message}"[:300])
        else:
            content = msgspec.json.decode(message["data"])
            faults += [
                f"{name}: {each.instance_path} {each.message}" for each in _judge(shapes[name]).iter_errors(content)
            ]
    return faults


def _messages(text: str) -> Iterator[dict[str, str]]:
    """Gives the fields of each message; what only says how soon to come back, and signs of life, are none."""
    for block in text.split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if fields.keys() - {"retry"}:
            yield fields


@cache
def _judge(shape: type) -> jsonschema_rs.Draft202012Validator:
    schema: Json = msgspec.json.schema(shape, ref_template="#/$defs/{name}")
    for each in schema["$defs"].values():
        if "properties" in each:
            each.setdefault("additionalProperties", False)
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
