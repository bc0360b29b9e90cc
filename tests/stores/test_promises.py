"""When an order is ready at a place: hours, holidays, cut-offs, pauses, open work and full days, also when the clocks change."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from commerce.kernel.ids import LocationId, new_id
from commerce.stores import Address, DayHours, ExceptionDay, Holiday, Hours, Location, Terms
from commerce.stores.places import Cutoff

MADRID = "Europe/Madrid"
CANARY = "Atlantic/Canary"
NEW_YORK = "America/New_York"
WEEK = {day: [("09:00", "20:00")] for day in range(1, 7)}
ALWAYS = {day: [("00:00", "24:00")] for day in range(1, 8)}
Days = Mapping[int, Sequence[tuple[str, str]]]


def at(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type,misc]


def place(
    zone: str = MADRID, hours: Days = WEEK, *, cutoffs: Mapping[int, str] | None = None, **fields: object
) -> Location:
    terms = Terms(
        service="pickup", cutoffs=tuple(Cutoff(weekday=day, at=wall) for day, wall in (cutoffs or {}).items())
    )
    default: dict[str, object] = {
        "id": LocationId(new_id()),
        "code": "gracia",
        "name": "Gracia",
        "kind": "store",
        "timezone": zone,
        "country": "ES",
        "address": Address(line1="Carrer Gran 1", city="Barcelona"),
        "latitude": None,
        "longitude": None,
        "phone": None,
        "pickup": True,
        "ships": False,
        "active": True,
        "lead_minutes": 60,
        "hours": tuple(
            Hours(weekday=day, opens=opens, closes=closes) for day, spans in hours.items() for opens, closes in spans
        ),
        "exceptions": (),
        "version": 1,
        "terms": (terms,),
    }
    return Location(**{**default, **fields})  # type: ignore[arg-type]


def closed(*days: date) -> tuple[Holiday, ...]:
    return tuple(Holiday(day=day, name="Holiday") for day in days)


@pytest.mark.parametrize(
    ("ordered", "ready"),
    [
        ((10, 13, 59), (10, 14, 59)),
        ((10, 14, 0), (11, 10, 0)),  # at the cut-off is after it
        ((10, 19, 30), (11, 10, 0)),
        ((14, 13, 0), (14, 14, 0)),
        ((14, 14, 30), (16, 10, 0)),  # Saturday's late orders begin on Monday
        ((15, 23, 0), (16, 10, 0)),  # Sunday is closed, and has no cut-off
    ],
)
def test_what_is_ordered_from_the_cut_off_on_begins_on_the_next_opening_day(
    ordered: tuple[int, int, int], ready: tuple[int, int, int]
) -> None:
    store = place(cutoffs=dict.fromkeys(range(1, 7), "14:00"))

    assert store.ready_at(at(MADRID, 2026, 3, *ordered)) == at(MADRID, 2026, 3, *ready)


def test_a_cut_off_at_the_end_of_the_day_cuts_nothing_off_and_one_at_its_beginning_cuts_all_of_it_off() -> None:
    last_minute, midnight = at(MADRID, 2026, 3, 10, 23, 59), at(MADRID, 2026, 3, 11, 0, 0)
    at_the_end = place(hours=ALWAYS, cutoffs={2: "24:00"})
    at_the_beginning = place(hours=ALWAYS, cutoffs={3: "00:00"})

    assert at_the_end.ready_at(last_minute) == at(MADRID, 2026, 3, 11, 0, 59)
    assert at_the_end.ready_at(midnight) == at(MADRID, 2026, 3, 11, 1, 0)
    assert at_the_beginning.ready_at(last_minute) == at(MADRID, 2026, 3, 11, 0, 59)
    assert at_the_beginning.ready_at(midnight) == at(MADRID, 2026, 3, 12, 1, 0)


def test_a_cut_off_belongs_to_the_day_of_the_stores_own_zone() -> None:
    madrid, canary = place(hours=ALWAYS, cutoffs={2: "23:30"}), place(CANARY, ALWAYS, cutoffs={2: "23:30"})
    instant = datetime(2026, 3, 10, 22, 45, tzinfo=UTC)  # 23:45 in Madrid, 22:45 on the islands

    assert madrid.ready_at(instant) == at(MADRID, 2026, 3, 11, 1, 0)
    assert canary.ready_at(instant) == at(CANARY, 2026, 3, 10, 23, 45)


@pytest.mark.parametrize(
    ("zone", "day", "wall", "cut_off_at"),
    [
        # Clocks go back: the wall time comes twice, and its first passing is the cut-off.
        (MADRID, date(2026, 10, 25), "02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (CANARY, date(2026, 10, 25), "01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (NEW_YORK, date(2026, 11, 1), "01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        # Clocks go forward: it does not come, and the instant of the change is the cut-off.
        (MADRID, date(2027, 3, 28), "02:30", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (CANARY, date(2027, 3, 28), "01:30", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (NEW_YORK, date(2027, 3, 14), "02:30", datetime(2027, 3, 14, 7, 0, tzinfo=UTC)),
    ],
)
def test_a_cut_off_in_the_hour_that_the_clocks_repeat_or_skip_comes_once(
    zone: str, day: date, wall: str, cut_off_at: datetime
) -> None:
    store = place(zone, ALWAYS, cutoffs={day.isoweekday(): wall}, lead_minutes=0)
    just_before, tomorrow = cut_off_at - timedelta(seconds=1), day + timedelta(days=1)

    assert store.ready_at(just_before) == just_before
    for late in (cut_off_at, cut_off_at + timedelta(hours=1)):
        assert store.ready_at(late) == at(zone, tomorrow.year, tomorrow.month, tomorrow.day)


@pytest.mark.parametrize(
    ("zone", "ordered", "ready"),
    [
        # The Saturday evening before the clocks go back, and before they go forward: wall times are kept.
        (MADRID, (2026, 10, 24, 19, 30), (2026, 10, 26, 9, 30)),
        (MADRID, (2027, 3, 27, 19, 30), (2027, 3, 29, 9, 30)),
        (CANARY, (2026, 10, 24, 19, 30), (2026, 10, 26, 9, 30)),
        (CANARY, (2027, 3, 27, 19, 30), (2027, 3, 29, 9, 30)),
        (NEW_YORK, (2026, 10, 31, 19, 30), (2026, 11, 2, 9, 30)),
        (NEW_YORK, (2027, 3, 13, 19, 30), (2027, 3, 15, 9, 30)),
    ],
)
def test_a_promise_over_a_change_of_clocks_is_kept_in_wall_time(
    zone: str, ordered: tuple[int, ...], ready: tuple[int, ...]
) -> None:
    assert place(zone).ready_at(at(zone, *ordered)) == at(zone, *ready)


def test_a_store_that_never_closes_counts_its_lead_in_elapsed_time_over_the_change() -> None:
    store = place(hours=ALWAYS, lead_minutes=120)

    assert store.ready_at(at(MADRID, 2026, 10, 25, 1, 30)) == at(MADRID, 2026, 10, 25, 1, 30) + timedelta(hours=2)
    assert store.ready_at(at(MADRID, 2027, 3, 28, 1, 30)) == at(MADRID, 2027, 3, 28, 4, 30)


def test_holidays_close_and_an_exception_of_the_store_wins() -> None:
    days = (date(2026, 12, 7), date(2026, 12, 8))
    sunday = ExceptionDay(day=days[1], hours=(DayHours(opens="10:00", closes="14:00"),))
    follows = place(holidays=closed(*days))
    opens = place(holidays=closed(*days), exceptions=(sunday,))
    saturday = at(MADRID, 2026, 12, 5, 19, 30)

    assert follows.ready_at(saturday) == at(MADRID, 2026, 12, 9, 9, 30)
    assert opens.ready_at(saturday) == at(MADRID, 2026, 12, 8, 10, 30)
    assert not follows.is_open(at(MADRID, 2026, 12, 8, 11, 0))
    assert opens.is_open(at(MADRID, 2026, 12, 8, 11, 0))


def test_work_of_a_paused_store_begins_when_its_pause_ends_and_never_without_an_end() -> None:
    since, until = at(MADRID, 2026, 3, 10, 11, 0), at(MADRID, 2026, 3, 10, 16, 0)
    paused = place(paused_at=since, paused_until=until, pause_reason="flood")
    closed_down = place(paused_at=since, pause_reason="flood")
    noon = at(MADRID, 2026, 3, 10, 12, 0)

    assert paused.ready_at(noon) == at(MADRID, 2026, 3, 10, 17, 0)
    assert (paused.takes_online(noon), paused.takes_online(until)) == (False, True)
    assert paused.ready_at(until) == at(MADRID, 2026, 3, 10, 17, 0)
    assert closed_down.ready_at(noon) is None
    assert not closed_down.takes_online(at(MADRID, 2030, 1, 1, 12, 0))


def test_open_work_is_done_before_a_new_order_begins() -> None:
    store = place(minutes_per_order=12, staff=5)
    ten = at(MADRID, 2026, 3, 10, 10, 0)

    assert store.ready_at(ten, open_orders=0) == ten + timedelta(hours=1)
    assert store.queue_minutes(26) == 63  # 312 minutes over five people, rounded up
    assert store.ready_at(ten, open_orders=26) == ten + timedelta(minutes=123)
    assert store.ready_at(ten, open_orders=250) == at(MADRID, 2026, 3, 11, 10, 0)  # ten hours: done with the closing
    assert place(minutes_per_order=0).ready_at(ten, open_orders=500) == ten + timedelta(hours=1)


def test_the_queue_is_worked_off_while_late_orders_wait_for_the_morning() -> None:
    store = place(cutoffs={2: "14:00"}, minutes_per_order=60)
    three = at(MADRID, 2026, 3, 10, 15, 0)

    assert store.ready_at(three, open_orders=5) == at(MADRID, 2026, 3, 11, 10, 0)  # five hours of work fit into today
    assert store.ready_at(three, open_orders=7) == at(MADRID, 2026, 3, 11, 12, 0)


def test_a_full_day_moves_work_to_the_next_with_room() -> None:
    store = place()
    ten, days = at(MADRID, 2026, 3, 13, 10, 0), [date(2026, 3, 13), date(2026, 3, 14), date(2026, 3, 16)]

    begun = store.begins(ten, full_days=days[:2])
    assert begun is not None
    assert (begun.at, begun.day) == (at(MADRID, 2026, 3, 16, 9, 0), date(2026, 3, 16))
    assert store.ready_at(ten, full_days=days[:2]) == at(MADRID, 2026, 3, 16, 10, 0)
    assert store.ready_at(ten, full_days=days) == at(MADRID, 2026, 3, 17, 10, 0)


def test_each_service_has_its_own_lead_and_a_place_without_orders_promises_none() -> None:
    curb = Terms(service="curbside", lead_minutes=15)
    ships = Terms(service="ships", daily_capacity=0)
    store, noon = place(terms=(curb, ships), ships=True), at(MADRID, 2026, 3, 10, 12, 0)

    assert store.ready_at(noon) == noon + timedelta(minutes=60)
    assert store.ready_at(noon, "curbside") == noon + timedelta(minutes=15)
    assert store.ready_at(noon, "ships") is None
    assert list(store.services) == ["pickup", "ships", "curbside"]


ZONES = st.sampled_from([MADRID, CANARY, NEW_YORK, "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"])
MINUTES = st.integers(0, 1440)
SPANS = st.lists(MINUTES, min_size=2, max_size=4, unique=True).map(
    lambda points: list(zip(sorted(points)[::2], sorted(points)[1::2], strict=False))
)
INSTANTS = st.datetimes(datetime(2026, 9, 1), datetime(2027, 4, 30), timezones=st.just(UTC))  # noqa: DTZ001 -- hypothesis wants naive bounds
DATES = st.dates(date(2026, 9, 1), date(2027, 5, 30))


def walls(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@st.composite
def places(draw: st.DrawFn) -> Location:
    """Any place: hours, exceptions, holidays, cut-offs, pause and pace as they come."""
    weekly = draw(st.dictionaries(st.integers(1, 7), SPANS, min_size=1))
    cutoffs = draw(st.dictionaries(st.integers(1, 7), MINUTES.map(walls)))
    dated = draw(st.dictionaries(DATES, SPANS, max_size=3))
    since = draw(st.none() | INSTANTS)
    return place(
        draw(ZONES),
        {day: [(walls(opens), walls(closes)) for opens, closes in spans] for day, spans in weekly.items()},
        cutoffs=cutoffs,
        exceptions=tuple(
            ExceptionDay(day=day, hours=tuple(DayHours(opens=walls(a), closes=walls(b)) for a, b in spans))
            for day, spans in dated.items()
        ),
        holidays=closed(*draw(st.lists(DATES, max_size=3, unique=True))),
        lead_minutes=draw(st.integers(0, 3000)),
        minutes_per_order=draw(st.integers(0, 90)),
        staff=draw(st.integers(1, 3)),
        paused_at=since,
        paused_until=None if since is None else since + draw(st.timedeltas(timedelta(minutes=1), timedelta(days=9))),
        pause_reason=None if since is None else "pause",
    )


@settings(max_examples=300, deadline=None)
@given(
    store=places(),
    first=INSTANTS,
    later=st.timedeltas(timedelta(), timedelta(days=20)),
    open_orders=st.integers(0, 40),
    full=st.frozensets(DATES, max_size=5),
)
def test_a_promise_is_an_open_instant_after_the_lead_and_no_later_order_is_promised_earlier(
    store: Location, first: datetime, later: timedelta, open_orders: int, full: frozenset[date]
) -> None:
    ready = store.ready_at(first, open_orders=open_orders, full_days=full)
    begun = store.begins(first, open_orders=open_orders, full_days=full)

    if ready is not None:
        assert store.is_open(ready)
        assert ready >= first + timedelta(minutes=store.lead_minutes)
        assert begun is not None
        assert begun.day == store.calendar.date_of(begun.at)
        assert begun.day not in full
        assert store.is_open(begun.at)
        assert not store.is_paused(first) or store.paused_until is None or begun.at >= store.paused_until
        after = store.ready_at(first + later, open_orders=open_orders, full_days=full)
        assert after is None or after >= ready
        assert (
            store.ready_at(first, open_orders=open_orders + 1, full_days=full) is None
            or (store.ready_at(first, open_orders=open_orders + 1, full_days=full) or ready) >= ready
        )
