"""Articles made of others, articles without stock, collections.

What is there already is as it was: stock is kept of every variant, none is a kit, lines of orders are parts of none.
"""

from alembic import op

revision = "0039_kits"
down_revision = "0038_products"
branch_labels = None
depends_on = None

COLUMNS = (
    (
        "ALTER TABLE variants ADD COLUMN stock TEXT DEFAULT 'kept' NOT NULL, ADD COLUMN kit BOOLEAN DEFAULT 'false' NOT NULL, "
        "ADD CONSTRAINT ck_variants_stock_known CHECK (stock IN ('kept', 'none')), "
        "ADD CONSTRAINT ck_variants_kit_has_its_parts_stock CHECK (stock = 'kept' OR NOT kit)"
    ),
    "ALTER TABLE order_lines ADD COLUMN kit JSONB, ADD COLUMN stocked BOOLEAN DEFAULT 'true' NOT NULL",
    (
        "ALTER TABLE order_groups DROP CONSTRAINT ck_order_groups_kind_known, "
        "ADD CONSTRAINT ck_order_groups_kind_known CHECK (kind IN ('none', 'pickup', 'ship'))"
    ),
)
TABLES = (
    """
    CREATE TABLE kit_components (
        kit_variant_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        position INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        CONSTRAINT pk_kit_components PRIMARY KEY (kit_variant_id, variant_id),
        CONSTRAINT ck_kit_components_no_kit_of_itself CHECK (kit_variant_id <> variant_id),
        CONSTRAINT ck_kit_components_units_bounded CHECK (quantity BETWEEN 1 AND 999),
        CONSTRAINT ck_kit_components_components_are_few CHECK (position BETWEEN 0 AND 19),
        CONSTRAINT fk_kit_components_kit_variant_id_variants FOREIGN KEY(kit_variant_id) REFERENCES variants (id),
        CONSTRAINT fk_kit_components_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    "CREATE INDEX ix_kit_components_variant_id ON kit_components (variant_id)",
    """
    CREATE TABLE collections (
        id UUID NOT NULL,
        slug TEXT NOT NULL,
        name JSONB NOT NULL,
        description JSONB DEFAULT '{}' NOT NULL,
        image_url TEXT,
        rule JSONB,
        published BOOLEAN DEFAULT 'true' NOT NULL,
        position INTEGER DEFAULT '0' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_collections PRIMARY KEY (id),
        CONSTRAINT ck_collections_rule_is_bounded CHECK (rule IS NULL OR (rule ->> 'match' IN ('all', 'any') AND jsonb_array_length(rule -> 'conditions') BETWEEN 1 AND 20))
    )
    """,
    "CREATE INDEX ix_collections_position ON collections (position, id) WHERE withdrawn_at IS NULL",
    "CREATE UNIQUE INDEX uq_collections_slug ON collections (slug) WHERE withdrawn_at IS NULL",
    """
    CREATE TABLE collection_products (
        collection_id UUID NOT NULL,
        product_id UUID NOT NULL,
        position INTEGER NOT NULL,
        CONSTRAINT pk_collection_products PRIMARY KEY (collection_id, product_id),
        CONSTRAINT ck_collection_products_position_not_negative CHECK (position >= 0),
        CONSTRAINT fk_collection_products_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id),
        CONSTRAINT fk_collection_products_product_id_products FOREIGN KEY(product_id) REFERENCES products (id)
    )
    """,
    "CREATE INDEX ix_collection_products_position ON collection_products (collection_id, position, product_id)",
    "CREATE INDEX ix_collection_products_product_id ON collection_products (product_id)",
)
REDIRECTS = (
    (
        "ALTER TABLE slug_redirects ADD COLUMN collection_id UUID, "
        "ADD CONSTRAINT fk_slug_redirects_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id), "
        "DROP CONSTRAINT ck_slug_redirects_leads_somewhere, DROP CONSTRAINT ck_slug_redirects_kind_known, "
        "ADD CONSTRAINT ck_slug_redirects_leads_somewhere CHECK ((kind = 'product') = (product_id IS NOT NULL) "
        "AND (kind = 'category') = (category_id IS NOT NULL) AND (kind = 'collection') = (collection_id IS NOT NULL)), "
        "ADD CONSTRAINT ck_slug_redirects_kind_known CHECK (kind IN ('category', 'collection', 'product'))"
    ),
    "CREATE INDEX ix_slug_redirects_collection_id ON slug_redirects (collection_id)",
)
FUNCTIONS = (
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
CREATE OR REPLACE FUNCTION refuse_level_without_stock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  article RECORD;
BEGIN
  SELECT stock, kit INTO article FROM variants WHERE id = NEW.variant_id FOR SHARE;
  IF article.kit OR article.stock = 'none' THEN
    RAISE EXCEPTION 'no stock is kept of %', NEW.variant_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_levels_of_what_is_kept';
  END IF;
  RETURN NULL;
END $$
""",
    r"""
CREATE OR REPLACE FUNCTION refuse_stock_left_behind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM stock_levels WHERE variant_id = NEW.id) THEN
    RAISE EXCEPTION 'stock is kept of %', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'variants_without_stock';
  END IF;
  RETURN NEW;
END $$
""",
)
BESIDE = (
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
    r"""
CREATE TRIGGER products_collected_insert AFTER INSERT ON products REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION collect_products()
""",
    r"""
CREATE TRIGGER products_collected_update AFTER UPDATE ON products REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION collect_products()
""",
    r"""
CREATE TRIGGER variants_collected_insert AFTER INSERT ON variants REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()
""",
    r"""
CREATE TRIGGER variants_collected_update AFTER UPDATE ON variants REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()
""",
    r"""
CREATE TRIGGER product_categories_collected_insert AFTER INSERT ON product_categories REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()
""",
    r"""
CREATE TRIGGER product_categories_collected_delete AFTER DELETE ON product_categories REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION collect_products_of()
""",
    r"""
CREATE TRIGGER categories_collected_update AFTER UPDATE ON categories REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION collect_below_categories()
""",
    r"""
CREATE TRIGGER variants_without_stock BEFORE UPDATE OF stock, kit ON variants FOR EACH ROW WHEN (NEW.kit AND NOT OLD.kit OR NEW.stock = 'none' AND OLD.stock <> 'none') EXECUTE FUNCTION refuse_stock_left_behind()
""",
    r"""
CREATE TRIGGER stock_levels_of_what_is_kept AFTER INSERT ON stock_levels FOR EACH ROW EXECUTE FUNCTION refuse_level_without_stock()
""",
)
TRIGGERS = (
    ("products", "products_collected_insert"),
    ("products", "products_collected_update"),
    ("variants", "variants_collected_insert"),
    ("variants", "variants_collected_update"),
    ("variants", "variants_without_stock"),
    ("product_categories", "product_categories_collected_insert"),
    ("product_categories", "product_categories_collected_delete"),
    ("categories", "categories_collected_update"),
    ("stock_levels", "stock_levels_of_what_is_kept"),
)


