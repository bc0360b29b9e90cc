"""The wire of sourcing rules. A routing has the same shape in both directions."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.currencies import Currency
from commerce.kernel.money import Money
from commerce.kernel.wire import Code, MinorUnits, Name, Quantity, Text3, Version, WireIn, WireOut
from commerce.sourcing.facts import By, Method, Mode, Routing, State, Why

PlaceKind = Literal["warehouse", "store", "pickup_point", "locker"]
Kinds = Annotated[tuple[PlaceKind, ...], Meta(max_length=4)]
PlaceIds = Annotated[tuple[UUID, ...], Meta(max_length=1_000)]
Parcels = Annotated[int, Meta(ge=1, le=1_000)]


class SourcingCriterion(WireIn, frozen=True, kw_only=True):
    """What a plan is judged by, the less the better, summed over the places that send: `parcels`, one for each; `kind`, the place of its kind
    in the step's list; `distance`, kilometres to the destination; `cost`, minor units for a parcel; `age`, ten years less the mean age in
    days of what the place has of the articles; `load`, 0 to 1. `weight` counts where criteria are weighed.
    """

    by: By
    weight: Annotated[int, Meta(ge=0, le=1_000_000)] = 1


class SourcingExclusion(WireIn, frozen=True, kw_only=True):
    """Articles that a place does not send."""

    location_id: UUID
    variant_ids: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=1_000)]


class SourcingCost(WireIn, frozen=True, kw_only=True):
    """What a parcel costs from places of these kinds and these places (none named: any), in minor units: `amount`, and `per_km`."""

    kinds: Kinds = ()
    locations: PlaceIds = ()
    amount: Annotated[int, Meta(ge=0, le=10**9)]
    per_km: Annotated[int, Meta(ge=0, le=10**6)] = 0


class SourcingStep(WireIn, frozen=True, kw_only=True):
    """One attempt at what is still open. What it cannot fill goes to the next.

    `best` finds the best plan by `rank`; `one_by_one` takes the first place by `rank` that has all of it, or else, time after time, the one
    that completes most open lines. A place is looked at when its kind and itself are among those named (none named: any), it is not in
    `not_locations`, takes online work (or `paused` says that it need not), has `capacity_least` parcels left for the day, is at most
    `distance_most_km` away and has sent within `ready_within_minutes`. `keep` units of each article stay on its shelf. `whole`: the step
    gives nothing unless it gives all that is open.
    """

    name: Name
    method: Method = "best"
    kinds: Kinds = ()
    locations: PlaceIds = ()
    not_locations: PlaceIds = ()
    paused: bool = False
    capacity_least: Annotated[int, Meta(ge=0, le=100_000)] = 1
    distance_most_km: Annotated[int, Meta(ge=1, le=20_038)] | None = None
    ready_within_minutes: Annotated[int, Meta(ge=1, le=525_600)] | None = None
    keep: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    exclusions: Annotated[tuple[SourcingExclusion, ...], Meta(max_length=100)] = ()
    whole: bool = False
    parcels_most: Parcels | None = None
    mode: Mode = "lexicographic"
    rank: Annotated[tuple[SourcingCriterion, ...], Meta(min_length=1, max_length=6)]


class SourcingRouting(WireIn, frozen=True, kw_only=True):
    """What a rule says. A basket worth less than `split_from_value` goes in one parcel, none in more than `parcels_most`; `complete`: all of a
    basket is sent, or nothing. `costs`: the first that is for a place says what a parcel from it costs.
    """

    steps: Annotated[tuple[SourcingStep, ...], Meta(min_length=1, max_length=20)]
    costs: Annotated[tuple[SourcingCost, ...], Meta(max_length=100)] = ()
    split_from_value: MinorUnits | None = None
    parcels_most: Parcels | None = None
    complete: bool = False

    def fact(self) -> Routing:
        """Gives it as it decides."""
        return msgspec.convert(self, Routing, from_attributes=True)


def routing_out(routing: Routing) -> SourcingRouting:
    """Gives a routing as clients see it."""
    return msgspec.convert(routing, SourcingRouting, from_attributes=True)


class SourcingRuleIn(WireIn, frozen=True, kw_only=True):
    """A rule to be written. Without a channel it is for all that have no rule of their own."""

    code: Code
    name: Text3
    channel_id: UUID | None = None
    routing: SourcingRouting


class SourcingRulePatch(WireIn, frozen=True, kw_only=True):
    """What is rewritten of a rule; code and channel stay."""

    name: Text3 | UnsetType = UNSET
    routing: SourcingRouting | UnsetType = UNSET


class PublishSourcingRuleIn(WireIn, frozen=True, kw_only=True):
    """The version that was looked at, so that nobody publishes what they have not seen."""

    version: Annotated[Version, Meta(le=2**31 - 1)]


class SourcingRuleOut(WireOut, frozen=True, kw_only=True):
    """A rule as it is written now; `published_version` is the one that decides, which may say something else."""

    id: UUID
    code: str
    name: Text3
    channel_id: UUID | None
    state: State
    routing: SourcingRouting
    published_version: int | None
    created_at: datetime
    updated_at: datetime
    version: int


class SourcingRuleVersionOut(WireOut, frozen=True, kw_only=True):
    """A publication, or a withdrawal, which has no routing."""

    version: int
    routing: SourcingRouting | None
    at: datetime
    actor: str


class SourcingFindingOut(WireOut, frozen=True, kw_only=True):
    """What is odd about a rule: a step that can never give anything, or a word that changes nothing."""

    kind: Literal["never_gives", "shadowed", "no_effect"]
    pointer: str
    detail: str


class SourcingFindingsOut(WireOut, frozen=True, kw_only=True):
    """What is odd about a rule as it is written now."""

    items: list[SourcingFindingOut]


class ParcelCostIn(WireIn, frozen=True, kw_only=True):
    """What a parcel from a place costs in a currency, in its minor units: `amount`, and `per_km` for each kilometre of known distance.

    An `amount` of null: the place says nothing more, and what rules say of it holds.
    """

    currency: Currency
    amount: Annotated[int, Meta(ge=0, le=10**9)] | None
    per_km: Annotated[int, Meta(ge=0, le=10**6)] = 0


class ParcelCostOut(WireOut, frozen=True, kw_only=True):
    """What was said of a place's parcels from an instant on, and by whom; the latest of a currency holds. `amount` null: nothing more."""

    location_id: UUID
    currency: Currency
    amount: Money | None
    per_km: Money
    at: datetime
    actor: str


