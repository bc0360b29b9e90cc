"""Delivery methods on the wire."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.money import Money
from commerce.kernel.wire import Code, Country, Text3, WireIn, WireOut

Kind = Annotated[Literal["pickup", "ship"], Meta(description="Collected at a location, or sent to an address")]
Days = Annotated[int, Meta(ge=0, le=365)]
Countries = Annotated[
    list[Country],
    Meta(max_length=250, description="Where a shipped parcel goes to; empty: anywhere. Collections know no countries"),
]


class DeliveryMethodIn(WireIn, frozen=True, kw_only=True):
    """A new delivery method: a flat charge for each group of goods that goes together."""

    code: Code
    name: Text3
    kind: Kind
    price: Money
    includes_tax: bool = True
    tax_category: Code
    countries: Countries = msgspec.field(default_factory=list)
    min_days: Days = 0
    max_days: Days = 0
    active: bool = True


class DeliveryMethodPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays. Kind and currency never change."""

    name: Text3 | UnsetType = UNSET
    price: Money | UnsetType = UNSET
    includes_tax: bool | UnsetType = UNSET
    tax_category: Code | UnsetType = UNSET
    countries: Countries | UnsetType = UNSET
    min_days: Days | UnsetType = UNSET
    max_days: Days | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class DeliveryMethodOut(WireOut, frozen=True, kw_only=True):
    """A delivery method."""

    id: UUID
    code: str
    name: Text3
    kind: Kind
    price: Money
    includes_tax: bool
    tax_category: str
    countries: list[str]
    min_days: int
    max_days: int
    active: bool
    version: int
