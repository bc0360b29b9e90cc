"""What is resident in the process, compiled into the engine's book once for each version of it."""

from weakref import WeakKeyDictionary

from commerce.delivery import Methods, methods
from commerce.payments import charge_step
from commerce.platform.database import Reading
from commerce.price_engine import NO_PROMOTIONS, Book, Channel, Method, Place, Rate, TaxBook
from commerce.quotes.facts import Surroundings
from commerce.stores import Channels, Locations, channels, locations
from commerce.tax import TaxIndex, taxes

_compiled: WeakKeyDictionary[Reading, tuple[tuple[object, ...], Surroundings]] = WeakKeyDictionary()


async def surroundings(reading: Reading) -> Surroundings:
    """Gives channels, tax rates, delivery methods and locations as they were at most a second ago; no statement mostly.

    To be asked for before a transaction begins: inside one it would wait for a second connection.
    """
    parts = (
        await channels(reading),
        await taxes(reading),
        await methods(reading),
        await locations(reading),
    )
    known = _compiled.get(reading)
    if known is None or any(one is not other for one, other in zip(known[0], parts, strict=True)):
        known = _compiled[reading] = (parts, _compile(*parts))
    return known[1]


def _compile(of_channels: Channels, of_taxes: TaxIndex, of_methods: Methods, of_locations: Locations) -> Surroundings:
    book = Book(
        channels={
            each.id: Channel(id=each.id, currency=each.currency, country=each.country, zone="UTC")
            for each in of_channels.all
        },
        places={
            each.id: Place(
                id=each.id,
                country=each.country,
                region=each.address.region,
                postal_code=each.address.postal_code or "",
                zone=each.timezone,
                pickup=each.pickup,
            )
            for each in of_locations.all
            if each.active
        },
        methods={
            each.id: Method(
                id=each.id,
                kind=each.kind,
                amount=each.amount,
                currency=each.currency,
                includes_tax=each.includes_tax,
                tax_category=each.tax_category,
                countries=each.countries,
            )
            for each in of_methods.all
            if each.active
        },
        lists={},
        taxes=TaxBook(rates=_rates(of_taxes), sellers={}, profiles={}),
        promotions=NO_PROMOTIONS,
        charge_steps={each.currency: charge_step(each.currency) for each in of_channels.all},
    )
    return Surroundings(channels=of_channels, methods=of_methods, locations=of_locations, book=book)


def _rates(index: TaxIndex) -> tuple[Rate, ...]:
    return tuple(
        Rate(
            id=fact.id,
            category=fact.category,
            zone=fact.country,
            rate=fact.rate,
            since=since,
            until=until,
            version=fact.version,
        )
        for since, until, fact in index.windows
    )
