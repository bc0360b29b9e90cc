"""What sourcing takes and gives: rules, places that could send, decisions with their trace. Pure values.

How a rule decides is docs/decisions/0084-how-a-rule-decides-where-an-order-is-sent-from.md.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from commerce.inventory import Demand, Shortage
from commerce.kernel.ids import LocationId, VariantId

By = Literal["parcels", "kind", "distance", "cost", "age", "load"]
Method = Literal["best", "one_by_one"]
Mode = Literal["lexicographic", "weighted"]
Why = Literal[
    "kind",
    "location",
    "paused",
    "no_capacity",
    "too_far",
    "distance_unknown",
    "not_ready",
    "excluded",
    "no_stock",
]
"""Why a step does not look at a place."""


class State(StrEnum):
    """Whether a rule is still being written, has a version in force, or is gone for good."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Exclusion(Struct, frozen=True, kw_only=True):
    """Articles that a place does not send."""

    location_id: UUID
    variant_ids: tuple[UUID, ...]


class ParcelCost(Struct, frozen=True, kw_only=True):
    """What a parcel costs from places of these kinds and these places (none named: any), in minor units: `amount`, and `per_km` for each
    kilometre, where the distance is known.
    """

    kinds: tuple[str, ...] = ()
    locations: tuple[UUID, ...] = ()
    amount: int
    per_km: int = 0


class Rate(Struct, frozen=True, gc=False):
    """What a parcel costs from one place, in minor units: `amount`, and `per_km` for each kilometre, where the distance is known."""

    amount: int
    per_km: int = 0


Rates = Mapping[LocationId, Rate]
"""What parcels cost, by the places that say so."""
NO_RATES: Final[Rates] = {}


class Criterion(Struct, frozen=True, kw_only=True):
    """What a plan is judged by: the sum over its places, the less the better. The weight counts where criteria are weighed.

    `parcels`: one for each place. `kind`: the place of its kind in the step's list. `distance`: kilometres to where it goes. `cost`: minor
    units for a parcel. `age`: ten years less the mean age, in days, of what it has of the articles. `load`: how busy it is, 0 to 1.
    """

    by: By
    weight: int = 1


class Step(Struct, frozen=True, kw_only=True):
    """One attempt at what is still open: which places are looked at, and which of them are taken.

    A place is left out when its kind or itself is not among those named (none named: any), when it is named in `not_locations`, is paused
    for online work, has fewer than `capacity_least` parcels left, is farther than `distance_most_km` or as far as nobody knows, or would be
    ready later than `ready_within_minutes`. `keep` units of each article stay on its shelf; what `exclusions` name, it does not send.
    `whole`: the step gives nothing unless it gives all that is open. `parcels_most` new parcels at the most.
    """

    name: str
    method: Method = "best"
    kinds: tuple[str, ...] = ()
    locations: tuple[UUID, ...] = ()
    not_locations: tuple[UUID, ...] = ()
    paused: bool = False
    capacity_least: int = 1
    distance_most_km: int | None = None
    ready_within_minutes: int | None = None
    keep: int = 0
    exclusions: tuple[Exclusion, ...] = ()
    whole: bool = False
    parcels_most: int | None = None
    mode: Mode = "lexicographic"
    rank: tuple[Criterion, ...]


class Routing(Struct, frozen=True, kw_only=True):
    """What a rule says: its steps in order, and what holds for all of them.

    A basket worth less than `split_from_value` (minor units of the channel's currency; a basket of unknown value is worth enough) goes in one
    parcel; none goes in more than `parcels_most`. `complete`: all of the basket is sent, or nothing. What a parcel costs from a place that says
    nothing of it itself is the first of `costs` that is for the place.
    """

    steps: tuple[Step, ...]
    costs: tuple[ParcelCost, ...] = ()
    split_from_value: int | None = None
    parcels_most: int | None = None
    complete: bool = False


class Rule(Struct, frozen=True, kw_only=True):
    """A rule as it decides: whose words, in which version. The built-in one has no id and version 0."""

    id: UUID | None = None
    version: int = 0
    code: str
    routing: Routing

    @property
    def wants_instant(self) -> bool:
        """Whether a step judges when places are ready, so that `decide` must be told the instant."""
        return any(step.ready_within_minutes is not None for step in self.routing.steps)

    @property
    def wants_cost(self) -> bool:
        """Whether a step ranks by what parcels cost, so that candidates had better tell it."""
        return any(of.by == "cost" for step in self.routing.steps for of in step.rank)

    @property
    def wants_age(self) -> bool:
        """Whether a step ranks by the age of stock, so that candidates had better tell it."""
        return any(of.by == "age" for step in self.routing.steps for of in step.rank)


class Candidate(Struct, frozen=True, kw_only=True):
    """A place that could send. `stock` is what can be promised of each article; `rate` is what it says that a parcel costs.

    `capacity_left` is in parcels (None: no bound); `load` is 0 (idle) to 1 (full); `age_days` says how long the stock has been there;
    `ready_at` is when an order of now would have left. Equals are taken by `code`, then by id.
    """

    location_id: LocationId
    kind: str
    stock: Mapping[VariantId, int]
    code: str = ""
    online: bool = True
    distance_km: float | None = None
    rate: Rate | None = None
    age_days: Mapping[VariantId, int] = {}
    load: float = 0.0
    capacity_left: int | None = None
    ready_at: datetime | None = None


class Filtered(Struct, frozen=True):
    """A place that a step did not look at, and why."""

    location_id: UUID
    why: Why


class Figure(Struct, frozen=True):
    """One figure of a place in thousandths: of a parcel, a position, a kilometre, a minor unit, a day, a full load."""

    by: By
    thousandths: int


class Ranked(Struct, frozen=True):
    """A place as a step ranked it, by itself: 1 is the best. `units` are what the step takes from it."""

    location_id: UUID
    rank: int
    units: int
    figures: tuple[Figure, ...]


class Tried(Struct, frozen=True, kw_only=True):
    """What a step did. Places are counted whole and listed to a bound: those that were chosen first, then the best ranked."""

    step: str
    open_units: int
    given_units: int
    parcels: int
    looked_at: int
    filtered: Mapping[Why, int]
    filtered_places: tuple[Filtered, ...]
    places: tuple[Ranked, ...]
    undone: Literal["not_whole", "not_complete"] | None
    exact: bool
    nodes: int


class Decision(Struct, frozen=True, kw_only=True):
    """From where a basket is sent: one demand for each article and place, place after place as they were chosen.

    Demands and `missing` together are the basket. A missing article says how many of it could be sent; where a rule sends all or nothing and
    cannot send all, every article is missing, and `short` names those that it fails for. `exact`: no plan of any step is better by the rule.
    """

    demands: list[Demand]
    parcels: int
    missing: list[Shortage]
    rule_id: UUID | None
    rule_version: int
    exact: bool
    why: tuple[Tried, ...]

    @property
    def short(self) -> list[Shortage]:
        """The articles of which too few can be sent."""
        return [each for each in self.missing if each.available < each.requested]


BUILT_IN = Rule(
    code="built-in",
    routing=Routing(
        steps=(Step(name="warehouses first", method="one_by_one", rank=(Criterion(by="kind"),)),),
    ),
)
"""What holds until a rule is published: from the first place that has all of it, warehouses first, by code; or else time after time from the
place that completes most of the open lines, then gives most units, then comes first.
"""
