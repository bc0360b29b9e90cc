"""Feeds for Google Merchant Center: products, and what each store has of them. Streamed: memory holds one page of products, whatever the shop.

Each process writes two feeds at once at the most; who comes meanwhile is asked to come back. A feed that somebody stopped reading gives its
place back after a quarter of an hour. The ETag and `Cache-Control` name the quarter of an hour that a feed is of: caches between may keep it for
as long, and Google fetches far less often.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Self
from uuid import UUID

import msgspec

from commerce import promise, stores
from commerce.kernel.ids import LocationId
from commerce.platform.database import Reading
from commerce.platform.http import NOBODY
from commerce.storefront.errors import FeedBusy, NoProductUrl
from commerce.storefront.feeds_items import local_items, pickup_sla, product_items, said
from commerce.storefront.feeds_rows import category_paths, feed_pages
from commerce.storefront.shop import Shop, shop
from commerce.stores import Channel, Location

SLOT_SECONDS: Final = 900
MOST_AT_ONCE: Final = 2
MOST_STORES: Final = 500
HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">\n<channel>\n'
)
FOOT: Final = "</channel>\n</rss>\n"


class Feed(msgspec.Struct, frozen=True):
    """What a feed is of: a channel, a language, and the quarter of an hour that it belongs to."""

    channel: Channel
    language: str
    at: datetime

    @property
    def etag(self) -> str:
        """A weak validator: feeds of one quarter of an hour are as good as each other."""
        return f'W/"{self.channel.id.hex[-12:]}-{self.language}-{int(self.at.timestamp()) // SLOT_SECONDS}"'

    @property
    def seconds_left(self) -> int:
        """How long it may be kept."""
        return SLOT_SECONDS - int(self.at.timestamp()) % SLOT_SECONDS


class _Places:
    """The feeds that are being written in this process."""

    def __init__(self) -> None:
        self._began: dict[object, float] = {}

    def take(self) -> object:
        now = monotonic()
        self._began = {key: at for key, at in self._began.items() if now - at < SLOT_SECONDS}
        if len(self._began) >= MOST_AT_ONCE:
            raise FeedBusy("Come back in a minute.", retry_after_seconds=60)
        key = object()
        self._began[key] = now
        return key

    def give_back(self, key: object) -> None:
        self._began.pop(key, None)


_places = _Places()


async def feed(reading: Reading, channel_id: UUID | None, language: str | None, at: datetime) -> Feed:
    """Gives what a feed is of: the default channel and its first language unless told; refuses with NotFound an unknown channel."""
    channel = await stores.channel(reading, channel_id)
    return Feed(channel, language or channel.languages[0], at)


class Written:
    """A feed as bytes, its first part made already. Its place is free again when it ends, breaks, or is dropped unread."""

    def __init__(self, parts: AsyncIterator[str], key: object) -> None:
        self._parts, self._key = parts, key
        self._first: str | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Gives the next part."""
        if (first := self._first) is not None:
            self._first = None
            return first.encode()
        try:
            return (await anext(self._parts)).encode()
        except BaseException:
            _places.give_back(self._key)
            raise

    def __del__(self) -> None:
        """Gives the place back."""
        _places.give_back(self._key)

    async def begin(self) -> None:
        """Makes the first part."""
        self._first = (await self.__anext__()).decode()


async def begun(parts: AsyncIterator[str]) -> Written:
    """Gives a feed whose first part is made: what is refused is refused before the answer begins. Refuses with FeedBusy."""
    written = Written(parts, _places.take())
    await written.begin()
    return written


async def product_feed(reading: Reading, of: Feed) -> AsyncIterator[str]:
    """Writes the product feed of a channel, a page of products at a time. Refuses with NoProductUrl."""
    if of.channel.product_url is None:
        raise NoProductUrl("Set the channel's product_url.")
    paths = await category_paths(reading, of.language)
    shown = await _shop(reading, of, None)
    head = HEAD + await _about(reading, of)
    async for page in feed_pages(reading, shown, of.at):
        yield head + "".join(product_items(each, of.channel, of.language, paths) for each in page)
        head = ""
    yield FOOT


async def local_feed(reading: Reading, of: Feed, store_id: LocationId | None) -> AsyncIterator[str]:
    """Writes what the stores where one can collect have of each product, store by store; of one store where it is named.

    Refuses with NotFound a store that there is not.
    """
    locations = await stores.locations(reading)
    ready = await promise.ready_times(reading, of.at)
    asked = [locations.get(store_id)] if store_id is not None else list(locations.pickup_points())[:MOST_STORES]
    head = HEAD + await _about(reading, of)
    for store in asked:
        shown = await _shop(reading, of, store.id)
        sla = _sla(store, of.at, ready.get(store.id))
        async for page in feed_pages(reading, shown, of.at, carried=True):
            yield head + "".join(local_items(each, store.code, sla) for each in page)
            head = ""
    yield head + FOOT


def _sla(store: Location, at: datetime, ready: datetime | None) -> str | None:
    if ready is None or store.is_paused(at):
        return None
    days: timedelta = store.calendar.date_of(ready) - store.calendar.date_of(at)
    return pickup_sla(days.days)


async def _shop(reading: Reading, of: Feed, store_id: LocationId | None) -> Shop:
    """Gives for whom the feed is made: anybody; in a store, with the prices on its shelves and its own stock."""
    return await shop(
        reading,
        channel_id=of.channel.id,
        location_id=store_id,
        store_id=store_id,
        language=of.language,
        caller=NOBODY,
        at=of.at,
    )


async def _about(reading: Reading, of: Feed) -> str:
    name = said((await stores.settings(reading)).shop_name)
    link = said((of.channel.product_url or "").partition("{")[0])
    return f"<title>{name}</title>\n<link>{link}</link>\n<description>{said(of.channel.name)}</description>\n"