class SourcingLineIn(WireIn, frozen=True, kw_only=True):
    """Units of an article."""

    variant_id: UUID
    quantity: Quantity


class PointIn(WireIn, frozen=True, kw_only=True):
    """A point on earth, in degrees."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class TrySourcingIn(WireIn, frozen=True, kw_only=True):
    """A basket, and where it goes. By a rule as it is written now, or as it was published last (`published`); or, with none named, by the one that
    decides for the channel. `value` in minor units.
    """

    lines: Annotated[list[SourcingLineIn], Meta(min_length=1, max_length=100)]
    to: PointIn | None = None
    rule_id: UUID | None = None
    published: bool = False
    channel_id: UUID | None = None
    value: MinorUnits | None = None


class SourcedOut(WireOut, frozen=True, kw_only=True):
    """Units of an article that a place sends."""

    variant_id: UUID
    location_id: UUID
    quantity: int


class SourcingMissingOut(WireOut, frozen=True, kw_only=True):
    """An article of which too few are sent; `available` could be."""

    variant_id: UUID
    requested: int
    available: int


class SourcingFigureOut(WireOut, frozen=True, kw_only=True):
    """A figure of a place, in thousandths of its unit: a parcel, a position, a kilometre, a minor unit, a day, a full load."""

    by: By
    thousandths: int


class SourcingRankedOut(WireOut, frozen=True, kw_only=True):
    """A place that a step looked at; 1 ranks first by itself. `units` are taken from it."""

    location_id: UUID
    rank: int
    units: int
    figures: list[SourcingFigureOut]


class SourcingFilteredOut(WireOut, frozen=True, kw_only=True):
    """A place that a step did not look at, and why."""

    location_id: UUID
    why: Why


class SourcingTriedOut(WireOut, frozen=True, kw_only=True):
    """What a step did. `filtered` counts places by why they were not looked at; places are listed to a bound, those that send first.

    `undone`: what it found was dropped, because it was not all that was open, or because the rule sends all or nothing. `nodes`: how many
    sets of places were looked at.
    """

    step: str
    open_units: int
    given_units: int
    parcels: int
    looked_at: int
    filtered: dict[str, int]
    filtered_places: list[SourcingFilteredOut]
    places: list[SourcingRankedOut]
    undone: Literal["not_whole", "not_complete"] | None
    exact: bool
    nodes: int


class SourcingDecisionOut(WireOut, frozen=True, kw_only=True):
    """From where a basket would be sent now, and why. `exact`: no plan of any step is better by the rule. `rule_id` null: the built-in rule."""

    rule_id: UUID | None
    rule_version: int
    parcels: int
    exact: bool
    demands: list[SourcedOut]
    missing: list[SourcingMissingOut]
    steps: list[SourcingTriedOut]
