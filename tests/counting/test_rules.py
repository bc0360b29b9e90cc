"""The arithmetic of figures: whatever happens in whatever order, a shelf ends as what was truly seen on it."""

from hypothesis import HealthCheck, given, settings, strategies as st

from commerce.counting import rules
from commerce.counting.facts import CountLine, Figure, LimitKind, Outcome, Shelf
from commerce.inventory import Spot
from commerce.kernel.ids import LocationId, VariantId, new_id

ARTICLE, HERE, THERE = VariantId(new_id()), LocationId(new_id()), LocationId(new_id())
units = st.integers(min_value=0, max_value=1_000)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shelf=units, shortage=units, reserved=units, expected=st.integers(-500, 500), counted=units, booked=units)
def test_a_figure_changes_what_is_due_by_its_difference_and_never_takes_what_is_promised(
    shelf: int, shortage: int, reserved: int, expected: int, counted: int, booked: int
) -> None:
    now = Shelf(variant_id=ARTICLE, on_hand=shelf + reserved, shortage=-shortage, reserved=reserved, position=9)
    weighed = rules.weigh(Figure(ARTICLE, counted, 5, expected), now, booked, 5)
    difference = counted - expected - booked
    assert weighed.difference == weighed.shelf + weighed.shortage == difference
    assert weighed.on_hand >= reserved
    assert now.shortage + weighed.shortage <= 0
    if difference and weighed.on_hand > reserved:
        assert now.shortage + weighed.shortage == 0, "a shelf with units to spare is short of nothing"
    moved = {Spot.SHELF: 0, Spot.SHORTAGE: 0, Spot.SHRINKAGE: 0}
    for move in rules.moves_of(weighed, HERE):
        assert move.quantity > 0
        moved[move.from_spot] -= move.quantity
        moved[move.to_spot] += move.quantity
    assert moved == {
        Spot.SHELF: weighed.shelf,
        Spot.SHORTAGE: weighed.shortage,
        Spot.SHRINKAGE: -difference,
    }


def test_a_figure_about_an_earlier_moment_than_one_that_was_booked_changes_nothing() -> None:
    now = Shelf(variant_id=ARTICLE, on_hand=7, shortage=0, reserved=0, position=9)
    weighed = rules.weigh(Figure(ARTICLE, 3, 5, 7), now, 0, 6)
    assert (weighed.outcome, weighed.difference, rules.moves_of(weighed, HERE)) == (Outcome.SUPERSEDED, 0, [])


def test_limits_hold_by_role_and_place_before_role_before_place_before_all() -> None:
    kind = LimitKind.CORRECTION
    limits = [
        rules.Limit(kind, None, None, 1),
        rules.Limit(kind, HERE, None, 2),
        rules.Limit(kind, None, "clerk", 3),
        rules.Limit(kind, HERE, "clerk", 4),
        rules.Limit(kind, HERE, "boss", 9),
        rules.Limit(LimitKind.COUNT, HERE, "clerk", 99),
    ]
    assert rules.limit_of(kind, limits, HERE, ["clerk"]) == 4
    assert rules.limit_of(kind, limits, HERE, ["clerk", "boss"]) == 9
    assert rules.limit_of(kind, limits, THERE, ["clerk", "boss"]) == 3
    assert rules.limit_of(kind, limits, HERE, []) == 2
    assert rules.limit_of(kind, limits, THERE, ["other"]) == 1
    assert rules.limit_of(LimitKind.RECOUNT, limits, HERE, ["clerk"]) == 2


def line(counted: int | None, *, before: int | None = None, first: int = 3, round_: int = 1) -> CountLine:
    """A line of which ten were expected."""
    return CountLine(
        variant_id=ARTICLE,
        round=round_,
        counted=counted,
        first_position=None if counted is None else first,
        position=None if counted is None else 3,
        expected=None if counted is None else 10,
        difference_before=before,
    )


def test_a_line_is_counted_again_when_it_moved_or_is_doubted() -> None:
    def again(one: CountLine, round_: int = 1) -> bool:
        return bool(rules.to_count_again([one], round_, 2))

    assert not again(line(8))
    assert again(line(7))
    assert again(line(13))
    assert again(line(10, first=2))
    assert not again(line(None))
    assert not again(line(7), 2), "it belongs to an earlier round"
    assert not again(line(7, before=-3, round_=2), 2), "two rounds agree"
    assert again(line(6, before=-3, round_=2), 2)
    assert not again(line(6, before=-3, round_=3), 3), "the third round stands"
    assert again(line(10, before=-3, first=2, round_=7), 7), "nobody knows what it is the sum of"
