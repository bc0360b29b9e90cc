"""Whether what a list or a price names is there: asked of other slices' tables by their ids alone, as a foreign key asks."""

from collections.abc import Collection
from uuid import UUID

from asyncpg import Record
from sqlalchemy import TableClause, Uuid, column, select, table

from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of


def _ids(name: str) -> TableClause:
    return table(name, column("id", Uuid))


def _those_of(of: TableClause) -> Statement[Record]:
    return Statement(select(of.c.id).where(any_of(of.c.id, "ids")))


VARIANTS = _those_of(_ids("variants"))
GROUPS = _those_of(_ids("customer_groups"))
CUSTOMERS = _those_of(_ids("accounts"))


async def known_variants(reads: Reads, ids: Collection[UUID]) -> set[UUID]:
    """Gives those of the ids that are variants, on sale or not."""
    return {row["id"] for row in await reads.fetch(VARIANTS, ids=list(ids))}


async def is_group(reads: Reads, group_id: UUID) -> bool:
    """Says whether there is such a customer group."""
    return bool(await reads.fetch(GROUPS, ids=[group_id]))


async def is_customer(reads: Reads, customer_id: UUID) -> bool:
    """Says whether there is such a customer account."""
    return bool(await reads.fetch(CUSTOMERS, ids=[customer_id]))
