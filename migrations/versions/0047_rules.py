"""A write of a product looks its own words up among the conditions of rules, and only when what it changed can be asked about.

The conditions stand in a table of their own, kept by a trigger; those that there are go in here. Who is in which collection stays as it is.
"""

from alembic import op

revision = "0047_rules"
down_revision = "0045_marks"
branch_labels = None
depends_on = None

TABLE = (
    """
    CREATE TABLE collection_conditions (
        collection_id UUID NOT NULL,
        nth INTEGER NOT NULL,
        kind TEXT NOT NULL,
        word TEXT NOT NULL,
        value JSONB,
        needed INTEGER NOT NULL,
        CONSTRAINT pk_collection_conditions PRIMARY KEY (collection_id, nth),
        CONSTRAINT ck_collection_conditions_kind_known
            CHECK (kind IN ('attribute', 'category', 'product_type', 'tag', 'title', 'vendor')),
        CONSTRAINT ck_collection_conditions_attributes_have_values CHECK ((kind = 'attribute') = (value IS NOT NULL)),
        CONSTRAINT ck_collection_conditions_needed_bounded CHECK (needed BETWEEN 1 AND 20),
        CONSTRAINT fk_collection_conditions_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id)
    )
    """,
    "CREATE INDEX ix_collection_conditions_kind_word ON collection_conditions (kind, word)",
    "CREATE INDEX ix_products_published_created_at ON products (created_at, id) WHERE status = 'published'",
    "CREATE INDEX ix_variants_made_of_others ON variants (id) WHERE kit OR stock = 'none'",
)
TRIGGERS = {
    "products_collected_insert": "products",
    "products_collected_update": "products",
    "variants_collected_insert": "variants",
    "variants_collected_update": "variants",
    "product_categories_collected_insert": "product_categories",
    "product_categories_collected_delete": "product_categories",
    "categories_collected_update": "categories",
}
FUNCTIONS = (
    r"""
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
END $$
""",
    r"""
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
END $$
""",
    r"""
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
END $$
""",
    r"""
CREATE OR REPLACE FUNCTION collect_products_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((SELECT array_agg(DISTINCT product_id) FROM written), '{category}');
  RETURN NULL;
END $$
""",
    r"""
CREATE OR REPLACE FUNCTION collect_below_categories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((
    WITH RECURSIVE below AS (
      SELECT n.id FROM written n JOIN former o ON o.id = n.id
      WHERE n.parent_id IS DISTINCT FROM o.parent_id OR (n.withdrawn_at IS NULL) <> (o.withdrawn_at IS NULL)
      UNION SELECT c.id FROM below b JOIN categories c ON c.parent_id = b.id
    ) SELECT array_agg(DISTINCT pc.product_id) FROM below b JOIN product_categories pc ON pc.category_id = b.id), '{category}');
  RETURN NULL;
END $$
""",
    r"""
CREATE OR REPLACE FUNCTION refresh_collections(changed uuid[], kinds text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF changed IS NULL THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(3907001);
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
END $$
""",
)
BESIDE = (
    (
        "CREATE TRIGGER products_collected_insert AFTER INSERT ON products "
        "REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products()"
    ),
    (
        "CREATE TRIGGER products_collected_update AFTER UPDATE ON products "
        "REFERENCING OLD TABLE AS former NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products()"
    ),
    (
        "CREATE TRIGGER variants_collected_insert AFTER INSERT ON variants "
        "REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()"
    ),
    (
        "CREATE TRIGGER variants_collected_update AFTER UPDATE ON variants "
        "REFERENCING OLD TABLE AS former NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()"
    ),
    (
        "CREATE TRIGGER product_categories_collected_insert AFTER INSERT ON product_categories "
        "REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products_in()"
    ),
    (
        "CREATE TRIGGER product_categories_collected_delete AFTER DELETE ON product_categories "
        "REFERENCING OLD TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products_in()"
    ),
    (
        "CREATE TRIGGER categories_collected_update AFTER UPDATE ON categories "
        "REFERENCING OLD TABLE AS former NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_below_categories()"
    ),
    (
        "CREATE TRIGGER collections_keep_conditions AFTER INSERT OR UPDATE OF rule, withdrawn_at ON collections "
        "FOR EACH ROW EXECUTE FUNCTION keep_conditions()"
    ),
)
BEFORE = (
    r"""
CREATE OR REPLACE FUNCTION collect_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((SELECT array_agg(id) FROM written));
  RETURN NULL;
END $$
""",
    r"""
CREATE OR REPLACE FUNCTION collect_products_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((SELECT array_agg(DISTINCT product_id) FROM written));
  RETURN NULL;
END $$
""",
    r"""
CREATE OR REPLACE FUNCTION collect_below_categories() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refresh_collections((
    WITH RECURSIVE below AS (
      SELECT id FROM moved UNION SELECT c.id FROM below b JOIN categories c ON c.parent_id = b.id
    ) SELECT array_agg(DISTINCT pc.product_id) FROM below b JOIN product_categories pc ON pc.category_id = b.id));
  RETURN NULL;
END $$
""",
    r"""
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
$$
""",
    r"""
CREATE OR REPLACE FUNCTION rule_finds(rule jsonb, product products) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE rule ->> 'match'
    WHEN 'all' THEN coalesce(bool_and(condition_holds(condition, product)), false)
    ELSE coalesce(bool_or(condition_holds(condition, product)), false)
  END FROM jsonb_array_elements(rule -> 'conditions') AS condition
$$
""",
    r"""
CREATE OR REPLACE FUNCTION refresh_collections(changed uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(3907001);
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
END $$
""",
)
BESIDE_BEFORE = (
    (
        "CREATE TRIGGER products_collected_insert AFTER INSERT ON products "
        "REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products()"
    ),
    (
        "CREATE TRIGGER products_collected_update AFTER UPDATE ON products "
        "REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products()"
    ),
    (
        "CREATE TRIGGER variants_collected_insert AFTER INSERT ON variants "
        "REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()"
    ),
    (
        "CREATE TRIGGER variants_collected_update AFTER UPDATE ON variants "
        "REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()"
    ),
    (
        "CREATE TRIGGER product_categories_collected_insert AFTER INSERT ON product_categories "
        "REFERENCING NEW TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()"
    ),
    (
        "CREATE TRIGGER product_categories_collected_delete AFTER DELETE ON product_categories "
        "REFERENCING OLD TABLE AS written "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()"
    ),
    (
        "CREATE TRIGGER categories_collected_update AFTER UPDATE ON categories "
        "REFERENCING NEW TABLE AS moved "
        "FOR EACH STATEMENT EXECUTE FUNCTION collect_below_categories()"
    ),
)


def upgrade() -> None:
    """Makes the table and the functions anew; writers of products wait for two indexes: on the day that they were made, and on what has no
    stock of its own.
    """
    op.execute("SET LOCAL lock_timeout = '5s'")
    for trigger, table in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP FUNCTION refresh_collections(uuid[])")
    op.execute("DROP FUNCTION rule_finds(jsonb, products)")
    op.execute("DROP FUNCTION condition_holds(jsonb, products)")
    for statement in (*TABLE, *FUNCTIONS, *BESIDE):
        op.execute(statement)
    op.execute("UPDATE collections SET rule = rule WHERE rule IS NOT NULL")


def downgrade() -> None:
    """Judges each product against each rule again."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for trigger, table in TRIGGERS.items():
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP TRIGGER collections_keep_conditions ON collections")
    op.execute("DROP FUNCTION refresh_collections(uuid[], text[])")
    op.execute("DROP FUNCTION keep_conditions()")
    op.execute("DROP FUNCTION collect_products_in()")
    op.execute("DROP INDEX ix_variants_made_of_others")
    op.execute("DROP INDEX ix_products_published_created_at")
    op.execute("DROP TABLE collection_conditions")
    for statement in (*BEFORE, *BESIDE_BEFORE):
        op.execute(statement)
