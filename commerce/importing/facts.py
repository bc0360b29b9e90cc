"""What readers of files hand to the import: products as drafts, what they cost and how many there are, and what was wrong."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from commerce.catalog import ProductDraft
from commerce.kernel.ids import LocationId

Format = Literal["shopify", "csv", "jsonl", "online-retail"]


class Trouble(msgspec.Struct, frozen=True, gc=False):
    """What is wrong in a row: its line, the field (or "" for the whole row), and the reason."""

    line: int
    field: str
    reason: str


class ListedPrice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A price on a list, in minor units of its currency: from so many units on, from an instant on; no amount: then off the list.

    No list: the default one of the currency, which is made when there is none.
    """

    list_id: UUID | None
    currency: str
    amount: int | None
    compare_at: int | None = None
    min_quantity: int = 1
    starts_at: datetime | None = None


class Offer(msgspec.Struct, frozen=True, gc=False):
    """What the row of a variant says beside the catalogue: its price in minor units on the file's list, the price it is shown beside, the units
    on the shelf of the file's location; and prices on lists and units at locations that the row names itself.
    """

    line: int
    amount: int | None = None
    compare_at: int | None = None
    quantity: int | None = None
    prices: tuple[ListedPrice, ...] = ()
    units: tuple[tuple[LocationId, int], ...] = ()

    @property
    def size(self) -> int:
        """How much work it is, in variants."""
        return 1 + (len(self.prices) + len(self.units)) // 4


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One product as a file describes it: the draft, an offer for each of its variants, what was wrong. No draft: nothing can go in."""

    line: int
    last_line: int
    draft: ProductDraft | None
    offers: tuple[Offer, ...]
    trouble: tuple[Trouble, ...]


class Passage:
    """What a file has of one product, as it stands there: read only when it is asked what it means, and once.

    `handle` is the product's where there is one; `size` about how much work it is, in variants; `said` all that it says, as bytes: None where it
    is not to be remembered. `marked` is set where it was brought in before, word for word.
    """

    __slots__ = ("_read", "_reading", "handle", "last_line", "line", "marked", "said", "size")

    def __init__(
        self,
        line: int,
        last_line: int,
        read: Callable[[], Reading],
        *,
        handle: str = "",
        size: int = 1,
        said: bytes | None = None,
    ) -> None:
        self.line, self.last_line, self.handle, self.size, self.said = line, last_line, handle, size, said
        self.marked = False
        self._read = read
        self._reading: Reading | None = None

    def reading(self) -> Reading:
        """Gives what it means."""
        if self._reading is None:
            self._reading = self._read()
        return self._reading


def as_read(reading: Reading) -> Passage:
    """Gives the passage of a product that has been read already."""
    handle = reading.draft.handle if reading.draft is not None else ""
    size = sum(offer.size for offer in reading.offers)
    return Passage(reading.line, reading.last_line, lambda: reading, handle=handle, size=size)


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What a file may name: price lists by code with their currency, locations and channels by code; and how it is read."""

    currency: str
    language: str
    lists: Mapping[str, tuple[UUID, str]] = {}
    locations: Mapping[str, LocationId] = {}
    channels: Mapping[str, UUID] = {}


class Readings(Protocol):
    """A file that is read product by product; `names` are its own names of columns, by field."""

    names: Mapping[str, str]

    def __iter__(self) -> Iterator[Passage]:
        """Gives the products; raises Unreadable at the line from which on the file cannot be read."""
        ...
