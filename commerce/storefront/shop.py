"""For whom a page is made: the channel's currency and rates, the language, the places whose stock it tells. All of it resident.

What every statement needs of this is encoded once and kept until one of the resident values behind it is another one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from commerce import pricing, stores, tax
from commerce.kernel.errors import FieldError, NotFound
from commerce.kernel.ids import LocationId
from commerce.platform.database import Reading
from commerce.platform.http import Caller
from commerce.platform.resident import as_known
from commerce.price_engine import PriceList, TaxFact, zone_of
from commerce.pricing import Audience, PriceLists
from commerce.storefront.definitions import DEFINITIONS, TREE, Categories, Definitions
from commerce.storefront.shelves import Shelf, Shelves
from commerce.stores import Channel, Location, Locations

EXACT_STOCK = "stock:read"
MOST_KEPT = 256
NO_LIST = UUID(int=0)
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Held(StrEnum):
    """How many price lists hold, which decides how a statement looks prices up."""

    ONE_WITH_TAX = "one with tax"
    ONE_WITHOUT_TAX = "one without tax"
    SEVERAL = "several"


class Prices(NamedTuple):
    """What decides how a statement reads prices: which lists hold, and whether prices on one of them are announced as reduced."""

    held: Held
    reduced: bool


class Shape(NamedTuple):
    """What decides how a statement of pages reads: which price lists hold, whether figures are told and of some places only, whether there are
    kits, parties, and pictures that were arranged here.
    """

    prices: Prices
    figures: bool
    some_places: bool
    kits: bool
    parties: bool
    pictures: bool
    called: bool


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What every statement of the storefront is given.

    `lists` are the price lists that hold, the first one first, `lists_with_tax` those of them whose prices include tax, `reduced_lists` those
    whose prices are announced as reduced; none at all is told as one that has no prices. `audience` is whom the prices are for. `rates` are the
    tax rates where the store is, else of the channel's country, as JSON, `shelves` the locations whose stock is told, `place_id` the store where it is bought, where
    something is sold in some stores only: as quotes and carts take it. `counted` are the places that a list's one band is about; none means all
    there are. `figures` says whether any exact figure is told.
    """

    currency: str
    language: str
    lists: list[UUID]
    lists_with_tax: list[UUID]
    reduced_lists: list[UUID]
    prices: Prices
    shape: Shape
    audience: Audience
    rates: msgspec.Raw
    shelves: Shelves
    counted: list[UUID] | None
    figures: bool
    place_id: UUID | None
    definitions: Definitions
    categories: Categories


class Words(NamedTuple):
    """What pages say in the whole catalogue's words."""

    definitions: Definitions
    categories: Categories


class _Facts(NamedTuple):
    """The resident values that a shop is made of."""

    channel: Channel
    locations: Locations
    rates: Mapping[tuple[str, str], TaxFact]
    lists: PriceLists
    held: list[PriceList]
    words: Words

    def same_as(self, others: "_Facts") -> bool:
        """Says whether a shop made of the others would be the same one."""
        same = all(mine is other for mine, other in zip(self[:4], others[:4], strict=True))
        return same and self.held == others.held and self.words == others.words


class _Kept:
    """A shop with what it was made of: the same one as long as all that is resident is as it was, and no list or rate begins or ends."""

    __slots__ = ("book", "facts", "known", "shop", "since", "until")

    def __init__(self, facts: _Facts, shop: Shop) -> None:
        self.facts, self.shop = facts, shop
        self.known: object | None = None

    def holds(self, known: object | None, at: datetime) -> bool:
        """Says whether nothing has to be looked at for it."""
        return (
            known is not None
            and self.known is known
            and self.since <= at < self.until
            and self.book.at(at) is self.facts.rates
        )

    def seen(self, known: object | None, book: tax.TaxIndex, at: datetime) -> None:
        """Notes that it was right at an instant, by what is resident now."""
        audience, facts = self.shop.audience, self.facts
        bounds = facts.lists.bounds(
            audience.currency, channel_id=audience.channel_id, store_id=audience.store_id, zone=audience.zone
        )
        self.known, self.book = known, book
        self.since = max((bound for bound, _ in bounds if bound <= at), default=EVER)
        self.until = min((bound for bound, _ in bounds if bound > at), default=NEVER)


_kept: dict[tuple[UUID | None, UUID | None, UUID | None, str], _Kept] = {}


