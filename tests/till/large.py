"""A catalogue of any size in seconds: rows made by the database itself, as many prices for each article as there are lists."""

import asyncpg

PRODUCTS = """
INSERT INTO products (id, slug, handle, title, description, vendor, status, tax_category, created_at, updated_at)
SELECT md5('p' || n)::uuid, 'p-' || n, 'p-' || n, jsonb_build_object('en', 'Article number ' || n, 'es', 'Artículo número ' || n), '{}',
       'Maker ' || n % 100, 'published', 'standard', now(), now()
FROM generate_series(1, $1) n"""
VARIANTS = """
INSERT INTO variants (id, product_id, sku, barcode, barcode_key, position, created_at)
SELECT md5('v' || n)::uuid, md5('p' || n)::uuid, 'SKU-' || n, (2000000000000 + n)::text, '0' || (2000000000000 + n), 1, now()
FROM generate_series(1, $1) n"""
LISTS = """
INSERT INTO price_lists (id, code, name, currency, priority, active, includes_tax, created_at, updated_at)
SELECT md5('l' || n)::uuid, 'large-' || n, 'List ' || n, 'EUR', n, true, true, now(), now() FROM generate_series(1, $1) n"""
PRICES = """
INSERT INTO prices (price_list_id, variant_id, amount)
SELECT md5('l' || l)::uuid, md5('v' || n)::uuid, 100 + n % 9000 FROM generate_series(1, $1) n, generate_series(1, $2) l"""


async def fill(dsn: str, *, articles: int, lists: int) -> None:
    """Puts so many articles on show, each with a price on each of so many lists."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET synchronous_commit = off")
        await connection.execute(PRODUCTS, articles, timeout=600)
        await connection.execute(VARIANTS, articles, timeout=600)
        await connection.execute(LISTS, lists)
        await connection.execute(PRICES, articles, lists, timeout=1_200)
        for table in ("products", "variants", "prices"):
            await connection.execute(f"ANALYZE {table}")
    finally:
        await connection.close()
