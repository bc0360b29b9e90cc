"""The words by which the catalogue is searched: words in use, synonyms, facets of products, and vectors in which all words of one meet."""

from alembic import op

revision = "0040_words"
down_revision = "0039_kits"
branch_labels = None
depends_on = None

FUNCTIONS = (
    r"""CREATE OR REPLACE FUNCTION spanish_words(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT regexp_replace(words, '(\w{2,}[aeiou])ces\M', '\1z', 'g')
$$""",
    r"""CREATE OR REPLACE FUNCTION search_vector(t text, lang text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE lang
    WHEN 'es' THEN to_tsvector('pg_catalog.spanish', spanish_words(search_words(t)))
    WHEN 'ca' THEN to_tsvector('pg_catalog.simple', catalan_stems(search_words(t)))
    WHEN 'en' THEN to_tsvector('pg_catalog.english', search_words(t))
    ELSE to_tsvector('pg_catalog.simple', search_words(t))
  END
$$""",
    r"""CREATE OR REPLACE FUNCTION search_phrase(t text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE
    WHEN left(t, 1) = '=' THEN quote_literal(substr(t, 2))::tsquery
    WHEN right(t, 1) = '*' THEN (quote_literal(rtrim(t, '*')) || ':*')::tsquery
    ELSE coalesce((
      SELECT string_agg(DISTINCT '(' || read.query::text || ')', ' | ')
      FROM (VALUES
        (plainto_tsquery('pg_catalog.simple', t)),
        (plainto_tsquery('pg_catalog.spanish', spanish_words(t))),
        (plainto_tsquery('pg_catalog.simple', catalan_stems(t))),
        (plainto_tsquery('pg_catalog.english', t))) AS read(query)
      WHERE numnode(read.query) > 0), '')::tsquery
  END
$$""",
    r"""CREATE OR REPLACE FUNCTION search_silent(word text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT numnode(plainto_tsquery('pg_catalog.spanish', word)) = 0
    OR numnode(plainto_tsquery('pg_catalog.english', word)) = 0
    OR btrim(catalan_stems(word)) = ''
$$""",
    r"""CREATE OR REPLACE FUNCTION search_parts(sought jsonb) RETURNS tsquery[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  WITH parts AS (
    SELECT nth, search_silent(said ->> 0) AS silent, (
      SELECT string_agg('(' || read.query::text || ')', ' | ')::tsquery
      FROM jsonb_array_elements_text(said) AS t, LATERAL (SELECT search_phrase(t) AS query OFFSET 0) AS read
      WHERE numnode(read.query) > 0) AS part
    FROM jsonb_array_elements(sought) WITH ORDINALITY AS every(said, nth)
  )
  SELECT coalesce(array_agg(part ORDER BY nth) FILTER (WHERE part IS NOT NULL AND (NOT silent OR only_silent)), '{}')
  FROM parts, (SELECT bool_and(silent) AS only_silent FROM parts) AS every
$$""",
    r"""CREATE OR REPLACE FUNCTION search_sought(parts tsquery[]) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(string_agg('(' || part::text || ')', ' & '), '')::tsquery FROM unnest(parts) AS part
$$""",
    r"""CREATE OR REPLACE FUNCTION search_either(parts tsquery[]) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(string_agg('(' || part::text || ')', ' | '), '')::tsquery FROM unnest(parts) AS part
$$""",
    r"""CREATE OR REPLACE FUNCTION search_query(t text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT search_sought(search_parts(coalesce(
    (SELECT jsonb_agg(jsonb_build_array(word)) FROM regexp_split_to_table(search_words(t), ' ') AS word WHERE word <> ''),
    '[]'::jsonb)))
$$""",
    r"""CREATE OR REPLACE FUNCTION product_head(title jsonb, vendor text, kind text, codes text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(search_vector(coalesce(title ->> 'en', ''), 'en') || search_vector(coalesce(title ->> 'es', ''), 'es')
      || search_vector(coalesce(title ->> 'ca', ''), 'ca')
      || search_vector(concat_ws(' ', title ->> 'en', title ->> 'es', title ->> 'ca'), ''), 'A')
    || setweight(search_vector(codes, '')
      || to_tsvector('pg_catalog.simple', regexp_replace(folded(codes), '[^a-z0-9 ]+', '', 'g')), 'B')
    || setweight(search_vector(vendor, '') || search_vector(kind, 'en') || search_vector(kind, ''), 'C')
$$""",
    r"""CREATE OR REPLACE FUNCTION product_body(head tsvector, description jsonb, tags text[], facets text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT head
    || setweight(search_vector(array_to_string(tags, ' '), 'en') || search_vector(array_to_string(tags, ' '), '')
      || array_to_tsvector(facets), 'C')
    || setweight(search_vector(regexp_replace(coalesce(description ->> 'en', ''), '<[^>]*>', ' ', 'g'), 'en')
      || search_vector(regexp_replace(coalesce(description ->> 'es', ''), '<[^>]*>', ' ', 'g'), 'es')
      || search_vector(regexp_replace(coalesce(description ->> 'ca', ''), '<[^>]*>', ' ', 'g'), 'ca'), 'D')
$$""",
    r"""CREATE OR REPLACE FUNCTION product_facets(described jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(facet ORDER BY facet), '{}') FROM (
    SELECT DISTINCT (one.key || ':' || (said.value #>> '{}')) COLLATE "C" AS facet
    FROM jsonb_array_elements(described) AS every(described_by)
    CROSS JOIN LATERAL jsonb_each(every.described_by) AS one
    CROSS JOIN LATERAL jsonb_array_elements(
      CASE WHEN jsonb_typeof(one.value) = 'array' THEN one.value ELSE jsonb_build_array(one.value) END) AS said(value)
    WHERE length(said.value #>> '{}') BETWEEN 1 AND 100
  ) AS facets
$$""",
)

