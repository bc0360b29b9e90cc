"""What option values are called in three languages; and products are found by the values of their options."""

from alembic import op

revision = "0053_option_value_texts"
down_revision = "0052_codes_of_withdrawn"
branch_labels = None
depends_on = None

FUNCTIONS = (
    r"""CREATE OR REPLACE FUNCTION options_in(option_values text[], texts jsonb, lang text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY(
    SELECT coalesce(nullif(texts -> (nth - 1)::int -> value ->> lang, ''), value)
    FROM unnest(option_values) WITH ORDINALITY AS every(value, nth) ORDER BY nth)
$$""",
    r"""CREATE OR REPLACE FUNCTION option_texts(option_values text[], texts jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_object_agg(lang, array_to_string(options_in(option_values, texts, lang), ' / '))
  FROM unnest('{en,es,ca}'::text[]) AS lang
$$""",
    r"""CREATE OR REPLACE FUNCTION with_option_texts(description jsonb, texts jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN texts = '[]' THEN description ELSE (
    SELECT jsonb_object_agg(lang, concat_ws(' ', description ->> lang, (
      SELECT string_agg(said.value ->> lang, ' ' ORDER BY nth, said.key COLLATE "C")
      FROM jsonb_array_elements(texts) WITH ORDINALITY AS every(option, nth), jsonb_each(every.option) AS said)))
    FROM unnest('{en,es,ca}'::text[]) AS lang) END
$$""",
)
# The words of all that have options, anew: no product has texts for them yet.
WORDS = """UPDATE products
  SET search_body = product_body(search_head, description, array_cat(tags, sought.words), facets)
  FROM (
    SELECT every.product_id, (array_agg(every.value ORDER BY every.value))[1:200] AS words
    FROM (
      SELECT DISTINCT variants.product_id, value COLLATE "C" AS value
      FROM variants, unnest(option_values) AS value
      WHERE variants.withdrawn_at IS NULL) AS every
    GROUP BY every.product_id) AS sought
  WHERE products.id = sought.product_id"""


def upgrade() -> None:
    """Adds the column and its functions, and makes the search vectors of products with options anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE products ADD COLUMN option_value_texts JSONB DEFAULT '[]' NOT NULL")
    op.execute(
        "ALTER TABLE products ADD CONSTRAINT ck_products_option_value_texts_are_a_list "
        "CHECK (jsonb_typeof(option_value_texts) = 'array')"
    )
    op.execute("CREATE INDEX ix_products_option_value_texts ON products (id) WHERE option_value_texts <> '[]'")
    for function in FUNCTIONS:
        op.execute(function)
    op.execute(WORDS)


def downgrade() -> None:
    """Takes them away."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE products SET search_body = product_body(search_head, description, tags, facets) WHERE options <> '[]'"
    )
    op.execute("DROP INDEX ix_products_option_value_texts")
    op.execute("ALTER TABLE products DROP COLUMN option_value_texts")
    for name in ("with_option_texts(jsonb, jsonb)", "option_texts(text[], jsonb)", "options_in(text[], jsonb, text)"):
        op.execute(f"DROP FUNCTION {name}")
