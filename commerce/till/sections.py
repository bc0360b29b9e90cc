"""The small sections of a bundle: all but the articles. Pure: from the book of quotes to what one till at one place may need of it."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from commerce.kernel.embedded_codes import EmbeddedRule
from commerce.price_engine import (
    Book,
    BundledCode,
    BundledKey,
    Channel,
    Method,
    Place,
    PriceList,
    Promotion,
    Rate,
    TaxBook,
    Window,
)

MOST_CUSTOMER_LISTS: Final = 5_000
"""With more lists for single customers than this, none of them is in the bundle: their prices come from the server."""
ZONES_REACH: Final = timedelta(hours=15)
"""Further than any zone is from UTC: a window in store time is past only when it is past everywhere."""
DIGEST_BYTES: Final = 9
_encode = msgspec.json.Encoder().encode


class Sections(Struct, frozen=True, kw_only=True):
    """What a bundle has beside its articles, in the order of the document; what is in a section is in one order, too."""

    channel: Channel
    places: tuple[Place, ...]
    methods: tuple[Method, ...]
    lists: tuple[PriceList, ...]
    taxes: TaxBook
    promotions: tuple[Promotion, ...]
    codes: tuple[BundledCode, ...]
    categories: Mapping[UUID, tuple[UUID, ...]]
    charge_steps: Mapping[str, int]
    keys: tuple[BundledKey, ...]
    embedded_codes: tuple[EmbeddedRule, ...]

    def digests(self) -> tuple[bytes, ...]:
        """Gives a short digest of each section, in order: the same content has the same one in every process."""
        return tuple(
            hashlib.blake2b(_encode(getattr(self, name)), digest_size=DIGEST_BYTES).digest()
            for name in self.__struct_fields__
        )

    def moved(self, since: tuple[bytes, ...], now: tuple[bytes, ...]) -> dict[str, Any]:
        """Gives each section by its name, None for those whose digest is the same."""
        names = self.__struct_fields__
        return {
            name: None if before == after else getattr(self, name)
            for name, before, after in zip(names, since, now, strict=True)
        }

    def all(self) -> dict[str, Any]:
        """Gives each section by its name."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


def with_customers(book: Book, channel: Channel, location_id: UUID) -> bool:
    """Says whether the lists of single customers are few enough to be in the bundle."""
    theirs = (each for each in book.lists.values() if each.customer_id is not None)
    return sum(_could_hold(each, channel, location_id) for each in theirs) <= MOST_CUSTOMER_LISTS


def lists_for(book: Book, channel: Channel, location_id: UUID, *, customers: bool) -> tuple[PriceList, ...]:
    """Gives the lists that are for the place: public ones, the channel's, the store's, those of groups, of customers.

    Whatever their windows, so that nothing enters or leaves them by the passing of time alone.
    """
    return tuple(
        sorted(
            (
                each
                for each in book.lists.values()
                if _could_hold(each, channel, location_id) and (customers or each.customer_id is None)
            ),
            key=_by_id,
        )
    )


def promotions_for(
    book: Book, channel: Channel, location_id: UUID, at: datetime, *, customers: bool
) -> tuple[Promotion, ...]:
    """Gives the promotions that could apply at the place, now or later, by id and version."""
    return tuple(
        sorted(
            (
                each
                for each in book.promotions.all
                if (not each.conditions.channels or channel.id in each.conditions.channels)
                and (not each.conditions.stores or location_id in each.conditions.stores)
                and each.currency in {None, channel.currency}
                and (customers or not each.conditions.customers)
                and not is_past(each.window, at)
            ),
            key=_by_id_and_version,
        )
    )


def methods_for(book: Book, channel: Channel) -> tuple[Method, ...]:
    """Gives the delivery methods of the channel's currency."""
    return tuple(sorted((each for each in book.methods.values() if each.currency == channel.currency), key=_by_id))


def places_of(book: Book) -> tuple[Place, ...]:
    """Gives all places in use: goods are also collected elsewhere."""
    return tuple(sorted(book.places.values(), key=_by_id))


def taxes_for(book: Book, at: datetime) -> TaxBook:
    """Gives the tax book without the rates that are over."""
    held = (rate for rate in book.taxes.rates if rate.until is None or rate.until > at)
    return TaxBook(
        rates=tuple(sorted(held, key=_by_id)),
        sellers=dict(sorted(book.taxes.sellers.items())),
        profiles=dict(sorted(book.taxes.profiles.items())),
    )


def is_past(window: Window, at: datetime) -> bool:
    """Says whether a window is over, in whatever zone the store is."""
    reach = ZONES_REACH if window.store_time else timedelta()
    return window.ends_at is not None and window.ends_at + reach <= at


def named(codes: Iterable[BundledCode]) -> tuple[BundledCode, ...]:
    """Gives codes in one order."""
    return tuple(sorted(codes, key=lambda each: (each.digest, each.promotion)))


def _could_hold(each: PriceList, channel: Channel, location_id: UUID) -> bool:
    return (
        each.currency == channel.currency
        and each.channel_id in {None, channel.id}
        and each.store_id in {None, location_id}
    )


def _by_id(each: PriceList | Method | Place | Rate) -> UUID:
    return each.id


def _by_id_and_version(each: Promotion) -> tuple[UUID, int]:
    return each.id, each.version