BEFORE = (
    r"""CREATE OR REPLACE FUNCTION search_vector(t text, lang text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE lang
    WHEN 'es' THEN to_tsvector('pg_catalog.spanish', search_words(t))
    WHEN 'ca' THEN to_tsvector('pg_catalog.simple', catalan_stems(search_words(t)))
    WHEN 'en' THEN to_tsvector('pg_catalog.english', search_words(t))
    ELSE to_tsvector('pg_catalog.simple', search_words(t))
  END
$$""",
    r"""CREATE OR REPLACE FUNCTION search_query(t text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT plainto_tsquery('pg_catalog.spanish', search_words(t))
      || plainto_tsquery('pg_catalog.simple', catalan_stems(search_words(t)))
      || plainto_tsquery('pg_catalog.english', search_words(t))
$$""",
    r"""CREATE OR REPLACE FUNCTION product_head(title jsonb, vendor text, kind text, codes text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(search_vector(coalesce(title ->> 'en', ''), 'en') || search_vector(coalesce(title ->> 'es', ''), 'es')
      || search_vector(coalesce(title ->> 'ca', ''), 'ca')
      || search_vector(concat_ws(' ', title ->> 'en', title ->> 'es', title ->> 'ca'), ''), 'A')
    || setweight(search_vector(codes, ''), 'B')
    || setweight(search_vector(vendor, '') || search_vector(kind, 'en') || search_vector(kind, ''), 'C')
$$""",
    r"""CREATE OR REPLACE FUNCTION product_body(description jsonb, tags text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(search_vector(array_to_string(tags, ' '), 'en') || search_vector(array_to_string(tags, ' '), ''), 'C')
    || setweight(search_vector(regexp_replace(coalesce(description ->> 'en', ''), '<[^>]*>', ' ', 'g'), 'en')
      || search_vector(regexp_replace(coalesce(description ->> 'es', ''), '<[^>]*>', ' ', 'g'), 'es')
      || search_vector(regexp_replace(coalesce(description ->> 'ca', ''), '<[^>]*>', ' ', 'g'), 'ca'), 'D')
$$""",
)

