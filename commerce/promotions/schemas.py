"""Promotions on the wire. Shares are decimals as text ("0.2" is 20 %), amounts are money, hours wall times of the store."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.currencies import Currency
from commerce.kernel.money import Money
from commerce.kernel.wire import Code, Instant, Quantity, Text3, Version, WireIn, WireOut
from commerce.promotions.facts import State, UseState

Fulfilment = Literal["pickup", "ship", "none"]
TARGETS_MOST = 10_000
Ids = Annotated[tuple[UUID, ...], Meta(max_length=TARGETS_MOST)]
Few = Annotated[tuple[UUID, ...], Meta(max_length=1_000)]
Brands = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z")], ...],
    Meta(max_length=200),
]
Share = Annotated[
    str,
    Meta(
        pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)\Z",
        description="An exact decimal above 0, at most 1: 20 % is 0.2",
        examples=["0.2"],
    ),
]
Times = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?\Z", description="An exact decimal above 0, below 100", examples=["2"]),
]
Since = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z", examples=["09:00"])]
Until = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z", examples=["24:00"])]
Weekday = Annotated[int, Meta(ge=1, le=7, description="ISO: 1 is Monday")]
Most = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Priority = Annotated[int, Meta(ge=-1_000, le=1_000, description="The higher goes first, within its kind of effect")]
Zoned = Instant


class TargetsFields(WireIn, frozen=True, kw_only=True):
    """Which articles: any that is one of these, in one of these categories or below, or of one of these brands.

    With none of the four named: every article. What `not_*` names is left out again. At most 10,000 ids in all.
    """

    variants: Ids = ()
    products: Ids = ()
    categories: Ids = ()
    brands: Brands = ()
    not_variants: Ids = ()
    not_products: Ids = ()
    not_categories: Ids = ()


class HoursFields(WireIn, frozen=True, kw_only=True):
    """Hours of the day in the store's zone, half-open; `until` before `since` runs over midnight.

    The weekdays are those on which the hours begin; none named: every day.
    """

    since: Since = "00:00"
    until: Until = "24:00"
    weekdays: Annotated[tuple[Weekday, ...], Meta(max_length=7)] = ()


class NeedsFields(WireIn, frozen=True, kw_only=True):
    """What the basket must hold before any discount: so many units of these articles, worth so much."""

    targets: TargetsFields = TargetsFields()
    quantity: Annotated[int, Meta(ge=0, le=9_999)] = 0
    amount: Money | None = None


class ConditionsFields(WireIn, frozen=True, kw_only=True):
    """When a promotion may apply; everything that is named must hold, and of a list any one."""

    channels: Few = ()
    stores: Few = ()
    groups: Few = ()
    customers: Few = ()
    first_order: bool = False
    hours: Annotated[tuple[HoursFields, ...], Meta(max_length=50)] = ()
    tenders: Annotated[tuple[Code, ...], Meta(max_length=50)] = ()
    fulfilment: Annotated[tuple[Fulfilment, ...], Meta(max_length=3)] = ()
    needs: Annotated[tuple[NeedsFields, ...], Meta(max_length=20)] = ()
    code: bool = False


class PercentOffFields(WireIn, frozen=True, kw_only=True, tag_field="kind", tag="percent_off"):
    """A share off each matching line, or off what the matching lines come to together."""

    rate: Share
    of: Literal["line", "order"] = "line"


class AmountOffFields(WireIn, frozen=True, kw_only=True, tag_field="kind", tag="amount_off"):
    """An amount off each matching unit, or once off what the matching lines come to together."""

    amount: Money
    of: Literal["unit", "order"] = "unit"


class FixedPriceFields(WireIn, frozen=True, kw_only=True, tag_field="kind", tag="fixed_price"):
    """Each matching unit costs this much; one that is cheaper already stays."""

    amount: Money


class BuyGetFields(WireIn, frozen=True, kw_only=True, tag_field="kind", tag="buy_get"):
    """For each `buy` units, `get` more are reduced by `rate` (1: free), the cheapest ones. 3 for 2 is buy 2, get 1."""

    buy: Quantity
    get: Quantity
    rate: Share = "1"
    get_targets: TargetsFields | None = None
    times_most: Most | None = None


class PartFields(WireIn, frozen=True, kw_only=True):
    """Some units for a bundle."""

    targets: TargetsFields
    quantity: Quantity


class BundlePriceFields(WireIn, frozen=True, kw_only=True, tag_field="kind", tag="bundle_price"):
    """These parts together cost this much; an article belongs to the first part that it matches."""

    parts: Annotated[tuple[PartFields, ...], Meta(min_length=1, max_length=20)]
    amount: Money
    times_most: Most | None = None


class TierFields(WireIn, frozen=True, kw_only=True):
    """From this quantity or this amount on: a share off, or an amount off (one of the two)."""

    from_quantity: Quantity | None = None
    from_amount: Money | None = None
    rate: Share | None = None
    amount: Money | None = None


class TieredFields(WireIn, frozen=True, kw_only=True, tag_field="kind", tag="tiered"):
    """The more, the cheaper: the highest tier that is reached holds. Each tier goes beyond the one before it."""

    by: Literal["quantity", "amount"]
    tiers: Annotated[tuple[TierFields, ...], Meta(min_length=1, max_length=50)]


class GiftFields(WireIn, frozen=True, kw_only=True, tag_field="kind", tag="gift"):
    """Some units of an article for nothing, as a line of its own."""

    variant_id: UUID
    quantity: Quantity = 1


class DeliveryOffFields(WireIn, frozen=True, kw_only=True, tag_field="kind", tag="delivery_off"):
    """A delivery for less: by a share (1: free), by an amount, or at a price (one of the three); of these methods, or of any."""

    rate: Share | None = None
    amount: Money | None = None
    price: Money | None = None
    methods: Few = ()


class PointsFields(WireIn, frozen=True, kw_only=True, tag_field="kind", tag="points"):
    """Matching lines earn this many times the usual loyalty points."""

    times: Times


EffectFields = (
    PercentOffFields
    | AmountOffFields
    | FixedPriceFields
    | BuyGetFields
    | BundlePriceFields
    | TieredFields
    | GiftFields
    | DeliveryOffFields
    | PointsFields
)


class WindowFields(WireIn, frozen=True, kw_only=True):
    """From when until when, half-open; a bound that is missing does not bind.

    With `store_time` both bounds are read as a wall clock in the store's own zone: 2026-11-27T00:00:00Z is midnight there.
    """

    starts_at: Zoned | None = None
    ends_at: Zoned | None = None
    store_time: bool = False


class LimitsFields(WireIn, frozen=True, kw_only=True):
    """How often it may be used by everybody and by one customer, and how much it may give away in all."""

    uses_most: Most | None = None
    amount_most: Money | None = None
    per_customer_most: Most | None = None


class PromotionIn(WireIn, frozen=True, kw_only=True):
    """A new promotion. `currency` is that of every amount in it; without one it has no amounts and holds in any."""

    code: Code
    name: Text3
    priority: Priority = 0
    currency: Currency | None = None
    targets: TargetsFields = TargetsFields()
    conditions: ConditionsFields = ConditionsFields()
    effect: EffectFields
    exclusion: Code | None = None
    alone: bool = False
    window: WindowFields = WindowFields()
    limits: LimitsFields = LimitsFields()


class PromotionPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays. What is in force stays as it is until the change is published."""

    name: Text3 | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    currency: Currency | UnsetType | None = UNSET
    targets: TargetsFields | UnsetType = UNSET
    conditions: ConditionsFields | UnsetType = UNSET
    effect: EffectFields | UnsetType = UNSET
    exclusion: Code | UnsetType | None = UNSET
    alone: bool | UnsetType = UNSET
    window: WindowFields | UnsetType = UNSET
    limits: LimitsFields | UnsetType = UNSET


