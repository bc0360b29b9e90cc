"""For whom a page is made: the channel's currency and rates, the language, the places whose stock it tells. All of it resident.

What every statement needs of this is encoded once and kept until one of the resident values behind it is another one.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from commerce import stores, tax
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import LocationId
from commerce.platform.database import Reading
from commerce.platform.http import Caller
from commerce.price_engine import TaxFact
from commerce.stores import Channel, Location, Locations

EXACT_STOCK = "stock:read"
MOST_KEPT = 256


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What every statement of the storefront is given.

    `rates` are the tax rates of the channel's country, `places` the locations whose stock is told, both as JSON; `counted` are the places
    that a list's one band is about, as a PostgreSQL array. `figures` says whether any exact figure is told.
    """

    channel_id: UUID
    currency: str
    language: str
    rates: str
    places: str
    counted: str
    figures: bool


class _Kept(msgspec.Struct, frozen=True):
    channel: Channel
    locations: Locations
    rates: Mapping[tuple[str, str], TaxFact]
    shop: Shop


_kept: dict[tuple[UUID, UUID | None, str], _Kept] = {}


async def shop(
    reading: Reading, *, channel_id: UUID | None, location_id: UUID | None, language: str, caller: Caller, at: datetime
) -> Shop:
    """Gathers what a page needs, from resident values: no statement as a rule. Refuses with NotFound an unknown channel or location.

    Without a location, the stock is told of every place where one can collect; with one, of that place. Exact figures are for callers with
    `stock:read`, at the places where they may act.
    """
    channel = await stores.channel(reading, channel_id)
    locations = await stores.locations(reading)
    rates = (await tax.taxes(reading)).at(at)
    if EXACT_STOCK in caller.scopes:
        return _shop(channel, locations, rates, location_id, language, caller)
    key = (channel.id, location_id, language)
    kept = _kept.get(key)
    if kept is None or kept.channel is not channel or kept.locations is not locations or kept.rates is not rates:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        kept = _kept[key] = _Kept(
            channel, locations, rates, _shop(channel, locations, rates, location_id, language, None)
        )
    return kept.shop


def _shop(
    channel: Channel,
    locations: Locations,
    rates: Mapping[tuple[str, str], TaxFact],
    location_id: UUID | None,
    language: str,
    clerk: Caller | None,
) -> Shop:
    if location_id is not None and not locations.get(location_id).active:
        raise NotFound("There is no such location.")
    pickup = {each.id for each in locations.pickup_points() if location_id in {None, each.id}}
    shipping = {each.id for each in locations.shipping_points()}
    places = [each for each in locations.all if each.id in pickup or each.id in shipping]
    counted = [each.id for each in places] if location_id is None else [location_id]
    own_rates = {category: fact.rate for (category, country), fact in rates.items() if country == channel.country}
    exact = {each.id for each in places if clerk is not None and clerk.may_at(each.id)}
    return Shop(
        channel_id=channel.id,
        currency=channel.currency,
        language=language,
        rates=msgspec.json.encode({category: _plain(str(rate)) for category, rate in own_rates.items()}).decode(),
        places=msgspec.json.encode([_place(each, pickup, shipping, exact) for each in places]).decode(),
        counted="{" + ",".join(map(str, counted)) + "}",
        figures=bool(exact),
    )


def _place(
    place: Location, pickup: set[LocationId], shipping: set[LocationId], exact: set[LocationId]
) -> dict[str, object]:
    return {
        "place_id": place.id,
        "place_code": place.code,
        "place_name": place.name,
        "collects": place.id in pickup,
        "ships": place.id in shipping,
        "exact": place.id in exact,
    }


def _plain(rate: str) -> str:
    """Gives a rate without zeros at its end: 0.21, as quotes tell it."""
    return rate.rstrip("0").rstrip(".") if "." in rate else rate
