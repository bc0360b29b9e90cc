"""The floors of what anybody sees: each page by one query written by hand, and kept pages from a bare Litestar handler."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from commerce.platform.http import encode_cursor
from commerce.platform.http.paging import listing
from tests.bench.floor_connections import Held

BAND = "CASE WHEN {0} <= 0 THEN 'out' WHEN {0} <= 5 THEN 'few' ELSE 'in' END"
MONEY = "json_build_object('amount', {}, 'currency', 'EUR')"

STOCK = f"""
  SELECT json_agg(json_build_object('location_id', o.id, 'code', o.code, 'name', o.name, 'stock', {BAND.format("l.on_hand - l.reserved")})
                  ORDER BY o.code) FILTER (WHERE o.pickup) AS pickup,
         sum(l.on_hand - l.reserved) FILTER (WHERE o.ships) AS sendable
  FROM stock_levels l JOIN locations o ON o.id = l.location_id WHERE l.variant_id = v.id"""

VARIANT = f"""json_build_object(
  'id', v.id, 'sku', v.sku, 'barcode', v.barcode, 'option_values', v.option_values, 'weight_grams', v.weight_grams,
  'shippable', v.shippable, 'image_url', v.image_url, 'price', {MONEY.format("r.amount")}, 'compare_at', null,
  'tax', {MONEY.format("round(r.amount * 0.21 / 1.21)")}, 'prior', null, 'unit_price', null, 'keeps_stock', true, 'parts', null,
  'attributes', '[]'::json, 'delivery', {BAND.format("s.sendable")}, 'pickup', s.pickup)"""

DETAIL = f"""
SELECT json_build_object(
  'id', p.id, 'slug', p.slug, 'language', 'en', 'title', p.title ->> 'en', 'description', p.description ->> 'en', 'vendor', p.vendor,
  'product_type', p.product_type, 'tags', p.tags, 'images', to_json(p.images), 'minimum_age', p.minimum_age,
  'sale_rules', p.sale_rules, 'maker', null, 'responsible', null, 'warnings', null, 'tax_rate', '0.21',
  'options', (SELECT json_agg(o ->> 'en') FROM jsonb_array_elements(p.options) o),
  'categories', '[]'::json, 'attributes', '[]'::json, 'custom', '[]'::json, 'variants', all_of_them.variants, 'next_variants', null)::text
FROM products p CROSS JOIN LATERAL (
  SELECT json_agg({VARIANT} ORDER BY v.position, v.id) AS variants
  FROM variants v JOIN prices r ON r.variant_id = v.id CROSS JOIN LATERAL ({STOCK}) s
  WHERE v.product_id = p.id AND v.withdrawn_at IS NULL) all_of_them
WHERE p.slug = $1 AND p.status = 'published' AND p.withdrawn_at IS NULL"""

LOOKUP = f"""
SELECT json_build_object(
  'language', 'en',
  'product', json_build_object('id', p.id, 'slug', p.slug, 'title', p.title ->> 'en', 'vendor', p.vendor,
                               'image_url', p.images -> 0 ->> 'url', 'minimum_age', p.minimum_age, 'sale_rules', p.sale_rules),
  'tax_rate', '0.21', 'options', (SELECT json_agg(o ->> 'en') FROM jsonb_array_elements(p.options) o), 'embedded', null,
  'variant', {VARIANT})::text
FROM variants v JOIN products p ON p.id = v.product_id JOIN prices r ON r.variant_id = v.id CROSS JOIN LATERAL ({STOCK}) s
WHERE v.barcode_key = $1 AND v.withdrawn_at IS NULL AND p.status = 'published' AND p.withdrawn_at IS NULL"""

CARD = f"""json_build_object(
  'id', p.id, 'slug', p.slug, 'title', p.title ->> 'en', 'vendor', p.vendor, 'product_type', p.product_type,
  'image_url', coalesce(p.images -> 0 ->> 'url', s.image_url), 'image', null, 'price_from', {MONEY.format("s.lowest")},
  'price_to', {MONEY.format("s.highest")}, 'compare_at', null, 'prior', null, 'unit_price', null, 'variant_count', s.variants, 'stock', {BAND.format("s.most")})"""
SOLD = """
  SELECT min(r.amount) AS lowest, max(r.amount) AS highest, count(*) AS variants, max(l.most) AS most, min(v.image_url) AS image_url
  FROM variants v JOIN prices r ON r.variant_id = v.id
  CROSS JOIN LATERAL (SELECT max(on_hand - reserved) AS most FROM stock_levels WHERE variant_id = v.id) l
  WHERE v.product_id = p.id AND v.withdrawn_at IS NULL"""
LIST = f"""
SELECT (json_agg({CARD} ORDER BY p.place) FILTER (WHERE p.place <= 24))::text AS items, count(*) > 24 AS more,
       (array_agg(p.id) FILTER (WHERE p.place = 24))[1] AS last