def upgrade() -> None:
    """Makes the columns, tables and triggers."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (*COLUMNS, *TABLES, *REDIRECTS, *FUNCTIONS, *BESIDE):
        op.execute(statement)


def downgrade() -> None:
    """Takes them away, with what is in them; parts of kits stay lines of their orders. Groups of nothing to hand over become collected ones."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, trigger in TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in (
        "rule_members(jsonb)",
        "refresh_collections(uuid[])",
        "rule_finds(jsonb, products)",
        "condition_holds(jsonb, products)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    for function in (
        "collect_products",
        "collect_products_of",
        "collect_below_categories",
        "refuse_level_without_stock",
        "refuse_stock_left_behind",
    ):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DELETE FROM slug_redirects WHERE kind = 'collection'")
    op.execute(
        "ALTER TABLE slug_redirects DROP CONSTRAINT ck_slug_redirects_leads_somewhere, "
        "DROP CONSTRAINT ck_slug_redirects_kind_known, DROP COLUMN collection_id, "
        "ADD CONSTRAINT ck_slug_redirects_leads_somewhere CHECK ((kind = 'product') = (product_id IS NOT NULL) "
        "AND (kind = 'category') = (category_id IS NOT NULL)), "
        "ADD CONSTRAINT ck_slug_redirects_kind_known CHECK (kind IN ('category', 'product'))"
    )
    op.execute("DROP TABLE collection_products, collections, kit_components")
    op.execute("UPDATE order_groups SET kind = 'pickup' WHERE kind = 'none'")
    op.execute(
        "ALTER TABLE order_groups DROP CONSTRAINT ck_order_groups_kind_known, "
        "ADD CONSTRAINT ck_order_groups_kind_known CHECK (kind IN ('pickup', 'ship'))"
    )
    op.execute("ALTER TABLE order_lines DROP COLUMN kit, DROP COLUMN stocked")
    op.execute("ALTER TABLE variants DROP COLUMN stock, DROP COLUMN kit")
