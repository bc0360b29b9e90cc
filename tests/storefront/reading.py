"""Reads pages of the storefront as everybody would, and checks that each document is what its struct describes."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec

from commerce.kernel import clock
from commerce.kernel.wire import Page
from commerce.platform.database import Database
from commerce.platform.http import NOBODY, Caller, after_cursor
from commerce.storefront import lists, product_page, search
from commerce.storefront.lists import Sort
from commerce.storefront.schemas import ProductCardOut, ProductOut, SearchOut, VariantLookupOut
from commerce.storefront.shop import Shop, shop

T = TypeVar("T")


async def shop_of(db: Database, *, caller: Caller = NOBODY, **how: Any) -> Shop:
    values: dict[str, Any] = {"channel_id": None, "location_id": None, "language": "en", "at": clock.now(), **how}
    return await shop(db.reading, caller=caller, **values)


async def page(db: Database, id_or_slug: object, **how: Any) -> ProductOut:
    body = await product_page.product_page(db.reading, await shop_of(db, **how), str(id_or_slug))
    return as_described(body, ProductOut)


async def looked_up(
    db: Database, *, barcode: str | None = None, sku: str | None = None, **how: Any
) -> VariantLookupOut:
    body = await product_page.lookup(db.reading, await shop_of(db, **how), barcode=barcode, sku=sku)
    return as_described(body, VariantLookupOut)


async def listed(
    db: Database,
    *,
    limit: int = 24,
    sort: Sort = Sort.NEWEST,
    category: str | None = None,
    cursor: str | None = None,
    **how: Any,
) -> Page[ProductCardOut]:
    after = after_cursor(cursor, str, UUID) if sort is Sort.TITLE else after_cursor(cursor, UUID)
    body = await lists.product_list(
        db.reading, await shop_of(db, **how), limit=limit, sort=sort, category=category, after=after
    )
    return as_described(body, Page[ProductCardOut])


async def found(
    db: Database,
    text: str,
    *,
    limit: int = 24,
    category: str | None = None,
    vendor: str | None = None,
    cursor: str | None = None,
    **how: Any,
) -> SearchOut:
    after: Any = after_cursor(cursor, int, UUID)
    body = await search.search(
        db.reading, await shop_of(db, **how), text=text, category=category, vendor=vendor, limit=limit, after=after
    )
    return as_described(body, SearchOut)


async def titles(db: Database, text: str, **how: Any) -> list[str]:
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
