"""Make a category, change it, move it in the tree, take it away."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, delete, insert, select, update

from commerce.catalog import queries
from commerce.catalog.create_product import require_text
from commerce.catalog.describe import redirect
from commerce.catalog.errors import CategoryInUse
from commerce.catalog.events import CategoryChanged
from commerce.catalog.folding import slug_of
from commerce.catalog.resident import categories_changed
from commerce.catalog.schemas import AdminCategoryOut, CategoryIn, CategoryPatch
from commerce.catalog.tables import categories, product_categories
from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id, readable_code
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given

_row = categories.c
MOST_LEVELS = 8
SETTABLE = ("parent_id", "slug", "name", "position")
_values = {name: given(name, _row[name].type) for name in SETTABLE}
INSERT = Statement(
    insert(categories).values(id=given("id", Uuid), created_at=given("at", _row.created_at.type), **_values)
)
# The whole tree, locked: two moves at once could else close a ring.
TREE = Statement(select(_row.id, _row.parent_id).where(_row.withdrawn_at.is_(None)).order_by(_row.id).with_for_update())
_expected = (_row.id == given("id", Uuid), _row.version == given("expected_version", Integer))
SET = Statement(update(categories).where(*_expected).values(version=_row.version + 1, **_values))
WITHDRAW = Statement(
    update(categories)
    .where(*_expected)
    .values(version=_row.version + 1, withdrawn_at=given("at", _row.withdrawn_at.type))
)
EMPTY = Statement(delete(product_categories).where(product_categories.c.category_id == given("id", Uuid)))


async def create_category(tx: Tx, data: CategoryIn, *, at: datetime) -> AdminCategoryOut:
    """Make a category. Refuses with SlugTaken, a name in no language, a parent that is not there, a ninth level."""
    require_text("/name", data.name)
    category_id = new_id()
    slug = data.slug or slug_of(data.name.said("en")) or f"category-{readable_code(8).lower()}"
    _check_place(await _tree(tx), category_id, data.parent_id)
    await tx.execute(
        INSERT, id=category_id, parent_id=data.parent_id, slug=slug, name=data.name, position=data.position, at=at
    )
    return await _changed(tx, category_id)


async def change_category(
    tx: Tx, category_id: UUID, expected_version: int, data: CategoryPatch, *, at: datetime
) -> AdminCategoryOut:
    """Change what the patch names; a slug that is given up leads to the new one. Refuses with NotFound, StaleVersion, SlugTaken, and a move below itself."""
    tree = await _tree(tx)
    before = await queries.category(tx, category_id)
    values: dict[str, Any] = {name: getattr(before, name) for name in SETTABLE}
    values |= {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    require_text("/name", values["name"])
    _check_place(tree, category_id, values["parent_id"])
    if not await tx.execute(SET, id=category_id, expected_version=expected_version, **values):
        raise StaleVersion
    if values["slug"] != before.slug:
        await redirect(tx, before.slug, category_id=category_id, at=at)
    return await _changed(tx, category_id, before)


async def withdraw_category(tx: Tx, category_id: UUID, expected_version: int, *, at: datetime) -> None:
    """Take a category away; its products leave it, its slug is free again. Refuses with CategoryInUse while others stand below it."""
    tree = await _tree(tx)
    before = await queries.category(tx, category_id)
    if category_id in tree.values():
        raise CategoryInUse("Move or delete the categories below it first.")
    if not await tx.execute(WITHDRAW, id=category_id, expected_version=expected_version, at=at):
        raise StaleVersion
    await tx.execute(EMPTY, id=category_id)
    tx.changed("category", category_id, before=before)
    tx.emit(CategoryChanged(category_id=category_id, change="withdrawn"))
    await categories_changed(tx)


async def _tree(tx: Tx) -> dict[UUID, UUID | None]:
    return {row["id"]: row["parent_id"] for row in await tx.fetch(TREE)}


def _check_place(tree: dict[UUID, UUID | None], category_id: UUID, parent_id: UUID | None) -> None:
    """Refuses a parent that is not there, is the category itself or stands below it, or is too deep."""
    levels = 1
    while parent_id is not None:
        if parent_id == category_id:
            raise invalid("/parent_id", "A category cannot stand below itself.")
        if parent_id not in tree:
            raise invalid("/parent_id", "There is no such category.")
        levels += 1
        if levels > MOST_LEVELS:
            raise invalid("/parent_id", f"The tree has at most {MOST_LEVELS} levels.")
        parent_id = tree[parent_id]


async def _changed(tx: Tx, category_id: UUID, before: AdminCategoryOut | None = None) -> AdminCategoryOut:
    after = await queries.category(tx, category_id)
    tx.changed("category", category_id, before=before, after=after)
    tx.emit(CategoryChanged(category_id=category_id, change="changed" if before else "created"))
    await categories_changed(tx)
    return after
