"""What is not there and comes: from when it could be had, by what is on its way, who waits already, and the location's calendar."""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from commerce import supplies
from commerce.inventory import Place
from commerce.kernel.ids import VariantId
from commerce.platform.database import Reading
from commerce.stores import Location, Locations, Service
from commerce.supplies import Outlook

Ahead = Mapping[Place, Outlook]
"""What can be promised ahead, by article and location."""


async def sold_ahead(reading: Reading, variant_ids: Collection[VariantId], places: Locations, at: datetime) -> Ahead:
    """Gives where articles are sold ahead at an instant, and what of them can be had there. One statement, and one more where any is.

    A promise of this moment: nothing is kept for anybody, and whoever commits judges it again.
    """
    if not variant_ids:
        return {}
    known = await supplies.outlook(reading, places.by_id, variant_ids, at=at)
    return {
        place: each
        for place, each in known.items()
        if each.terms.sells_at(at) and place.location_id not in places.third_parties
    }


def ready_ahead(
    ahead: Ahead, here: Location, missing: Mapping[VariantId, int], service: Service, at: datetime
) -> datetime | None:
    """Gives from when units that a location does not have now would be ready there, all of them; None when some cannot be had."""
    ready: list[datetime] = []
    for variant_id, units in missing.items():
        known = ahead.get(Place(variant_id, here.id))
        there = None if known is None else supplies.judged(known, units, at)
        made = None if there is None else supplies.ready_at(here, there, service)
        if made is None:
            return None
        ready.append(made)
    return max(ready, default=None)


def sent_ahead(ahead: Ahead, places: Locations, missing: Mapping[VariantId, int], at: datetime) -> datetime | None:
    """Gives from when units that nobody who sends has now could be sent, each article from where it is ready first; None when one cannot be had."""
    ready: list[datetime] = []
    for variant_id, units in missing.items():
        first = min(
            (
                made
                for each in places.shipping_points()
                if (made := ready_ahead(ahead, each, {variant_id: units}, "ships", at)) is not None
            ),
            default=None,
        )
        if first is None:
            return None
        ready.append(first)
    return max(ready, default=None)


def promised_ahead(ahead: Ahead, place: Place, units: int) -> Ahead:
    """Gives what is left to be promised when so many units more wait at a place."""
    known = ahead[place]
    return {**ahead, place: msgspec.structs.replace(known, waiting=known.waiting + units, queue=known.queue + 1)}
