"""The wire of uncollected."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from commerce.kernel.wire import Quantity, WireIn, WireOut
from commerce.uncollected.facts import MOST_REMINDERS, WaitState

LINES_MOST = 100
Percent = Annotated[int, Meta(ge=1, le=99, description="Percent of the stay's opening time")]
Serial = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+\Z")]


class TermsIn(WireIn, frozen=True, kw_only=True):
    """How a pickup waits: for opening days, or for hours of opening time; one of the two.

    `extension_days` are opening days, 0 for none. Who lets `sign_count` pickups go within `sign_days` days has a sign.
    """

    wait_days: Annotated[int, Meta(ge=1, le=60)] | None = None
    wait_hours: Annotated[int, Meta(ge=1, le=500)] | None = None
    reminders: Annotated[list[Percent], Meta(max_length=MOST_REMINDERS)] = msgspec.field(
        default_factory=lambda: [50, 90]
    )
    extension_days: Annotated[int, Meta(ge=0, le=60)] = 3
    grace_minutes: Annotated[int, Meta(ge=0, le=1_440)] = 30
    sign_count: Annotated[int, Meta(ge=1, le=100)] = 3
    sign_days: Annotated[int, Meta(ge=1, le=3_650)] = 180


class CollectionPolicyIn(TermsIn, frozen=True, kw_only=True):
    """Terms for a location, for a category and all below it, for both, or (neither) for the whole shop; the most specific hold."""

    location_id: UUID | None = None
    category_id: UUID | None = None


class CollectionPolicyOut(WireOut, frozen=True, kw_only=True):
    """How long pickups of a place or a category wait, and what follows when nobody comes."""

    id: UUID
    version: int
    location_id: UUID | None
    category_id: UUID | None
    wait_days: int | None
    wait_hours: int | None
    reminders: list[int]
    extension_days: int
    grace_minutes: int
    sign_count: int
    sign_days: int


class UncollectedLineOut(WireOut, frozen=True, kw_only=True):
    """Units of a line that nobody collected; `codes` are the lots or serial numbers of those that have some."""

    line_id: UUID
    order_line_id: UUID
    variant_id: UUID
    sku: str
    title: str
    option_text: str
    units: int
    damaged: int
    codes: list[str]


class PickupOut(WireOut, frozen=True, kw_only=True):
    """How an order waits to be collected at a place.

    `deadline` is until when; `over` says that it has passed with its grace. `extension_until` is until when it would wait if its owner asked
    for more time, null where that is not offered. `uncollected`, for staff: how many pickups this customer let go that still count, and
    `signed` whether that is a sign.
    """

    id: UUID
    version: int
    order_id: UUID
    fulfilment_order_id: UUID
    location_id: UUID
    timezone: str
    state: WaitState
    ready_at: datetime | None
    deadline: datetime | None
    over: bool
    extension_until: datetime | None
    extended_at: datetime | None
    closed_at: datetime | None
    put_away_at: datetime | None
    lines: list[UncollectedLineOut]
    uncollected: int | None
    signed: bool | None


class AsideLineOut(WireOut, frozen=True, kw_only=True):
    """Units of a line that wait to be put away; `codes` are the lots or serial numbers of those that have some."""

    line_id: UUID
    variant_id: UUID
    sku: str
    title: str
    option_text: str
    units: int
    codes: list[str]


class ToPutAwayOut(WireOut, frozen=True, kw_only=True):
    """A pickup that nobody collected and whose goods still stand beside the shelf, since `expired_at`."""

    id: UUID
    order_id: UUID
    order_number: str
    fulfilment_order_id: UUID
    location_id: UUID
    expired_at: datetime
    lines: list[AsideLineOut]


class DamagedIn(WireIn, frozen=True, kw_only=True):
    """Units of a line that cannot be sold; `codes` name their serial numbers, or the lots that they are of, where the article asks for them."""

    line_id: UUID
    units: Quantity
    codes: Annotated[list[Serial], Meta(max_length=10_000)] = msgspec.field(default_factory=list)


class PutAwayIn(WireIn, frozen=True, kw_only=True):
    """What of it is damaged; all else goes back to the shelf."""

    damaged: Annotated[list[DamagedIn], Meta(max_length=LINES_MOST)] = msgspec.field(default_factory=list)


class NoShowsOut(WireOut, frozen=True, kw_only=True):
    """How many pickups somebody let go that still count: an account, or a guest whom only this shop can tell again."""

    customer: str
    account_id: UUID | None
    uncollected: int
    last_at: datetime
    signed: bool
