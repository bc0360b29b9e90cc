"""Until when a pickup waits, and by which terms: pure, by the calendar of the place."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from commerce.stores.calendar import Calendar
from commerce.uncollected import Terms
from commerce.uncollected.rules import Matching, choose_terms, deadline, extended, open_for, reminders_due

MADRID = "Europe/Madrid"
NINE_TO_EIGHT = {day: [(540, 1200)] for day in range(6)}


def at(*parts: int) -> datetime:
    """An instant by the wall clock of Madrid."""
    year, month, day, hour, minute = parts
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(MADRID)).astimezone(UTC)


def calendar(exceptions: dict[date, Sequence[tuple[int, int]]] | None = None, zone: str = MADRID) -> Calendar:
    """Monday to Saturday, nine to eight."""
    return Calendar(zone, NINE_TO_EIGHT, exceptions or {})


def test_days_are_opening_days_and_neither_sundays_nor_holidays_count() -> None:
    hours = calendar({date(2026, 12, 8): (), date(2026, 12, 25): ()})
    # Ready on Friday 4 December: Saturday, Monday, (Tuesday is a holiday) Wednesday.
    assert deadline(hours, at(2026, 12, 4, 18, 0), Terms(wait_days=3)) == at(2026, 12, 9, 20, 0)
    assert deadline(hours, at(2026, 12, 24, 9, 0), Terms(wait_days=1)) == at(2026, 12, 26, 20, 0)


def test_a_deadline_is_at_the_wall_time_of_closing_on_both_sides_of_a_change_of_clocks() -> None:
    hours = calendar()
    spring = deadline(hours, at(2026, 3, 27, 12, 0), Terms(wait_days=2))  # the clocks go forward on Sunday 29 March
    assert spring == at(2026, 3, 30, 20, 0) == datetime(2026, 3, 30, 18, 0, tzinfo=UTC)
    autumn = deadline(hours, at(2026, 10, 23, 12, 0), Terms(wait_days=2))  # and back on Sunday 25 October
    assert autumn == at(2026, 10, 26, 20, 0) == datetime(2026, 10, 26, 19, 0, tzinfo=UTC)


def test_perishable_goods_wait_for_hours_of_opening_time_also_through_the_hour_that_is_skipped() -> None:
    hours = calendar()
    assert deadline(hours, at(2026, 3, 10, 18, 0), Terms(wait_hours=4)) == at(2026, 3, 11, 11, 0)
    assert deadline(hours, at(2026, 3, 14, 19, 0), Terms(wait_hours=1)) == at(2026, 3, 14, 20, 0), (
        "not the next opening"
    )
    always = Calendar(MADRID, {day: [(0, 1440)] for day in range(7)}, {})
    assert deadline(always, at(2026, 3, 28, 22, 0), Terms(wait_hours=6)) == at(2026, 3, 29, 5, 0), "23 hours long"
    assert deadline(always, at(2026, 10, 24, 22, 0), Terms(wait_hours=6)) == at(2026, 10, 25, 3, 0), "25 hours long"


def test_a_place_that_does_not_open_any_more_has_no_deadline() -> None:
    closed = Calendar(MADRID, {}, {})
    for terms in (Terms(wait_days=1), Terms(wait_hours=1)):
        assert deadline(closed, at(2026, 3, 10, 12, 0), terms) is None
    assert open_for(closed, at(2026, 3, 10, 12, 0), timedelta(hours=1)) is None


def test_an_extension_counts_opening_days_after_the_day_of_the_deadline() -> None:
    hours = calendar({date(2026, 3, 13): ()})
    assert extended(hours, at(2026, 3, 12, 20, 0), Terms(wait_days=1, extension_days=2)) == at(2026, 3, 16, 20, 0)
    midnight = Calendar(MADRID, {day: [(540, 1440)] for day in range(7)}, {})
    assert extended(midnight, at(2026, 3, 13, 0, 0), Terms(wait_days=1, extension_days=1)) == at(2026, 3, 14, 0, 0)


def test_reminders_are_due_at_shares_of_the_opening_time_and_never_at_night() -> None:
    hours = calendar()
    ready, until = at(2026, 3, 10, 9, 0), at(2026, 3, 11, 20, 0)
    due = reminders_due(hours, ready, until, Terms(wait_days=1, reminders=(25, 50, 90)))
    assert due == [(25, at(2026, 3, 10, 14, 30)), (50, at(2026, 3, 10, 20, 0)), (90, at(2026, 3, 11, 17, 48))]
    assert reminders_due(hours, ready, until, Terms(wait_days=1, reminders=())) == []


def chosen(found: list[Matching], *articles: UUID, default: Terms | None = None) -> Terms:
    """The terms of articles that are ready on a Tuesday at noon."""
    return choose_terms(found, articles, default or Terms(wait_days=7), calendar(), at(2026, 3, 10, 12, 0))


def policy(days: int, article: UUID | None = None, *, depth: int = 0, here: bool = False, **more: Any) -> Matching:
    """A policy for an article's category, or for any article."""
    return Matching(
        variant_id=article,
        depth=depth,
        of_location=here,
        of_category=article is not None,
        terms=Terms(wait_days=days, **more),
    )


def test_the_most_specific_terms_hold() -> None:
    cup = uuid4()
    shop, place, kind, both = policy(10), policy(9, here=True), policy(8, cup), policy(14, cup, here=True)
    assert [chosen(found, cup).wait_days for found in ([], [shop], [shop, place], [shop, place, kind])] == [7, 10, 9, 8]
    assert chosen([shop, place, kind, both], cup).wait_days == 14, "the most specific, although it waits the longest"
    assert chosen([policy(5, cup, depth=1), policy(6, cup, depth=0)], cup).wait_days == 6, "the nearest category"
    assert chosen([policy(5, cup), policy(6, cup)], cup).wait_days == 5, "of two that are as near, the shorter"
    assert chosen([policy(2, uuid4())], cup).wait_days == 7, "another article's says nothing"


def test_an_order_of_several_categories_waits_as_its_shortest() -> None:
    cup, fish = uuid4(), uuid4()
    fresh = Matching(
        variant_id=fish, depth=0, of_location=False, of_category=True, terms=Terms(wait_hours=5, extension_days=0)
    )
    terms = chosen([policy(8, cup), fresh], cup, fish)
    assert (terms.wait_hours, terms.extension_days) == (5, 0)
    assert chosen([fresh], cup, fish, default=Terms(wait_days=7)) == fresh.terms
