"""For whom a page is made: the channel's currency and rates, the language, the places whose stock it tells. All of it resident.

What every statement needs of this is encoded once and kept until one of the resident values behind it is another one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from commerce import stores, tax
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import LocationId
from commerce.platform.database import Reading
from commerce.platform.http import Caller
from commerce.price_engine import TaxFact
from commerce.storefront.held_lists import ListRule, held_lists
from commerce.stores import Channel, Location, Locations

EXACT_STOCK = "stock:read"
MOST_KEPT = 256
NO_LIST = UUID(int=0)


class Held(StrEnum):
    """How many price lists hold, which decides how a statement looks prices up."""

    ONE_WITH_TAX = "one with tax"
    ONE_WITHOUT_TAX = "one without tax"
    SEVERAL = "several"


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What every statement of the storefront is given.

    `lists` are the price lists that hold, the first one first, and `lists_with_tax` those of them whose prices include tax; none at all is
    told as one that has no prices. `rates` are the tax rates of the channel's country, `places` the locations whose stock is told, both as
    JSON. `counted` are the places that a list's one band is about; none means all there are. `figures` says whether any exact figure is told.
    """

    currency: str
    language: str
    lists: list[UUID]
    lists_with_tax: list[UUID]
    held: Held
    rates: msgspec.Raw
    places: msgspec.Raw
    counted: list[UUID] | None
    figures: bool


class _Kept(msgspec.Struct, frozen=True):
    channel: Channel
    locations: Locations
    rates: Mapping[tuple[str, str], TaxFact]
    lists: tuple[ListRule, ...]
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
    lists = await held_lists(reading, channel.id, channel.currency, at)
    if EXACT_STOCK in caller.scopes:
        return _shop(channel, locations, rates, lists, location_id, language, caller)
    key = (channel.id, location_id, language)
    kept = _kept.get(key)
    if (
        kept is None
        or kept.channel is not channel
        or kept.locations is not locations
        or kept.rates is not rates
        or kept.lists != lists
    ):
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        made = _shop(channel, locations, rates, lists, location_id, language, None)
        kept = _kept[key] = _Kept(channel, locations, rates, lists, made)
    return kept.shop


def _shop(
    channel: Channel,
    locations: Locations,
    rates: Mapping[tuple[str, str], TaxFact],
    lists: tuple[ListRule, ...],
    location_id: UUID | None,
    language: str,
    clerk: Caller | None,
) -> Shop:
    if location_id is not None and not locations.get(location_id).active:
        raise NotFound("There is no such location.")
    pickup = {each.id for each in locations.pickup_points() if location_id in {None, each.id}}
    shipping = {each.id for each in locations.shipping_points()}
    places = [each for each in locations.all if each.id in pickup or each.id in shipping]
    exact = {each.id for each in places if clerk is not None and clerk.may_at(each.id)}
    own_rates = {category: fact.rate for (category, country), fact in rates.items() if country == channel.country}
    return Shop(
        currency=channel.currency,
        language=language,
        lists=[rule.id for rule in lists] or [NO_LIST],
        lists_with_tax=[rule.id for rule in lists if rule.includes_tax],
        held=_held(lists),
        rates=_json({category: _plain(str(rate)) for category, rate in own_rates.items()}),
        places=_json([_place(each, pickup, shipping, exact) for each in places]),
        counted=_counted(locations, places, location_id),
        figures=bool(exact),
    )


def _held(lists: tuple[ListRule, ...]) -> Held:
    if len(lists) > 1:
        return Held.SEVERAL
    return Held.ONE_WITHOUT_TAX if lists and not lists[0].includes_tax else Held.ONE_WITH_TAX


def _counted(locations: Locations, places: Sequence[Location], location_id: UUID | None) -> list[UUID] | None:
    if location_id is not None:
        return [location_id]
    return None if len(places) == len(locations.all) else [each.id for each in places]


def _json(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


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
