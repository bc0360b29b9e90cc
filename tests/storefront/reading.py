"""Reads pages of the storefront as everybody would, and checks that each document is what its struct describes."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from commerce.kernel import clock
from commerce.kernel.wire import Page
from commerce.platform.database import Database
from commerce.platform.http import NOBODY, Caller, after_cursor
from commerce.storefront import look_up, product_page, search
from commerce.storefront.lists import Sort
from commerce.storefront.narrowed_list import narrowed_list
from commerce.storefront.schemas import ProductCardOut, ProductOut, SearchOut, VariantLookupOut
from commerce.storefront.search import COUNTED, NO_FILTERS
from commerce.storefront.search_filters import Count, Filters, SearchSort
from commerce.storefront.shop import Shop, shop

T = TypeVar("T")


async def shop_of(db: Database, *, caller: Caller = NOBODY, **how: Any) -> Shop:
    values: dict[str, Any] = {"channel_id": None, "location_id": None, "language": "en", "at": clock.now(), **how}
    return await shop(db.reading, caller=caller, **values)


async def page(db: Database, id_or_slug: object, **how: Any) -> ProductOut:
    body = await product_page.product_page(db.reading, await shop_of(db, **how), str(id_or_slug))
    return as_described(body, ProductOut)


async def looked_up(
    db: Database, *, barcode: str | None = None, sku: str | None = None, short_code: str | None = None, **how: Any
) -> VariantLookupOut:
    codes: dict[look_up.Code, str | None] = {"barcode": barcode, "sku": sku, "short_code": short_code}
    ((by, code),) = [(by, code) for by, code in codes.items() if code is not None]
    body = await look_up.lookup(db.reading, await shop_of(db, **how), by=by, code=code)
    return as_described(body, VariantLookupOut)


async def listed(
    db: Database,
    *,
    limit: int = 24,
    sort: Sort = Sort.NEWEST,
    filters: Filters = NO_FILTERS,
    cursor: str | None = None,
    **how: Any,
) -> Page[ProductCardOut]:
    after = after_cursor(cursor, str, UUID) if sort is Sort.TITLE else after_cursor(cursor, UUID)
    body = await narrowed_list(
        db.reading, await shop_of(db, **how), filters=filters, limit=limit, sort=sort, after=after
    )
    return as_described(body, Page[ProductCardOut])


async def found(
    db: Database,
    text: str | None,
    *,
    limit: int = 24,
    filters: Filters = NO_FILTERS,
    sort: SearchSort = SearchSort.RELEVANCE,
    counts: frozenset[Count] = COUNTED,
    cursor: str | None = None,
    **how: Any,
) -> SearchOut:
    after: Any = after_cursor(cursor, SearchSort, int, UUID)
    body = await search.search(
        db.reading,
        await shop_of(db, **how),
        text=text,
        filters=filters,
        sort=sort,
        counts=counts,
        limit=limit,
        after=after,
    )
    return as_described(body, SearchOut)


async def titles(db: Database, text: str | None, **how: Any) -> list[str]:
    return [card.title for card in (await found(db, text, **how)).items]


def as_described(body: bytes, kind: type[T]) -> T:
    """Gives the document as its struct, having checked that it holds nothing that the struct does not."""
    document = msgspec.json.decode(body, type=kind)
    assert _within(msgspec.json.decode(body), msgspec.to_builtins(document)), body
    return document


def _within(sent: object, described: object) -> bool:
    if isinstance(sent, dict):
        return isinstance(described, dict) and all(
            name in described and _within(value, described[name]) for name, value in sent.items()
        )
    if isinstance(sent, list):
        return isinstance(described, list) and len(sent) == len(described) and all(map(_within, sent, described))
    return bool(sent == described)
