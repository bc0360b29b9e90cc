"""The price stays as agreed, and so does its tax: goods come from, and go to, the zone of tax that the order was priced in, or nowhere."""

from commerce.kernel.ids import LocationId, VariantId
from commerce.orders import Address, OrderFacts
from commerce.platform.database import Reading
from commerce.price_engine import zone_of
from commerce.recourse.facts import Rejection
from commerce.stores import Locations, locations


def agreed_zone(places: Locations, order: OrderFacts, case: Rejection) -> str:
    """Gives the zone that the goods of the rejection were to leave when they were priced."""
    return places.get(order.group(case.group_id).location_id).tax_zone


def fits(places: Locations, order: OrderFacts, case: Rejection, address: Address) -> bool:
    """Says whether goods that were to be collected can be sent to an address at the price and tax that were agreed."""
    return zone_of(address.country, address.region, address.postal_code) == agreed_zone(places, order, case)


async def outside(reading: Reading, order: OrderFacts, case: Rejection) -> frozenset[tuple[LocationId, VariantId]]:
    """Gives the articles of a rejection at every place of another zone: none of them may be had there."""
    places = await locations(reading)
    zone = agreed_zone(places, order, case)
    return frozenset(
        (place.id, variant_id) for place in places.all if place.tax_zone != zone for variant_id, _ in case.wanted
    )