async def shop(
    reading: Reading,
    *,
    channel_id: UUID | None,
    location_id: UUID | None,
    store_id: UUID | None = None,
    language: str,
    caller: Caller,
    at: datetime,
) -> Shop:
    """Gathers what a page needs, from resident values: no statement as a rule. Refuses with NotFound an unknown channel, location or store.

    Prices are those of the channel; with a store, those on its shelves.

    Without a location, the stock is told of every place where one can collect; with one, of that place. Exact figures are for callers with
    `stock:read`, at the places where they may act.
    """
    asked = (channel_id, location_id, store_id, language)
    exact = EXACT_STOCK in caller.scopes
    kept = None if exact else _kept.get(asked)
    known = as_known(reading)
    if kept is not None and kept.holds(known, at):
        return kept.shop
    with naming("channel"):
        channel = await stores.channel(reading, channel_id)
    locations = await stores.locations(reading)
    book = await tax.taxes(reading)
    lists = await pricing.price_lists(reading)
    words = Words(await DEFINITIONS.get(reading), await TREE.get(reading))
    store = None if store_id is None else _active(locations, store_id, "store")
    audience = Audience(
        currency=channel.currency,
        channel_id=channel.id,
        store_id=store_id,
        zone=channel.zone if store is None else store.timezone,
        country=channel.country,
    )
    held = lists.shown(channel.currency, channel_id=channel.id, store_id=store_id, at=at, zone=audience.zone)
    facts = _Facts(channel, locations, book.at(at), lists, held, words)
    if exact:
        return _shop(facts, audience, location_id, language, caller)
    if kept is None or not facts.same_as(kept.facts):
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        kept = _kept[asked] = _Kept(facts, _shop(facts, audience, location_id, language, None))
    kept.seen(known, book, at)
    return kept.shop


def _shop(facts: _Facts, audience: Audience, location_id: UUID | None, language: str, clerk: Caller | None) -> Shop:
    channel, locations, rates, lists, held, words = facts
    if location_id is not None:
        _active(locations, location_id, "location")
    pickup = {each.id for each in locations.pickup_points() if location_id in {None, each.id}}
    shipping = {each.id for each in locations.shipping_points()}
    places = [each for each in locations.all if each.id in pickup or each.id in shipping]
    exact = {each.id for each in places if clerk is not None and clerk.may_at(each.id)}
    zone = zone_of(channel.country) if audience.store_id is None else locations.get(audience.store_id).tax_zone
    own_rates = {category: fact.rate for (category, of), fact in rates.items() if of == zone}
    reduced = [each.id for each in held if each.id in lists.reductions]
    shelves = Shelves(
        [_shelf(each, pickup, shipping, exact) for each in sorted(places, key=lambda place: place.code)],
        figures=bool(exact),
        some=len(places) < len(locations.all),
    )
    prices, known = Prices(_held(held), bool(reduced)), words.definitions
    return Shop(
        currency=channel.currency,
        language=language,
        lists=[each.id for each in held] or [NO_LIST],
        lists_with_tax=[each.id for each in held if each.includes_tax],
        reduced_lists=reduced,
        prices=prices,
        shape=Shape(prices, shelves.figures, shelves.some, known.kits, known.parties, known.pictures, known.called),
        audience=audience,
        rates=_json({category: _plain(str(rate)) for category, rate in own_rates.items()}),
        shelves=shelves,
        counted=_counted(locations, places, location_id),
        figures=bool(exact),
        place_id=audience.store_id,
        definitions=known,
        categories=words.categories,
    )


def _active(locations: Locations, location_id: UUID, parameter: str) -> Location:
    with naming(parameter):
        found = locations.get(location_id)
        if not found.active:
            raise NotFound("There is no such location.")
    return found


@contextmanager
def naming(parameter: str) -> Iterator[None]:
    """Has whatever is not found be told as the fault of a parameter of the address."""
    try:
        yield
    except NotFound as unknown:
        raise NotFound(unknown.detail, errors=[FieldError(f"?{parameter}", unknown.detail)]) from None


def _held(lists: Sequence[PriceList]) -> Held:
    if len(lists) > 1:
        return Held.SEVERAL
    return Held.ONE_WITHOUT_TAX if lists and not lists[0].includes_tax else Held.ONE_WITH_TAX


def _counted(locations: Locations, places: Sequence[Location], location_id: UUID | None) -> list[UUID] | None:
    if location_id is not None:
        return [location_id]
    return None if len(places) == len(locations.all) else [each.id for each in places]


def _json(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _shelf(place: Location, pickup: set[LocationId], shipping: set[LocationId], exact: set[LocationId]) -> Shelf:
    id_, code, name = (msgspec.json.encode(value).decode() for value in (place.id, place.code, place.name))
    out, few, there = (
        f'{{"location_id" : {id_}, "code" : {code}, "name" : {name}, "stock" : "{band}"}}'
        for band in ("out", "few", "in")
    )
    return Shelf(place.id, place.id in pickup, place.id in shipping, place.id in exact, out, few, there)


def _plain(rate: str) -> str:
    """Gives a rate without zeros at its end: 0.21, as quotes tell it."""
    return rate.rstrip("0").rstrip(".") if "." in rate else rate
