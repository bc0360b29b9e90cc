"""Price lists on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.currencies import Currency
from commerce.kernel.money import Money
from commerce.kernel.wire import BATCH_MOST, Code, Name, WireIn, WireOut

Priority = Annotated[
    int, Meta(ge=-1_000, le=1_000, description="Of the lists that hold, the one with the highest priority is taken")
]
StartsAt = Annotated[datetime, Meta(tz=True, description="The list holds from this instant on; null: always did")]
EndsAt = Annotated[datetime, Meta(tz=True, description="The list holds up to, not at, this instant; null: always will")]
StoreTime = Annotated[
    bool,
    Meta(
        description="Read the window as a wall clock in each store's own zone (the channel's, where there is no store): "
        "2026-11-27T00:00:00Z is then midnight of that day in Madrid and, an hour later, in Las Palmas"
    ),
]
Reduction = Annotated[
    bool,
    Meta(
        description="Prices on it are announced as reduced, so that the prior price is shown with them (Directive 98/6/EC, "
        "article 6a). Not for lists of groups or customers, nor for prices before tax"
    ),
]
MinQuantity = Annotated[
    int, Meta(ge=1, le=9_999, description="The price holds from so many units of the variant in the basket on")
]
Share = Annotated[
    str,
    Meta(
        pattern=r"^0(\.[0-9]{1,6})?\Z",
        description="An exact decimal from 0 up to, not including, 1: 20 % is 0.20",
        examples=["0.20"],
    ),
]


class PriceListIn(WireIn, frozen=True, kw_only=True):
    """A new price list. What it does not name does not matter: without a channel it holds in all of them, and so on."""

    code: Code
    name: Name
    currency: Currency
    channel_id: UUID | None = None
    store_id: UUID | None = None
    group_id: UUID | None = None
    customer_id: UUID | None = None
    priority: Priority = 0
    active: bool = True
    starts_at: StartsAt | None = None
    ends_at: EndsAt | None = None
    store_time: StoreTime = False
    includes_tax: bool = True
    reduction: Reduction = False


class PriceListPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays. The currency of a list never changes."""

    name: Name | UnsetType = UNSET
    channel_id: UUID | UnsetType | None = UNSET
    store_id: UUID | UnsetType | None = UNSET
    group_id: UUID | UnsetType | None = UNSET
    customer_id: UUID | UnsetType | None = UNSET
    priority: Priority | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    starts_at: StartsAt | UnsetType | None = UNSET
    ends_at: EndsAt | UnsetType | None = UNSET
    store_time: StoreTime | UnsetType = UNSET
    includes_tax: bool | UnsetType = UNSET
    reduction: Reduction | UnsetType = UNSET


class PriceListOut(WireOut, frozen=True, kw_only=True):
    """A price list; its version rises with each change of the list or of a price on it, `terms` with those of the list only."""

    id: UUID
    code: str
    name: str
    currency: str
    channel_id: UUID | None
    store_id: UUID | None
    group_id: UUID | None
    customer_id: UUID | None
    priority: int
    active: bool
    starts_at: datetime | None
    ends_at: datetime | None
    store_time: bool
    includes_tax: bool
    reduction: bool
    version: int
    terms: int
    created_at: datetime
    updated_at: datetime


class PriceIn(WireIn, frozen=True, kw_only=True):
    """The price of one unit of a variant, in the list's currency; `compare_at` is a higher price shown beside it.

    Without `starts_at` it holds from now on, up to the next change that is planned; with one, from that instant on.
    """

    variant_id: UUID
    price: Money
    compare_at: Money | None = None
    min_quantity: MinQuantity = 1
    starts_at: Annotated[datetime, Meta(tz=True, description="An instant to come")] | None = None


class PricesIn(WireIn, frozen=True, kw_only=True):
    """Prices to put on a list, at most 100 at once, each variant, quantity and start once. Other prices of the list stay as they are."""

    prices: Annotated[list[PriceIn], Meta(min_length=1, max_length=BATCH_MOST)]


class PricesOut(WireOut, frozen=True, kw_only=True):
    """What setting prices came to: the list's version afterwards, and which variants have another price now."""

    price_list_id: UUID
    version: int
    changed: list[UUID]


