"""The text functions that search stands on, in SQL: immutable, so that a vector made yesterday and a query made today agree.

Folding takes accents and case away, ł ø ß đ œ æ þ ħ included; `lower` is pinned to the "C" collation, so that no machine's locale changes
an index. Spanish and English use PostgreSQL's own stemmers on the folded words. PostgreSQL's Catalan stemmer has no stop words and does not
join plurals (sabó/sabons, tassa/tasses), so Catalan has rules of its own. `commerce.catalog.folding` is the twin in Python.
"""

from commerce.platform.tables import before_tables

FOLDED = r"""
CREATE OR REPLACE FUNCTION folded(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT lower(
    replace(replace(replace(replace(replace(replace(replace(replace(
      translate(regexp_replace(normalize(t, NFD), '[\u0300-\u036f]', '', 'g'), 'łŁøØđĐðÐħĦıŀĿ·', 'lLoOdDdDhHilL'),
      'ß', 'ss'), 'ẞ', 'ss'), 'œ', 'oe'), 'Œ', 'oe'), 'æ', 'ae'), 'Æ', 'ae'), 'þ', 'th'), 'Þ', 'th')
    COLLATE "C")
$$"""

# What parts words: everything but letters and digits (À and later, general punctuation and symbols left out).
SEARCH_WORDS = r"""
CREATE OR REPLACE FUNCTION search_words(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(folded(t), '[^a-z0-9\u00c0-\u1fff\u2c00-\ud7ff]+', ' ', 'g'))
$$"""

# Plural and gender of Catalan nouns and adjectives, on folded words: cançó/cançons, coixí/coixins, vaca/vaques, taronja/taronges, pis/pisos.
# Stop words first; words of up to three letters stay as they are.
CATALAN_STEMS = r"""
CREATE OR REPLACE FUNCTION catalan_stems(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
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
$$"""

# PostgreSQL's Spanish stemmer does not know that a plural turns z into c: lápiz/lápices, albornoz/albornoces.
SPANISH_WORDS = r"""
CREATE OR REPLACE FUNCTION spanish_words(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT regexp_replace(words, '(\w{2,}[aeiou])ces\M', '\1z', 'g')
$$"""

SEARCH_VECTOR = r"""
CREATE OR REPLACE FUNCTION search_vector(t text, lang text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE lang
    WHEN 'es' THEN to_tsvector('pg_catalog.spanish', spanish_words(search_words(t)))
    WHEN 'ca' THEN to_tsvector('pg_catalog.simple', catalan_stems(search_words(t)))
    WHEN 'en' THEN to_tsvector('pg_catalog.english', search_words(t))
    ELSE to_tsvector('pg_catalog.simple', search_words(t))
  END
$$"""

# One word or phrase, folded, as each of the three languages reads it, and as it stands; each reading once. What begins with = is one lexeme
# (`=colour:red`), what ends with * the beginning of a word.
SEARCH_PHRASE = r"""
CREATE OR REPLACE FUNCTION search_phrase(t text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
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
$$"""

# Whether a word is one of those that say nothing, in any of the languages.
SEARCH_SILENT = r"""
CREATE OR REPLACE FUNCTION search_silent(word text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT numnode(plainto_tsquery('pg_catalog.spanish', word)) = 0
    OR numnode(plainto_tsquery('pg_catalog.english', word)) = 0
    OR btrim(catalan_stems(word)) = ''
$$"""

# What is sought, as a list of lists: of each inner list one of its words or phrases must be there. Words that say nothing need not be,
# unless there are no others.
SEARCH_PARTS = r"""
CREATE OR REPLACE FUNCTION search_parts(sought jsonb) RETURNS tsquery[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  WITH parts AS (
    SELECT nth, search_silent(said ->> 0) AS silent, (
      SELECT string_agg('(' || read.query::text || ')', ' | ')::tsquery
      FROM jsonb_array_elements_text(said) AS t, LATERAL (SELECT search_phrase(t) AS query OFFSET 0) AS read
      WHERE numnode(read.query) > 0) AS part
    FROM jsonb_array_elements(sought) WITH ORDINALITY AS every(said, nth)
  )
  SELECT coalesce(array_agg(part ORDER BY nth) FILTER (WHERE part IS NOT NULL AND (NOT silent OR only_silent)), '{}')
  FROM parts, (SELECT bool_and(silent) AS only_silent FROM parts) AS every
$$"""

SEARCH_SOUGHT = r"""
CREATE OR REPLACE FUNCTION search_sought(parts tsquery[]) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(string_agg('(' || part::text || ')', ' & '), '')::tsquery FROM unnest(parts) AS part
$$"""

SEARCH_EITHER = r"""
CREATE OR REPLACE FUNCTION search_either(parts tsquery[]) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(string_agg('(' || part::text || ')', ' | '), '')::tsquery FROM unnest(parts) AS part
$$"""

# A text as it was typed, with no synonyms and no corrections.
SEARCH_QUERY = r"""
CREATE OR REPLACE FUNCTION search_query(t text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT search_sought(search_parts(coalesce(
    (SELECT jsonb_agg(jsonb_build_array(word)) FROM regexp_split_to_table(search_words(t), ' ') AS word WHERE word <> ''),
    '[]'::jsonb)))
$$"""

