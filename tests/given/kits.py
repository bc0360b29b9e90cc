"""Kits for tests, made by the catalogue's own verbs."""

from collections.abc import Mapping

from commerce.catalog import queries
from commerce.catalog.kits import set_kit
from commerce.kernel import clock
from commerce.kernel.ids import VariantId
from commerce.platform.database import Database
from tests.given import catalog


async def kit(db: Database, title: str, of: Mapping[VariantId, int], **how: object) -> VariantId:
    """A kit on show that is made of so many units of each of these: `await kit(db, "Tea for two", {cup: 2, plate: 1}, sku="TEA")`."""
    made = await catalog.variant(db, title, **how)
    there = await queries.variant(db.reading, made)
    await db.transact(set_kit, made, there.version, list(of.items()), at=clock.now())
    return made
