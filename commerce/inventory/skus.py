"""The SKUs of articles, for words that people read: inventory knows no more of the catalogue than that."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Text, Uuid, column, select, table

from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of

# Looked up by its name, as a foreign key would.
_variants = table("variants", column("id", Uuid), column("sku", Text))
SKUS = Statement(select(_variants.c.id, _variants.c.sku).where(any_of(_variants.c.id, "ids")))


async def skus(reads: Reads, ids: Collection[UUID]) -> dict[UUID, str]:
    """Gives the SKU of each article."""
    return {row["id"]: row["sku"] for row in await reads.fetch(SKUS, ids=list(ids))}
