"""Bare articles and locations: inventory knows them by their ids only, so its tests need no more of them than rows."""

from itertools import product

import asyncpg

from commerce.inventory.facts import Place
from commerce.kernel.ids import LocationId, VariantId, new_id

PRODUCT = """
INSERT INTO products (id, slug, handle, title, description, status, tax_category, created_at, updated_at)
VALUES ($1, $2, $2, '{}', '{}', 'draft', 'standard', now(), now())
"""
VARIANT = "INSERT INTO variants (id, product_id, sku, position, created_at) VALUES ($1, $1, $2, 0, now())"
LOCATION = """
INSERT INTO locations (id, code, name, kind, timezone, country, address, pickup, ships, active, lead_minutes, created_at, updated_at)
VALUES ($1, $2, $2, 'store', 'Europe/Madrid', 'ES', '{}', true, true, true, 60, now(), now())
"""


async def articles(dsn: str, count: int) -> list[VariantId]:
    """Makes so many articles."""
    ids = [VariantId(new_id()) for _ in range(count)]
    connection = await asyncpg.connect(dsn)
    try:
        for each in ids:
            await connection.execute(PRODUCT, each, each.hex)
            await connection.execute(VARIANT, each, each.hex)
    finally:
        await connection.close()
    return ids


async def locations(dsn: str, count: int) -> list[LocationId]:
    """Makes so many locations."""
    ids = [LocationId(new_id()) for _ in range(count)]
    connection = await asyncpg.connect(dsn)
    try:
        for each in ids:
            await connection.execute(LOCATION, each, each.hex)
    finally:
        await connection.close()
    return ids


async def places(dsn: str, variants: int = 1, at: int = 1) -> list[Place]:
    """Makes articles and locations, and gives each article at each location, by article."""
    return [Place(*each) for each in product(await articles(dsn, variants), await locations(dsn, at))]