TEXT_IN = r"""
CREATE OR REPLACE FUNCTION text_in(t jsonb, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(t ->> lang, ''), nullif(t ->> 'en', ''), nullif(t ->> 'es', ''), nullif(t ->> 'ca', ''), '')
$$"""

# What the values of options are called in a language; a value that has no text in it stands as it was written.
OPTIONS_IN = r"""
CREATE OR REPLACE FUNCTION options_in(option_values text[], texts jsonb, lang text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY(
    SELECT coalesce(nullif(texts -> (nth - 1)::int -> value ->> lang, ''), value)
    FROM unnest(option_values) WITH ORDINALITY AS every(value, nth) ORDER BY nth)
$$"""

# The same in three languages as one text: `Large / Blue`.
OPTION_TEXTS = r"""
CREATE OR REPLACE FUNCTION option_texts(option_values text[], texts jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_object_agg(lang, array_to_string(options_in(option_values, texts, lang), ' / '))
  FROM unnest('{en,es,ca}'::text[]) AS lang
$$"""

# Descriptions with what the values of options are called behind them, each in its language, for the words that a product is found by.
WITH_OPTION_TEXTS = r"""
CREATE OR REPLACE FUNCTION with_option_texts(description jsonb, texts jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN texts = '[]' THEN description ELSE (
    SELECT jsonb_object_agg(lang, concat_ws(' ', description ->> lang, (
      SELECT string_agg(said.value ->> lang, ' ' ORDER BY nth, said.key COLLATE "C")
      FROM jsonb_array_elements(texts) WITH ORDINALITY AS every(option, nth), jsonb_each(every.option) AS said)))
    FROM unnest('{en,es,ca}'::text[]) AS lang) END
$$"""

# What is ranked first: titles in each language by its stems, titles and codes by their very words (which prefixes are looked up in).
# Codes stand as they are cut at their signs, and whole: AB-123 is found as `ab 123` and as `ab123`.
PRODUCT_HEAD = r"""
CREATE OR REPLACE FUNCTION product_head(title jsonb, vendor text, kind text, codes text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(search_vector(coalesce(title ->> 'en', ''), 'en') || search_vector(coalesce(title ->> 'es', ''), 'es')
      || search_vector(coalesce(title ->> 'ca', ''), 'ca')
      || search_vector(concat_ws(' ', title ->> 'en', title ->> 'es', title ->> 'ca'), ''), 'A')
    || setweight(search_vector(codes, '')
      || to_tsvector('pg_catalog.simple', regexp_replace(folded(codes), '[^a-z0-9 ]+', '', 'g')), 'B')
    || setweight(search_vector(vendor, '') || search_vector(kind, 'en') || search_vector(kind, ''), 'C')
$$"""

# Where all words of a product meet: the head's, those of its tags and description, and what it is described by (`colour:red`).
PRODUCT_BODY = r"""
CREATE OR REPLACE FUNCTION product_body(head tsvector, description jsonb, tags text[], facets text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT head
    || setweight(search_vector(array_to_string(tags, ' '), 'en') || search_vector(array_to_string(tags, ' '), '')
      || array_to_tsvector(facets), 'C')
    || setweight(search_vector(regexp_replace(coalesce(description ->> 'en', ''), '<[^>]*>', ' ', 'g'), 'en')
      || search_vector(regexp_replace(coalesce(description ->> 'es', ''), '<[^>]*>', ' ', 'g'), 'es')
      || search_vector(regexp_replace(coalesce(description ->> 'ca', ''), '<[^>]*>', ' ', 'g'), 'ca'), 'D')
$$"""

# What a product and its variants are described by, as `code:value`, each once and in the order of their bytes; longer texts are left out.
FACETS = r"""
CREATE OR REPLACE FUNCTION product_facets(described jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(facet ORDER BY facet), '{}') FROM (
    SELECT DISTINCT (one.key || ':' || (said.value #>> '{}')) COLLATE "C" AS facet
    FROM jsonb_array_elements(described) AS every(described_by)
    CROSS JOIN LATERAL jsonb_each(every.described_by) AS one
    CROSS JOIN LATERAL jsonb_array_elements(
      CASE WHEN jsonb_typeof(one.value) = 'array' THEN one.value ELSE jsonb_build_array(one.value) END) AS said(value)
    WHERE length(said.value #>> '{}') BETWEEN 1 AND 100
  ) AS facets
$$"""

for _function in (
    FOLDED,
    SEARCH_WORDS,
    CATALAN_STEMS,
    SPANISH_WORDS,
    SEARCH_VECTOR,
    SEARCH_PHRASE,
    SEARCH_SILENT,
    SEARCH_PARTS,
    SEARCH_SOUGHT,
    SEARCH_EITHER,
    SEARCH_QUERY,
    TEXT_IN,
    OPTIONS_IN,
    OPTION_TEXTS,
    WITH_OPTION_TEXTS,
    PRODUCT_HEAD,
    PRODUCT_BODY,
    FACETS,
):
    before_tables(_function.strip())
