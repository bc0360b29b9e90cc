"""At which places something must be in stock so that it can be had there, or collected there by a time."""

from datetime import datetime
from uuid import UUID

from commerce import promise, stores
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reading
from commerce.storefront.shop import naming


async def places_for(
    reading: Reading, available_at: UUID | None, ready_by: datetime | None, *, at: datetime
) -> list[UUID] | None:
    """Gives the locations of which one must have it in stock: the one named, and those where an order of `at` is ready by an instant.

    None where neither was asked; an empty list where no place is ready by then: nothing is found. Refuses with NotFound an unknown location.
    """
    if available_at is None and ready_by is None:
        return None
    locations = await stores.locations(reading)
    with naming("available_at"):
        if available_at is not None and not locations.get(available_at).active:
            raise NotFound("There is no such location.")
    if ready_by is None:
        return [] if available_at is None else [available_at]
    ready = await promise.ready_times(reading, at)
    return [each for each, instant in ready.items() if instant <= ready_by and available_at in {None, each}]