TABLES = (
    """
    CREATE TABLE words (
        language TEXT NOT NULL,
        word TEXT NOT NULL,
        shown TEXT NOT NULL,
        uses INTEGER NOT NULL,
        added_at TIMESTAMP WITH TIME ZONE NOT NULL,
        counted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_words PRIMARY KEY (language, word),
        CONSTRAINT ck_words_language_known CHECK (language IN ('', 'ca', 'en', 'es')),
        CONSTRAINT ck_words_uses_not_negative CHECK (uses >= 0)
    )
    """,
    "CREATE INDEX ix_words_added_at ON words (added_at)",
    "CREATE INDEX ix_words_counted_at ON words (counted_at)",
    """
    CREATE TABLE synonyms (
        id UUID NOT NULL,
        language TEXT NOT NULL,
        words TEXT[] NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_synonyms PRIMARY KEY (id),
        CONSTRAINT ck_synonyms_language_known CHECK (language IN ('ca', 'en', 'es')),
        CONSTRAINT ck_synonyms_words_are_some CHECK (cardinality(words) BETWEEN 2 AND 50)
    )
    """,
    "CREATE INDEX ix_synonyms_language ON synonyms (language)",
    """
    CREATE TABLE product_popularity (
        product_id UUID NOT NULL,
        units BIGINT NOT NULL,
        counted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_product_popularity PRIMARY KEY (product_id),
        CONSTRAINT ck_product_popularity_units_are_some CHECK (units > 0)
    )
    """,
    "ALTER TABLE products ADD COLUMN facets TEXT[] DEFAULT '{}' NOT NULL",
)

# The codes of a product's live variants, in the order of the SKUs' bytes, as its writers give them.
CODES = """
    coalesce((SELECT string_agg(concat_ws(' ', v.sku, v.barcode), ' ' ORDER BY v.sku COLLATE "C")
              FROM variants v WHERE v.product_id = products.id AND v.withdrawn_at IS NULL), '')
"""
MADE_ANEW = (
    """
    UPDATE products SET facets = product_facets(jsonb_build_array(attributes) || coalesce(
        (SELECT jsonb_agg(v.attributes) FROM variants v
         WHERE v.product_id = products.id AND v.withdrawn_at IS NULL AND v.attributes <> '{}'), '[]'))
    WHERE attributes <> '{}' OR EXISTS (SELECT FROM variants v WHERE v.product_id = products.id AND v.attributes <> '{}')
    """,
    f"UPDATE products SET search_head = product_head(title, vendor, product_type, {CODES})",
    "UPDATE products SET search_body = product_body(search_head, description, tags, facets)",
    # The words of titles, as they are folded; those of descriptions are noted when their products are next written.
    r"""
    INSERT INTO words (language, word, shown, uses, added_at, counted_at)
    SELECT said.language, word, word, count(DISTINCT id), now(), now()
    FROM products
    CROSS JOIN LATERAL (VALUES ('ca', title ->> 'ca'), ('en', title ->> 'en'), ('es', title ->> 'es'),
                               ('', concat_ws(' ', vendor, product_type, array_to_string(tags, ' ')))) AS said(language, t)
    CROSS JOIN LATERAL regexp_split_to_table(search_words(coalesce(said.t, '')), ' ') AS word
    WHERE status = 'published' AND word ~ '^[a-z]{3,24}$'
    GROUP BY said.language, word
    """,
)


def upgrade() -> None:
    """Adds the tables, replaces the functions, and makes the vectors of what is there anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION search_query(text)")
    op.execute("DROP FUNCTION product_body(jsonb, text[])")
    for statement in (*FUNCTIONS, *TABLES, *MADE_ANEW):
        op.execute(statement)


def downgrade() -> None:
    """Goes back to the vectors of before."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in (
        "search_query(text)",
        "search_parts(jsonb)",
        "search_phrase(text)",
        "search_silent(text)",
        "search_sought(tsquery[])",
        "search_either(tsquery[])",
        "product_body(tsvector, jsonb, text[], text[])",
        "product_facets(jsonb)",
    ):
        op.execute(f"DROP FUNCTION {name}")
    for statement in BEFORE:
        op.execute(statement)
    op.execute("DROP FUNCTION spanish_words(text)")
    op.execute("ALTER TABLE products DROP COLUMN facets")
    op.execute(
        f"UPDATE products SET search_head = product_head(title, vendor, product_type, {CODES}),"
        " search_body = product_body(description, tags)"
    )
    for table in ("product_popularity", "synonyms", "words"):
        op.execute(f"DROP TABLE {table}")
