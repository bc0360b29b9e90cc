"""What is resident in the process, compiled into the engine's book once for each version of it."""

from weakref import WeakKeyDictionary

from msgspec import Struct

from commerce.catalog import Tree, category_tree
from commerce.delivery import Methods, methods
from commerce.payments import charge_step
from commerce.platform.database import Reading
from commerce.platform.resident import as_known
from commerce.price_engine import Book, Channel, Method, Place, PromotionIndex, TaxBook
from commerce.pricing import PriceLists, price_lists
from commerce.promotions import promotions_now
from commerce.quotes.facts import Surroundings
from commerce.stores import Channels, Location, Locations, channels, locations
from commerce.tax import tax_book


class _Compiled(Struct, frozen=True):
    """What was compiled from which parts, and the token under which they were last asked for."""

    known: object
    parts: tuple[object, ...]
    surroundings: Surroundings


_compiled: WeakKeyDictionary[Reading, _Compiled] = WeakKeyDictionary()


async def surroundings(reading: Reading) -> Surroundings:
    """Gives channels, stores, delivery methods, price lists, taxes, promotions and categories as they were at most a second ago.

    No statement mostly. What is given never changes: who holds it for a request prices everything in it by one version.
    To be asked for before a transaction begins: inside one it would wait for a second connection.
    """
    held = _compiled.get(reading)
    if held is not None and held.known is not None and as_known(reading) is held.known:
        return held.surroundings
    await channels(reading)  # looks for newer versions, where it is time to
    known = as_known(reading)
    parts = (
        await channels(reading),
        await methods(reading),
        await locations(reading),
        await price_lists(reading),
        await category_tree(reading),
        await tax_book(reading),
        await promotions_now(reading),
    )
    if held is not None and all(one is other for one, other in zip(held.parts, parts, strict=True)):
        compiled = held.surroundings
    else:
        compiled = _compile(*parts)
    # Versions that moved while the parts were read may be of a part that was read before: then all are asked again.
    _compiled[reading] = _Compiled(known if as_known(reading) is known else None, parts, compiled)
    return compiled


def _compile(
    of_channels: Channels,
    of_methods: Methods,
    of_locations: Locations,
    lists: PriceLists,
    tree: Tree,
    taxes: TaxBook,
    promotions: PromotionIndex,
) -> Surroundings:
    book = Book(
        channels={
            each.id: Channel(id=each.id, currency=each.currency, country=each.country, zone=each.zone)
            for each in of_channels.all
        },
        places={each.id: _place(each) for each in of_locations.all if each.active},
        methods={
            each.id: Method(
                id=each.id,
                kind=each.kind,
                amount=each.amount,
                currency=each.currency,
                includes_tax=each.includes_tax,
                tax_category=each.tax_category,
                countries=tuple(each.countries),
            )
            for each in of_methods.all
            if each.active
        },
        lists=lists.by_id,
        taxes=taxes,
        promotions=promotions,
        charge_steps={each.currency: charge_step(each.currency) for each in of_channels.all},
    )
    return Surroundings(
        channels=of_channels, methods=of_methods, locations=of_locations, lists=lists, tree=tree, book=book
    )


def _place(location: Location) -> Place:
    return Place(
        id=location.id,
        country=location.country,
        region=location.address.region,
        postal_code=location.address.postal_code or "",
        zone=location.timezone,
        pickup=location.pickup,
    )
