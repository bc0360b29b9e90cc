"""A valid request for each operation of the API, on the seeded world: each of them reaches a 2xx when it is the first to be sent.

Operations that need what a server of its own would give (a signature, a file) say so here as well: there is no operation without.
"""

from typing import Any, TypeAlias

import msgspec

from tests.fuzz import (
    awaited,
    back_office,
    counters,
    described,
    goods,
    instead,
    pictures,
    sets,
    shelves,
    shopping,
    store_work,
    terms,
)
from tests.fuzz.world import World

Json: TypeAlias = Any
ROOMS = (
    shopping,
    store_work,
    goods,
    shelves,
    sets,
    pictures,
    described,
    counters,
    instead,
    awaited,
    back_office,
    terms,
)


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A request: who sends it, what stands in its path and query, its body, and where the version for If-Match is read."""

    who: str = "administrator"
    path: dict[str, str] = {}
    query: dict[str, str] = {}
    body: Json = msgspec.UNSET
    form: dict[str, str] | None = None
    content: bytes | None = None
    media_type: str = "application/json"
    headers: dict[str, str] = {}
    version_at: str | None = None

    def encoded(self) -> bytes:
        """The body as it is sent; empty where there is none."""
        if self.content is not None:
            return self.content
        return b"" if self.body is msgspec.UNSET else msgspec.json.encode(self.body)


def examples(w: World) -> dict[str, Example]:
    """Gives the request for each operation, by its operation id."""
    return {name: msgspec.convert(fields, Example) for room in ROOMS for name, fields in room.examples(w).items()}
