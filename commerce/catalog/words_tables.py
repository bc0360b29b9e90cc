"""Rows behind search: the words in use, which queries are corrected and completed by, and sets of words that mean the same."""

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.platform.tables import instant, key, metadata, one_of, version

# Of a title or description in a language; the empty one is of brands, types and tags, which have none.
LANGUAGES = ["", "ca", "en", "es"]
LEAST_SYNONYMS, MOST_SYNONYMS = 2, 50

words = Table(
    "words",
    metadata,
    Column("language", Text, primary_key=True),
    Column("word", Text, primary_key=True),  # folded
    Column("shown", Text, nullable=False),  # as it was first written, in small letters
    Column("uses", Integer, nullable=False),  # in how many products, as last counted
    instant("added_at"),
    instant("counted_at"),
    CheckConstraint(one_of("language", LANGUAGES), name="language_known"),
    CheckConstraint("uses >= 0", name="uses_not_negative"),
    Index("ix_words_added_at", "added_at"),
    Index("ix_words_counted_at", "counted_at"),
)

synonyms = Table(
    "synonyms",
    metadata,
    key(),
    Column("language", Text, nullable=False),  # of the pages whose queries it is about
    Column("words", ARRAY(Text), nullable=False),  # words or short phrases, as they were given
    instant("created_at"),
    version(),
    CheckConstraint(one_of("language", LANGUAGES[1:]), name="language_known"),
    CheckConstraint(f"cardinality(words) BETWEEN {LEAST_SYNONYMS} AND {MOST_SYNONYMS}", name="words_are_some"),
    Index("ix_synonyms_language", "language"),
)
