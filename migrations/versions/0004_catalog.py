"""Products, variants, categories, and the text functions that search stands on."""

from alembic import op

revision = "0004_catalog"
down_revision = "0003_stores"
branch_labels = None
depends_on = None

STATEMENTS = (
    r"""CREATE OR REPLACE FUNCTION folded(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT lower(
    replace(replace(replace(replace(replace(replace(replace(replace(
      translate(regexp_replace(normalize(t, NFD), '[\u0300-\u036f]', '', 'g'), 'łŁøØđĐðÐħĦıŀĿ·', 'lLoOdDdDhHilL'),
      'ß', 'ss'), 'ẞ', 'ss'), 'œ', 'oe'), 'Œ', 'oe'), 'æ', 'ae'), 'Æ', 'ae'), 'þ', 'th'), 'Þ', 'th')
    COLLATE "C")
$$""",
    r"""CREATE OR REPLACE FUNCTION search_words(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(folded(t), '[^a-z0-9\u00c0-\u1fff\u2c00-\ud7ff]+', ' ', 'g'))
$$""",
    r"""CREATE OR REPLACE FUNCTION catalan_stems(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    regexp_replace(regexp_replace(
      words,
      '\m(a|al|als|amb|de|del|dels|d|el|els|en|i|l|la|les|lo|o|per|pel|pels|que|s|un|una|uns|unes)\M', '', 'g'),
      '(\w{2,}[aeiou])ns\M', '\1', 'g'),
      '(\w{3,})s\M', '\1', 'g'),
      '(\w{3,})[aeo]\M', '\1', 'g'),
      '(\w{2,})qu\M', '\1c', 'g'),
      '(\w{2,})gu\M', '\1g', 'g'),
      '(\w{2,})j\M', '\1g', 'g'),
      '(\w{2,})ss\M', '\1s', 'g')
$$""",
    """CREATE OR REPLACE FUNCTION search_vector(t text, lang text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE lang
    WHEN 'es' THEN to_tsvector('pg_catalog.spanish', search_words(t))
    WHEN 'ca' THEN to_tsvector('pg_catalog.simple', catalan_stems(search_words(t)))
    WHEN 'en' THEN to_tsvector('pg_catalog.english', search_words(t))
    ELSE to_tsvector('pg_catalog.simple', search_words(t))
  END
$$""",
    """CREATE OR REPLACE FUNCTION search_query(t text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT plainto_tsquery('pg_catalog.spanish', search_words(t))
      || plainto_tsquery('pg_catalog.simple', catalan_stems(search_words(t)))
      || plainto_tsquery('pg_catalog.english', search_words(t))
$$""",
    """CREATE OR REPLACE FUNCTION text_in(t jsonb, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(t ->> lang, ''), nullif(t ->> 'en', ''), nullif(t ->> 'es', ''), nullif(t ->> 'ca', ''), '')
$$""",
    """CREATE OR REPLACE FUNCTION product_head(title jsonb, vendor text, kind text, codes text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(search_vector(coalesce(title ->> 'en', ''), 'en') || search_vector(coalesce(title ->> 'es', ''), 'es')
      || search_vector(coalesce(title ->> 'ca', ''), 'ca')
      || search_vector(concat_ws(' ', title ->> 'en', title ->> 'es', title ->> 'ca'), ''), 'A')
    || setweight(search_vector(codes, ''), 'B')
    || setweight(search_vector(vendor, '') || search_vector(kind, 'en') || search_vector(kind, ''), 'C')
$$""",
    """CREATE OR REPLACE FUNCTION product_body(description jsonb, tags text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(search_vector(array_to_string(tags, ' '), 'en') || search_vector(array_to_string(tags, ' '), ''), 'C')
    || setweight(search_vector(regexp_replace(coalesce(description ->> 'en', ''), '<[^>]*>', ' ', 'g'), 'en')
      || search_vector(regexp_replace(coalesce(description ->> 'es', ''), '<[^>]*>', ' ', 'g'), 'es')
      || search_vector(regexp_replace(coalesce(description ->> 'ca', ''), '<[^>]*>', ' ', 'g'), 'ca'), 'D')
$$""",
    """
    CREATE TABLE categories (
        id UUID NOT NULL,
        parent_id UUID,
        slug TEXT NOT NULL,
        name JSONB NOT NULL,
        position INTEGER DEFAULT '0' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_categories PRIMARY KEY (id),
        CONSTRAINT ck_categories_not_its_own_parent CHECK (parent_id <> id),
        CONSTRAINT fk_categories_parent_id_categories FOREIGN KEY(parent_id) REFERENCES categories (id)
    )
    """,
    """
    CREATE INDEX ix_categories_parent_id ON categories (parent_id)
    """,
    """
    CREATE UNIQUE INDEX uq_categories_slug ON categories (slug) WHERE withdrawn_at IS NULL
    """,
    """
    CREATE TABLE products (
        id UUID NOT NULL,
        slug TEXT NOT NULL,
        handle TEXT NOT NULL,
        title JSONB NOT NULL,
        description JSONB NOT NULL,
        vendor TEXT DEFAULT '' NOT NULL,
        product_type TEXT DEFAULT '' NOT NULL,
        tags TEXT[] DEFAULT '{}' NOT NULL,
        status TEXT NOT NULL,
        tax_category TEXT NOT NULL,
        options JSONB DEFAULT '[]' NOT NULL,
        images JSONB DEFAULT '[]' NOT NULL,
        search_head TSVECTOR DEFAULT '' NOT NULL,
        search_body TSVECTOR DEFAULT '' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_products PRIMARY KEY (id),
        CONSTRAINT ck_products_status_known CHECK (status IN ('draft', 'published', 'withdrawn')),
        CONSTRAINT ck_products_withdrawn_has_a_time CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL)),
        CONSTRAINT ck_products_options_are_few CHECK (jsonb_typeof(options) = 'array' AND jsonb_array_length(options) <= 3),
        CONSTRAINT ck_products_images_are_a_list CHECK (jsonb_typeof(images) = 'array')
    )
    """,
    """
    CREATE INDEX ix_products_published ON products (id) WHERE status = 'published'
    """,
    """
    CREATE INDEX ix_products_search_body ON products USING gin (search_body)
    """,
    """
    CREATE INDEX ix_products_search_head ON products USING gin (search_head)
    """,
    """
    CREATE UNIQUE INDEX uq_products_handle ON products (handle) WHERE withdrawn_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX uq_products_slug ON products (slug) WHERE withdrawn_at IS NULL
    """,
    """
    CREATE TABLE product_categories (
        product_id UUID NOT NULL,
        category_id UUID NOT NULL,
        CONSTRAINT pk_product_categories PRIMARY KEY (product_id, category_id),
        CONSTRAINT fk_product_categories_product_id_products FOREIGN KEY(product_id) REFERENCES products (id),
        CONSTRAINT fk_product_categories_category_id_categories FOREIGN KEY(category_id) REFERENCES categories (id)
    )
    """,
    """
    CREATE INDEX ix_product_categories_category_id ON product_categories (category_id)
    """,
    """
    CREATE TABLE variants (
        id UUID NOT NULL,
        product_id UUID NOT NULL,
        sku TEXT NOT NULL,
        barcode TEXT,
        barcode_key TEXT,
        option_values TEXT[] DEFAULT '{}' NOT NULL,
        weight_grams INTEGER,
        shippable BOOLEAN DEFAULT 'true' NOT NULL,
        image_url TEXT,
        position INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_variants PRIMARY KEY (id),
        CONSTRAINT ck_variants_weight_not_negative CHECK (weight_grams >= 0),
        CONSTRAINT ck_variants_barcode_has_its_key CHECK ((barcode IS NULL) = (barcode_key IS NULL)),
        CONSTRAINT ck_variants_options_are_few CHECK (cardinality(option_values) <= 3),
        CONSTRAINT fk_variants_product_id_products FOREIGN KEY(product_id) REFERENCES products (id)
    )
    """,
    """
    CREATE INDEX ix_variants_product_id_position ON variants (product_id, position)
    """,
    """
    CREATE UNIQUE INDEX uq_variants_barcode_key ON variants (barcode_key) WHERE withdrawn_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX uq_variants_option_values ON variants (product_id, option_values) WHERE withdrawn_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX uq_variants_sku ON variants (upper(sku)) WHERE withdrawn_at IS NULL
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE variants")
    op.execute("DROP TABLE product_categories")
    op.execute("DROP TABLE products")
    op.execute("DROP TABLE categories")
