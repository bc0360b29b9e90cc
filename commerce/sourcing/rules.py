"""What a rule may become, and what is wrong with its words. Pure."""

from collections.abc import Iterator
from uuid import UUID

from commerce.kernel.states import Machine
from commerce.sourcing.facts import Routing, State, Step

RULE: Machine[State] = Machine(
    "sourcing rule",
    start=State.DRAFT,
    moves={
        State.DRAFT: {State.PUBLISHED, State.WITHDRAWN},
        State.PUBLISHED: {State.PUBLISHED, State.WITHDRAWN},
    },
)

Flaw = tuple[str, str]
Named = tuple[str, str, UUID]


def flaws(routing: Routing) -> list[Flaw]:
    """Gives what is wrong with a routing in itself, each with its field."""
    found: list[Flaw] = []
    names: set[str] = set()
    for nth, step in enumerate(routing.steps):
        at = f"/routing/steps/{nth}"
        if step.name in names:
            found.append((f"{at}/name", "Another step has this name; the trace tells steps by name."))
        names.add(step.name)
        found += _of_step(step, at)
    return found


def _of_step(step: Step, at: str) -> Iterator[Flaw]:
    criteria = [of.by for of in step.rank]
    for place, by in enumerate(criteria):
        if by in criteria[:place]:
            yield f"{at}/rank/{place}/by", f"The step ranks by {by} already."
    if step.mode == "weighted" and not any(of.weight for of in step.rank):
        yield f"{at}/rank", "Criteria are weighed, and none has a weight."
    if len(set(step.kinds)) != len(step.kinds):
        yield f"{at}/kinds", "Names a kind twice."


def named(routing: Routing) -> Iterator[Named]:
    """Gives each thing that a routing names: its field, its kind, its id."""
    for nth, step in enumerate(routing.steps):
        at = f"/routing/steps/{nth}"
        for side in ("locations", "not_locations"):
            for place, each in enumerate(getattr(step, side)):
                yield f"{at}/{side}/{place}", "location", each
        for place, exclusion in enumerate(step.exclusions):
            yield f"{at}/exclusions/{place}/location_id", "location", exclusion.location_id
            for line, variant_id in enumerate(exclusion.variant_ids):
                yield f"{at}/exclusions/{place}/variant_ids/{line}", "article", variant_id
    for nth, cost in enumerate(routing.costs):
        for place, each in enumerate(cost.locations):
            yield f"/routing/costs/{nth}/locations/{place}", "location", each
