"""Facts that others hear of: `class OrderPlaced(Event, tag="orders.placed.v1")`, emitted where it became true.

The tag is `<slice>.<what happened>.v<version>`. The payload is the state after the change.
"""

from collections.abc import Iterator
from functools import cache
from typing import dataclass_transform
from uuid import UUID

import msgspec

from commerce.kernel.errors import Bug


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A fact, delivered at least once; each aggregate's facts have increasing versions, without gaps."""

    def about(self) -> UUID:
        """Gives the id of the aggregate that the fact is about."""
        raise Bug(f"{type(self).__name__} does not say what it is about")

    @classmethod
    def name(cls) -> str:
        """Gives the tag."""
        return str(cls.__struct_config__.tag)


def _declared(root: type[Event]) -> Iterator[type[Event]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _declared(kind)


def all_events() -> list[type[Event]]:
    """Gives each kind of fact that the imported modules declare, by tag."""
    return sorted(_declared(Event), key=lambda kind: kind.name())


@cache
def event_type(tag: str) -> type[Event]:
    """Gives the type of a tag; a tag that nothing declares is a Bug."""
    for kind in _declared(Event):
        if kind.name() == tag:
            return kind
    raise Bug(f"no event is declared with the tag {tag}")