class PriceChangeOut(WireOut, frozen=True, kw_only=True):
    """What was said at an instant of a variant's price on a list, and whose doing it was; without a price it was taken off.

    The price holds from `starts_at` (null: at once) up to `ends_at` (null: until further notice), unless a later change says otherwise.
    """

    id: int
    price: Money | None
    compare_at: Money | None
    min_quantity: int
    starts_at: datetime | None
    ends_at: datetime | None
    since: datetime
    actor: str


class PriceOut(WireOut, frozen=True, kw_only=True):
    """One price on a list, from `min_quantity` units on: from `starts_at` (null: already) up to, not at, `ends_at` (null: further notice)."""

    variant_id: UUID
    price: Money
    compare_at: Money | None
    min_quantity: int
    starts_at: datetime | None
    ends_at: datetime | None


class CostIn(WireIn, frozen=True, kw_only=True):
    """What one unit of a variant costs the shop, before tax; null: not known any more."""

    variant_id: UUID
    cost: Money | None


class CostsIn(WireIn, frozen=True, kw_only=True):
    """Costs to set in one currency, at most 100 at once, each variant once."""

    currency: Currency
    costs: Annotated[list[CostIn], Meta(min_length=1, max_length=BATCH_MOST)]


class CostsSetOut(WireOut, frozen=True, kw_only=True):
    """The variants whose cost is another one now."""

    changed: list[UUID]


class CostOut(WireOut, frozen=True, kw_only=True):
    """What one unit of a variant costs the shop, before tax."""

    variant_id: UUID
    cost: Money
    since: datetime


class CostChangeOut(WireOut, frozen=True, kw_only=True):
    """What a variant's cost became at an instant, and whose doing it was."""

    id: int
    cost: Money | None
    since: datetime
    actor: str


GuardedShare = Annotated[
    str,
    Meta(
        pattern=r"^[0-9](\.[0-9]{1,6})?\Z",
        description="An exact decimal from 0 on: 30 % is 0.30; of the price, less than 1",
        examples=["0.30"],
    ),
]


class MarginGuardIn(WireIn, frozen=True, kw_only=True):
    """What promotions must leave: a share `of` the net price (0.30: the cost is at most 70 % of it) or on top of the cost."""

    of: Literal["price", "cost"]
    share: GuardedShare


class MarginGuardOut(WireOut, frozen=True, kw_only=True):
    """What promotions must leave in a currency."""

    currency: str
    of: Literal["price", "cost"]
    share: str
    version: int


class MarginGuardsOut(WireOut, frozen=True, kw_only=True):
    """The guards of all currencies that have one."""

    items: list[MarginGuardOut]


class OverrideLimitIn(WireIn, frozen=True, kw_only=True):
    """How far below the list a price by hand may be, as a share of the list's price, and whether it has to be said why."""

    most: Annotated[
        str,
        Meta(
            pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)\Z",
            description="An exact decimal from 0 to 1: 10 % is 0.10",
            examples=["0.10"],
        ),
    ]
    reason_required: bool = True


class OverrideLimitOut(WireOut, frozen=True, kw_only=True):
    """How far below the list a price by hand may be for who has a scope; version 0: as it is until somebody sets it."""

    scope: str
    most: str
    reason_required: bool
    version: int


class OverrideLimitsOut(WireOut, frozen=True, kw_only=True):
    """The limits of all scopes that allow prices by hand."""

    items: list[OverrideLimitOut]


class ReductionIn(WireIn, frozen=True, kw_only=True):
    """A percentage off the prior price, for up to 100 articles: those named, or the next 100 of another list, after one of them.

    Some member states have other rules for what deteriorates or expires rapidly: their products say which do, and `perishable` says it of
    all of them.
    """

    percent: Share
    variant_ids: Annotated[list[UUID], Meta(min_length=1, max_length=BATCH_MOST)] | None = None
    of_list_id: UUID | None = None
    after: UUID | None = None
    perishable: bool = False


class ReducedOut(WireOut, frozen=True, kw_only=True):
    """A price that was made from a prior price."""

    variant_id: UUID
    prior: Money
    price: Money


class ReductionOut(WireOut, frozen=True, kw_only=True):
    """The prices that a reduction came to, and the list's version afterwards; `next_after` names where the other list goes on."""

    price_list_id: UUID
    version: int
    prices: list[ReducedOut]
    next_after: UUID | None
