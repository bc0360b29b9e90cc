"""On which terms goods come back: the shop's return days, the days of the law, and the places that may take them in."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from commerce import stores
from commerce.kernel.errors import invalid
from commerce.kernel.ids import LocationId
from commerce.platform.database import Reading
from commerce.platform.http import Caller
from commerce.stores import Locations


class Policy(msgspec.Struct, frozen=True):
    """The terms as they are now; what is resident in the process, at most one second old."""

    return_days: int
    places: Locations

    @property
    def zones(self) -> Mapping[UUID, str]:
        """The time zone of each place."""
        return {place.id: place.timezone for place in self.places.all}

    def taking_in(self, caller: Caller, location_id: UUID, pointer: str) -> LocationId:
        """Gives the place where goods are taken in; refuses with InvalidInput one that is not active, or not one of the caller's."""
        place = self.places.by_id.get(location_id)
        if place is None or not place.active or not caller.may_at(location_id):
            raise invalid(pointer, "is not an active location of yours")
        return place.id


async def policy(reading: Reading) -> Policy:
    """Gives the terms."""
    settings = await stores.settings(reading)
    return Policy(settings.return_days, await stores.locations(reading))
