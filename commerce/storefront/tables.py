"""Rows of the storefront: how often products were ordered lately, by which what was found can be sorted; how odd barcodes are read."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from commerce.platform.tables import instant, key, metadata

product_popularity = Table(
    "product_popularity",
    metadata,
    Column("product_id", Uuid, primary_key=True),
    Column("units", BigInteger, nullable=False),  # ordered in the last days, as the job last counted
    instant("counted_at"),
    CheckConstraint("units > 0", name="units_are_some"),
)

# How a market, a store or everybody reads barcodes that hold a weight or a price: which digits say what. Country and location empty: everywhere.
embedded_codes = Table(
    "embedded_codes",
    metadata,
    key(),
    Column("country", Text),
    Column("location_id", Uuid, ForeignKey("locations.id")),
    Column("prefix", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("article_digits", Integer, nullable=False),
    Column("value_digits", Integer, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("scale", Integer, nullable=False),
    instant("created_at"),
    UniqueConstraint(
        "country", "location_id", "prefix", name="uq_embedded_codes_prefix", postgresql_nulls_not_distinct=True
    ),
    CheckConstraint("prefix ~ '^(02|2[0-9])[0-9]{0,3}$'", name="prefix_is_for_variable_measure"),
    CheckConstraint("kind IN ('price', 'weight')", name="kind_known"),
    CheckConstraint("article_digits > 0 AND value_digits > 0 AND scale BETWEEN 0 AND 3", name="figures_make_sense"),
    CheckConstraint(
        "length(prefix) + article_digits + verified::int + value_digits = 12 AND (NOT verified OR value_digits IN (4, 5))",
        name="digits_make_up_a_code",
    ),
    CheckConstraint("country IS NULL OR location_id IS NULL", name="for_one_of_them"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_a_code"),
    Index("ix_embedded_codes_location_id", "location_id"),
)
