"""From where a basket is sent, decided on plain figures."""

from hypothesis import given, strategies as st

from commerce.inventory import Demand
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.promise.rules import missing, short_at, spread

A, B, C = (VariantId(new_id()) for _ in range(3))
HOUSE, GRACIA, SANTS = (LocationId(new_id()) for _ in range(3))
SOURCES = [HOUSE, GRACIA, SANTS]


def test_one_place_that_has_all_is_taken_even_if_a_preferred_one_has_most() -> None:
    stock = {HOUSE: {A: 5}, GRACIA: {A: 5, B: 1}, SANTS: {A: 9, B: 9}}
    assert spread(stock, SOURCES, {A: 2, B: 1}) == [Demand(A, GRACIA, 2), Demand(B, GRACIA, 1)]


def test_the_preferred_of_several_places_that_have_all_is_taken() -> None:
    stock = {HOUSE: {A: 2}, GRACIA: {A: 9}, SANTS: {A: 9}}
    assert spread(stock, SOURCES, {A: 2}) == [Demand(A, HOUSE, 2)]


def test_a_split_basket_goes_to_the_places_that_complete_most_lines() -> None:
    stock = {HOUSE: {A: 1}, GRACIA: {A: 2, B: 2}, SANTS: {C: 2, B: 1}}
    assert spread(stock, SOURCES, {A: 2, B: 2, C: 2}) == [
        Demand(A, GRACIA, 2),
        Demand(B, GRACIA, 2),
        Demand(C, SANTS, 2),
    ]


def test_one_article_is_split_over_places_when_none_has_enough() -> None:
    stock = {HOUSE: {A: 1}, GRACIA: {A: 3}, SANTS: {A: 2}}
    assert spread(stock, SOURCES, {A: 5}) == [Demand(A, GRACIA, 3), Demand(A, SANTS, 2)]


def test_what_all_places_together_lack_is_told_with_what_there_is() -> None:
    stock = {HOUSE: {A: 1}, GRACIA: {A: 3}}
    short = missing({A: 5, B: 1}, spread(stock, SOURCES, {A: 5, B: 1}))
    assert [(each.variant_id, each.location_id, each.requested, each.available) for each in short] == [
        (A, None, 5, 4),
        (B, None, 1, 0),
    ]


units = st.integers(0, 4)
shelves = st.fixed_dictionaries({A: units, B: units, C: units})


@given(
    stock=st.fixed_dictionaries({HOUSE: shelves, GRACIA: shelves, SANTS: shelves}),
    wanted=st.dictionaries(st.sampled_from([A, B, C]), st.integers(1, 6), min_size=1),
)
def test_demands_never_exceed_a_shelf_or_the_basket_and_leave_out_only_what_nobody_has(
    stock: dict[LocationId, dict[VariantId, int]], wanted: dict[VariantId, int]
) -> None:
    demands = spread(stock, SOURCES, wanted)
    assert len({(each.variant_id, each.location_id) for each in demands}) == len(demands)
    assert all(0 < each.quantity <= stock[each.location_id][each.variant_id] for each in demands)
    for variant_id, quantity in wanted.items():
        sent = sum(each.quantity for each in demands if each.variant_id == variant_id)
        assert sent == min(quantity, sum(shelf[variant_id] for shelf in stock.values()))
    if any(not short_at(stock, source, wanted) for source in SOURCES):
        assert len({each.location_id for each in demands}) == 1
