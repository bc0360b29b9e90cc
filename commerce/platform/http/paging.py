"""Lists: keyset pages with an opaque cursor that holds the name of its list and the last row's place there."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from types import GenericAlias
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import msgspec
from litestar.params import FromQuery
from msgspec import Meta

from commerce.kernel.errors import FieldError, InvalidInput
from commerce.kernel.signatures import from_base64, to_base64
from commerce.kernel.wire import PAGE_MOST, Page
from commerce.platform.http.instants import has_utc

T = TypeVar("T")
BEGINNING: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
"""What all rows of a list in the order of instants and ids come after."""
STORABLE: dict[Any, Any] = {
    int: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)],
    str: Annotated[str, Meta(pattern=r"^[^\x00]*\Z")],
}

listing: ContextVar[str] = ContextVar("listing", default="")
"""The operation that is being answered, which the authorisation of a request notes: a cursor is for the list that gave it out."""

Limit = FromQuery[Annotated[int, Meta(ge=1, le=PAGE_MOST, description="Items on a page, 1 to 100")]]
Cursor = FromQuery[
    Annotated[str, Meta(min_length=1, max_length=400, description="`next_cursor` of the page before")] | None
]


def paged(rows: Sequence[T], limit: int, *, key: Callable[[T], list[Any]]) -> Page[T]:
    """Gives a page from rows fetched with one more than the limit; `key` gives the place of a row in the list's order."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return Page(items=items, next_cursor=encode_cursor(key(items[-1])) if more and items else None)


def encode_cursor(place: list[Any], of: str | None = None) -> str:
    """Gives the cursor of a place in the list that is being answered, or in the one of the operation that is named."""
    return to_base64(msgspec.json.encode([of or listing.get(), *place]))


def after_cursor(cursor: str | None, *types: Any) -> tuple[Any, ...] | None:
    """Gives the place that a cursor holds, as values of the given types, or None for the first page.

    Refuses with InvalidInput a cursor that this list did not give out.
    """
    if cursor is None:
        return None
    try:
        name, *place = _decoder(types).decode(from_base64(cursor))
    except (ValueError, msgspec.MsgspecError):
        raise _foreign() from None
    if name != listing.get() or not all(has_utc(each) for each in place):
        raise _foreign()
    return tuple(place)


def after_instant(cursor: str | None) -> tuple[datetime, UUID]:
    """Gives the instant and the id that a page of a list in their order begins after. Refuses as `after_cursor` does."""
    place = after_cursor(cursor, datetime, UUID)
    return (place[0], place[1]) if place else BEGINNING


@cache
def _decoder(types: tuple[Any, ...]) -> msgspec.json.Decoder[Any]:
    """Reads the places of a list. A cursor can be made up, so numbers and texts are such as PostgreSQL can compare."""
    shape: Any = GenericAlias(tuple, (str, *(STORABLE.get(kind, kind) for kind in types)))
    return msgspec.json.Decoder(shape)


def _foreign() -> InvalidInput:
    return InvalidInput(
        "The cursor is not one that this list gave out; leave it away to begin anew.",
        errors=[FieldError("?cursor", "is not a cursor of this list")],
    )
