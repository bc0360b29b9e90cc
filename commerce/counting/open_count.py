"""Open a count of a location: of named articles, of a category, or of the shelf, part by part."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import ColumnElement, DateTime, Integer, Select, Uuid, column, or_, select, table

from commerce.counting import count_rows, ledger, limits, named
from commerce.counting.errors import NothingToCount
from commerce.counting.facts import LINES_MOST, Count, CountKind, CountState, LimitKind
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import CountId, LocationId, VariantId, document_number, new_id
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be counted: exactly one of `articles` and `category_id`, or neither for the shelf.

    A shelf and a category are counted in parts of `most` articles at the most, in the order of their ids: `after_variant_id` is where the part
    before ended.
    """

    location_id: UUID
    articles: Sequence[named.Name] = ()
    category_id: UUID | None = None
    after_variant_id: UUID | None = None
    most: int = LINES_MOST
    note: str = ""

    @property
    def kind(self) -> CountKind:
        """What kind of count that is."""
        if self.articles:
            return "articles"
        return "shelf" if self.category_id is None else "category"


_categories = table(
    "categories", column("id", Uuid), column("parent_id", Uuid), column("withdrawn_at", DateTime(timezone=True))
)
_products = table("product_categories", column("product_id", Uuid), column("category_id", Uuid))
_variants = table("variants", column("id", Uuid), column("product_id", Uuid))
_live = _categories.c.withdrawn_at.is_(None)
CATEGORY = Statement(select(_categories.c.id).where(_categories.c.id == given("category_id", Uuid), _live))
_here = ledger.levels.c.location_id == given("location_id", Uuid)


def _part(*more: ColumnElement[bool]) -> Select[Any]:
    after = given("after", Uuid)
    part = (
        select(ledger.levels.c.variant_id)
        .where(_here, or_(after.is_(None), ledger.levels.c.variant_id > after))
        .order_by(ledger.levels.c.variant_id)
        .limit(given("most", Integer))
    )
    return part.where(*more)


SHELF = Statement(_part())


def _of_category() -> Statement[Record]:
    below = select(_categories.c.id).where(_categories.c.id == given("category_id", Uuid)).cte("below", recursive=True)
    child = table("categories", column("id", Uuid), column("parent_id", Uuid)).alias("child")
    tree = below.union(select(child.c.id).join_from(child, below, child.c.parent_id == below.c.id))
    of_it = (
        select(_variants.c.id)
        .join_from(_variants, _products, _products.c.product_id == _variants.c.product_id)
        .where(_products.c.category_id.in_(select(tree.c.id)))
    )
    return Statement(_part(ledger.levels.c.variant_id.in_(of_it)))


OF_CATEGORY = _of_category()


async def open_count(tx: Tx, caller: Caller, wish: Wish) -> Count:
    """Opens a count at one of the caller's locations; the limits of now hold for it until it ends.

    What a part did not hold any more starts after `through_variant_id`, null where this was the last part. Refuses with InvalidInput an
    article, a category or a location that there is not (for the caller), with NothingToCount where nothing of it was ever at the location.
    """
    location_id = await named.check_location(tx, caller, wish.location_id, "/location_id")
    variant_ids, through = await _articles(tx, location_id, wish)
    if not variant_ids:
        raise NothingToCount("Choose other articles, or another location.")
    count_id = CountId(new_id())
    await tx.execute(
        count_rows.OPEN,
        id=count_id,
        number=document_number("K"),
        location_id=location_id,
        kind=wish.kind,
        category_id=wish.category_id,
        after_variant_id=wish.after_variant_id,
        through_variant_id=through,
        state=CountState.COUNTING,
        recount_beyond=await limits.limit_for(tx, caller, location_id, LimitKind.RECOUNT),
        approve_beyond=await limits.limit_for(tx, caller, location_id, LimitKind.COUNT),
        note=wish.note,
        opened_by=caller.principal,
        opened_at=clock.now(),
    )
    await count_rows.add_lines(tx, count_id, 1, variant_ids)
    tx.changed("stock_count", count_id, after={"location_id": location_id, "articles": len(variant_ids)})
    return await count_rows.read(tx, caller, count_id)


async def _articles(tx: Tx, location_id: LocationId, wish: Wish) -> tuple[list[VariantId], VariantId | None]:
    """Gives the articles to count, in order, and the last of them where there are more."""
    if wish.articles:
        return await _named_articles(tx, wish), None
    after, most = wish.after_variant_id, wish.most
    if wish.category_id is None:
        rows = await tx.fetch(SHELF, location_id=location_id, after=after, most=most + 1)
    elif await tx.fetch_value(CATEGORY, category_id=wish.category_id) is None:
        raise invalid("/category_id", "is no category")
    else:
        rows = await tx.fetch(
            OF_CATEGORY, location_id=location_id, category_id=wish.category_id, after=after, most=most + 1
        )
    found = [VariantId(row[0]) for row in rows]
    return found[:most], found[most - 1] if len(found) > most else None


async def _named_articles(tx: Tx, wish: Wish) -> list[VariantId]:
    if wish.category_id is not None:
        raise invalid("/category_id", "cannot stand beside articles")
    if wish.after_variant_id is not None:
        raise invalid("/after_variant_id", "is for the parts of a shelf or a category")
    found: list[VariantId] = []
    for position, variant_id in enumerate(await named.articles_named(tx, wish.articles)):
        if variant_id is None:
            raise invalid(f"/articles/{position}", "is no article")
        if variant_id in found:
            raise invalid(f"/articles/{position}", "is an article that is named before")
        found.append(variant_id)
    return sorted(found)
