"""All live price lists, their terms only, resident in the process: who each is for and when. Prices are never held."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Record
from msgspec import Struct
from sqlalchemy import BigInteger, ColumnElement, Text, func, literal_column, select

from commerce.platform.database import Reading, Reads
from commerce.platform.resident import Resident, resident_versions
from commerce.platform.statement import Statement
from commerce.price_engine import PriceList, Window, precedence, wall_clock
from commerce.pricing.tables import price_lists

NAME: Final = "pricing.price_lists"
NOBODY: Final = UUID(int=0)


class PriceLists:
    """The active lists as they stood together at one moment, which `version` counts.

    `by_id` are their terms; `reductions` are the ids of those whose prices are announced as reduced. A list's own `version`, which also
    counts the changes of its prices, is the one of that moment: each price carries the version that it was read with.
    """

    def __init__(self, lists: Iterable[PriceList], *, reductions: Collection[UUID] = (), version: int = 0) -> None:
        self.by_id: Mapping[UUID, PriceList] = {each.id: each for each in sorted(lists, key=precedence)}
        self.reductions = frozenset(reductions)
        self.version = version
        self._open: dict[str, list[PriceList]] = {}
        self._closed: dict[tuple[str, UUID], list[PriceList]] = {}
        for each in self.by_id.values():
            whose = each.customer_id or each.group_id
            if whose is None:
                self._open.setdefault(each.currency, []).append(each)
            else:
                self._closed.setdefault((each.currency, whose), []).append(each)

    def that_matter(
        self,
        currency: str,
        *,
        channel_id: UUID | None = None,
        store_id: UUID | None = None,
        groups: Collection[UUID] = (),
        customer_id: UUID | None = None,
    ) -> list[PriceList]:
        """Gives the lists that are for a channel, a store, some groups and a customer, whatever their windows; the first to hold first.

        Of thousands of lists for single customers only this one's are looked at.
        """
        found = [each for each in self._open.get(currency, ()) if _here(each, channel_id, store_id)]
        for whose in {*groups, customer_id or NOBODY}:
            found += [
                each
                for each in self._closed.get((currency, whose), ())
                if _here(each, channel_id, store_id)
                and each.group_id in {None, *groups}
                and each.customer_id in {None, customer_id}
            ]
        return sorted(found, key=precedence)

    def bounds(
        self, currency: str, *, channel_id: UUID | None, store_id: UUID | None, zone: str
    ) -> list[tuple[datetime, UUID]]:
        """Gives the instants at which a list whose prices anybody may see in a channel and store begins or ends, with its id; in order."""
        return sorted(
            (instant_of(bound, each.window, zone), each.id)
            for each in self._open.get(currency, ())
            if _here(each, channel_id, store_id)
            for bound in (each.window.starts_at, each.window.ends_at)
            if bound is not None
        )

    def shown(
        self, currency: str, *, channel_id: UUID | None, store_id: UUID | None, at: datetime, zone: str
    ) -> list[PriceList]:
        """Gives the lists whose prices anybody sees in a channel and store at an instant, the first to hold first."""
        wall = wall_clock(at, zone)
        return [
            each
            for each in self._open.get(currency, ())
            if _here(each, channel_id, store_id) and each.window.holds(at, wall)
        ]


def instant_of(bound: datetime, window: Window, zone: str) -> datetime:
    """Gives the instant that a bound of a window means in a zone; of a wall time that comes twice the first."""
    return bound.astimezone(UTC).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) if window.store_time else bound


def _here(terms: PriceList, channel_id: UUID | None, store_id: UUID | None) -> bool:
    return terms.channel_id in {None, channel_id} and terms.store_id in {None, store_id}


def version_of_lists() -> ColumnElement[int]:
    """Gives, as a column, the version of all lists' terms in the snapshot of the statement that it stands in."""
    held = select(resident_versions.c.version).where(resident_versions.c.name == literal_column(f"'{NAME}'", Text))
    return func.coalesce(held.scalar_subquery(), literal_column("0", BigInteger)).label("lists_version")


_list = price_lists.c
_moment = select(version_of_lists()).subquery("moment")
ALL = Statement(
    select(
        _moment.c.lists_version,
        _list.id,
        _list.code,
        _list.version,
        _list.terms,
        _list.currency,
        _list.includes_tax,
        _list.priority,
        _list.channel_id,
        _list.store_id,
        _list.group_id,
        _list.customer_id,
        _list.starts_at,
        _list.ends_at,
        _list.store_time,
        _list.reduction,
    ).select_from(_moment.outerjoin(price_lists, _list.active))
)


async def read_lists(reads: Reads) -> PriceLists:
    """Reads all live lists as they are now, in one statement."""
    rows = await reads.fetch(ALL)
    return PriceLists(
        [_terms(row) for row in rows if row["id"] is not None],
        reductions=[row["id"] for row in rows if row["reduction"]],
        version=rows[0]["lists_version"],
    )


def _terms(row: Record) -> PriceList:
    return PriceList(
        id=row["id"],
        code=row["code"],
        version=row["version"],
        terms=row["terms"],
        currency=row["currency"],
        includes_tax=row["includes_tax"],
        priority=row["priority"],
        channel_id=row["channel_id"],
        store_id=row["store_id"],
        group_id=row["group_id"],
        customer_id=row["customer_id"],
        window=Window(starts_at=row["starts_at"], ends_at=row["ends_at"], store_time=row["store_time"]),
    )


PRICE_LISTS: Resident[PriceLists] = Resident(NAME, read_lists)


async def price_lists_now(reading: Reading) -> PriceLists:
    """Gives all live lists as they were at most one second ago; no statement mostly."""
    return await PRICE_LISTS.get(reading)


class Audience(Struct, frozen=True, kw_only=True):
    """For whom prices are asked: the currency, the channel and store, the groups and the customer, and the store's IANA zone.

    `country` (ISO 3166-1 alpha-2, the channel's) says whose rules for prior prices hold.
    """

    currency: str
    channel_id: UUID | None = None
    store_id: UUID | None = None
    groups: tuple[UUID, ...] = ()
    customer_id: UUID | None = None
    zone: str = "UTC"
    country: str = ""
