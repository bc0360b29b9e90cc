"""For whom a page is made: the channel's currency and rates, the language, the places whose stock it tells. All of it resident."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from commerce import stores, tax
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reading
from commerce.platform.http import Caller

EXACT_STOCK = "stock:read"


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What every statement of the storefront is given. `exact` says at which of the places the very figures may be told;
    `counted_ids` are the places that a list's one band is about: the location that was asked for, else all.
    """

    channel_id: UUID
    currency: str
    country: str
    language: str
    at: datetime
    tax_categories: list[str]
    tax_rates: list[Decimal]
    place_ids: list[UUID]
    place_codes: list[str]
    place_names: list[str]
    collects: list[bool]
    ships: list[bool]
    exact: list[bool]
    counted_ids: list[UUID]

    @property
    def tells_figures(self) -> bool:
        """Whether any exact figure is told."""
        return any(self.exact)


async def shop(
    reading: Reading,
    *,
    channel_id: UUID | None,
    location_id: UUID | None,
    language: str | None,
    caller: Caller,
    at: datetime,
) -> Shop:
    """Gathers what a page needs, from resident values: no statement as a rule. Refuses with NotFound an unknown channel or location.

    Without a location, the stock is told of every place where one can collect; with one, of that place.
    """
    channel = await stores.channel(reading, channel_id)
    locations = await stores.locations(reading)
    rates = {
        category: fact.rate
        for (category, country), fact in (await tax.taxes(reading)).at(at).items()
        if country == channel.country
    }
    if location_id is not None and not locations.get(location_id).active:
        raise NotFound("There is no such location.")
    pickup = {each.id for each in locations.pickup_points() if location_id is None or each.id == location_id}
    shipping = {each.id for each in locations.shipping_points()}
    places = [each for each in locations.all if each.id in pickup or each.id in shipping]
    figures = EXACT_STOCK in caller.scopes
    return Shop(
        channel_id=channel.id,
        currency=channel.currency,
        country=channel.country,
        language=language or channel.languages[0],
        at=at,
        tax_categories=list(rates),
        tax_rates=list(rates.values()),
        place_ids=[each.id for each in places],
        place_codes=[each.code for each in places],
        place_names=[each.name for each in places],
        collects=[each.id in pickup for each in places],
        ships=[each.id in shipping for each in places],
        counted_ids=[each.id for each in places] if location_id is None else [location_id],
        exact=[figures and caller.may_at(each.id) for each in places],
    )
