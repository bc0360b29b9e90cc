"""The wire of terms on which articles are sold ahead, and of claims that wait."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.kernel.wire import Instant, WireIn, WireOut
from commerce.supplies.facts import LEAD_DAYS_MOST, LIMIT_MOST

KindName = Literal["none", "back_order", "pre_order"]
Reason = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]


class SupplyTermsIn(WireIn, frozen=True, kw_only=True):
    """On which terms an article is sold ahead at a location from now on.

    `back_order`: up to what dated supply brings, and `allowed` units more, which are promised `lead_days` ahead. `pre_order`: `allowed` units
    in all, of which nothing leaves before `release_at`, not even what lies on the shelf. `none`: not at all.
    """

    kind: KindName
    allowed: Annotated[int, Meta(ge=0, le=LIMIT_MOST)] = 0
    lead_days: Annotated[int, Meta(ge=1, le=LEAD_DAYS_MOST)] | None = None
    release_at: Instant | None = None
    reason: Reason


class SupplyTermsOut(WireOut, frozen=True, kw_only=True):
    """On which terms an article is sold ahead at a location; `version` is its ETag. `beyond` of the units that wait are covered by no dated supply."""

    variant_id: UUID
    location_id: UUID
    kind: KindName
    allowed: int
    lead_days: int | None
    release_at: datetime | None
    beyond: int
    version: int


class SupplyTermsChangeOut(WireOut, frozen=True, kw_only=True):
    """The terms as a change left them, who changed them, when and why."""

    seq: int
    kind: KindName
    allowed: int
    lead_days: int | None
    release_at: datetime | None
    actor: str
    reason: str
    at: datetime


class SupplyClaimOut(WireOut, frozen=True, kw_only=True):
    """Units of an order line that wait at a location: `open` of `units` still do. They were promised for `promised_at`, and are expected for
    `expected_at` now; not before `not_before`. `expires_at`: the order is not paid yet, and they are kept until then.
    """

    seq: int
    order_id: UUID
    order_line_id: UUID
    variant_id: UUID
    location_id: UUID
    units: int
    open: int
    promised_at: datetime
    expected_at: datetime
    not_before: datetime | None
    expires_at: datetime | None
    claimed_at: datetime
