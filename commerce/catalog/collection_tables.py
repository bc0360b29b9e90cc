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

# The conditions that a product's own fields decide, each under the word that a product must say to meet it: whoever writes a product looks his
# own few words up here, however many rules there are. Kept by a trigger on `collections`.
collection_conditions = Table(
    "collection_conditions",
    metadata,
    Column("collection_id", Uuid, ForeignKey("collections.id"), primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column(
        "word", Text, nullable=False
    ),  # folded of a title, an id of a category, a code of an attribute, lower case of the others
    Column("value", JSONB),  # of an attribute
    Column("needed", Integer, nullable=False),  # so many conditions of the rule have to be met
    CheckConstraint("kind IN ('attribute', 'category', 'product_type', 'tag', 'title', 'vendor')", name="kind_known"),
    CheckConstraint("(kind = 'attribute') = (value IS NOT NULL)", name="attributes_have_values"),
    CheckConstraint("needed BETWEEN 1 AND 20", name="needed_bounded"),
    Index("ix_collection_conditions_kind_word", "kind", "word"),
)

KEEP_CONDITIONS = """\
CREATE OR REPLACE FUNCTION keep_conditions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM collection_conditions WHERE collection_id = NEW.id;
  INSERT INTO collection_conditions (collection_id, nth, kind, word, value, needed)
  SELECT NEW.id, nth, said ->> 'on', CASE said ->> 'on'
      WHEN 'title' THEN folded(said ->> 'value')
      WHEN 'category' THEN (said ->> 'category_id')::uuid::text
      WHEN 'attribute' THEN said ->> 'code'
      ELSE lower(said ->> 'value') END,
    CASE said ->> 'on' WHEN 'attribute' THEN said -> 'value' END,
    CASE NEW.rule ->> 'match' WHEN 'all' THEN count(*) OVER () ELSE 1 END
  FROM jsonb_array_elements(NEW.rule -> 'conditions') WITH ORDINALITY AS each(said, nth)
  WHERE NEW.withdrawn_at IS NULL AND said ->> 'on' IN ('attribute', 'category', 'product_type', 'tag', 'title', 'vendor');
  RETURN NULL;
END $$"""
# All that a rule finds, for when it is written: condition by condition instead of product by product, and from the rule itself. A test and the audit compare the two.
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
# Judges the products of one statement anew, all at once: `kinds` are those of the conditions that what was written may meet or not meet now.
# What they say is looked up among the conditions; titles alone are compared with each condition on titles. The products' rows are locked first:
# two who change one product at once then judge one after the other.
REFRESH = f"""\
CREATE OR REPLACE FUNCTION refresh_collections(changed uuid[], kinds text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF changed IS NULL THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock_shared({RULE_LOCK});
  IF NOT EXISTS (SELECT FROM collection_conditions WHERE kind = ANY(kinds)) THEN
    RETURN;
  END IF;
  PERFORM FROM products WHERE id = ANY(changed) ORDER BY id FOR NO KEY UPDATE;
  WITH RECURSIVE about AS MATERIALIZED (
    SELECT id, vendor, product_type, tags, title, attributes FROM products WHERE id = ANY(changed)
  ), above AS (
    SELECT pc.product_id, c.id, c.parent_id FROM product_categories pc JOIN categories c ON c.id = pc.category_id
    WHERE pc.product_id = ANY(changed) AND c.withdrawn_at IS NULL
    UNION SELECT a.product_id, c.id, c.parent_id FROM above a JOIN categories c ON c.id = a.parent_id WHERE c.withdrawn_at IS NULL
  ), said AS (
    SELECT id AS product_id, 'vendor' AS kind, lower(vendor) AS word, NULL::jsonb AS value FROM about
    UNION ALL SELECT id, 'product_type', lower(product_type), NULL FROM about
    UNION ALL SELECT id, 'tag', lower(tag), NULL FROM about CROSS JOIN unnest(tags) AS tag
    UNION ALL SELECT product_id, 'category', id::text, NULL FROM above
    UNION ALL SELECT id, 'attribute', code, value FROM about CROSS JOIN jsonb_each(attributes) AS each(code, value)
    UNION ALL SELECT v.product_id, 'attribute', code, value FROM variants v CROSS JOIN jsonb_each(v.attributes) AS each(code, value)
      WHERE v.product_id = ANY(changed) AND v.withdrawn_at IS NULL
  ), titles AS MATERIALIZED (
    SELECT id, folded(concat_ws(' ', title ->> 'en', title ->> 'es', title ->> 'ca')) AS title FROM about
    WHERE EXISTS (SELECT FROM collection_conditions WHERE kind = 'title')
  ), met AS (
    SELECT c.collection_id, s.product_id, c.nth, c.needed FROM said s
      JOIN collection_conditions c ON c.kind = s.kind AND c.word = s.word AND (c.value IS NULL OR s.value @> c.value)
    UNION SELECT c.collection_id, t.id, c.nth, c.needed FROM titles t
      JOIN collection_conditions c ON c.kind = 'title' AND strpos(t.title, c.word) > 0
  ), found AS MATERIALIZED (
    SELECT collection_id, product_id FROM met GROUP BY collection_id, product_id HAVING count(*) >= min(needed)
  ), lost AS (
    DELETE FROM collection_products m USING collections c
    WHERE m.product_id = ANY(changed) AND c.id = m.collection_id AND c.rule IS NOT NULL
    AND NOT EXISTS (SELECT FROM found f WHERE f.collection_id = m.collection_id AND f.product_id = m.product_id)
  )
  INSERT INTO collection_products (collection_id, product_id, position) SELECT collection_id, product_id, 0 FROM found
  ON CONFLICT DO NOTHING;
END $$"""  # noqa: S608 -- the key of the lock is a constant of the program
# Of what changed, only what a condition can be about makes anybody look: a price, a picture, a vector, a version does not.
OF_PRODUCTS = """\
CREATE OR REPLACE FUNCTION collect_products() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed uuid[];
  kinds text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM refresh_collections((SELECT array_agg(id) FROM written), '{attribute,product_type,tag,title,vendor}');
    RETURN NULL;
  END IF;
  SELECT array_agg(n.id), array_remove(ARRAY[
    CASE WHEN bool_or(n.attributes <> o.attributes) THEN 'attribute' END,
    CASE WHEN bool_or(n.product_type <> o.product_type) THEN 'product_type' END,
    CASE WHEN bool_or(n.tags <> o.tags) THEN 'tag' END,
    CASE WHEN bool_or(n.title <> o.title) THEN 'title' END,
    CASE WHEN bool_or(n.vendor <> o.vendor) THEN 'vendor' END], NULL)
  INTO changed, kinds FROM written n JOIN former o ON o.id = n.id
  WHERE n.attributes <> o.attributes OR n.product_type <> o.product_type OR n.tags <> o.tags OR n.title <> o.title OR n.vendor <> o.vendor;
  PERFORM refresh_collections(changed, kinds);
  RETURN NULL;
END $$"""
OF_VARIANTS = """\
CREATE OR REPLACE FUNCTION collect_products_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM refresh_collections((SELECT array_agg(DISTINCT product_id) FROM written WHERE attributes <> '{}'), '{attribute}');
  ELSE
    PERFORM refresh_collections((
      SELECT array_agg(DISTINCT n.product_id) FROM written n JOIN former o ON o.id = n.id
      WHERE n.attributes <> o.attributes OR (n.withdrawn_at IS NULL) <> (o.withdrawn_at IS NULL) AND n.attributes <> '{}'), '{attribute}');
  END IF;
  RETURN NULL;
END $$"""
OF_PLACES = """\
CREATE OR REPLACE FUNCTION collect_products_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((SELECT array_agg(DISTINCT product_id) FROM written), '{category}');
  RETURN NULL;
END $$"""
# A category that moves, comes or goes takes with it what stands below it.
OF_CATEGORIES = """\
CREATE OR REPLACE FUNCTION collect_below_categories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((
    WITH RECURSIVE below AS (
      SELECT n.id FROM written n JOIN former o ON o.id = n.id
      WHERE n.parent_id IS DISTINCT FROM o.parent_id OR (n.withdrawn_at IS NULL) <> (o.withdrawn_at IS NULL)
      UNION SELECT c.id FROM below b JOIN categories c ON c.parent_id = b.id
    ) SELECT array_agg(DISTINCT pc.product_id) FROM below b JOIN product_categories pc ON pc.category_id = b.id), '{category}');
  RETURN NULL;
END $$"""

for _sql in (KEEP_CONDITIONS, OF_PRODUCTS, OF_VARIANTS, OF_PLACES, OF_CATEGORIES):
    before_tables(_sql)
for _sql in (RULE_MEMBERS, REFRESH):
    beside(collection_products, _sql)
_BOTH = "OLD TABLE AS former NEW TABLE AS written"
for _table, _event, _rows, _function in (
    ("products", "INSERT", "NEW TABLE AS written", "collect_products"),
    ("products", "UPDATE", _BOTH, "collect_products"),
    ("variants", "INSERT", "NEW TABLE AS written", "collect_products_of"),
    ("variants", "UPDATE", _BOTH, "collect_products_of"),
    ("product_categories", "INSERT", "NEW TABLE AS written", "collect_products_in"),
    ("product_categories", "DELETE", "OLD TABLE AS written", "collect_products_in"),
    ("categories", "UPDATE", _BOTH, "collect_below_categories"),
):
    beside(
        collection_products,
        f"CREATE TRIGGER {_table}_collected_{_event.lower()} AFTER {_event} ON {_table} REFERENCING {_rows} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_function}()",
    )
beside(
    collection_conditions,
    "CREATE TRIGGER collections_keep_conditions AFTER INSERT OR UPDATE OF rule, withdrawn_at ON collections "
    "FOR EACH ROW EXECUTE FUNCTION keep_conditions()",
)
