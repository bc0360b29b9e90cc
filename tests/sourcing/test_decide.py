"""Decisions on plain figures: the best plan by the rule, proven against every plan there is."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from msgspec.structs import replace

from commerce.inventory import Demand, Shortage
from commerce.kernel.errors import Bug
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.sourcing import (
    BUILT_IN,
    Candidate,
    Criterion,
    Decision,
    Exclusion,
    Figure,
    Filtered,
    ParcelCost,
    Rate,
    Routing,
    Rule,
    Step,
    decide,
)
from tests.sourcing.brute_force import best_key, key_of
from tests.sourcing.spread import missing, spread

ARTICLES = sorted(VariantId(new_id()) for _ in range(3))
KINDS = ["store", "warehouse", "locker"]
CRITERIA = ["parcels", "kind", "distance", "cost", "age", "load"]


def _maybe(rng: random.Random, value: float) -> float | None:
    return None if rng.random() < 0.1 else value


def _candidates(rng: random.Random, places: int, articles: Sequence[VariantId], most: int) -> list[Candidate]:
    found = []
    for nth in range(places):
        cost = _maybe(rng, rng.choice([0, 100, 250, 390]))
        found.append(
            Candidate(
                location_id=LocationId(new_id()),
                kind=rng.choice(KINDS),
                code=f"P{nth:02}",
                stock={each: rng.randint(0, most) for each in articles if rng.random() < 0.8},
                distance_km=_maybe(rng, rng.choice([1.5, 12.25, 80.0, 333.333])),
                rate=None if cost is None else Rate(int(cost), rng.choice([0, 0, 3, 40])),
                age_days={each: rng.choice([0, 7, 400, 5_000]) for each in articles if rng.random() < 0.7},
                load=rng.choice([0.0, 0.25, 0.999]),
            )
        )
    return found


def _step(rng: random.Random) -> Step:
    chosen = rng.sample(CRITERIA, rng.randint(1, 3))
    return Step(
        name="only",
        kinds=tuple(rng.sample(KINDS, 3)) if rng.random() < 0.3 else (),
        keep=rng.choice([0, 0, 1]),
        mode=rng.choice(["lexicographic", "weighted"]),
        rank=tuple(Criterion(by=by, weight=rng.randint(0, 5)) for by in chosen),  # type: ignore[arg-type]
    )


def _taken(decision: Decision) -> dict[LocationId, dict[VariantId, int]]:
    taken: dict[LocationId, dict[VariantId, int]] = {}
    for variant_id, location_id, units in decision.demands:
        assert variant_id not in taken.setdefault(location_id, {})
        taken[location_id][variant_id] = units
    return taken


def _sound(decision: Decision, wanted: Mapping[VariantId, int], candidates: Sequence[Candidate]) -> None:
    """Units are conserved, nothing is taken that is not there, every parcel has something in it."""
    taken = _taken(decision)
    stock = {each.location_id: each.stock for each in candidates}
    short = {each.variant_id: each.requested - each.available for each in decision.missing}
    for article, units in wanted.items():
        assert sum(of.get(article, 0) for of in taken.values()) + short.get(article, 0) == units
    for place, units_of in taken.items():
        assert all(0 < units <= stock[place][article] for article, units in units_of.items())
    assert decision.parcels == len(taken)


@pytest.mark.parametrize("seed", range(20))
def test_a_step_gives_what_the_best_of_all_plans_gives(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(100):
        articles = ARTICLES[: rng.randint(1, 3)]
        wanted = {each: rng.randint(1, 3 if len(articles) < 3 else 2) for each in articles}
        candidates = _candidates(rng, rng.randint(1, 4), articles, 3)
        step, most = _step(rng), rng.choice([None, None, 1, 2, 3])
        decision = decide(wanted, candidates, Rule(code="r", routing=Routing(steps=(step,), parcels_most=most)))
        _sound(decision, wanted, candidates)
        assert decision.exact
        assert key_of(step, wanted, candidates, _taken(decision)) == best_key(step, wanted, candidates, most)


@pytest.mark.parametrize("seed", range(5))
def test_twelve_lines_over_twelve_places_are_always_decided_exactly(seed: int) -> None:
    rng = random.Random(seed)
    articles = [VariantId(new_id()) for _ in range(12)]
    for _ in range(40):
        wanted = {each: rng.randint(1, 4) for each in articles}
        candidates = _candidates(rng, 12, articles, rng.choice([1, 2, 5]))
        step, most = _step(rng), rng.choice([None, 1, 2, 4])
        decision = decide(wanted, candidates, Rule(code="r", routing=Routing(steps=(step,), parcels_most=most)))
        _sound(decision, wanted, candidates)
        assert decision.exact


@pytest.mark.parametrize("most", [None, 1, 2])
def test_twelve_places_are_decided_as_when_every_set_of_them_is_looked_at(most: int | None) -> None:
    rng = random.Random(7)
    articles = [VariantId(new_id()) for _ in range(6)]
    for _ in range(15):
        wanted = {each: rng.randint(1, 3) for each in articles}
        candidates = _candidates(rng, 9, articles, 2)
        step = _step(rng)
        decision = decide(wanted, candidates, Rule(code="r", routing=Routing(steps=(step,), parcels_most=most)))
        best = min(
            key_of(step, wanted, candidates, filled)
            for filled in _filled(step, wanted, candidates)
            if most is None or len(filled) <= most
        )
        assert key_of(step, wanted, candidates, _taken(decision)) == best


def _filled(
    step: Step, wanted: Mapping[VariantId, int], candidates: Sequence[Candidate]
) -> list[dict[LocationId, dict[VariantId, int]]]:
    """Every set of places, each giving all that it can of what those before it leave open; places that give nothing drop out."""
    found = []
    for bits in range(1 << len(candidates)):
        left, taken = dict(wanted), dict[LocationId, dict[VariantId, int]]()
        for nth, each in enumerate(candidates):
            if bits >> nth & 1:
                given = {of: min(units, max(0, each.stock.get(of, 0) - step.keep)) for of, units in left.items()}
                left = {of: units - given[of] for of, units in left.items()}
                if any(given.values()):
                    taken[each.location_id] = {of: units for of, units in given.items() if units}
        found.append(taken)
    return found


units = st.integers(0, 4)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    shelves=st.lists(st.tuples(st.booleans(), st.fixed_dictionaries(dict.fromkeys(ARTICLES, units))), max_size=6),
    wanted=st.dictionaries(st.sampled_from(ARTICLES), st.integers(1, 6), min_size=1),
)
def test_the_built_in_rule_sends_from_where_baskets_were_sent_from_before_there_were_rules(
    shelves: list[tuple[bool, dict[VariantId, int]]], wanted: dict[VariantId, int]
) -> None:
    places = [LocationId(new_id()) for _ in shelves]
    candidates = [
        Candidate(location_id=place, kind="warehouse" if house else "store", code=f"{nth}", stock=stock)
        for nth, (place, (house, stock)) in enumerate(zip(places, shelves, strict=True))
    ]
    preferred = [
        each.location_id for each in sorted(candidates, key=lambda each: (each.kind != "warehouse", each.code))
    ]
    stock = {each.location_id: each.stock for each in candidates}
    before = spread(stock, preferred, wanted)
    decision = decide(wanted, candidates, BUILT_IN)
    assert sorted(decision.demands) == sorted(before)
    assert list(_taken(decision)) == list(dict.fromkeys(demand.location_id for demand in before))
    assert sorted(decision.missing, key=_article) == sorted(missing(wanted, before), key=_article)
    assert (decision.rule_id, decision.rule_version, decision.exact) == (None, 0, True)


def _article(short: Shortage) -> VariantId:
    return short.variant_id


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_what_comes_in_changes_nothing(seed: int) -> None:
    rng = random.Random(seed)
    wanted = {each: rng.randint(1, 4) for each in ARTICLES}
    candidates = [replace(each, code="") for each in _candidates(rng, 8, ARTICLES, 2)]
    rule = Rule(code="r", routing=Routing(steps=(replace(_step(rng), whole=True), _step(rng), *BUILT_IN.routing.steps)))
    first = decide(wanted, candidates, rule)
    for _ in range(10):
        mixed, lines = candidates.copy(), list(wanted.items())
        rng.shuffle(mixed)
        rng.shuffle(lines)
        assert decide(dict(lines), mixed, rule) == first


# --- what each word of a rule does ---------------------------------------------------------------------------------

A, B, C = ARTICLES
HOUSE, GRACIA, SANTS = (LocationId(new_id()) for _ in range(3))
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BY_PARCELS = (Criterion(by="parcels"), Criterion(by="distance"))


def _place(location_id: LocationId, kind: str, stock: Mapping[VariantId, int], **more: object) -> Candidate:
    code = {HOUSE: "0", GRACIA: "1", SANTS: "2"}[location_id]
    return Candidate(location_id=location_id, kind=kind, stock=stock, code=code, **more)  # type: ignore[arg-type]


def _rule(*steps: Step, **more: object) -> Rule:
    return Rule(code="r", routing=Routing(steps=steps, **more))  # type: ignore[arg-type]


def _only(candidates: Sequence[Candidate], wanted: Mapping[VariantId, int], **step: object) -> Decision:
    return decide(wanted, candidates, _rule(Step(name="only", **{"rank": BY_PARCELS, **step})), at=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "place", "why"),
    [
        ({"kinds": ("warehouse",)}, {}, "kind"),
        ({"locations": (HOUSE,)}, {}, "location"),
        ({"not_locations": (GRACIA,)}, {}, "location"),
        ({}, {"online": False}, "paused"),
        ({}, {"capacity_left": 0}, "no_capacity"),
        ({"capacity_least": 5}, {"capacity_left": 4}, "no_capacity"),
        ({"distance_most_km": 10}, {"distance_km": 10.001}, "too_far"),
        ({"distance_most_km": 10}, {}, "distance_unknown"),
        ({"ready_within_minutes": 60}, {"ready_at": NOW + timedelta(minutes=61)}, "not_ready"),
        ({"ready_within_minutes": 60}, {}, "not_ready"),
        ({"exclusions": (Exclusion(location_id=GRACIA, variant_ids=(A, B)),)}, {}, "excluded"),
        ({"keep": 2}, {}, "no_stock"),
    ],
)
def test_a_place_that_a_step_does_not_look_at_sends_nothing_and_is_told_why(
    step: dict[str, object], place: dict[str, object], why: str
) -> None:
    decision = _only([_place(GRACIA, "store", {A: 2}, **place)], {A: 1}, **step)
    assert decision.demands == []
    assert decision.missing == [Shortage(A, None, 1, 0)]
    assert decision.why[0].filtered == {why: 1}
    assert decision.why[0].filtered_places == (Filtered(GRACIA, why),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({"kinds": ("warehouse", "store")}, {}),
        ({"locations": (GRACIA,)}, {}),
        ({"not_locations": (HOUSE,)}, {}),
        ({"paused": True}, {"online": False}),
        ({}, {"capacity_left": 1}),
        ({"capacity_least": 0}, {"capacity_left": 0}),
        ({"distance_most_km": 10}, {"distance_km": 10.0}),
        ({"ready_within_minutes": 60}, {"ready_at": NOW + timedelta(minutes=60)}),
        ({"exclusions": (Exclusion(location_id=GRACIA, variant_ids=(B,)),)}, {}),
        ({"keep": 1}, {}),
    ],
)
def test_a_place_within_the_bounds_of_a_step_sends(step: dict[str, object], place: dict[str, object]) -> None:
    decision = _only([_place(GRACIA, "store", {A: 2}, **place)], {A: 1}, **step)
    assert decision.demands == [Demand(A, GRACIA, 1)]


def test_what_a_place_rejected_is_not_asked_of_it_again_and_other_articles_are() -> None:
    places = [_place(GRACIA, "store", {A: 5, B: 5}), _place(SANTS, "store", {A: 5})]
    decision = decide({A: 1, B: 1}, places, _rule(Step(name="only", rank=BY_PARCELS)), excluded={(GRACIA, A)})
    assert decision.demands == [Demand(B, GRACIA, 1), Demand(A, SANTS, 1)]


def test_what_a_step_cannot_fill_goes_to_the_next_into_the_same_parcel_first() -> None:
    places = [_place(GRACIA, "store", {A: 3}), _place(SANTS, "store", {A: 9}, distance_km=1.0)]
    rule = _rule(
        Step(name="keeps two", keep=2, locations=(GRACIA,), rank=BY_PARCELS),
        Step(name="to the last", rank=BY_PARCELS),
    )
    decision = decide({A: 3}, places, rule)
    assert decision.demands == [Demand(A, GRACIA, 3)]
    assert [(each.step, each.open_units, each.given_units, each.parcels) for each in decision.why] == [
        ("keeps two", 3, 1, 1),
        ("to the last", 2, 2, 0),
    ]


def test_a_step_that_wants_all_gives_nothing_when_it_cannot() -> None:
    places = [_place(HOUSE, "warehouse", {A: 1}), _place(GRACIA, "store", {A: 1, B: 1})]
    rule = _rule(
        Step(name="warehouses", kinds=("warehouse",), whole=True, rank=BY_PARCELS), Step(name="all", rank=BY_PARCELS)
    )
    decision = decide({A: 1, B: 1}, places, rule)
    assert decision.demands == [Demand(A, GRACIA, 1), Demand(B, GRACIA, 1)]
    assert [each.undone for each in decision.why] == ["not_whole", None]


@pytest.mark.parametrize(("value", "parcels", "lacking"), [(4_999, 1, [B]), (5_000, 2, []), (None, 2, [])])
def test_a_basket_below_the_threshold_is_never_split(value: int | None, parcels: int, lacking: list[VariantId]) -> None:
    places = [_place(HOUSE, "warehouse", {A: 2}), _place(GRACIA, "store", {B: 1})]
    rule = _rule(Step(name="all", rank=BY_PARCELS), split_from_value=5_000)
    decision = decide({A: 2, B: 1}, places, rule, value=value)
    assert decision.parcels == parcels
    assert [each.variant_id for each in decision.missing] == lacking


def test_a_rule_that_sends_all_or_nothing_sends_nothing_and_says_what_it_fails_for() -> None:
    places = [_place(HOUSE, "warehouse", {A: 2, B: 1})]
    decision = decide({A: 2, B: 3}, places, _rule(Step(name="all", rank=BY_PARCELS), complete=True))
    assert (decision.demands, decision.parcels) == ([], 0)
    assert decision.missing == [Shortage(A, None, 2, 2), Shortage(B, None, 3, 1)]
    assert decision.short == [Shortage(B, None, 3, 1)]
    assert decision.why[0].undone == "not_complete"


def test_weighed_criteria_are_traded_against_each_other_and_ordered_ones_are_not() -> None:
    # Two parcels of 1.00 from 1 km, or one of 2.50 from 40 km.
    places = [
        _place(HOUSE, "warehouse", {A: 1, B: 1}, rate=Rate(250), distance_km=40.0),
        _place(GRACIA, "store", {A: 1}, rate=Rate(100), distance_km=1.0),
        _place(SANTS, "store", {B: 1}, rate=Rate(100), distance_km=1.0),
    ]

    def parcels(split: int, mode: str = "weighted") -> int:
        rank = (Criterion(by="cost"), Criterion(by="parcels", weight=split))
        return _only(places, {A: 1, B: 1}, mode=mode, rank=rank).parcels

    assert [parcels(49), parcels(50), parcels(51)] == [2, 1, 1]
    assert parcels(1_000_000, "lexicographic") == 2


def test_a_huge_basket_gets_a_sound_answer_that_says_it_may_not_be_the_best() -> None:
    rng = random.Random(5)
    articles = [VariantId(new_id()) for _ in range(60)]
    wanted = dict.fromkeys(articles, 3)
    candidates = [
        Candidate(
            location_id=LocationId(new_id()),
            kind="store",
            code=f"{nth:03}",
            stock={each: 1 for each in articles if rng.random() < 0.1},
            rate=Rate(rng.randint(100, 900)),
        )
        for nth in range(200)
    ]
    decision = decide(wanted, candidates, _rule(Step(name="all", rank=(Criterion(by="cost"),))))
    _sound(decision, wanted, candidates)
    assert not decision.exact
    assert decision.missing == []
    assert decision.why[0].nodes <= 4_001


def test_what_a_place_says_of_its_parcels_goes_before_what_the_rule_says() -> None:
    stock = {A: 1}
    places = [
        _place(HOUSE, "warehouse", stock, distance_km=10.0),
        _place(GRACIA, "store", stock, distance_km=2.5, rate=Rate(300, 100)),
        _place(SANTS, "store", stock, rate=Rate(549, 1_000)),
    ]
    step = Step(name="cheapest", rank=(Criterion(by="cost"),))
    rule = _rule(step, costs=(ParcelCost(kinds=("store",), amount=1), ParcelCost(amount=400, per_km=16)))
    (tried,) = decide({A: 1}, places, rule).why
    # 300 + 2.5 km at 100; nobody knows how far Sants is, so its amount alone; the warehouse by the rule, 400 + 10 km at 16.
    assert [(each.location_id, each.figures) for each in tried.places] == [
        (SANTS, (Figure("cost", 549_000),)),
        (GRACIA, (Figure("cost", 550_000),)),
        (HOUSE, (Figure("cost", 560_000),)),
    ]


def test_the_trace_shows_what_was_chosen_and_is_bounded() -> None:
    places = [
        Candidate(
            location_id=LocationId(new_id()), kind="store", code=f"{nth:03}", stock={A: 1}, distance_km=float(nth)
        )
        for nth in range(300)
    ]
    asleep = [replace(each, location_id=LocationId(new_id()), online=False) for each in places]
    (tried,) = decide({A: 2}, [*places, *asleep], _rule(Step(name="near", rank=BY_PARCELS))).why
    assert (tried.looked_at, dict(tried.filtered)) == (300, {"paused": 300})
    assert (len(tried.places), len(tried.filtered_places)) == (20, 50)
    assert [(each.rank, each.units) for each in tried.places[:3]] == [(1, 1), (2, 1), (3, 0)]
    assert tried.places[1].figures == (Figure("parcels", 1_000), Figure("distance", 1_000))


def test_a_rule_that_judges_when_places_are_ready_needs_to_know_from_when() -> None:
    rule = _rule(Step(name="soon", ready_within_minutes=60, rank=BY_PARCELS))
    assert rule.wants_instant
    with pytest.raises(Bug, match="from when"):
        decide({A: 1}, [], rule)
