"""What is reported of pickups that wait. Each fact carries the pickup as it is after it; nothing personal is in any of them."""

from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.events import Event
from commerce.kernel.ids import OrderId
from commerce.uncollected.facts import Wait


class _OfWait(msgspec.Struct, frozen=True, kw_only=True):
    wait_id: UUID
    order_id: OrderId
    wait: Wait

    def about(self) -> UUID:
        """Gives the pickup's id."""
        return self.wait_id


class PickupReminded(_OfWait, Event, frozen=True, kw_only=True, tag="uncollected.reminded.v1"):
    """A share of the stay, in percent, has passed and nobody came yet."""

    percent: int


class PickupExtended(_OfWait, Event, frozen=True, kw_only=True, tag="uncollected.extended.v1"):
    """It waits longer than was told: somebody asked for it, or the place is closed when it was to be open."""

    why: Literal["asked", "hours"]


class PickupExpired(_OfWait, Event, frozen=True, kw_only=True, tag="uncollected.expired.v1"):
    """Nobody came in time: the units are off the order and in quarantine, and `amount`, in minor units, is not charged."""

    amount: int


class PickupPutAway(_OfWait, Event, frozen=True, kw_only=True, tag="uncollected.put_away.v1"):
    """Somebody put back what nobody collected: it can be sold again, but for the units that are damaged."""
