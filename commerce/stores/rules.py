"""Pure decisions: which hours, zones, countries and coordinates are legal."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from zoneinfo import available_timezones

from commerce.kernel.currencies import is_currency
from commerce.kernel.errors import FieldError, InvalidInput
from commerce.stores.calendar import MINUTES_A_DAY, Span, minute_of
from commerce.stores.facts import DayHours, Hours
from commerce.stores.places import THIRD_PARTIES, Kind, Service


@cache
def zones() -> frozenset[str]:
    """Gives the names of the IANA zones, such as Europe/Madrid; without the bare offsets and the machine's own zone."""
    return frozenset(name for name in available_timezones() if name == "UTC" or ("/" in name and name != "localtime"))


def check_zone(name: str, pointer: str = "/timezone") -> None:
    """Refuses with InvalidInput what is no IANA zone."""
    if name not in zones():
        raise _refused([FieldError(pointer, "Give an IANA time zone such as Europe/Madrid.")])


def check_currency(code: str, pointer: str = "/currency") -> None:
    """Refuses with InvalidInput what is no currency in use."""
    if not is_currency(code):
        raise _refused([FieldError(pointer, "Give the ISO 4217 code of a currency in use, such as EUR.")])


def check_product_url(url: str | None, pointer: str = "/product_url") -> None:
    """Refuses with InvalidInput an address of product pages that is the same for each product."""
    if url is not None and "{slug}" not in url and "{id}" not in url:
        raise _refused([FieldError(pointer, "The address needs {slug} or {id}, so that each product has its own.")])


def check_point(latitude: object, longitude: object) -> None:
    """Refuses with InvalidInput one coordinate without the other."""
    if (latitude is None) != (longitude is None):
        raise _refused([FieldError("/latitude", "Give latitude and longitude together, or neither.")])


def check_operator(kind: Kind, operator: object) -> None:
    """Refuses with InvalidInput a third party's place without its operator, and an own place with one."""
    if (kind in THIRD_PARTIES) != (operator is not None):
        said = (
            "Name the carrier that runs it." if operator is None else "Only pickup points and lockers have an operator."
        )
        raise _refused([FieldError("/operator", said)])


def check_terms(service: Service, slot_minutes: int | None, slot_capacity: int | None, weekdays: Sequence[int]) -> None:
    """Refuses with InvalidInput slots of no length or no capacity, slots of anything but collection, and two cut-offs of one weekday."""
    if (slot_minutes is None) != (slot_capacity is None):
        raise _refused(
            [FieldError("/slot_minutes", "Give the length of slots and their capacity together, or neither.")]
        )
    if slot_minutes is not None and service != "pickup":
        raise _refused([FieldError("/slot_minutes", "Only collection has slots.")])
    twice = [nth for nth, weekday in enumerate(weekdays) if weekday in weekdays[:nth]]
    if twice:
        raise _refused([FieldError(f"/cutoffs/{twice[0]}/weekday", "This weekday has a cut-off already.")])


def day_spans(hours: Sequence[DayHours], pointer: str = "/hours") -> list[Span]:
    """Gives the spans of one date in order; refuses with InvalidInput those that are empty or overlap."""
    spans = [(minute_of(each.opens), minute_of(each.closes)) for each in hours]
    _check_spans(((f"{pointer}/{nth}", span) for nth, span in enumerate(spans)))
    return sorted(spans)


def weekly_spans(hours: Sequence[Hours], pointer: str = "/hours") -> list[tuple[int, int, int]]:
    """Gives (weekday, opens, closes) in order; refuses with InvalidInput those that are empty or overlap on one weekday."""
    by_day: dict[int, list[tuple[str, Span]]] = defaultdict(list)
    for nth, each in enumerate(hours):
        by_day[each.weekday].append((f"{pointer}/{nth}", (minute_of(each.opens), minute_of(each.closes))))
    for spans in by_day.values():
        _check_spans(spans)
    return sorted((weekday, *span) for weekday, spans in by_day.items() for _, span in spans)


def _check_spans(spans: Iterable[tuple[str, Span]]) -> None:
    listed = sorted(spans, key=lambda each: each[1])
    errors = [
        FieldError(pointer, "It must close after it opens; write a night as two openings, one until 24:00.")
        for pointer, (opens, closes) in listed
        if not opens < closes <= MINUTES_A_DAY
    ]
    errors += [
        FieldError(pointer, "It overlaps another opening of the same day.")
        for (_, before), (pointer, after) in pairwise(listed)
        if after[0] < before[1]
    ]
    if errors:
        raise _refused(errors)


def _refused(errors: Sequence[FieldError]) -> InvalidInput:
    return InvalidInput(f"{errors[0].pointer}: {errors[0].detail}", errors=errors)
