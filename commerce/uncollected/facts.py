"""Pickups that wait to be collected, for how long, and what became of them, as values."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.ids import FulfilmentLineId, FulfilmentOrderId, LocationId, OrderId, OrderLineId, VariantId

MOST_REMINDERS = 5
"""The most reminders that one stay has."""

Because = Literal["ready", "unpacked", "asked", "hours"]
"""Why a deadline moved: it became ready, it was taken back to picking, somebody asked for more time, the place's calendar changed."""


class WaitState(StrEnum):
    """Where a pickup is. `expired`: nobody came, and the goods wait in quarantine to be put away. `ended`: its work ended otherwise."""

    WAITING = "waiting"
    COLLECTED = "collected"
    EXPIRED = "expired"
    PUT_AWAY = "put_away"
    ENDED = "ended"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a pickup waits. Each pickup keeps the terms that held when it became ready.

    It waits until the closing of the `wait_days`-th opening day after the day it became ready, or for `wait_hours` hours of opening time: one
    of the two. `reminders` are shares of that stay's opening time, in percent. `extension_days` are opening days after the deadline; 0: none.
    For `grace_minutes` after the deadline a counter still hands over without asking. Who lets `sign_count` pickups go within `sign_days` days
    has a sign.
    """

    wait_days: int | None = None
    wait_hours: int | None = None
    reminders: tuple[int, ...] = (50, 90)
    extension_days: int = 3
    grace_minutes: int = 30
    sign_count: int = 3
    sign_days: int = 180


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Terms for a location and a category, for one of the two, or (neither) for the whole shop."""

    id: UUID
    location_id: LocationId | None
    category_id: UUID | None
    terms: Terms
    version: int = 1


class Trace(msgspec.Struct, frozen=True):
    """Units of one lot, or one unit by its serial number."""

    code: str
    units: int


class WaitUnits(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a line that nobody collected, and how many of them were found damaged when they were put away."""

    line_id: FulfilmentLineId
    order_line_id: OrderLineId
    variant_id: VariantId
    units: int
    damaged: int = 0
    traces: tuple[Trace, ...] = ()


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """A pickup from the time it is ready on. Instants are in UTC.

    `deadline` is what its owner is told; None where the place does not open any more, and while it is taken back to picking (`ready_at`
    None). `due_at` is the deadline with its grace: from then on nobody waits. `round` counts how often it became ready.
    """

    id: UUID
    order_id: OrderId
    fulfilment_order_id: FulfilmentOrderId
    location_id: LocationId
    state: WaitState
    round: int
    ready_at: datetime | None
    deadline: datetime | None
    due_at: datetime | None
    terms: Terms
    extended_at: datetime | None = None
    closed_at: datetime | None = None
    put_away_at: datetime | None = None
    version: int = 1
    units: tuple[WaitUnits, ...] = ()

    def overdue(self, at: datetime) -> bool:
        """Says whether deadline and grace have passed without anybody coming, whether or not anybody acted on it."""
        return self.state is WaitState.WAITING and self.due_at is not None and self.due_at <= at


class NoShows(msgspec.Struct, frozen=True, kw_only=True):
    """How many pickups somebody let go, of those that still count: an account, or a guest by the digest of an e-mail.

    `customer` is `account:<id>` or `guest:<digest>`. `signed` says whether they are as many as the strictest of their terms takes for a sign.
    """

    customer: str
    uncollected: int
    last_at: datetime
    signed: bool
