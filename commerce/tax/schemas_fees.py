"""Fees on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.money import Money
from commerce.kernel.wire import Code, Instant, WireIn, WireOut
from commerce.tax.schemas import Zone

Kind = Annotated[Literal["eco_fee", "deposit"], Meta(description="An eco-fee, or a deposit that is given back")]
EndsAt = Annotated[
    datetime, Meta(tz=True, description="The fee holds up to, not at, this instant; null: until further notice")
]


class FeeIn(WireIn, frozen=True, kw_only=True):
    """A fee that comes with each unit of an article, as a line of its own. It is never discounted."""

    code: Code
    kind: Kind
    variant_id: UUID
    amount: Money
    includes_tax: bool = True
    tax_category: Code
    zone: Annotated[Zone, Meta(description="Where the goods are supplied; null: everywhere")] | None = None
    starts_at: Instant | None = None
    ends_at: EndsAt | None = None


class FeePatch(WireIn, frozen=True, kw_only=True):
    """When the fee ends. What it is never changes: end it and add another, so that what was, remains."""

    ends_at: EndsAt | UnsetType | None = UNSET


class FeeOut(WireOut, frozen=True, kw_only=True):
    """A fee that comes with each unit of an article."""

    id: UUID
    code: str
    kind: Kind
    variant_id: UUID
    amount: Money
    includes_tax: bool
    tax_category: str
    zone: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    version: int
