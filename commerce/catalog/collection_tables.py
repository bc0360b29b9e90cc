"""Rows of collections. Which products a rule finds is kept beside it, by triggers: whoever writes a product, however, keeps it in his transaction.

Kept is the part of a rule that only a product's own fields decide; what the clock and price lists decide is judged at each read. A rule is written
under an exclusive lock that every writer of products shares, so that no product slips past a rule that is being written.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import before_tables, beside, instant, key, metadata, version

RULE_LOCK = 3_907_001  # the key of the advisory lock: any number that nothing else uses
LIVE = text("withdrawn_at IS NULL")

collections = Table(
    "collections",
    metadata,
    key(),
    Column("slug", Text, nullable=False),
    Column("name", JSONB, nullable=False),
    Column("description", JSONB, nullable=False, server_default="{}"),
    Column("image_url", Text),
    Column("rule", JSONB),  # {"match", "conditions"}; none: its products are chosen one by one
    Column("published", Boolean, nullable=False, server_default="true"),
    Column("position", Integer, nullable=False, server_default="0"),
    instant("created_at"),
    instant("withdrawn_at", nullable=True),
    version(),
    CheckConstraint(
        "rule IS NULL OR (rule ->> 'match' IN ('all', 'any') AND jsonb_array_length(rule -> 'conditions') BETWEEN 1 AND 20)",
        name="rule_is_bounded",
    ),
    Index("uq_collections_slug", "slug", unique=True, postgresql_where=LIVE),
    Index("ix_collections_position", "position", "id", postgresql_where=LIVE),
)

collection_products = Table(
    "collection_products",
    metadata,
    Column("collection_id", Uuid, ForeignKey("collections.id"), primary_key=True),
    Column("product_id", Uuid, ForeignKey("products.id"), primary_key=True),
    Column("position", Integer, nullable=False),  # in the order chosen; 0 where a rule found it
    CheckConstraint("position >= 0", name="position_not_negative"),
    Index("ix_collection_products_position", "collection_id", "position", "product_id"),
    Index("ix_collection_products_product_id", "product_id"),
)

# What one condition says of a product; null for those that are judged at each read.
CONDITION_HOLDS = """\
CREATE OR REPLACE FUNCTION condition_holds(condition jsonb, product products) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE condition ->> 'on'
    WHEN 'tag' THEN EXISTS (SELECT FROM unnest(product.tags) AS tag WHERE lower(tag) = lower(condition ->> 'value'))
    WHEN 'vendor' THEN lower(product.vendor) = lower(condition ->> 'value')
    WHEN 'product_type' THEN lower(product.product_type) = lower(condition ->> 'value')
    WHEN 'title' THEN strpos(
      folded(concat_ws(' ', product.title ->> 'en', product.title ->> 'es', product.title ->> 'ca')), folded(condition ->> 'value')) > 0
    WHEN 'category' THEN EXISTS (
      WITH RECURSIVE above AS (
        SELECT c.id, c.parent_id FROM product_categories pc JOIN categories c ON c.id = pc.category_id
        WHERE pc.product_id = product.id AND c.withdrawn_at IS NULL
        UNION SELECT c.id, c.parent_id FROM above a JOIN categories c ON c.id = a.parent_id WHERE c.withdrawn_at IS NULL
      ) SELECT FROM above WHERE above.id = (condition ->> 'category_id')::uuid)
    WHEN 'attribute' THEN coalesce(product.attributes -> (condition ->> 'code') @> (condition -> 'value'), false) OR EXISTS (
      SELECT FROM variants v WHERE v.product_id = product.id AND v.withdrawn_at IS NULL
      AND v.attributes -> (condition ->> 'code') @> (condition -> 'value'))
  END
$$"""
RULE_FINDS = """\
CREATE OR REPLACE FUNCTION rule_finds(rule jsonb, product products) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE rule ->> 'match'
    WHEN 'all' THEN coalesce(bool_and(condition_holds(condition, product)), false)
    ELSE coalesce(bool_or(condition_holds(condition, product)), false)
  END FROM jsonb_array_elements(rule -> 'conditions') AS condition
