"""Price lists on the wire."""

from datetime import datetime
from typing import Annotated
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


class PriceListIn(WireIn, frozen=True, kw_only=True):
    """A new price list. Without a channel it holds in all of them."""

    code: Code
    name: Name
    currency: Currency
    channel_id: UUID | None = None
    priority: Priority = 0
    active: bool = True
    starts_at: StartsAt | None = None
    ends_at: EndsAt | None = None
    includes_tax: bool = True


class PriceListPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays. The currency of a list never changes."""

    name: Name | UnsetType = UNSET
    channel_id: UUID | UnsetType | None = UNSET
    priority: Priority | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    starts_at: StartsAt | UnsetType | None = UNSET
    ends_at: EndsAt | UnsetType | None = UNSET
    includes_tax: bool | UnsetType = UNSET


class PriceListOut(WireOut, frozen=True, kw_only=True):
    """A price list; its version rises with each change of the list or of a price on it."""

    id: UUID
    code: str
    name: str
    currency: str
    channel_id: UUID | None
    priority: int
    active: bool
    starts_at: datetime | None
    ends_at: datetime | None
    includes_tax: bool
    version: int
    created_at: datetime
    updated_at: datetime


class PriceIn(WireIn, frozen=True, kw_only=True):
    """The price of one unit of a variant, in the list's currency; `compare_at` is a higher price shown beside it."""

    variant_id: UUID
    price: Money
    compare_at: Money | None = None


class PricesIn(WireIn, frozen=True, kw_only=True):
    """Prices to put on a list, at most 100 at once, each variant once. Other prices of the list stay as they are."""

    prices: Annotated[list[PriceIn], Meta(min_length=1, max_length=BATCH_MOST)]


class PricesOut(WireOut, frozen=True, kw_only=True):
    """What setting prices came to: the list's version afterwards, and which variants have another price now."""

    price_list_id: UUID
    version: int
    changed: list[UUID]


class PriceChangeOut(WireOut, frozen=True, kw_only=True):
    """What a variant's price on a list became at an instant, and whose doing it was; without a price it was taken off."""

    id: int
    price: Money | None
    compare_at: Money | None
    since: datetime
    actor: str


class PriceOut(WireOut, frozen=True, kw_only=True):
    """One price on a list."""

    variant_id: UUID
    price: Money
    compare_at: Money | None