FROM (SELECT *, row_number() OVER (ORDER BY id DESC) AS place FROM products
      WHERE status = 'published' AND withdrawn_at IS NULL AND id < $1 ORDER BY id DESC LIMIT 25) p
CROSS JOIN LATERAL ({SOLD}) s"""
SEARCH = f"""
WITH found AS MATERIALIZED (
  SELECT id, vendor,
         30000000 + least((ts_rank('{{0.05,0.1,0.4,1}}', search_head, query) * 60000000 / (length(title ->> 'en') + 20))::bigint, 3999999)
         + CASE WHEN strpos(lower(title ->> 'en'), $1) > 0 THEN 4000000 ELSE 0 END AS rank
  FROM products, search_sought(search_parts($2)) query
  WHERE search_head @@ query AND status = 'published' AND withdrawn_at IS NULL)
SELECT (SELECT json_agg(json_build_object('value', vendor, 'count', n) ORDER BY n DESC, vendor)::text
        FROM (SELECT vendor, count(*) AS n FROM found GROUP BY vendor ORDER BY n DESC, vendor LIMIT 20) v) AS vendors,
       (SELECT count(*) FROM found) AS total, page.*
FROM (
  SELECT (json_agg({CARD} ORDER BY p.place) FILTER (WHERE p.place <= 24))::text AS items, count(*) > 24 AS more,
         (array_agg(p.id) FILTER (WHERE p.place = 24))[1] AS last, (array_agg(p.rank) FILTER (WHERE p.place = 24))[1] AS rank
  FROM (SELECT products.*, best.rank, best.place FROM products
        JOIN (SELECT id, rank, row_number() OVER (ORDER BY rank DESC, id DESC) AS place FROM found
              ORDER BY rank DESC, id DESC LIMIT 25) best USING (id)) p
  CROSS JOIN LATERAL ({SOLD}) s) page"""
NEWEST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


async def answer(held: Held, path: str, given: dict[str, list[str]]) -> bytes:
    """Gives the page of a bare path."""
    _, _, kind, *rest = path.split("/")
    if kind == "products" and rest:
        return (await held.value(DETAIL, rest[0])).encode()
    if kind == "lookup":
        return (await held.value(LOOKUP, given["barcode"][0].zfill(14))).encode()
    if kind == "search":
        asked = given["q"][0]
        row = await held.row(SEARCH, asked, msgspec.json.encode([[word] for word in asked.split()]).decode())
        cursor = f'"{_cursor("searchProducts", ["relevance", row["rank"], row["last"]])}"' if row["more"] else "null"
        vendors = row["vendors"].replace(" : ", ":").replace(", ", ",")
        facets = f'{{"categories":[],"vendors":{vendors},"attributes":[],"prices":null,"availability":null}}'
        page = (
            f'{{"items":{row["items"]},"query":"{asked}","searched_for":"{asked}","instead_of":null,"total":{row["total"]},'
            f'"total_is_exact":true,"order_is_exact":true,"facets":{facets},"next_cursor":{cursor}}}'
        )
        return page.encode()
    row = await held.row(LIST, given.get("after", [NEWEST])[0])
    cursor = f'"{_cursor("listProducts", [row["last"]])}"' if row["more"] else "null"
    return f'{{"items":{row["items"]},"next_cursor":{cursor}}}'.encode()


def handlers(kept: dict[str, bytes]) -> list[Any]:
    """Gives the Litestar handler of kept pages."""

    @get("/litestar/kept/{name:str}")
    async def page(name: FromPath[str]) -> Response[bytes]:
        return Response(kept[name], media_type="application/json")

    return [page]


def _cursor(operation: str, place: list[object]) -> str:
    """Gives the cursor that the product gives out in its list."""
    listing.set(operation)
    return encode_cursor(place)