$$"""
# All that a rule finds, for when it is written: the same, condition by condition instead of product by product. A test and the audit compare the two.
RULE_MEMBERS = """\
CREATE OR REPLACE FUNCTION rule_members(rule jsonb) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
  WITH RECURSIVE asked AS (
    SELECT nth, said, said ->> 'on' AS what, lower(said ->> 'value') AS word
    FROM jsonb_array_elements(rule -> 'conditions') WITH ORDINALITY AS each(said, nth)
    WHERE said ->> 'on' IN ('attribute', 'category', 'product_type', 'tag', 'title', 'vendor')
  ), below AS (
    SELECT a.nth, c.id FROM asked a JOIN categories c ON c.id = (a.said ->> 'category_id')::uuid
    WHERE a.what = 'category' AND c.withdrawn_at IS NULL
    UNION SELECT b.nth, c.id FROM below b JOIN categories c ON c.parent_id = b.id WHERE c.withdrawn_at IS NULL
  ), found AS (
    SELECT a.nth, p.id FROM asked a JOIN products p ON lower(p.vendor) = a.word WHERE a.what = 'vendor'
    UNION SELECT a.nth, p.id FROM asked a JOIN products p ON lower(p.product_type) = a.word WHERE a.what = 'product_type'
    UNION SELECT a.nth, p.id FROM asked a
      JOIN products p ON EXISTS (SELECT FROM unnest(p.tags) AS tag WHERE lower(tag) = a.word) WHERE a.what = 'tag'
    UNION SELECT a.nth, p.id FROM asked a JOIN products p ON strpos(
      folded(concat_ws(' ', p.title ->> 'en', p.title ->> 'es', p.title ->> 'ca')), folded(a.said ->> 'value')) > 0
      WHERE a.what = 'title'
    UNION SELECT b.nth, pc.product_id FROM below b JOIN product_categories pc ON pc.category_id = b.id
    UNION SELECT a.nth, p.id FROM asked a
      JOIN products p ON p.attributes -> (a.said ->> 'code') @> (a.said -> 'value') WHERE a.what = 'attribute'
    UNION SELECT a.nth, v.product_id FROM asked a JOIN variants v ON v.attributes -> (a.said ->> 'code') @> (a.said -> 'value')
      WHERE a.what = 'attribute' AND v.withdrawn_at IS NULL
  ) SELECT id FROM found GROUP BY id HAVING rule ->> 'match' = 'any' OR count(*) = (SELECT count(*) FROM asked)
$$"""
# The products' rows are locked first: two who change one product at once then judge one after the other.
REFRESH = f"""\
CREATE OR REPLACE FUNCTION refresh_collections(changed uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared({RULE_LOCK});
  IF changed IS NULL OR NOT EXISTS (SELECT FROM collections WHERE rule IS NOT NULL AND withdrawn_at IS NULL) THEN
    RETURN;
  END IF;
  PERFORM FROM products WHERE id = ANY(changed) ORDER BY id FOR NO KEY UPDATE;
  DELETE FROM collection_products m USING collections c, products p
  WHERE m.product_id = ANY(changed) AND c.id = m.collection_id AND c.rule IS NOT NULL AND p.id = m.product_id AND NOT rule_finds(c.rule, p);
  INSERT INTO collection_products (collection_id, product_id, position)
  SELECT c.id, p.id, 0 FROM collections c CROSS JOIN products p
  WHERE c.rule IS NOT NULL AND c.withdrawn_at IS NULL AND p.id = ANY(changed) AND rule_finds(c.rule, p)
  ON CONFLICT DO NOTHING;
END $$"""  # noqa: S608 -- the key of the lock is a constant of the program
OF_PRODUCTS = """\
CREATE OR REPLACE FUNCTION collect_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((SELECT array_agg(id) FROM written));
  RETURN NULL;
END $$"""
OF_VARIANTS = """\
CREATE OR REPLACE FUNCTION collect_products_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((SELECT array_agg(DISTINCT product_id) FROM written));
  RETURN NULL;
END $$"""
# A category that moves, comes or goes takes with it what stands below it.
OF_CATEGORIES = """\
CREATE OR REPLACE FUNCTION collect_below_categories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((
    WITH RECURSIVE below AS (
      SELECT id FROM moved UNION SELECT c.id FROM below b JOIN categories c ON c.parent_id = b.id
    ) SELECT array_agg(DISTINCT pc.product_id) FROM below b JOIN product_categories pc ON pc.category_id = b.id));
  RETURN NULL;
END $$"""

for _sql in (OF_PRODUCTS, OF_VARIANTS, OF_CATEGORIES):
    before_tables(_sql)
for _sql in (CONDITION_HOLDS, RULE_FINDS, RULE_MEMBERS, REFRESH):
    beside(collection_products, _sql)
for _table, _event, _function in (
    ("products", "INSERT", "collect_products"),
    ("products", "UPDATE", "collect_products"),
    ("variants", "INSERT", "collect_products_of"),
    ("variants", "UPDATE", "collect_products_of"),
    ("product_categories", "INSERT", "collect_products_of"),
):
    beside(
        collection_products,
        f"CREATE TRIGGER {_table}_collected_{_event.lower()} AFTER {_event} ON {_table} REFERENCING NEW TABLE AS written "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_function}()",
    )
beside(
    collection_products,
    "CREATE TRIGGER product_categories_collected_delete AFTER DELETE ON product_categories REFERENCING OLD TABLE AS written "
    "FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()",
)
beside(
    collection_products,
    "CREATE TRIGGER categories_collected_update AFTER UPDATE ON categories REFERENCING NEW TABLE AS moved "
    "FOR EACH STATEMENT EXECUTE FUNCTION collect_below_categories()",
)
