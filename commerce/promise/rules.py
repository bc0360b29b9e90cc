"""Which places can give a basket. Pure: stock by place in, an answer out."""

from collections.abc import Mapping

from commerce.inventory import Shortage
from commerce.kernel.ids import LocationId, VariantId
from commerce.stores import Locations

Stock = Mapping[LocationId, Mapping[VariantId, int]]
"""Available units by location and article; what is missing is none."""

NOTHING: Mapping[VariantId, int] = {}


def short_at(stock: Stock, location_id: LocationId, wanted: Mapping[VariantId, int]) -> list[Shortage]:
    """Gives what a location has too few of, with what it has; nothing when it has the whole basket."""
    shelf = stock.get(location_id, NOTHING)
    return [
        Shortage(variant_id, location_id, quantity, shelf.get(variant_id, 0))
        for variant_id, quantity in wanted.items()
        if shelf.get(variant_id, 0) < quantity
    ]


def own_shelves(stock: Stock, places: Locations) -> Stock:
    """Gives stock without that of third parties' places: what is there is somebody's already."""
    foreign = places.third_parties
    return {place: shelf for place, shelf in stock.items() if place not in foreign} if foreign else stock


def without(stock: Stock, gone: Stock) -> Stock:
    """Gives stock less what is there and can be given to nobody."""
    if not gone:
        return stock
    left: dict[LocationId, Mapping[VariantId, int]] = dict(stock)
    for place in gone.keys() & stock.keys():
        rest = {each: units - gone[place].get(each, 0) for each, units in stock[place].items()}
        left[place] = {each: units for each, units in rest.items() if units > 0}
    return {place: shelf for place, shelf in left.items() if shelf}
