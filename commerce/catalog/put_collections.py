"""In which collections products are that somebody chose one by one, as drafts say it, for a whole batch at once."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, delete, func, insert, literal_column, select, update

from commerce.catalog.collection_tables import collection_products, collections
from commerce.catalog.events import CollectionChanged
from commerce.catalog.rows import ProductRow
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, unnested

_live = collections.c.withdrawn_at.is_(None)
COLLECTIONS = Statement(
    select(collections.c.slug, collections.c.id, collections.c.rule.is_not(None).label("ruled")).where(
        any_of(collections.c.slug, "slugs"), _live
    )
)
# Before their members are written, so that those of one collection are written by one at a time.
BUMP = Statement(
    update(collections)
    .where(
        collections.c.id.in_(
            select(collections.c.id).where(any_of(collections.c.id, "ids")).order_by(collections.c.id).with_for_update()
        )
    )
    .values(version=collections.c.version + 1)
)
_member = unnested("member", collection_id=Uuid, product_id=Uuid, nth=Integer)
LEAVE = Statement(
    delete(collection_products).where(
        collection_products.c.collection_id == _member.c.collection_id,
        collection_products.c.product_id == _member.c.product_id,
        _member.c.nth >= literal_column("0"),
    )
)
_last = (
    select(func.coalesce(func.max(collection_products.c.position), literal_column("-1", Integer)))
    .where(collection_products.c.collection_id == _member.c.collection_id)
    .scalar_subquery()
)
# At the end of the collection, in the order of the batch.
JOIN = Statement(
    insert(collection_products).from_select(
        ["collection_id", "product_id", "position"],
        select(_member.c.collection_id, _member.c.product_id, _last + _member.c.nth),
    )
)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Collections that the drafts of a batch name, by slug; those of `ruled` find their products by themselves."""

    ids: dict[str, UUID] = {}
    ruled: frozenset[str] = frozenset()


async def named_collections(tx: Tx, slugs: set[str]) -> Chosen:
    """Gives the collections of these slugs; no statement where there are none."""
    found = await tx.fetch(COLLECTIONS, slugs=sorted(slugs)) if slugs else []
    return Chosen(
        ids={row["slug"]: row["id"] for row in found}, ruled=frozenset(row["slug"] for row in found if row["ruled"])
    )


async def put_collections(tx: Tx, chosen: Chosen, products: Sequence[tuple[ProductRow | None, ProductRow]]) -> None:
    """Writes who left and who joined; who stays keeps the place. Three statements at the most, none where nothing of it changes."""
    left: list[tuple[UUID, UUID, int]] = []
    joined: list[tuple[UUID, UUID, int]] = []
    for before, after in products:
        was = before.collections if before else ()
        gone = [slug for slug in was if slug not in after.collections and slug in chosen.ids]
        left += [(chosen.ids[slug], after.id, 0) for slug in gone]
        joined += [(chosen.ids[slug], after.id, len(joined) + 1) for slug in after.collections if slug not in was]
    if not left and not joined:
        return
    touched = sorted({each for each, _, _ in (*left, *joined)})
    await tx.execute(BUMP, ids=touched)
    for statement, some in ((LEAVE, left), (JOIN, joined)):
        if some:
            names = ("collection_id", "product_id", "nth")
            columns = zip(names, zip(*some, strict=True), strict=True)
            await tx.execute(statement, **{name: list(values) for name, values in columns})
    tx.emit(*(CollectionChanged(collection_id=each, change="changed") for each in touched))
