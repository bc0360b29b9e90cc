"""What is odd about a rule: steps that can never give anything, words that change nothing. Pure.

Nothing is called odd that could decide anything for some basket: a finding is a proof from what the rule says and from which places there
are that send.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

from commerce.sourcing.facts import Routing, Step
from commerce.sourcing.schemas import SourcingFindingOut
from commerce.stores import Location


def findings(routing: Routing, sending: Sequence[Location]) -> list[SourcingFindingOut]:
    """Gives what is odd about a routing, where these are the active places that send."""
    found: list[SourcingFindingOut] = []
    for nth, step in enumerate(routing.steps):
        at = f"/routing/steps/{nth}"
        odd = list(_never(step, at, sending))
        if not odd:
            odd = list(_shadowed(routing.steps[:nth], step, at))
        found += odd
        found += _no_effect(routing, step, at)
    return found


def _never(step: Step, at: str, sending: Sequence[Location]) -> Iterator[SourcingFindingOut]:
    """The first reason for which a step can look at no place."""
    left: Collection[Location] = sending
    sides: tuple[tuple[str, str, Callable[[Location], bool]], ...] = (
        (
            "locations",
            "No active place that sends is among those named.",
            lambda place: not step.locations or place.id in step.locations,
        ),
        ("not_locations", "All places that are left are named here.", lambda place: place.id not in step.not_locations),
        (
            "kinds",
            "No active place that sends and is left is of a kind named.",
            lambda place: not step.kinds or place.kind in step.kinds,
        ),
        (
            "distance_most_km",
            "No place that is left says where it is, so it is as far as nobody knows.",
            lambda place: step.distance_most_km is None or place.latitude is not None,
        ),
    )
    for field, detail, keeps in sides:
        left = [place for place in left if keeps(place)]
        if not left:
            yield SourcingFindingOut(kind="never_gives", pointer=f"{at}/{field}", detail=detail)
            return


def _shadowed(before: Sequence[Step], step: Step, at: str) -> Iterator[SourcingFindingOut]:
    """The first earlier step that takes all that this one could: it looks at all its places, leaves nothing there, and has no bound of its own."""
    for earlier in before:
        if _takes_all_of(earlier, step):
            yield SourcingFindingOut(
                kind="shadowed",
                pointer=at,
                detail=f"All that it could give, the step {earlier.name!r} takes before it.",
            )
            return


def _takes_all_of(earlier: Step, step: Step) -> bool:
    return not (earlier.whole or earlier.parcels_most is not None or earlier.exclusions) and all(
        (
            not earlier.kinds or (bool(step.kinds) and set(step.kinds) <= set(earlier.kinds)),
            not earlier.locations or (bool(step.locations) and set(step.locations) <= set(earlier.locations)),
            set(earlier.not_locations) <= set(step.not_locations),
            earlier.paused or not step.paused,
            earlier.capacity_least <= step.capacity_least,
            _within(step.distance_most_km, earlier.distance_most_km),
            _within(step.ready_within_minutes, earlier.ready_within_minutes),
            earlier.keep <= step.keep,
        )
    )


def _within(bound: int | None, wider: int | None) -> bool:
    return wider is None or (bound is not None and bound <= wider)


def _no_effect(routing: Routing, step: Step, at: str) -> Iterator[SourcingFindingOut]:
    def odd(pointer: str, detail: str) -> SourcingFindingOut:
        return SourcingFindingOut(kind="no_effect", pointer=f"{at}/{pointer}", detail=detail)

    most = routing.parcels_most
    if most is not None and step.parcels_most is not None and step.parcels_most >= most:
        yield odd("parcels_most", f"No basket goes in more than {most} parcels anyway.")
    if step.mode == "lexicographic":
        for nth, of in enumerate(step.rank):
            if of.weight != 1:
                yield odd(f"rank/{nth}/weight", "Criteria go one after another here, so weights do not count.")
    for nth, exclusion in enumerate(step.exclusions):
        place = exclusion.location_id
        if place in step.not_locations or (step.locations and place not in step.locations):
            yield odd(f"exclusions/{nth}", "The step does not look at this place anyway.")
