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

SEARCH_VECTOR = r"""
CREATE OR REPLACE FUNCTION search_vector(t text, lang text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE lang
    WHEN 'es' THEN to_tsvector('pg_catalog.spanish', search_words(t))
    WHEN 'ca' THEN to_tsvector('pg_catalog.simple', catalan_stems(search_words(t)))
    WHEN 'en' THEN to_tsvector('pg_catalog.english', search_words(t))
    ELSE to_tsvector('pg_catalog.simple', search_words(t))
  END
$$"""

# A query matches when all of its words do, as any one of the three languages reads them: a Spanish page finds English titles too.
SEARCH_QUERY = r"""
CREATE OR REPLACE FUNCTION search_query(t text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT plainto_tsquery('pg_catalog.spanish', search_words(t))
      || plainto_tsquery('pg_catalog.simple', catalan_stems(search_words(t)))
      || plainto_tsquery('pg_catalog.english', search_words(t))
$$"""

TEXT_IN = r"""
CREATE OR REPLACE FUNCTION text_in(t jsonb, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(t ->> lang, ''), nullif(t ->> 'en', ''), nullif(t ->> 'es', ''), nullif(t ->> 'ca', ''), '')
$$"""

# What is ranked first: titles in each language by its stems, titles and codes by their very words (which prefixes are looked up in).
PRODUCT_HEAD = r"""
CREATE OR REPLACE FUNCTION product_head(title jsonb, vendor text, kind text, codes text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(search_vector(coalesce(title ->> 'en', ''), 'en') || search_vector(coalesce(title ->> 'es', ''), 'es')
      || search_vector(coalesce(title ->> 'ca', ''), 'ca')
      || search_vector(concat_ws(' ', title ->> 'en', title ->> 'es', title ->> 'ca'), ''), 'A')
    || setweight(search_vector(codes, ''), 'B')
    || setweight(search_vector(vendor, '') || search_vector(kind, 'en') || search_vector(kind, ''), 'C')
$$"""

PRODUCT_BODY = r"""
CREATE OR REPLACE FUNCTION product_body(description jsonb, tags text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT setweight(search_vector(array_to_string(tags, ' '), 'en') || search_vector(array_to_string(tags, ' '), ''), 'C')
    || setweight(search_vector(regexp_replace(coalesce(description ->> 'en', ''), '<[^>]*>', ' ', 'g'), 'en')
      || search_vector(regexp_replace(coalesce(description ->> 'es', ''), '<[^>]*>', ' ', 'g'), 'es')
      || search_vector(regexp_replace(coalesce(description ->> 'ca', ''), '<[^>]*>', ' ', 'g'), 'ca'), 'D')
$$"""

for _function in (
    FOLDED,
    SEARCH_WORDS,
    CATALAN_STEMS,
    SEARCH_VECTOR,
    SEARCH_QUERY,
    TEXT_IN,
    PRODUCT_HEAD,
    PRODUCT_BODY,
):
    before_tables(_function.strip())
