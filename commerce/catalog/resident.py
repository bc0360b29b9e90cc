"""What of the catalogue lives in each process: its version, which caches of public pages compare, and the tree of categories."""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select

from commerce.catalog.tables import categories
from commerce.platform.database import Reading, Tx
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement

Tree = Mapping[UUID, tuple[UUID, ...]]
ALL_CATEGORIES = Statement(select(categories.c.id, categories.c.parent_id).where(categories.c.withdrawn_at.is_(None)))


async def _nothing(_: Reading) -> object:
    return object()


async def _load_tree(reading: Reading) -> Tree:
    parents = {row["id"]: row["parent_id"] for row in await reading.fetch(ALL_CATEGORIES)}
    return MappingProxyType({each: tuple(_upwards(each, parents)) for each in parents})


def _upwards(category_id: UUID, parents: Mapping[UUID, UUID | None]) -> list[UUID]:
    """Gives a category and all above it; one that stands in a ring, which no writer makes, ends where the ring closes."""
    found: list[UUID] = []
    above: UUID | None = category_id
    while above is not None and above not in found:
        found.append(above)
        above = parents.get(above)
    return found


CATALOGUE: Resident[object] = Resident("catalog", _nothing)
TREE: Resident[Tree] = Resident("catalog.categories", _load_tree)


async def category_tree(reading: Reading) -> Tree:
    """Gives, for each live category, itself and all above it, nearest first; in the process, at most one second old."""
    return await TREE.get(reading)


async def catalogue_changed(tx: Tx) -> None:
    """Says that something on show changed; last in its transaction, since all writers of the catalogue meet on this row."""
    await CATALOGUE.changed(tx)


async def categories_changed(tx: Tx) -> None:
    """Says that the tree changed; last in its transaction, too."""
    await TREE.changed(tx)
    await CATALOGUE.changed(tx)
