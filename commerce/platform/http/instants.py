"""Days and instants of the first and the last year of the calendar are refused wherever they come in.

Programs write them for "always" and "never". Here they could be kept and not be worked with: the database's driver takes the last day for its own
infinity, and a day more, or another time zone, is beyond what a date can hold.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Any, Final

import msgspec

from commerce.kernel.errors import FieldError, InvalidInput

# A text that could be one of them, also with its figures written as `\u0039`. Nearly no body has any, and is not looked through.
_SUSPECT: Final = re.compile(rb'"(?:0001-01|9999-12|[^"]{0,40}\\u00)')
BEYOND: Final = "must lie in the years 0002 to 9998; leave it out where it has no end"


def check_body(body: bytes, value: object) -> None:
    """Refuses a decoded body that holds such a day or instant, named by its JSON pointer."""
    if _SUSPECT.search(body):
        _refuse([FieldError(pointer, BEYOND) for pointer in _beyond(value, "")])


def check_parameters(values: Mapping[str, object], named: Mapping[str, str]) -> None:
    """Refuses parameters of a request that are one; `named` gives how clients know them."""
    _refuse([FieldError(named[name], BEYOND) for name, value in values.items() if ends(value)])


def ends(value: object) -> bool:
    """Says whether a value is a day or an instant of the calendar's first or last year."""
    return isinstance(value, date) and value.year in {MINYEAR, MAXYEAR}


def has_utc(value: object) -> bool:
    """Says whether a value is no instant, or one that can be told in UTC. Places of lists begin with the calendar's first year."""
    try:
        return not isinstance(value, datetime) or value.astimezone(UTC) is not None
    except OverflowError:
        return False


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise InvalidInput(f"{errors[0].pointer}: {errors[0].detail}", errors=errors)


def _beyond(value: Any, at: str) -> Iterator[str]:
    if ends(value):
        yield at
    elif isinstance(value, msgspec.Struct):
        for field, name in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            yield from _beyond(getattr(value, field), f"{at}/{name}")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _beyond(each, f"{at}/{name}")
    elif isinstance(value, list | tuple | set | frozenset):
        for nth, each in enumerate(value):
            yield from _beyond(each, f"{at}/{nth}")
