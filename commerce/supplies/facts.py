"""What is sold ahead, and who waits, as values."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from commerce.inventory import Place
from commerce.kernel.ids import LocationId, OrderId, OrderLineId, VariantId
from commerce.stores import Service

LIMIT_MOST = 100_000
LEAD_DAYS_MOST = 365
QUEUE_MOST = 5_000
"""So many claims wait at one place at the most: whoever settles them looks at all of them."""


class Kind(StrEnum):
    """How an article is sold ahead at a location: not at all, up to what comes, or before its release."""

    NONE = "none"
    BACK_ORDER = "back_order"
    PRE_ORDER = "pre_order"


class ChangeKind(StrEnum):
    """What became of claimed units."""

    CLAIMED = "claimed"
    SERVED = "served"
    RELEASED = "released"
    MOVED = "moved"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """On which terms an article is sold ahead at a location.

    A back-order may wait for what dated supply brings, and for `allowed` units more that nothing dated brings: those are promised `lead_days`
    (calendar days) ahead. A pre-order may have `allowed` units in all until `release_at`; nothing of it leaves before. `beyond` units of those
    that are waited for are covered by no dated supply now. Version 0: nobody ever said anything.
    """

    variant_id: VariantId
    location_id: LocationId
    kind: Kind = Kind.NONE
    allowed: int = 0
    lead_days: int | None = None
    release_at: datetime | None = None
    beyond: int = 0
    version: int = 0

    @property
    def place(self) -> Place:
        """What they are about."""
        return Place(self.variant_id, self.location_id)

    def sells_at(self, at: datetime) -> bool:
        """Says whether anything is sold ahead at an instant: a pre-order ends with its release."""
        match self.kind:
            case Kind.NONE:
                return False
            case Kind.BACK_ORDER:
                return True
            case Kind.PRE_ORDER:
                return self.closed_at(at)

    def closed_at(self, at: datetime) -> bool:
        """Says whether the release is ahead."""
        return self.release_at is not None and at < self.release_at


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an order line that wait for supply at a location; units = open + served + released. Instants are in UTC.

    `promised_at` is when they were promised to be ready first, `expected_at` when they are expected to be now. `expires_at` is until when they
    are kept for an order that is not paid yet. `wait_id` names what becomes work together when all of it has come.
    """

    id: UUID
    seq: int
    order_id: OrderId
    order_line_id: OrderLineId
    group_id: UUID
    wait_id: UUID
    variant_id: VariantId
    location_id: LocationId
    service: Service
    units: int
    open: int
    served: int = 0
    released: int = 0
    promised_at: datetime
    expected_at: datetime
    not_before: datetime | None = None
    expires_at: datetime | None = None
    claimed_at: datetime

    @property
    def place(self) -> Place:
        """Where they wait."""
        return Place(self.variant_id, self.location_id)

    def over(self, at: datetime) -> bool:
        """Says whether it is kept no longer, whether or not anybody released it."""
        return self.expires_at is not None and self.expires_at <= at


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an order line that are to wait at a location: what a claim is made of. `ready_at` is the promise, `wait_id` what they come with."""

    order_line_id: OrderLineId
    group_id: UUID
    wait_id: UUID
    variant_id: VariantId
    location_id: LocationId
    units: int
    ready_at: datetime
    service: Service

    @property
    def place(self) -> Place:
        """Where they are to wait."""
        return Place(self.variant_id, self.location_id)


class Supply(NamedTuple):
    """Units that come to a place, and from when they are reckoned to be there."""

    there_at: datetime
    units: int


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What can be promised ahead of an article at a location, beyond what is on its shelf.

    `free` units lie there and nobody is promised them, of which `safety` are kept back; `waiting` units are claimed already, by `queue` claims.
    `supplies` are dated, the earliest first. `late_at` is when units are reckoned to be there that nothing dated brings.
    """

    terms: Terms
    free: int
    safety: int
    waiting: int
    queue: int = 0
    supplies: Sequence[Supply]
    late_at: datetime

    @property
    def dated(self) -> int:
        """The units that dated supply brings."""
        return sum(each.units for each in self.supplies)


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of claims at a place: units served now, units that no supply is left for, and new instants at which the rest is there.

    `beyond` of the units that still wait are covered by nothing dated.
    """

    served: Sequence[tuple[Claim, int]]
    lost: Sequence[tuple[Claim, int]]
    there_at: Sequence[tuple[Claim, datetime]]
    beyond: int
