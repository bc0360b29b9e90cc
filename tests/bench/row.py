"""What a row is: a name, a goal, and two sides that are measured in turn."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from tests.bench.house import House, Sample

Side = Callable[[], Awaitable[Sample]]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """A row that is ready to be measured. `floor` is what the least that could do the same work is measured by; `says` is what that is."""

    ours: Side
    floor: Side | None = None
    says: str = ""
    clients: int
    seconds: float
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row with a rate: `ready` prepares both sides, proves that they give the same, and clears away after the last round."""

    name: str
    ready: Callable[[House], AbstractAsyncContextManager[Sides]]
    goal: float | None = None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A row that is figures only, without a floor: `measure` gives them by name, with their unit in the name; numbers become medians."""

    name: str
    measure: Callable[[House], Awaitable[Mapping[str, Any]]]