class RuleOut(WireOut, frozen=True, kw_only=True):
    """A promotion's rule as it was at one version."""

    priority: int
    currency: str | None
    targets: TargetsFields
    conditions: ConditionsFields
    effect: EffectFields
    exclusion: str | None
    alone: bool
    window: WindowFields
    limits: LimitsFields


class PromotionOut(WireOut, frozen=True, kw_only=True):
    """A promotion as it is written now; `published_version` is the version that may apply, which can be an earlier one."""

    id: UUID
    code: str
    name: Text3
    state: State
    rule: RuleOut
    published_version: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class PromotionSummaryOut(WireOut, frozen=True, kw_only=True):
    """A promotion in a list."""

    id: UUID
    code: str
    name: Text3
    state: State
    kind: str
    priority: int
    published_version: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    version: int


class PublishIn(WireIn, frozen=True, kw_only=True):
    """When a version begins: at once, or at an instant until which the version in force goes on.

    The instant is read as the promotion's window is: in store time where that is in store time. `version` is the one that
    was read: who publishes has seen what is published.
    """

    version: Annotated[Version, Meta(le=2**31 - 1)]
    begins_at: Zoned | None = None


class PromotionVersionOut(WireOut, frozen=True, kw_only=True):
    """One publication, or, without a rule, the withdrawal."""

    version: int
    rule: RuleOut | None
    in_force: list[int]
    at: datetime
    actor: str


class UsageOut(WireOut, frozen=True, kw_only=True):
    """What is taken of a promotion, reserved and committed alike; null where it was never published."""

    uses: int
    uses_most: int | None
    amount: Money | None
    amount_most: Money | None
    per_customer_most: int | None
    used_up: bool


class UseOut(WireOut, frozen=True, kw_only=True):
    """One order's use of a promotion."""

    order_id: UUID
    promotion_version: int
    state: UseState
    code: str | None
    amount: Money
    reserved_at: datetime
    committed_at: datetime | None
    released_at: datetime | None


class FindingOut(WireOut, frozen=True, kw_only=True):
    """What is odd about a rule: it can never apply, another one always goes before it, or it is something else by law."""

    promotion_id: UUID
    code: str
    kind: Literal["never_applies", "shadowed", "price_reduction"]
    reason: str
    pointer: str
    detail: str
    other_id: UUID | None = None


class FindingsOut(WireOut, frozen=True, kw_only=True):
    """What is odd, the first 500 of it; `more` says whether there is more."""

    findings: list[FindingOut]
    more: bool
