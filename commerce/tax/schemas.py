"""Tax categories and rates on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.wire import Code, Name, WireIn, WireOut

Rate = Annotated[
    str,
    Meta(
        pattern=r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)\Z",
        description="An exact decimal from 0 to 1: 21 % is 0.21",
        examples=["0.21"],
    ),
]
Zone = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?\Z",
        description="A country (ISO 3166-1 alpha-2), or a part of one that has its own tax (ISO 3166-2), such as ES-CN",
        examples=["ES", "ES-CN", "US-MA"],
    ),
]
ValidTo = Annotated[date, Meta(description="The rate holds up to, not on, this day; null: until further notice")]


class TaxCategoryIn(WireIn, frozen=True, kw_only=True):
    """A new category of goods and services that are taxed alike."""

    code: Code
    name: Name


class TaxCategoryOut(WireOut, frozen=True, kw_only=True):
    """A category of goods and services that are taxed alike."""

    code: str
    name: str


class TaxRateIn(WireIn, frozen=True, kw_only=True):
    """A rate for a category in a country or a part of it, from a day on. Days are those of its capital."""

    category: Code
    country: Zone
    rate: Rate
    name: Name
    valid_from: date
    valid_to: ValidTo | None = None


class TaxRatePatch(WireIn, frozen=True, kw_only=True):
    """What is to change. The figure itself never does: end this rate and make another, so that what was, remains."""

    name: Name | UnsetType = UNSET
    valid_to: ValidTo | UnsetType | None = UNSET


class TaxRateOut(WireOut, frozen=True, kw_only=True):
    """A rate for a category in a country or a part of it."""

    id: UUID
    category: str
    country: str
    rate: str
    name: str
    valid_from: date
    valid_to: date | None
    version: int
