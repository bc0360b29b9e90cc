"""Opening hours as instants: half-open, counted in opening time, right on the days when the clocks change."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from commerce.stores.calendar import Calendar, instant_at

NEW_YORK = "America/New_York"
MADRID = "Europe/Madrid"
DAYS = range(7)


def at(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type,misc]


def daily(zone: str, *spans: tuple[int, int]) -> Calendar:
    return Calendar(zone, dict.fromkeys(DAYS, spans), {})


def walls(calendar: Calendar, day: date) -> list[tuple[str, str]]:
    tz = ZoneInfo(calendar.zone)
    return [
        (f"{opens.astimezone(tz):%H:%M}", f"{closes.astimezone(tz):%H:%M}")
        for opens, closes in calendar.intervals_of(day)
    ]


@pytest.mark.parametrize(
    "day", [date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9), date(2026, 10, 31), date(2026, 11, 1)]
)
def test_afternoon_hours_keep_their_wall_times_around_both_changes(day: date) -> None:
    calendar = daily(NEW_YORK, (13 * 60, 18 * 60))

    assert walls(calendar, day) == [("13:00", "18:00")]
    ((opens, closes),) = calendar.intervals_of(day)
    assert closes - opens == timedelta(hours=5)


def test_a_night_window_loses_the_hour_that_the_clocks_skip() -> None:
    calendar = daily(NEW_YORK, (90, 210))

    ((opens, closes),) = calendar.intervals_of(date(2026, 3, 8))

    assert (opens, closes) == (datetime(2026, 3, 8, 6, 30, tzinfo=UTC), datetime(2026, 3, 8, 7, 30, tzinfo=UTC))
    assert calendar.is_open(datetime(2026, 3, 8, 7, 0, tzinfo=UTC))  # 03:00, the first minute after the change
    assert not calendar.is_open(datetime(2026, 3, 8, 7, 30, tzinfo=UTC))


def test_a_night_window_has_the_repeated_hour_once_and_whole() -> None:
    calendar = daily(NEW_YORK, (90, 210))

    ((opens, closes),) = calendar.intervals_of(date(2026, 11, 1))

    assert (opens, closes) == (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 8, 30, tzinfo=UTC))


def test_hours_inside_the_skipped_hour_are_no_opening_at_all() -> None:
    calendar = daily(NEW_YORK, (125, 170))

    assert calendar.intervals_of(date(2026, 3, 8)) == []
    assert walls(calendar, date(2026, 3, 9)) == [("02:05", "02:50")]


def test_hours_inside_the_repeated_hour_are_open_at_its_first_passing_only() -> None:
    calendar = daily(NEW_YORK, (75, 105))

    assert calendar.is_open(datetime(2026, 11, 1, 5, 15, tzinfo=UTC))
    assert not calendar.is_open(datetime(2026, 11, 1, 6, 15, tzinfo=UTC))


def test_an_opening_in_the_skipped_hour_begins_at_the_change() -> None:
    calendar = daily(MADRID, (150, 600))

    ((opens, _),) = calendar.intervals_of(date(2026, 3, 29))

    assert opens == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_midnight_itself_can_be_skipped() -> None:
    assert instant_at("Africa/Cairo", date(2026, 4, 24), 0) == datetime(2026, 4, 23, 22, 0, tzinfo=UTC)


def test_opening_is_half_open() -> None:
    calendar = daily(MADRID, (540, 1200))

    assert not calendar.is_open(at(MADRID, 2026, 3, 10, 8, 59, 59))
    assert calendar.is_open(at(MADRID, 2026, 3, 10, 9, 0))
    assert calendar.is_open(at(MADRID, 2026, 3, 10, 19, 59, 59))
    assert not calendar.is_open(at(MADRID, 2026, 3, 10, 20, 0))


@pytest.mark.parametrize(
    ("placed", "ready"),
    [
        ((15, 29), (10, 15, 59)),
        ((15, 30), (10, 16, 0)),
        ((15, 31), (10, 16, 1)),
        ((15, 47), (10, 16, 17)),
        ((8, 0), (10, 9, 30)),  # nobody works before the opening
        ((19, 29), (10, 19, 59)),
        ((19, 30), (11, 9, 0)),  # done with the closing: to be had at the next opening
        ((19, 45), (11, 9, 15)),  # a quarter of an hour today, the rest tomorrow
        ((20, 0), (11, 9, 30)),
    ],
)
def test_the_lead_time_is_counted_in_opening_hours(placed: tuple[int, int], ready: tuple[int, int, int]) -> None:
    calendar = daily(MADRID, (540, 1200))

    assert calendar.ready_at(at(MADRID, 2026, 3, 10, *placed), 30) == at(MADRID, 2026, 3, *ready)


def test_a_lead_time_over_the_change_is_elapsed_time() -> None:
    calendar = daily(NEW_YORK, (0, 1440))

    assert calendar.ready_at(at(NEW_YORK, 2026, 3, 8, 1, 30), 60) == at(NEW_YORK, 2026, 3, 8, 3, 30)


def test_exceptions_replace_the_weekly_hours_of_their_date() -> None:
    weekly = {day: [(540, 1200)] for day in range(6)}
    calendar = Calendar(MADRID, weekly, {date(2026, 3, 19): [], date(2026, 3, 22): [(600, 840)]})

    assert calendar.ready_at(at(MADRID, 2026, 3, 18, 19, 30), 60) == at(MADRID, 2026, 3, 20, 9, 30)
    assert not calendar.is_open(at(MADRID, 2026, 3, 19, 12, 0))
    assert calendar.is_open(at(MADRID, 2026, 3, 22, 13, 59))
    assert not calendar.is_open(at(MADRID, 2026, 3, 29, 13, 0))


def test_a_place_that_never_opens_promises_nothing() -> None:
    assert Calendar(MADRID, {}, {}).ready_at(at(MADRID, 2026, 3, 10, 12, 0), 0) is None
    assert Calendar(MADRID, {}, {}).next_change(at(MADRID, 2026, 3, 10, 12, 0)) is None


def test_work_longer_than_a_day_goes_on_at_the_next_openings() -> None:
    calendar = daily(MADRID, (540, 1200))

    assert calendar.ready_at(at(MADRID, 2026, 3, 10, 18, 0), 20 * 60) == at(MADRID, 2026, 3, 12, 16, 0)


def test_next_change_is_the_closing_when_open_and_the_opening_when_closed() -> None:
    calendar = Calendar(MADRID, {day: [(540, 840), (1020, 1200)] for day in range(5)}, {})

    assert calendar.next_change(at(MADRID, 2026, 3, 10, 9, 0)) == at(MADRID, 2026, 3, 10, 14, 0)
    assert calendar.next_change(at(MADRID, 2026, 3, 10, 14, 0)) == at(MADRID, 2026, 3, 10, 17, 0)
    assert calendar.next_change(at(MADRID, 2026, 3, 13, 20, 0)) == at(MADRID, 2026, 3, 16, 9, 0)


def test_a_night_written_as_two_openings_closes_once() -> None:
    calendar = daily(MADRID, (0, 120), (1320, 1440))

    assert calendar.next_change(at(MADRID, 2026, 3, 10, 23, 0)) == at(MADRID, 2026, 3, 11, 2, 0)
    assert calendar.ready_at(at(MADRID, 2026, 3, 10, 23, 30), 60) == at(MADRID, 2026, 3, 11, 0, 30)


def test_a_place_that_is_always_open_has_no_change_to_tell() -> None:
    assert daily(MADRID, (0, 1440)).next_change(at(MADRID, 2026, 3, 10, 12, 0)) is None


def test_a_collection_waits_so_many_opening_days() -> None:
    weekly = {day: [(540, 840), (1020, 1200)] for day in range(6)}
    calendar = Calendar(MADRID, weekly, {date(2026, 3, 12): []})

    # Tuesday; Wednesday is day one, Thursday is closed, Friday two, Saturday three, Sunday closed, Monday four
    assert calendar.collect_until(at(MADRID, 2026, 3, 10, 12, 0), 4) == at(MADRID, 2026, 3, 16, 20, 0)
    assert Calendar(MADRID, {}, {}).collect_until(at(MADRID, 2026, 3, 10, 12, 0), 4) is None


ZONES = st.sampled_from(
    [MADRID, NEW_YORK, "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Kathmandu", "UTC"]
)
SPANS = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(
    lambda points: list(zip(sorted(points)[::2], sorted(points)[1::2], strict=False))
)


@settings(max_examples=200, deadline=None)
@given(
    zone=ZONES,
    weekly=st.dictionaries(st.integers(0, 6), SPANS, min_size=1),
    placed=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis wants naive bounds
    lead=st.integers(0, 3000),
)
def test_whatever_the_hours_the_promise_is_open_and_late_enough(
    zone: str, weekly: dict[int, list[tuple[int, int]]], placed: datetime, lead: int
) -> None:
    calendar = Calendar(zone, weekly, {})

    ready = calendar.ready_at(placed, lead)

    if ready is not None:
        assert ready >= placed + timedelta(minutes=lead)
        assert calendar.is_open(ready)
        open_before = sum(
            (min(closes, ready) - max(opens, placed) for opens, closes in calendar.openings(placed) if opens < ready),
            timedelta(),
        )
        assert open_before == timedelta(minutes=lead)
    intervals = [
        span for ahead in range(400) for span in calendar.intervals_of(date(2026, 1, 1) + timedelta(days=ahead))
    ]
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(intervals))
