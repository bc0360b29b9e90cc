"""Which day it is at a place, what may be sold on it, and which lots go first."""

from datetime import UTC, date, datetime

import pytest

from commerce.kernel.ids import VariantId, new_id
from commerce.traceability.choose import choose
from commerce.traceability.errors import LotExpired, LotShort
from commerce.traceability.facts import Left, LotShortage, LotUnits
from commerce.traceability.rules import day_at, first_expired, sellable

ARTICLE, OTHER = VariantId(new_id()), VariantId(new_id())
MARCH_9, MARCH_10, MARCH_11 = (date(2026, 3, day) for day in (9, 10, 11))


def lot(name: str, units: int, expires_on: date | None = None, article: VariantId = ARTICLE) -> LotUnits:
    return LotUnits(article, name, expires_on, units)


def test_the_day_is_the_one_on_the_walls_of_the_place() -> None:
    before, after = datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert day_at(before, "Europe/Madrid") == date(2026, 3, 28)
    assert day_at(after, "Europe/Madrid") == date(2026, 3, 29), "midnight before the clocks go forward"
    assert day_at(datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), "Europe/Madrid") == date(2026, 3, 29)
    assert day_at(datetime(2026, 3, 29, 22, tzinfo=UTC), "Europe/Madrid") == date(2026, 3, 30), "and an hour less after"
    assert day_at(after, "Atlantic/Canary") == date(2026, 3, 28)


def test_units_are_sold_through_the_whole_of_their_last_day() -> None:
    assert [sellable(day, MARCH_10) for day in (MARCH_9, MARCH_10, MARCH_11, None)] == [False, True, True, True]


def test_what_expires_first_goes_first_and_what_never_expires_goes_last() -> None:
    lots = [lot("never", 9), lot("b", 2, MARCH_11), lot("late", 1, date(2027, 1, 1)), lot("a", 1, MARCH_11)]
    assert [(each.lot, each.quantity) for each in first_expired(lots, 5)] == [
        ("a", 1),
        ("b", 2),
        ("late", 1),
        ("never", 1),
    ]
    assert sum(each.quantity for each in first_expired(lots, 99)) == 13


def test_a_named_lot_is_taken_before_the_others_are_chosen() -> None:
    there = [lot("a", 3, MARCH_10), lot("b", 3, MARCH_11)]
    lines = [(Left(ARTICLE, 3), None), (Left(ARTICLE, 2, lot="a"), None)]
    assert choose(there, lines, MARCH_10, expired=False) == {(ARTICLE, "a", None): 3, (ARTICLE, "b", None): 2}


def test_expired_lots_are_left_unless_they_are_asked_for() -> None:
    there = [lot("old", 3, MARCH_9), lot("new", 1, MARCH_11)]
    with pytest.raises(LotExpired) as refused:
        choose(there, [(Left(ARTICLE, 2), None)], MARCH_10, expired=False)
    assert refused.value.facts["lines"] == [LotShortage(ARTICLE, None, 2, 1, 3)]
    with pytest.raises(LotExpired):
        choose(there, [(Left(ARTICLE, 1, lot="old"), None)], MARCH_10, expired=False)
    with pytest.raises(LotShort):
        choose(there, [(Left(ARTICLE, 5), None)], MARCH_10, expired=False)
    assert choose(there, [(Left(ARTICLE, 4), None)], MARCH_10, expired=True) == {
        (ARTICLE, "old", None): 3,
        (ARTICLE, "new", None): 1,
    }


def test_an_articles_lots_are_not_anothers() -> None:
    with pytest.raises(LotShort):
        choose([lot("a", 3, article=OTHER)], [(Left(ARTICLE, 1, lot="a"), None)], MARCH_10, expired=True)
